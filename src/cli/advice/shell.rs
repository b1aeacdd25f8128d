//! Advice for what WinRM and PowerShell remoting say.

use super::{Advice, Place, connection, with_causes};
use crate::shell::Error;
use mapisweep_winrm::{
    psrp::client,
    wsman::{Fault, names, number},
};

const TRY_AGAIN: &str = "Try again.";

/// What becomes of a shell that nobody deletes.
pub(super) const SHELL_ENDS: &str = "The shell ends when it has idled, after two hours or, on WinRM 2.0, three minutes; until then it counts as yours.";

pub(super) fn advice(error: &Error, place: Place<'_>) -> Advice {
    match error {
        Error::Connection(error) => connection::advice(error, place),
        Error::Remoting(client::Error::Refused { fault, .. }) => self::fault(fault, place),
        Error::Remoting(client::Error::Version(_)) => old_powershell(with_causes(error)),
        Error::Remoting(
            client::Error::TooMuchOutput { .. } | client::Error::TooManyElements { .. },
        ) => Advice::new(
            with_causes(error),
            "Ask for fewer users or servers at once.",
        ),
        Error::MayBeLeft(error) => {
            let Advice { what, to_do } = advice(error, place);
            let to_do = format!("{to_do} A remote shell may be left there. {SHELL_ENDS}");
            Advice::new(what, to_do.trim_start().to_owned())
        }
        Error::ForAnother => Advice::new(with_causes(error), connection::NOT_THROUGH),
        error => Advice::new(with_causes(error), TRY_AGAIN),
    }
}

fn fault(fault: &Fault, place: Place<'_>) -> Advice {
    let Place { server, user, .. } = place;
    let what = |happened: &str| match fault.number {
        Some(number) => format!("{happened} (WSMan {number})"),
        None => happened.to_owned(),
    };
    if fault.is(number::ACCESS_DENIED) {
        Advice::new(
            "signed in, but not an administrator there (access denied, WSMan 5)",
            not_administrator(place),
        )
    } else if fault.is(number::TOO_MANY_SHELLS) {
        Advice::new(
            what(&format!(
                "{user} has as many remote shells open there as the server allows"
            )),
            format!(
                "Orphans end by themselves when they have idled out (3 minutes on WinRM 2.0, else up to 2 hours). Or \
                 raise the number on {server}: `winrm set winrm/config/winrs @{{MaxShellsPerUser=\"30\"}}`."
            ),
        )
    } else if fault.is(number::TOO_MANY_OPERATIONS) {
        Advice::new(
            what(&format!(
                "{user} has as many operations running there as the server allows"
            )),
            format!(
                "Wait for them, or raise the number on {server}: `winrm set winrm/config/service \
                 @{{MaxConcurrentOperationsPerUser=\"1500\"}}`."
            ),
        )
    } else if fault.is(number::PROTOCOL_VERSION) {
        old_powershell(what(
            "the server speaks another version of PowerShell remoting",
        ))
    } else if fault.is_shell_gone() {
        Advice::new(
            what("the remote shell is gone: it idled out, or an admin closed it"),
            TRY_AGAIN,
        )
    } else if fault.is(number::BUSY) {
        Advice::new(what("the server is busy"), TRY_AGAIN)
    } else if fault.is(number::ABORTED) {
        Advice::new(
            what("the server broke off the operation"),
            format!("WinRM may be restarting on {server}. {TRY_AGAIN}"),
        )
    } else if fault.is(number::INVALID_PARAMETER) {
        Advice::new(
            fault.to_string(),
            "That the server does not understand what was asked is a fault of mapisweep's: please report it, with what \
             -vvv says.",
        )
    } else if fault.is_timeout() {
        Advice::new(what("the server did not do it in time"), TRY_AGAIN)
    } else if fault.is(number::NO_SUCH_RESOURCE)
        || fault.is_kind(names::ADDRESSING, "DestinationUnreachable")
    {
        Advice::new(
            what("PowerShell remoting is not set up there"),
            format!("Run `Enable-PSRemoting` on {server}, in Windows PowerShell as administrator."),
        )
    } else {
        Advice::new(fault.to_string(), "")
    }
}

/// Group membership, or remote UAC on a local account: the server does not say which.
pub(super) fn not_administrator(Place { server, user, .. }: Place<'_>) -> String {
    format!(
        "For a local account: set LocalAccountTokenFilterPolicy=1; otherwise add {user} to {server}'s Administrators."
    )
}

fn old_powershell(what: String) -> Advice {
    Advice::new(
        what,
        "mapisweep needs PowerShell 2.0 or later: on Server 2003 and 2008 install the Windows Management Framework.",
    )
}
