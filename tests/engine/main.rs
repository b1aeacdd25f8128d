//! The real program against Microsoft's own PowerShell engine (`pwsh -s`), which stands behind the WS-Management layer of
//! `../witnesses/server`: it runs the very script, which writes, hashes, starts, feeds, reads and removes the very .exe.
//! Under Wine it is PowerShell for Windows. What stands in for Exchange is in `exchange/`, and says so.
//!
//! Each case is a test of its own; how many there are is checked at the end. Run by `scripts/test engine`.
#![cfg(unix)]

#[path = "../conversations/asked.rs"]
mod asked;
mod conversations;
mod engine;
mod exchange;
mod failing;
mod languages;
mod place;
#[path = "../witnesses/server.rs"]
mod server;
mod stage;
mod stops;
mod store;
mod two_runs;
mod whole_job;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use crate::{place::House, stage::Stage};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(place::PLACES));
    let Some(house) = House::find() else {
        return ExitCode::SUCCESS;
    };
    let house: &'static _ = Box::leak(Box::new(house));
    let trials = [
        failing::CASES,
        whole_job::CASES,
        languages::CASES,
        conversations::CASES,
    ]
    .concat();
    let trials = trials
        .into_iter()
        .map(|(name, case)| trial(house, name, case));
    let moments = stops::cases().chain(two_runs::cases());
    let moments = moments.map(|(name, case)| trial(house, &name, case));
    let conclusion = libtest_mimic::run(&arguments, trials.chain(moments).collect());
    house.close();
    conclusion.exit_code()
}

fn trial(
    house: &'static House,
    name: &str,
    case: impl FnOnce(&mut Stage) + Send + 'static,
) -> Trial {
    Trial::test(name, move || {
        case(&mut Stage::in_a_place_of(house));
        Ok(())
    })
}

/// What a case is called, and what it does.
type Case = (&'static str, fn(&mut Stage));
