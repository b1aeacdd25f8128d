//! The plan, as `--dry-run` prints it and the prompt asks about it.

use std::{collections::BTreeSet, net::IpAddr};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Problem, View, by_name,
    connections::left_out,
    server::{
        NOT_ENDED, SERVICES, Server, ago, counted, counted_title, heading, holding, shortfalls,
        shown, unit,
    },
    table::{Column, Page, lay_out},
};
use crate::{
    cli::{
        advice::Advice,
        exit::Exit,
        style::{CAREFUL, FAINT, GOOD},
        text::{age, count, list, plain},
    },
    servers::is_name_of,
};
use mapisweep_core::{
    exchange::reach::PORTS,
    plan::{
        AddressPlan, DeadServer, Decision, Plan, Refusal, ServerPlan, ServerSnapshot, UserHoldings,
    },
};

impl View for Plan {
    const KIND: &'static str = "plan";
    const EVENT: &'static str = "plan";
    type Record = Record;
    type Server = PlannedServer;

    fn table(&self, page: Page) -> String {
        let tables = self.servers.iter().map(|plan| table(page, plan));
        tables.collect::<Vec<_>>().join("\n")
    }

    fn records(&self) -> Vec<Record> {
        let addresses = self.addresses();
        addresses
            .map(|(server, address)| Record::new(server, address))
            .collect()
    }

    fn servers(&self) -> Vec<PlannedServer> {
        let server = |plan: &ServerPlan| PlannedServer::of(&plan.snapshot, &plan.users);
        self.servers.iter().map(server).collect()
    }

    fn shortfalls(&self) -> Vec<Problem> {
        shortfalls(self.servers.iter().map(|plan| &plan.snapshot))
    }
}

/// A server in the data formats.
#[derive(Debug, Serialize)]
pub struct PlannedServer {
    #[serde(flatten)]
    pub(super) server: Server,
    /// Connections of the Exchange processes that the plan does not know, because there were too many to list.
    pub(super) connections_left_out: usize,
}

impl PlannedServer {
    /// The facts of a snapshot and what these users hold.
    pub fn of(snapshot: &ServerSnapshot, users: &[UserHoldings]) -> Self {
        Self {
            server: Server::new(snapshot, users),
            connections_left_out: snapshot.connections_left_out,
        }
    }
}

/// One client address on one server, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    /// The server, by the name the admin gave.
    pub server: String,
    /// The client's address, where the server knows it.
    pub address: Option<IpAddr>,
    /// The accounts asked about that are logged on from there.
    pub accounts: Vec<String>,
    /// Their sessions (or logons) from there.
    pub sessions: usize,
    /// What was counted: `sessions` or `logons`.
    pub counted: &'static str,
    /// When the oldest of them began.
    pub oldest: Option<Timestamp>,
    /// When any of them last did something.
    pub last_used: Option<Timestamp>,
    /// What the client calls itself.
    pub client: String,
    /// Connections from there to the Exchange processes.
    pub connections: usize,
    /// `close`, `keep`, `refuse`, `services_only`, `no_address`, `address_not_understood`, `through`, `elsewhere` or
    /// `no_connection`.
    pub decision: &'static str,
    /// Why, for people.
    pub reason: String,
    /// The flag that would decide otherwise, where there is one.
    pub overridden_by: Option<&'static str>,
    /// What the server gives for an address, where that is not understood.
    pub address_not_understood: Option<String>,
    /// How many of the sessions Exchange's own services opened; closing connections does not end those.
    pub service_sessions: usize,
    /// The Exchange server whose address it is: `through` it the client comes.
    pub through: Option<String>,
    /// From where that server's log says that they came, the latest first; `null` where that is not known.
    pub came_from: Option<Vec<IpAddr>>,
    /// Where the connections are that are not here.
    pub elsewhere: Vec<String>,
    /// Other servers that hold sessions of those accounts from there: they are ended by closing here.
    pub held_on: Vec<String>,
    /// The Exchange server whose address it is, where that was not reached from this computer (`--dead-server`).
    pub dead_server: Option<String>,
    /// Others who have sessions from there, and lose them where it is closed.
    pub others: Vec<String>,
    /// Where the server gives no address: what DNS alone says of the clients' names, where that is one thing, as
    /// `JSMITH-LT=10.1.4.23`.
    pub by_name: Vec<String>,
    /// What DNS says of those names in all, for people.
    pub by_name_hint: String,
    /// The servers that tried to reach `dead_server` at this address, too, and heard nothing: it is closed on these only.
    pub dead_server_tried_from: Vec<String>,
    /// At which ports they tried.
    pub dead_server_ports: Vec<u16>,
}

impl Record {
    /// What the plan says about one address.
    pub fn new(server: &ServerPlan, plan: &AddressPlan) -> Self {
        Self {
            server: server.snapshot.server.clone(),
            address: plan.address.ip(),
            accounts: plan.accounts.clone(),
            sessions: plan.sessions.count,
            counted: counted(plan.sessions),
            oldest: plan.oldest,
            last_used: plan.last_used,
            client: plan.client.clone(),
            connections: plan.connections.len(),
            decision: word(&plan.decision),
            reason: reason(plan),
            overridden_by: overridden_by(&plan.decision),
            address_not_understood: plan.address.not_understood().map(str::to_owned),
            service_sessions: plan.services,
            through: through(&plan.decision),
            came_from: match &plan.decision {
                Decision::Through { from, .. } => from.clone(),
                _ => None,
            },
            elsewhere: match &plan.decision {
                Decision::Elsewhere { servers } => servers.clone(),
                _ => Vec::new(),
            },
            held_on: plan
                .held_on
                .iter()
                .map(|held| held.server.clone())
                .collect(),
            dead_server: plan.dead_server.as_ref().map(|dead| dead.name.clone()),
            others: plan.others.clone(),
            by_name: by_name::pairs(plan),
            by_name_hint: by_name::sentences(plan),
            dead_server_tried_from: tried_from(plan).to_vec(),
            dead_server_ports: match tried_from(plan) {
                [] => Vec::new(),
                _ => PORTS.into(),
            },
        }
    }
}

fn table(page: Page, plan: &ServerPlan) -> String {
    let mut text = heading(&plan.snapshot);
    for user in &plan.users {
        text.push_str(&holding(user, plan.snapshot.limits));
    }
    if let Some(left_out) = left_out(plan.snapshot.connections_left_out) {
        text.push_str(&format!("{left_out}, so that an address may have more\n"));
    }
    if plan.addresses.is_empty() {
        return text;
    }
    let columns = [
        Column::left("CLIENT ADDRESS")
            .or("ADDRESS")
            .name()
            .at_least(39),
        Column::right(counted_title(plan.addresses.iter().flat_map(|plan| {
            let elsewhere = plan.held_on.iter().map(|held| held.sessions);
            elsewhere.chain([plan.sessions])
        })))
        .last_to_go(),
        Column::left("OLDEST").lasting_detail(),
        Column::left("LAST USED").or("IDLE"),
        Column::left("CLIENT").detail().at_least(16),
        Column::right("CONNECTIONS").or("CONNS"),
        Column::left("PLAN"),
    ];
    let now = plan.snapshot.taken_at();
    let rows = plan.addresses.iter().map(|address| row(now, address));
    text + "\n" + &lay_out(page, &columns, rows) + &buried(plan) + &by_name::lines(plan)
}

/// Of dead servers whose addresses are closed: who tried to reach them, and whom it concerns that their sessions end.
pub(super) fn buried(plan: &ServerPlan) -> String {
    plan.closed_addresses().map(buried_at).collect()
}

fn buried_at(plan: &AddressPlan) -> String {
    let Some(dead) = &plan.dead_server else {
        return String::new();
    };
    let mut text = format!("{}\n", tried(dead));
    if !plan.others.is_empty() {
        let others = plan.others.iter().map(|account| plain(account));
        text.push_str(&format!(
            "{CAREFUL}with {}, these lose their sessions, too: {}{CAREFUL:#}\n",
            plain(&dead.name),
            list(others)
        ));
    }
    text
}

/// `cas01 was tried from this computer, and from ex01 and ex02 at ports 80 and 443: no answer`
fn tried(dead: &DeadServer) -> String {
    format!(
        "{} was tried from this computer, and from {} at ports {}: no answer",
        plain(&dead.name),
        list(dead.tried_from.iter().map(|server| plain(server))),
        list(PORTS)
    )
}

/// The servers that tried to reach a dead server.
fn tried_from(plan: &AddressPlan) -> &[String] {
    let dead = plan.dead_server.as_ref();
    dead.map_or(&[], |dead| &dead.tried_from)
}

fn row(now: Timestamp, plan: &AddressPlan) -> Vec<String> {
    vec![
        shown(&plan.address),
        plan.sessions.count.to_string(),
        ago(now, plan.oldest),
        ago(now, plan.last_used),
        plain(&plan.client),
        plan.connections.len().to_string(),
        decision(plan),
    ]
}

pub(super) fn decision(plan: &AddressPlan) -> String {
    let decision = &plan.decision;
    let style = match decision {
        Decision::Close => GOOD,
        Decision::KeepInUse(_) | Decision::KeepUnknownUse | Decision::Elsewhere { .. } => FAINT,
        Decision::Refuse(_)
        | Decision::ServicesOnly
        | Decision::NoAddress
        | Decision::AddressNotUnderstood
        | Decision::Through { .. }
        | Decision::NoConnection => CAREFUL,
    };
    let reason = reason(plan);
    let text = match decision {
        Decision::Close if plan.services > 0 => {
            let stay = count(plan.services, "session");
            let beside = if reason.is_empty() { "" } else { ", " };
            format!("close{beside}{reason}, but not the {stay} of Exchange's own services")
        }
        Decision::Close if reason.is_empty() => "close".to_owned(),
        Decision::Close => format!("close, {reason}"),
        Decision::KeepInUse(_) | Decision::KeepUnknownUse => format!("keep: {reason}"),
        Decision::Refuse(_) => format!("refuse: {reason}"),
        Decision::ServicesOnly
        | Decision::NoAddress
        | Decision::AddressNotUnderstood
        | Decision::Through { .. }
        | Decision::Elsewhere { .. }
        | Decision::NoConnection => reason,
    };
    format!("{style}{text}{style:#}")
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Close => "close",
        Decision::KeepInUse(_) | Decision::KeepUnknownUse => "keep",
        Decision::Refuse(_) => "refuse",
        Decision::ServicesOnly => "services_only",
        Decision::NoAddress => "no_address",
        Decision::AddressNotUnderstood => "address_not_understood",
        Decision::Through { .. } => "through",
        Decision::Elsewhere { .. } => "elsewhere",
        Decision::NoConnection => "no_connection",
    }
}

/// Why; of what is closed, whom else it hits.
fn reason(plan: &AddressPlan) -> String {
    match &plan.decision {
        Decision::Close => {
            let shared = (!plan.others.is_empty()).then(|| shared(plan.others.len()));
            let dead = plan.dead_server.as_ref();
            let dead = dead.map(|dead| {
                // not called dead: others may reach it
                let name = plain(&dead.name);
                let servers = list(dead.tried_from.iter().map(|server| plain(server)));
                format!("for {name} was reached neither from this computer nor from {servers}")
            });
            let reasons = dead.into_iter().chain(by_name::named(plan));
            let reasons = reasons.chain(held(plan)).chain(shared);
            let reasons: Vec<_> = reasons.collect();
            reasons.join(", ")
        }
        decision => because(decision),
    }
}

/// `for 16 sessions on ex01`, where the server itself holds none.
fn held(plan: &AddressPlan) -> Option<String> {
    let is_elsewhere = plan.sessions.count == 0 && !plan.held_on.is_empty();
    let each = plan.held_on.iter().map(|held| {
        let sessions = count(held.sessions.count, unit(held.sessions));
        format!("{sessions} on {}", plain(&held.server))
    });
    is_elsewhere.then(|| format!("for {}", list(each)))
}

fn through(decision: &Decision) -> Option<String> {
    match decision {
        Decision::Through { server, .. } => Some(server.clone()),
        _ => None,
    }
}

/// Why something is not closed.
pub fn because(decision: &Decision) -> String {
    match decision {
        Decision::Close => String::new(),
        Decision::KeepInUse(ago) if ago.as_secs() == 0 => "in use now".to_owned(),
        Decision::KeepInUse(ago) => format!("in use {} ago", age(*ago)),
        Decision::KeepUnknownUse => "the server does not say when it was last used".to_owned(),
        Decision::Refuse(refusal) => refused(refusal),
        Decision::ServicesOnly => format!("opened by Exchange's own services; {NOT_ENDED}"),
        Decision::NoAddress => "the server gives no address".to_owned(),
        Decision::AddressNotUnderstood => {
            "the server's address for it is not understood".to_owned()
        }
        Decision::Through { server, from } => {
            let server = plain(server);
            match from.as_deref() {
                None => {
                    format!(
                        "through {server}, whose address this is; the client's own is not known"
                    )
                }
                Some([]) => format!("through {server}, whose log names no address of the client's"),
                Some(from) => format!("through {server}, by its log from {}", list(from)),
            }
        }
        Decision::Elsewhere { servers } => format!(
            "its connections are on {}",
            list(servers.iter().map(|server| plain(server)))
        ),
        Decision::NoConnection => "no connection comes from there".to_owned(),
    }
}

fn shared(others: usize) -> String {
    format!("shared with {}", count(others, "other user"))
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Shared { others } => shared(*others),
        Refusal::SharedElsewhere { others, servers } => {
            let servers = list(servers.iter().map(|server| plain(server)));
            format!("{} on {servers}", shared(*others))
        }
        Refusal::MayBeShared => "others may share it, for logons may be missing".to_owned(),
        Refusal::OthersNotUnderstood { others } => format!(
            "others may share it, for the addresses of {} are not understood",
            count(*others, "other user")
        ),
        Refusal::NamesNotTold { others } => format!(
            "others may be there, for DNS did not tell where the clients of {} are",
            count(*others, "other user")
        ),
        Refusal::Loopback => "a loopback address".to_owned(),
        Refusal::OwnAddress => "the server's own address".to_owned(),
        Refusal::ExchangeServer { name: None } => "an Exchange server".to_owned(),
        Refusal::ExchangeServer { name: Some(name) } => {
            format!("the Exchange server {}", plain(name))
        }
        Refusal::MayBeAlive { name } => format!(
            "{} may be alive, for whether this server reaches it is not known",
            plain(name)
        ),
        Refusal::Protected { reason } if reason.is_empty() => "protected".to_owned(),
        Refusal::Protected { reason } => format!("protected: {}", plain(reason)),
        Refusal::TooMany { max } => format!("more than {max} connections"),
    }
}

/// The flag that would decide otherwise, where there is one.
fn overridden_by(decision: &Decision) -> Option<&'static str> {
    match decision {
        Decision::KeepInUse(_) | Decision::KeepUnknownUse => Some("--all"),
        Decision::Refuse(refusal) => refusal.overridden_by(),
        Decision::Close
        | Decision::ServicesOnly
        | Decision::NoAddress
        | Decision::AddressNotUnderstood
        | Decision::Through { .. }
        | Decision::Elsewhere { .. }
        | Decision::NoConnection => None,
    }
}

/// `Close 34 connections from 2 addresses on 1 server?`, or for many `Close 412 connections of 200 people on 8 servers?`
pub fn question(plan: &Plan) -> String {
    format!("Close {}?", amount(plan))
}

/// How much is to be closed.
pub fn amount(plan: &Plan) -> String {
    let servers = plan.servers.iter();
    let busy = servers
        .clone()
        .filter(|server| server.targets().next().is_some());
    let addresses = servers
        .map(|server| server.closed_addresses().count())
        .sum();
    let connections = count(plan.connections_closed(), "connection");
    let servers = count(busy.count(), "server");
    match is_for_many(plan) {
        true => {
            let people = people(plan.people_closed());
            format!("{connections} of {people} on {servers}")
        }
        false => format!(
            "{connections} from {} on {servers}",
            count(addresses, "address")
        ),
    }
}

/// Whether several people were asked about.
pub fn is_for_many(plan: &Plan) -> bool {
    plan.servers.iter().any(|server| server.users.len() > 1)
}

/// `1 person`, `2 people`.
pub fn people(number: usize) -> String {
    match number {
        1 => "1 person".to_owned(),
        number => format!("{number} people"),
    }
}

/// The flags that would close more than something, where there are any; of nothing [`nothing_to_close`] tells them.
pub fn overrides(plan: &Plan) -> Option<String> {
    let flags = plan.closes_anything().then(|| flags(plan)).flatten();
    flags.map(|flags| format!("{FAINT}{flags}.{FAINT:#}"))
}

/// What each flag that goes further would do.
fn flags(plan: &Plan) -> Option<String> {
    let flags: BTreeSet<_> = plan
        .addresses()
        .filter_map(|(_, plan)| overridden_by(&plan.decision))
        .collect();
    let describe = |flag: &str| match flag {
        "--all" => "--all closes clients that are in use as well".to_owned(),
        "--include-shared" => format!(
            "--include-shared closes addresses that other users share{}",
            may_share(plan)
        ),
        "--max" => "--max N closes addresses with up to N connections".to_owned(),
        other => other.to_owned(),
    };
    let flags: Vec<_> = flags.into_iter().map(describe).collect();
    (!flags.is_empty()).then(|| flags.join("; "))
}

/// Why others are not known not to share what is refused for that.
fn may_share(plan: &Plan) -> &'static str {
    let refused = |wanted: fn(&Refusal) -> bool| {
        let mut decisions = plan.addresses().map(|(_, plan)| &plan.decision);
        decisions.any(|decision| matches!(decision, Decision::Refuse(refusal) if wanted(refusal)))
    };
    let not_understood = refused(|refusal| matches!(refusal, Refusal::OthersNotUnderstood { .. }));
    let missing = refused(|refusal| matches!(refusal, Refusal::MayBeShared));
    match (not_understood, missing) {
        (false, false) => "",
        (true, false) => ", or may share, for theirs are not understood",
        (false, true) => ", or may share, for logons may be missing",
        (true, true) => ", or may share, for theirs are not understood and logons may be missing",
    }
}

/// The Exchange servers that sessions come through.
fn passed(plan: &Plan) -> Option<String> {
    let decisions = plan.addresses().map(|(_, plan)| &plan.decision);
    let servers: BTreeSet<_> = decisions.filter_map(through).collect();
    (!servers.is_empty()).then(|| list(servers.iter().map(|server| plain(server))))
}

/// A server by the name that was given; where that led to another than it says, by its own.
fn called(snapshot: &ServerSnapshot) -> String {
    let (given, own) = (plain(&snapshot.server), plain(&snapshot.display_name));
    match is_name_of(&given, &own) {
        true => given,
        false => format!("{own}, which answers to {given}"),
    }
}

/// Why the plan closes nothing, and the exit code for it; `None` where it closes something.
pub fn nothing_to_close(plan: &Plan) -> Option<(Exit, Advice)> {
    if plan.closes_anything() {
        return None;
    }
    let decisions = || plan.addresses().map(|(_, plan)| &plan.decision);
    let is_kept =
        |decision: &Decision| matches!(decision, Decision::KeepInUse(_) | Decision::KeepUnknownUse);
    let any = |wanted: Decision| decisions().any(|decision| *decision == wanted);
    let flags = || flags(plan).map_or_else(String::new, |flags| format!("{flags}."));
    Some(if plan.refuses_anything() {
        let advice = Advice::new(
            "Nothing is closed: what could be was refused for safety",
            flags(),
        );
        (Exit::Refused, advice)
    } else if decisions().next().is_none() {
        let users = plan.servers.iter().flat_map(|server| &server.users);
        let users: BTreeSet<_> = users.map(|user| plain(&user.account)).collect();
        let servers = list(plan.servers.iter().map(|server| called(&server.snapshot)));
        let hold = if users.len() == 1 { "holds" } else { "hold" };
        let what = format!(
            "{} {hold} no session on {servers}, so there is nothing to close",
            list(users)
        );
        (
            Exit::NothingMatched,
            Advice::new(what, "Is the mailbox active on another server?"),
        )
    } else if decisions().any(is_kept) {
        (
            Exit::NothingMatched,
            Advice::new("Nothing is closed: what could be is in use", flags()),
        )
    } else if decisions().all(|decision| *decision == Decision::ServicesOnly) {
        let advice = Advice::new(
            format!("Nothing is closed: the sessions are those of {SERVICES}; {NOT_ENDED}"),
            "Look for the phone, the browser or the program that opens so many.",
        );
        (Exit::NothingMatched, advice)
    } else if let Some(servers) = passed(plan) {
        let advice = Advice::new(
            format!(
                "Nothing is closed: the sessions come through {servers}, and which connections carry them is not known"
            ),
            "`mapisweep connections` shows there which clients are connected.",
        );
        (Exit::NothingMatched, advice)
    } else if any(Decision::AddressNotUnderstood) {
        let advice = Advice::new(
            "Nothing is closed: what the server gives for addresses is not understood",
            "The plan shows it; please report it. `mapisweep connections` shows which clients are connected.",
        );
        (Exit::NothingMatched, advice)
    } else if !any(Decision::NoConnection) {
        let advice = Advice::new(
            "Nothing is closed: the server gives no address for the sessions",
            "A client that is gone leaves none, and one that comes through a client access server may have none: look \
             there with `mapisweep connections`.",
        );
        (Exit::NothingMatched, advice)
    } else {
        let advice = Advice::new(
            "Nothing is closed: no connection comes from where the sessions say they come from",
            "The client is behind NAT, a VPN or Outlook Anywhere; `mapisweep connections` shows what there is.",
        );
        (Exit::NothingMatched, advice)
    })
}
