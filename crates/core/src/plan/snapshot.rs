//! What was seen on one server at one moment.

use std::{collections::BTreeSet, net::IpAddr};

use jiff::Timestamp;

use crate::{
    exchange::{
        ClientAddress, Clock, Gap, Generation, Limits, Logon, Version,
        logon::{Counted, SessionCount},
    },
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

    /// From where connections come that could carry sessions.
    pub(super) fn clients(&self) -> BTreeSet<IpAddr> {
        let connections = self.connections.iter();
        let carrying = connections.filter(|connection| connection.carries_a_session());
        carrying.map(TcpConnection::client).collect()
    }

    /// Whether clients connect to client access servers, which need not be those that hold their sessions.
    pub fn is_of_2010(&self) -> bool {
        let generation = self.version.map(Version::generation);
        generation == Some(Generation::Exchange2010)
    }

    /// This number of what it counts: where there is nothing, its version says what that would be.
    pub(super) fn counted(&self, held: SessionCount) -> SessionCount {
        match held.count == 0 && self.is_of_2010() {
            true => SessionCount {
                counted: Counted::Sessions,
                ..held
            },
            false => held,
        }
    }

    /// The connections from a client's address that could carry sessions.
    pub(super) fn connections_from(&self, address: &ClientAddress) -> Vec<TcpConnection> {
        let connections = self.connections.iter();
        let from_there = connections.filter(|connection| {
            Some(connection.client()) == address.ip() && connection.carries_a_session()
        });
        from_there.cloned().collect()
    }

    /// Whether the server told all: its logons, and its clock and limits, which only the plain endpoint tells.
    pub fn is_whole(&self) -> bool {
        self.gaps.is_empty() && self.clock.is_told()
    }
}
