//! The audit log: append-only JSON lines in the state directory.
//!
//! A run leaves, all with its id: where the helper listed connections (`looked`); what is about to be closed (`closing`,
//! before anything is); what was seen of each server as it ended (`closed`, while others are still at work); and how it
//! ended (`ended`). A run without that last one was killed. A record names who did what, to which connections, with which
//! helper and script and under which rules; it never holds a secret. What servers said stands in it word for word, but as
//! escapes where a terminal would obey it or nobody would see it.
//!
//! What is about to be closed is recorded with the people and the servers that it is for, so that a run that was cut off can
//! be gone on with ([`CutOff`]): for the same people, and never by the connections that stand there. Whether
//! it is cut off or at work, its lock tells ([`AtWork`]).

mod at_work;
mod cut_off;
mod log;
mod meant;
mod record;
mod returning;
mod server;

pub use at_work::{AtWork, Busy, Process};
pub use cut_off::CutOff;
pub use log::{AuditLog, LogError};
pub use meant::Meant;
pub use record::{Ending, Left, Looked, Record, Run};
pub use returning::{Beside, Returned};

#[cfg(test)]
mod tests;
