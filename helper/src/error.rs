//! Why a run ends before its summary.

use crate::{Code, Exit};

/// Why nothing was done, or, if it is [`Error::Mute`], why nobody will know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the sentences say it
pub enum Error {
    NoCommand,
    UnknownArgument,
    BadMax,
    MissingMax,
    MisplacedMax,
    BadImage,
    MisplacedAll,
    AllOfSome,
    NotElevated,
    InputUnreadable(Code),
    InputTooLong,
    ListCutOff,
    ListOfOtherLength,
    ListGoesOn,
    NoTargets,
    TooManyTargets,
    /// In this line, the first being 1.
    NotATarget(u32),
    SameTarget,
    Unreadable(Code),
    Mute,
}

impl Error {
    /// What is said of it.
    pub fn sentence(self) -> &'static str {
        match self {
            Error::NoCommand => "say `list` or `close`",
            Error::UnknownArgument => "an argument is not known",
            Error::BadMax => "--max takes one number, from 1 to 20000",
            Error::MissingMax => "`close` needs --max",
            Error::MisplacedMax => "--max belongs to `close`",
            Error::BadImage => "--image takes a file name, at most 8 times",
            Error::MisplacedAll => "--all belongs to `list`",
            Error::AllOfSome => "--all and --image exclude each other",
            Error::NotElevated => "closing needs the full rights of an administrator",
            Error::InputUnreadable(_) => "standard input cannot be read: error ",
            Error::InputTooLong => "the target list is too long",
            Error::ListCutOff => "the target list is cut off: there is no `end`",
            Error::ListOfOtherLength => "the target list is cut off: `end` gives another number",
            Error::ListGoesOn => "there is text after `end`",
            Error::NoTargets => "there are no targets",
            Error::TooManyTargets => "there are more targets than --max allows",
            Error::NotATarget(_) => "this is not a target: line ",
            Error::SameTarget => "a connection is named twice",
            Error::Unreadable(_) => "the connections cannot be read: error ",
            Error::Mute => "",
        }
    }

    /// What the sentence ends in; 0 is nothing.
    pub fn number(self) -> u32 {
        match self {
            Error::InputUnreadable(Code(number))
            | Error::Unreadable(Code(number))
            | Error::NotATarget(number) => number,
            _ => 0,
        }
    }

    /// How the run ends.
    pub fn exit(self) -> Exit {
        match self {
            Error::NotElevated => Exit::NotElevated,
            Error::Unreadable(_) => Exit::Unreadable,
            Error::Mute => Exit::Mute,
            _ => Exit::Usage,
        }
    }
}

impl From<Code> for Error {
    /// Only writing the report fails with a bare code.
    fn from(_: Code) -> Self {
        Error::Mute
    }
}
