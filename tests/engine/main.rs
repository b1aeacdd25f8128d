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
mod place;
#[path = "../witnesses/server.rs"]
mod server;
mod stage;
mod store;
mod whole_job;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use crate::stage::Stage;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // one at a time in each Wine prefix, and two processors
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let Some(house) = place::House::find() else {
        return ExitCode::SUCCESS;
    };
    let house: &'static _ = Box::leak(Box::new(house));
    let trials = [whole_job::CASES, failing::CASES, conversations::CASES].concat();
    let trials = trials.into_iter().map(|(name, case)| {
        Trial::test(name, move || {
            case(&mut Stage::in_a_place_of(house));
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    house.close();
    conclusion.exit_code()
}

/// What a case is called, and what it does.
type Case = (&'static str, fn(&mut Stage));
