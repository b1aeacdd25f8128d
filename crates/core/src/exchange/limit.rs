//! How many sessions a user may hold on a server.

use crate::batch::{Question, Row};

/// What the registry says about the session limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionLimit {
    /// At most this many sessions a user.
    AtMost(u64),
    /// `Disable Session Limit` is set.
    Disabled,
}

/// Exchange's own default, used where the registry says nothing.
pub const DEFAULT: SessionLimit = SessionLimit::AtMost(32);

const DISABLED: &str = "Disable Session Limit";
const LIMIT: &str = "Maximum Allowed Sessions Per User";

impl SessionLimit {
    /// Asks for the values under `ParametersSystem`. The key exists on every Exchange server; values in it need not.
    pub fn from_registry() -> Question {
        Question::of("Get-ItemProperty", &[DISABLED, LIMIT]).parameter(
            "Path",
            r"HKLM:\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem",
        )
    }

    /// Reads the returned object.
    pub fn from_row(row: &Row) -> Self {
        if row.count(DISABLED).is_some_and(|flag| flag != 0) {
            return Self::Disabled;
        }
        row.count(LIMIT).map_or(DEFAULT, Self::AtMost)
    }

    /// Whether this many sessions leave no room for another.
    pub fn is_reached_by(self, sessions: usize) -> bool {
        match self {
            Self::AtMost(limit) => sessions as u64 >= limit,
            Self::Disabled => false,
        }
    }
}
