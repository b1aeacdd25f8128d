//! Clients whose address Exchange does not give, by the names of their computers: what DNS says of these is a hint, and with
//! `--match-names` an address, where it says one thing only.
//!
//! A stale record leads to somebody else's computer. So a name has to have one address, or one of each family, and each of
//! these this name and no other; whatever else DNS says is shown, and nothing is done for it. Of a client with two the rows
//! say nothing of which it connects from: it is the one that connections come from, and where they come from both, neither.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

mod told;

use super::{
    Decision, Everywhere, ExchangeServers, Plan, Policy, ServerPlan, ServerSnapshot,
    address::acts_for_a_server,
};
use crate::exchange::{ClientAddress, Logon, Mailbox, People};

pub use told::{ByDns, ClientNames, host_name};

/// A client without an address, and what its name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByName {
    /// What it calls itself.
    pub client: String,
    /// What DNS says of that.
    pub told: ByDns,
    /// The address that may be gone by.
    pub address: Option<IpAddr>,
    /// How many connections come from there, on all servers; where it has two addresses and neither is gone by, from both.
    pub connections: usize,
    /// What becomes of that address by all the other rules, or would with `--match-names`; nothing where there is none.
    pub decision: Option<Decision>,
}

/// What DNS has to be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The names of the clients of those asked about.
    pub theirs: BTreeSet<String>,
    /// The names of others' clients that have no address either, and might have the same one.
    pub others: BTreeSet<String>,
    /// Addresses of clients with connections that no row names.
    pub unnamed: BTreeSet<IpAddr>,
}

/// Whether a row leaves open where its client is: no address, this very server's, or that of an Exchange server which lives.
pub(super) fn is_unplaced(logon: &Logon, exchange: &ExchangeServers) -> bool {
    may_be_named(logon)
        && match &logon.client_address {
            ClientAddress::NotGiven => true,
            ClientAddress::NotUnderstood(_) => false,
            ClientAddress::Of(address) => is_a_servers(*address, exchange),
        }
}

/// Whether the name in a row is a client's, and not a server's that acts for it.
pub(super) fn may_be_named(logon: &Logon) -> bool {
    !logon.is_of_a_service() && !acts_for_a_server(logon)
}

/// Whether it is no client's address, but that of a server which lives.
pub(super) fn is_a_servers(address: IpAddr, exchange: &ExchangeServers) -> bool {
    let is_exchange = exchange.at(address).is_some() && exchange.dead_at(address).is_none();
    address.is_loopback() || is_exchange
}

/// What is at stake where clients are sought by name.
#[derive(Clone, Copy)]
pub(super) struct Sought<'a> {
    pub names: &'a ClientNames,
    pub exchange: &'a ExchangeServers,
}

impl Sought<'_> {
    /// Whether a row leaves open where its client is, and its name leads to this address.
    pub fn may_be_at(self, logon: &Logon, address: IpAddr) -> bool {
        let name = logon.client_name.as_deref().unwrap_or_default();
        !self.names.is_empty()
            && is_unplaced(logon, self.exchange)
            && self.names.leads_to(name, address)
    }

    /// The other addresses of a client that is at this one by its name: whatever is known of those holds for this one.
    pub fn twins(self, address: IpAddr) -> BTreeSet<IpAddr> {
        self.names.twins(address)
    }

    /// Whether a client with this name and this address might be at another one by its name.
    pub fn leads_to(self, name: &str, given: Option<IpAddr>, address: IpAddr) -> bool {
        given.is_none_or(|given| is_a_servers(given, self.exchange))
            && self.names.leads_to(name, address)
    }

    /// Whether where it is was not told.
    pub fn is_not_told(self, name: &str, given: Option<IpAddr>) -> bool {
        given.is_none_or(|given| is_a_servers(given, self.exchange))
            && host_name(name).is_some()
            && !self.names.is_told(name)
    }
}

/// Gives the rows of these users the addresses that their clients' names have, where connections come from there that could
/// carry them.
pub(super) fn match_names(
    snapshots: &mut [ServerSnapshot],
    people: &People<'_>,
    policy: &Policy,
    exchange: &ExchangeServers,
) {
    if !policy.match_names || policy.names.is_empty() {
        return;
    }
    let all_clients = clients(snapshots.iter());
    for (snapshot, clients) in snapshots.iter_mut().zip(all_clients) {
        let logons = snapshot.logons.iter_mut();
        for logon in logons.filter(|logon| is_unplaced(logon, exchange)) {
            let name = logon.client_name.as_deref().unwrap_or_default();
            if let Some(address) = policy.names.says(name).seen_among(&clients)
                && people.made(logon)
            {
                let given = std::mem::replace(&mut logon.client_address, address.into());
                logon.instead_of = Some(given);
            }
        }
    }
}

/// From where connections come that could carry what each of these servers holds.
fn clients<'s>(
    snapshots: impl Iterator<Item = &'s ServerSnapshot> + Clone,
) -> Vec<BTreeSet<IpAddr>> {
    let serving = snapshots.clone().filter(|snapshot| snapshot.is_of_2010());
    let of_2010: BTreeSet<_> = serving.flat_map(ServerSnapshot::clients).collect();
    let each = snapshots.map(|snapshot| match snapshot.is_of_2010() {
        true => of_2010.clone(),
        false => snapshot.clients(),
    });
    each.collect()
}

/// Says at each address that is none, or that a name gave, what DNS says of the names; `matched` is the plan with
/// `--match-names`.
pub(super) fn hint(
    plan: &mut Plan,
    matched: Option<&Plan>,
    people: &People<'_>,
    sought: Sought<'_>,
) {
    let connections = connections(plan);
    let named = named(plan);
    let decided = |address: IpAddr, matched: &Plan| {
        let plans = matched.addresses().map(|(_, plan)| plan);
        let of_it = plans.filter(|plan| plan.address.ip() == Some(address));
        let mut of_it: Vec<_> = of_it.collect();
        // what is closed on any server is what the flag is about
        of_it.sort_by_key(|plan| {
            (
                plan.decision != Decision::Close,
                plan.connections.is_empty(),
            )
        });
        of_it.first().map(|plan| plan.decision.clone())
    };
    let is_matched = matched.is_none();
    let own = matched.is_none().then(|| plan.clone());
    let matched = matched.or(own.as_ref());
    let anywhere: BTreeSet<_> = connections.keys().copied().collect();
    let all_clients = clients(plan.servers.iter().map(|server| &server.snapshot));
    for (server, clients) in plan.servers.iter_mut().zip(all_clients) {
        for at in 0..server.addresses.len() {
            let mut names = server.names_at(at, people, sought.exchange);
            let address = server.addresses.get(at).and_then(|plan| plan.address.ip());
            let elsewhere = address.and_then(|address| named.get(&address));
            names.extend(elsewhere.into_iter().flatten().cloned());
            let hints = names.into_iter().filter_map(|client| {
                let told = sought.names.says(&client);
                // who did not ask for it is not told that there is nothing
                if !is_matched && matches!(told, ByDns::Unknown | ByDns::NotTold) {
                    return None;
                }
                let address = told.seen_among(&clients).or(told.only());
                let address = address.or_else(|| told.seen_among(&anywhere));
                let among = match (&told, &address) {
                    (_, Some(address)) => std::slice::from_ref(address),
                    (ByDns::Is(addresses), None) => addresses.as_slice(),
                    _ => &[],
                };
                let numbers = among.iter().filter_map(|one| connections.get(one));
                let number = numbers.sum();
                let decision = address.zip(matched).filter(|_| number > 0);
                Some(ByName {
                    decision: decision.and_then(|(address, matched)| decided(address, matched)),
                    address,
                    connections: number,
                    client,
                    told,
                })
            });
            let hints: Vec<_> = hints.collect();
            if let Some(plan) = server.addresses.get_mut(at) {
                plan.by_name = hints;
            }
        }
    }
}

/// The names of the clients that were matched, by their addresses: connections may end on another server than their rows are
/// on.
fn named(plan: &Plan) -> BTreeMap<IpAddr, BTreeSet<String>> {
    let mut named: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let servers = plan.servers.iter();
    let logons = servers.flat_map(|server| &server.snapshot.logons);
    for logon in logons.filter(|logon| logon.instead_of.is_some()) {
        if let (Some(address), Some(name)) = (logon.client_address.ip(), &logon.client_name) {
            named.entry(address).or_default().insert(name.clone());
        }
    }
    named
}

/// How many connections that could carry sessions come from where.
fn connections(plan: &Plan) -> BTreeMap<IpAddr, usize> {
    let mut connections = BTreeMap::new();
    for server in &plan.servers {
        let all = server.snapshot.connections.iter();
        for connection in all.filter(|one| one.carries_a_session()) {
            *connections.entry(connection.client()).or_default() += 1;
        }
    }
    connections
}

impl ServerPlan {
    /// The names of the clients of an address that is none, or that a name gave; each once.
    fn names_at(
        &self,
        place: usize,
        people: &People<'_>,
        exchange: &ExchangeServers,
    ) -> BTreeSet<String> {
        let Some(plan) = self.addresses.get(place) else {
            return BTreeSet::new();
        };
        let logons = self.snapshot.logons.iter().filter(|logon| {
            logon.client_address == plan.address
                && (logon.instead_of.is_some() || is_unplaced(logon, exchange))
                && people.made(logon)
        });
        let names = logons.filter_map(|logon| logon.client_name.clone());
        names.filter(|name| host_name(name).is_some()).collect()
    }

    /// What DNS says of clients' names, at all of its addresses, each once.
    pub fn by_name(&self) -> Vec<&ByName> {
        let all = self.addresses.iter().flat_map(|plan| &plan.by_name);
        let all: BTreeMap<_, _> = all.map(|hint| (hint.client.to_lowercase(), hint)).collect();
        all.into_values().collect()
    }

    /// Gives rows that were read after this plan was made the addresses that it gave to their like.
    pub fn match_again(&self, logons: &mut [Logon]) {
        let planned = self.snapshot.logons.iter();
        let matched = planned.filter(|logon| logon.instead_of.is_some());
        let matched: Vec<_> = matched.collect();
        for logon in logons {
            let is_its_like = |planned: &&&Logon| {
                planned.instead_of.as_ref() == Some(&logon.client_address)
                    && planned.client_name == logon.client_name
                    && planned.account == logon.account
            };
            if let Some(planned) = matched.iter().find(is_its_like) {
                let address = planned.client_address.clone();
                let given = std::mem::replace(&mut logon.client_address, address);
                logon.instead_of = Some(given);
            }
        }
    }
}

impl Wanted {
    /// What has to be asked for this plan; nothing where every client has an address.
    pub fn of(plan: &Plan, everywhere: &Everywhere, users: &[Mailbox], policy: &Policy) -> Self {
        let snapshots = plan.servers.iter().map(|server| &server.snapshot);
        let snapshots: Vec<_> = snapshots.collect();
        let exchange = policy.exchange.with_those_read(snapshots.iter().copied());
        let logons = || snapshots.iter().flat_map(|snapshot| &snapshot.logons);
        let people = People::of(users);
        let theirs = logons().filter(|logon| is_unplaced(logon, &exchange) && people.made(logon));
        let names = theirs.filter_map(|logon| logon.client_name.as_deref());
        let theirs: BTreeSet<_> = names.filter_map(host_name).collect();
        if theirs.is_empty() {
            return Self::default();
        }
        let named: BTreeSet<_> = logons().filter_map(|one| one.client_address.ip()).collect();
        let clients = snapshots.iter().flat_map(|snapshot| snapshot.clients());
        let unnamed = clients
            .filter(|address| !named.contains(address) && !is_a_servers(*address, &exchange));
        let others = everywhere.unplaced(&exchange);
        let others = others.into_iter().filter_map(host_name);
        Self {
            others: others.filter(|name| !theirs.contains(name)).collect(),
            unnamed: unnamed.collect(),
            theirs,
        }
    }

    /// Whether nothing has.
    pub fn is_nothing(&self) -> bool {
        self.theirs.is_empty()
    }
}

#[cfg(test)]
mod tests;
