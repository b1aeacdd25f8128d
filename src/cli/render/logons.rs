//! `mapisweep logons`: who is logged on, from where, since when, against the limit.

use std::{cmp::Ordering, collections::BTreeMap, net::IpAddr};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Problem, View,
    server::{
        NOT_ENDED, SERVICES, Server, ago, counted, counted_title, heading, shortfalls, shown,
    },
    table::{Column, Page, lay_out},
};
use crate::cli::{
    args::LogonColumn,
    style::{CAREFUL, FAINT},
    text::{none_matches, plain},
};
use mapisweep_core::{
    config::Network,
    exchange::{ClientAddress, Limits, Logon, SessionLimit, logon::SessionCount},
    plan::{ServerSnapshot, describe_client},
};

/// The logons of some or all users on some servers.
pub struct Logons<'a> {
    servers: Vec<OnServer<'a>>,
    order: Option<LogonColumn>,
    has_titles: bool,
}

struct OnServer<'a> {
    snapshot: &'a ServerSnapshot,
    /// Most sessions first.
    users: Vec<User<'a>>,
    /// How many logons there are, shown or not.
    logons: usize,
}

struct User<'a> {
    account: &'a str,
    dn: Option<&'a str>,
    /// Of MAPI clients.
    held: SessionCount,
    /// Of Exchange's own services.
    services: SessionCount,
    clients: Vec<Client<'a>>,
}

/// One user at one address.
struct Client<'a> {
    address: &'a ClientAddress,
    logons: Vec<&'a Logon>,
}

/// Which of the logons are shown. What a user holds is counted over all, for so the server does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'w> {
    /// Only from there; from anywhere where there is none.
    pub addresses: &'w [Network],
    /// Only to these databases; to any where there is none.
    pub databases: &'w [String],
    /// Only of users who hold as much of a kind as they may.
    pub at_limit: bool,
}

/// One user at one address, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    server: String,
    account: String,
    /// Of either kind.
    user_sessions: usize,
    limit: Option<u64>,
    address: Option<IpAddr>,
    sessions: usize,
    counted: &'static str,
    oldest: Option<Timestamp>,
    last_used: Option<Timestamp>,
    client: String,
    /// What the server gives for an address, where that is not understood.
    address_not_understood: Option<String>,
    /// The limit could not be read, and is Exchange's own default.
    limit_assumed: bool,
    /// How many of the user's sessions Exchange's own services opened, and how many they may.
    user_service_sessions: usize,
    service_limit: Option<u64>,
    service_limit_assumed: bool,
    /// How many of the sessions from here.
    service_sessions: usize,
    /// Nobody could be asked for the limits, and none is assumed.
    limit_unknown: bool,
    /// The DN by which Exchange knows the user.
    dn: Option<String>,
}

impl<'a> Logons<'a> {
    /// The logons for which `wanted` says yes.
    pub fn new(snapshots: &'a [ServerSnapshot], wanted: impl Fn(&Logon) -> bool) -> Self {
        let on_server = |snapshot: &'a ServerSnapshot| {
            let logons = snapshot.logons.iter().filter(|logon| wanted(logon));
            OnServer {
                snapshot,
                logons: logons.clone().count(),
                users: users(logons),
            }
        };
        Self {
            servers: snapshots.iter().map(on_server).collect(),
            order: None,
            has_titles: true,
        }
    }

    /// Only those that are wanted.
    pub fn only(mut self, wanted: Wanted<'_>) -> Self {
        for server in &mut self.servers {
            let limits = server.snapshot.limits;
            for user in &mut server.users {
                user.keep(wanted);
            }
            server.users.retain(|user| {
                !user.clients.is_empty() && (!wanted.at_limit || user.is_at_limit(limits))
            });
        }
        self
    }

    /// On each server in the order of this column.
    pub fn sorted_by(self, order: Option<LogonColumn>) -> Self {
        Self { order, ..self }
    }

    /// Without the columns' titles.
    pub fn untitled(self, is_so: bool) -> Self {
        Self {
            has_titles: !is_so,
            ..self
        }
    }

    /// Whether there is no logon at all.
    pub fn is_empty(&self) -> bool {
        self.servers.iter().all(|server| server.users.is_empty())
    }

    /// The servers that have logons of which none is wanted, and what is said of them.
    pub fn unmatched(&self) -> impl Iterator<Item = (&str, String)> {
        let servers = self.servers.iter();
        let servers = servers.filter(|server| server.users.is_empty() && server.logons > 0);
        servers.map(|server| {
            let said = none_matches(server.logons, "logon");
            (server.snapshot.server.as_str(), said)
        })
    }

    fn clients(&self) -> impl Iterator<Item = (&OnServer<'a>, &User<'a>, &Client<'a>)> {
        self.servers.iter().flat_map(|server| {
            let rows = server.rows(self.order).into_iter();
            rows.map(move |(user, client, _)| (server, user, client))
        })
    }
}

fn users<'a>(logons: impl Iterator<Item = &'a Logon>) -> Vec<User<'a>> {
    let mut by_account: BTreeMap<String, Vec<&Logon>> = BTreeMap::new();
    for logon in logons {
        let key = logon.account.as_deref().unwrap_or_default().to_lowercase();
        by_account.entry(key).or_default().push(logon);
    }
    let mut users: Vec<_> = by_account.into_values().map(user).collect();
    users.sort_by_key(|user| std::cmp::Reverse(user.held.count + user.services.count));
    users
}

fn user(logons: Vec<&Logon>) -> User<'_> {
    let mut by_address: BTreeMap<&ClientAddress, Vec<&Logon>> = BTreeMap::new();
    for logon in &logons {
        by_address
            .entry(&logon.client_address)
            .or_default()
            .push(logon);
    }
    let clients = by_address.into_iter();
    let mut clients: Vec<_> = clients
        .map(|(address, logons)| Client { address, logons })
        .collect();
    clients.sort_by_key(|client| std::cmp::Reverse(client.held().count));
    User {
        account: logons
            .iter()
            .find_map(|logon| logon.account.as_deref())
            .unwrap_or("?"),
        dn: logons.iter().find_map(|logon| logon.user_dn.as_deref()),
        held: SessionCount::of(of_kind(&logons, false)),
        services: SessionCount::of(of_kind(&logons, true)),
        clients,
    }
}

fn of_kind<'a>(logons: &[&'a Logon], of_services: bool) -> impl Iterator<Item = &'a Logon> {
    let logons = logons.iter().copied();
    logons.filter(move |logon| logon.is_of_a_service() == of_services)
}

impl User<'_> {
    fn keep(&mut self, wanted: Wanted<'_>) {
        let is_in = |logon: &&Logon| {
            let name = logon.database.as_deref().unwrap_or_default().to_lowercase();
            let databases = wanted.databases;
            databases.is_empty() || databases.iter().any(|wanted| wanted.to_lowercase() == name)
        };
        let is_from = |address: &ClientAddress| {
            let networks = wanted.addresses;
            let is_in = |ip: IpAddr| networks.iter().any(|network| network.0.contains(&ip));
            networks.is_empty() || address.ip().is_some_and(is_in)
        };
        self.clients.retain_mut(|client| {
            client.logons.retain(is_in);
            !client.logons.is_empty() && is_from(client.address)
        });
    }

    fn is_at_limit(&self, limits: Limits) -> bool {
        limits.mapi.is_reached_by(self.held.count)
            || limits.services.is_reached_by(self.services.count)
    }
}

impl Client<'_> {
    fn held(&self) -> SessionCount {
        SessionCount::of(self.logons.iter().copied())
    }

    fn oldest(&self) -> Option<Timestamp> {
        self.logons
            .iter()
            .filter_map(|logon| logon.logon_time)
            .min()
    }

    fn last_used(&self) -> Option<Timestamp> {
        self.logons
            .iter()
            .filter_map(|logon| logon.last_used())
            .max()
    }
}

impl View for Logons<'_> {
    const KIND: &'static str = "logons";
    const EVENT: &'static str = "logons";
    type Record = Record;
    type Server = Server;

    fn table(&self, page: Page) -> String {
        let page = page.titled(self.has_titles);
        let servers = self.servers.iter();
        let tables = servers.map(|server| server.table(page, self.order));
        tables.collect::<Vec<_>>().join("\n")
    }

    fn records(&self) -> Vec<Record> {
        let record = |(server, user, client): (&OnServer, &User, &Client)| Record {
            server: server.snapshot.server.clone(),
            account: user.account.to_owned(),
            user_sessions: user.held.count + user.services.count,
            limit: server.snapshot.limits.mapi.number(),
            address: client.address.ip(),
            sessions: client.held().count,
            counted: counted(client.held()),
            oldest: client.oldest(),
            last_used: client.last_used(),
            client: describe_client(&client.logons),
            address_not_understood: client.address.not_understood().map(str::to_owned),
            limit_assumed: server.snapshot.limits.mapi.is_assumed(),
            user_service_sessions: user.services.count,
            service_limit: server.snapshot.limits.services.number(),
            service_limit_assumed: server.snapshot.limits.services.is_assumed(),
            service_sessions: SessionCount::of(of_kind(&client.logons, true)).count,
            limit_unknown: server.snapshot.limits.mapi == SessionLimit::Unknown,
            dn: user.dn.map(str::to_owned),
        };
        self.clients().map(record).collect()
    }

    fn servers(&self) -> Vec<Server> {
        let servers = self.servers.iter();
        servers
            .map(|server| Server::new(server.snapshot, &[]))
            .collect()
    }

    fn shortfalls(&self) -> Vec<Problem> {
        shortfalls(self.servers.iter().map(|server| server.snapshot))
    }

    fn has_titles(&self) -> bool {
        self.has_titles
    }
}

impl<'a> OnServer<'a> {
    /// Each user at each address, and whether the user's name stands there: where they are not sorted, only in the first of
    /// the user's rows.
    fn rows(&self, order: Option<LogonColumn>) -> Vec<(&User<'a>, &Client<'a>, bool)> {
        let rows = self.users.iter().flat_map(|user| {
            let clients = user.clients.iter().enumerate();
            clients.map(move |(index, client)| (user, client, index == 0 || order.is_some()))
        });
        let mut rows: Vec<_> = rows.collect();
        if let Some(order) = order {
            rows.sort_by(|(user, client, _), (other, other_client, _)| {
                compare(order, (user, client), (other, other_client))
            });
        }
        rows
    }

    fn table(&self, page: Page, order: Option<LogonColumn>) -> String {
        let head = heading(self.snapshot);
        if self.users.is_empty() {
            let none = match self.logons {
                0 => "no logons".to_owned(),
                logons => none_matches(logons, "logon"),
            };
            return format!("{head}{FAINT}  {none}{FAINT:#}\n");
        }
        let columns = [
            Column::left("USER").name().at_least(16),
            Column::left("CLIENT ADDRESS").name().at_least(39),
            Column::right(counted_title(self.users.iter().map(|user| user.held))),
            Column::left("OLDEST").last_to_go(),
            Column::left("LAST USED").last_to_go(),
            Column::left("CLIENT").detail().at_least(16),
            Column::left("HOLDS").labelled(),
        ];
        let rows = self.rows(order).into_iter();
        let rows = rows.map(|(user, client, named)| self.row(user, client, named));
        let services = match self.users.iter().any(|user| user.services.count > 0) {
            true => format!("\nservices: sessions of {SERVICES}; {NOT_ENDED}\n"),
            false => String::new(),
        };
        format!("{head}\n{}{services}", lay_out(page, &columns, rows))
    }

    /// A user's name and total stand only in the first of the user's rows.
    fn row(&self, user: &User, client: &Client, named: bool) -> Vec<String> {
        // without the server's clock there are no ages, and a time is shown as it is
        let clock = self.snapshot.clock;
        let when = |time: Option<Timestamp>| match clock.is_told() {
            true => ago(clock.now, time),
            false => time.map_or("-".to_owned(), |time| {
                time.strftime("%Y-%m-%d %H:%MZ").to_string()
            }),
        };
        let (account, holds) = match named {
            true => (plain(user.account), self.holds(user)),
            false => Default::default(),
        };
        vec![
            account,
            shown(client.address),
            client.held().count.to_string(),
            when(client.oldest()),
            when(client.last_used()),
            plain(&describe_client(&client.logons)),
            holds,
        ]
    }

    fn holds(&self, user: &User) -> String {
        let limits = self.snapshot.limits;
        let mapi = of(user.held, limits.mapi);
        match user.services.count {
            0 => mapi,
            _ => format!("{mapi}, services {}", of(user.services, limits.services)),
        }
    }
}

/// Numbers from the largest, times from the longest ago, what is not known last.
fn compare(order: LogonColumn, one: (&User, &Client), other: (&User, &Client)) -> Ordering {
    let ((user, client), (other, other_client)) = (one, other);
    let holds = |user: &User| user.held.count + user.services.count;
    let then = |time: Option<Timestamp>| (time.is_none(), time);
    let called = |client: &Client| describe_client(&client.logons).to_lowercase();
    match order {
        LogonColumn::User => {
            let name = |user: &User| user.account.to_lowercase();
            name(user).cmp(&name(other))
        }
        LogonColumn::Address => client.address.cmp(other_client.address),
        LogonColumn::Sessions => other_client.held().count.cmp(&client.held().count),
        LogonColumn::Oldest => then(client.oldest()).cmp(&then(other_client.oldest())),
        LogonColumn::LastUsed => then(client.last_used()).cmp(&then(other_client.last_used())),
        LogonColumn::Client => called(client).cmp(&called(other_client)),
        LogonColumn::Holds => holds(other).cmp(&holds(user)),
    }
}

/// `34 of 32`
fn of(held: SessionCount, limit: SessionLimit) -> String {
    let holds = match limit.number() {
        Some(limit) => format!("{} of {limit}", held.count),
        None if limit == SessionLimit::Unknown => {
            return format!("{}, limit not known", held.count);
        }
        None => return format!("{}, no limit", held.count),
    };
    match limit.is_reached_by(held.count) {
        true => format!("{CAREFUL}{holds}{CAREFUL:#}"),
        false => holds,
    }
}
