//! `mapisweep watch`: who is near the limit, newest first, and which servers cannot be read.

mod fitting;
pub mod nagios;
pub mod openmetrics;
pub mod record;

use jiff::Timestamp;

use record::{Record, Server};

use super::{
    Problem, View,
    server::{NO_CLOCK, ago, of_limit},
    table::{Column, Page, cut, lay_out},
};
use crate::cli::{
    style::{CAREFUL, ERROR, FAINT, HEAD},
    text::{age, count, plain},
    watching::known::{Known, Near, Told, Watched},
};
use mapisweep_core::{exchange::SessionLimit, plan::Level};

/// What is known of all servers, now.
pub struct Watch<'w> {
    /// What is known.
    pub watched: &'w Watched,
    /// By this computer's clock.
    pub now: Timestamp,
}

/// What a record is called among the events of NDJSON.
const PERSON: &str = "person";

impl View for Watch<'_> {
    const KIND: &'static str = "watch";
    const EVENT: &'static str = PERSON;
    type Record = Record;
    type Server = Server;

    fn table(&self, page: Page) -> String {
        // first, for the rest may not fit the screen
        let servers = self.of_servers(page);
        self.head(page) + &servers + &self.people(page, &self.watched.near())
    }

    fn records(&self) -> Vec<Record> {
        let near = self.watched.near().into_iter();
        near.map(|(known, told, near)| Record::new(known, told, near, true))
            .collect()
    }

    /// Those that failed are told of as errors.
    fn servers(&self) -> Vec<Server> {
        let read = self.watched.servers.iter().filter_map(Server::new);
        read.collect()
    }

    /// Of one look; who reads on is told with each reading.
    fn shortfalls(&self) -> Vec<Problem> {
        let servers = self.watched.servers.iter();
        let once = servers.filter(|known| known.tried.interval.is_none());
        let missing = once.flat_map(|known| {
            let missing = known.told.iter().flat_map(|told| self.missing(told));
            missing.map(|what| Problem::gap(&known.server, what))
        });
        missing.collect()
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
            let error = known.down.as_ref().map(|down| &down.why);
            let gaps = known.told.as_ref().map(|told| &told.gaps);
            let slow = known.tried.is_slow.then_some(known.tried.interval);
            format!("{}\t{error:?}\t{gaps:?}\t{slow:?}\n", known.server)
        });
        near.chain(servers).collect()
    }

    fn head(&self, page: Page) -> String {
        format!("{HEAD}{}{HEAD:#}\n", self.headline(page))
    }

    /// What is to be said of servers, a line each.
    fn of_servers(&self, page: Page) -> String {
        let servers = self.watched.servers.iter();
        servers.map(|known| self.lines(page, known)).collect()
    }

    /// These people, below an empty line.
    fn people(&self, page: Page, near: &[(&Known, &Told, &Near)]) -> String {
        if near.is_empty() {
            return String::new();
        }
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

    /// Which day it is, is left out where there is little room.
    fn headline(&self, page: Page) -> String {
        let near = self.watched.people_near();
        let holds = held_by(near, self.watched.level);
        let of = |time, read| format!("{} · {holds}{read}", self.now.strftime(time));
        let read = self.oldest().map(|age| format!(" · read up to {age} ago"));
        let read = read.as_deref().unwrap_or_default();
        let whole = of("%Y-%m-%d %H:%M:%SZ", read);
        let of_today = of("%H:%M:%SZ", read);
        let fits = |text: &String| page.width.is_none_or(|width| text.chars().count() <= width);
        match page.width {
            Some(width) if !fits(&whole) && !fits(&of_today) => cut(&of("%H:%M:%SZ", ""), width),
            Some(_) if !fits(&whole) => of_today,
            _ => whole,
        }
    }

    /// How old the oldest is of what is shown; nothing where all was read just now.
    fn oldest(&self) -> Option<String> {
        let told = self
            .watched
            .servers
            .iter()
            .filter_map(|known| known.told.as_ref());
        let at = told.map(|told| told.at).min()?;
        (self.now.duration_since(at).as_secs() > 0).then(|| ago(self.now, Some(at)))
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
            self.watched.names.shown(&known.server),
            match near.change {
                Some(change @ (1.. | ..=-1)) => format!("{change:+}"),
                _ => String::new(),
            },
            holds,
        ]
    }

    /// Why what a server told is not whole.
    fn missing(&self, told: &Told) -> Vec<String> {
        let gaps = told.gaps.iter();
        let mut missing: Vec<_> = gaps
            .map(|gap| format!("logons may be missing: {gap}"))
            .collect();
        match (told.limit, self.watched.level) {
            (SessionLimit::Unknown, Level::Percent(_)) => missing.push(
                "its limit is not known, so nobody can be near it; --at-least takes a number"
                    .to_owned(),
            ),
            _ if missing.is_empty() && !told.is_whole => missing.push(NO_CLOCK.to_owned()),
            _ => {}
        }
        missing
    }

    /// What is to be said of a server: that it is down, slow, or did not tell all.
    fn lines(&self, page: Page, known: &Known) -> String {
        let server = self.watched.names.shown(&known.server);
        let fitting = |line: String| match page.width {
            Some(width) => cut(&line, width),
            None => line,
        };
        let mut lines = String::new();
        if let Some(down) = &known.down {
            let since = ago(self.now, Some(down.since));
            let again = match (down.is_for_good, known.tried.interval) {
                (false, Some(interval)) => format!("; tried every {}", age(interval)),
                _ => String::new(),
            };
            let line = format!("{server}: cannot be read for {since}{again}");
            let with_why = format!("{line}: {}", plain(&down.why));
            // it has been said why
            let line = match page.width {
                Some(width) if with_why.chars().count() > width => cut(&line, width),
                _ => with_why,
            };
            lines.push_str(&format!("{ERROR}{line}{ERROR:#}\n"));
        }
        let mut careful = Vec::new();
        if let (true, Some(interval)) = (known.tried.is_slow, known.tried.interval) {
            let took = known.tried.took.as_secs_f64();
            let interval = age(interval);
            careful.push(format!(
                "it is slow ({took:.1} s), and read every {interval}"
            ));
        }
        if let Some(told) = &known.told {
            careful.extend(self.missing(told));
            if let SessionLimit::Assumed(limit) = told.limit {
                careful.push(format!("the limit could not be read: {limit} is assumed"));
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
pub(super) mod tests;
