//! What a run told, put into words: what came of it, on each server and for each client address.

use std::{collections::HashMap, net::IpAddr};

use super::{
    super::{Closed, Ending, KeptOut, Planned, Run, close, plan, when::Zone},
    Address, After, Person, Server,
};
use crate::cli::{
    afterwards::to_tell,
    exit::Exit,
    render::plan::people,
    text::{age, count, list, list_first},
};

/// So many servers are named in a line.
const NAMED: usize = 12;

/// What was told, and how times are written.
pub(super) struct Told<'a> {
    planned: &'a Planned,
    closed: Option<&'a Closed>,
    /// What became of the connections, by server and client address.
    fates: HashMap<(&'a str, IpAddr), Vec<&'a close::Record>>,
    acts: bool,
    zone: &'a Zone<'a>,
}

impl<'a> Told<'a> {
    /// By this run, about this plan.
    pub fn new(planned: &'a Planned, run: &'a Run, zone: &'a Zone<'a>) -> Self {
        let mut fates: HashMap<_, Vec<_>> = HashMap::new();
        for one in run.closed.iter().flat_map(|closed| &closed.connections) {
            if let Ok(remote) = one.remote_address.parse::<IpAddr>() {
                let of = (one.server.as_str(), remote.to_canonical());
                fates.entry(of).or_default().push(one);
            }
        }
        Self {
            planned,
            closed: run.closed.as_ref(),
            fates,
            acts: run.acts,
            zone,
        }
    }

    fn to_close(&self) -> impl Iterator<Item = &plan::Record> {
        let addresses = self.planned.addresses.iter();
        addresses.filter(|address| address.decision == "close")
    }

    fn has_to_close(&self, server: &str) -> bool {
        self.to_close().any(|address| address.server == server)
    }

    fn planned_connections(&self) -> usize {
        self.to_close().map(|address| address.connections).sum()
    }

    fn gone(&self) -> usize {
        let connections = self.closed.map_or(&[][..], |closed| &closed.connections);
        connections.iter().filter(|one| is_gone(one)).count()
    }

    /// What came of it, in a sentence.
    pub fn headline(&self, run: &Run, ending: &Ending<'_>) -> String {
        let planned = self.planned_connections();
        let connections = count(planned, "connection");
        let from = count(self.to_close().count(), "address");
        match (self.closed, self.acts) {
            (Some(_), _) => {
                let (gone, missing) = (self.gone(), self.missing(ending));
                let are = match (gone == planned, planned) {
                    (true, 1) => "is gone",
                    (true, _) => "are gone",
                    (false, _) => "were seen gone",
                };
                let without = match missing.len() {
                    0 => String::new(),
                    1..=3 => format!(", without {}", list(missing)),
                    more => format!(", without {}", count(more, "server")),
                };
                let gone = format!("{gone} of {connections} {are}{without}");
                // whom it is about goes before what was done
                let gone = match self.still_out() {
                    Some(still_out) => format!("{still_out}; {gone}"),
                    None => gone,
                };
                match self.is_cut_short() {
                    true => format!("Stopped while closing: {gone}"),
                    false => gone,
                }
            }
            (None, true) => {
                format!("Given up: what became of {connections} was not seen")
            }
            (None, false) if run.is_dry && planned > 0 => {
                format!("A plan only: {connections} from {from} would be closed")
            }
            (None, false) => match ending.exit {
                Exit::Declined => "Nothing was closed: the answer was no".to_owned(),
                Exit::Interrupted => "Nothing was closed: the run was stopped".to_owned(),
                Exit::Refused => "Nothing was closed: it was refused for safety".to_owned(),
                Exit::NothingMatched => {
                    let why = run.victims.as_ref().map(nobody_helped);
                    format!("There was nothing to close{}", why.unwrap_or_default())
                }
                _ => "Nothing was closed".to_owned(),
            },
        }
    }

    /// What a reader wants to know of the run.
    pub fn facts(
        &self,
        run: &Run,
        ending: &Ending<'_>,
        held: &[Person],
    ) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        facts.extend(run.user.clone().map(|user| ("Signed in as", user)));
        facts.extend(run.began.map(|at| ("Began", self.zone.second(at))));
        facts.push(("Ended", self.zone.second(ending.at)));
        let exit = ending.exit;
        let meaning = match exit {
            Exit::Done if run.is_dry => "the plan is made, and nothing was done, as --dry-run asks",
            exit => exit.meaning(),
        };
        facts.push(("Exit code", format!("{}: {meaning}", exit as u8)));
        let logs = run.victims.as_ref();
        facts.extend(logs.map(|logs| ("Event logs", self.logs_read(logs, ending))));
        facts.extend((run.plan.is_some()).then(|| ("Servers", self.servers_read(ending))));
        let without = &self.planned.judged_without;
        if !without.is_empty() && !self.planned.addresses.is_empty() {
            let told = format!(
                "judged without {}, of which not all is known",
                list_first(without, NAMED)
            );
            facts.push(("Who shares what", told));
        }
        facts.extend(self.people_locked_out().map(|people| ("People", people)));
        if self.acts {
            let planned = self.planned_connections();
            let gone = format!("{planned} to be closed, {} seen gone", self.gone());
            facts.push(("Connections", gone));
            facts.extend(sessions(held).map(|held| ("Before and after", held)));
        }
        facts.extend(run.id.clone().map(|id| ("Run", id)));
        facts
    }

    /// Servers that are not in the plan for what went wrong there.
    fn missing<'e>(&self, ending: &'e Ending<'_>) -> Vec<&'e str> {
        let is_read = |server: &str| {
            let mut read = self.planned.servers.iter();
            read.any(|read| read.server.server == server)
        };
        let mut missing: Vec<&str> = Vec::new();
        let failed = ending.problems.iter();
        for server in failed.filter_map(|problem| problem.server.as_deref()) {
            if !is_read(server) && !missing.contains(&server) {
                missing.push(server);
            }
        }
        missing
    }

    fn servers_read(&self, ending: &Ending<'_>) -> String {
        let read = format!("{} in the plan", self.planned.servers.len());
        without(read, &self.missing(ending))
    }

    /// `ex01 and ex02, 1d back, without ex03`
    fn logs_read(&self, logs: &KeptOut, ending: &Ending<'_>) -> String {
        let mut missing = self.missing(ending);
        missing.retain(|server| !logs.servers.iter().any(|told| told == server));
        let read = match logs.servers.is_empty() {
            true => "none".to_owned(),
            false => list_first(&logs.servers, NAMED),
        };
        let back = logs.since.map(|since| format!(", {} back", age(since)));
        without(read + &back.unwrap_or_default(), &missing)
    }

    /// `12 people, 11 at a server's limit; all can log on again`
    fn people_locked_out(&self) -> Option<String> {
        let number = self.asked_about();
        let out = self.out();
        let let_in = match self.closed.map(|closed| &closed.let_in) {
            Some(let_in) if out > 0 && let_in.known == out => "; all can log on again".to_owned(),
            Some(let_in) if out > 0 && let_in.all() == out => {
                "; all are below it again, as far as was seen".to_owned()
            }
            Some(let_in) if out > 0 => {
                let seen = match let_in.as_far_as_seen {
                    0 => String::new(),
                    some => format!("{some} below it again, as far as was seen, "),
                };
                format!(
                    "; {} known to be able to log on again, {seen}see below for the others",
                    let_in.known
                )
            }
            _ => String::new(),
        };
        (number > 0).then(|| format!("{}, {out} at a server's limit{let_in}", people(number)))
    }

    /// How many people the run is about; on each server they are in the same order.
    fn asked_about(&self) -> usize {
        let servers = self.planned.servers.iter();
        let numbers = servers.map(|server| server.server.users.len());
        numbers.max().unwrap_or_default()
    }

    /// How many of them are at the limit of a server that is in the plan.
    fn out(&self) -> usize {
        let is_out = |index: &usize| {
            let servers = self.planned.servers.iter();
            let mut users = servers.filter_map(|server| server.server.users.get(*index));
            users.any(|user| user.at_limit)
        };
        (0..self.asked_about()).filter(is_out).count()
    }

    /// Where not all of those are known to be let in: how many are, as far as was seen.
    fn still_out(&self) -> Option<String> {
        let (let_in, out) = (&self.closed?.let_in, self.out());
        if let_in.known >= out {
            return None;
        }
        let are = if out == 1 { "is" } else { "are" };
        let whom = people(out);
        Some(match (let_in.as_far_as_seen, let_in.all()) {
            (0, known) => format!("{known} of {whom} {are} known to be able to log on"),
            (_, all) if all >= out => {
                format!("{whom} {are} below the limit again, as far as was seen")
            }
            (_, all) => format!("{all} of {whom} {are} below the limit again, as far as was seen"),
        })
    }

    /// Some connections may be closed, and nobody saw.
    fn is_cut_short(&self) -> bool {
        let mut servers = self.closed.iter().flat_map(|closed| &closed.servers);
        servers.any(|server| server.may_be_closed)
    }

    /// What people may expect, and what can be done.
    pub fn sentences(&self) -> Vec<String> {
        let Some(closed) = self.closed else {
            return Vec::new();
        };
        let told = to_tell(&closed.let_in);
        closed.sentences.iter().cloned().chain(told).collect()
    }

    /// What is left of what was to be closed, and where.
    pub fn left(&self, addresses: &[Address]) -> Vec<String> {
        let Some(closed) = self.closed else {
            return Vec::new();
        };
        let mut left = Vec::new();
        let mut servers: Vec<_> = closed.servers.iter().collect();
        servers.sort_by_key(|server| (!self.has_to_close(&server.server), server.not_begun));
        for server in servers {
            let name = &server.server;
            if server.not_begun && self.has_to_close(name) {
                left.push(format!("{name}: nothing was begun there."));
            }
            if server.may_be_closed {
                left.push(format!(
                    "{name}: some connections may be closed, none was seen closed."
                ));
            }
            if !server.helper_removed && !server.may_be_closed {
                left.push(format!(
                    "{name}: the helper was not seen removed from %ProgramFiles%\\mapisweep."
                ));
            }
            if let Some(old @ 1..) = server.lingering {
                let old = count(old, "old logon");
                left.push(format!("{name}: {old} from closed addresses still there."));
            }
            let gaps = server.gaps.iter();
            left.extend(gaps.map(|gap| format!("{name}: not seen whether sessions ended: {gap}")));
            let alone = server.left_alone.iter();
            left.extend(alone.map(|why| format!("{name}: left alone: {why}")));
        }
        let is_left = |address: &&Address| address.was_tried && address.gone < address.connections;
        let open = addresses.iter().filter(is_left);
        left.extend(open.map(|one| format!("{}, {}: {}.", one.server, one.address, one.became)));
        left
    }

    /// What is to be said of one server.
    pub fn server(&self, planned: &plan::PlannedServer) -> Server {
        let facts = &planned.server;
        let name = &facts.server;
        let closed = self.closed.and_then(|closed| {
            let mut servers = closed.servers.iter();
            servers.find(|server| server.server == *name)
        });
        // what had no turn and nothing to be done is as it was
        let has_to_close = self.has_to_close(name);
        let closed = closed.filter(|closed| has_to_close || !closed.not_begun);
        let addresses = self.planned.addresses.iter();
        let addresses: Vec<_> = addresses
            .filter(|address| address.server == *name)
            .map(|address| self.address(address, closed))
            .collect();
        let people: Vec<_> = self.people(planned, closed);
        let mut parts: Vec<_> = facts.version.iter().cloned().collect();
        let planned_here = addresses.iter().filter(|address| address.is_to_close);
        let number: usize = planned_here
            .clone()
            .map(|address| address.connections)
            .sum();
        let gone: usize = planned_here.map(|address| address.gone).sum();
        parts.push(match (number, self.acts) {
            (0, _) => "nothing to close".to_owned(),
            (_, false) => format!("{} to be closed", count(number, "connection")),
            (_, true) => format!("{gone} of {} gone", count(number, "connection")),
        });
        parts.extend(closed.and_then(|_| sessions(&people)));
        let gaps = facts.gaps.iter();
        let mut notes: Vec<_> = gaps
            .map(|gap| format!("Logons may be missing: {gap}"))
            .collect();
        if let (true, Some(limit)) = (facts.limit_assumed, facts.limit) {
            notes.push(format!("The limit could not be read: {limit} is assumed."));
        }
        notes.extend((planned.connections_left_out > 0).then(|| {
            format!(
                "{} more than could be listed.",
                count(planned.connections_left_out, "connection")
            )
        }));
        let is_in_trouble = closed.is_some_and(|closed| !closed.verified) || !facts.gaps.is_empty();
        if closed.is_some_and(|closed| closed.verified) {
            parts.push("verified".to_owned());
        } else if closed.is_some() {
            parts.push("not verified".to_owned());
        }
        Server {
            name: facts.name.clone(),
            summary: parts.join(" · "),
            notes,
            people,
            addresses,
            is_in_trouble,
            has_to_close,
        }
    }

    fn people(&self, planned: &plan::PlannedServer, closed: Option<&close::Server>) -> Vec<Person> {
        let facts = &planned.server;
        let mut people: Vec<_> = facts
            .users
            .iter()
            .enumerate()
            .map(|(index, user)| {
                let now = closed.and_then(|closed| closed.users.get(index));
                let seen = now.and_then(|now| {
                    let services = now.service_after.unwrap_or(0);
                    Some(After::Seen(now.after?.saturating_sub(services)))
                });
                let is_untouched = match closed {
                    Some(closed) => closed.not_begun,
                    None => self.closed.is_some() || !self.acts,
                };
                let other = match is_untouched {
                    true => After::AsBefore,
                    false => After::NotSeen,
                };
                Person {
                    account: user.account.clone(),
                    server: facts.server.clone(),
                    before: user.sessions.saturating_sub(user.service_sessions),
                    after: seen.unwrap_or(other),
                    limit: facts.limit,
                    counted: user.counted,
                }
            })
            .filter(|person| person.before > 0 || matches!(person.after, After::Seen(1..)))
            .collect();
        people.sort_by_key(|person| std::cmp::Reverse(person.rank()));
        people
    }

    fn address(&self, record: &plan::Record, server: Option<&close::Server>) -> Address {
        let is_to_close = record.decision == "close";
        let fates = self.fates(record);
        let gone = fates.iter().filter(|one| is_gone(one)).count();
        let became = match (is_to_close, self.acts) {
            (true, true) if fates.is_empty() => match server {
                Some(server) if server.not_begun => "not begun".to_owned(),
                Some(server) if !server.may_be_closed => "left alone".to_owned(),
                _ => "not seen".to_owned(),
            },
            (true, true) => fates_in_words(fates),
            _ => String::new(),
        };
        let plan = match (record.decision, record.reason.as_str()) {
            ("close", "") => "to be closed".to_owned(),
            ("close", reason) => format!("to be closed, {reason}"),
            ("keep", reason) => format!("kept: {reason}"),
            ("refuse", reason) => format!("refused: {reason}"),
            (_, reason) => reason.to_owned(),
        };
        let address = match (&record.address, &record.address_not_understood) {
            (Some(address), _) => address.to_string(),
            (None, Some(text)) => {
                let text: String = text.chars().take(LONGEST_ADDRESS).collect();
                format!("{text} (not understood)")
            }
            (None, None) => "–".to_owned(),
        };
        Address {
            server: record.server.clone(),
            address,
            client: record.client.clone(),
            accounts: list(&record.accounts),
            sessions: record.sessions,
            oldest: self.zone.minute_of(record.oldest),
            last_used: self.zone.minute_of(record.last_used),
            connections: record.connections,
            is_to_close,
            was_tried: !fates.is_empty(),
            gone,
            plan,
            flag: record.overridden_by,
            became,
        }
    }

    /// What became of the connections from an address.
    fn fates<'s>(&'s self, record: &'s plan::Record) -> &'s [&'s close::Record] {
        let address = record.address.map(|address| address.to_canonical());
        let of = address.map(|address| (record.server.as_str(), address));
        let fates = of.and_then(|of| self.fates.get(&of));
        fates.map_or(&[], Vec::as_slice)
    }
}

/// Why there was nobody to be helped.
fn nobody_helped(kept_out: &KeptOut) -> String {
    match (kept_out.records.is_empty(), kept_out.since) {
        (true, Some(since)) => format!(": nobody was kept out within {}", age(since)),
        (true, None) => ": nobody was kept out".to_owned(),
        (false, _) => ": nobody was kept out whom closing connections helps".to_owned(),
    }
}

fn without(what: String, missing: &[&str]) -> String {
    match missing.is_empty() {
        true => what,
        false => format!("{what}, without {}", list_first(missing, NAMED)),
    }
}

/// As in tables: what is no address may be any text.
const LONGEST_ADDRESS: usize = 50;

fn is_gone(one: &close::Record) -> bool {
    matches!(one.outcome, "closed" | "already_gone")
}

/// `30 closed, 3 still open (the system took the order, but it is there still)`
fn fates_in_words(fates: &[&close::Record]) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for one in fates {
        let what = match one.outcome {
            "denied" => "denied by Windows".to_owned(),
            "changed" => "left alone".to_owned(),
            "unknown" => "of unknown fate".to_owned(),
            word => word.replace('_', " "),
        };
        let code = one.code.map(|code| format!("Windows error {code}"));
        let why: Vec<_> = one.why.iter().cloned().chain(code).collect();
        let what = match why.is_empty() {
            true => what,
            false => format!("{what} ({})", why.join("; ")),
        };
        match kinds.iter_mut().find(|(kind, _)| *kind == what) {
            Some((_, number)) => *number += 1,
            None => kinds.push((what, 1)),
        }
    }
    let words = kinds
        .iter()
        .map(|(what, number)| format!("{number} {what}"));
    words.collect::<Vec<_>>().join(", ")
}

/// `36 → 1 sessions`; where not all was seen, of how many that is told.
fn sessions(held: &[Person]) -> Option<String> {
    let seen = held.iter().filter_map(|person| match person.after {
        After::Seen(now) => Some((person.before, now)),
        After::NotSeen | After::AsBefore => None,
    });
    let (mut before, mut now, mut number) = (0, 0, 0);
    for (was, is) in seen {
        (before, now, number) = (before + was, now + is, number + 1);
    }
    let unit = held.first()?.counted;
    let is_all = held.iter().all(|person| person.after != After::NotSeen);
    let of = match is_all {
        true => "",
        false => ", where that was seen",
    };
    (number > 0).then(|| format!("{before} → {now} {unit}{of}"))
}
