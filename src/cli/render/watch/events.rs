//! A reading as lines of JSON, for a log shipper: one object for the server, one for each person near the limit.

use jiff::Timestamp;
use mapisweep_core::text::escape_json;
use serde::Serialize;

use super::{Record, Server};
use crate::cli::{
    render::SCHEMA,
    watched::{Known, Near},
};

#[derive(Serialize)]
struct Event<'a, T> {
    schema: u32,
    event: &'static str,
    time: Timestamp,
    #[serde(flatten)]
    what: &'a T,
    /// Of a person: whether it is so still.
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<bool>,
}

/// The last reading of a server: the server, those near the limit unless it failed, and those who are so no more.
pub fn events(known: &Known, gone: &[Near]) -> String {
    let time = known.tried_at;
    let mut lines = line("server", time, &Server::new(known), None);
    if known.down.is_some() {
        return lines;
    }
    if let Some(told) = &known.told {
        let near = told.near.iter().map(|near| (near, true));
        for (near, is_near) in near.chain(gone.iter().map(|near| (near, false))) {
            let record = Record::new(known, told, near);
            lines.push_str(&line("person", time, &record, Some(is_near)));
        }
    }
    lines
}

fn line(event: &'static str, time: Timestamp, what: &impl Serialize, near: Option<bool>) -> String {
    let schema = SCHEMA;
    let event = Event {
        schema,
        event,
        time,
        what,
        near,
    };
    escape_json(&serde_json::to_string(&event).unwrap_or_default()) + "\n"
}
