//! Whatever breaks, what is said is true: the real program against the lab, each signed-in exchange of a run broken in
//! each way, once and from then on; and Ctrl-C at any moment. `whoami` is not here: it asks no server.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `verb` | what is run |
//! | `breaking` | one exchange broken in one way |
//! | `run` | a run, and how the lab stands after it |
//! | `truths` | what must hold then |
//! | `report` | what did not, by kind |
//! | `login` | the same of `login`, whose truths are others |
//! | `signals` | runs that are asked to end at random moments |
//! | `outage` | sweeps over several servers that are |
#![cfg(unix)]

mod breaking;
#[cfg(target_os = "linux")]
mod login;
mod outage;
mod report;
mod run;
mod signals;
#[allow(dead_code)] // what its own tests need of it
#[path = "../cli/support/mod.rs"]
mod support;
mod truths;
mod verb;

use std::sync::Arc;

use mapisweep_lab::Faults;

use crate::{
    breaking::Breaking,
    report::Report,
    run::{Seen, run},
    support::Ran,
    truths::{Trouble, untruths},
    verb::Verb,
};

/// A slow server is asked once more for the rest of an answer: what every run has is what the quickest has.
async fn unbroken(verb: Verb) -> Seen {
    let mut quickest = run(verb, Faults::default()).await;
    for _ in 0..4 {
        let seen = run(verb, Faults::default()).await;
        if seen.exchanges < quickest.exchanges {
            quickest = seen;
        }
    }
    quickest
}

async fn matrix(verb: Verb) {
    let unbroken = Arc::new(unbroken(verb).await);
    let code = unbroken.ran.as_ref().and_then(Ran::code);
    assert_eq!(code, Some(0), "{unbroken}");
    let mut report = Report::default();
    let cases = Breaking::all(verb.line(), unbroken.exchanges, verb.half());
    let run = async move |breaking: Breaking| {
        let _place = breaking.place().await;
        let seen = run(verb, breaking.faults()).await;
        let untruths = untruths(verb, &Trouble::Broken(&breaking, &unbroken), &seen);
        (format!("{verb} | {breaking}"), seen, untruths)
    };
    report.run(cases, run).await;
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
