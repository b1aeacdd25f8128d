//! What `doctor` checks: each precondition by name, how it stands, what was found, and what to do about it. Pure: what was
//! seen in, findings out.
//!
//! | file | checks |
//! | --- | --- |
//! | `local` | this computer: ticket, keyring, clock, proxy |
//! | `way` | the way to a server, up to an open shell |
//! | `place` | which of them an error belongs to |
//! | `inside` | what is there |

pub mod inside;
pub mod local;
mod place;
pub mod way;

use serde::Serialize;

use super::{advice::Advice, exit::Exit};

/// A precondition, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// A Kerberos ticket is there, and goes along.
    #[default]
    Ticket,
    /// The OS keyring can be asked.
    Keyring,
    /// This computer's clock goes as the servers' do.
    Clock,
    /// The proxy.
    Proxy,
    /// The server's name has an address.
    Resolution,
    /// Somebody answers there.
    Port,
    /// TLS, and the certificate.
    Tls,
    /// The ways to sign in that it offers.
    Schemes,
    /// The sign-in.
    SignIn,
    /// Who signs in is let in.
    Administrator,
    /// A remote shell opens.
    Shell,
    /// Which PowerShell.
    #[serde(rename = "powershell")]
    PowerShell,
    /// Which WinRM, and how it is set up.
    #[serde(rename = "winrm")]
    WinRm,
    /// Scripts run.
    Language,
    /// Exchange's cmdlets are there, by the snap-in or at Exchange's own endpoint.
    SnapIn,
    /// Which Exchange.
    Exchange,
    /// Active Directory is in the cmdlets' reach.
    SecondHop,
    /// The logons can be read.
    LogonStatistics,
    /// The helper runs.
    Helper,
    /// How many sessions a user may hold.
    Limits,
    /// How long dead connections stay.
    KeepAlive,
}

impl Check {
    /// Of the way to a server.
    pub const OF_THE_WAY: [Self; 7] = [
        Self::Resolution,
        Self::Port,
        Self::Tls,
        Self::Schemes,
        Self::SignIn,
        Self::Administrator,
        Self::Shell,
    ];

    /// Of what is there.
    pub const INSIDE: [Self; 10] = [
        Self::PowerShell,
        Self::WinRm,
        Self::Language,
        Self::SnapIn,
        Self::Exchange,
        Self::SecondHop,
        Self::LogonStatistics,
        Self::Helper,
        Self::Limits,
        Self::KeepAlive,
    ];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Keyring => "keyring",
            Self::Clock => "clock",
            Self::Proxy => "proxy",
            Self::Resolution => "resolution",
            Self::Port => "port",
            Self::Tls => "TLS",
            Self::Schemes => "schemes",
            Self::SignIn => "sign-in",
            Self::Administrator => "administrator",
            Self::Shell => "remote shell",
            Self::PowerShell => "PowerShell",
            Self::WinRm => "WinRM",
            Self::Language => "language mode",
            Self::SnapIn => "snap-in",
            Self::Exchange => "Exchange",
            Self::SecondHop => "second hop",
            Self::LogonStatistics => "Get-LogonStatistics",
            Self::Helper => "helper",
            Self::Limits => "limits",
            Self::KeepAlive => "keep-alive",
        }
    }
}

/// How a precondition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    #[default]
    Ok,
    /// It was not looked at: it is not needed, not wanted, or something else is in the way.
    NotTried,
    /// It does for now, or for most.
    Warning,
    /// It keeps something from working.
    Failed,
}

impl State {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotTried => "not tried",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of which.
    pub check: Check,
    /// How it stands.
    pub state: State,
    /// What was found; of what was not tried, why. The words of others in it are as they came.
    pub found: String,
    /// What to do, safe to show; empty where there is nothing to be done.
    pub to_do: String,
    /// What the server said of it is not whole.
    pub is_incomplete: bool,
}

impl Finding {
    /// It is as it should be.
    pub fn ok(check: Check, found: impl AsRef<str>) -> Self {
        Self::new(check, State::Ok, Advice::new(found.as_ref(), ""))
    }

    /// It does for now.
    pub fn warning(check: Check, advice: Advice) -> Self {
        Self::new(check, State::Warning, advice)
    }

    /// It does not do.
    pub fn failed(check: Check, advice: Advice) -> Self {
        Self::new(check, State::Failed, advice)
    }

    /// It was not looked at, for this reason.
    pub fn not_tried(check: Check, why: impl AsRef<str>) -> Self {
        Self::new(check, State::NotTried, Advice::new(why.as_ref(), ""))
    }

    /// It was not looked at, because of another.
    pub fn for_want_of(check: Check, other: Check) -> Self {
        Self::not_tried(check, format!("for want of: {}", other.name()))
    }

    fn new(check: Check, state: State, Advice { what, to_do }: Advice) -> Self {
        Self {
            check,
            state,
            found: what.trim_end_matches('.').to_owned(),
            to_do,
            is_incomplete: false,
        }
    }

    /// What is to be told beside the checks: it failed, or what the server said of it is not whole.
    pub fn fault(&self) -> Option<Advice> {
        let what = format!("{}: {}", self.check.name(), self.found);
        let is_fault = self.state == State::Failed || self.is_incomplete;
        is_fault.then(|| Advice::new(what, &*self.to_do))
    }
}

/// The exit code for all of these: a warning is none, for what works today is done, and two hours of keep-alive are what
/// nearly every server has.
pub fn exit_of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Exit {
    let exit = |finding: &Finding| match finding.state {
        State::Failed => Exit::Failed,
        _ => Exit::of_whole(!finding.is_incomplete),
    };
    findings.into_iter().map(exit).fold(Exit::Done, Exit::and)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_decides_and_a_warning_is_none() {
        let advice = || Advice::new("what", "to do");
        let ok = Finding::ok(Check::Port, "there");
        let warning = Finding::warning(Check::KeepAlive, advice());
        let failed = Finding::failed(Check::Helper, advice());
        let not_tried = Finding::not_tried(Check::Tls, "plain HTTP");
        let incomplete = Finding {
            is_incomplete: true,
            ..Finding::warning(Check::LogonStatistics, advice())
        };
        for (findings, exit) in [
            (vec![&ok, &warning, &not_tried], Exit::Done),
            (vec![&ok, &incomplete, &warning], Exit::Incomplete),
            (vec![&incomplete, &failed, &ok], Exit::Failed),
            (vec![], Exit::Done),
        ] {
            assert_eq!(exit_of(findings.iter().copied()), exit, "{findings:?}");
        }
    }
}
