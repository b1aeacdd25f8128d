//! Whatever breaks, what is said is true: the real program against the lab, each signed-in exchange of a run broken in
//! each way, once and from then on; and Ctrl-C at any moment.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `verb` | what is run |
//! | `login` | the same of `login`, whose truths are others
//! | `cell` | one run with one breakage, and how the lab stands after it |
//! | `truths` | what must hold then |
//! | `report` | what did not, by kind |
//! | `signals` | runs that are asked to end at random moments |
#![cfg(unix)]

mod cell;
#[cfg(target_os = "linux")]
mod login;
mod report;
mod signals;
#[allow(dead_code)] // what its own tests need of it
#[path = "../cli/support/mod.rs"]
mod support;
mod truths;
mod verb;

use std::sync::Arc;

use mapisweep_lab::Faults;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{report::Report, verb::Verb};

/// Runs at once: two cores, and most of a run is waiting.
static PLACES: Semaphore = Semaphore::const_new(6);

/// Breaks each exchange of a run in each way, once and from then on.
async fn matrix(verb: Verb) {
    let unbroken = Arc::new(cell::run(verb, Faults::default(), async |_| {}).await);
    assert!(unbroken.exchanges > 0, "{unbroken}");
    println!("{}", cell::count(verb.line(), unbroken.exchanges));
    let mut runs = JoinSet::new();
    for breaking in cell::all(unbroken.exchanges) {
        runs.spawn(async move {
            let _place = PLACES.acquire().await;
            (
                breaking,
                cell::run(verb, breaking.faults(), async |_| {}).await,
            )
        });
    }
    let mut report = Report::default();
    while let Some(run) = runs.join_next().await {
        let (breaking, seen) = run.expect("it ran");
        let untruths = truths::untruths(verb, Some(&breaking), &seen, Some(&unbroken));
        report.add(&format!("{verb} | {breaking}"), &seen, untruths);
    }
    report.assert_all_is_true();
}

#[tokio::test(flavor = "multi_thread")]
async fn logons() {
    matrix(Verb::Logons).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logons_json() {
    matrix(Verb::LogonsJson).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections() {
    matrix(Verb::Connections).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run() {
    matrix(Verb::DryRun).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn close() {
    matrix(Verb::Close).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn close_json() {
    matrix(Verb::CloseJson).await;
}
