//! What is run.

use std::fmt;

use crate::breaking::Half;

/// The verbs that sign in, and the formats they speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Logons,
    LogonsJson,
    Connections,
    DryRun,
    Close,
    CloseJson,
    Sweep,
}

impl Verb {
    /// Its command line.
    pub fn line(self) -> &'static str {
        match self {
            Self::Logons => "logons --server ex01",
            Self::LogonsJson => "logons --server ex01 --format json",
            Self::Connections => "connections --server ex01 --format json",
            Self::DryRun => "close jsmith --server ex01 --dry-run --format json",
            Self::Close => "close jsmith --server ex01 --yes",
            Self::CloseJson => "close jsmith --server ex01 --yes --format json",
            Self::Sweep => "sweep --server ex01 --yes",
        }
    }

    /// Which half of the cases it takes, where another tells the same in another format; with `MAPISWEEP_MATRIX=whole` each
    /// takes all.
    pub fn half(self) -> Option<Half> {
        if std::env::var("MAPISWEEP_MATRIX").is_ok_and(|wish| wish == "whole") {
            return None;
        }
        match self {
            Self::Logons | Self::Close => Some(Half::First),
            Self::LogonsJson | Self::CloseJson => Some(Half::Second),
            Self::Connections | Self::DryRun | Self::Sweep => None,
        }
    }

    /// Whether it may close connections.
    pub fn closes(self) -> bool {
        matches!(self, Self::Close | Self::CloseJson | Self::Sweep)
    }

    /// Whether its result is a JSON document.
    pub fn is_json(self) -> bool {
        self.line().ends_with("json")
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.line())
    }
}
