//! One exchange of a run broken in one way.

use std::fmt;

use mapisweep_lab::{Breakage, Faults};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::report::tell;

/// Runs at once: most of a run is spent waiting for things to be tried again.
static BUSY: Semaphore = Semaphore::const_new(12);
/// Runs at once that wait for a server most of the time.
static WAITING: Semaphore = Semaphore::const_new(40);

/// Which half of the cases, where two verbs differ in the format alone: what breaks once for the one breaks for good for the
/// other, by turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    First,
    Second,
}

/// One exchange of a run broken in one way.
#[derive(Debug, Clone, Copy)]
pub struct Breaking {
    /// Which exchange breaks, counted from 1.
    pub exchange: u64,
    /// How.
    pub way: Breakage,
    /// Whether all later ones break, too.
    pub lasts: bool,
}

impl Breaking {
    /// Each exchange of a run in each way, once and from then on; or a half of that. Says how many that are.
    pub fn all(line: &str, exchanges: u64, half: Option<Half>) -> Vec<Self> {
        let once_and_on = |exchange, way| {
            [false, true].map(|lasts| Self {
                exchange,
                way,
                lasts,
            })
        };
        let ways = Breakage::all();
        let pairs = (1..=exchanges)
            .flat_map(|exchange| ways.iter().map(move |&way| once_and_on(exchange, way)));
        let cases: Vec<_> = match half {
            None => pairs.flatten().collect(),
            Some(half) => {
                let first = usize::from(half == Half::Second);
                let turns = pairs.enumerate();
                turns.map(|(turn, pair)| pair[(turn + first) % 2]).collect()
            }
        };
        let of = if half.is_some() { ", half of them" } else { "" };
        let (ways, number) = (ways.len(), cases.len());
        tell(&format!(
            "{line}: {exchanges} exchanges × {ways} ways × 2{of} = {number} cases"
        ));
        cases
    }

    /// Has a server behave so.
    pub fn faults(self) -> Faults {
        let way = Some((self.exchange, self.way));
        let (at_exchange, from_exchange) = match self.lasts {
            true => (None, way),
            false => (way, None),
        };
        Faults {
            at_exchange,
            from_exchange,
            ..Faults::default()
        }
    }

    /// Waits until there is room for its run.
    pub async fn place(self) -> SemaphorePermit<'static> {
        let is_silent = matches!(self.way, Breakage::Hang | Breakage::Drip);
        place(is_silent).await
    }
}

/// Waits until there is room for a run, on a server that says nothing or one that answers.
pub async fn place(is_silent: bool) -> SemaphorePermit<'static> {
    let places = if is_silent { &WAITING } else { &BUSY };
    places.acquire().await.expect("never closed")
}

impl fmt::Display for Breaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            exchange,
            way,
            lasts,
        } = self;
        let when = if *lasts { "from" } else { "at" };
        write!(f, "{way:?} {when} {exchange}")
    }
}
