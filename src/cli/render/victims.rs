//! `mapisweep victims`: whom limits kept out, newest first, and what they hold now.

mod cure;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Problem, View,
    report::{KeptOut, Run},
    server::{ago, counted, of_limit, shortfalls},
    table::{Column, Page, lay_out, paragraph},
};
use crate::{
    cli::{
        advice::with_causes,
        names::Names,
        style::{CAREFUL, FAINT},
        text::{age, list, plain},
    },
    servers::{Now, Person, Told},
};
use cure::Cure;
use mapisweep_core::{
    exchange::{
        SessionLimit,
        event::{Limit, Victim},
    },
    plan::UserHoldings,
};

/// The victims of some servers.
pub struct Victims<'a> {
    told: &'a [Told],
    /// How far back was read.
    since: Option<Duration>,
    /// Newest first.
    rows: Vec<Row<'a>>,
    /// What the servers are called.
    names: Names,
}

struct Row<'a> {
    told: &'a Told,
    victim: &'a Victim,
    person: &'a Person,
    /// As any of the servers writes it, or by name alone.
    account: Option<String>,
    /// What they hold now, where that was seen.
    holds: Option<UserHoldings>,
    /// No server that was asked has a session of theirs that a connection could keep alive.
    hold_none: bool,
}

/// One person at one limit of one server, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    pub(super) server: String,
    /// `CORP\jsmith`, or the account's name; `null` where the DN is not one person's.
    pub(super) account: Option<String>,
    pub(super) dn: String,
    /// `known`, `several`, `nobody` or `not_asked`.
    pub(super) person: &'static str,
    /// `sessions`, `service_sessions`, `sessions_or_service_sessions`, or the store's own word: `objtFolder`.
    pub(super) limit: String,
    pub(super) allowed: u64,
    /// The kind of client, where the events tell.
    pub(super) client: Option<String>,
    pub(super) times: usize,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// What they hold there now, of MAPI clients; `null` where that is not known.
    pub(super) sessions: Option<usize>,
    /// And of Exchange's own services.
    pub(super) service_sessions: Option<usize>,
    /// What was counted: `sessions` or `logons`.
    pub(super) counted: Option<&'static str>,
    pub(super) helped_by_closing: bool,
    pub(super) advice: String,
}

/// A server, in the data formats.
#[derive(Debug, Serialize)]
pub struct Server {
    server: String,
    name: String,
    version: Option<String>,
    limit: Option<u64>,
    limit_assumed: bool,
    service_limit: Option<u64>,
    service_limit_assumed: bool,
    taken_at: Timestamp,
    /// When its event log begins.
    log_begins: Option<Timestamp>,
    /// Why there may be more victims, for people.
    gaps: Vec<String>,
}

impl<'a> Victims<'a> {
    /// Those that the servers told of.
    pub fn new(told: &'a [Told]) -> Self {
        let all = told;
        let rows = told.iter().flat_map(|told| {
            let victims = told.victims.iter();
            victims.map(move |(victim, person)| {
                let account = account(told, person, all);
                let holds = holdings(told, person, account.as_deref());
                Row {
                    told,
                    victim,
                    person,
                    hold_none: holds.is_some() && hold_none(all, person),
                    holds,
                    account,
                }
            })
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.victim.last));
        Self {
            told,
            since: None,
            rows,
            names: Names::default(),
        }
    }

    /// With what the servers are called.
    pub fn called(self, names: Names) -> Self {
        Self { names, ..self }
    }

    /// Who were kept out within this time.
    pub fn within(self, since: Duration) -> Self {
        let since = Some(since);
        Self { since, ..self }
    }

    /// That there is nobody, and where to look for those who will be next.
    fn nobody(&self) -> String {
        let since = self.since.map(|since| format!(" within {}", age(since)));
        let next = self
            .told
            .iter()
            .any(Told::can_be_closed)
            .then_some("; who is at the limit now is told by `mapisweep logons --at-limit`");
        format!(
            "nobody was kept out{}{}",
            since.unwrap_or_default(),
            next.unwrap_or_default()
        )
    }

    /// Whom closing stale connections may help, each once, by names that Exchange knows.
    pub fn helped_by_closing(&self) -> Vec<String> {
        let helped = self.rows.iter().filter(|row| row.is_helped_by_closing());
        let mut names: Vec<_> = helped
            .filter_map(|row| match row.person {
                Person::Known(mailbox) => {
                    let dn = mailbox.legacy_exchange_dn.clone();
                    Some(dn.unwrap_or_else(|| mailbox.account_name.clone()))
                }
                _ => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The servers on which that can be done.
    pub fn servers_to_close_on(&self) -> Vec<&str> {
        let told = self.told.iter().filter(|told| told.can_be_closed());
        told.map(|told| told.server.as_str()).collect()
    }
}

/// The name of a person whose DN it is: as this server writes it, or else any other, and without a logon the name alone.
fn account(told: &Told, person: &Person, all: &[Told]) -> Option<String> {
    let Person::Known(mailbox) = person else {
        return None;
    };
    let logons = std::iter::once(told)
        .chain(all)
        .flat_map(|told| match &told.now {
            Now::Seen(snapshot) => &snapshot.logons[..],
            Now::NotNeeded | Now::NotTold | Now::Failed => &[],
        });
    let mut made = logons.filter(|logon| mailbox.made(logon));
    let account = made.find_map(|logon| logon.account.clone());
    Some(account.unwrap_or_else(|| mailbox.account_name.clone()))
}

fn holdings(told: &Told, person: &Person, account: Option<&str>) -> Option<UserHoldings> {
    let (Now::Seen(snapshot), Person::Known(mailbox)) = (&told.now, person) else {
        return None;
    };
    let holds = UserHoldings::of(mailbox, account?.to_owned(), &snapshot.logons);
    Some(holds.counted_by(snapshot))
}

/// Whether all that was read of this person's sessions is whole, and there are none that a connection could keep alive.
fn hold_none(all: &[Told], person: &Person) -> bool {
    let mut closable = all.iter().filter(|told| told.can_be_closed());
    closable.all(|told| match (&told.now, person) {
        // nobody was kept out there
        (Now::NotNeeded, _) => true,
        (Now::Seen(snapshot), Person::Known(mailbox)) => {
            let holds = UserHoldings::of(mailbox, String::new(), &snapshot.logons);
            snapshot.gaps.is_empty() && holds.held.count == 0
        }
        _ => false,
    })
}

impl View for Victims<'_> {
    const KIND: &'static str = "victims";
    const EVENT: &'static str = "victim";
    type Record = Record;
    type Server = Server;

    fn table(&self, page: Page) -> String {
        let gaps = self.told.iter().map(|told| gap_lines(told, &self.names));
        let gaps: String = gaps.collect();
        if self.rows.is_empty() {
            let nobody = paragraph(page, &self.nobody());
            return format!("{gaps}{FAINT}{}{FAINT:#}\n", nobody.trim_end());
        }
        let columns = [
            Column::left("LAST"),
            Column::left("SERVER").at_least(8),
            Column::left("WHO").name().at_least(18),
            Column::left("LIMIT REACHED").at_least(19),
            Column::right("TIMES").detail(),
            Column::left("HOLDS NOW").labelled(),
        ];
        let rows = self.rows.iter().map(|row| row.cells(&self.names));
        let rows = lay_out(page, &columns, rows);
        format!("{gaps}{rows}\n{}", cure::paragraphs(self.cures()))
    }

    /// What could not be asked is told as an error by itself.
    fn shortfalls(&self) -> Vec<Problem> {
        let events = self.told.iter().flat_map(|told| {
            let missing = told.missing.iter();
            missing.map(|missing| {
                let what = format!("events may be missing: {missing}");
                Problem::gap(&told.server, what)
            })
        });
        let seen = self.told.iter().filter_map(|told| match &told.now {
            Now::Seen(snapshot) => Some(&**snapshot),
            Now::NotNeeded | Now::NotTold | Now::Failed => None,
        });
        events.chain(shortfalls(seen)).collect()
    }

    fn records(&self) -> Vec<Record> {
        self.rows.iter().map(Row::record).collect()
    }

    fn report(&self, run: &mut Run) {
        let told = self.told.iter();
        let gaps = told.clone().flat_map(|told| {
            let gaps = gaps(told).into_iter();
            gaps.map(|gap| format!("{}: {gap}", told.server))
        });
        let short = self
            .since
            .map(|since| short_logs(self.told, since, &self.names));
        run.victims = Some(KeptOut {
            records: self.records(),
            since: self.since,
            servers: told.map(|told| told.server.clone()).collect(),
            gaps: gaps.chain(short.into_iter().flatten()).collect(),
        });
    }

    fn servers(&self) -> Vec<Server> {
        self.told.iter().map(server).collect()
    }
}

impl Victims<'_> {
    fn cures(&self) -> impl Iterator<Item = cure::Needed> {
        self.rows.iter().map(|row| cure::Needed {
            cure: row.cure(),
            limit: row.reached(),
            who: row.who(),
            is_named: matches!(row.person, Person::Known(_)),
        })
    }
}

impl Row<'_> {
    fn cells(&self, names: &Names) -> Vec<String> {
        vec![
            ago(self.told.clock.now, self.victim.last),
            names.shown(&self.told.server),
            self.who(),
            self.reached(),
            self.victim.times.to_string(),
            self.holds_now(),
        ]
    }

    fn who(&self) -> String {
        let dn = plain(&self.victim.dn);
        match self.person {
            Person::Known(mailbox) => plain(self.account.as_ref().unwrap_or(&mailbox.account_name)),
            Person::Several(people) => {
                let people = people.iter().map(|mailbox| plain(&mailbox.account_name));
                format!("{dn} (several: {})", list(people))
            }
            Person::Nobody => format!("{dn} (no mailbox is known by it)"),
            Person::NotAsked => dn,
        }
    }

    /// `32 sessions`
    fn reached(&self) -> String {
        let Victim {
            allowed, client, ..
        } = self.victim;
        let of = match client {
            Some(client) => format!(" ({})", plain(client)),
            None => String::new(),
        };
        format!("{allowed} {}{of}", plain(limit(&self.victim.limit)))
    }

    fn holds_now(&self) -> String {
        let Some(holds) = &self.holds else {
            let words = match (&self.told.now, self.person) {
                (Now::NotTold, _) => "not told by this Exchange",
                (Now::Failed, _) | (_, Person::NotAsked) => "not known",
                _ => "-",
            };
            return words.to_owned();
        };
        let (held, limit) = match self.victim.limit {
            Limit::ServiceSessions => (holds.services, self.told.limits.services),
            _ => (holds.held, self.told.limits.mapi),
        };
        let text = of_limit(held, limit);
        match limit.is_reached_by(held.count) && !matches!(self.victim.limit, Limit::Objects(_)) {
            true => format!("{CAREFUL}{text}{CAREFUL:#}"),
            false => text,
        }
    }

    fn cure(&self) -> Cure {
        match Cure::of(&self.victim.limit, self.told.version) {
            Cure::Closing if self.hold_none => Cure::NoneHeld,
            Cure::Closing if self.are_below() => Cure::ClosingBelow,
            cure => cure,
        }
    }

    /// Whether what they hold is known to be fewer than the limit that kept them out.
    fn are_below(&self) -> bool {
        let is_whole = match &self.told.now {
            Now::Seen(snapshot) => snapshot.gaps.is_empty(),
            Now::NotNeeded | Now::NotTold | Now::Failed => false,
        };
        let held = self.holds.as_ref().map(|holds| holds.held.count as u64);
        let limit = self.told.limits.mapi.number();
        is_whole && held.zip(limit).is_some_and(|(held, limit)| held < limit)
    }

    fn is_helped_by_closing(&self) -> bool {
        let is_of_clients = match self.victim.limit {
            Limit::Sessions => true,
            // then it is for what they hold to tell
            Limit::EitherSessions => self
                .holds
                .as_ref()
                .is_some_and(|holds| holds.held.count as u64 >= self.victim.allowed),
            Limit::ServiceSessions | Limit::Objects(_) => false,
        };
        is_of_clients
            && self.told.can_be_closed()
            && matches!(self.person, Person::Known(_))
            && !self.hold_none
    }

    fn record(&self) -> Record {
        Record {
            server: self.told.server.clone(),
            account: self.account.clone(),
            dn: self.victim.dn.clone(),
            person: match self.person {
                Person::Known(_) => "known",
                Person::Several(_) => "several",
                Person::Nobody => "nobody",
                Person::NotAsked => "not_asked",
            },
            limit: word(&self.victim.limit).to_owned(),
            allowed: self.victim.allowed,
            client: self.victim.client.clone(),
            times: self.victim.times,
            first: self.victim.first,
            last: self.victim.last,
            sessions: self.holds.as_ref().map(|holds| holds.held.count),
            service_sessions: self.holds.as_ref().map(|holds| holds.services.count),
            counted: self.holds.as_ref().map(|holds| counted(holds.held)),
            helped_by_closing: self.is_helped_by_closing(),
            advice: self.cure().to_string(),
        }
    }
}

fn word(limit: &Limit) -> &str {
    match limit {
        Limit::Sessions => "sessions",
        Limit::ServiceSessions => "service_sessions",
        Limit::EitherSessions => "sessions_or_service_sessions",
        Limit::Objects(object) => object,
    }
}

fn limit(limit: &Limit) -> &str {
    match limit {
        Limit::Sessions => "sessions",
        Limit::ServiceSessions => "service sessions",
        Limit::EitherSessions => "sessions or service sessions",
        Limit::Objects(object) => object,
    }
}

/// Why there may be more victims on a server than are shown, or more that they hold.
fn gaps(told: &Told) -> Vec<String> {
    let events = told.missing.iter();
    let events = events.map(|missing| format!("events may be missing: {missing}"));
    let logons = match &told.now {
        Now::Seen(snapshot) => &snapshot.gaps[..],
        Now::NotNeeded | Now::NotTold | Now::Failed => &[],
    };
    let logons = logons.iter();
    let logons = logons.map(|gap| format!("logons may be missing: {gap}"));
    let own = told.own_endpoint_failed().into_iter();
    let own = own.map(|why| format!("what they hold is not known: {}", with_causes(why)));
    events.chain(logons).chain(own).collect()
}

fn gap_lines(told: &Told, names: &Names) -> String {
    let server = names.shown(&told.server);
    let line = |gap: String| format!("{CAREFUL}{server}: {}{CAREFUL:#}\n", plain(&gap));
    gaps(told).into_iter().map(line).collect()
}

fn server(told: &Told) -> Server {
    let assumed = SessionLimit::is_assumed;
    let limits = told.limits;
    Server {
        server: told.server.clone(),
        name: told.display_name.clone(),
        version: told.version.map(|version| version.to_string()),
        limit: limits.mapi.number(),
        limit_assumed: assumed(limits.mapi),
        service_limit: limits.services.number(),
        service_limit_assumed: assumed(limits.services),
        taken_at: told.clock.now,
        log_begins: told.log_begins,
        gaps: gaps(told),
    }
}

/// What is said of logs that do not go back as far as was asked: who was kept out before that, nobody knows any more.
pub fn short_logs(told: &[Told], since: Duration, names: &Names) -> Vec<String> {
    let short = told.iter().filter_map(|told| {
        let begins = told.log_begins?;
        let age = Duration::try_from(told.clock.now.duration_since(begins)).ok()?;
        (age < since).then(|| {
            let age = ago(told.clock.now, Some(begins));
            format!(
                "{}: its event log goes back {age} only.",
                names.shown(&told.server)
            )
        })
    });
    short.collect()
}

#[cfg(test)]
pub(super) mod tests;
