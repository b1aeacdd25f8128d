//! Who is near the limit, read from the logons alone, for whoever only watches.

use std::{fmt, str::FromStr};

use super::{ServerSnapshot, over::everybody};
use crate::exchange::{SessionLimit, logon::SessionCount};

/// How many sessions are many: a number, or a share of what the server lets a user have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// So many, whatever the server's limit is.
    Sessions(usize),
    /// So many hundredths of the limit. Where there is none, or none is known, nobody reaches it.
    Percent(u32),
}

/// A text that is no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no number above 0, and no share of the limit such as 80%")]
pub struct NoLevel;

/// What somebody holds on one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Stays the same from one reading to the next.
    pub key: String,
    /// `CORP\jsmith` as the server writes it, or the DN where it gives no account.
    pub account: String,
    /// Sessions (or logons) of MAPI clients.
    pub held: SessionCount,
}

impl Level {
    /// The least number of sessions that reaches it; `None` where none does.
    pub fn least(self, limit: SessionLimit) -> Option<u64> {
        match self {
            Self::Sessions(number) => Some(number as u64),
            Self::Percent(percent) => {
                let share = limit.number()?.saturating_mul(percent.into());
                Some(share.div_ceil(100).max(1))
            }
        }
    }

    /// Whether so many sessions reach it.
    pub fn is_reached_by(self, sessions: usize, limit: SessionLimit) -> bool {
        let least = self.least(limit);
        least.is_some_and(|least| sessions as u64 >= least)
    }

    /// Whether it means anything there: a share of a limit that nobody could be asked for is not known.
    pub fn is_known(self, limit: SessionLimit) -> bool {
        matches!(self, Self::Sessions(_)) || limit != SessionLimit::Unknown
    }
}

impl FromStr for Level {
    type Err = NoLevel;

    fn from_str(text: &str) -> Result<Self, NoLevel> {
        let level = match text.strip_suffix('%') {
            Some(percent) => percent.trim_end().parse().map(Self::Percent),
            None => text.parse().map(Self::Sessions),
        };
        match level {
            Ok(Self::Percent(0) | Self::Sessions(0)) | Err(_) => Err(NoLevel),
            Ok(level) => Ok(level),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sessions(number) => write!(f, "{number}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// Everybody who holds sessions of MAPI clients on a server, most first. Windows' and Exchange's own accounts are left out, as
/// are sessions of Exchange's services and those by which Exchange servers act for their users.
pub fn holders(snapshot: &ServerSnapshot) -> Vec<Holder> {
    let everybody = everybody(std::slice::from_ref(snapshot));
    let holders = everybody.iter().filter_map(|(key, one)| {
        let held = one.held();
        (held.count > 0 && !one.is_a_systems).then(|| Holder {
            key: key.text().to_owned(),
            account: one.shown(),
            held,
        })
    });
    let mut holders: Vec<_> = holders.collect();
    holders.sort_by(|one, other| {
        let by_count = other.held.count.cmp(&one.held.count);
        by_count.then_with(|| one.key.cmp(&other.key))
    });
    holders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::SessionLimit::*;

    #[test]
    fn a_level_is_a_number_or_a_share() {
        for (text, level) in [
            ("28", Ok(Level::Sessions(28))),
            ("80%", Ok(Level::Percent(80))),
            ("120 %", Ok(Level::Percent(120))),
            ("0", Err(NoLevel)),
            ("0%", Err(NoLevel)),
            ("-1", Err(NoLevel)),
            ("80 percent", Err(NoLevel)),
            ("%", Err(NoLevel)),
            ("", Err(NoLevel)),
        ] {
            assert_eq!(text.parse(), level, "{text:?}");
        }
    }

    #[test]
    fn a_level_is_reached_from_its_least_number_on() {
        for (level, limit, least) in [
            (Level::Percent(80), AtMost(32), Some(26)),
            (Level::Percent(100), AtMost(32), Some(32)),
            (Level::Percent(50), Assumed(32), Some(16)),
            (Level::Percent(1), AtMost(0), Some(1)),
            (
                Level::Percent(80),
                AtMost(u64::MAX),
                Some(u64::MAX / 100 + 1),
            ),
            (Level::Percent(80), Disabled, None),
            (Level::Percent(80), Unknown, None),
            (Level::Sessions(20), Unknown, Some(20)),
            (Level::Sessions(20), Disabled, Some(20)),
        ] {
            assert_eq!(level.least(limit), least, "{level} of {limit:?}");
            let Some(least) = least else {
                assert!(!level.is_reached_by(usize::MAX, limit), "{level}");
                continue;
            };
            let least = least as usize;
            assert!(level.is_reached_by(least, limit), "{level} of {limit:?}");
            assert!(!level.is_reached_by(least - 1, limit), "{level}");
        }
        assert!(!Level::Percent(80).is_known(Unknown));
        assert!(Level::Percent(80).is_known(Disabled));
        assert!(Level::Sessions(20).is_known(Unknown));
    }
}
