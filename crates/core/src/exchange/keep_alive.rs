//! How long Windows keeps a silent connection before it looks whether anybody is still there: what lets dead sessions
//! pile up.

use std::time::Duration;

use super::setting::Setting;
use crate::batch::{Question, Row};

/// After how much silence Windows looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepAlive {
    /// After Windows' own two hours: the registry says nothing.
    Default,
    /// After this, as the registry says.
    After(Duration),
}

const TIME: &str = "KeepAliveTime";
const WINDOWS_OWN: Duration = Duration::from_secs(2 * 60 * 60);

/// Microsoft's health check asks for no more.
const RECOMMENDED: Duration = Duration::from_secs(30 * 60);

impl KeepAlive {
    /// Asks the registry. The key exists on every Windows; the value need not.
    pub fn from_registry() -> Question {
        Question::of("Get-ItemProperty", &[TIME]).parameter(
            "Path",
            r"HKLM:\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters",
        )
    }

    /// Reads the returned object; `None` where the value is no number.
    pub fn from_row(row: &Row) -> Option<Self> {
        match Setting::of(row, TIME) {
            Setting::NotSet => Some(Self::Default),
            Setting::Number(milliseconds) => Some(Self::After(Duration::from_millis(milliseconds))),
            Setting::NotUnderstood => None,
        }
    }

    /// How long.
    pub fn time(self) -> Duration {
        match self {
            Self::Default => WINDOWS_OWN,
            Self::After(time) => time,
        }
    }

    /// Whether dead connections stay for longer than is recommended.
    pub fn is_long(self) -> bool {
        self.time() > RECOMMENDED
    }
}

#[cfg(test)]
mod tests {
    use mapisweep_winrm::psrp::clixml::{Object, Value};

    use super::*;

    #[test]
    fn two_hours_are_windows_own_and_too_long() {
        for (value, read, is_long) in [
            (None, Some(KeepAlive::Default), true),
            (Some(Value::I32(900_000)), Some(after(900)), false),
            (Some(Value::I32(1_800_000)), Some(after(1800)), false),
            (Some(Value::I32(7_200_000)), Some(after(7200)), true),
            // a DWORD above 2^31
            (
                Some(Value::I32(-1)),
                Some(KeepAlive::After(Duration::from_millis(u32::MAX.into()))),
                true,
            ),
            (Some("lange".into()), None, false),
        ] {
            let mut object = Object::default();
            let value = value.map(|value| (TIME.to_owned(), value));
            object.extended.extend(value);
            let row = Row::of_object(&KeepAlive::from_registry(), &object.into());
            let found = KeepAlive::from_row(&row);
            assert_eq!(found, read);
            assert_eq!(found.is_some_and(KeepAlive::is_long), is_long, "{read:?}");
        }
    }

    fn after(seconds: u64) -> KeepAlive {
        KeepAlive::After(Duration::from_secs(seconds))
    }
}
