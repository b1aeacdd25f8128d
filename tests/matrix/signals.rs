//! Ctrl-C and SIGTERM at random moments.

use std::{fmt, time::Duration};

use mapisweep_lab::{Breakage, Faults};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::{
    breaking::place,
    report::{Report, tell},
    run::{CLEANING_UP, SLOW_COMPUTER, Seen, run_while},
    support::Signal,
    truths::{Trouble, untruths},
    verb::Verb,
};

const RUNS: usize = 100;
/// How often the server says nothing from some exchange on.
const HANGS: f64 = 0.2;
/// Has the moments of another run again.
const SEED: &str = "MAPISWEEP_SEED";

/// One run that is asked to end.
#[derive(Debug, Clone, Copy)]
struct Press {
    verb: Verb,
    /// By SIGTERM rather than Ctrl-C.
    terminates: bool,
    /// After its start.
    after: Duration,
    /// Once more, so long after that.
    again: Option<Duration>,
    /// How slow the line is.
    delay: Duration,
    /// From which exchange on the server says nothing.
    hangs_from: Option<u64>,
}

impl Press {
    fn random(random: &mut StdRng) -> Self {
        let verbs = [
            Verb::Close,
            Verb::CloseJson,
            Verb::Sweep,
            Verb::DryRun,
            Verb::Connections,
        ];
        let delay = Duration::from_millis(*[0, 20, 60].choose(random).expect("some"));
        // somewhat longer than a run takes
        let longest = 250 + 12 * delay.as_millis() as u64;
        Self {
            verb: *verbs.choose(random).expect("some"),
            terminates: random.gen_bool(0.5),
            after: Duration::from_millis(random.gen_range(0..longest)),
            again: random
                .gen_bool(0.3)
                .then(|| Duration::from_millis(random.gen_range(0..300))),
            delay,
            hangs_from: random.gen_bool(HANGS).then(|| random.gen_range(1..=7)),
        }
    }

    /// When it has ended: once asked, within what a connection may take and 10 s; asked twice, at once.
    fn bound(self) -> Duration {
        self.after + self.again.unwrap_or(CLEANING_UP) + SLOW_COMPUTER
    }

    async fn run(self) -> Seen {
        let faults = Faults {
            delay: self.delay,
            from_exchange: self.hangs_from.map(|from| (from, Breakage::Hang)),
            ..Faults::default()
        };
        let signal = match self.terminates {
            true => Signal::TERM,
            false => Signal::INT,
        };
        run_while(self.verb, faults, async |running| {
            tokio::time::sleep(self.after).await;
            running.signal(signal);
            if let Some(again) = self.again {
                tokio::time::sleep(again).await;
                running.signal(signal);
            }
        })
        .await
    }
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            verb,
            terminates,
            after,
            again,
            delay,
            hangs_from,
        } = self;
        let signal = if *terminates { "SIGTERM" } else { "Ctrl-C" };
        write!(f, "{verb} | {signal} after {after:?}")?;
        if let Some(again) = again {
            write!(f, " and {again:?} later")?;
        }
        if let Some(from) = hangs_from {
            write!(f, ", hanging from {from}")?;
        }
        write!(f, ", on a line of {delay:?}")
    }
}

/// By which the moments are chosen: what the environment says, or any; it is said.
pub fn seed(what: &str) -> u64 {
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::thread_rng().r#gen());
    tell(&format!("{what}; the same again with {SEED}={seed}"));
    seed
}

#[tokio::test(flavor = "multi_thread")]
async fn at_random_moments() {
    let seed = seed(&format!("{RUNS} runs are asked to end"));
    let mut random = StdRng::seed_from_u64(seed);
    let presses = (0..RUNS).map(|_| Press::random(&mut random)).collect();
    let mut report = Report::default();
    let run = async |press: Press| {
        let _place = place(press.hangs_from.is_some()).await;
        let seen = press.run().await;
        let mut untruths = untruths(press.verb, &Trouble::Stopped, &seen);
        if seen.took > press.bound() {
            untruths.push("takes too long to end".to_owned());
        }
        (press.to_string(), seen, untruths)
    };
    report.run(presses, run).await;
    report.assert_all_is_true();
}
