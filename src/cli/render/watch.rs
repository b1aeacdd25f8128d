//! `mapisweep watch`: who is near the limit, newest first, and which servers cannot be read.

pub mod events;
pub mod nagios;
pub mod openmetrics;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    View,
    server::{ago, counted, of_limit},
    table::{Column, Page, cut, lay_out},
};
use crate::cli::{
    style::{CAREFUL, ERROR, FAINT, HEAD},
    text::{age, count, plain},
    watched::{Known, Near, Told, Watched},
};
use mapisweep_core::{exchange::SessionLimit, plan::Level};

/// What is known of all servers, now.
pub struct Watch<'w> {
    /// What is known.
    pub watched: &'w Watched,
    /// By this computer's clock.
    pub now: Timestamp,
}

/// One who is near the limit on a server, in the data formats.
#[derive(Debug, Serialize)]
pub struct Record {
    server: String,
    account: String,
    sessions: usize,
    counted: &'static str,
    /// `null` where there is none, or none is known.
    limit: Option<u64>,
    /// The limit could not be read, and is Exchange's own default.
    limit_assumed: bool,
    /// The reading that first saw it, by this computer's clock.
    since: Timestamp,
    /// That was the first one: it may be so for longer.
    since_start: bool,
    /// How many more than at the reading before; `null` where there was none.
    change: Option<i64>,
}

/// A server in the data formats.
#[derive(Debug, Serialize)]
pub struct Server {
    server: String,
    /// The full DNS name where known.
    name: Option<String>,
    version: Option<String>,
    /// `read` or `failed`. What a failed one told before stays.
    state: &'static str,
    /// When it was tried last, by this computer's clock.
    tried_at: Timestamp,
    /// How long that took.
    seconds: f64,
    /// When it was read last.
    read_at: Option<Timestamp>,
    /// From one reading to the next; `null` where there is one only.
    interval_seconds: Option<u64>,
    limit: Option<u64>,
    limit_assumed: bool,
    /// Nobody could be asked for the limit, and none is assumed.
    limit_unknown: bool,
    /// How many people hold sessions of MAPI clients there.
    people: Option<usize>,
    people_near: Option<usize>,
    people_at_limit: Option<usize>,
    /// The most that anybody holds.
    most_sessions: Option<usize>,
    gaps: Vec<String>,
    /// Why it failed.
    error: Option<String>,
}

impl Record {
    fn new(known: &Known, told: &Told, near: &Near) -> Self {
        Self {
            server: known.server.clone(),
            account: near.account.clone(),
            sessions: near.held.count,
            counted: counted(near.held),
            limit: told.limit.number(),
            limit_assumed: told.limit.is_assumed(),
            since: near.since,
            since_start: near.from_start,
            change: near.change,
        }
    }
}

impl Server {
    fn new(known: &Known) -> Self {
        let told = known.told.as_ref();
        let limit = told.map(|told| told.limit);
        Self {
            server: known.server.clone(),
            name: told.map(|told| told.display_name.clone()),
            version: told.and_then(|told| told.version.clone()),
            state: match known.down {
                None => "read",
                Some(_) => "failed",
            },
            tried_at: known.tried_at,
            seconds: (known.took.as_secs_f64() * 1000.0).round() / 1000.0,
            read_at: told.map(|told| told.at),
            interval_seconds: known.interval.map(|interval| interval.as_secs()),
            limit: limit.and_then(SessionLimit::number),
            limit_assumed: limit.is_some_and(SessionLimit::is_assumed),
            limit_unknown: limit == Some(SessionLimit::Unknown),
            people: told.map(|told| told.people),
            people_near: told.map(|told| told.near.len()),
            people_at_limit: told.map(|told| told.at_limit),
            most_sessions: told.map(|told| told.most),
            gaps: told.map(|told| told.gaps.clone()).unwrap_or_default(),
            error: known.down.as_ref().map(|down| down.why.error.clone()),
        }
    }
}

impl View for Watch<'_> {
    const KIND: &'static str = "watch";
    type Record = Record;
    type Server = Server;

    fn table(&self, page: Page) -> String {
        let near = self.watched.near();
        let head = format!("{HEAD}{}{HEAD:#}\n", self.headline());
        let table = match near.is_empty() {
            true => String::new(),
            false => {
                let columns = [
                    Column::left("SINCE"),
                    Column::left("PERSON").name().at_least(16),
                    Column::left("SERVER").at_least(8),
                    Column::right("CHANGE").detail(),
                    Column::left("HOLDS").labelled(),
                ];
                let rows = near.iter().map(|near| self.row(*near));
                format!("\n{}", lay_out(page, &columns, rows))
            }
        };
        let servers = self.watched.servers.iter();
        let servers: String = servers.map(|known| self.lines(page, known)).collect();
        let gap = match servers.is_empty() {
            true => "",
            false => "\n",
        };
        format!("{head}{table}{gap}{servers}")
    }

    fn records(&self) -> Vec<Record> {
        let near = self.watched.near().into_iter();
        near.map(|(known, told, near)| Record::new(known, told, near))
            .collect()
    }

    /// Those that failed are told of as failures.
    fn servers(&self) -> Vec<Server> {
        let read = self.watched.servers.iter();
        let read = read.filter(|known| known.down.is_none());
        read.map(Server::new).collect()
    }
}

impl Watch<'_> {
    /// What a person would call another table: all but how long things last.
    pub fn fingerprint(&self) -> String {
        let near = self.watched.near().into_iter();
        let near = near.map(|(known, _, near)| {
            format!("{}\t{}\t{}\n", known.server, near.account, near.held.count)
        });
        let servers = self.watched.servers.iter();
        let servers = servers.map(|known| {
            let error = known.down.as_ref().map(|down| &down.why.error);
            let gaps = known.told.as_ref().map(|told| &told.gaps);
            let slow = known.is_slow.then_some(known.interval);
            format!("{}\t{error:?}\t{gaps:?}\t{slow:?}\n", known.server)
        });
        near.chain(servers).collect()
    }

    fn headline(&self) -> String {
        let near = self.watched.people_near();
        let holds = held_by(near, self.watched.level);
        format!("{} · {holds}", self.now.strftime("%Y-%m-%d %H:%M:%SZ"))
    }

    fn row(&self, (known, told, near): (&Known, &Told, &Near)) -> Vec<String> {
        let since = ago(self.now, Some(near.since));
        let held = of_limit(near.held, told.limit);
        // what is old is no news
        let holds = if known.down.is_some() {
            format!(
                "{FAINT}{held}, {} ago{FAINT:#}",
                ago(self.now, Some(told.at))
            )
        } else if told.limit.is_reached_by(near.held.count) {
            format!("{CAREFUL}{held}{CAREFUL:#}")
        } else {
            held
        };
        vec![
            match near.from_start {
                true => format!(">{since}"),
                false => since,
            },
            plain(&near.account),
            plain(&known.server),
            match near.change {
                Some(change @ (1.. | ..=-1)) => format!("{change:+}"),
                _ => String::new(),
            },
            holds,
        ]
    }

    /// What is to be said of a server: that it is down, slow, or did not tell all.
    fn lines(&self, page: Page, known: &Known) -> String {
        let server = plain(&known.server);
        let fitting = |line: String| match page.width {
            Some(width) => cut(&line, width),
            None => line,
        };
        let mut lines = String::new();
        if let Some(down) = &known.down {
            let since = ago(self.now, Some(down.since));
            let again = match (down.is_for_good, known.interval) {
                (false, Some(interval)) => format!("; tried every {}", age(interval)),
                _ => String::new(),
            };
            let why = plain(&down.why.error);
            let line = fitting(format!(
                "{server}: cannot be read for {since}{again}: {why}"
            ));
            lines.push_str(&format!("{ERROR}{line}{ERROR:#}\n"));
        }
        let mut careful = Vec::new();
        if let (true, Some(interval)) = (known.is_slow, known.interval) {
            let took = known.took.as_secs_f64();
            let interval = age(interval);
            careful.push(format!(
                "it is slow ({took:.1} s), and read every {interval}"
            ));
        }
        if let Some(told) = &known.told {
            let gaps = told.gaps.iter();
            careful.extend(gaps.map(|gap| format!("logons may be missing: {gap}")));
            match (told.limit, self.watched.level) {
                (SessionLimit::Unknown, Level::Percent(_)) => careful.push(
                    "its limit is not known, so nobody can be near it; --at-least takes a number"
                        .to_owned(),
                ),
                (SessionLimit::Assumed(limit), _) => {
                    careful.push(format!("the limit could not be read: {limit} is assumed"));
                }
                _ => {}
            }
        }
        for line in careful {
            let line = fitting(format!("{server}: {}", plain(&line)));
            lines.push_str(&format!("{CAREFUL}{line}{CAREFUL:#}\n"));
        }
        lines
    }
}

/// `2 people hold 80% of the limit or more`
fn held_by(near: usize, level: Level) -> String {
    let many = match level {
        Level::Sessions(number) => format!("{} or more", count(number, "session")),
        Level::Percent(_) => format!("{level} of the limit or more"),
    };
    match near {
        0 => format!("nobody holds {many}"),
        1 => format!("1 person holds {many}"),
        near => format!("{near} people hold {many}"),
    }
}

#[cfg(test)]
mod tests;
