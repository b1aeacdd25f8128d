//! A plan together with what it was judged by; for many people by server and person, worst first.

use std::collections::BTreeMap;

use super::{
    Problem, View, by_name,
    connections::left_out,
    plan::{PlannedServer, Record, buried, decision, is_for_many, people},
    report::Run,
    server::{ago, counted_title, heading, of_limit, of_limit_briefly, shown},
    table::{Column, Page, lay_out},
};
use crate::cli::{
    names::Names,
    style::{CAREFUL, FAINT},
    text::{count, list, plain},
};
use mapisweep_core::exchange::ClientAddress;
use mapisweep_core::plan::{
    AddressPlan, Decision, Everywhere, PersonPlan, Plan, ServerPlan, ServerSnapshot,
};

/// A plan as it is shown.
pub struct Planned<'a> {
    plan: &'a Plan,
    /// Servers where others may share addresses, and which were not read, or not whole.
    judged_without: Vec<&'a str>,
    /// What the servers are called.
    names: Names,
}

/// A server of a plan, in the data formats.
#[derive(Debug, serde::Serialize)]
pub struct Server {
    #[serde(flatten)]
    pub(super) planned: PlannedServer,
    /// Servers that might tell of others who share an address, and did not.
    pub(super) judged_without: Vec<String>,
}

impl Server {
    /// A server where nothing is planned, for there is nobody.
    pub fn without_plan(snapshot: &ServerSnapshot) -> Self {
        Self {
            planned: PlannedServer::of(snapshot, &[]),
            judged_without: Vec::new(),
        }
    }
}

impl<'a> Planned<'a> {
    /// This plan, judged by what was seen on all servers.
    pub fn new(plan: &'a Plan, everywhere: &'a Everywhere) -> Self {
        let mut judged_without = everywhere.judged_without();
        // what one does not tell of itself stands at its name
        if let [only] = &plan.servers[..] {
            judged_without.retain(|server| *server != only.snapshot.server);
        }
        Self {
            plan,
            judged_without,
            names: Names::default(),
        }
    }

    /// With what the servers are called.
    pub fn called(self, names: Names) -> Self {
        Self { names, ..self }
    }
}

impl View for Planned<'_> {
    const KIND: &'static str = <Plan as View>::KIND;
    const EVENT: &'static str = <Plan as View>::EVENT;
    type Record = Record;
    type Server = Server;

    fn table(&self, page: Page) -> String {
        let mut text = match is_for_many(self.plan) {
            false => self.plan.table(page),
            true => {
                let servers = self.plan.worst_first();
                let tables: Vec<_> = servers
                    .into_iter()
                    .map(|plan| of_server(page, plan))
                    .collect();
                tables.join("\n")
            }
        };
        if !self.judged_without.is_empty() && self.plan.addresses().next().is_some() {
            let servers = self.judged_without.iter();
            let servers = list(servers.map(|server| self.names.shown(server)));
            text.push_str(&format!(
                "\n{CAREFUL}Whether others share an address was judged without {servers}, of which not all is known.{CAREFUL:#}\n"
            ));
        }
        text
    }

    fn records(&self) -> Vec<Record> {
        self.plan.records()
    }

    fn shortfalls(&self) -> Vec<Problem> {
        self.plan.shortfalls()
    }

    fn report(&self, run: &mut Run) {
        run.plans(self.servers(), self.records());
    }

    fn servers(&self) -> Vec<Server> {
        let planned = self.plan.servers().into_iter();
        let without = |server: &&ServerPlan| -> Vec<String> {
            let here = &server.snapshot.server;
            let others = self.judged_without.iter().filter(|other| *other != here);
            others.map(|&other| other.to_owned()).collect()
        };
        let without = self.plan.servers.iter().map(|server| without(&server));
        planned
            .zip(without)
            .map(|(planned, judged_without)| Server {
                planned,
                judged_without,
            })
            .collect()
    }
}

/// So many addresses of a person are shown; with one more than that, all are.
const SHOWN: usize = 4;

fn of_server(page: Page, plan: &ServerPlan) -> String {
    let people = plan.people();
    if people.is_empty() {
        return format!(
            "{}none of them holds a session here\n",
            heading(&plan.snapshot)
        );
    }
    let mut text = heading(&plan.snapshot);
    text.push_str(&summary(plan, people.len()));
    if let Some(left_out) = left_out(plan.snapshot.connections_left_out) {
        text.push_str(&format!("{left_out}, so that an address may have more\n"));
    }
    let columns = [
        Column::left("PERSON").name().at_least(16),
        Column::left("HOLDS")
            .or_with("HOLDS", of_limit_briefly)
            .name(),
        Column::left("CLIENT ADDRESS")
            .or("ADDRESS")
            .name()
            .at_least(39),
        Column::right(counted_title(
            plan.addresses.iter().map(|plan| plan.sessions),
        ))
        .last_to_go(),
        Column::left("OLDEST").lasting_detail(),
        Column::left("LAST USED").or("IDLE"),
        Column::left("CLIENT").detail().at_least(16),
        Column::right("CONNECTIONS").or("CONNS"),
        Column::left("PLAN"),
    ];
    let mut told = BTreeMap::new();
    let rows = people
        .iter()
        .flat_map(|person| rows(plan, person, &mut told));
    let rows: Vec<_> = rows.collect();
    text + "\n" + &lay_out(page, &columns, rows) + &buried(plan) + &by_name::lines(plan)
}

/// `25 people: close 412 connections of 24, keep 2 addresses, refuse 3 addresses`
fn summary(plan: &ServerPlan, number: usize) -> String {
    let connections = count(plan.targets().count(), "connection");
    let closed = match plan.people_closed().len() {
        0 => "nothing to close".to_owned(),
        all if all == number => format!("close {connections}"),
        some => format!("close {connections} of {some}"),
    };
    let not_closed = sums(
        plan.addresses
            .iter()
            .filter(|one| one.decision != Decision::Close),
    );
    let parts: Vec<_> = std::iter::once(closed).chain(not_closed).collect();
    format!("{}: {}\n", people(number), parts.join(", "))
}

/// `keep 2 addresses`, `refuse 1 address`
fn sums<'p>(addresses: impl Iterator<Item = &'p AddressPlan> + Clone) -> Vec<String> {
    type Kind = (&'static str, fn(&Decision) -> bool);
    let kinds: [Kind; 4] = [
        ("close", |decision| *decision == Decision::Close),
        ("keep", |decision| {
            matches!(decision, Decision::KeepInUse(_) | Decision::KeepUnknownUse)
        }),
        ("refuse", |decision| matches!(decision, Decision::Refuse(_))),
        ("cannot close", |decision| {
            matches!(
                decision,
                Decision::ServicesOnly
                    | Decision::NoAddress
                    | Decision::AddressNotUnderstood
                    | Decision::NoConnection
            )
        }),
    ];
    let sums = kinds.into_iter().filter_map(|(what, is_so)| {
        let addresses = addresses.clone();
        let number = addresses.filter(|one| is_so(&one.decision)).count();
        (number > 0).then(|| format!("{what} {}", count(number, "address")))
    });
    sums.collect()
}

/// The row of an address that several of them share stands once, under the first: `told` says whose that is.
fn rows<'p>(
    server: &ServerPlan,
    person: &PersonPlan<'p>,
    told: &mut BTreeMap<&'p ClientAddress, &'p str>,
) -> Vec<Vec<String>> {
    let now = server.snapshot.taken_at();
    let (each, rest) = match person.addresses.len() <= SHOWN + 1 {
        true => (&person.addresses[..], &[][..]),
        false => person.addresses.split_at(SHOWN),
    };
    let limit = server.snapshot.limits.mapi;
    let mut names = std::iter::once([
        plain(&person.holdings.account),
        of_limit(person.holdings.held, limit),
    ]);
    let mut row = |cells: [String; 7]| {
        let names = names.next().unwrap_or_default();
        names.into_iter().chain(cells).collect::<Vec<_>>()
    };
    let mut rows: Vec<_> = each
        .iter()
        .map(|&address| {
            let account = person.holdings.account.as_str();
            let first = *told.entry(&address.address).or_insert(account);
            if first != account {
                let mut cells = <[String; 7]>::default();
                cells[0] = shown(&address.address);
                cells[6] = format!("{FAINT}as for {}{FAINT:#}", plain(first));
                return row(cells);
            }
            row([
                shown(&address.address),
                address.sessions.count.to_string(),
                ago(now, address.oldest),
                ago(now, address.last_used),
                plain(&address.client),
                address.connections.len().to_string(),
                decided(address),
            ])
        })
        .collect();
    if !rest.is_empty() {
        let sum = |of: fn(&AddressPlan) -> usize| -> usize { rest.iter().map(|one| of(one)).sum() };
        let oldest = rest.iter().filter_map(|one| one.oldest).min();
        let last_used = rest.iter().filter_map(|one| one.last_used).max();
        rows.push(row([
            format!("{} more", rest.len()),
            sum(|one| one.sessions.count).to_string(),
            ago(now, oldest),
            ago(now, last_used),
            String::new(),
            sum(|one| one.connections.len()).to_string(),
            format!("{FAINT}{}{FAINT:#}", sums(rest.iter().copied()).join(", ")),
        ]));
    }
    rows
}

/// With how many of those who are asked about share it.
fn decided(address: &AddressPlan) -> String {
    let decision = decision(address);
    match address.holders.len() {
        0 | 1 => decision,
        several => format!("{decision} (for {several} of these people)"),
    }
}
