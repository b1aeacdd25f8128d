//! What can go wrong between client and server above the connection.

use std::fmt;

use crate::psrp::pipeline::ErrorRecord;
use crate::psrp::{fragment, message, payload, secure};
use crate::wsman::Fault;

/// The requests of a runspace pool's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Makes the shell.
    Create,
    /// Starts a pipeline.
    Command,
    /// Carries more messages to the server.
    Send,
    /// Waits for messages from the server.
    Receive,
    /// Stops or forgets a pipeline.
    Signal,
    /// Ends the shell.
    Delete,
}

/// Why a session cannot go on as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused a request. For [`Operation::Create`] there is no shell, for [`Operation::Command`] nothing
    /// has run.
    #[error("the server refused {operation}: {fault}")]
    Refused {
        /// Which request.
        operation: Operation,
        /// What the server says.
        #[source]
        fault: Box<Fault>,
    },
    /// The answer does not belong to the request.
    #[error("the server answered {0} with something else")]
    Unexpected(Operation),
    /// The runspace pool did not open, or broke while a pipeline ran.
    #[error("the runspace pool broke{}", reason(.0.as_deref()))]
    PoolBroken(Option<Box<ErrorRecord>>),
    /// The server speaks another generation of the protocol.
    #[error("the server speaks version {0} of the PowerShell remoting protocol, not 2.x")]
    Version(String),
    /// The shell exists, but nothing was heard of the pool in it for several times the operation timeout.
    #[error("the server made a shell, but the PowerShell in it does not answer")]
    Silent,
    /// The server says again and again that the pipeline runs, and nothing comes of it.
    #[error("the pipeline runs on, but has said nothing for too long")]
    NothingSaid,
    /// The command ended, and PowerShell had not said how its pipeline ended.
    #[error("the pipeline ended without saying how")]
    EndedSilently,
    /// More output than is accepted.
    #[error("the pipeline's output exceeds {limit} bytes")]
    TooMuchOutput {
        /// [`Options::max_output`](super::Options::max_output).
        limit: usize,
    },
    /// More elements of output than are accepted.
    #[error("the pipeline's output has more than {limit} elements")]
    TooManyElements {
        /// [`Options::max_elements`](super::Options::max_elements).
        limit: usize,
    },
    /// There is no open pool, or a pipeline runs in it already.
    #[error("the runspace pool is not ready for a pipeline")]
    NotReady,
    /// A fragment that does not fit with those before it.
    #[error(transparent)]
    Fragment(#[from] fragment::Error),
    /// A message that is not one.
    #[error(transparent)]
    Message(#[from] message::Error),
    /// A message without what it has to carry.
    #[error(transparent)]
    Payload(#[from] payload::Error),
    /// The exchange of keys failed.
    #[error(transparent)]
    Key(#[from] secure::Error),
}

impl Error {
    /// Whether the shell no longer exists and nothing of the pipeline has run: it can be tried in a new shell.
    pub fn is_shell_gone(&self) -> bool {
        matches!(self, Self::Refused { operation: Operation::Command, fault } if fault.is_shell_gone())
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "to open a shell",
            Self::Command => "to start a pipeline",
            Self::Send => "further input",
            Self::Receive => "to return output",
            Self::Signal => "to stop a pipeline",
            Self::Delete => "to close the shell",
        })
    }
}

fn reason(record: Option<&ErrorRecord>) -> String {
    record
        .map(|record| format!(": {}", record.message))
        .unwrap_or_default()
}
