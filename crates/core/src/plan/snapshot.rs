//! What was seen on one server at one moment.

use jiff::Timestamp;

use crate::{
    exchange::{Clock, Gap, Limits, Logon, Version},
    helper_run::TcpConnection,
};

/// Everything the plan needs to know about a server.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSnapshot {
    /// The name the admin gave or the DAG lists; used to tell servers apart and to connect.
    pub server: String,
    /// The name to show: the full DNS name where known.
    pub display_name: String,
    /// Its Exchange build.
    pub version: Option<Version>,
    /// Sessions a user may hold there.
    pub limits: Limits,
    /// The server's own clock when the logons were read.
    pub clock: Clock,
    /// Every logon on the server, of all users: needed to see who shares an address.
    pub logons: Vec<Logon>,
    /// Why some may be missing.
    pub gaps: Vec<Gap>,
    /// The connections that end in the Exchange processes, as the helper listed them.
    pub connections: Vec<TcpConnection>,
    /// How many connections there were in addition that it did not list.
    pub connections_left_out: usize,
}

impl ServerSnapshot {
    /// When the logons were read, by the server's own clock.
    pub fn taken_at(&self) -> Timestamp {
        self.clock.now
    }

    /// Whether the server told all: its logons, and its clock and limits, which only the plain endpoint tells.
    pub fn is_whole(&self) -> bool {
        self.gaps.is_empty() && self.clock.is_told()
    }
}
