//! How a fleet fares: the real program against many simulated servers, each request of which takes its time.
//!
//! Prints ratios for the headline, and the seconds, the memory and the processor time behind them. `scripts/bench fleet` runs
//! it; it takes GNU time.
#![allow(clippy::print_stdout)]

#[path = "../tests/cli/support/black_hole.rs"]
mod black_hole;

use std::{
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use black_hole::BlackHole;
use mapisweep_lab::{Breakage, Faults, Lab, Scenario, Staged, event::What};
use tokio::runtime::Runtime;

/// What each request and its answer take on their way.
const ROUND_TRIP: Duration = Duration::from_millis(80);

/// As many servers as there are.
const ALL: usize = 1_000;

/// One more, each of whose answers takes ten times as long.
const SLOW: usize = ALL + 1;

/// Servers that are worked on at a time, unless `--jobs` says otherwise.
const JOBS: usize = 32;

type LastRead = Arc<Mutex<Option<Instant>>>;

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let last_read = LastRead::default();
    let staged = runtime.block_on(stage(SLOW, &last_read));
    let bench = Bench { staged, last_read };
    bench.run(&named(1..=2)); // warm

    let one = bench.run(&named(1..=1)).whole;
    for servers in [1, 16, 256, ALL] {
        let ran = bench.run(&named(1..=servers));
        let rounds = (servers as f64 / JOBS as f64).max(1.0);
        let what = format!("{servers} servers, of {rounds:.2} x one");
        report(&what, ran.whole, one.mul_f64(rounds));
        println!(
            "    {} MB, {:.2} s of processor",
            ran.kilobytes / 1000,
            ran.processor
        );
    }

    let few = bench.run(&named(1..=33)).whole;
    let mut with_slow = names(1..=32);
    with_slow.push(name(SLOW));
    let slow = bench.run(&with_slow).whole;
    report("33 servers, one of them ten times slower", slow, few);

    let sound = bench.run_once(&named(1..=256)).whole;
    bench.lose_answers_of([60, 130, 200]);
    let lossy = bench.run_once(&named(1..=256)).whole;
    report("256 servers, one exchange in 500 reset", lossy, sound);

    let without = bench.run(&named(1..=32)).read;
    for (place, at) in [("first", 0), ("in the middle", 16), ("last", 32)] {
        let mut names = names(1..=32);
        names.insert(at, "dead".to_owned());
        let with = bench.run(&names).read;
        let what = format!("32 servers read, one that drops packets {place}");
        report(&what, with, without);
    }

    let alone = bench.run(&named(1..=1)).read;
    let mut names: Vec<_> = ["dead", "dead2", "dead3"].map(str::to_owned).into();
    names.extend(named(1..=1));
    report(
        "one server read, after three dead ones",
        bench.run(&names).read,
        alone,
    );

    let named = bench.run(&named(1..=3)).whole;
    report(
        "a DAG of three, of the three named",
        bench.run_dag().whole,
        named,
    );
}

fn report(what: &str, found: Duration, expected: Duration) {
    let ratio = found.as_secs_f64() / expected.as_secs_f64();
    println!("{what:<55} x {ratio:.2}   ({found:.2?} / {expected:.2?})");
}

struct Bench {
    staged: Staged,
    last_read: LastRead,
}

struct Ran {
    /// From start to end.
    whole: Duration,
    /// The most memory it had at once.
    kilobytes: u64,
    /// Seconds of processor time.
    processor: f64,
    /// Until the last server's logons were asked for.
    read: Duration,
}

impl Bench {
    fn run(&self, names: &[String]) -> Ran {
        let servers = names.iter().flat_map(|name| ["--server", name]);
        self.logons(&servers.collect::<Vec<_>>())
    }

    fn run_once(&self, names: &[String]) -> Ran {
        let servers = names.iter().flat_map(|name| ["--server", name]);
        self.logons_once(&servers.collect::<Vec<_>>())
    }

    /// The connection is reset once on each of these, in the middle of the work, and the answer is lost.
    fn lose_answers_of(&self, servers: [usize; 3]) {
        for number in servers {
            self.staged.lab.server(&name(number)).set_faults(Faults {
                delay: ROUND_TRIP,
                at_exchange: Some((3, Breakage::ResetAfter)),
                ..Faults::default()
            });
        }
    }

    fn run_dag(&self) -> Ran {
        self.logons(&["--server", "ex001", "--dag", "DAG1"])
    }

    /// The fastest of three.
    fn logons(&self, servers: &[&str]) -> Ran {
        let runs = (0..3).map(|_| self.logons_once(servers));
        runs.min_by_key(|ran| ran.whole).expect("three")
    }

    fn logons_once(&self, servers: &[&str]) -> Ran {
        let hole = BlackHole::new();
        let elsewhere = ["dead", "dead2", "dead3"].map(|name| hole.instead_of(name));
        let cost = tempfile::NamedTempFile::new().expect("a file");
        let began = Instant::now();
        let output = Command::new("time")
            .args(["--format", "%M %U %S", "--output"])
            .arg(cost.path())
            .arg(env!("CARGO_BIN_EXE_mapisweep"))
            .args(["logons", "jsmith", "--timeout", "5s"])
            .args(servers)
            .args(self.staged.lab.connect_to_args())
            .args(elsewhere)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env(
                "MAPISWEEP_USER",
                self.staged.lab.administrator().qualified(),
            )
            .env("MAPISWEEP_PASSWORD", Scenario::PASSWORD)
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let whole = began.elapsed();
        assert!(!output.stdout.is_empty(), "{output:?}");
        let last = self.last_read.lock().expect("unpoisoned").take();
        let read = last.expect("something was read").duration_since(began);
        let cost = std::fs::read_to_string(cost.path()).expect("GNU time has written");
        // what comes before says that the exit code is not 0
        let mut cost = cost.lines().last().unwrap_or_default().split(' ');
        let mut next = || cost.next().expect("three figures");
        Ran {
            whole,
            read,
            kilobytes: next().parse().expect("a number"),
            processor: [next(), next()]
                .map(|time| time.parse::<f64>().expect("seconds"))
                .iter()
                .sum(),
        }
    }
}

async fn stage(servers: usize, last_read: &LastRead) -> Staged {
    let noted = Arc::clone(last_read);
    let lab = Lab::builder().observe(move |event| {
        if matches!(&event.what, What::Pipeline { what } if what.contains("Get-LogonStatistics")) {
            *noted.lock().expect("unpoisoned") = Some(Instant::now());
        }
    });
    let lab = names(1..=servers)
        .iter()
        .enumerate()
        .fold(lab, |lab, (place, name)| {
            let dag = if place < 3 { "DAG1" } else { "DAG2" };
            lab.server(name, |server| server.exchange_2010().dag(dag))
        });
    let staged = Scenario::locked_out_user().stage(lab).await;
    let staged = staged.expect("the lab starts");
    for number in 1..=servers {
        staged.lab.server(&name(number)).set_faults(Faults {
            delay: match number {
                SLOW => 10 * ROUND_TRIP,
                _ => ROUND_TRIP,
            },
            ..Faults::default()
        });
    }
    staged
}

fn names(numbers: std::ops::RangeInclusive<usize>) -> Vec<String> {
    numbers.map(name).collect()
}

fn name(number: usize) -> String {
    format!("ex{number:03}")
}

use names as named;
