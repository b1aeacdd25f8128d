//! `login`, which tries a password at a server before it stores it: what is said of both is true.

use std::{
    fmt,
    time::{Duration, Instant},
};

use mapisweep_lab::{Faults, Scenario, event::What};

use crate::{
    breaking::Breaking,
    report::Report,
    run::{BOUND, LIMITS},
    support::{keyring::Session, locked_out},
};

/// What it said, what the keyring holds then, and the lab's own state.
struct Tried {
    said: String,
    took: Duration,
    signed_in: bool,
    exchanges: u64,
}

async fn login(session: Session, faults: Faults) -> Tried {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.set_faults(faults);
    let session = session
        .env("MAPISWEEP_USER", &staged.lab.administrator().qualified())
        .env("RIGHT", Scenario::PASSWORD)
        .env("BOUND", &BOUND.as_secs().to_string())
        .env("LIMITS", LIMITS)
        .env("AT", &staged.lab.connect_to_args().join(" "));
    let began = Instant::now();
    let run = tokio::task::spawn_blocking(move || {
        session.run(
            r#"echo "$RIGHT" | timeout "$BOUND" "$M" login --password-stdin --server ex01 $LIMITS $AT; echo "exit code $?"
            "$M" login --list"#,
        )
    });
    Tried {
        said: run.await.expect("it ran"),
        took: began.elapsed(),
        signed_in: server
            .events()
            .iter()
            .any(|what| matches!(what, What::SignedIn { .. })),
        exchanges: server.exchanges(),
    }
}

fn untruths(tried: &Tried, exchange: u64) -> Vec<String> {
    let said = |text: &str| tried.said.contains(text);
    let (stored, holds_none) = (said("exit code 0"), said("The keyring holds no password."));
    let checks = [
        (tried.exchanges >= exchange, "the case did not run"),
        (tried.took < BOUND, "does not end within its bound"),
        (!said("panicked"), "panics"),
        (!said(Scenario::PASSWORD), "a password in its output"),
        (stored || said("exit code 1"), "exits neither 0 nor 1"),
        (
            stored || said("error: ex01: "),
            "fails and does not say where",
        ),
        (
            stored != holds_none,
            "stores what it says it does not, or the other way round",
        ),
        (
            stored || said("othing was stored"),
            "does not say that nothing was stored",
        ),
        (
            !said("ex01 took it") || tried.signed_in,
            "says ex01 took it, and it did not",
        ),
        (
            !said("was not tried") || !tried.signed_in,
            "says the password was not tried, and it was",
        ),
    ];
    let untrue = checks.into_iter().filter(|(holds, _)| !holds);
    untrue.map(|(_, what)| what.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn login_check() {
    let Some(session) = Session::new() else {
        return;
    };
    let unbroken = login(session, Faults::default()).await;
    assert!(unbroken.exchanges > 0, "{unbroken}");
    let mut report = Report::default();
    let run = async |breaking: Breaking| {
        let _place = breaking.place().await;
        let session = Session::new().expect("it was there before");
        let tried = login(session, breaking.faults()).await;
        let untruths = untruths(&tried, breaking.exchange);
        (format!("login | {breaking}"), tried, untruths)
    };
    report
        .run(Breaking::all("login", unbroken.exchanges, None), run)
        .await;
    report.assert_all_is_true();
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            said,
            took,
            signed_in,
            exchanges,
        } = self;
        write!(
            f,
            "{said}\n--- the lab, after {took:?} and {exchanges} exchanges\nsigned in: {signed_in}"
        )
    }
}
