//! Times, as the reader's clock on the wall shows them.

use jiff::{Timestamp, tz::TimeZone};

/// The reader's zone.
pub struct Zone<'a>(&'a TimeZone);

impl<'a> Zone<'a> {
    /// This one.
    pub fn new(zone: &'a TimeZone) -> Self {
        Self(zone)
    }

    /// `2026-03-02 09:05`
    pub fn minute(&self, time: Timestamp) -> String {
        let time = time.to_zoned_datetime(self.0.clone());
        time.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// The same, or a dash where the server does not say.
    pub fn minute_of(&self, time: Option<Timestamp>) -> String {
        time.map_or_else(|| "–".to_owned(), |time| self.minute(time))
    }

    /// `2026-03-02 09:05:12 (UTC+01:00)`
    pub fn second(&self, time: Timestamp) -> String {
        let time = time.to_zoned_datetime(self.0.clone());
        time.strftime("%Y-%m-%d %H:%M:%S (UTC%:z)").to_string()
    }
}
