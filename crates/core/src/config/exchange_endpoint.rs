//! `--exchange-endpoint`: where Exchange's cmdlets are asked.

use std::str::FromStr;

use serde::Deserialize;

use super::value::{InvalidValue, invalid};

/// Where Exchange's cmdlets are asked. The helper, the clock and the registry are the plain endpoint's in any case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExchangeEndpoint {
    /// By the snap-in on the plain endpoint; where that cannot reach Active Directory, or cannot be had, at Exchange's own.
    #[default]
    Auto,
    /// At Exchange's own endpoint, `/PowerShell/`, and nowhere else.
    Own,
    /// By the snap-in on the plain endpoint, and nowhere else.
    SnapIn,
}

impl FromStr for ExchangeEndpoint {
    type Err = InvalidValue;

    fn from_str(word: &str) -> Result<Self, InvalidValue> {
        match word {
            "auto" => Ok(Self::Auto),
            "own" => Ok(Self::Own),
            "snap-in" => Ok(Self::SnapIn),
            other => Err(invalid(other, "auto, own or snap-in")),
        }
    }
}
