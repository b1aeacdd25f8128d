//! What happened in the lab, for tests to ask about and for the program to print.

use std::{fmt, net::SocketAddr};

/// One thing that happened on one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Short name of the server.
    pub server: String,
    /// What happened.
    pub what: What,
}

/// The things that happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A mail client logged on.
    LoggedOn {
        /// Account name.
        account: String,
        /// The client's fictional endpoint.
        from: SocketAddr,
        /// Sessions it opened.
        sessions: usize,
    },
    /// A mail client was refused: its user already has as many sessions as allowed (event 9646).
    SessionLimit {
        /// Account name.
        account: String,
        /// The client's fictional endpoint.
        from: SocketAddr,
    },
    /// A connection was closed by way of the connection table.
    Reset {
        /// The client's fictional endpoint.
        remote: SocketAddr,
    },
    /// A connection ended from the client's side.
    Hangup {
        /// The client's fictional endpoint.
        remote: SocketAddr,
    },
    /// A WinRM client signed in.
    SignedIn {
        /// `DOMAIN\user`.
        user: String,
        /// `Negotiate`, `NTLM`, `Kerberos` or `Basic`.
        scheme: String,
        /// `NTLM`, `Kerberos` or `Basic`.
        mechanism: &'static str,
        /// Whether a ticket in the client's name came along.
        is_delegated: bool,
    },
    /// A WinRM client was turned away.
    SignInRefused {
        /// The name it gave.
        user: String,
        /// Why.
        why: String,
    },
    /// A WS-Management request arrived.
    Request {
        /// Last segment of the action's URI.
        action: String,
    },
    /// A shell was opened.
    ShellOpened {
        /// Its id.
        shell: String,
    },
    /// A shell was deleted, by its client.
    ShellDeleted {
        /// Its id.
        shell: String,
    },
    /// A pipeline began, or mapisweep's script a question of its batch.
    Pipeline {
        /// Its commands or its script's first line; of a question the cmdlet.
        what: String,
    },
    /// The helper ran.
    Helper {
        /// Its arguments.
        arguments: Vec<String>,
        /// Its exit code.
        exit_code: i32,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.server)?;
        match &self.what {
            What::LoggedOn {
                account,
                from,
                sessions,
            } => write!(f, "{account} logged on from {from}, {sessions} sessions"),
            What::SessionLimit { account, from } => {
                write!(
                    f,
                    "{account} refused from {from}: too many sessions (event 9646)"
                )
            }
            What::Reset { remote } => write!(
                f,
                "connection from {remote} closed through the connection table"
            ),
            What::Hangup { remote } => write!(f, "connection from {remote} ended by the client"),
            What::SignedIn {
                user,
                scheme,
                mechanism,
                is_delegated,
            } => {
                write!(f, "{user} signed in with {mechanism} under {scheme}")?;
                match is_delegated {
                    true => f.write_str(", a ticket came along"),
                    false => Ok(()),
                }
            }
            What::SignInRefused { user, why } => write!(f, "sign-in of {user} refused: {why}"),
            What::Request { action } => write!(f, "request {action}"),
            What::ShellOpened { shell } => write!(f, "shell {shell} opened"),
            What::ShellDeleted { shell } => write!(f, "shell {shell} deleted"),
            What::Pipeline { what } => write!(f, "pipeline {what}"),
            What::Helper {
                arguments,
                exit_code,
            } => {
                write!(f, "helper ran with {arguments:?}, exit code {exit_code}")
            }
        }
    }
}
