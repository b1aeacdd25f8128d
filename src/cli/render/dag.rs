//! `mapisweep dag`: the members of DAGs, what is mounted where, and the servers that are in none.

use serde::Serialize;

use super::{Page, Problem, View};
use crate::cli::{
    advice::Advice,
    style::CAREFUL,
    text::{count, list, plain},
};
use mapisweep_core::exchange::{
    ClientAccessArray, Database, ExchangeServer, KnownDag, Organization, Telling, Version,
};
use record::Record;
use table::{arrays, dag, databases, servers, titled};

mod record;
mod table;

/// What is known of one DAG, or of all and of the servers that are in none.
pub struct Dags<'a> {
    tellings: &'a [Telling],
    dags: Vec<KnownDag<'a>>,
    /// Servers that are in no DAG, and what they hold.
    others: Vec<&'a ExchangeServer>,
    others_databases: Vec<&'a Database>,
    arrays: Vec<&'a ClientAccessArray>,
    /// Servers of a release of which nobody was asked.
    unheard: Vec<&'a ExchangeServer>,
}

/// A server that was asked, in the data formats.
#[derive(Debug, Serialize)]
pub struct Server {
    /// The name the admin or a DAG gave.
    server: String,
    /// The full DNS name where known.
    name: String,
    version: Option<String>,
    /// Why something may be missing, for people; empty where it told all.
    gaps: Vec<String>,
}

impl<'a> Dags<'a> {
    /// The DAG of this name with what belongs to it; without, everything.
    pub fn new(organization: &'a Organization, name: Option<&str>) -> Self {
        let all = Self {
            tellings: organization.tellings(),
            dags: organization.dags(name),
            others: organization.servers_of_none(),
            others_databases: organization.databases_of_none(),
            arrays: organization.arrays(),
            unheard: organization.unheard(),
        };
        match name {
            Some(_) if all.has_any() => all.of_these_dags(),
            _ => all,
        }
    }

    /// Without what has nothing to do with its DAGs: what stays are their databases' ways in.
    fn of_these_dags(mut self) -> Self {
        let databases = self.dags.iter().flat_map(|known| &known.databases);
        let ways_in: Vec<&str> = databases
            .filter_map(|database| database.client_access.as_deref())
            .collect();
        let leads_to = |name: &str| {
            ways_in
                .iter()
                .any(|way_in| way_in.eq_ignore_ascii_case(name))
        };
        let members = |name: &String| self.dags.iter().any(|known| known.dag.has_member(name));
        self.arrays.retain(|array| {
            array.fqdn.as_deref().is_some_and(leads_to) || array.members.iter().any(members)
        });
        let is_in_array = |server: &ExchangeServer| {
            let mut members = self.arrays.iter().flat_map(|array| &array.members);
            members.any(|member| server.is_called(member))
        };
        let is_way_in =
            |server: &ExchangeServer| ways_in.iter().any(|way_in| server.is_called(way_in));
        self.others
            .retain(|server| is_in_array(server) || is_way_in(server));
        self.others_databases.clear();
        self.unheard.clear();
        self
    }

    /// Whether there is any DAG.
    pub fn has_any(&self) -> bool {
        !self.dags.is_empty()
    }

    /// Servers that may be in DAGs that nobody told of.
    pub fn unheard(&self) -> &[&'a ExchangeServer] {
        &self.unheard
    }

    /// Whether there can be no DAG that nobody told of.
    pub fn are_all(&self) -> bool {
        let has_told_all = |telling: &Telling| telling.directory.gaps.is_empty();
        self.tellings.iter().all(has_told_all) && self.unheard.is_empty()
    }

    /// Whether nothing is missing, and all of it was told by servers of the right version.
    pub fn is_whole(&self) -> bool {
        self.shortfalls().is_empty()
    }

    /// What is wrong with what is known of a DAG.
    fn doubts(known: &KnownDag) -> Option<Problem> {
        let what = match (known.is_of_its_release, known.is_told_whole()) {
            (false, _) => of_another_version(known),
            (true, false) => "how it stands was not told".to_owned(),
            (true, true) => return None,
        };
        let what = format!("{}: {what}", known.dag.name);
        Some(Problem::gap(&known.told.server, what))
    }

    /// Databases of which it is not known whether they are mounted.
    fn not_seen_mounted(&self) -> Option<Problem> {
        let of_dags = self.dags.iter().flat_map(|known| &known.databases);
        let databases = of_dags.chain(&self.others_databases).copied();
        let unknown = databases.filter(|database| database.mounted.is_none());
        let unknown: Vec<_> = unknown.map(|database| database.name.as_str()).collect();
        let first = self.tellings.first().filter(|_| !unknown.is_empty())?;
        let what = format!(
            "it is not known whether these are mounted: {}",
            list(unknown)
        );
        Some(Problem::gap(&first.server, what))
    }
}

/// `ex09 runs Exchange 2016, which may tell of another version's DAG wrongly; …`
fn of_another_version(known: &KnownDag) -> String {
    let by = &known.told.directory.by;
    let runs = version(by).unwrap_or_else(|| "a version that is not known".to_owned());
    format!(
        "{} runs {runs}, which may tell of another version's DAG wrongly; it was not asked what is mounted",
        by.display_name()
    )
}

fn gaps(telling: &Telling) -> impl Iterator<Item = String> {
    let gaps = telling.directory.gaps.iter().chain(&telling.standing.gaps);
    gaps.map(|(cmdlet, gap)| format!("{cmdlet}: {gap}"))
}

impl View for Dags<'_> {
    const KIND: &'static str = "dag";
    const EVENT: &'static str = "dag";
    type Record = Record;
    type Server = Server;

    fn table(&self, page: Page) -> String {
        let dags = self.dags.iter().map(|known| dag(page, known));
        let mut parts: Vec<_> = dags.collect();
        if !self.arrays.is_empty() {
            parts.push(titled("Client access arrays") + &arrays(page, &self.arrays));
        }
        if !self.others.is_empty() {
            let servers = servers(page, &self.others, |_| None);
            let mut part = titled("Servers in no DAG") + &servers;
            if !self.others_databases.is_empty() {
                part.push_str(&format!("\n{}", databases(page, &self.others_databases)));
            }
            parts.push(part);
        }
        let missing: Vec<_> = self
            .missing()
            .map(|line| format!("{CAREFUL}{}{CAREFUL:#}\n", plain(&line)))
            .collect();
        if !missing.is_empty() {
            parts.push(missing.concat());
        }
        parts.join("\n")
    }

    fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for known in &self.dags {
            records.push(Record::of_dag(known));
            let members = known.members.iter();
            records.extend(members.map(|member| Record::of_member(known, member)));
            let databases = known.databases.iter();
            let databases = databases.map(|database| Record::of_database(database));
            records.extend(databases.map(|record| record.told_with(known)));
        }
        records.extend(self.arrays.iter().map(|array| Record::of_array(array)));
        records.extend(self.others.iter().map(|server| Record::of_server(server)));
        let databases = self.others_databases.iter();
        records.extend(databases.map(|database| Record::of_database(database)));
        records
    }

    fn servers(&self) -> Vec<Server> {
        let server = |telling: &Telling| Server {
            server: telling.server.clone(),
            name: telling.directory.by.display_name().to_owned(),
            version: version(&telling.directory.by),
            gaps: gaps(telling).collect(),
        };
        let mut servers: Vec<_> = self.tellings.iter().map(server).collect();
        // it told of them
        if let Some(first) = servers.first_mut() {
            first.gaps.extend(self.not_asked());
        }
        servers
    }

    fn shortfalls(&self) -> Vec<Problem> {
        let gaps = self
            .tellings
            .iter()
            .flat_map(|telling| gaps(telling).map(|gap| Problem::gap(&telling.server, gap)));
        let first = self.tellings.first().map(|telling| telling.server.as_str());
        let not_asked = self.not_asked();
        let not_asked = not_asked.map(|what| Problem::new(first, &Advice::new(what, "")));
        let doubts = self.dags.iter().filter_map(Self::doubts);
        let all = gaps.chain(not_asked).chain(doubts);
        all.chain(self.not_seen_mounted()).collect()
    }
}

impl Dags<'_> {
    /// What is not known, and why.
    fn missing(&self) -> impl Iterator<Item = String> {
        let told = self.tellings.iter().flat_map(|telling| {
            let by = telling.directory.by.display_name();
            gaps(telling).map(move |gap| format!("{by}: {gap}"))
        });
        told.chain(self.not_asked())
    }

    /// Releases of which nobody was asked.
    fn not_asked(&self) -> impl Iterator<Item = String> {
        let is_same = |one: Option<Version>, other: Option<Version>| {
            let both = one.zip(other);
            both.is_some_and(|(one, other)| one.is_same_release(other))
        };
        let mut releases: Vec<(&ExchangeServer, usize)> = Vec::new();
        for server in &self.unheard {
            let mut known = releases.iter_mut();
            match known.find(|(one, _)| is_same(one.version, server.version)) {
                Some((_, number)) => *number += 1,
                None => releases.push((server, 1)),
            }
        }
        releases.into_iter().map(|(server, number)| {
            format!(
                "nobody of the version of {} ({}) was asked, so the databases of {} are not known, nor the DAGs: name \
                 one with --server",
                server.display_name(),
                version(server).unwrap_or_default(),
                count(number, "server"),
            )
        })
    }
}

fn version(server: &ExchangeServer) -> Option<String> {
    server.version.map(|version| version.to_string())
}

fn is_operational(known: &KnownDag, member: &ExchangeServer) -> Option<bool> {
    let operational = known.dag.operational.as_ref()?;
    Some(operational.iter().any(|name| member.is_called(name)))
}
