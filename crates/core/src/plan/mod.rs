//! The plan: what would be closed, what is kept or refused, and why. Pure.
//!
//! The unit of decision is one client address on one server, because TCP knows addresses and not sessions, and a
//! client's sessions end only when the last of its connections does.

use std::{collections::BTreeSet, net::IpAddr};

mod address;
mod again;
mod by_name;
mod everywhere;
mod exchange_servers;
mod merged;
mod names;
mod near;
mod over;
mod placing;
mod policy;
mod snapshot;

use crate::{
    exchange::{Logon, Mailbox, People, logon::SessionCount},
    helper_run::TcpConnection,
};
use address::{Basis, Scene, plan_address};
use names::distinct;

pub use address::{AddressPlan, DeadServer, Decision, HeldOn, Refusal};
pub use again::{Change, SecondLook};
pub use by_name::{ByDns, ByName, ClientNames, Wanted, host_name};
pub use everywhere::Everywhere;
pub use exchange_servers::ExchangeServers;
pub use merged::PersonPlan;
pub use names::describe_client;
pub use near::{Holder, Level, NoLevel, holders};
pub use over::{LeftOut, Over, Threshold, WhyLeftOut, over};
pub use policy::{Policy, Protected};
pub use snapshot::ServerSnapshot;

/// What would be done on every server, in the order the servers were given.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One entry a server that could be read.
    pub servers: Vec<ServerPlan>,
}

/// What would be done on one server.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerPlan {
    /// What was seen there.
    pub snapshot: ServerSnapshot,
    /// The users asked about, and what each holds.
    pub users: Vec<UserHoldings>,
    /// One entry a client address of those users, most sessions first; logons without an address that is understood come last.
    pub addresses: Vec<AddressPlan>,
}

/// What one user holds on one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserHoldings {
    /// `CORP\jsmith` as the server writes it, or the account name when there is no logon to read it from.
    pub account: String,
    /// The DN by which Exchange knows the user, which is the same on every server.
    pub dn: Option<String>,
    /// Sessions (or logons) of MAPI clients: too many of these lock the user out of Outlook.
    pub held: SessionCount,
    /// Those that Exchange's own services opened, which have a limit of their own.
    pub services: SessionCount,
}

impl UserHoldings {
    /// Counts the logons that this user made.
    pub fn of<'a>(
        user: &Mailbox,
        account: String,
        logons: impl IntoIterator<Item = &'a Logon>,
    ) -> Self {
        let made = logons.into_iter().filter(|logon| user.made(logon));
        Self::of_made(user, account, made)
    }

    /// What each of these people holds, in their order.
    pub fn of_each(people: &People<'_>, logons: &[Logon]) -> Vec<Self> {
        let mut made = vec![Vec::new(); people.mailboxes().len()];
        for logon in logons {
            for place in people.makers(logon) {
                if let Some(made) = made.get_mut(place) {
                    made.push(logon);
                }
            }
        }
        let users = people.mailboxes().iter().zip(made);
        let holdings = users.map(|(user, made)| {
            let account = made.iter().find_map(|logon| logon.account.clone());
            let account = account.unwrap_or_else(|| user.account_name.clone());
            Self::of_made(user, account, made)
        });
        holdings.collect()
    }

    fn of_made<'a>(
        user: &Mailbox,
        account: String,
        made: impl IntoIterator<Item = &'a Logon>,
    ) -> Self {
        let made = made.into_iter();
        let (services, held): (Vec<_>, Vec<_>) = made.partition(|logon| logon.is_of_a_service());
        Self {
            account,
            dn: user.legacy_exchange_dn.clone(),
            held: SessionCount::of(held),
            services: SessionCount::of(services),
        }
    }

    /// The same where nothing is held, too, in what this server counts.
    pub fn counted_by(self, server: &ServerSnapshot) -> Self {
        Self {
            held: server.counted(self.held),
            services: server.counted(self.services),
            ..self
        }
    }

    /// How many of either kind.
    pub fn all(&self) -> usize {
        self.held.count + self.services.count
    }
}

/// Makes the plan for some users on the servers that were read.
pub fn plan(snapshots: Vec<ServerSnapshot>, users: &[Mailbox], policy: &Policy) -> Plan {
    let everywhere = Everywhere::of(&snapshots, users);
    plan_among(&everywhere, snapshots, users, policy)
}

/// The same where more is known of who else is where: of servers that are not acted on, for instance.
pub fn plan_among(
    everywhere: &Everywhere,
    snapshots: Vec<ServerSnapshot>,
    users: &[Mailbox],
    policy: &Policy,
) -> Plan {
    let exchange = &policy.exchange.with_those_read(&snapshots);
    let people = &People::of(users);
    let basis = Basis {
        people,
        policy,
        exchange,
        everywhere,
    };
    if policy.names.is_empty() {
        return planned(snapshots, basis);
    }
    let matching = Policy {
        match_names: true,
        ..policy.clone()
    };
    let matching = Basis {
        policy: &matching,
        ..basis
    };
    let sought = basis.sought();
    let mut plan;
    match policy.match_names {
        true => {
            plan = planned(snapshots, basis);
            by_name::hint(&mut plan, None, people, sought);
        }
        false => {
            plan = planned(snapshots.clone(), basis);
            let matched = planned(snapshots, matching);
            by_name::hint(&mut plan, Some(&matched), people, sought);
        }
    }
    plan
}

fn planned(mut snapshots: Vec<ServerSnapshot>, basis: Basis<'_>) -> Plan {
    by_name::match_names(&mut snapshots, basis.people, basis.policy, basis.exchange);
    let servers = snapshots.into_iter();
    let mut servers: Vec<_> = servers
        .map(|snapshot| plan_server(snapshot, basis))
        .collect();
    placing::place(&mut servers, basis);
    call_alike(&mut servers);
    Plan { servers }
}

/// One person goes by one name on all servers: that which a server writes, where one does.
fn call_alike(servers: &mut [ServerPlan]) {
    let users = servers.first().map_or(0, |server| server.users.len());
    for index in 0..users {
        let mut accounts = servers.iter().filter_map(|server| server.users.get(index));
        let written = accounts.find(|user| user.account.contains('\\'));
        let Some(account) = written.map(|user| user.account.clone()) else {
            continue;
        };
        let users = servers
            .iter_mut()
            .filter_map(|server| server.users.get_mut(index));
        for user in users.filter(|user| !user.account.contains('\\')) {
            user.account.clone_from(&account);
        }
    }
}

fn plan_server(snapshot: ServerSnapshot, basis: Basis<'_>) -> ServerPlan {
    let logons = snapshot.logons.iter();
    let theirs = logons.filter(|logon| basis.people.made(logon));
    let addresses: BTreeSet<_> = theirs.map(|logon| &logon.client_address).collect();
    let scene = Scene {
        here: &snapshot,
        read: &[&snapshot],
        basis,
    };
    let addresses = addresses.into_iter();
    let mut addresses: Vec<_> = addresses
        .map(|address| plan_address(&scene, address))
        .collect();
    in_order(&mut addresses);
    let users = UserHoldings::of_each(basis.people, &snapshot.logons).into_iter();
    ServerPlan {
        users: users.map(|user| user.counted_by(&snapshot)).collect(),
        addresses,
        snapshot,
    }
}

/// Most sessions first; what has no address that is understood comes last.
fn in_order(addresses: &mut [AddressPlan]) {
    addresses.sort_by_cached_key(|plan| {
        (
            plan.address.ip().is_none(),
            std::cmp::Reverse(plan.sessions.count),
            plan.address.clone(),
        )
    });
}

impl Plan {
    /// The plans of all addresses, with their server's.
    pub fn addresses(&self) -> impl Iterator<Item = (&ServerPlan, &AddressPlan)> {
        self.servers.iter().flat_map(|server| {
            server
                .addresses
                .iter()
                .map(move |address| (server, address))
        })
    }

    /// What it was made of.
    pub fn into_snapshots(self) -> Vec<ServerSnapshot> {
        let servers = self.servers.into_iter();
        servers.map(|server| server.snapshot).collect()
    }

    /// The plan for one server, by the name the admin gave.
    pub fn for_server(&self, name: &str) -> Option<&ServerPlan> {
        self.servers
            .iter()
            .find(|plan| plan.snapshot.server == name)
    }

    /// Whether it would close anything.
    pub fn closes_anything(&self) -> bool {
        self.servers
            .iter()
            .any(|server| server.targets().next().is_some())
    }

    /// Whether something was refused for safety.
    pub fn refuses_anything(&self) -> bool {
        self.addresses()
            .any(|(_, address)| matches!(address.decision, Decision::Refuse(_)))
    }
}

impl ServerPlan {
    /// Exactly the connections that the helper will be given.
    pub fn targets(&self) -> impl Iterator<Item = &TcpConnection> {
        self.closed_addresses()
            .flat_map(|address| &address.connections)
    }

    /// The addresses that will be closed.
    pub fn closed_addresses(&self) -> impl Iterator<Item = &AddressPlan> {
        self.addresses
            .iter()
            .filter(|address| address.decision == Decision::Close)
    }

    /// The addresses of servers that are said to be dead, and that would be closed were it seen that they are.
    pub fn addresses_that_may_be_alive(&self) -> impl Iterator<Item = IpAddr> {
        let is_one = |plan: &&AddressPlan| {
            matches!(plan.decision, Decision::Refuse(Refusal::MayBeAlive { .. }))
        };
        let plans = self.addresses.iter().filter(is_one);
        plans.filter_map(|plan| plan.address.ip())
    }

    /// The addresses of servers that are said to be dead, and that will be closed.
    pub fn dead_addresses(&self) -> impl Iterator<Item = IpAddr> {
        let plans = self.closed_addresses();
        let dead = plans.filter(|plan| plan.dead_server.is_some());
        dead.filter_map(|plan| plan.address.ip())
    }

    /// The accounts that hold sessions from those addresses, others than those asked about among them, each once.
    pub fn closed_accounts(&self) -> Vec<String> {
        let closed = self.closed_addresses();
        let accounts = closed.flat_map(|address| address.accounts.iter().chain(&address.others));
        distinct(accounts.map(String::as_str))
    }
}

#[cfg(test)]
mod tests;
