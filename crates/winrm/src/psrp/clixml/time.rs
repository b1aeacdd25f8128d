//! Times and durations, kept as the text that came so that nothing of their precision is lost.

use std::fmt;

use jiff::{Timestamp, civil, tz::TimeZone};

/// A `<DT>`: `2026-03-02T09:05:00.1234567+01:00`, with the offset, `Z`, or neither (\[MS-PSRP\] 2.2.5.1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTime(String);

impl DateTime {
    /// Takes the text as it stands.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instant it names. A text without an offset is taken for UTC, the only reading that needs no guess about
    /// the server's time zone.
    pub fn timestamp(&self) -> Option<Timestamp> {
        let text = self.0.trim();
        text.parse().ok().or_else(|| {
            let local: civil::DateTime = text.parse().ok()?;
            TimeZone::UTC.to_timestamp(local).ok()
        })
    }
}

impl From<Timestamp> for DateTime {
    fn from(timestamp: Timestamp) -> Self {
        Self(format!("{timestamp:.7}"))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A `<TS>`: an XML duration, `PT9.0269026S` (\[MS-PSRP\] 2.2.5.1.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duration(String);

impl Duration {
    /// Takes the text as it stands.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
