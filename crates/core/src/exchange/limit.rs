//! How many sessions a user may hold on a server.

use super::setting::Setting;
use crate::batch::{Question, Row};

/// A limit, as the registry has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionLimit {
    /// At most this many sessions a user.
    AtMost(u64),
    /// The same, Exchange's own default, because the registry could not be read.
    Assumed(u64),
    /// `Disable Session Limit` is set.
    Disabled,
    /// Nobody could be asked, and nothing is assumed.
    Unknown,
}

/// The limits of a server: one for each kind of session, for what MAPI clients hold does not count against what
/// Exchange's services hold, nor the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of what MAPI clients open, such as Outlook.
    pub mapi: SessionLimit,
    /// Of what Exchange's own services open for a user: see [`Logon::is_of_a_service`](super::Logon::is_of_a_service).
    pub services: SessionLimit,
}

const DISABLED: &str = "Disable Session Limit";
const MAPI: &str = "Maximum Allowed Sessions Per User";
const SERVICES: &str = "Maximum Allowed Service Sessions Per User";

/// Exchange's own, used where the registry says nothing.
const MAPI_DEFAULT: u64 = 32;
const SERVICES_DEFAULT: u64 = 16;

impl Limits {
    /// Those of a server that says nothing else.
    pub const DEFAULT: Self = Self {
        mapi: SessionLimit::AtMost(MAPI_DEFAULT),
        services: SessionLimit::AtMost(SERVICES_DEFAULT),
    };

    /// Those of a server of which they cannot be read.
    pub const ASSUMED: Self = Self {
        mapi: SessionLimit::Assumed(MAPI_DEFAULT),
        services: SessionLimit::Assumed(SERVICES_DEFAULT),
    };

    /// Those of a server whose registry nobody could be asked for.
    pub const UNKNOWN: Self = Self {
        mapi: SessionLimit::Unknown,
        services: SessionLimit::Unknown,
    };

    /// Asks for the values under `ParametersSystem`. The key exists on every Exchange server; values in it need not.
    pub fn from_registry() -> Question {
        Question::of("Get-ItemProperty", &[DISABLED, MAPI, SERVICES]).parameter(
            "Path",
            r"HKLM:\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem",
        )
    }

    /// Reads the returned object.
    pub fn from_row(row: &Row) -> Self {
        let limit = |column, default| match (Setting::of(row, DISABLED), Setting::of(row, column)) {
            (Setting::Number(1..), _) => SessionLimit::Disabled,
            (_, Setting::NotUnderstood) => SessionLimit::Assumed(default),
            (disabled, setting) => {
                let limit = match setting {
                    Setting::Number(number) => number,
                    Setting::NotSet | Setting::NotUnderstood => default,
                };
                match disabled {
                    Setting::NotUnderstood => SessionLimit::Assumed(limit),
                    Setting::NotSet | Setting::Number(_) => SessionLimit::AtMost(limit),
                }
            }
        };
        Self {
            mapi: limit(MAPI, MAPI_DEFAULT),
            services: limit(SERVICES, SERVICES_DEFAULT),
        }
    }
}

impl SessionLimit {
    /// Whether this many sessions leave no room for another.
    pub fn is_reached_by(self, sessions: usize) -> bool {
        self.number().is_some_and(|limit| sessions as u64 >= limit)
    }

    /// Whether less than a quarter of it is free, so that an Outlook that starts, which opens several, may reach it. How many
    /// it opens depends on its mode, add-ins and shared mailboxes: the quarter is a judgement, and no fact.
    pub fn is_nearly_reached_by(self, sessions: usize) -> bool {
        let free = |limit: u64| limit.saturating_sub(sessions as u64);
        self.number().is_some_and(|limit| free(limit) < limit / 4)
    }

    /// How many sessions; `None` where there is no limit, or none is known.
    pub fn number(self) -> Option<u64> {
        match self {
            Self::AtMost(limit) | Self::Assumed(limit) => Some(limit),
            Self::Disabled | Self::Unknown => None,
        }
    }

    /// Whether it could not be read.
    pub fn is_assumed(self) -> bool {
        matches!(self, Self::Assumed(_))
    }
}

#[cfg(test)]
mod tests {
    use mapisweep_winrm::psrp::clixml::{Object, Value};

    use super::{SessionLimit::*, *};

    #[test]
    fn limits_are_read_or_assumed() {
        let dword = |number: i32| Value::I32(number);
        for (values, mapi, services) in [
            (vec![], AtMost(32), AtMost(16)),
            (vec![(MAPI, dword(40))], AtMost(40), AtMost(16)),
            (vec![(SERVICES, dword(64))], AtMost(32), AtMost(64)),
            (
                vec![(MAPI, dword(i32::MIN))],
                AtMost(2_147_483_648),
                AtMost(16),
            ),
            (vec![(MAPI, dword(-1))], AtMost(u32::MAX.into()), AtMost(16)),
            (
                vec![(MAPI, Value::I64(5_000_000_000))],
                AtMost(5_000_000_000),
                AtMost(16),
            ),
            (vec![(MAPI, "48".into())], AtMost(48), AtMost(16)),
            (vec![(MAPI, Value::Null)], AtMost(32), AtMost(16)),
            (vec![(MAPI, "viele".into())], Assumed(32), AtMost(16)),
            (
                vec![(MAPI, Value::I64(-5_000_000_000))],
                Assumed(32),
                AtMost(16),
            ),
            (
                vec![(MAPI, dword(40)), (SERVICES, "?".into())],
                AtMost(40),
                Assumed(16),
            ),
            (vec![(DISABLED, dword(0))], AtMost(32), AtMost(16)),
            (vec![(DISABLED, dword(1))], Disabled, Disabled),
            (vec![(DISABLED, dword(-1))], Disabled, Disabled),
            (
                vec![(DISABLED, dword(1)), (MAPI, "?".into())],
                Disabled,
                Disabled,
            ),
            (
                vec![(DISABLED, "ja".into()), (MAPI, dword(40))],
                Assumed(40),
                Assumed(16),
            ),
        ] {
            let shown = format!("{values:?}");
            let mut object = Object::default();
            let named = values.into_iter();
            object
                .extended
                .extend(named.map(|(name, value)| (name.to_owned(), value)));
            let row = Row::of_object(&Limits::from_registry(), &object.into());
            assert_eq!(Limits::from_row(&row), Limits { mapi, services }, "{shown}");
        }
    }

    #[test]
    fn a_limit_is_reached_or_not() {
        for (limit, sessions, is_reached) in [
            (AtMost(32), 31, false),
            (AtMost(32), 32, true),
            (Assumed(32), 31, false),
            (Assumed(32), 32, true),
            (Disabled, usize::MAX, false),
        ] {
            assert_eq!(limit.is_reached_by(sessions), is_reached, "{limit:?}");
        }
    }
}
