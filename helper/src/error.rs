//! Why a run does not end well.

use crate::{Code, Exit};

/// What went wrong, and a number that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub kind: ErrorKind,
    /// A Win32 error code, or the number of a line; 0 where there is none.
    pub number: u32,
}

/// What went wrong. Nothing was done, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the sentences say it
pub enum ErrorKind {
    NoCommand,
    BadMax,
    BadImage,
    NotElevated,
    InputUnreadable,
    InputTooLong,
    ListCutOff,
    ListOfOtherLength,
    ListGoesOn,
    NoTargets,
    TooManyTargets,
    NotATarget,
    SameTarget,
    Unreadable,
}

impl ErrorKind {
    /// This, with a number.
    pub fn with(self, number: u32) -> Error {
        Error { kind: self, number }
    }

    /// This, with a Win32 error code.
    pub fn because(self) -> impl Fn(Code) -> Error {
        move |code| self.with(code.0)
    }

    /// What is said of it. The number, if there is one, is its last word.
    pub fn sentence(self) -> &'static str {
        match self {
            ErrorKind::NoCommand => "say `list` or `close`",
            ErrorKind::BadMax => "`close` takes --max and a number from 1 to 20000",
            ErrorKind::BadImage => "an argument is not the file name of a program",
            ErrorKind::NotElevated => "closing needs the full rights of an administrator",
            ErrorKind::InputUnreadable => "standard input cannot be read: error ",
            ErrorKind::InputTooLong => "the target list is too long",
            ErrorKind::ListCutOff => "the target list is cut off: there is no `end`",
            ErrorKind::ListOfOtherLength => {
                "the target list is cut off: `end` gives another number"
            }
            ErrorKind::ListGoesOn => "there is text after `end`",
            ErrorKind::NoTargets => "there are no targets",
            ErrorKind::TooManyTargets => "there are more targets than --max allows",
            ErrorKind::NotATarget => "this is not a target: line ",
            ErrorKind::SameTarget => "a connection is named twice: line ",
            ErrorKind::Unreadable => "the connections cannot be read: error ",
        }
    }

    /// How the run ends.
    pub fn exit(self) -> Exit {
        match self {
            ErrorKind::NotElevated => Exit::NotElevated,
            ErrorKind::Unreadable => Exit::Unreadable,
            _ => Exit::Usage,
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        kind.with(0)
    }
}
