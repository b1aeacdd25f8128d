//! The real program against Microsoft's own PowerShell engine (`pwsh -s`), which stands behind the WS-Management layer of
//! `../witnesses/server`: it runs the very script, which writes, hashes, starts, feeds, reads and removes the very .exe.
//! Under Wine it is PowerShell for Windows. What stands in for Exchange is in `exchange/`, and says so.
//!
//! Each case is a test of its own; how many there are is checked at the end. Run by `scripts/test engine`.
#![cfg(target_os = "linux")]

#[path = "../conversations/asked.rs"]
mod asked;
#[allow(dead_code)] // what its own tests need of it
#[path = "../cli/support/black_hole.rs"]
mod black_hole;
mod client_log;
mod conversations;
mod dag;
mod doctor;
mod engine;
mod events;
mod exchange;
mod failing;
mod forest;
mod function;
mod languages;
mod member;
mod partial;
mod place;
mod reach;
mod restricted;
#[allow(dead_code)] // what its own tests need of it
#[path = "../witnesses/server.rs"]
mod server;
mod stage;
mod stops;
mod store;
mod two_runs;
mod vectors;
mod whole_job;

use std::{
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Trial};

use crate::{place::House, stage::Stage};

/// Fewer would mean that a table got lost.
const LEAST_CASES: usize = 150;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(place::PLACES));
    let Some(house) = House::find() else {
        return ExitCode::SUCCESS;
    };
    let trials = [
        failing::CASES,
        whole_job::CASES,
        languages::CASES,
        restricted::CASES,
        conversations::CASES,
        partial::CASES,
        doctor::CASES,
    ]
    .concat();
    let mut trials = trials
        .into_iter()
        .map(|(name, case)| trial(house, name, On::Wine, twice(house, case)));
    let made = partial::cases()
        .chain(stops::cases())
        .chain(two_runs::cases())
        .chain(vectors::cases())
        .chain(events::cases())
        .chain(dag::cases())
        .chain(doctor::cases())
        .chain(forest::cases())
        .chain(member::cases())
        .chain(client_log::cases())
        .chain(reach::cases());
    let made = made.map(|(name, on, case)| trial(house, &name, on, case));
    // the first waits for a minute; those that do not need Wine go on while its places are made
    let first: Vec<_> = trials.by_ref().take(1).collect();
    let trials: Vec<_> = first.into_iter().chain(made).chain(trials).collect();
    assert!(trials.len() >= LEAST_CASES, "{} cases", trials.len());
    let conclusion = libtest_mimic::run(&arguments, trials);
    house.close();
    conclusion.exit_code()
}

/// What cannot run is ignored, which is said by then.
fn trial(
    house: &'static House,
    name: &str,
    on: On,
    case: impl FnOnce(&mut Stage) + Send + 'static,
) -> Trial {
    let run = move || {
        case(&mut Stage::new(house, on));
        Ok(())
    };
    Trial::test(name, run).with_ignored_flag(on == On::Wine && !house.has_wine)
}

/// The same once more where Wine's server has crashed beneath it, which is said.
fn twice(house: &'static House, case: fn(&mut Stage)) -> impl FnOnce(&mut Stage) + Send {
    move |stage| {
        let Err(failure) = panic::catch_unwind(AssertUnwindSafe(|| case(stage))) else {
            return;
        };
        if !stage.has_lost_its_place() {
            panic::resume_unwind(failure);
        }
        mapisweep_outside::say("Wine's server has crashed; the case is run once more");
        case(&mut Stage::new(house, On::Wine));
    }
}

/// What a case is called, and what it does.
type Case = (&'static str, fn(&mut Stage));

/// The same of one that is made of a table, and where it runs.
type Made = (String, On, Box<dyn FnOnce(&mut Stage) + Send>);

/// The engine that a case wants.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    /// That for Windows.
    Wine,
    /// That for Linux: nothing of Windows is needed, and it starts in a third of the time.
    Linux,
}
