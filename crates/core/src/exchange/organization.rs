//! What several servers tell of one organisation, put together: which server tells of what, and who is to be asked yet.
//!
//! Every server can read all of it in Active Directory, but its cmdlets are of its own release: asked about a DAG of
//! another one they fail, or say what is not so. So a DAG is as one of its own members tells; what another release told
//! stays marked as that.

use super::{
    ClientAccessArray, Dag, Database, ExchangeServer, Gap, Generation, Version, server::Role,
};

/// What one server read in Active Directory. No other server had to be asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The server that was asked.
    pub by: ExchangeServer,
    /// All Exchange servers.
    pub servers: Vec<ExchangeServer>,
    /// All DAGs that it sees.
    pub dags: Vec<Dag>,
    /// All databases that it sees.
    pub databases: Vec<Database>,
    /// All client access arrays.
    pub arrays: Vec<ClientAccessArray>,
    /// Why something may be missing: of which cmdlet, and what.
    pub gaps: Vec<(&'static str, Gap)>,
}

/// How things stand now, as far as a server was asked for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its own DAG; where none of a DAG's members could be asked, that.
    pub dags: Vec<Dag>,
    /// Databases, with where they are mounted.
    pub databases: Vec<Database>,
    /// What could not be told.
    pub gaps: Vec<(&'static str, Gap)>,
}

/// What one server told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// By which name it was asked.
    pub server: String,
    /// What Active Directory says.
    pub directory: Directory,
    /// How things stand.
    pub standing: Standing,
}

/// What all servers told that were asked, in this order.
#[derive(Debug, Default)]
pub struct Organization {
    tellings: Vec<Telling>,
}

/// A DAG, as it is known.
#[derive(Debug)]
pub struct KnownDag<'a> {
    /// Its name and members.
    pub dag: &'a Dag,
    /// What Active Directory says of its members.
    pub members: Vec<ExchangeServer>,
    /// The databases of its members.
    pub databases: Vec<&'a Database>,
    /// Who told this.
    pub told: &'a Telling,
    /// Whether that is one of its members, or else of its release.
    pub is_of_its_release: bool,
    /// Whether it was asked how it stands, too.
    pub has_standing: bool,
}

impl Directory {
    /// The DAG of the server that was asked.
    pub fn own_dag(&self) -> Option<&Dag> {
        self.dag_of(&self.by)
    }

    /// The databases of a DAG's members.
    pub fn databases_of<'a>(&'a self, dag: &'a Dag) -> impl Iterator<Item = &'a Database> {
        let databases = self.databases.iter();
        databases.filter(|database| {
            database
                .copies_on
                .iter()
                .any(|server| dag.has_member(server))
        })
    }

    /// The databases of servers that are in none of the DAGs.
    pub fn databases_of_none(&self) -> impl Iterator<Item = &Database> {
        let databases = self.databases.iter();
        databases.filter(|database| !self.dags.iter().any(|dag| is_in(dag, database)))
    }

    fn dag_of(&self, server: &ExchangeServer) -> Option<&Dag> {
        self.dags.iter().find(|dag| dag.has_member(&server.name))
    }

    /// What it says of a server; its name alone where it says nothing.
    fn server(&self, name: &str) -> ExchangeServer {
        let mut servers = self.servers.iter();
        let described = servers.find(|server| server.is_called(name)).cloned();
        described.unwrap_or_else(|| ExchangeServer::only_named(name.to_owned()))
    }

    /// The release of a DAG's members, as far as it describes any.
    fn release_of(&self, dag: &Dag) -> Option<Version> {
        let mut members = dag.servers.iter();
        members.find_map(|name| self.server(name).version)
    }
}

fn is_in(dag: &Dag, database: &Database) -> bool {
    let mut copies = database.copies_on.iter();
    copies.any(|server| dag.has_member(server))
}

impl Organization {
    /// Takes up what a server told.
    pub fn learn(&mut self, telling: Telling) {
        self.tellings.push(telling);
    }

    /// Takes up what one of them told besides.
    pub fn learn_more(&mut self, server: &str, standing: Standing) {
        let mut tellings = self.tellings.iter_mut();
        if let Some(told) = tellings.find(|told| told.server == server) {
            let known = &mut told.standing;
            known.dags.extend(standing.dags);
            known.databases.extend(standing.databases);
            known.gaps.extend(standing.gaps);
        }
    }

    /// What was told, by whom.
    pub fn tellings(&self) -> &[Telling] {
        &self.tellings
    }

    /// Whether a server of this release has told.
    pub fn has_heard_of(&self, release: Version) -> bool {
        self.teller_of(release).is_some()
    }

    /// The DAGs of this name, or all, as the best of those who told of each did.
    pub fn dags(&self, name: Option<&str>) -> Vec<KnownDag<'_>> {
        let mut names: Vec<&str> = self.all_dags().map(|(_, dag)| dag.name.as_str()).collect();
        names.sort_by_key(|name| name.to_lowercase());
        names.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
        names.retain(|known| name.is_none_or(|name| name.eq_ignore_ascii_case(known)));
        names
            .into_iter()
            .filter_map(|name| self.dag(name))
            .collect()
    }

    /// The servers that are in no DAG.
    pub fn servers_of_none(&self) -> Vec<&ExchangeServer> {
        let mut servers: Vec<&ExchangeServer> = Vec::new();
        let is_in_one = |server: &ExchangeServer| {
            let mut dags = self.all_dags();
            dags.any(|(_, dag)| dag.has_member(&server.name))
        };
        for server in self
            .tellings
            .iter()
            .flat_map(|told| &told.directory.servers)
        {
            let is_new = servers.iter().all(|known| !known.is_called(&server.name));
            if is_new && !is_in_one(server) {
                servers.push(server);
            }
        }
        servers.sort_by_key(|server| server.name.to_lowercase());
        servers
    }

    /// The databases of the servers that are in no DAG, each as a server of its own release told.
    pub fn databases_of_none(&self) -> Vec<&Database> {
        let mut databases = Vec::new();
        for server in self.servers_of_none() {
            let teller = server.version.and_then(|version| self.teller_of(version));
            let of_it =
                |database: &&Database| database.copies_on.iter().any(|on| server.is_called(on));
            let told = teller
                .into_iter()
                .flat_map(|told| told.directory.databases.iter());
            let told = told.filter(of_it);
            databases.extend(told.filter_map(|database| Some(teller?.as_it_stands(database))));
        }
        databases
    }

    /// The client access arrays, each once.
    pub fn arrays(&self) -> Vec<&ClientAccessArray> {
        let told = self.tellings.iter().flat_map(|told| &told.directory.arrays);
        let mut arrays: Vec<_> = told.collect();
        arrays.sort_by_key(|array| array.name.to_lowercase());
        arrays.dedup_by(|one, other| one.name.eq_ignore_ascii_case(&other.name));
        arrays
    }

    /// Mailbox servers in no DAG that anybody told of, of a release of which nobody was asked: they may be in one that only
    /// a server of their release sees, and their databases are not known.
    pub fn unheard(&self) -> Vec<&ExchangeServer> {
        let mut servers = self.servers_of_none();
        servers.retain(|server| {
            let holds_databases = server.has_role(Role::Mailbox) != Some(false);
            let release = server
                .version
                .filter(|version| version.generation() != Generation::Older);
            holds_databases && release.is_some_and(|release| !self.has_heard_of(release))
        });
        servers
    }

    /// Who is to be asked next, one for each DAG that none of its members has told of, and one for each release that is
    /// unheard of, if it `is_named`. Who `is_out_of_question` is not.
    pub fn to_ask(
        &self,
        dag: Option<&str>,
        is_named: impl Fn(&ExchangeServer) -> bool,
        is_out_of_question: impl Fn(&ExchangeServer) -> bool,
    ) -> Vec<ExchangeServer> {
        let mut next: Vec<ExchangeServer> = Vec::new();
        for known in self.dags(dag) {
            if !known.is_told_by_a_member() {
                let mut members = known.members.into_iter();
                let holds_databases =
                    |member: &ExchangeServer| member.has_role(Role::Mailbox) == Some(true);
                next.extend(
                    members.find(|member| holds_databases(member) && !is_out_of_question(member)),
                );
            }
        }
        // who asks about one DAG that is known asks about no other
        let of_interest = match dag {
            Some(name) if self.dag(name).is_some() => Vec::new(),
            _ => self.unheard(),
        };
        for server in of_interest {
            let is_of_its_release =
                |other: &ExchangeServer| is_same_release(other.version, server.version);
            if is_named(server)
                && !is_out_of_question(server)
                && !next.iter().any(is_of_its_release)
            {
                next.push(server.clone());
            }
        }
        next
    }

    fn all_dags(&self) -> impl Iterator<Item = (&Telling, &Dag)> {
        let tellings = self.tellings.iter();
        tellings.flat_map(|told| told.directory.dags.iter().map(move |dag| (told, dag)))
    }

    fn teller_of(&self, release: Version) -> Option<&Telling> {
        let mut tellings = self.tellings.iter();
        tellings.find(|told| is_same_release(told.directory.by.version, Some(release)))
    }

    fn dag(&self, name: &str) -> Option<KnownDag<'_>> {
        let named = self.all_dags();
        let named = named.filter(|(_, dag)| dag.name.eq_ignore_ascii_case(name));
        // of those who know it equally well, the first
        let mut best: Option<((u8, bool), &Telling, &Dag)> = None;
        for (told, dag) in named {
            let by = &told.directory.by;
            let rank = match (dag.has_member(&by.name), told.directory.release_of(dag)) {
                (true, _) => 2,
                (false, release) if is_same_release(release, by.version) => 1,
                (false, _) => 0,
            };
            let rank = (rank, !dag.servers.is_empty());
            if best.is_none_or(|(best, ..)| rank > best) {
                best = Some((rank, told, dag));
            }
        }
        let (rank, told, dag) = best?;
        let databases = told.directory.databases_of(dag);
        let mut databases: Vec<_> = databases
            .map(|database| told.as_it_stands(database))
            .collect();
        databases.sort_by_key(|database| database.name.to_lowercase());
        let mut standing = told.standing.dags.iter();
        let standing = standing.find(|standing| standing.name.eq_ignore_ascii_case(name));
        Some(KnownDag {
            dag: standing.unwrap_or(dag),
            members: dag
                .servers
                .iter()
                .map(|name| told.directory.server(name))
                .collect(),
            databases,
            told,
            // one without members has no release: it is believed where every release was asked
            is_of_its_release: match rank {
                (_, true) => rank.0 > 0,
                (_, false) => self.unheard().is_empty(),
            },
            has_standing: standing.is_some(),
        })
    }
}

impl KnownDag<'_> {
    /// Whether it is known how it stands; without members there is nothing to know.
    pub fn is_told_whole(&self) -> bool {
        self.has_standing || self.dag.servers.is_empty()
    }

    /// Whether it was a member that told.
    pub fn is_told_by_a_member(&self) -> bool {
        self.dag.has_member(&self.told.directory.by.name)
    }
}

impl Telling {
    /// The database with where it is mounted, if that was told.
    fn as_it_stands<'a>(&'a self, database: &'a Database) -> &'a Database {
        let mut standing = self.standing.databases.iter();
        let same = standing.find(|standing| standing.identity == database.identity);
        same.unwrap_or(database)
    }
}

fn is_same_release(one: Option<Version>, other: Option<Version>) -> bool {
    one.zip(other)
        .is_some_and(|(one, other)| one.is_same_release(other))
}

#[cfg(test)]
mod tests;
