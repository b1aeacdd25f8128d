//! The plan: what would be closed, what is kept or refused, and why. Pure.
//!
//! The unit of decision is one client address on one server, because TCP knows addresses and not sessions, and a
//! client's sessions end only when the last of its connections does.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use jiff::Timestamp;

mod policy;
mod snapshot;

use crate::{
    exchange::{Logon, Mailbox, logon::SessionCount},
    helper_run::TcpConnection,
};

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
    /// One entry a client address of those users, most sessions first; logons without an address come last.
    pub addresses: Vec<AddressPlan>,
}

/// What one user holds on one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserHoldings {
    /// `CORP\jsmith` as the server writes it, or the account name when there is no logon to read it from.
    pub account: String,
    /// Sessions (or logons) held.
    pub held: SessionCount,
}

/// One client address and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AddressPlan {
    /// `None` for logons to which the server gives no address.
    pub address: Option<IpAddr>,
    /// Accounts asked about that hold sessions from here.
    pub accounts: Vec<String>,
    /// Sessions of those accounts.
    pub sessions: SessionCount,
    /// When the oldest of them began.
    pub oldest: Option<Timestamp>,
    /// When any of them last did something.
    pub last_used: Option<Timestamp>,
    /// Name and mode that the client gave: `JSMITH-LT cached`.
    pub client: String,
    /// The connections from this address that end in the Exchange processes.
    pub connections: Vec<TcpConnection>,
    /// What becomes of it.
    pub decision: Decision,
}

/// What becomes of a client address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// All its connections are closed.
    Close,
    /// It was used this long ago, within the idle limit; `--all` closes it too.
    KeepInUse(Duration),
    /// The server does not say when it was last used; `--all` closes it too.
    KeepUnknownUse,
    /// Closing it would harm others.
    Refuse(Refusal),
    /// The server gives no address, so there is nothing to look for.
    NoAddress,
    /// No connection comes from this address: NAT, VPN or Outlook Anywhere hides the client.
    NoConnection,
}

/// Why an address must not be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Other users have sessions from the same address; `--include-shared` closes it all the same.
    Shared {
        /// How many other users.
        others: usize,
    },
    /// A loopback address.
    Loopback,
    /// One of the server's own addresses.
    OwnAddress,
    /// Another Exchange server, which acts for its own users.
    ExchangeServer,
    /// Protected in the configuration file.
    Protected {
        /// The reason given there.
        reason: String,
    },
    /// More connections than a client has; `--max` raises the bound.
    TooMany {
        /// The bound that was exceeded.
        max: usize,
    },
}

impl Refusal {
    /// The flag that overrides it, where one may.
    pub fn overridden_by(&self) -> Option<&'static str> {
        match self {
            Self::Shared { .. } => Some("--include-shared"),
            Self::TooMany { .. } => Some("--max"),
            Self::Loopback | Self::OwnAddress | Self::ExchangeServer | Self::Protected { .. } => {
                None
            }
        }
    }
}

/// Makes the plan for some users on the servers that were read.
pub fn plan(snapshots: Vec<ServerSnapshot>, users: &[Mailbox], policy: &Policy) -> Plan {
    let servers = snapshots
        .into_iter()
        .map(|snapshot| plan_server(snapshot, users, policy))
        .collect();
    Plan { servers }
}

fn plan_server(snapshot: ServerSnapshot, users: &[Mailbox], policy: &Policy) -> ServerPlan {
    let holdings = users.iter().map(|user| holdings(&snapshot, user)).collect();
    let mut by_address: BTreeMap<Option<IpAddr>, Vec<&Logon>> = BTreeMap::new();
    for logon in &snapshot.logons {
        if users.iter().any(|user| user.made(logon)) {
            by_address
                .entry(logon.client_address)
                .or_default()
                .push(logon);
        }
    }
    let mut addresses: Vec<_> = by_address
        .into_iter()
        .map(|(address, logons)| plan_address(&snapshot, address, &logons, users, policy))
        .collect();
    addresses.sort_by_key(|plan| {
        (
            plan.address.is_none(),
            std::cmp::Reverse(plan.sessions.count),
            plan.address,
        )
    });
    ServerPlan {
        users: holdings,
        addresses,
        snapshot,
    }
}

fn holdings(snapshot: &ServerSnapshot, user: &Mailbox) -> UserHoldings {
    let mine = || snapshot.logons.iter().filter(|logon| user.made(logon));
    let account = mine().find_map(|logon| logon.account.clone());
    UserHoldings {
        account: account.unwrap_or_else(|| user.account_name.clone()),
        held: SessionCount::of(mine()),
    }
}

fn plan_address(
    snapshot: &ServerSnapshot,
    address: Option<IpAddr>,
    logons: &[&Logon],
    users: &[Mailbox],
    policy: &Policy,
) -> AddressPlan {
    let connections: Vec<_> = snapshot
        .connections
        .iter()
        .filter(|connection| Some(connection.client()) == address && connection.carries_a_session())
        .cloned()
        .collect();
    let last_used = logons.iter().filter_map(|logon| logon.last_used()).max();
    let decision = match address {
        None => Decision::NoAddress,
        Some(address) => refusal(snapshot, address, &connections, users, policy)
            .map(Decision::Refuse)
            .or_else(|| in_use(snapshot.taken_at, last_used, policy))
            .unwrap_or(if connections.is_empty() {
                Decision::NoConnection
            } else {
                Decision::Close
            }),
    };
    AddressPlan {
        address,
        accounts: distinct(logons.iter().filter_map(|logon| logon.account.as_deref())),
        sessions: SessionCount::of(logons.iter().copied()),
        oldest: logons.iter().filter_map(|logon| logon.logon_time).min(),
        last_used,
        client: describe_client(logons),
        connections,
        decision,
    }
}

/// The reason not to touch an address, hard ones before those that a flag overrides.
fn refusal(
    snapshot: &ServerSnapshot,
    address: IpAddr,
    connections: &[TcpConnection],
    users: &[Mailbox],
    policy: &Policy,
) -> Option<Refusal> {
    if address.is_loopback() {
        return Some(Refusal::Loopback);
    }
    let is_own = |connection: &TcpConnection| connection.local.ip().to_canonical() == address;
    if snapshot.connections.iter().any(is_own) {
        return Some(Refusal::OwnAddress);
    }
    if let Some(rule) = policy.protection(address) {
        let reason = rule.reason.clone();
        return Some(Refusal::Protected { reason });
    }
    let here = || {
        let at_address = |logon: &&Logon| logon.client_address == Some(address);
        snapshot.logons.iter().filter(at_address)
    };
    if here().any(acts_for_a_server) {
        return Some(Refusal::ExchangeServer);
    }
    let others = here().filter(|logon| !users.iter().any(|user| user.made(logon)));
    let others = distinct(others.map(|logon| logon.account.as_deref().unwrap_or("?"))).len();
    if others > 0 && !policy.close_shared {
        return Some(Refusal::Shared { others });
    }
    let max = policy.max_connections;
    (connections.len() > max).then_some(Refusal::TooMany { max })
}

/// Exchange servers say so in ClientMode, or log on with a machine account.
fn acts_for_a_server(logon: &Logon) -> bool {
    logon.client_mode == crate::exchange::ClientMode::ExchangeServer
        || logon
            .account
            .as_deref()
            .is_some_and(|name| name.ends_with('$'))
}

fn in_use(now: Timestamp, last_used: Option<Timestamp>, policy: &Policy) -> Option<Decision> {
    if policy.close_in_use {
        return None;
    }
    let Some(last_used) = last_used else {
        return Some(Decision::KeepUnknownUse);
    };
    // a time ahead of the clock is a client at work, not a negative age
    let ago = Duration::try_from(now.duration_since(last_used)).unwrap_or(Duration::ZERO);
    (ago < policy.idle).then_some(Decision::KeepInUse(ago))
}

/// What the clients call themselves and in which mode, in one short text: `JSMITH-LT cached +2`.
pub fn describe_client(logons: &[&Logon]) -> String {
    let describe = |logon: &&Logon| {
        let name = logon.client_name.as_deref().unwrap_or_default();
        format!("{name} {}", logon.client_mode.word())
            .trim()
            .to_owned()
    };
    let names: Vec<_> = logons
        .iter()
        .map(describe)
        .filter(|name| !name.is_empty())
        .collect();
    let names = distinct(names.iter().map(String::as_str));
    match names.split_first() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((first, more)) => format!("{first} +{}", more.len()),
    }
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let by_key: BTreeMap<String, &str> = names.map(|name| (name.to_lowercase(), name)).collect();
    by_key.into_values().map(str::to_owned).collect()
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
}

#[cfg(test)]
mod tests;
