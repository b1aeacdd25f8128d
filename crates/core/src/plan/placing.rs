//! Where a client's connections really are. On Exchange 2010 they end at a client access server, which may be another
//! member of the run than the one that holds the sessions: so each client's address is looked for on every server.
//!
//! Which connection carries whose session nobody tells. So what comes from an address on one server may carry what is held
//! for that address on any: it is in use where any of those sessions is, and shared with whoever has one.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::{
    AddressPlan, Decision, ExchangeServers, Plan, ServerPlan, ServerSnapshot,
    address::{Basis, Scene, plan_address},
    in_order,
    names::distinct,
};
use crate::exchange::ClientAddress;

/// Adds to each server's plan the addresses whose sessions other servers hold, where connections from there end on it, and
/// judges what was there by what those servers know.
pub(super) fn place(servers: &mut [ServerPlan], basis: Basis<'_>) {
    let placed = placed(servers, basis);
    for (closing, plan) in &placed {
        for held in &plan.held_on {
            for server in servers.iter_mut() {
                if server.snapshot.server == held.server {
                    server.leads_to(closing, &plan.address);
                }
            }
        }
    }
    for (closing, plan) in placed {
        let mut servers = servers.iter_mut();
        if let Some(server) = servers.find(|server| server.snapshot.server == closing) {
            server.addresses.retain(|own| own.address != plan.address);
            server.addresses.push(plan);
            in_order(&mut server.addresses);
        }
    }
}

/// What is placed, with the name of the server where.
fn placed(servers: &[ServerPlan], basis: Basis<'_>) -> Vec<(String, AddressPlan)> {
    let serving = servers.iter().filter(|server| server.snapshot.is_of_2010());
    let held: BTreeSet<_> = serving
        .clone()
        .flat_map(|server| server.held_for_clients(basis.exchange))
        .collect();
    let mut known: BTreeMap<&ClientAddress, Vec<&ServerSnapshot>> = BTreeMap::new();
    for server in serving.clone().map(|server| &server.snapshot) {
        let addresses = server.logons.iter().map(|logon| &logon.client_address);
        let addresses: BTreeSet<_> = addresses.filter(|address| held.contains(address)).collect();
        for address in addresses {
            known.entry(address).or_default().push(server);
        }
    }
    let mut placed = Vec::new();
    for here in serving.map(|server| &server.snapshot) {
        let clients = here.clients();
        let is_here = |address: &&ClientAddress| {
            let ip = address.ip();
            ip.is_some_and(|ip| clients.contains(&ip))
        };
        for address in held.iter().copied().filter(is_here) {
            // this one, and whoever knows the address
            let mut read = known.get(address).cloned().unwrap_or_default();
            read.retain(|server| server.server != here.server);
            read.push(here);
            let scene = Scene {
                here,
                read: &read,
                basis,
            };
            placed.push((here.server.clone(), plan_address(&scene, address)));
        }
    }
    placed
}

impl ServerPlan {
    /// The addresses of clients for which it holds sessions that their connections carry.
    fn held_for_clients(&self, exchange: &ExchangeServers) -> impl Iterator<Item = &ClientAddress> {
        let is_a_clients = |ip: IpAddr| !ip.is_loopback() && exchange.at(ip).is_none();
        let plans = self.addresses.iter().filter(move |plan| {
            plan.address.ip().is_some_and(is_a_clients)
                && plan.decision != Decision::ServicesOnly
                && plan.sessions.count > 0
        });
        plans.map(|plan| &plan.address)
    }

    /// The connections of a client for which it holds sessions end on another server.
    fn leads_to(&mut self, other: &str, address: &ClientAddress) {
        let mut plans = self.addresses.iter_mut();
        let Some(plan) = plans.find(|plan| plan.address == *address) else {
            return;
        };
        match &mut plan.decision {
            Decision::Elsewhere { servers } => servers.push(other.to_owned()),
            decision @ Decision::NoConnection => {
                let servers = vec![other.to_owned()];
                *decision = Decision::Elsewhere { servers };
            }
            _ => {}
        }
    }
}

impl ServerPlan {
    /// The other servers that hold sessions of addresses that are to be closed here.
    pub fn held_elsewhere(&self) -> Vec<String> {
        let held = self.closed_addresses().flat_map(|plan| &plan.held_on);
        distinct(held.map(|held| held.server.as_str()))
    }

    /// The other servers that hold sessions of addresses that are to be closed here, where this one holds none itself; `None`
    /// where there is no such address.
    pub fn held_elsewhere_only(&self) -> Option<Vec<&str>> {
        let closed = self.closed_addresses();
        let elsewhere = closed.filter(|plan| plan.sessions.count == 0);
        let servers = elsewhere.flat_map(|plan| &plan.held_on);
        let servers: BTreeSet<_> = servers.map(|held| held.server.as_str()).collect();
        (!servers.is_empty()).then(|| servers.into_iter().collect())
    }
}

impl Plan {
    /// What was seen on all servers, with one of them seen anew: what the others know of the same addresses.
    pub fn with(&self, anew: ServerSnapshot) -> Vec<ServerSnapshot> {
        let addresses: BTreeSet<_> = anew
            .logons
            .iter()
            .map(|logon| &logon.client_address)
            .filter(|address| address.ip().is_some())
            .collect();
        // what a name gave is not in the rows that were read anew
        let own = self.for_server(&anew.server).into_iter();
        let closed = own.flat_map(ServerPlan::closed_addresses);
        let closed: BTreeSet<_> = closed.map(|plan| &plan.address).collect();
        let others = self.servers.iter().map(|plan| &plan.snapshot);
        let others = others.filter(|other| {
            let mut logons = other.logons.iter();
            other.server != anew.server
                && logons.any(|logon| {
                    let address = &logon.client_address;
                    addresses.contains(address) || closed.contains(address)
                })
        });
        let mut all: Vec<_> = others.cloned().collect();
        all.push(anew);
        all
    }

    /// The servers that sessions come through and of which it is not known from where, by the names that Active Directory has.
    pub fn passed(&self) -> BTreeSet<&str> {
        let decisions = self.addresses().map(|(_, plan)| &plan.decision);
        let unknown = decisions.filter_map(|decision| match decision {
            Decision::Through { server, from: None } => Some(server.as_str()),
            _ => None,
        });
        unknown.collect()
    }

    /// The addresses for which this server holds sessions whose connections are closed on others.
    pub fn awaited_on(&self, server: &str) -> BTreeSet<&ClientAddress> {
        let closed = self.servers.iter().flat_map(ServerPlan::closed_addresses);
        let held_there =
            |plan: &&AddressPlan| plan.held_on.iter().any(|held| held.server == server);
        closed
            .filter(held_there)
            .map(|plan| &plan.address)
            .collect()
    }

    /// Whether a server has a part in what is done: connections are closed there, or sessions end there by what is closed
    /// on others.
    pub fn is_about(&self, server: &str) -> bool {
        let plan = self.for_server(server);
        plan.is_some_and(|plan| plan.targets().next().is_some())
            || !self.awaited_on(server).is_empty()
    }
}

#[cfg(test)]
mod tests;
