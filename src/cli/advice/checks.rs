//! Advice for what `doctor` finds and no error tells.

use std::time::Duration;

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

    /// Dead connections stay for so long.
    pub fn long_keep_alive(time: Duration, is_windows_own: bool, server: &str) -> Self {
        let whose = match is_windows_own {
            true => ", Windows' own",
            false => "",
        };
        Self::new(
            format!("dead connections stay for {}{whose}", age(time)),
            shorter_keep_alive(server),
        )
    }

    /// What the registry has for that is not understood.
    pub fn no_keep_alive_time(server: &str) -> Self {
        Self::new(
            "what the registry has for KeepAliveTime is no number",
            shorter_keep_alive(server),
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

/// What brings dead sessions back. The time that is set on a server is not asked for by verbs that close.
pub const WHY_THEY_COME_BACK: &str = "A client that keeps losing its network leaves connections which a server notices after \
    KeepAliveTime only: 2 h, unless its registry says otherwise. For 30 min, on each server, as an administrator; it holds once \
    the server is restarted:";

/// Makes a server notice dead connections after 30 minutes: 15 to 30 are what Microsoft's own check of Exchange servers asks
/// for. It asks nothing where a value is there.
pub const SHORTER_KEEP_ALIVE: &str = r"reg add HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters /v KeepAliveTime /t REG_DWORD /d 1800000 /f";

/// What ends dead sessions by itself.
fn shorter_keep_alive(server: &str) -> String {
    format!(
        "A client that lost its network keeps its sessions that long. On {}, as administrator: `{SHORTER_KEEP_ALIVE}` makes it \
         30 minutes, once it has been restarted.",
        plain(server)
    )
}
