//! Event 9646 of the information store: somebody was refused something, because a limit was reached.
//!
//! What counts is the event's data, which is in no language: the user's DN, on Exchange 2013 and later the kind of
//! client, the limit, the kind of object. Where Windows has `Get-WinEvent`, the log itself is asked for these events
//! and nothing else, by its own clock; Server 2003 has the older `Get-EventLog` only, which nobody has seen answer here.

mod missing;
mod victim;

use std::time::Duration;

use jiff::Timestamp;

use super::Clock;
use crate::batch::{Question, Row};

pub use missing::Missing;
pub use victim::{Limit, Victim};

/// So many events are read at most, the newest. A client that is refused tries again and again.
pub const MOST: usize = 2000;

const ID: i64 = 9646;
const LOG: &str = "Application";
const SOURCE: &str = "MSExchangeIS";

/// Somebody exceeded a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    /// When; `None` where that means no moment.
    pub at: Option<Timestamp>,
    /// Whose session it is: a legacyExchangeDN, mostly.
    pub dn: String,
    /// The kind of client, where the event tells.
    pub client: Option<String>,
    /// How many are allowed.
    pub limit: u64,
    /// Of what: `session`, `objtFolder`, …
    pub object: String,
}

impl Exceeded {
    /// Asks for the newest events of this length of time. The log judges their age by the server's clock, and nothing goes
    /// through a language: a time given as a parameter would be read as the server's culture writes it.
    pub fn within(since: Duration) -> Question {
        let path = format!(
            "*[System[Provider[@Name='{SOURCE}'] and (EventID={ID}) and TimeCreated[timediff(@SystemTime) <= {}]]]",
            since.as_millis()
        );
        from_log(&["TimeCreated", "Properties"])
            .parameter("FilterXPath", path)
            .parameter("MaxEvents", most())
    }

    /// Asks for the newest errors of the information store where there is no other way: Server 2003. Which of them are
    /// these events, and how old, is judged when they are read.
    pub fn on_server_2003() -> Question {
        let columns = &["TimeGenerated", "EventID", "ReplacementStrings"];
        Question::of("Get-EventLog", columns)
            .parameter("LogName", LOG)
            .parameter("Source", SOURCE)
            .parameter("EntryType", "Error")
            .parameter("Newest", most())
    }

    /// Whether the object is an event of another kind.
    pub fn is_another(row: &Row) -> bool {
        row.number("EventID").is_some_and(|id| id != ID)
    }

    /// Reads one returned object; `None` where its data is not as any known Exchange writes it.
    pub fn from_row(row: &Row, clock: &Clock) -> Option<Self> {
        let mut data = row.texts("Properties");
        data.extend(row.texts("ReplacementStrings"));
        let mut data = data.iter().map(|text| text.trim());
        let dn = data.next().filter(|who| !who.is_empty())?;
        let mut client = None;
        let limit = data.find_map(|text| match text.parse() {
            Ok(limit) => Some(limit),
            Err(_) => {
                client = client.or(Some(text).filter(|text| !text.is_empty()));
                None
            }
        })?;
        // the bytes that come last are no word
        let object = data
            .next()
            .filter(|object| object.starts_with(char::is_alphabetic))?;
        Some(Self {
            at: time(row, clock),
            dn: dn_in(dn).unwrap_or(dn).to_owned(),
            client: client.map(str::to_owned),
            limit,
            object: object.to_owned(),
        })
    }
}

/// Asks for the oldest event of the log, of any kind: how far it goes back.
pub fn oldest() -> Question {
    from_log(&["TimeCreated"])
        .switch("Oldest")
        .parameter("MaxEvents", 1)
}

/// When an event was logged; `None` where that means no moment.
pub fn time(row: &Row, clock: &Clock) -> Option<Timestamp> {
    let date = row.date("TimeCreated").or(row.date("TimeGenerated"))?;
    clock.moment(&date)
}

fn from_log(columns: &'static [&'static str]) -> Question {
    Question::of("Get-WinEvent", columns).parameter("LogName", LOG)
}

fn most() -> i32 {
    MOST.try_into().unwrap_or(i32::MAX)
}

/// The DN in a text that may begin with the mailbox's GUID.
fn dn_in(who: &str) -> Option<&str> {
    let from = who.to_ascii_lowercase().find("/o=")?;
    let dn = who.get(from..)?;
    let before = who.get(..from)?;
    (before.is_empty() || before.ends_with(": ")).then_some(dn)
}

#[cfg(test)]
mod tests;
