//! The Application log of a machine, as far as its information store writes into it.

use std::time::Duration;

use jiff::Timestamp;

/// An event of the information store.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    pub at: Timestamp,
    /// What stands in its EventData: the strings before the bytes.
    pub data: Vec<String>,
}

/// A log, the oldest event first.
#[derive(Debug)]
pub(crate) struct EventLog {
    /// When it begins: older events were overwritten.
    pub begins: Timestamp,
    events: Vec<Logged>,
}

/// That of a machine that has been up for long.
const REACH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Default for EventLog {
    fn default() -> Self {
        Self {
            begins: Timestamp::now() - REACH,
            events: Vec::new(),
        }
    }
}

impl EventLog {
    /// Event 9646 with this data.
    pub fn write(&mut self, at: Timestamp, data: Vec<String>) {
        self.events.push(Logged { at, data });
        self.events.sort_by_key(|event| event.at);
    }

    /// The events that were not overwritten, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Logged> {
        let events = self.events.iter().rev();
        events.filter(|event| event.at >= self.begins)
    }
}
