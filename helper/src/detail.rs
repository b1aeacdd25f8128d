//! What became of a target, in detail.

use crate::{Code, Outcome};

/// Which case of an [`Outcome`] it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// It was there, the system took the order, and it was seen gone.
    Closed,
    /// It was not there, or was seen gone after the system had not taken the order.
    AlreadyGone,
    /// The system took the order, but it is there still.
    StillOpen,
    /// The system answered "access denied", and it is there still.
    AccessDenied,
    /// The system answered 317, which is "not elevated" or "no such connection", and it is there still.
    NotElevated,
    /// The system has no call for this.
    NotSupported,
    /// The system answered something else, and it is there still.
    NotTaken,
    /// It belongs to another process than planned.
    OtherProcess,
    /// It belongs to the planned process number, but that is another program.
    OtherProgram,
    /// An end is "any".
    NotExact,
    /// It does not leave the machine.
    Internal,
    /// Process number 0.
    Unowned,
    /// Its program is not allowed.
    ForeignProgram,
    /// It is a listening socket.
    Listening,
    /// The table could not be read again before its turn came.
    NotLookedAt,
    /// The order was given, but the table could not be read again afterwards.
    NotSeenAgain,
}

impl Detail {
    /// What it is as long as the connection is there, after the system answered this to the order to end it.
    pub(crate) fn of_error(code: Code) -> Self {
        match code {
            Code::ACCESS_DENIED => Detail::AccessDenied,
            Code::NOT_ELEVATED_OR_NO_SUCH_CONNECTION => Detail::NotElevated,
            Code::NOT_SUPPORTED => Detail::NotSupported,
            _ => Detail::NotTaken,
        }
    }

    /// Whether an order was given, and another look at the connection may show that it is gone.
    pub(crate) fn is_pending(self) -> bool {
        matches!(
            self,
            Detail::StillOpen
                | Detail::AccessDenied
                | Detail::NotElevated
                | Detail::NotSupported
                | Detail::NotTaken
        )
    }

    /// The word for it.
    pub fn outcome(self) -> Outcome {
        match self {
            Detail::Closed => Outcome::Closed,
            Detail::AlreadyGone => Outcome::AlreadyGone,
            Detail::StillOpen => Outcome::StillOpen,
            Detail::AccessDenied | Detail::NotElevated => Outcome::Denied,
            Detail::OtherProcess | Detail::OtherProgram => Outcome::Changed,
            Detail::NotExact
            | Detail::Internal
            | Detail::Unowned
            | Detail::ForeignProgram
            | Detail::Listening => Outcome::Refused,
            Detail::NotSupported
            | Detail::NotTaken
            | Detail::NotLookedAt
            | Detail::NotSeenAgain => Outcome::Failed,
        }
    }

    /// A clause for a person; empty where the outcome says it all.
    pub fn why(self) -> &'static str {
        match self {
            Detail::Closed | Detail::AlreadyGone | Detail::AccessDenied => "",
            Detail::StillOpen => "the system took the order, but it is there still",
            Detail::NotElevated => "the system answered: not elevated, or gone; but it is there",
            Detail::NotSupported => "this Windows cannot end it",
            Detail::NotTaken => "the system did not take the order",
            Detail::OtherProcess => "another process owns it now",
            Detail::OtherProgram => "its process is another program now",
            Detail::NotExact => "it is not one exact connection",
            Detail::Internal => "it does not leave this machine",
            Detail::Unowned => "no process owns it",
            Detail::ForeignProgram => "its program is not allowed",
            Detail::Listening => "it is a listening socket",
            Detail::NotLookedAt => "not touched: the connections could not be read again",
            Detail::NotSeenAgain => "closed or not: the connections could not be read again",
        }
    }
}
