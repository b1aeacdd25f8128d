//! What the helper and its client agree on: the number of the protocol, its bounds, its words, the forms of its lines.
//! Both sides are compiled from here; neither has a copy.
//!
//! The client gives arguments ([`Command`]) and, to close, a [`target`] a line. The helper answers with the JSON
//! lines below and an exit code. Whatever changes here in a way that the other side would misread is a new
//! [`PROTOCOL`].
//!
//! [`Command`]: crate::arguments::Command

use crate::text::word;

#[cfg(feature = "std")]
pub mod answer;
pub mod target;

/// The version of what is exchanged: arguments, target list, JSON lines, exit codes.
pub const PROTOCOL: u32 = 1;

/// The most targets one run accepts, whatever `--max` says.
pub const TARGETS_LIMIT: u32 = 20_000;

/// The most bytes of standard input that are read. Twenty thousand targets need about two million.
pub const INPUT_LIMIT: usize = 4 << 20;

/// The most connections that are listed. A summary says when some were left out.
pub const LISTED_LIMIT: u32 = 100_000;

/// The lines of the answer, with a `#` wherever a value goes: a head, a row a connection, a summary or an error.
pub(crate) mod lines {
    /// The first line, unless the arguments are not understood.
    pub const HEAD: &str = r##"{"helper":"mapisweep-helper","protocol":#,"version":"#","command":"#","elevated":#}
"##;

    /// A connection; more may follow before [`ROW_END`].
    pub const ROW: &str =
        r##"{"family":"#","local":"#","remote":"#","state":"#","pid":#,"image":"#""##;
    /// What closing adds to it: an outcome and a Windows error, 0 for none.
    pub const ROW_OUTCOME: &str = r##","outcome":"#","code":#"##;
    /// And a clause for a person, where the outcome does not say it all.
    pub const ROW_WHY: &str = r##","why":"#""##;
    pub const ROW_END: &str = "}\n";

    /// The last line of a list: how many connections it has.
    pub const SUMMARY_OF_LIST: &str = r##"{"summary":{"listed":#"##;
    /// And how many it would have had in addition.
    pub const SUMMARY_LEFT_OUT: &str = r##","left_out":#"##;
    /// The last line of closing: how many targets there were.
    pub const SUMMARY_OF_CLOSE: &str = r##"{"summary":{"targets":#"##;
    /// And how many of them had an outcome: its name, their number.
    pub const SUMMARY_OUTCOME: &str = r##","#":#"##;
    pub const SUMMARY_END: &str = "}}\n";

    /// The last line where nothing was done: a sentence, which may go on with [`ERROR_NUMBER`].
    pub const ERROR: &str = r##"{"error":"#"##;
    pub const ERROR_NUMBER: &str = "#";
    pub const ERROR_END: &str = "\"}\n";
}

/// What became of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// Its word, in ASCII.
    pub(crate) fn name(self) -> &'static [u8] {
        Self::name_of(self as u32)
    }

    /// The word of the outcome that stands at this place above.
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

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All was listed; all targets are closed, or were gone already.
    Done = 0,
    /// Some target was not closed.
    Incomplete = 1,
    /// The arguments or the target list cannot be understood, or ask for too much. Nothing was done.
    Usage = 2,
    /// Closing needs an elevated administrator. Nothing was done.
    NotElevated = 3,
    /// The connection table or the process list cannot be read. Nothing was done.
    Unreadable = 4,
    /// The report could not be written. When even its first line could not, nothing was done.
    Mute = 5,
}

impl Exit {
    /// The exit code of the process.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// For the client, which reads and shows the words.
#[cfg(any(test, feature = "std"))]
impl Outcome {
    const ALL: [Outcome; Outcome::COUNT] = [
        Outcome::Closed,
        Outcome::StillOpen,
        Outcome::AlreadyGone,
        Outcome::Denied,
        Outcome::Changed,
        Outcome::Refused,
        Outcome::Failed,
    ];

    /// The outcome of this word.
    pub fn named(word: &str) -> Option<Self> {
        let is_it = |outcome: &Outcome| outcome.name() == word.as_bytes();
        Self::ALL.iter().copied().find(is_it)
    }

    /// Its word, as text.
    pub fn word(self) -> &'static str {
        core::str::from_utf8(self.name()).unwrap_or_default()
    }
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
            assert_eq!(outcome.word(), name);
            assert_eq!(Outcome::named(name), Some(outcome));
        }
        for name in ["", "Closed", "closed ", "vaporised"] {
            assert_eq!(Outcome::named(name), None, "{name:?}");
        }
    }

    #[test]
    fn exit_codes_are_what_is_documented() {
        for (exit, code) in [
            (Exit::Done, 0),
            (Exit::Incomplete, 1),
            (Exit::Usage, 2),
            (Exit::NotElevated, 3),
            (Exit::Unreadable, 4),
            (Exit::Mute, 5),
        ] {
            assert_eq!(exit.code(), code);
        }
    }
}
