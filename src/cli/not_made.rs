//! A file or a folder that was to be made and could not be: why, in words, and what to do.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use super::{error::CommandError, text::quoted};

/// What was to be made.
#[derive(Debug, Clone, Copy)]
pub enum Made {
    /// `helper export FILE`
    Export,
    /// `man DIR`
    ManualPages,
    /// `--report FILE`
    Report,
}

impl Made {
    /// What else can be given.
    fn another(self) -> &'static str {
        match self {
            Self::Export => "another name",
            Self::ManualPages => "another folder",
            Self::Report => "another name for --report",
        }
    }
}

/// Why it was not. A name that will not do is one on the command line that has to be another.
pub fn not_made(made: Made, path: &Path, error: io::Error) -> CommandError {
    let shown = quoted(&path.display().to_string());
    let another = made.another();
    let given = path.to_string_lossy();
    let is_unexpanded = given.starts_with('~') && error.kind() == ErrorKind::NotFound;
    let (what, to_do) = match error.kind() {
        _ if is_unexpanded => (
            format!("the folder of {shown} is not there: no shell has put a home directory in the place of ~"),
            "A shell does so at the beginning of a word alone: write --report ~/x.md, with a blank, or the full path."
                .to_owned(),
        ),
        ErrorKind::NotFound => (
            format!("the folder of {shown} is not there"),
            format!("Make it, or choose {another}."),
        ),
        ErrorKind::AlreadyExists | ErrorKind::IsADirectory if path.is_dir() => (
            format!("{shown} is a folder"),
            "Give the name of a file.".to_owned(),
        ),
        ErrorKind::AlreadyExists => (
            format!("{shown} is there already, and is not overwritten"),
            format!("Choose {another}, or move it away."),
        ),
        ErrorKind::IsADirectory => (
            format!("{shown} ends in a slash, so it is the name of a folder"),
            "Give the name of a file.".to_owned(),
        ),
        ErrorKind::NotADirectory => (
            format!("on the way to {shown} there is a file where a folder has to be"),
            format!("Choose {another}."),
        ),
        ErrorKind::InvalidFilename => (
            format!("the name {shown} is too long"),
            format!("Choose {another}."),
        ),
        ErrorKind::PermissionDenied => {
            return failed(
                format!("you may not write to {shown}"),
                "Choose a place where you may.",
                error,
            );
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            return failed(format!("there is no room for {shown}"), "Make some.", error);
        }
        _ => {
            let to_do = format!("Choose {another}.");
            return failed(format!("{shown} cannot be written: {error}"), &to_do, error);
        }
    };
    CommandError::usage(what, nothing_done(&to_do)).because(error)
}

fn failed(what: String, to_do: &str, error: io::Error) -> CommandError {
    CommandError::failed(what, nothing_done(to_do)).because(error)
}

fn nothing_done(to_do: &str) -> String {
    format!("Nothing was done. {to_do}")
}
