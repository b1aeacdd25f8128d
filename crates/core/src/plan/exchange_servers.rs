//! The Exchange servers there are, by address: none of them is a client, and each acts for many.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::ServerSnapshot;
use crate::exchange::Connected;

/// Exchange servers by their addresses, as far as these are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExchangeServers {
    by_address: BTreeMap<IpAddr, String>,
    /// Addresses of servers that are said to be dead, with the servers that tried them and heard nothing.
    dead: BTreeMap<IpAddr, BTreeSet<String>>,
    /// What the logs of those that were read say, by the names of the servers.
    logs: BTreeMap<String, Vec<Connected>>,
}

impl ExchangeServers {
    /// This server has this address. The name that is learnt first stays; loopback is everybody's.
    pub fn learn(&mut self, address: IpAddr, server: &str) {
        let address = address.to_canonical();
        if !address.is_loopback() && !address.is_unspecified() {
            let known = self.by_address.entry(address);
            known.or_insert_with(|| server.to_owned());
        }
    }

    /// Whose address it is.
    pub fn at(&self, address: IpAddr) -> Option<&str> {
        let known = self.by_address.get(&address.to_canonical());
        known.map(String::as_str)
    }

    /// This server did not answer the admin's computer, and what it has left is to be closed: `--dead-server`. Says whether it
    /// has an address. That is not enough: each server has to have tried it itself, see [`hears_nothing`](Self::hears_nothing).
    pub fn bury(&mut self, server: &str) -> bool {
        let addresses = self.by_address.iter();
        let own = addresses.filter(|(_, name)| name.eq_ignore_ascii_case(server));
        let own: Vec<_> = own.map(|(address, _)| *address).collect();
        for address in &own {
            self.dead.entry(*address).or_default();
        }
        !own.is_empty()
    }

    /// All addresses of those servers that are said to be dead and have one of these.
    pub fn buried_with(&self, some: impl IntoIterator<Item = IpAddr>) -> Vec<IpAddr> {
        let names = some.into_iter().filter_map(|address| self.dead_at(address));
        let names: BTreeSet<_> = names.collect();
        let addresses = self.dead.keys().copied();
        let is_theirs = |address: &IpAddr| self.at(*address).is_some_and(|of| names.contains(of));
        addresses.filter(is_theirs).collect()
    }

    /// This server, by the name the admin gave, tried a dead server's address and heard nothing.
    pub fn hears_nothing(&mut self, server: &str, from: IpAddr) {
        if let Some(tried) = self.dead.get_mut(&from.to_canonical()) {
            tried.insert(server.to_owned());
        }
    }

    /// This server has heard something from there by now, or cannot tell any more whether it would.
    pub fn takes_back(&mut self, server: &str, from: IpAddr) {
        if let Some(tried) = self.dead.get_mut(&from.to_canonical()) {
            tried.remove(server);
        }
    }

    /// The servers that tried a dead server's address and heard nothing.
    pub(super) fn tried_from(&self, address: IpAddr) -> impl Iterator<Item = &str> {
        let tried = self.dead.get(&address.to_canonical());
        tried.into_iter().flatten().map(String::as_str)
    }

    /// Whose address it is, where that server is said to be dead and did not answer the admin's computer.
    pub fn dead_at(&self, address: IpAddr) -> Option<&str> {
        let is_dead = self.dead.contains_key(&address.to_canonical());
        self.at(address).filter(|_| is_dead)
    }

    /// This server's log says so of the people of the run.
    pub fn tell(&mut self, server: &str, log: Vec<Connected>) {
        self.logs.insert(server.to_lowercase(), log);
    }

    /// From where people with these DNs connected to a server by its log, the latest first; `None` where that was not read.
    pub(super) fn came_from(&self, server: &str, dns: &[&str]) -> Option<Vec<IpAddr>> {
        let log = self.logs.get(&server.to_lowercase())?;
        let is_theirs = |line: &&Connected| dns.iter().any(|dn| dn.eq_ignore_ascii_case(&line.dn));
        let is_a_clients =
            |line: &&Connected| !line.address.is_loopback() && self.at(line.address).is_none();
        let lines = log.iter().filter(is_theirs).filter(is_a_clients);
        let mut lines: Vec<_> = lines.collect();
        lines.sort_by_key(|line| Reverse(line.at));
        let mut addresses = Vec::new();
        for line in lines {
            if !addresses.contains(&line.address) {
                addresses.push(line.address);
            }
        }
        Some(addresses)
    }

    /// With the addresses that the servers read have their connections at: what these say of themselves needs no DNS.
    pub(super) fn with_those_read<'s>(
        &self,
        snapshots: impl IntoIterator<Item = &'s ServerSnapshot>,
    ) -> Self {
        let mut known = self.clone();
        for snapshot in snapshots {
            for connection in &snapshot.connections {
                known.learn(connection.local.ip(), &snapshot.display_name);
            }
        }
        known
    }
}
