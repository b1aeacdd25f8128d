//! Advice for what `doctor` finds and no error tells.

use mapisweep_core::exchange::KeepAlive;

use super::Advice;
use crate::cli::text::{age, count, plain};

impl Advice {
    /// A certificate has so many days left, or has run out although it is trusted for itself.
    pub fn ends_soon(found: String, server: &str, days: i32) -> Self {
        let when = match u32::try_from(days) {
            Ok(days) => format!("it ends within {}", count(days as usize, "day")),
            Err(_) => "its time is over".to_owned(),
        };
        Self::new(
            format!("{found}: {when}"),
            format!(
                "Renew it on {}, and give its listener the new one; a pin is then another, too.",
                plain(server)
            ),
        )
    }

    /// A server offers these ways to sign in, and not the usual one.
    pub fn no_negotiate(offered: &str) -> Self {
        Self::new(
            format!("{offered} and no Negotiate"),
            "Whoever signs in another way may find none, Windows' own tools among them: `winrm set winrm/config/service/auth \
             @{Negotiate=\"true\"}` there offers it.",
        )
    }

    /// WinRM takes messages that nothing seals.
    pub fn takes_unsealed(found: String, server: &str) -> Self {
        Self::new(
            found,
            format!(
                "mapisweep seals all the same; others need not. On {}: `winrm set winrm/config/service \
                 @{{AllowUnencrypted=\"false\"}}`.",
                plain(server)
            ),
        )
    }

    /// The snap-in is of another Exchange than the server.
    pub fn other_snap_in(loaded: &str, runs: &str, server: &str) -> Self {
        Self::new(
            format!("that of {loaded}, and the server runs {runs}"),
            format!(
                "Its cmdlets may fail or tell what is not so. Install the management tools of {runs} on {}.",
                plain(server)
            ),
        )
    }

    /// Some logons may be missing.
    pub fn partial(told: &str, gaps: &str, server: &str) -> Self {
        Self::new(
            format!("{told}, and some may be missing: {gaps}"),
            format!(
                "As long as that is so nothing is called verified there. See what is mounted: `mapisweep dag --server {}`.",
                plain(server)
            ),
        )
    }

    /// What the registry has for limits is not understood.
    pub fn limits_assumed(limits: &str) -> Self {
        Self::new(
            format!("what the registry has is no number, so it is taken to be {limits}"),
            "Look at `HKLM\\SYSTEM\\CurrentControlSet\\Services\\MSExchangeIS\\ParametersSystem` there.",
        )
    }

    /// Dead connections stay for so long on a server.
    pub fn long_keep_alive(keep_alive: KeepAlive, server: &str) -> Self {
        Self::new(dead_stay(keep_alive), shorter_keep_alive_on(server))
    }

    /// The same of several servers, said once: so long on these, so long on those.
    pub fn long_keep_alives(long: &[(String, KeepAlive)]) -> Self {
        let stay = long
            .iter()
            .map(|(servers, keep_alive)| format!("{}: {}", plain(servers), dead_stay(*keep_alive)));
        let stay: Vec<_> = stay.collect();
        Self::new(stay.join("; "), shorter_keep_alive("There"))
    }

    /// What the registry has for that is not understood.
    pub fn no_keep_alive_time(server: &str) -> Self {
        Self::new(
            "what the registry has for KeepAliveTime is no number",
            shorter_keep_alive_on(server),
        )
    }

    /// The clocks of these servers are not this computer's.
    pub fn clocks_differ(how: &str, servers: &str) -> Self {
        Self::new(
            format!("this computer's differs from the servers': {how}"),
            format!(
                "Kerberos takes no more than five minutes. Set the wrong one right: `timedatectl set-ntp true` here, `w32tm \
                 /resync` on {servers}."
            ),
        )
    }
}

/// Makes a server notice dead connections after 30 minutes: 15 to 30 are what Microsoft's own check of Exchange servers asks
/// for. It asks nothing where a value is there.
pub const SHORTER_KEEP_ALIVE: &str = r"reg add HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters /v KeepAliveTime /t REG_DWORD /d 1800000 /f";

fn dead_stay(keep_alive: KeepAlive) -> String {
    let whose = match keep_alive {
        KeepAlive::Default => ", Windows' own",
        KeepAlive::After(_) => "",
    };
    format!(
        "dead connections stay for {}{whose}",
        age(keep_alive.time())
    )
}

fn shorter_keep_alive_on(server: &str) -> String {
    shorter_keep_alive(&format!("On {}", plain(server)))
}

/// What ends dead sessions by itself. That the value is read at the start of the system only is what Microsoft says of old
/// Windows; of newer ones it says neither that nor the contrary, so no more is promised.
fn shorter_keep_alive(there: &str) -> String {
    format!(
        "A client that lost its network keeps its sessions that long. {there}, as administrator: `{SHORTER_KEEP_ALIVE}` makes \
         it 30 minutes, at the latest after a restart."
    )
}
