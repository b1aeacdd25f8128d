//! Why there may be more events than those that were read.

use std::fmt;

use crate::exchange::Gap;

use super::MOST;

/// Why events may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// What the server said or did.
    Said(Gap),
    /// There were as many as are read at most.
    TooMany,
    /// So many events were not as any known Exchange writes them.
    NotUnderstood(usize),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(gap) => gap.fmt(f),
            Self::TooMany => write!(f, "only the newest {MOST} were read"),
            Self::NotUnderstood(1) => {
                f.write_str("the data of 1 event is not as any known Exchange writes it")
            }
            Self::NotUnderstood(number) => write!(
                f,
                "the data of {number} events is not as any known Exchange writes it"
            ),
        }
    }
}
