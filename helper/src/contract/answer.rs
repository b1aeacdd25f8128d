//! The helper's answer as the client reads it: the counterparts of the forms and words it is written in.

use std::net::SocketAddr;
use std::string::String;

use serde::Deserialize;

/// A line of the answer. What a line has in addition is skipped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Line {
    /// The first line.
    Head {
        /// Another one than [`PROTOCOL`](super::PROTOCOL) means that the rest cannot be understood.
        protocol: u32,
        /// Whether it has the rights of an administrator.
        elevated: bool,
    },
    /// The last line where nothing was done.
    Error {
        /// Why, for people.
        error: String,
    },
    /// The last line of a list, or of closing.
    Summary {
        /// How much there was of what.
        summary: Summary,
    },
    /// A connection.
    Row(Row),
}

/// What the last line counts; the outcomes, too, which can be counted from the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Summary {
    /// The connections of a list.
    pub listed: Option<usize>,
    /// Those that a list would have in addition.
    #[serde(default)]
    pub left_out: usize,
    /// The targets of closing.
    pub targets: Option<usize>,
}

/// A connection, and of a target what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// The server's end.
    pub local: SocketAddr,
    /// The client's end.
    pub remote: SocketAddr,
    /// The [name](crate::State::named) of its state, before anything was done.
    pub state: String,
    /// The process that owns it, or was to own it.
    pub pid: u32,
    /// That process's program.
    pub image: String,
    /// The [name](super::Outcome::named) of what came of it.
    pub outcome: Option<String>,
    /// The Win32 error that the system answered; 0 for none.
    #[serde(default)]
    pub code: u32,
    /// A clause for a person; empty where the outcome says it all.
    #[serde(default)]
    pub why: String,
}
