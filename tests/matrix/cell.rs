//! One run with one breakage, and how the lab stands after it.

use std::{
    fmt,
    time::{Duration, Instant},
};

use mapisweep_lab::{Breakage, Faults, Leftovers, Server, event::What};

use crate::{
    support::{Mapisweep, Ran, Running, locked_out},
    verb::Verb,
};

/// How long one step on a server may take, for these runs.
pub const BOUNDS: &str = "--timeout 3s";
/// No run takes longer, cleaning up included.
pub const BOUND: Duration = Duration::from_secs(20);
/// What the server is still about when a run has ended.
const SETTLING: Duration = Duration::from_secs(1);

/// One exchange of a run broken in one way.
#[derive(Debug, Clone, Copy)]
pub struct Breaking {
    /// Which exchange breaks, counted from 1.
    pub exchange: u64,
    pub way: Breakage,
    /// Whether all later ones break, too.
    pub lasts: bool,
}

/// Each exchange broken in each way, once and from then on.
pub fn all(exchanges: u64) -> impl Iterator<Item = Breaking> {
    let ways = |exchange| {
        Breakage::ALL.into_iter().flat_map(move |way| {
            [false, true].map(|lasts| Breaking {
                exchange,
                way,
                lasts,
            })
        })
    };
    (1..=exchanges).flat_map(ways).filter(is_wanted)
}

/// Says how many that are.
pub fn count(verb: &str, exchanges: u64) -> String {
    let ways = Breakage::ALL.len();
    format!(
        "{verb}: {exchanges} exchanges x {ways} ways x 2 = {}",
        all(exchanges).count()
    )
}

/// A run that has ended, or has not, and the lab's own state.
pub struct Seen {
    /// `None` where it did not end in time.
    pub ran: Option<Ran>,
    pub took: Duration,
    pub leftovers: Leftovers,
    /// How many connections were closed.
    pub resets: usize,
    /// How many sessions the user holds.
    pub sessions: usize,
    /// How often the helper was told to close.
    pub closings: usize,
    pub exchanges: u64,
}

impl Breaking {
    /// Has a server behave so.
    pub fn faults(self) -> Faults {
        let way = Some((self.exchange, self.way));
        match self.lasts {
            true => Faults {
                from_exchange: way,
                ..Faults::default()
            },
            false => Faults {
                at_exchange: way,
                ..Faults::default()
            },
        }
    }
}

/// A run during which something is done with it.
pub async fn run(verb: Verb, faults: Faults, meanwhile: impl AsyncFnOnce(&Running)) -> Seen {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.set_faults(faults);
    let began = Instant::now();
    let run = Mapisweep::on(&staged.lab).args(BOUNDS).args(verb.line());
    let running = run.start().await;
    meanwhile(&running).await;
    let ran = running.ends_within(BOUND).await;
    let took = began.elapsed();
    settle(server).await;
    Seen {
        ran,
        took,
        leftovers: server.leftovers(),
        resets: server.resets().len(),
        sessions: server.sessions_of("jsmith"),
        closings: server
            .events()
            .iter()
            .filter(|what| is_closing(what))
            .count(),
        exchanges: server.exchanges(),
    }
}

/// A helper whose run was cut short ends by itself, and may do so a moment later.
async fn settle(server: Server<'_>) {
    let began = Instant::now();
    while !server.leftovers().is_empty() && began.elapsed() < SETTLING {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn is_closing(what: &What) -> bool {
    matches!(what, What::Helper { arguments, .. } if arguments.iter().any(|word| word == "close"))
}

/// For now.
fn is_wanted(cell: &Breaking) -> bool {
    !matches!(cell.way, Breakage::Hang | Breakage::Drip)
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

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            ran,
            took,
            leftovers,
            resets,
            sessions,
            closings,
            exchanges,
        } = self;
        match ran {
            Some(ran) => writeln!(f, "{ran}")?,
            None => writeln!(f, "does not end in time")?,
        }
        write!(
            f,
            "--- the lab, after {took:?} and {exchanges} exchanges\n{leftovers:?}\n{resets} closed in {closings} runs of \
             the helper, {sessions} sessions"
        )
    }
}
