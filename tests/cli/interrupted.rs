//! Ctrl-C at any moment leaves nothing on the server.

use std::time::{Duration, Instant};

use mapisweep_lab::{Faults, HelperFault, Staged, event::What};

use crate::support::{Mapisweep, locked_out};

/// A lab on a slow line, so that there is time to press Ctrl-C.
async fn slow() -> Staged {
    let staged = locked_out().await;
    staged.lab.server("ex01").set_faults(Faults {
        delay: Duration::from_millis(500),
        ..Faults::default()
    });
    staged
}

/// Waits until so many requests have arrived.
async fn requests(staged: &Staged, number: usize) {
    let is_request = |what: &What| matches!(what, What::Request { .. });
    let arrived = || {
        staged
            .lab
            .server("ex01")
            .events()
            .iter()
            .filter(|what| is_request(what))
            .count()
    };
    while arrived() < number {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_any_request_nothing_is_left() {
    // from the first request to the last ones of closing
    for number in [1, 2, 3, 4, 5, 6] {
        let staged = slow().await;
        let running = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --yes")
            .start()
            .await;
        requests(&staged, number).await;
        running.interrupt();
        let ran = running.ends().await;
        let leftovers = staged.lab.server("ex01").leftovers();
        assert!(
            leftovers.is_empty(),
            "at request {number}: {leftovers:?}\n{ran}"
        );
        let ran = ran.exits(130).says("Interrupted. ");
        // what follows of it comes after it
        let place = |text: &str| ran.stderr().find(text);
        let follows = place("Nothing was closed.").or(place("error: "));
        assert!(
            follows.is_none_or(|follows| place("Interrupted. ") < Some(follows)),
            "{ran}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_helper_is_spoken_of_once_it_was_seen_to_go() {
    let staged = slow().await;
    let mut running = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .start()
        .await;
    while !running.line().await.starts_with('✓') {}
    running.interrupt();
    let ran = running.ends().await.exits(0);
    ran.says("Interrupted. Closing the remote shells, for at most 25 s");
    assert!(staged.lab.server("ex01").leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_helper_is_spoken_of_where_none_was_sent() {
    let staged = slow().await;
    let running = Mapisweep::on(&staged.lab)
        .args("logons --server ex01")
        .start()
        .await;
    requests(&staged, 3).await;
    running.interrupt();
    let ran = running.ends().await.exits(130);
    let ran = ran.says("Interrupted. Closing the remote shells, for at most 25 s");
    assert!(!ran.stderr().contains("helper"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_helper_hangs() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.set_faults(Faults {
        helper: HelperFault::Hangs,
        ..Faults::default()
    });
    let running = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .start()
        .await;
    while server.leftovers().processes == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.interrupt();
    let ran = running.ends().await;
    assert!(
        server.leftovers().is_empty(),
        "{:?}\n{ran}",
        server.leftovers()
    );
    ran.exits(130)
        .says("Interrupted. Removing the helper and closing the remote shells");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_question() {
    let staged = locked_out().await;
    let (code, screen) = tokio::task::block_in_place(|| {
        let mut terminal = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01")
            .on_terminal();
        terminal.shows("[y/N] ");
        terminal.interrupt();
        (terminal.exits(), terminal.screen())
    });
    assert_eq!(code, Some(130), "{screen}");
    assert!(screen.contains("Nothing was closed."), "{screen}");
    assert!(!screen.contains("helper"), "{screen}");
    let server = staged.lab.server("ex01");
    assert!(server.leftovers().is_empty() && server.resets().is_empty());
}

/// Answers that come after this many seconds come too late for everybody.
fn hangs() -> Faults {
    Faults {
        delay: Duration::from_secs(60),
        ..Faults::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_given_up_soon_and_what_is_left_is_told() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let running = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --timeout 1s")
        .start()
        .await;
    requests(&staged, 4).await;
    server.set_faults(hangs());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    running.interrupt();
    let ran = running.ends().await;
    assert!(began.elapsed() < Duration::from_secs(20), "{ran}");
    ran.exits(6)
        .says("Interrupted. Removing the helper and closing the remote shells, for at most 11 s")
        .says("ex01: the helper and a remote shell may be left there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_time_gives_up_at_once_and_says_where() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let running = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .start()
        .await;
    requests(&staged, 4).await;
    server.set_faults(hangs());
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        running.interrupt();
    }
    let ran = running.ends().await.exits(6);
    let ran = ran.says(
        "ex01: the helper and a remote shell may be left there: the cleaning up was given up",
    );
    let records = ran.audit();
    let ended = records.last().unwrap();
    assert_eq!(
        (&ended["event"], &ended["exit"]),
        (&"ended".into(), &6.into()),
        "{ended}"
    );
    assert_eq!(ended["left"][0]["server"], "ex01", "{ended}");
}

/// Without anybody's help, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_takes_too_long_is_given_up() {
    let staged = slow().await;
    let running = Mapisweep::on(&staged.lab)
        .args("logons --server ex01 --timeout 1s --step-timeout 5s")
        .start()
        .await;
    requests(&staged, 2).await;
    staged.lab.server("ex01").set_faults(hangs());
    let began = Instant::now();
    let ran = running.ends().await;
    assert!(began.elapsed() < Duration::from_secs(30), "{ran}");
    ran.exits(6)
        .says("ex01: the server was not done within 5s")
        .says("ex01: a remote shell may be left there");
}

/// What the document says of the helper is what was seen as the server was left, and what the audit log says.
#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_was_seen_to_go_is_told_as_removed() {
    for (is_seen, timeout, exit) in [(true, "15s", 130), (false, "1s", 6)] {
        let staged = locked_out().await;
        let server = staged.lab.server("ex01");
        // so that it is not over before it is interrupted
        server.set_faults(Faults {
            delay: Duration::from_millis(700),
            ..Faults::default()
        });
        let line = "close jsmith --server ex01 --yes --format json";
        let running = Mapisweep::on(&staged.lab)
            .args(&format!("{line} --timeout {timeout}"))
            .start()
            .await;
        // the plan is made, and what closes has begun
        while server.resets().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if !is_seen {
            server.set_faults(hangs());
        }
        running.interrupt();
        let ran = running.ends().await.exits(exit);
        let told = ran.json();
        let on_ex01 = &told["servers"][0];
        assert_eq!(told["kind"], "close", "{ran}");
        assert_eq!(on_ex01["may_be_closed"], true, "{ran}");
        assert_eq!(on_ex01["helper_removed"], is_seen, "{ran}");
        let audit = ran.audit();
        let left = audit.last().unwrap()["left"].as_array().unwrap().len();
        assert_eq!(left == 0, is_seen, "{ran}\n{audit:?}");
    }
}
