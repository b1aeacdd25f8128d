//! What programs read: one JSON document or a CSV table at the end of a run, or a line for each event while it goes on.

use jiff::Timestamp;
use mapisweep_core::text::escape_json;
use serde::Serialize;

use super::{NoResult, Problem, SCHEMA, View, cells::csv};
use crate::cli::exit::Exit;

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// The verb, as it is typed.
    pub command: &'static str,
    /// How.
    pub exit: Exit,
    /// What went wrong, or was in the way.
    pub problems: &'a [Problem],
}

/// A result that is written once it is known how the run ended.
pub struct Document {
    result: Box<dyn Written + Send>,
    shortfalls: Vec<Problem>,
    is_known: bool,
}

impl Document {
    /// Of this result.
    pub fn of<V: View>(view: &V) -> Self {
        let result = Fields {
            kind: V::KIND,
            servers: view.servers(),
            records: view.records(),
            has_titles: view.has_titles(),
        };
        Self {
            result: Box::new(result),
            shortfalls: view.shortfalls(),
            is_known: true,
        }
    }

    /// Where nothing is known yet of a result of this kind: it has a head in CSV, and is none in JSON.
    pub fn empty<V: View>(has_titles: bool) -> Self {
        let result = Fields::<V::Server, V::Record> {
            kind: V::KIND,
            servers: Vec::new(),
            records: Vec::new(),
            has_titles,
        };
        Self {
            result: Box::new(result),
            shortfalls: Vec::new(),
            is_known: false,
        }
    }

    /// As one JSON document.
    pub fn json(&self, ending: &Ending<'_>) -> String {
        let is_new = |why: &&Problem| !ending.problems.contains(why);
        let shortfalls = self.shortfalls.iter().filter(is_new);
        let problems: Vec<_> = ending.problems.iter().chain(shortfalls).collect();
        match self.is_known {
            true => self.result.json(ending, &problems),
            false => Self::of(&NoResult).result.json(ending, &problems),
        }
    }

    /// Its records as CSV.
    pub fn csv(&self) -> String {
        self.result.csv()
    }
}

trait Written {
    fn json(&self, ending: &Ending<'_>, errors: &[&Problem]) -> String;
    fn csv(&self) -> String;
}

struct Fields<S, R> {
    kind: &'static str,
    servers: Vec<S>,
    records: Vec<R>,
    has_titles: bool,
}

impl<S: Serialize, R: Serialize + Default> Written for Fields<S, R> {
    fn json(&self, ending: &Ending<'_>, errors: &[&Problem]) -> String {
        let written = Json {
            schema: SCHEMA,
            kind: self.kind,
            command: ending.command,
            exit_code: ending.exit as u8,
            outcome: ending.exit,
            servers: &self.servers,
            records: &self.records,
            errors,
        };
        // only a map with keys that are no strings could fail, and there is none
        escape_json(&serde_json::to_string_pretty(&written).unwrap_or_default())
    }

    fn csv(&self) -> String {
        csv(&self.records, self.has_titles)
    }
}

/// The fields of a document, in their order.
#[derive(Serialize)]
struct Json<'a, S, R> {
    schema: u32,
    kind: &'static str,
    command: &'static str,
    exit_code: u8,
    outcome: Exit,
    servers: &'a [S],
    records: &'a [R],
    errors: &'a [&'a Problem],
}

/// An event and its fields, as a line of NDJSON.
pub fn line(event: &'static str, time: Timestamp, fields: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Line<'a, F> {
        event: &'static str,
        time: Timestamp,
        #[serde(flatten)]
        fields: &'a F,
    }
    let line = Line {
        event,
        time,
        fields,
    };
    escape_json(&serde_json::to_string(&line).unwrap_or_default()) + "\n"
}
