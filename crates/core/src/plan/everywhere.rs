//! Who was seen at which address on every server of a run, for an address is a machine, whichever server it talks to.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::{
    ExchangeServers, ServerSnapshot,
    address::acts_for_a_server,
    by_name::{Sought, is_a_servers, may_be_named},
    names::distinct,
};
use crate::exchange::{Logon, Mailbox, People};

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
    /// What their clients call themselves.
    named: BTreeSet<Named>,
    is_whole: bool,
}

/// Somebody's client, by the name that it gives itself and the address that the server gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    client: String,
    given: Option<IpAddr>,
    account: String,
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
        let people = &People::of(users);
        let mut everywhere = Self::default();
        for snapshot in snapshots {
            everywhere.take(snapshot, people);
        }
        everywhere
    }

    /// The same with what a later look at one of the servers showed, in the place of what was seen there before.
    pub fn take(&mut self, snapshot: &ServerSnapshot, people: &People<'_>) {
        let mut seen = Seen {
            is_whole: snapshot.is_whole(),
            ..Seen::default()
        };
        let own = snapshot.connections.iter();
        let own = own.map(|connection| connection.local.ip().to_canonical());
        seen.exchange
            .extend(own.filter(|address| !address.is_unspecified()));
        for logon in &snapshot.logons {
            seen.named.extend(named(logon, people));
            let Some(address) = logon.client_address.ip() else {
                continue;
            };
            if acts_for_a_server(logon) {
                seen.exchange.insert(address);
            }
            if !people.made(logon) {
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
    pub(super) fn elsewhere(&self, here: &str, address: IpAddr, sought: Sought<'_>) -> Elsewhere {
        let mut elsewhere = Elsewhere::default();
        let mut others = BTreeSet::new();
        for (server, seen) in self.servers.iter().filter(|(server, _)| *server != here) {
            elsewhere.is_exchange |= seen.exchange.contains(&address);
            let there = seen.others.get(&address).into_iter().flatten();
            let by_name = seen.named.iter().filter(|named| {
                !sought.names.is_empty() && sought.leads_to(&named.client, named.given, address)
            });
            let by_name = by_name.map(|named| &named.account);
            let there: Vec<_> = there.chain(by_name).map(String::as_str).collect();
            if !there.is_empty() {
                others.extend(there);
                elsewhere.servers.push(server.clone());
            }
        }
        elsewhere.others = distinct(others.into_iter());
        elsewhere
    }

    /// The names of others' clients whose addresses are not known.
    pub(super) fn unplaced(&self, exchange: &ExchangeServers) -> BTreeSet<&str> {
        let named = self.servers.values().flat_map(|seen| &seen.named);
        let unplaced = named.filter(|named| {
            let given = named.given;
            given.is_none_or(|given| is_a_servers(given, exchange))
        });
        unplaced.map(|named| named.client.as_str()).collect()
    }

    /// Who is on other servers with a client of which it was not told where it is.
    pub(super) fn not_told<'e>(
        &'e self,
        here: &'e str,
        sought: Sought<'e>,
    ) -> impl Iterator<Item = &'e str> {
        let others = self
            .servers
            .iter()
            .filter(move |(server, _)| *server != here);
        let named = others.flat_map(|(_, seen)| &seen.named);
        let not_told = named.filter(move |named| sought.is_not_told(&named.client, named.given));
        not_told.map(|named| named.account.as_str())
    }
}

/// What somebody else's client calls itself, where that is known.
fn named(logon: &Logon, people: &People<'_>) -> Option<Named> {
    let is_understood = logon.client_address.not_understood().is_none();
    let client = logon.client_name.clone();
    client
        .filter(|_| is_understood && may_be_named(logon) && !people.made(logon))
        .map(|client| Named {
            client,
            given: logon.client_address.ip(),
            account: logon.account.as_deref().unwrap_or("?").to_owned(),
        })
}
