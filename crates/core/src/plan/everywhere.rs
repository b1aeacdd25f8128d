//! Who was seen at which address on every server of a run, for an address is a machine, whichever server it talks to.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::{ServerSnapshot, address::acts_for_a_server, names::distinct};
use crate::exchange::Mailbox;

/// Who was seen at which address, by server, besides those who were asked about.
///
/// A server that could not be read is not in it. That does not keep the others from being judged: closing a connection
/// ends nothing but what lives on it, and one dead server would otherwise protect the stale sessions on all. So it is
/// said ([`Everywhere::judged_without`]), and decided by what was seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Everywhere {
    servers: BTreeMap<String, Seen>,
    unread: BTreeSet<String>,
}

/// What was seen on one server.
#[derive(Debug, Clone, Default, PartialEq)]
struct Seen {
    others: BTreeMap<IpAddr, BTreeSet<String>>,
    /// Addresses of Exchange servers: its own, and where others act for their users.
    exchange: BTreeSet<IpAddr>,
    is_whole: bool,
}

/// Who is at an address on other servers than the one that is judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// Accounts, each once.
    pub others: Vec<String>,
    /// On which servers they are.
    pub servers: Vec<String>,
    /// An Exchange server has that address.
    pub is_exchange: bool,
}

impl Everywhere {
    /// What these snapshots show.
    pub fn of<'s>(
        snapshots: impl IntoIterator<Item = &'s ServerSnapshot>,
        users: &[Mailbox],
    ) -> Self {
        let mut everywhere = Self::default();
        for snapshot in snapshots {
            everywhere.take(snapshot, users);
        }
        everywhere
    }

    /// The same with what a later look at one of the servers showed, in the place of what was seen there before.
    pub fn take(&mut self, snapshot: &ServerSnapshot, users: &[Mailbox]) {
        let mut seen = Seen {
            is_whole: snapshot.is_whole(),
            ..Seen::default()
        };
        let own = snapshot.connections.iter();
        let own = own.map(|connection| connection.local.ip().to_canonical());
        seen.exchange
            .extend(own.filter(|address| !address.is_unspecified()));
        for logon in &snapshot.logons {
            let Some(address) = logon.client_address.ip() else {
                continue;
            };
            if acts_for_a_server(logon) {
                seen.exchange.insert(address);
            }
            if !users.iter().any(|user| user.made(logon)) {
                let account = logon.account.as_deref().unwrap_or("?");
                let others = seen.others.entry(address).or_default();
                others.insert(account.to_owned());
            }
        }
        self.unread.remove(&snapshot.server);
        self.servers.insert(snapshot.server.clone(), seen);
    }

    /// This server could not be read.
    pub fn without(&mut self, server: &str) {
        if !self.servers.contains_key(server) {
            self.unread.insert(server.to_owned());
        }
    }

    /// The servers that were read, by name.
    pub fn read(&self) -> Vec<&str> {
        self.servers.keys().map(String::as_str).collect()
    }

    /// The servers of which it is not known who is logged on there, or not of everybody: whoever shares an address with
    /// somebody there alone is not known to.
    pub fn judged_without(&self) -> Vec<&str> {
        let partial = self.servers.iter().filter(|(_, seen)| !seen.is_whole);
        let partial = partial.map(|(server, _)| server);
        let names: BTreeSet<&str> = self.unread.iter().chain(partial).map(|s| &**s).collect();
        names.into_iter().collect()
    }

    /// Who is at this address on other servers.
    pub(super) fn elsewhere(&self, here: &str, address: IpAddr) -> Elsewhere {
        let mut elsewhere = Elsewhere::default();
        let mut others = BTreeSet::new();
        for (server, seen) in self.servers.iter().filter(|(server, _)| *server != here) {
            elsewhere.is_exchange |= seen.exchange.contains(&address);
            if let Some(there) = seen.others.get(&address) {
                others.extend(there.iter().map(String::as_str));
                elsewhere.servers.push(server.clone());
            }
        }
        elsewhere.others = distinct(others.into_iter());
        elsewhere
    }
}
