//! Times and durations, kept as the text that came so that nothing of their precision is lost.

use std::fmt;

use jiff::Timestamp;

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

    /// The instant it names. None if there is neither offset nor `Z`: .NET does not know either whose clock that was,
    /// and its "no date" (0001-01-01T00:00:00) is such a one. None for the end of the year 9999, its "for ever".
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.0.trim().parse().ok()
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
