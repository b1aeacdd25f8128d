//! Exit codes: documented in the README, stable, one place.

use serde::Serialize;

/// How a run ended, as the shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Exit {
    /// All was done and seen to be done.
    #[default]
    Done = 0,
    /// Something failed; what did is on standard error.
    Failed = 1,
    /// The command line, the configuration or the surroundings (no terminal to ask on) do not allow a start, or a name
    /// is several people's.
    Usage = 2,
    /// Nothing matched: no such user, no session, no connection. Nothing was done.
    NothingMatched = 3,
    /// Nothing was done, because what matched was refused for safety.
    Refused = 4,
    /// What was seen is not whole: nothing that depends on the rest is claimed or was done.
    Incomplete = 5,
    /// A remote shell or the helper is left on a server, or may be; standard error says where and what becomes of it.
    LeftBehind = 6,
    /// The answer to the question was not yes. Nothing was done, or nothing more.
    Declined = 7,
    /// Stopped by the admin, after cleaning up: Ctrl-C, or a signal that asks it to end.
    Interrupted = 130,
}

impl Exit {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NothingMatched,
        Self::Refused,
        Self::Incomplete,
        Self::LeftBehind,
        Self::Declined,
        Self::Interrupted,
    ];

    /// What it means, for `--help` and the manual pages.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "all done, and seen to be done",
            Self::Failed => "something failed",
            Self::Usage => "wrong usage, a name of several people, or nobody to ask",
            Self::NothingMatched => "nothing matched",
            Self::Refused => "refused for safety, or more than one run may close",
            Self::Incomplete => "what the server said is not whole",
            Self::LeftBehind => "a remote shell or the helper is left on a server, or may be",
            Self::Declined => {
                "the answer to the question was not yes: nothing was done, or, after --canary, nothing more"
            }
            Self::Interrupted => "stopped by Ctrl-C or a signal, and nothing is left",
        }
    }

    /// The code for a result that is whole, or is not.
    pub fn of_whole(is_whole: bool) -> Self {
        match is_whole {
            true => Self::Done,
            false => Self::Incomplete,
        }
    }

    /// The code of two pieces of work together: what is left behind outweighs an interruption, that a no, a no a failure, a
    /// failure an incomplete answer, that a refusal, a refusal an empty result; only work that is all done is done.
    pub fn and(self, other: Self) -> Self {
        let weight = |exit| match exit {
            Self::Done => 0,
            Self::NothingMatched => 1,
            Self::Refused => 2,
            Self::Incomplete => 3,
            Self::Failed => 4,
            Self::Usage => 5,
            Self::Declined => 6,
            Self::Interrupted => 7,
            Self::LeftBehind => 8,
        };
        if weight(other) > weight(self) {
            other
        } else {
            self
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What a monitoring system makes of a check: Nagios' exit codes, which are not those of mapisweep and hold for
/// `watch --once --format nagios` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum CheckState {
    /// All was read, and nothing is to be done.
    Ok = 0,
    /// Somebody holds many sessions.
    Warning = 1,
    /// Somebody holds too many.
    Critical = 2,
    /// Not all could be read.
    Unknown = 3,
}

impl CheckState {
    /// The state of two things together: what is bad is bad, whatever else could not be read.
    pub fn and(self, other: Self) -> Self {
        let weight = |state| match state {
            Self::Ok => 0,
            Self::Unknown => 1,
            Self::Warning => 2,
            Self::Critical => 3,
        };
        std::cmp::max_by_key(self, other, |state| weight(*state))
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::{self, *};

    #[test]
    fn codes_are_as_documented() {
        let codes = Exit::ALL.map(|exit| exit as u8);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 130]);
    }

    #[test]
    fn what_is_bad_is_bad_whatever_could_not_be_read() {
        use super::CheckState as State;
        for (one, other, both) in [
            (State::Ok, State::Ok, 0),
            (State::Ok, State::Unknown, 3),
            (State::Unknown, State::Warning, 1),
            (State::Unknown, State::Critical, 2),
            (State::Warning, State::Critical, 2),
        ] {
            assert_eq!(one.and(other) as u8, both, "{one:?} and {other:?}");
            assert_eq!(other.and(one) as u8, both, "{other:?} and {one:?}");
        }
    }

    #[test]
    fn the_graver_ending_wins() {
        for (one, other, both) in [
            (Done, Done, Done),
            (Done, NothingMatched, NothingMatched),
            (NothingMatched, Refused, Refused),
            (Refused, Failed, Failed),
            (Failed, Declined, Declined),
            (Declined, Interrupted, Interrupted),
            (Interrupted, LeftBehind, LeftBehind),
        ] {
            assert_eq!(one.and(other), both, "{one:?} and {other:?}");
            assert_eq!(Exit::and(other, one), both, "{other:?} and {one:?}");
        }
    }
}
