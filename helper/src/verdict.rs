//! What may be said about a target.

use crate::text::word;
use crate::{Code, State};

/// What became of a target, in the words of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was there, the system took the order, and it was seen gone.
    Closed,
    /// The system took the order, but it is there still.
    StillOpen,
    /// It had ended by itself.
    AlreadyGone,
    /// The system does not let us, and it is there still.
    Denied,
    /// It is not what was planned any longer; not touched.
    Changed,
    /// A rule of the helper forbids it; not touched.
    Refused,
    /// It could not be closed, or what became of it could not be seen.
    Failed,
}

impl Outcome {
    /// How many there are.
    pub(crate) const COUNT: usize = 7;

    /// The name used in reports.
    pub fn name(self) -> &'static [u8] {
        Self::name_of(self as u32)
    }

    /// The name of the outcome that stands at this place above.
    pub(crate) fn name_of(place: u32) -> &'static [u8] {
        word(
            "closed still_open already_gone denied changed refused failed",
            place,
        )
    }

    /// Whether there is no such connection any more.
    pub fn is_gone(self) -> bool {
        matches!(self, Outcome::Closed | Outcome::AlreadyGone)
    }
}

/// What was found, in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
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

impl Finding {
    /// What it is as long as the connection is there, after the system answered this to the order to end it.
    pub(crate) fn of_error(code: Code) -> Self {
        match code {
            Code::ACCESS_DENIED => Finding::AccessDenied,
            Code::NOT_ELEVATED_OR_NO_SUCH_CONNECTION => Finding::NotElevated,
            Code::NOT_SUPPORTED => Finding::NotSupported,
            _ => Finding::NotTaken,
        }
    }

    /// Whether an order was given, and another look at the connection may show that it is gone.
    pub(crate) fn is_pending(self) -> bool {
        matches!(
            self,
            Finding::StillOpen
                | Finding::AccessDenied
                | Finding::NotElevated
                | Finding::NotSupported
                | Finding::NotTaken
        )
    }

    /// In the words of the summary.
    pub fn outcome(self) -> Outcome {
        match self {
            Finding::Closed => Outcome::Closed,
            Finding::AlreadyGone => Outcome::AlreadyGone,
            Finding::StillOpen => Outcome::StillOpen,
            Finding::AccessDenied | Finding::NotElevated => Outcome::Denied,
            Finding::OtherProcess | Finding::OtherProgram => Outcome::Changed,
            Finding::NotExact
            | Finding::Internal
            | Finding::Unowned
            | Finding::ForeignProgram
            | Finding::Listening => Outcome::Refused,
            Finding::NotSupported
            | Finding::NotTaken
            | Finding::NotLookedAt
            | Finding::NotSeenAgain => Outcome::Failed,
        }
    }

    /// A clause for a person; empty where the outcome says it all.
    pub fn why(self) -> &'static str {
        match self {
            Finding::Closed | Finding::AlreadyGone | Finding::AccessDenied => "",
            Finding::StillOpen => "the system took the order, but it is there still",
            Finding::NotElevated => "the system answered: not elevated, or gone; but it is there",
            Finding::NotSupported => "this Windows cannot end it",
            Finding::NotTaken => "the system did not take the order",
            Finding::OtherProcess => "another process owns it now",
            Finding::OtherProgram => "its process is another program now",
            Finding::NotExact => "it is not one exact connection",
            Finding::Internal => "it does not leave this machine",
            Finding::Unowned => "no process owns it",
            Finding::ForeignProgram => "its program is not allowed",
            Finding::Listening => "it is a listening socket",
            Finding::NotLookedAt => "not touched: the connections could not be read again",
            Finding::NotSeenAgain => "closed or not: the connections could not be read again",
        }
    }
}

/// What may be said about a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What was found.
    pub finding: Finding,
    /// In which state the connection was before anything was done.
    pub state: State,
    /// The Win32 error that the system answered to the order to close it, or to look at it; 0 if there was none.
    pub code: u32,
}

impl Verdict {
    /// Of a target that was not looked at.
    pub(crate) const NONE: Verdict = Verdict {
        finding: Finding::NotLookedAt,
        state: State::UNKNOWN,
        code: 0,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_its_name() {
        let names = [
            (Outcome::Closed, "closed"),
            (Outcome::StillOpen, "still_open"),
            (Outcome::AlreadyGone, "already_gone"),
            (Outcome::Denied, "denied"),
            (Outcome::Changed, "changed"),
            (Outcome::Refused, "refused"),
            (Outcome::Failed, "failed"),
        ];
        assert_eq!(names.len(), Outcome::COUNT);
        for (outcome, name) in names {
            assert_eq!(outcome.name(), name.as_bytes());
        }
    }
}
