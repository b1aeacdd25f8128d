//! What a report says, and in which order: what came of it first, the worst first, and nothing that was not seen.

mod told;

use std::time::Duration;

use mapisweep_core::exchange::KeepAlive;

use super::{Ending, KeptOut, Planned, Problem, Run, victims, when::Zone};
use crate::cli::{advice::checks::SHORTER_KEEP_ALIVE, afterwards::long_keep_alives, exit::Exit};
use told::Told;

/// All that a report says; the words of servers in it are as they came.
pub struct Digest {
    /// `mapisweep sweep, 2026-03-02 09:05`
    pub title: String,
    /// What came of it, in a sentence.
    pub headline: String,
    /// How good that is.
    pub mood: Mood,
    /// The words of the command line, as a shell takes them.
    pub command: Vec<String>,
    /// What a reader wants to know of the run, with a name each.
    pub facts: Vec<(&'static str, String)>,
    /// What people may expect, and what can be done.
    pub sentences: Vec<String>,
    /// What went wrong, or was in the way.
    pub troubles: Vec<Trouble>,
    /// What is left of what was planned.
    pub left: Vec<String>,
    /// Who holds how much where, who is farthest over the limit first.
    pub people: Vec<Person>,
    /// The client addresses, those with most connections first.
    pub addresses: Vec<Address>,
    /// Those that were not to be closed, and why.
    pub not_closed: Vec<Address>,
    /// What is to be known of the event logs.
    pub logs: Vec<String>,
    /// Whom event 9646 names.
    pub victims: Vec<Vec<String>>,
    /// The servers: where there was something to close, then those in trouble, then the others.
    pub servers: Vec<Server>,
    /// What brings the sessions back, and what ends that.
    pub cause: Option<Cause>,
    /// Whether anything was told to close; else the numbers are those of a plan.
    pub acts: bool,
}

/// How good an ending is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// All done and seen.
    Good,
    /// Something is to be known.
    Careful,
    /// Something is to be done.
    Bad,
}

/// What went wrong, where, and what to do.
pub struct Trouble {
    /// The server, where it is one's.
    pub server: Option<String>,
    /// What.
    pub what: String,
    /// What to do about it.
    pub to_do: String,
}

/// What one person holds on one server.
#[derive(Clone)]
pub struct Person {
    /// `CORP\jsmith`
    pub account: String,
    /// The server.
    pub server: String,
    /// Sessions of MAPI clients before.
    pub before: usize,
    /// And afterwards.
    pub after: After,
    /// How many may be held, where that is known and set.
    pub limit: Option<u64>,
    /// `sessions` or `logons`.
    pub counted: &'static str,
}

/// What is known of the time after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// So many.
    Seen(usize),
    /// Something was done, and what came of it was not seen.
    NotSeen,
    /// Nothing was done there.
    AsBefore,
}

/// One client address on one server.
#[derive(Clone)]
pub struct Address {
    /// The server.
    pub server: String,
    /// The address, as the server gives it.
    pub address: String,
    /// What the client calls itself.
    pub client: String,
    /// Whose sessions come from there.
    pub accounts: String,
    /// How many.
    pub sessions: usize,
    /// When the oldest began.
    pub oldest: String,
    /// When any was last used.
    pub last_used: String,
    /// Connections from there when the plan was made.
    pub connections: usize,
    /// Whether they were to be closed.
    pub is_to_close: bool,
    /// Whether something is known of what became of them.
    pub was_tried: bool,
    /// How many were seen gone.
    pub gone: usize,
    /// `close`, or why not.
    pub plan: String,
    /// The flag that would decide otherwise.
    pub flag: Option<&'static str>,
    /// What became of them, in words.
    pub became: String,
}

/// One server.
pub struct Server {
    /// Its full name.
    pub name: String,
    /// `Exchange 2010 SP3 · 31 of 31 connections gone · 36 → 1 sessions`
    pub summary: String,
    /// What is to be known of it.
    pub notes: Vec<String>,
    /// Who holds sessions there.
    pub people: Vec<Person>,
    /// From where.
    pub addresses: Vec<Address>,
    /// Whether something is left to be done there.
    pub is_in_trouble: bool,
    /// Whether anything was to be closed there.
    pub has_to_close: bool,
}

/// Why it happens again.
pub struct Cause {
    /// What the cause is.
    pub why: String,
    /// The command that mends it, on each server where it may be of use.
    pub command: Option<&'static str>,
    /// Clients that are back: where, in how many earlier runs, since when.
    pub returned: Vec<Vec<String>>,
}

impl Digest {
    /// Of this run.
    pub fn of(run: &Run, ending: &Ending<'_>, zone: &Zone<'_>) -> Self {
        let nothing = Planned::default();
        let planned = run.plan.as_ref().unwrap_or(&nothing);
        let told = Told::new(planned, run, zone);
        let mut servers: Vec<_> = planned
            .servers
            .iter()
            .map(|server| told.server(server))
            .collect();
        servers.sort_by_key(|server| (!server.has_to_close, !server.is_in_trouble));
        let all = servers.iter();
        let mut people: Vec<_> = all.clone().flat_map(|server| &server.people).collect();
        people.sort_by_key(|person| std::cmp::Reverse(person.rank()));
        let mut addresses: Vec<_> = all.flat_map(|server| &server.addresses).collect();
        addresses.sort_by_key(|address| std::cmp::Reverse(address.connections));
        let (people, addresses): (Vec<_>, Vec<_>) = (
            people.into_iter().cloned().collect(),
            addresses.into_iter().cloned().collect(),
        );
        let not_closed = addresses.iter().filter(|address| !address.is_to_close);
        let not_closed = not_closed.cloned().collect();
        Self {
            title: title(run, ending, zone),
            headline: told.headline(run, ending),
            command: run.typed.clone(),
            mood: mood(ending.exit),
            facts: told.facts(run, ending, &people),
            sentences: told.sentences(),
            troubles: ending.problems.iter().map(trouble).collect(),
            left: told.left(&addresses),
            cause: (!addresses.is_empty()).then(|| cause(run, zone)),
            people,
            addresses,
            not_closed,
            logs: run.victims.as_ref().map(of_logs).unwrap_or_default(),
            victims: run
                .victims
                .iter()
                .flat_map(|victims| &victims.records)
                .map(|victim| kept_out(victim, zone))
                .collect(),
            servers,
            acts: run.acts,
        }
    }
}

impl Person {
    /// Who is at the limit still, or was not seen, counts most; then how far over it, and how much.
    fn rank(&self) -> (bool, i64, usize) {
        let over = |held: usize| {
            let held = i64::try_from(held).unwrap_or(i64::MAX);
            let limit = self.limit.and_then(|limit| i64::try_from(limit).ok());
            held.saturating_sub(limit.unwrap_or(i64::MAX))
        };
        let is_out = match self.after {
            After::Seen(now) => over(now) >= 0,
            After::NotSeen => true,
            After::AsBefore => over(self.before) >= 0,
        };
        (is_out, over(self.before), self.before)
    }

    /// `34 of 32 sessions`
    pub fn held_before(&self) -> String {
        match self.limit {
            Some(limit) if self.counted == "sessions" => format!("{} of {limit}", self.before),
            Some(limit) => format!("{} {} (limit: {limit})", self.before, self.counted),
            None => format!("{} (no limit known)", self.before),
        }
    }

    /// `3`, or that nobody saw it.
    pub fn held_after(&self) -> String {
        match self.after {
            After::Seen(now) => now.to_string(),
            After::NotSeen => "not seen".to_owned(),
            After::AsBefore => "nothing done".to_owned(),
        }
    }
}

impl Address {
    /// What became of it, or what is planned.
    pub fn outcome(&self, acts: bool) -> &str {
        match self.is_to_close && acts {
            true => &self.became,
            false => &self.plan,
        }
    }
}

fn title(run: &Run, ending: &Ending<'_>, zone: &Zone<'_>) -> String {
    let at = zone.minute(run.began.unwrap_or(ending.at));
    format!("mapisweep {}, {at}", ending.command)
}

fn mood(exit: Exit) -> Mood {
    match exit {
        Exit::Done => Mood::Good,
        Exit::NothingMatched | Exit::Refused | Exit::Incomplete | Exit::Declined => Mood::Careful,
        Exit::Failed | Exit::Usage | Exit::LeftBehind | Exit::Interrupted => Mood::Bad,
    }
}

fn trouble(problem: &Problem) -> Trouble {
    Trouble {
        server: problem.server.clone(),
        what: problem.what.trim_end_matches('.').to_owned(),
        to_do: problem.to_do.clone(),
    }
}

/// What brings dead sessions back, and whether the command may be of use: a run that closes nothing does not ask for the time
/// that is set.
fn why_they_come_back(run: &Run) -> (String, bool) {
    const LEFT: &str = "A client that keeps losing its network leaves connections behind, which a server notices after KeepAliveTime only";
    const HOW: &str = "as administrator (it holds at the latest after a restart):";
    let servers = run.closed.iter().flat_map(|closed| &closed.servers);
    let told = servers.filter_map(|server| {
        let seconds = server.keep_alive_seconds?;
        let time = KeepAlive::After(Duration::from_secs(seconds));
        Some((server.server.as_str(), time))
    });
    let told: Vec<_> = told.collect();
    match (told.is_empty(), long_keep_alives(told)) {
        (true, _) => {
            let usual = "2 h, unless its registry says otherwise";
            (
                format!("{LEFT}: {usual}. To make it 30 minutes, on each server, {HOW}"),
                true,
            )
        }
        (false, Some(long)) => (
            format!("{LEFT}. {}. To make it 30 minutes there, {HOW}", long.what),
            true,
        ),
        (false, None) => (
            format!("{LEFT}. That is short on these servers: look at the clients' network."),
            false,
        ),
    }
}

fn cause(run: &Run, zone: &Zone<'_>) -> Cause {
    let back = run.returned.iter().map(|client| {
        vec![
            client.address.to_string(),
            client.runs.to_string(),
            zone.minute(client.first),
        ]
    });
    let (why, is_of_use) = why_they_come_back(run);
    Cause {
        why,
        command: is_of_use.then_some(SHORTER_KEEP_ALIVE),
        returned: back.collect(),
    }
}

/// That they name nobody, and what of them is not known.
fn of_logs(victims: &KeptOut) -> Vec<String> {
    let nobody = victims.records.is_empty() && !victims.servers.is_empty();
    let nobody = nobody.then(|| "The event logs that were read name nobody.".to_owned());
    nobody.into_iter().chain(victims.gaps.clone()).collect()
}

/// Who, where, at which limit, how often, when last.
fn kept_out(victim: &victims::Record, zone: &Zone<'_>) -> Vec<String> {
    vec![
        victim.account.clone().unwrap_or_else(|| victim.dn.clone()),
        victim.server.clone(),
        format!("{} {}", victim.allowed, victim.limit.replace('_', " ")),
        victim.times.to_string(),
        zone.minute_of(victim.last),
    ]
}
