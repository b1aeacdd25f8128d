//! The report of a run that closes, for who reads it afterwards: one file, as a page (HTML) or for a ticket (Markdown).
//!
//! It is one more rendering of what the data formats are written from: each [`View`](super::View) adds its records to a
//! [`Run`], and at the end a text is made of it, purely. [`digest`] decides what is said and in which order, `html` and
//! `markdown` how it looks; anybody's words pass through the types of `hypertext` and `marked`, which escape them.

mod chart;
mod digest;
mod html;
mod hypertext;
mod markdown;
mod marked;
#[cfg(test)]
pub mod tests;
pub mod typed;
mod when;

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use super::{Problem, View as _, close, merged, plan, verdict::LetIn, victims};
use crate::{audit::Returned, cli::exit::Exit};
use digest::Digest;
use mapisweep_core::plan::Plan;
use when::Zone;

/// Who reads it is told what is in it.
const PRIVATE: &str = "Names, computers and addresses of people are in this report. It says what was seen, and of the time when it was seen.";

/// What is known of a run.
#[derive(Default)]
pub struct Run {
    /// The words of the command line, as a shell takes them.
    pub typed: Vec<String>,
    /// Whether it only shows a plan.
    pub is_dry: bool,
    /// When it began.
    pub began: Option<Timestamp>,
    /// Who signed in.
    pub user: Option<String>,
    /// What the audit log calls it.
    pub id: Option<String>,
    /// Whether anything was told to close.
    pub acts: bool,
    /// Whom event 9646 names, where that was asked for.
    pub victims: Option<KeptOut>,
    /// The plan that was shown last, or carried out.
    pub plan: Option<Planned>,
    /// What was seen to become of it.
    pub closed: Option<Closed>,
    /// Clients that earlier runs had closed, too.
    pub returned: Vec<Returned>,
}

/// Whom the event logs name.
#[derive(Default)]
pub struct KeptOut {
    /// Each of them, at each limit.
    pub records: Vec<victims::Record>,
    /// How far back was read.
    pub since: Option<Duration>,
    /// The servers that told.
    pub servers: Vec<String>,
    /// What of their logs is not known, for people.
    pub gaps: Vec<String>,
}

/// What was planned.
#[derive(Default)]
pub struct Planned {
    /// The servers that were read.
    pub servers: Vec<plan::PlannedServer>,
    /// The client addresses on each.
    pub addresses: Vec<plan::Record>,
    /// Servers that might tell of others who share an address, and did not.
    pub judged_without: Vec<String>,
}

/// What was seen.
pub struct Closed {
    /// The servers where something was to be done.
    pub servers: Vec<close::Server>,
    /// Each connection.
    pub connections: Vec<close::Record>,
    /// What those who were locked out may expect, and what else can be done.
    pub sentences: Vec<String>,
    /// Who of them is let in again.
    pub let_in: LetIn,
}

/// How it ended.
pub struct Ending<'a> {
    /// The verb.
    pub command: &'static str,
    /// The exit code.
    pub exit: Exit,
    /// What went wrong, or was in the way.
    pub problems: &'a [Problem],
    /// When.
    pub at: Timestamp,
    /// Where the reader is.
    pub zone: TimeZone,
}

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A page of its own.
    Html,
    /// For a ticket.
    Markdown,
}

impl Run {
    /// Whether there is anything to tell: a run that ends before a plan is made has done nothing.
    pub fn has_result(&self) -> bool {
        self.plan.is_some() || self.victims.is_some()
    }

    /// What the plan is; what is carried out later goes before it.
    pub fn plans(&mut self, servers: Vec<merged::Server>, addresses: Vec<plan::Record>) {
        let mut planned = Planned {
            addresses,
            ..Planned::default()
        };
        for server in servers {
            planned.servers.push(server.planned);
            for other in server.judged_without {
                if !planned.judged_without.contains(&other) {
                    planned.judged_without.push(other);
                }
            }
        }
        self.plan = Some(planned);
    }

    /// This is the plan that was carried out, which may be less than was shown.
    pub fn carries_out(&mut self, plan: &Plan) {
        let shown = self.plan.take().unwrap_or_default();
        self.plan = Some(Planned {
            servers: plan.servers(),
            addresses: plan.records(),
            ..shown
        });
    }

    /// The report.
    pub fn written(&self, style: Style, ending: &Ending<'_>) -> String {
        let zone = Zone::new(&ending.zone);
        let digest = Digest::of(self, ending, &zone);
        match style {
            Style::Html => html::page(&digest),
            Style::Markdown => markdown::text(&digest),
        }
    }
}
