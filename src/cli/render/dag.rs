//! `mapisweep dag`: the members of DAGs, what is mounted where, and the servers that are in none.

use serde::Serialize;

use super::{
    View,
    table::{Column, lay_out},
};
use crate::cli::{
    style::{CAREFUL, FAINT, HEAD},
    text::{count, plain},
};
use mapisweep_core::exchange::{
    ClientAccessArray, Database, ExchangeServer, KnownDag, Organization, Telling,
};

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

/// A DAG, a server, a database or a client access array, in the data formats. Names in a list have a comma and a blank
/// between them.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    /// `dag`, `server`, `database` or `array`.
    kind: &'static str,
    /// The DAG that it belongs to.
    dag: Option<String>,
    name: String,
    version: Option<String>,
    roles: Option<String>,
    /// Whether a member takes part now.
    operational: Option<bool>,
    primary_active_manager: Option<String>,
    mounted: Option<bool>,
    mounted_on: Option<String>,
    /// The members of a DAG or array; the servers that have a copy of a database.
    servers: Option<String>,
    /// The name that clients of an array or of a database connect to.
    client_access: Option<String>,
    site: Option<String>,
    /// The server that told of the DAG and of what belongs to it.
    told_by: Option<String>,
    /// It runs another version than the DAG's members, and may tell of it wrongly.
    told_by_other_version: Option<bool>,
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
        let has_told_all = |telling: &Telling| gaps(telling).next().is_none();
        let is_known = |database: &&Database| database.mounted.is_some();
        let is_told = |known: &KnownDag| {
            known.is_of_its_release && known.is_told_whole() && known.databases.iter().all(is_known)
        };
        self.tellings.iter().all(has_told_all)
            && self.unheard.is_empty()
            && self.dags.iter().all(is_told)
            && self.others_databases.iter().all(is_known)
    }
}

fn gaps(telling: &Telling) -> impl Iterator<Item = String> {
    let gaps = telling.directory.gaps.iter().chain(&telling.standing.gaps);
    gaps.map(|(cmdlet, gap)| format!("{cmdlet}: {gap}"))
}

impl View for Dags<'_> {
    const KIND: &'static str = "dag";
    type Record = Record;
    type Server = Server;

    fn table(&self) -> String {
        let dags = self.dags.iter().map(dag);
        let mut parts: Vec<_> = dags.collect();
        if !self.arrays.is_empty() {
            parts.push(titled("Client access arrays") + &arrays(&self.arrays));
        }
        if !self.others.is_empty() {
            let servers = servers(&self.others, |_| None);
            let mut part = titled("Servers in no DAG") + &servers;
            if !self.others_databases.is_empty() {
                part.push_str(&format!("\n{}", databases(&self.others_databases)));
            }
            parts.push(part);
        }
        let missing: Vec<_> = self
            .missing()
            .map(|line| format!("{CAREFUL}{line}{CAREFUL:#}\n"))
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
            let members = known.members.iter().map(|member| Record {
                operational: is_operational(known, member),
                ..Record::of_server(member)
            });
            records.extend(members.map(|record| record.told_with(known)));
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
        self.tellings.iter().map(server).collect()
    }
}

impl Dags<'_> {
    /// What is not known, and why.
    fn missing(&self) -> impl Iterator<Item = String> {
        let told = self.tellings.iter().flat_map(|telling| {
            let by = plain(telling.directory.by.display_name());
            gaps(telling).map(move |gap| format!("{by}: {}", plain(&gap)))
        });
        let mut releases: Vec<(&ExchangeServer, usize)> = Vec::new();
        for server in &self.unheard {
            match releases
                .iter_mut()
                .find(|(one, _)| one.version == server.version)
            {
                Some((_, number)) => *number += 1,
                None => releases.push((server, 1)),
            }
        }
        let unheard = releases.into_iter().map(|(server, number)| {
            format!(
                "no {} was asked, so the databases of {} are not known, nor their DAGs: name one with --server, such as {}",
                version(server).unwrap_or_default(),
                count(number, "server"),
                plain(server.display_name()),
            )
        });
        told.chain(unheard)
    }
}

impl Record {
    fn of_dag(known: &KnownDag) -> Self {
        let record = Self {
            kind: "dag",
            name: known.dag.name.clone(),
            primary_active_manager: known.dag.primary_active_manager.clone(),
            servers: Some(known.dag.servers.join(", ")),
            ..Self::default()
        };
        record.told_with(known)
    }

    /// As a part of a DAG, and told by the same server.
    fn told_with(self, known: &KnownDag) -> Self {
        let by = &known.told.directory.by;
        Self {
            dag: Some(known.dag.name.clone()),
            told_by: Some(by.display_name().to_owned()),
            told_by_other_version: Some(!known.is_of_its_release),
            ..self
        }
    }

    fn of_server(server: &ExchangeServer) -> Self {
        Self {
            kind: "server",
            name: server.display_name().to_owned(),
            version: version(server),
            roles: server.roles.clone(),
            ..Self::default()
        }
    }

    fn of_database(database: &Database) -> Self {
        Self {
            kind: "database",
            name: database.name.clone(),
            mounted: database.mounted,
            mounted_on: database.mounted_on.clone(),
            servers: Some(database.copies_on.join(", ")),
            client_access: database.client_access.clone(),
            ..Self::default()
        }
    }

    fn of_array(array: &ClientAccessArray) -> Self {
        Self {
            kind: "array",
            name: array.name.clone(),
            servers: Some(array.members.join(", ")),
            client_access: array.fqdn.clone(),
            site: array.site.clone(),
            ..Self::default()
        }
    }
}

fn version(server: &ExchangeServer) -> Option<String> {
    server.version.map(|version| version.to_string())
}

fn titled(title: &str) -> String {
    format!("{HEAD}{title}{HEAD:#}\n\n")
}

/// `DAG1 · as ex01.corp.example tells`, its members and its databases.
fn dag(known: &KnownDag) -> String {
    let by = &known.told.directory.by;
    let teller = plain(by.display_name());
    let name = plain(&known.dag.name);
    let mut text = format!("{HEAD}{name}{HEAD:#} · as {teller} tells\n");
    if !known.is_of_its_release {
        let runs = version(by).unwrap_or_else(|| "a version that is not known".to_owned());
        text.push_str(&format!(
            "{CAREFUL}{teller} runs {runs}, which may tell of another version's DAG wrongly; it was not asked what is \
             mounted{CAREFUL:#}\n"
        ));
    }
    let members: Vec<_> = known.members.iter().collect();
    let nothing = |what| format!("{FAINT}  no {what}{FAINT:#}\n");
    text.push('\n');
    text.push_str(&match members.is_empty() {
        true => nothing("members"),
        false => servers(&members, |member| Some(state(known, member))),
    });
    text.push('\n');
    text.push_str(&match known.databases.is_empty() {
        true => nothing("databases"),
        false => databases(&known.databases),
    });
    text
}

fn servers(
    servers: &[&ExchangeServer],
    state: impl Fn(&ExchangeServer) -> Option<String>,
) -> String {
    let mut columns = vec![
        Column::Left("SERVER"),
        Column::Left("VERSION"),
        Column::Left("ROLES"),
    ];
    let rows: Vec<_> = servers
        .iter()
        .map(|server| {
            let known = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let mut row = vec![
                plain(server.display_name()),
                known(version(server)),
                known(server.roles.as_deref().map(plain)),
            ];
            row.extend(state(server));
            row
        })
        .collect();
    if rows.iter().any(|row| row.len() > columns.len()) {
        columns.push(Column::Left("STATE"));
    }
    lay_out(&columns, rows)
}

fn is_operational(known: &KnownDag, member: &ExchangeServer) -> Option<bool> {
    let operational = known.dag.operational.as_ref()?;
    Some(operational.iter().any(|name| member.is_called(name)))
}

fn state(known: &KnownDag, member: &ExchangeServer) -> String {
    let manager = known.dag.primary_active_manager.as_ref();
    let is_manager = manager.is_some_and(|name| member.is_called(name));
    match is_operational(known, member) {
        Some(true) if is_manager => "operational, primary active manager".to_owned(),
        Some(true) => "operational".to_owned(),
        Some(false) => format!("{CAREFUL}not operational{CAREFUL:#}"),
        None => "-".to_owned(),
    }
}

fn databases(databases: &[&Database]) -> String {
    let columns = [
        Column::Left("DATABASE"),
        Column::Left("COPIES ON"),
        Column::Left("CLIENTS COME BY"),
        Column::Left("MOUNTED ON"),
    ];
    let rows = databases.iter().map(|database| {
        let client_access = database.client_access.as_deref();
        vec![
            plain(&database.name),
            plain(&database.copies_on.join(", ")),
            client_access.map_or_else(|| "-".to_owned(), plain),
            mounted(database),
        ]
    });
    lay_out(&columns, rows)
}

fn mounted(database: &Database) -> String {
    let full = database.mounted_on.as_deref();
    // as the copies are called
    let label = full.map(|full| full.split('.').next().unwrap_or(full));
    let copies = || database.copies_on.iter();
    let same = label.and_then(|label| copies().find(|copy| copy.eq_ignore_ascii_case(label)));
    let on = same
        .map(String::as_str)
        .or(label)
        .or(match &database.copies_on[..] {
            [only] => Some(only.as_str()),
            _ => None,
        });
    let on = on.map(plain);
    match (database.mounted, on) {
        (Some(true), Some(on)) => on,
        (Some(true), None) => "mounted".to_owned(),
        (Some(false), _) => format!("{CAREFUL}dismounted{CAREFUL:#}"),
        (None, Some(on)) if full.is_some() => {
            format!("{CAREFUL}not known, last on {on}{CAREFUL:#}")
        }
        (None, _) => format!("{CAREFUL}not known{CAREFUL:#}"),
    }
}

fn arrays(arrays: &[&ClientAccessArray]) -> String {
    let columns = [
        Column::Left("ARRAY"),
        Column::Left("CLIENTS CONNECT TO"),
        Column::Left("SITE"),
        Column::Left("MEMBERS"),
    ];
    let rows = arrays.iter().map(|array| {
        let known = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), plain);
        vec![
            plain(&array.name),
            known(array.fqdn.as_deref()),
            known(array.site.as_deref()),
            plain(&array.members.join(", ")),
        ]
    });
    lay_out(&columns, rows)
}
