//! How results look: tables for people; JSON, CSV and NDJSON for programs. Pure: a result in, a string out.
//!
//! The data formats have one shape for every command: facts about each server, flat records, and what went wrong. They are
//! a contract, written down in `schema/`: with a new field or word a line is added there, and the tests say which.
//!
//! What came from elsewhere can harm in none of them: in tables and CSV a character that a terminal would obey or nobody
//! would see is a mark (`<U+202E>`), in JSON and NDJSON an escape, which a reader turns back.

pub mod again;
mod by_name;
mod cells;
pub mod close;
pub mod config;
pub mod connections;
pub mod dag;
pub mod doctor;
pub mod document;
pub mod helper;
pub mod logons;
pub mod merged;
pub mod plan;
pub mod report;
mod server;
pub mod stored;
pub mod sweep;
pub mod table;
pub mod verdict;
pub mod victims;
pub mod watch;
pub mod whoami;

use jiff::Timestamp;
use serde::Serialize;

use super::advice::Advice;
#[cfg(test)]
use super::args::Format;
pub use document::{Document, Ending, line};
use table::Page;

/// The version of the data formats; `schema/README.md` says when it changes.
pub const SCHEMA: u32 = 2;

/// A result that can be shown and written.
pub trait View {
    /// What kind of result it is, in JSON.
    const KIND: &'static str;
    /// What a record is called among the events of NDJSON.
    const EVENT: &'static str;
    /// One record, flat but for lists; a line of CSV and NDJSON. CSV's head is read off an empty one.
    type Record: Serialize + Default + Send + 'static;
    /// Facts about one server.
    type Server: Serialize + Send + 'static;

    /// For people, on this page; coloured.
    fn table(&self, page: Page) -> String;
    /// The records.
    fn records(&self) -> Vec<Self::Record>;
    /// Facts about each server.
    fn servers(&self) -> Vec<Self::Server>;
    /// Why it is not whole, or not as it was wished. People see it in the table, programs among the errors too: the exit code
    /// comes of it.
    fn shortfalls(&self) -> Vec<Problem> {
        Vec::new()
    }
    /// What a report of the run knows by it.
    fn report(&self, _run: &mut report::Run) {}
    /// Whether columns have titles, in tables and in CSV.
    fn has_titles(&self) -> bool {
        true
    }
    /// The lines of NDJSON: what each server told, and the records; without the shortfalls.
    fn lines(&self, time: Timestamp) -> String {
        let servers = self.servers();
        let servers = servers.iter().map(|server| line("read", time, server));
        let records = self.records();
        let records = records.iter().map(|record| line(Self::EVENT, time, record));
        servers.chain(records).collect()
    }
}

/// What went wrong, or is in the way: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The server, by the name the admin gave; `null` where it is none's.
    #[serde(rename = "where")]
    pub server: Option<String>,
    /// What happened.
    pub what: String,
    /// What to do about it; empty where there is nothing to be done.
    pub to_do: String,
}

impl Problem {
    /// That this may be missing of what a server told.
    pub fn gap(server: &str, what: impl Into<String>) -> Self {
        Self::new(Some(server), &Advice::new(what, NOT_WHOLE))
    }

    /// With the advice for what happened there.
    pub fn new(server: Option<&str>, advice: &Advice) -> Self {
        Self {
            server: server.map(str::to_owned),
            what: advice.what.clone(),
            to_do: advice.to_do.clone(),
        }
    }
}

/// What follows of what is missing.
const NOT_WHOLE: &str =
    "What is told is not whole, and nothing that depends on the rest is verified.";

/// There is no result, or none was asked for: what there is to say, the ending and the problems say.
#[derive(Default)]
pub struct NoResult;

/// There is none.
#[derive(Debug, Default, Serialize)]
pub struct NoRecord {}

impl View for NoResult {
    const KIND: &'static str = "none";
    const EVENT: &'static str = "none";
    type Record = NoRecord;
    type Server = NoRecord;

    fn table(&self, _page: Page) -> String {
        String::new()
    }

    fn records(&self) -> Vec<NoRecord> {
        Vec::new()
    }

    fn servers(&self) -> Vec<NoRecord> {
        Vec::new()
    }
}

/// Writes a result in the format asked for, uncut.
#[cfg(test)]
pub fn render<V: View>(view: &V, problems: &[Problem], format: Format) -> String {
    let ending = Ending {
        command: "test",
        exit: super::exit::Exit::Done,
        problems,
    };
    match format {
        Format::Table => view.table(Page::ENDLESS),
        Format::Json => Document::of(view).json(&ending),
        Format::Csv => Document::of(view).csv(),
        Format::Ndjson => view.lines(Timestamp::UNIX_EPOCH),
        // only one verb takes them, and has its own words for them
        Format::Openmetrics | Format::Nagios => String::new(),
    }
}

#[cfg(test)]
mod harmless;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod widths;
