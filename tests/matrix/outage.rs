//! Ctrl-C and SIGTERM at random moments of a sweep over a small DAG: one server refuses the sign-in, one is slow. What the lab
//! counts is what is said: connections closed, shells, files and processes left.

use std::{collections::BTreeMap, fmt, sync::Mutex, time::Duration};

use mapisweep_lab::{Faults, Leftovers, Outage, Scheme, event::What};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use regex::Regex;

use crate::{
    breaking::place,
    report::{Report, tell},
    run::{BOUND, LIMITS},
    signals::seed,
    support::{Mapisweep, Ran, Signal},
};

const RUNS: usize = 30;
const SERVERS: usize = 3;
const PEOPLE_EACH: usize = 2;
/// What may be closed on a server that is worked on.
const TO_CLOSE: usize = PEOPLE_EACH * 2 * Outage::CONNECTIONS;
const REFUSES: &str = "ex02";
const SLOW: &str = "ex03";

/// One run that is asked to end.
#[derive(Debug, Clone, Copy)]
struct Press {
    signal: &'static str,
    /// After its start, or after the first connection was closed.
    after: Duration,
    is_closing: bool,
    /// Once more, so long after that.
    again: Option<Duration>,
    /// How slow the slow server is.
    delay: Duration,
    /// How many servers at once.
    jobs: usize,
}

/// How one server stands afterwards.
#[derive(Debug)]
struct Stands {
    leftovers: Leftovers,
    resets: usize,
}

/// A run, and how the lab stands after it.
struct Seen {
    ran: Option<Ran>,
    servers: BTreeMap<String, Stands>,
    /// How many of those who are at work were cut off.
    harmed: usize,
}

impl Press {
    fn random(random: &mut StdRng) -> Self {
        let delay = *[20, 60, 120].choose(random).expect("some");
        let is_closing = random.gen_bool(0.6);
        // somewhat longer than a run takes to close everything, and than the rest of it does
        let longest = if is_closing {
            200 + 8 * delay
        } else {
            500 + 30 * delay
        };
        Self {
            signal: ["Ctrl-C", "SIGTERM"].choose(random).expect("some"),
            after: Duration::from_millis(random.gen_range(0..longest)),
            is_closing,
            again: random
                .gen_bool(0.2)
                .then(|| Duration::from_millis(random.gen_range(0..300))),
            delay: Duration::from_millis(delay),
            jobs: random.gen_range(1..=SERVERS),
        }
    }

    /// After everything is over.
    const NEVER: Self = Self {
        signal: "Ctrl-C",
        after: Duration::MAX,
        is_closing: false,
        again: None,
        delay: Duration::ZERO,
        jobs: SERVERS,
    };

    async fn run(self) -> Seen {
        let outage = Outage::stage(SERVERS, PEOPLE_EACH).await;
        let mut outage = outage.expect("the lab starts");
        outage.lab.server(REFUSES).set_faults(Faults {
            only_scheme: Some(Scheme::Kerberos),
            ..Faults::default()
        });
        outage.lab.server(SLOW).set_faults(Faults {
            delay: self.delay,
            ..Faults::default()
        });
        let names: Vec<_> = (1..=SERVERS).map(|number| format!("ex0{number}")).collect();
        let mut run = Mapisweep::on(&outage.lab).args(LIMITS);
        run = run.args(&format!("sweep --yes --jobs {}", self.jobs));
        for name in &names {
            run = run.arg(format!("--server={name}"));
        }
        let mut running = run.start().await;
        let is_closing = || {
            let events = outage.lab.events().into_iter();
            events
                .map(|event| event.what)
                .any(|what| matches!(what, What::Reset { .. }))
        };
        while self.is_closing && !is_closing() && running.is_running() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let signal = match self.signal {
            "SIGTERM" => Signal::TERM,
            _ => Signal::INT,
        };
        let is_asked = self.after < Duration::MAX && running.is_running();
        if is_asked {
            tokio::time::sleep(self.after).await;
            running.signal(signal);
        }
        if let Some(again) = self.again.filter(|_| is_asked) {
            tokio::time::sleep(again).await;
            running.signal(signal);
        }
        let ran = running.ends_within(BOUND).await;
        let mut servers = BTreeMap::new();
        for name in names {
            let server = outage.lab.server(&name);
            for _ in 0..20 {
                if server.leftovers().is_empty() {
                    break;
                }
                // what a helper that was cut short takes to end by itself
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let stands = Stands {
                leftovers: server.leftovers(),
                resets: server.resets().len(),
            };
            servers.insert(name, stands);
        }
        let mut harmed = 0;
        for bystander in &mut outage.bystanders {
            harmed += usize::from(!bystander.is_alive().await);
        }
        Seen {
            ran,
            servers,
            harmed,
        }
    }
}

/// Whatever is untrue, each kind a clause.
fn untruths(seen: &Seen) -> Vec<String> {
    let mut untruths = Vec::new();
    let mut unless = |holds: bool, untruth: String| {
        if !holds {
            untruths.push(untruth);
        }
    };
    unless(seen.harmed == 0, "somebody else is harmed".to_owned());
    let Some(ran) = &seen.ran else {
        unless(false, "does not end within its bound".to_owned());
        return untruths;
    };
    let mut stands = seen.servers.values();
    let is_left = stands.any(|stands| !stands.leftovers.is_empty());
    let code = ran.code();
    let is_code = match code {
        // what was not seen to go may have gone
        Some(6) => is_left || ran.stderr().contains("may be left"),
        // one of the servers is not let in to
        Some(1 | 130) => true,
        // before it listens to signals they just end it
        None => seen.servers.values().all(|stands| stands.resets == 0),
        _ => false,
    };
    unless(
        is_code,
        format!("exits {code:?}, with something left: {is_left}"),
    );
    for (name, stands) in &seen.servers {
        of_a_server(name, stands, ran, &mut unless);
    }
    untruths
}

fn of_a_server(name: &str, stands: &Stands, ran: &Ran, unless: &mut impl FnMut(bool, String)) {
    let said = format!("{}\n{}", ran.stdout(), ran.stderr());
    let of_it = || said.lines().filter(|line| line.contains(name));
    let Leftovers {
        files,
        processes,
        shells,
    } = &stands.leftovers;
    for (is_left, what) in [
        (!shells.is_empty(), "remote shell"),
        (!files.is_empty() || *processes > 0, "helper"),
    ] {
        let is_named = of_it().any(|line| line.contains(what) && line.contains("left"));
        unless(
            !is_left || is_named,
            format!("a {what} is left, and not named"),
        );
        unless(
            !is_left || ran.code() == Some(6),
            format!("a {what} is left, and exits {:?}", ran.code()),
        );
    }
    let counts = Regex::new(r"(\d+) closed").expect("valid");
    let mut counted = of_it().filter_map(|line| counts.captures(line)?[1].parse::<usize>().ok());
    let counted = counted.next();
    unless(
        counted.is_none_or(|counted| counted == stands.resets),
        "counts closed connections that were not".to_owned(),
    );
    let may_be =
        of_it().any(|line| line.contains("may be closed") || line.contains("may have been closed"));
    unless(
        stands.resets == 0 || counted.is_some() || may_be,
        "something was closed, and nothing says so".to_owned(),
    );
    unless(
        name != REFUSES || stands.resets == 0,
        "closes on a server that lets nobody in".to_owned(),
    );
    unless(
        stands.resets <= TO_CLOSE,
        "closes more than the dead clients have".to_owned(),
    );
    unless(
        stands.resets == 0 || !said.contains("Nothing was closed"),
        "says that nothing was closed, and something was".to_owned(),
    );
    unless(!said.contains("panicked"), "panics".to_owned());
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            signal,
            after,
            is_closing,
            again,
            delay,
            jobs,
        } = self;
        let since = if *is_closing {
            "the first closing"
        } else {
            "its start"
        };
        write!(f, "{signal} {after:?} after {since}")?;
        if let Some(again) = again {
            write!(f, " and {again:?} later")?;
        }
        write!(f, ", {SLOW} on a line of {delay:?}, {jobs} at once")
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ran {
            Some(ran) => writeln!(f, "{ran}")?,
            None => writeln!(f, "does not end in time")?,
        }
        write!(
            f,
            "--- the lab\n{:#?}\n{} harmed",
            self.servers, self.harmed
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_is_asked_to_end_leaves_nothing_unmentioned() {
    let seed = seed(&format!("{RUNS} sweeps are asked to end"));
    let mut random = StdRng::seed_from_u64(seed);
    let presses = (0..RUNS).map(|_| Press::random(&mut random)).collect();
    let mut report = Report::default();
    let ends = Mutex::new(BTreeMap::<_, usize>::new());
    let run = async |press: Press| {
        let _place = place(false).await;
        let seen = press.run().await;
        let code = seen.ran.as_ref().and_then(Ran::code);
        let resets: usize = seen.servers.values().map(|stands| stands.resets).sum();
        *ends.lock().unwrap().entry((code, resets)).or_default() += 1;
        let untruths = untruths(&seen);
        (press.to_string(), seen, untruths)
    };
    report.run(presses, run).await;
    for ((code, resets), runs) in ends.into_inner().unwrap() {
        tell(&format!(
            "{runs} with {resets} connections closed exit {code:?}"
        ));
    }
    report.assert_all_is_true();
}

type Lie = fn(&mut Seen);

fn of(seen: &mut Seen, name: &str, lie: fn(&mut Stands)) {
    lie(seen.servers.get_mut(name).expect("it is there"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untruth_of_one_of_the_servers_is_found() {
    let lies: [(Lie, &str); 5] = [
        (
            |seen| of(seen, "ex01", |stands| stands.resets -= 1),
            "counts closed connections that were not",
        ),
        (
            |seen| of(seen, REFUSES, |stands| stands.resets = 1),
            "something was closed, and nothing says so",
        ),
        (
            |seen| {
                of(seen, SLOW, |stands| {
                    stands.leftovers.shells.push("A".into())
                })
            },
            "a remote shell is left, and not named",
        ),
        (
            |seen| of(seen, "ex01", |stands| stands.leftovers.processes = 1),
            "a helper is left, and not named",
        ),
        (|seen| seen.harmed = 1, "somebody else is harmed"),
    ];
    for (lie, found) in lies {
        let mut seen = Press::NEVER.run().await;
        assert_eq!(untruths(&seen), [""; 0], "{seen}");
        lie(&mut seen);
        let untruths = untruths(&seen);
        assert!(
            untruths.iter().any(|kind| kind == found),
            "{found}: {untruths:?}\n{seen}"
        );
    }
}
