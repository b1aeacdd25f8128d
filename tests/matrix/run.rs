//! A run, and how the lab stands after it.

use std::{
    fmt,
    time::{Duration, Instant},
};

use mapisweep_lab::{Faults, Leftovers, Server, event::What};

use crate::{
    support::{Mapisweep, Ran, Running, locked_out},
    verb::Verb,
};

/// How long these runs wait for a server.
pub const LIMITS: &str = "--timeout 2s --step-timeout 5s";
/// What the limits leave a server for being cleaned up.
pub const CLEANING_UP: Duration = Duration::from_secs(2 + 10);
/// What a slow computer may take besides.
pub const SLOW_COMPUTER: Duration = Duration::from_secs(6);
/// No run takes longer: signing in, looking, closing and looking after it are a step each, and it is cleaned up twice.
pub const BOUND: Duration = Duration::from_secs(4 * 5 + 2 * 12).saturating_add(SLOW_COMPUTER);
/// What a helper that was cut short takes to end by itself and to be removed by its script.
const SETTLING: Duration = Duration::from_secs(1);

/// How a run ended, or that it did not, and the lab's own state.
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

/// A run from its beginning to its end.
pub async fn run(verb: Verb, faults: Faults) -> Seen {
    run_while(verb, faults, async |_| {}).await
}

/// A run during which something is done with it.
pub async fn run_while(verb: Verb, faults: Faults, meanwhile: impl AsyncFnOnce(&Running)) -> Seen {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.set_faults(faults);
    let began = Instant::now();
    let run = Mapisweep::on(&staged.lab).args(LIMITS).args(verb.line());
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
        closings: server.events().iter().filter(is_closing).count(),
        exchanges: server.exchanges(),
    }
}

async fn settle(server: Server<'_>) {
    let began = Instant::now();
    while !server.leftovers().is_empty() && began.elapsed() < SETTLING {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn is_closing(what: &&What) -> bool {
    matches!(what, What::Helper { arguments, .. } if arguments.iter().any(|word| word == "close"))
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
            "--- the lab, after {took:?} and {exchanges} exchanges\n{leftovers:?}\n{resets} connections closed in \
             {closings} runs of the helper, {sessions} sessions there"
        )
    }
}
