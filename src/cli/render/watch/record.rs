//! Who is near the limit, and what a server told, in the data formats.

use jiff::Timestamp;
use mapisweep_core::exchange::SessionLimit;
use serde::Serialize;

use crate::cli::{
    render::{line, server::counted},
    watching::known::{Known, Near, Told},
};

/// One who is near the limit on a server.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    server: String,
    account: String,
    sessions: usize,
    counted: &'static str,
    /// `null` where there is none, or none is known.
    limit: Option<u64>,
    /// The limit could not be read, and is Exchange's own default.
    limit_assumed: bool,
    /// It is so still; once it is not, that is told once.
    near: bool,
    /// The reading that first saw it, by this computer's clock.
    since: Timestamp,
    /// That was the first one: it may be so for longer.
    since_start: bool,
    /// How many more than at the reading before; `null` where there was none.
    change: Option<i64>,
}

/// A server that was read.
#[derive(Debug, Serialize)]
pub struct Server {
    server: String,
    /// The full DNS name where known.
    name: String,
    version: Option<String>,
    limit: Option<u64>,
    limit_assumed: bool,
    /// Nobody could be asked for the limit, and none is assumed.
    limit_unknown: bool,
    /// When that ended, by this computer's clock.
    read_at: Timestamp,
    /// How long it took.
    seconds: f64,
    /// From one reading to the next; `null` where there is one only.
    interval_seconds: Option<u64>,
    /// How many people hold sessions of MAPI clients there.
    people: usize,
    people_near: usize,
    people_at_limit: usize,
    /// The most that anybody holds.
    most_sessions: usize,
    gaps: Vec<String>,
}

impl Record {
    pub(super) fn new(known: &Known, told: &Told, near: &Near, is_near: bool) -> Self {
        Self {
            server: known.server.clone(),
            account: near.account.clone(),
            sessions: near.held.count,
            counted: counted(near.held),
            limit: told.limit.number(),
            limit_assumed: told.limit.is_assumed(),
            near: is_near,
            since: near.since,
            since_start: near.from_start,
            change: near.change,
        }
    }
}

impl Server {
    /// Where it could be read; one that could not is told of as an error.
    pub(super) fn new(known: &Known) -> Option<Self> {
        let told = known.last_told()?;
        Some(Self {
            server: known.server.clone(),
            name: told.display_name.clone(),
            version: told.version.clone(),
            limit: told.limit.number(),
            limit_assumed: told.limit.is_assumed(),
            limit_unknown: told.limit == SessionLimit::Unknown,
            read_at: told.at,
            seconds: (known.tried.took.as_secs_f64() * 1000.0).round() / 1000.0,
            interval_seconds: known.tried.interval.map(|interval| interval.as_secs()),
            people: told.people,
            people_near: told.near.len(),
            people_at_limit: told.at_limit,
            most_sessions: told.most,
            gaps: told.gaps.clone(),
        })
    }
}

/// One reading of a server as lines of NDJSON: the server, those near the limit, and those who are so no more. Nothing where it
/// failed.
pub fn lines(known: &Known, gone: &[Near], time: Timestamp) -> String {
    let (Some(server), Some(told)) = (Server::new(known), known.last_told()) else {
        return String::new();
    };
    let near = told.near.iter().map(|near| (near, true));
    let people = near.chain(gone.iter().map(|near| (near, false)));
    let people = people.map(|(near, is_near)| {
        let record = Record::new(known, told, near, is_near);
        line(super::PERSON, time, &record)
    });
    let people: String = people.collect();
    line("read", time, &server) + &people
}
