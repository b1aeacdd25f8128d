//! What is known of servers that are read again and again: who is near the limit, since when, and what is down. Pure.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use mapisweep_core::{
    exchange::{Gap, SessionLimit, logon::SessionCount},
    plan::{Holder, Level, ServerSnapshot, holders},
};

use crate::cli::names::Names;

/// What is known of all servers of a watch.
pub struct Watched {
    /// From how many sessions on somebody is shown.
    pub level: Level,
    /// In the order in which they are shown.
    pub servers: Vec<Known>,
    /// What the servers are called.
    pub names: Names,
}

/// What is known of one server.
pub struct Known {
    /// The name the admin gave.
    pub server: String,
    /// How the last reading went.
    pub tried: Tried,
    /// What it told last, if it ever did.
    pub told: Option<Told>,
    /// Since when it cannot be read, and why.
    pub down: Option<Down>,
}

/// What a server told.
pub struct Told {
    /// When it did, by this computer's clock.
    pub at: Timestamp,
    /// The full DNS name where known.
    pub display_name: String,
    /// `Exchange 2010 SP3`.
    pub version: Option<String>,
    /// Sessions of MAPI clients a user may hold.
    pub limit: SessionLimit,
    /// Why logons may be missing.
    pub gaps: Vec<String>,
    /// It told all, its clock and its limits among it.
    pub is_whole: bool,
    /// How many people hold sessions there.
    pub people: usize,
    /// How many hold as many as they may.
    pub at_limit: usize,
    /// The most that anybody holds.
    pub most: usize,
    /// Those near the limit, most sessions first.
    pub near: Vec<Near>,
}

/// One who is near the limit on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    key: String,
    /// `CORP\jsmith`.
    pub account: String,
    /// How many sessions.
    pub held: SessionCount,
    /// The reading that first saw it.
    pub since: Timestamp,
    /// That was the first of all: since when it is so, nobody knows.
    pub from_start: bool,
    /// How many more than at the reading before; `None` where there was none.
    pub change: Option<i64>,
}

/// A server that cannot be read.
pub struct Down {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub why: String,
    /// It is not tried again.
    pub is_for_good: bool,
}

/// How a reading went.
#[derive(Debug, Clone, Copy)]
pub struct Tried {
    /// When it ended.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// From this reading to the next; none where there is one only.
    pub interval: Option<Duration>,
    /// It is longer than was asked, for the server is slow.
    pub is_slow: bool,
}

impl Watched {
    /// Nothing is known yet.
    pub fn new(level: Level) -> Self {
        Self {
            level,
            servers: Vec::new(),
            names: Names::default(),
        }
    }

    /// A server told this. Those who are near the limit no more are returned.
    pub fn told(&mut self, tried: &Tried, snapshot: &ServerSnapshot) -> Vec<Near> {
        let level = self.level;
        let known = self.tried(&snapshot.server, tried);
        known.down = None;
        let before = known.told.take();
        let (told, gone) = Told::new(tried.at, snapshot, level, before);
        known.told = Some(told);
        gone
    }

    /// A server could not be read.
    pub fn failed(&mut self, tried: &Tried, server: &str, why: String, is_for_good: bool) {
        let known = self.tried(server, tried);
        let since = known.down.as_ref().map_or(tried.at, |down| down.since);
        known.down = Some(Down {
            since,
            why,
            is_for_good,
        });
    }

    /// What is known of a server.
    pub fn of(&self, server: &str) -> Option<&Known> {
        self.servers.iter().find(|known| known.server == server)
    }

    /// Everybody near the limit: who crossed it last comes first, those who were there from the start last; of those seen at
    /// once who holds most.
    pub fn near(&self) -> Vec<(&Known, &Told, &Near)> {
        let told = self
            .servers
            .iter()
            .filter_map(|known| Some((known, known.told.as_ref()?)));
        let near =
            told.flat_map(|(known, told)| told.near.iter().map(move |near| (known, told, near)));
        let mut near: Vec<_> = near.collect();
        near.sort_by_key(|(_, _, near)| {
            let since = (!near.from_start).then_some(near.since);
            std::cmp::Reverse((since, near.held.count))
        });
        near
    }

    /// How many people that are: who is so on two servers is one.
    pub fn people_near(&self) -> usize {
        let keys = self.near().into_iter().map(|(_, _, near)| &near.key);
        keys.collect::<BTreeSet<_>>().len()
    }

    /// Whether each server that told anything told all.
    pub fn is_whole(&self) -> bool {
        let mut told = self.servers.iter().filter_map(|known| known.told.as_ref());
        told.all(|told| told.is_whole)
    }

    fn tried(&mut self, server: &str, tried: &Tried) -> &mut Known {
        let place = self.servers.iter().position(|known| known.server == server);
        let place = place.unwrap_or_else(|| {
            self.servers.push(Known {
                server: server.to_owned(),
                tried: *tried,
                told: None,
                down: None,
            });
            self.servers.len() - 1
        });
        let known = &mut self.servers[place];
        known.tried = *tried;
        known
    }
}

impl Known {
    /// What it told, unless it cannot be read now.
    pub fn last_told(&self) -> Option<&Told> {
        self.told.as_ref().filter(|_| self.down.is_none())
    }
}

impl Told {
    fn new(
        at: Timestamp,
        snapshot: &ServerSnapshot,
        level: Level,
        before: Option<Self>,
    ) -> (Self, Vec<Near>) {
        let limit = snapshot.limits.mapi;
        let holders = holders(snapshot);
        let counts = || holders.iter().map(|holder| holder.held.count);
        let (people, most) = (holders.len(), counts().max().unwrap_or_default());
        let at_limit = counts().filter(|count| limit.is_reached_by(*count)).count();
        let from_start = before.is_none();
        let mut before = before.map(|before| before.near).unwrap_or_default();
        let mut near: Vec<Near> = Vec::new();
        let mut gone = Vec::new();
        let mut take = |key: &str| {
            let place = before.iter().position(|near| near.key == key)?;
            Some(before.remove(place))
        };
        for Holder { key, account, held } in holders {
            let known = take(&key);
            let change = known.as_ref().map(|known| difference(held, known.held));
            let one = Near {
                since: known.as_ref().map_or(at, |known| known.since),
                from_start: known.as_ref().map_or(from_start, |known| known.from_start),
                key,
                account,
                held,
                change,
            };
            match level.is_reached_by(held.count, limit) {
                true => near.push(one),
                // they may hold what was not told
                false if known.is_some() && !snapshot.gaps.is_empty() => near.extend(known),
                false if known.is_some() => gone.push(one),
                false => {}
            }
        }
        match snapshot.gaps.is_empty() {
            true => gone.extend(before.into_iter().map(holds_none)),
            false => near.extend(before),
        }
        let told = Self {
            at,
            display_name: snapshot.display_name.clone(),
            version: snapshot.version.map(|version| version.to_string()),
            limit,
            gaps: snapshot.gaps.iter().map(Gap::to_string).collect(),
            is_whole: snapshot.is_whole() && level.is_known(limit),
            people,
            at_limit,
            most,
            near,
        };
        (told, gone)
    }
}

fn difference(now: SessionCount, before: SessionCount) -> i64 {
    // nobody holds so many
    let number = |held: SessionCount| i64::try_from(held.count).unwrap_or(i64::MAX);
    number(now) - number(before)
}

fn holds_none(near: Near) -> Near {
    let held = SessionCount {
        count: 0,
        ..near.held
    };
    Near {
        change: Some(difference(held, near.held)),
        held,
        ..near
    }
}

#[cfg(test)]
pub mod tests;
