//! What an admin allows: the rules the plan obeys.

use std::{net::IpAddr, time::Duration};

use ipnet::IpNet;

use super::{ClientNames, ExchangeServers};

/// The rules of one run, from the command line and the configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// A client that did something within this time is at work and is kept.
    pub idle: Duration,
    /// Close clients that are in use as well (`--all`).
    pub close_in_use: bool,
    /// Close addresses that other users share (`--include-shared`): their Outlooks reconnect.
    pub close_shared: bool,
    /// The most connections one address may have (`--max`); more means a gateway, not a client.
    pub max_connections: usize,
    /// Never closed, whatever the flags: load balancers, gateways, servers that act for many.
    pub protected: Vec<Protected>,
    /// Never closed either: what Active Directory and DNS tell of the Exchange servers there are.
    pub exchange: ExchangeServers,
    /// Exchange servers whose addresses may be closed once they are seen to be dead (`--dead-server`).
    pub dead_servers: Vec<String>,
    /// What DNS tells of the names of clients that have no address.
    pub names: ClientNames,
    /// Go by that where it is one thing only (`--match-names`).
    pub match_names: bool,
}

/// A protected network or address and why it is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// The network; of one address where only that is protected.
    pub network: IpNet,
    /// Shown with the refusal: `load balancer`.
    pub reason: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(15 * 60),
            close_in_use: false,
            close_shared: false,
            max_connections: 100,
            protected: Vec::new(),
            exchange: ExchangeServers::default(),
            dead_servers: Vec::new(),
            names: ClientNames::default(),
            match_names: false,
        }
    }
}

impl Policy {
    /// The rule that protects an address, if any does.
    pub fn protection(&self, address: IpAddr) -> Option<&Protected> {
        self.protected.iter().find(|rule| rule.covers(address))
    }
}

impl Protected {
    /// Whether the address lies in this network.
    pub fn covers(&self, address: IpAddr) -> bool {
        self.network.contains(&address.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_covers_its_addresses() {
        for (network, address, covered) in [
            ("10.1.0.0/16", "10.1.4.23", true),
            ("10.1.0.0/16", "10.2.4.23", false),
            ("10.1.4.23/32", "10.1.4.23", true),
            ("10.1.4.23/32", "10.1.4.22", false),
            ("10.1.4.23/32", "::ffff:10.1.4.23", true),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::2", true),
            ("2001:db8::/32", "2001:db9::2", false),
        ] {
            let rule = Protected {
                network: network.parse().unwrap(),
                reason: String::new(),
            };
            assert_eq!(
                rule.covers(address.parse().unwrap()),
                covered,
                "{network} {address}"
            );
        }
    }
}
