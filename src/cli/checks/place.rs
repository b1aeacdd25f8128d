//! Which check an error on the way to a server belongs to.

use mapisweep_winrm::{psrp::client, wsman::number};

use super::Check;
use crate::{connection::Error, servers::ServerError, shell};

/// The check of the way that this error is the failure of.
pub fn of(error: &ServerError) -> Check {
    match error {
        ServerError::Connection(error) | ServerError::Shell(shell::Error::Connection(error)) => {
            of_connection(error)
        }
        ServerError::Shell(shell::Error::MayBeLeft(error)) => of_shell(error),
        ServerError::Shell(error) => of_shell(error),
        ServerError::NoMember { cause, .. } | ServerError::OwnEndpoint { cause, .. } => of(cause),
        ServerError::Outsider(_) => Check::Resolution,
        ServerError::NotTried { .. } | ServerError::NoOwnEndpoint(_) => Check::SignIn,
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
        Error::Refused(refusal) if refusal.ticket_for.is_none() && !refusal.judges_password() => {
            Check::Schemes
        }
        // it had answered under this sign-in
        Error::NoLonger(_) => Check::Shell,
        _ => Check::SignIn,
    }
}
