//! Which check an error on the way to a server belongs to.

use mapisweep_winrm::{psrp::client, wsman::number};

use super::Check;
use crate::{
    connection::{Error, Probe},
    servers::ServerError,
    shell,
};

/// The check of the way that this error is the failure of. Who has not even said how to sign in fails at that.
pub fn of(error: &ServerError, probe: Option<&Probe>) -> Check {
    match of_error(error) {
        Check::SignIn if probe.is_some_and(|probe| !probe.is_answered) => Check::Schemes,
        check => check,
    }
}

fn of_error(error: &ServerError) -> Check {
    match error {
        ServerError::Connection(error) | ServerError::Shell(shell::Error::Connection(error)) => {
            of_connection(error)
        }
        ServerError::Shell(shell::Error::MayBeLeft(error)) => of_shell(error),
        ServerError::Shell(error) => of_shell(error),
        ServerError::NoMember { cause, .. } | ServerError::OwnEndpoint { cause, .. } => {
            of_error(cause)
        }
        ServerError::Outsider(_) => Check::Resolution,
        ServerError::NotTried { .. }
        | ServerError::NoCredential
        | ServerError::NoOwnEndpoint(_) => Check::SignIn,
        _ => Check::Shell,
    }
}

fn of_shell(error: &shell::Error) -> Check {
    match error {
        shell::Error::Connection(error) => of_connection(error),
        shell::Error::Remoting(client::Error::Refused { fault, .. })
            if fault.is(number::ACCESS_DENIED) =>
        {
            Check::Administrator
        }
        _ => Check::Shell,
    }
}

fn of_connection(error: &Error) -> Check {
    match error {
        Error::Endpoint(_) | Error::Unresolved { .. } | Error::LeadsHere { .. } => {
            Check::Resolution
        }
        Error::Unreachable { .. }
        | Error::ConnectTimeout { .. }
        | Error::Proxy(_)
        | Error::Tunnel(_) => Check::Port,
        Error::Trust(_)
        | Error::Untrusted { .. }
        | Error::WrongPin { .. }
        | Error::Tls { .. }
        | Error::TlsBrokenOff => Check::Tls,
        Error::NotHttp { .. }
        | Error::NotWinRm { .. }
        | Error::ClosedDuringSignIn { heard: false, .. } => Check::Schemes,
        // what was tried is not among them
        Error::Refused(refusal)
            if refusal.ticket_for.is_none()
                && !refusal.judges_password()
                && !refusal.offers(refusal.scheme) =>
        {
            Check::Schemes
        }
        // it had answered under this sign-in
        Error::NoLonger(_) => Check::Shell,
        _ => Check::SignIn,
    }
}
