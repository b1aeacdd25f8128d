//! One client address on one server: the rules that decide what becomes of it.

use std::{net::IpAddr, time::Duration};

use jiff::Timestamp;

use super::{
    Everywhere, Policy, ServerSnapshot,
    everywhere::Elsewhere,
    names::{describe_client, distinct},
};
use crate::{
    exchange::{ClientAddress, ClientMode, Logon, Mailbox, logon::SessionCount},
    helper_run::TcpConnection,
};

/// One client address and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AddressPlan {
    /// Where its logons come from, as far as the server tells.
    pub address: ClientAddress,
    /// Accounts asked about that hold sessions from here.
    pub accounts: Vec<String>,
    /// Who they are, by their places among those who were asked about.
    pub holders: Vec<usize>,
    /// Accounts of others that hold sessions from here, on this server or on another: who may lose them with those asked
    /// about, where it is closed.
    pub others: Vec<String>,
    /// Sessions of those accounts that were asked about.
    pub sessions: SessionCount,
    /// How many of them Exchange's own services opened.
    pub services: usize,
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
    /// Exchange's own services opened all of its sessions, and no connection of the client's carries those.
    ServicesOnly,
    /// The server gives no address, so there is nothing to look for.
    NoAddress,
    /// What the server gives for an address is not understood.
    AddressNotUnderstood,
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
    /// Other users have sessions from the same address on other servers; `--include-shared` closes it all the same.
    SharedElsewhere {
        /// How many other users.
        others: usize,
        /// On which servers.
        servers: Vec<String>,
    },
    /// The list of logons is not whole, so that others may be there; `--include-shared` closes it all the same.
    MayBeShared,
    /// Others are logged on from addresses that are not understood, and so may be there; `--include-shared` closes it all
    /// the same.
    OthersNotUnderstood {
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
            Self::Shared { .. }
            | Self::SharedElsewhere { .. }
            | Self::MayBeShared
            | Self::OthersNotUnderstood { .. } => Some("--include-shared"),
            Self::TooMany { .. } => Some("--max"),
            Self::Loopback | Self::OwnAddress | Self::ExchangeServer | Self::Protected { .. } => {
                None
            }
        }
    }
}

/// Decides on an address from which these logons of the users come.
pub(super) fn plan_address(
    snapshot: &ServerSnapshot,
    everywhere: &Everywhere,
    address: &ClientAddress,
    logons: &[&Logon],
    users: &[Mailbox],
    policy: &Policy,
) -> AddressPlan {
    let connections: Vec<_> = snapshot
        .connections
        .iter()
        .filter(|connection| {
            Some(connection.client()) == address.ip() && connection.carries_a_session()
        })
        .cloned()
        .collect();
    let last_used = logons.iter().filter_map(|logon| logon.last_used()).max();
    let elsewhere = match address.ip() {
        Some(address) => everywhere.elsewhere(&snapshot.server, address),
        None => Elsewhere::default(),
    };
    let services = || logons.iter().filter(|logon| logon.is_of_a_service());
    let decision = match address {
        _ if services().count() == logons.len() => Decision::ServicesOnly,
        ClientAddress::NotGiven => Decision::NoAddress,
        ClientAddress::NotUnderstood(_) => Decision::AddressNotUnderstood,
        ClientAddress::Of(address) => {
            refusal(snapshot, &elsewhere, *address, &connections, users, policy)
                .map(Decision::Refuse)
                .or_else(|| in_use(snapshot.taken_at(), logons, policy))
                .unwrap_or(if connections.is_empty() {
                    Decision::NoConnection
                } else {
                    Decision::Close
                })
        }
    };
    AddressPlan {
        address: address.clone(),
        accounts: distinct(logons.iter().filter_map(|logon| logon.account.as_deref())),
        holders: holders(logons, users),
        others: match address.ip() {
            Some(address) => {
                let here = others(at(snapshot, address), users);
                let all = here.iter().chain(&elsewhere.others);
                distinct(all.map(String::as_str))
            }
            None => Vec::new(),
        },
        sessions: SessionCount::of(logons.iter().copied()),
        services: SessionCount::of(services().copied()).count,
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
    elsewhere: &Elsewhere,
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
    let here = || at(snapshot, address);
    if elsewhere.is_exchange || here().any(acts_for_a_server) {
        return Some(Refusal::ExchangeServer);
    }
    let others = self::others(here(), users).len();
    if others > 0 && !policy.close_shared {
        return Some(Refusal::Shared { others });
    }
    if !elsewhere.others.is_empty() && !policy.close_shared {
        return Some(Refusal::SharedElsewhere {
            others: elsewhere.others.len(),
            servers: elsewhere.servers.clone(),
        });
    }
    if !snapshot.gaps.is_empty() && !policy.close_shared {
        return Some(Refusal::MayBeShared);
    }
    let anywhere = |logon: &&Logon| logon.client_address.not_understood().is_some();
    let others = self::others(snapshot.logons.iter().filter(anywhere), users).len();
    if others > 0 && !policy.close_shared {
        return Some(Refusal::OthersNotUnderstood { others });
    }
    let max = policy.max_connections;
    (connections.len() > max).then_some(Refusal::TooMany { max })
}

/// The logons from an address.
fn at(snapshot: &ServerSnapshot, address: IpAddr) -> impl Iterator<Item = &Logon> {
    let logons = snapshot.logons.iter();
    logons.filter(move |logon| logon.client_address.ip() == Some(address))
}

/// Who made these logons besides those asked about.
fn others<'a>(logons: impl Iterator<Item = &'a Logon>, users: &[Mailbox]) -> Vec<String> {
    let others = logons.filter(|logon| !users.iter().any(|user| user.made(logon)));
    distinct(others.map(|logon| logon.account.as_deref().unwrap_or("?")))
}

/// The places of those who made these logons.
fn holders(logons: &[&Logon], users: &[Mailbox]) -> Vec<usize> {
    let made_one = |user: &Mailbox| logons.iter().any(|logon| user.made(logon));
    let users = users.iter().enumerate();
    let holders = users.filter(|(_, user)| made_one(user));
    holders.map(|(place, _)| place).collect()
}

/// Exchange servers say so in ClientMode, or log on with a machine account.
pub(super) fn acts_for_a_server(logon: &Logon) -> bool {
    logon.client_mode == ClientMode::ExchangeServer
        || logon
            .account
            .as_deref()
            .is_some_and(|name| name.ends_with('$'))
}

/// One logon in use is enough, and so is one of which that is not known.
fn in_use(now: Timestamp, logons: &[&Logon], policy: &Policy) -> Option<Decision> {
    if policy.close_in_use {
        return None;
    }
    // a time ahead of the clock is a client at work, not a negative age
    let age = |then| Duration::try_from(now.duration_since(then)).unwrap_or(Duration::ZERO);
    let ages = logons.iter().filter_map(|logon| logon.last_used());
    if let Some(ago) = ages.map(age).min()
        && ago < policy.idle
    {
        return Some(Decision::KeepInUse(ago));
    }
    let is_unknown = logons.iter().any(|logon| logon.last_used().is_none());
    is_unknown.then_some(Decision::KeepUnknownUse)
}
