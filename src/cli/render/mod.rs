//! How results look: tables for people; JSON, CSV and NDJSON for programs. Pure: a result in, a string out.
//!
//! The data formats have one shape for every command: facts about each server, flat records, and the failures. Their
//! schema has a version, which changes when a field changes its meaning or goes; new fields may come at any time.
//!
//! What came from elsewhere can harm in none of them: in tables and CSV a character that a terminal would obey or nobody
//! would see is a mark (`<U+202E>`), in JSON and NDJSON an escape, which a reader turns back.

pub mod again;
mod cells;
pub mod close;
pub mod connections;
pub mod dag;
pub mod logons;
pub mod merged;
pub mod plan;
mod server;
pub mod stored;
pub mod sweep;
pub mod table;
mod verdict;
pub mod victims;
pub mod watch;
pub mod whoami;

use mapisweep_core::text::escape_json;
use serde::Serialize;

use super::{advice::Advice, args::Format};
use cells::csv;
use table::Page;

/// The version of the data formats.
pub const SCHEMA: u32 = 1;

/// A result that can be shown and written.
pub trait View {
    /// What kind of result it is, in the data formats.
    const KIND: &'static str;
    /// One flat record; a line of CSV and NDJSON.
    type Record: Serialize;
    /// Facts about one server.
    type Server: Serialize;

    /// For people, on this page; coloured.
    fn table(&self, page: Page) -> String;
    /// The flat records.
    fn records(&self) -> Vec<Self::Record>;
    /// Facts about each server.
    fn servers(&self) -> Vec<Self::Server>;
    /// Whether columns have titles, in tables and in CSV.
    fn has_titles(&self) -> bool {
        true
    }
}

/// A server that could not do its part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedServer {
    /// The server, by the name the admin gave.
    pub server: String,
    /// What happened there.
    pub error: String,
    /// What to do about it.
    pub advice: String,
}

impl FailedServer {
    /// With the advice for what happened there.
    pub fn new(server: &str, advice: &Advice) -> Self {
        Self {
            server: server.to_owned(),
            error: advice.what.clone(),
            advice: advice.to_do.clone(),
        }
    }
}

/// No server could do its part.
pub struct NoResult;

impl View for NoResult {
    const KIND: &'static str = "failed";
    type Record = ();
    type Server = ();

    fn table(&self, _page: Page) -> String {
        String::new()
    }

    fn records(&self) -> Vec<()> {
        Vec::new()
    }

    fn servers(&self) -> Vec<()> {
        Vec::new()
    }
}

#[derive(Serialize)]
struct Document<'a, V: View> {
    schema: u32,
    kind: &'static str,
    servers: Vec<V::Server>,
    records: Vec<V::Record>,
    failures: &'a [FailedServer],
}

/// Writes a result in the format asked for, uncut. CSV and NDJSON carry the records only.
pub fn render<V: View>(view: &V, failures: &[FailedServer], format: Format) -> String {
    render_on(Page::ENDLESS, view, failures, format)
}

/// The same; a table fits this page.
pub fn render_on<V: View>(
    page: Page,
    view: &V,
    failures: &[FailedServer],
    format: Format,
) -> String {
    match format {
        Format::Table => view.table(page),
        Format::Json => json(view, failures),
        Format::Csv => csv(&view.records(), view.has_titles()),
        Format::Ndjson => ndjson(&view.records()),
        // only one verb takes them, and writes them itself
        Format::Openmetrics | Format::Nagios => String::new(),
    }
}

fn json<V: View>(view: &V, failures: &[FailedServer]) -> String {
    let document = Document::<V> {
        schema: SCHEMA,
        kind: V::KIND,
        servers: view.servers(),
        records: view.records(),
        failures,
    };
    // only a map with keys that are no strings could fail, and there is none
    escape_json(&serde_json::to_string_pretty(&document).unwrap_or_default())
}

fn ndjson(records: &[impl Serialize]) -> String {
    let line = |record| escape_json(&serde_json::to_string(record).unwrap_or_default()) + "\n";
    records.iter().map(line).collect()
}

#[cfg(test)]
mod harmless;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod widths;
