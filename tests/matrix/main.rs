//! Whatever breaks, what is said is true: the real program against the lab, each signed-in exchange of a run broken in
//! each way, once and from then on; and Ctrl-C at any moment.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `verb` | what is run |
//! | `cell` | one run with one breakage, and how the lab stands after it |
//! | `truths` | what must hold then |
//! | `report` | what did not, by kind |
//! | `signals` | runs that are asked to end at random moments |
#![cfg(unix)]

mod cell;
mod report;
mod signals;
#[allow(dead_code)] // what its own tests need of it
#[path = "../cli/support/mod.rs"]
mod support;
mod truths;
mod verb;

use mapisweep_lab::Breakage;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    cell::Cell,
    report::Report,
    verb::Verb,
};

/// Runs at once: two cores, and most of a run is waiting.
static PLACES: Semaphore = Semaphore::const_new(6);

/// Breaks each exchange of a run in each way, once and from then on.
async fn matrix(verb: Verb) {
    let unbroken = cell::unbroken(verb).await;
    let exchanges = unbroken.exchanges;
    assert!(exchanges > 0, "{unbroken}");
    let mut cells = Vec::new();
    for exchange in 1..=exchanges {
        for way in Breakage::ALL {
            for lasts in [false, true] {
                cells.push(Cell { verb, exchange, way, lasts });
            }
        }
    }
    let count = cells.len();
    println!("{verb}: {exchanges} exchanges x {} ways x 2 = {count}", Breakage::ALL.len());
    let mut runs = JoinSet::new();
    for cell in cells.into_iter().filter(|cell| cell::is_wanted(cell)) {
        runs.spawn(async move {
            let _place = PLACES.acquire().await;
            (cell, cell.run().await)
        });
    }
    let mut report = Report::default();
    while let Some(run) = runs.join_next().await {
        let (cell, seen) = run.expect("it ran");
        report.add(&cell.to_string(), &seen, truths::untruths(verb, Some(&cell), &seen, &unbroken));
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
