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
    dead: BTreeSet<IpAddr>,
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

    /// This server was seen to be dead, and what it has left is to be closed: `--dead-server`. Says whether it has an address.
    pub fn bury(&mut self, server: &str) -> bool {
        let addresses = self.by_address.iter();
        let own = addresses.filter(|(_, name)| name.eq_ignore_ascii_case(server));
        let own: BTreeSet<_> = own.map(|(address, _)| *address).collect();
        let is_known = !own.is_empty();
        self.dead.extend(own);
        is_known
    }

    /// Whose address it is, where that server is dead.
    pub fn dead_at(&self, address: IpAddr) -> Option<&str> {
        let is_dead = self.dead.contains(&address.to_canonical());
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
