//! One client address on one server: the rules that decide what becomes of it.

use std::{collections::BTreeSet, net::IpAddr, ptr, time::Duration};

use jiff::Timestamp;

use super::{
    ByName, Everywhere, ExchangeServers, Policy, ServerSnapshot,
    by_name::{Sought, may_be_named},
    everywhere::Elsewhere,
    names::{describe_client, distinct},
};
use crate::{
    exchange::{ClientAddress, ClientMode, Logon, People, logon::SessionCount},
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
    /// Other servers that hold sessions of those accounts from this address, which these connections may carry.
    pub held_on: Vec<HeldOn>,
    /// The Exchange server whose address it is, where that is said to be dead.
    pub dead_server: Option<DeadServer>,
    /// What DNS says of the names of clients that have no address, or whose address this is by it.
    pub by_name: Vec<ByName>,
    /// What becomes of it.
    pub decision: Decision,
}

/// An Exchange server that is said to be dead, and did not answer the admin's computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadServer {
    /// Its name, by Active Directory.
    pub name: String,
    /// The servers, by the names the admin gave, that tried this address of its own and heard nothing.
    pub tried_from: Vec<String>,
}

/// Sessions that another server holds than the one whose connections carry them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOn {
    /// That server, by the name the admin gave.
    pub server: String,
    /// How many it holds.
    pub sessions: SessionCount,
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
    /// It is not the client's address but that of an Exchange server, which the client's connections end at; from where
    /// these come, this server does not know.
    Through {
        /// That server's name.
        server: String,
        /// From where its log says that the users came, the latest first; `None` where that is not known.
        from: Option<Vec<IpAddr>>,
    },
    /// No connection comes from this address here, but some do on other servers of the run, where they are decided on.
    Elsewhere {
        /// Those servers, by the names the admin gave.
        servers: Vec<String>,
    },
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
    /// It is a client's by its name, and so may others' be, of whose names DNS did not tell; `--include-shared` closes it all
    /// the same.
    NamesNotTold {
        /// How many other users.
        others: usize,
    },
    /// A loopback address.
    Loopback,
    /// One of the server's own addresses.
    OwnAddress,
    /// Another Exchange server, which acts for its own users.
    ExchangeServer {
        /// Its name; `None` where only the logons from there look like a server's.
        name: Option<String>,
    },
    /// That of an Exchange server that is said to be dead, and this server has not seen that it is.
    MayBeAlive {
        /// The dead server's name.
        name: String,
    },
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
            | Self::OthersNotUnderstood { .. }
            | Self::NamesNotTold { .. } => Some("--include-shared"),
            Self::TooMany { .. } => Some("--max"),
            Self::Loopback
            | Self::OwnAddress
            | Self::ExchangeServer { .. }
            | Self::MayBeAlive { .. }
            | Self::Protected { .. } => None,
        }
    }
}

/// What all of a plan is made of, besides what was seen on its servers.
#[derive(Clone, Copy)]
pub(super) struct Basis<'a> {
    pub people: &'a People<'a>,
    pub policy: &'a Policy,
    pub exchange: &'a ExchangeServers,
    /// Who else was seen where, on all servers.
    pub everywhere: &'a Everywhere,
}

impl<'a> Basis<'a> {
    /// By which clients are sought by their names.
    pub fn sought(self) -> Sought<'a> {
        Sought {
            names: &self.policy.names,
            exchange: self.exchange,
        }
    }
}

/// What is known when an address on a server is decided on.
pub(super) struct Scene<'a> {
    /// The server whose connections would be closed.
    pub here: &'a ServerSnapshot,
    /// The servers whose sessions these connections may carry: this one, and others where that is so.
    pub read: &'a [&'a ServerSnapshot],
    pub basis: Basis<'a>,
}

impl<'a> Scene<'a> {
    /// The users' logons from an address that count here: all of this server's, and of the others' what connections of a
    /// client carry.
    fn logons(
        &self,
        address: &ClientAddress,
    ) -> impl Iterator<Item = (&'a ServerSnapshot, &'a Logon)> {
        let people = self.basis.people;
        let here = self.here;
        let all = self
            .read
            .iter()
            .flat_map(|server| server.logons.iter().map(move |logon| (*server, logon)));
        all.filter(move |(server, logon)| {
            logon.client_address == *address
                && people.made(logon)
                && (ptr::eq(*server, here) || !logon.is_of_a_service())
        })
    }

    /// Everybody's logons from an address on this server.
    fn at(&self, address: IpAddr) -> impl Iterator<Item = &'a Logon> {
        let logons = self.here.logons.iter();
        logons.filter(move |logon| logon.client_address.ip() == Some(address))
    }

    /// Who is at that address on other servers.
    fn elsewhere(&self, address: IpAddr) -> Elsewhere {
        let sought = self.basis.sought();
        let everywhere = self.basis.everywhere;
        everywhere.elsewhere(&self.here.server, address, sought)
    }

    /// Who else is at an address on this server, by their rows, or may be by the names of their clients.
    fn others_at(&self, address: IpAddr) -> Vec<String> {
        let sought = self.basis.sought();
        let logons = self.here.logons.iter();
        self.others(logons.filter(|logon| {
            logon.client_address.ip() == Some(address) || sought.may_be_at(logon, address)
        }))
    }

    /// How many others there are, on this server and the others, of whose clients it was not told where they are.
    fn not_told(&self) -> usize {
        let sought = self.basis.sought();
        let logons = self.here.logons.iter();
        let here = self.others(logons.filter(|logon| {
            let name = logon.client_name.as_deref().unwrap_or_default();
            let is_understood = logon.client_address.not_understood().is_none();
            is_understood
                && may_be_named(logon)
                && sought.is_not_told(name, logon.client_address.ip())
        }));
        let elsewhere = self.basis.everywhere.not_told(&self.here.server, sought);
        distinct(here.iter().map(String::as_str).chain(elsewhere)).len()
    }

    /// Who made these logons besides those asked about.
    fn others(&self, logons: impl Iterator<Item = &'a Logon>) -> Vec<String> {
        let others = logons.filter(|logon| !self.basis.people.made(logon));
        distinct(others.map(|logon| logon.account.as_deref().unwrap_or("?")))
    }
}

/// Decides on an address from which users have logons.
pub(super) fn plan_address(scene: &Scene<'_>, address: &ClientAddress) -> AddressPlan {
    let here = scene.here;
    let connections = here.connections_from(address);
    let all: Vec<_> = scene.logons(address).collect();
    let logons: Vec<_> = all.iter().map(|(_, logon)| *logon).collect();
    let held_on = |server: &&ServerSnapshot| {
        let held = all.iter().filter(|(on, _)| ptr::eq(*on, *server));
        server.counted(SessionCount::of(held.map(|(_, logon)| *logon)))
    };
    let services = || logons.iter().filter(|logon| logon.is_of_a_service());
    let twins = match address.ip() {
        Some(address) if is_by_name(&all) => scene.basis.sought().twins(address),
        _ => BTreeSet::new(),
    };
    let decision = match address {
        _ if services().count() == logons.len() => Decision::ServicesOnly,
        ClientAddress::NotGiven => Decision::NoAddress,
        ClientAddress::NotUnderstood(_) => Decision::AddressNotUnderstood,
        ClientAddress::Of(address) => through(scene, *address, &logons)
            .or_else(|| refusal(scene, *address, &connections, &all).map(Decision::Refuse))
            .or_else(|| {
                let refused = twins.iter().find_map(|twin| {
                    let connections = here.connections_from(&(*twin).into());
                    refusal(scene, *twin, &connections, &all)
                });
                refused.map(Decision::Refuse)
            })
            .or_else(|| match scene.basis.exchange.dead_at(*address) {
                None => {
                    let mut at_any = all.clone();
                    for twin in &twins {
                        at_any.extend(scene.logons(&(*twin).into()));
                    }
                    in_use(&at_any, scene.basis.policy)
                }
                // whoever works through it shows that it lives
                Some(_) => in_use(&everybody(here, *address), scene.basis.policy),
            })
            .unwrap_or_else(|| match may_be_alive(scene, *address) {
                _ if connections.is_empty() => Decision::NoConnection,
                Some(refusal) => Decision::Refuse(refusal),
                None => Decision::Close,
            }),
    };
    let elsewhere = scene.read.iter().filter(|server| !ptr::eq(**server, here));
    let elsewhere = elsewhere.map(|server| HeldOn {
        server: server.server.clone(),
        sessions: held_on(server),
    });
    AddressPlan {
        address: address.clone(),
        accounts: distinct(logons.iter().filter_map(|logon| logon.account.as_deref())),
        holders: holders(&logons, scene.basis.people),
        others: match address.ip() {
            Some(address) => {
                let addresses = twins.iter().copied().chain([address]);
                let others = addresses.flat_map(|address| {
                    let elsewhere = scene.elsewhere(address).others;
                    scene.others_at(address).into_iter().chain(elsewhere)
                });
                let others: Vec<_> = others.collect();
                distinct(others.iter().map(String::as_str))
            }
            None => Vec::new(),
        },
        sessions: held_on(&here),
        services: SessionCount::of(services().copied()).count,
        oldest: logons.iter().filter_map(|logon| logon.logon_time).min(),
        last_used: logons.iter().filter_map(|logon| logon.last_used()).max(),
        client: describe_client(&logons),
        connections,
        dead_server: address.ip().and_then(|address| {
            let exchange = &scene.basis.exchange;
            Some(DeadServer {
                name: exchange.dead_at(address)?.to_owned(),
                tried_from: exchange.tried_from(address).map(str::to_owned).collect(),
            })
        }),
        by_name: Vec::new(),
        held_on: elsewhere.filter(|held| held.sessions.count > 0).collect(),
        decision,
    }
}

/// On Exchange 2010 a client access server opens the session in its own name, so that its address may stand there.
fn through(scene: &Scene<'_>, address: IpAddr, logons: &[&Logon]) -> Option<Decision> {
    let known = scene.basis.exchange.at(address);
    let is_dead = scene.basis.exchange.dead_at(address).is_some();
    let server = known.filter(|_| scene.here.is_of_2010() && !is_dead)?;
    let people = scene.basis.people;
    let holders = holders(logons, people).into_iter();
    let users = holders.filter_map(|place| people.mailboxes().get(place));
    let dns: Vec<_> = users
        .filter_map(|user| user.legacy_exchange_dn.as_deref())
        .collect();
    Some(Decision::Through {
        server: server.to_owned(),
        from: scene.basis.exchange.came_from(server, &dns),
    })
}

/// The reason not to touch an address, hard ones before those that a flag overrides.
fn refusal(
    scene: &Scene<'_>,
    address: IpAddr,
    connections: &[TcpConnection],
    logons: &[(&ServerSnapshot, &Logon)],
) -> Option<Refusal> {
    let policy = scene.basis.policy;
    if address.is_loopback() {
        return Some(Refusal::Loopback);
    }
    let is_own = |connection: &TcpConnection| connection.local.ip().to_canonical() == address;
    if scene.here.connections.iter().any(is_own) {
        return Some(Refusal::OwnAddress);
    }
    if let Some(rule) = policy.protection(address) {
        let reason = rule.reason.clone();
        return Some(Refusal::Protected { reason });
    }
    let is_whole = policy.close_shared || scene.here.is_whole();
    if scene.basis.exchange.dead_at(address).is_some() {
        // whom it concerns is in the plan, as far as the server tells
        return (!is_whole).then_some(Refusal::MayBeShared);
    }
    let known = scene.basis.exchange.at(address);
    let elsewhere = scene.elsewhere(address);
    let looks_like_one = || {
        elsewhere.is_exchange
            || scene.at(address).any(acts_for_a_server)
            || is_behind_others(scene.here, connections)
    };
    if known.is_some() || looks_like_one() {
        let name = known.map(str::to_owned);
        return Some(Refusal::ExchangeServer { name });
    }
    let others = scene.others_at(address).len();
    if others > 0 && !policy.close_shared {
        return Some(Refusal::Shared { others });
    }
    if !elsewhere.others.is_empty() && !policy.close_shared {
        return Some(Refusal::SharedElsewhere {
            others: elsewhere.others.len(),
            servers: elsewhere.servers,
        });
    }
    if is_by_name(logons) && !policy.close_shared {
        let others = scene.not_told();
        if others > 0 {
            return Some(Refusal::NamesNotTold { others });
        }
    }
    // what is not known counts where the users' sessions are, not everywhere: or one bad database would stop all
    let holds_one = |server: &&&ServerSnapshot| {
        let mut holders = logons.iter().map(|(on, _)| *on);
        ptr::eq(**server, scene.here) || holders.any(|on| ptr::eq(on, **server))
    };
    let involved = || scene.read.iter().filter(holds_one);
    if involved().any(|server| !server.is_whole()) && !policy.close_shared {
        return Some(Refusal::MayBeShared);
    }
    let all = involved().flat_map(|server| &server.logons);
    let anywhere = all.filter(|logon| logon.client_address.not_understood().is_some());
    let others = scene.others(anywhere).len();
    if others > 0 && !policy.close_shared {
        return Some(Refusal::OthersNotUnderstood { others });
    }
    let max = policy.max_connections;
    (connections.len() > max).then_some(Refusal::TooMany { max })
}

/// A server that the admin's computer does not reach may live: it is dead only to who has tried it from here.
fn may_be_alive(scene: &Scene<'_>, address: IpAddr) -> Option<Refusal> {
    let exchange = scene.basis.exchange;
    let name = exchange.dead_at(address)?;
    let mut tried = exchange.tried_from(address);
    let is_tried = tried.any(|server| server == scene.here.server);
    (!is_tried).then(|| Refusal::MayBeAlive {
        name: name.to_owned(),
    })
}

/// Whether an address is that of a client by its name.
fn is_by_name(logons: &[(&ServerSnapshot, &Logon)]) -> bool {
    logons.iter().any(|(_, logon)| logon.instead_of.is_some())
}

/// Everybody's logons from an address on a server.
fn everybody(server: &ServerSnapshot, address: IpAddr) -> Vec<(&ServerSnapshot, &Logon)> {
    let logons = server.logons.iter().map(|logon| (server, logon));
    let from_there = logons.filter(|(_, logon)| logon.client_address.ip() == Some(address));
    from_there.collect()
}

/// The places of those who made these logons.
fn holders(logons: &[&Logon], people: &People<'_>) -> Vec<usize> {
    let makers = logons.iter().flat_map(|logon| people.makers(logon));
    let makers: BTreeSet<_> = makers.collect();
    makers.into_iter().collect()
}

/// Exchange servers say so in ClientMode, or log on with a machine account.
pub(super) fn acts_for_a_server(logon: &Logon) -> bool {
    logon.client_mode == ClientMode::ExchangeServer
        || logon
            .account
            .as_deref()
            .is_some_and(|name| name.ends_with('$'))
}

/// On Exchange 2010 clients do not connect to the store: who does are client access servers.
fn is_behind_others(server: &ServerSnapshot, connections: &[TcpConnection]) -> bool {
    const STORE: &str = "store.exe";
    let ends_in_store = |connection: &TcpConnection| connection.image.eq_ignore_ascii_case(STORE);
    server.is_of_2010() && connections.iter().any(ends_in_store)
}

/// One logon in use is enough, and so is one of which that is not known; each by the clock of the server that holds it.
fn in_use(logons: &[(&ServerSnapshot, &Logon)], policy: &Policy) -> Option<Decision> {
    if policy.close_in_use {
        return None;
    }
    // a time ahead of the clock is a client at work, not a negative age
    let age = |now: Timestamp, then| {
        Duration::try_from(now.duration_since(then)).unwrap_or(Duration::ZERO)
    };
    let ages = logons
        .iter()
        .filter_map(|(server, logon)| Some(age(server.taken_at(), logon.last_used()?)));
    if let Some(ago) = ages.min()
        && ago < policy.idle
    {
        return Some(Decision::KeepInUse(ago));
    }
    let is_unknown = logons.iter().any(|(_, logon)| logon.last_used().is_none());
    is_unknown.then_some(Decision::KeepUnknownUse)
}
