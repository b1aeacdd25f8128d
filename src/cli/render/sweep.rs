//! Whom a sweep found, before their servers are read whole.

use super::{
    Page, Problem, View,
    merged::Server,
    report::Run,
    server::{heading, shortfalls, unit},
};
use crate::{
    audit::{Busy, CutOff},
    cli::{
        error::CommandError,
        names::Names,
        style::FAINT,
        text::{count, list, plain},
    },
};
use mapisweep_core::plan::{LeftOut, Over, ServerSnapshot, Threshold, WhyLeftOut};

use super::plan::{Record, people};

/// What the logons of all servers showed.
pub struct Found<'a> {
    /// The servers.
    pub servers: &'a [ServerSnapshot],
    /// How many people it is for.
    pub people: usize,
    /// How many sessions were too many; `None` where the people were known.
    pub threshold: Option<Threshold>,
    /// The servers where they hold sessions.
    pub busy: &'a [String],
    /// What the servers are called.
    pub names: &'a Names,
}

impl Found<'_> {
    /// `8 servers were read: 12 people at the limit or over it. Reading ex01 and ex05 whole, where …`
    pub fn sentence(&self) -> String {
        let people = people(self.people);
        let what = match self.threshold {
            Some(Threshold::Limit) => format!("{people} at the limit or over it"),
            Some(Threshold::AtLeast(least)) => {
                format!("{people} with {} or more", count(least, "session"))
            }
            None => people,
        };
        let read = match self.servers.len() {
            1 => "1 server was read".to_owned(),
            number => format!("{number} servers were read"),
        };
        let busy = list(self.busy.iter().map(|server| self.names.shown(server)));
        format!(
            "{read}: {what}. Reading {busy} whole, where they hold sessions or their connections may end."
        )
    }

    /// Why logons may be missing on servers that are read no further, a sentence each: who is logged on there unseen is not
    /// helped.
    pub fn missing(&self) -> Vec<String> {
        let others = self.servers.iter();
        let others = others.filter(|snapshot| !self.busy.contains(&snapshot.server));
        let missing = others.flat_map(|snapshot| {
            let name = plain(&snapshot.display_name);
            let gaps = snapshot.gaps.iter();
            gaps.map(move |gap| {
                let gap = plain(&gap.to_string());
                format!("{name}: logons may be missing, and with them people: {gap}")
            })
        });
        missing.collect()
    }

    fn nobody(&self, snapshot: &ServerSnapshot) -> String {
        match self.threshold {
            Some(Threshold::AtLeast(least)) => {
                format!("nobody holds {}", count(least, "session"))
            }
            Some(Threshold::Limit) => match snapshot.limits.mapi.number() {
                Some(limit) => format!("nobody holds {}", count(limit as usize, "session")),
                None => "no limit is set".to_owned(),
            },
            None => "none of them is left to be helped here".to_owned(),
        }
    }
}

/// There is nobody.
impl View for Found<'_> {
    const KIND: &'static str = "plan";
    const EVENT: &'static str = "plan";
    type Record = Record;
    type Server = Server;

    fn table(&self, _page: Page) -> String {
        let servers = self.servers.iter();
        let texts = servers.map(|snapshot| {
            let nobody = self.nobody(snapshot);
            format!("{}{FAINT}  {nobody}{FAINT:#}\n", heading(snapshot))
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    fn records(&self) -> Vec<Record> {
        Vec::new()
    }

    fn shortfalls(&self) -> Vec<Problem> {
        shortfalls(self.servers)
    }

    fn report(&self, run: &mut Run) {
        run.plans(self.servers(), self.records());
    }

    fn servers(&self) -> Vec<Server> {
        let servers = self.servers.iter();
        servers.map(Server::without_plan).collect()
    }
}

/// Who holds too many sessions and is left alone, a sentence each.
pub fn left_out(over: &Over) -> Vec<String> {
    let sentence = |one: &LeftOut| {
        let account = plain(&one.account);
        let held = count(one.held.count, unit(one.held));
        let server = plain(&one.server);
        let why = match one.why {
            WhyLeftOut::System => "it is no person, and left alone",
            WhyLeftOut::NotToldApart => {
                "some rows name an account that another domain has, too, so this one is left alone; close by name"
            }
        };
        format!("{account} holds {held} on {server}: {why}.")
    };
    over.left_out.iter().map(sentence).collect()
}

/// Which run is gone on with.
pub fn resumed(cut_off: &CutOff) -> String {
    let unfinished = list(cut_off.unfinished.iter().map(|server| plain(server)));
    let ended = match (cut_off.has_ended, &cut_off.process) {
        (true, _) => "did not come to its end everywhere".to_owned(),
        (false, None) => {
            "has no end in the audit log: it was killed, or is at work still".to_owned()
        }
        (false, Some(process)) if process.is_here() => {
            "has no end in the audit log, and holds its lock no more: it was killed".to_owned()
        }
        // locks may not reach from one computer to the other
        (false, Some(process)) => format!(
            "has no end in the audit log; it was begun on {}, so look there whether it is at work",
            plain(&process.host)
        ),
    };
    format!(
        "{} {ended}. Its servers are read again, and a plan is made anew for the {} it was for: not all was done on {unfinished}.",
        which(cut_off),
        people(cut_off.people.len())
    )
}

/// That it was too long ago to be gone on with.
pub fn too_old(cut_off: &CutOff) -> CommandError {
    let unfinished = list(cut_off.unfinished.iter().map(|server| plain(server)));
    CommandError::nothing_matched(
        format!(
            "{} was the last run that did not come to its end everywhere, for {} on {unfinished}, and it began more than 24 h ago",
            which(cut_off),
            people(cut_off.people.len())
        ),
        "Nothing was closed. Who is locked out by now is found anew: leave --resume away, and name the servers with --server or \
         --dag.",
    )
}

/// Why it is not gone on with.
pub fn still_at_work(cut_off: &CutOff, busy: &Busy) -> CommandError {
    let process = cut_off.process.as_ref();
    let where_to = process.map_or(String::new(), |process| {
        format!(" (process {} on {})", process.pid, plain(&process.host))
    });
    let which = which(cut_off);
    let what = match busy {
        Busy::AtWork => format!("{which} is at work still, or is being gone on with{where_to}"),
        Busy::IsThere => format!("{which} is at work still{where_to}"),
        Busy::NotSeen => {
            format!("whether {which} is at work still cannot be seen from here{where_to}")
        }
    };
    let to_do = match busy {
        Busy::AtWork | Busy::IsThere => "Nothing was closed. Wait for its end, or end it.",
        Busy::NotSeen => {
            "Nothing was closed. Run `mapisweep sweep --resume` there, or leave --resume away and name the servers."
        }
    };
    CommandError::refused(what, to_do)
}

/// `` `sweep` of 2026-03-02 09:05 UTC ``
fn which(cut_off: &CutOff) -> String {
    let at = cut_off.at.strftime("%Y-%m-%d %H:%M UTC");
    format!("`{}` of {at}", plain(&cut_off.command))
}
