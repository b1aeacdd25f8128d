//! The Exchange servers there are, by address: none of them is a client, and each acts for many.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::ServerSnapshot;

/// Exchange servers by their addresses, as far as these are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExchangeServers {
    by_address: BTreeMap<IpAddr, String>,
    dead: BTreeSet<IpAddr>,
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

    /// With the addresses that the servers read have their connections at: what these say of themselves needs no DNS.
    pub(super) fn with_those_read(&self, snapshots: &[ServerSnapshot]) -> Self {
        let mut known = self.clone();
        for snapshot in snapshots {
            for connection in &snapshot.connections {
                known.learn(connection.local.ip(), &snapshot.display_name);
            }
        }
        known
    }
}
