//! An answer that is lost on the way: what was only read is asked for once more, what closes is not.

use mapisweep_lab::{Breakage, Faults, Staged};

use crate::support::{Mapisweep, Ran, locked_out};

/// How an answer is lost, or the request before it.
const LOST: [Breakage; 3] = [
    Breakage::CloseBefore,
    Breakage::CloseAfter,
    Breakage::ForAnother,
];

/// Somebody answers who is not the server that was signed in to.
const ANOTHERS: [Breakage; 2] = [Breakage::Garbage, Breakage::Status500];

/// Of a run's signed-in exchanges: Create, Receive, then those of looking, Command and Receive.
const LOOKING: [u64; 2] = [3, 4];
/// And those of closing, counted from the question on.
const CLOSING: [u64; 2] = [1, 2];

async fn run(line: &str, at: u64, way: Breakage) -> (Staged, Ran) {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.set_faults(Faults {
        at_exchange: Some((at, way)),
        ..Faults::default()
    });
    let ran = Mapisweep::on(&staged.lab).args(line).run().await;
    let leftovers = server.leftovers();
    assert!(
        leftovers.is_empty(),
        "{way:?} at {at}: {leftovers:?}\n{ran}"
    );
    (staged, ran)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_is_asked_for_once_more() {
    for at in LOOKING {
        for way in LOST {
            let (_, ran) = run("logons --server ex01", at, way).await;
            ran.exits(0)
                .prints("32 of 32")
                .says("ex01: an answer was lost on the way; asking once more");
        }
        for way in ANOTHERS {
            let (_, ran) = run("logons --server ex01", at, way).await;
            ran.exits(1).prints_nothing();
        }
    }
}

/// What only reads cannot have changed anything, and where it comes before a closing, nothing was closed.
#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_while_looking_has_changed_nothing() {
    for (line, end) in [
        ("logons --server ex01", ""),
        ("connections --server ex01", ""),
        ("victims --server ex01", ""),
        ("watch --once --server ex01", ""),
        ("close jsmith --server ex01 --yes", "Nothing was closed.\n"),
        ("sweep --server ex01 --yes", "Nothing was closed.\n"),
    ] {
        for at in LOOKING {
            for way in ANOTHERS {
                let (staged, ran) = run(line, at, way).await;
                let told = format!("{}{}", ran.stdout(), ran.stderr());
                let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
                let case = format!("{way:?} at {at}\n{ran}");
                assert!(
                    told.contains("Nothing was changed there: try again."),
                    "{case}"
                );
                assert!(!told.contains("is not known"), "{case}");
                assert!(ran.stderr().ends_with(end), "{case}");
                assert!(staged.lab.server("ex01").resets().is_empty(), "{case}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn and_the_summary_says_so() {
    let (staged, ran) = run(
        "close jsmith --server ex01 --yes",
        LOOKING[1],
        Breakage::CloseAfter,
    )
    .await;
    ran.exits(0)
        .prints("1 read repeated")
        .prints(r"CORP\jsmith can log on again.");
    assert_eq!(staged.lab.server("ex01").resets().len(), 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_is_not_and_what_became_of_it_is_looked_at() {
    for at in CLOSING {
        for way in LOST.into_iter().chain(ANOTHERS) {
            let staged = locked_out().await;
            let server = staged.lab.server("ex01");
            let (code, screen) = tokio::task::block_in_place(|| {
                let mut terminal = Mapisweep::on(&staged.lab)
                    .args("close jsmith --server ex01")
                    .on_terminal();
                terminal.shows("[y/N] ");
                server.set_faults(Faults {
                    at_exchange: Some((at, way)),
                    ..Faults::default()
                });
                terminal.type_in("y\n");
                (terminal.exits(), terminal.screen())
            });
            let case = format!("{way:?} at {at}\n{screen}");
            let (exit, said) = match server.resets().len() {
                0 => (
                    1,
                    [
                        "ex01  31 still open (as seen afterwards)",
                        r"CORP\jsmith still holds 32 logons",
                    ],
                ),
                31 => (
                    0,
                    [
                        "ex01  31 already gone (as seen afterwards)",
                        "can log on again",
                    ],
                ),
                other => panic!("{other} were closed: {case}"),
            };
            assert_eq!(code, Some(exit), "{case}");
            for said in said
                .into_iter()
                .chain(["looking what became of the connections"])
            {
                assert!(screen.contains(said), "{said}: {case}");
            }
            assert!(server.leftovers().is_empty(), "{case}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_that_fails_too_nothing_is_claimed() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let (code, screen) = tokio::task::block_in_place(|| {
        let mut terminal = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --timeout 1s --step-timeout 6s")
            .on_terminal();
        terminal.shows("[y/N] ");
        // from the command that closes on, nothing is answered
        server.set_faults(Faults {
            from_exchange: Some((1, Breakage::Hang)),
            ..Faults::default()
        });
        terminal.type_in("y\n");
        (terminal.exits(), terminal.screen())
    });
    assert_eq!(code, Some(6), "{screen}");
    for said in [
        "some connections may be closed, none was seen closed",
        "the helper and a remote shell may be left there",
    ] {
        assert!(screen.contains(said), "{said}: {screen}");
    }
}

/// WinRM 2.0 gives a shell another id than was proposed, so that one whose answer was lost cannot be deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_shell_that_nobody_heard_of_is_told() {
    for way in [Breakage::CloseAfter, Breakage::ForAnother] {
        let staged = locked_out().await;
        let server = staged.lab.server("ex01");
        server.set_faults(Faults {
            at_exchange: Some((1, way)),
            ..Faults::default()
        });
        let line = "logons --server ex01";
        let ran = Mapisweep::on(&staged.lab).args(line).run().await;
        assert_eq!(server.leftovers().shells.len(), 1, "{way:?}\n{ran}");
        ran.exits(6).says(
            "ex01: a remote shell may be left there: the answer that would have told where was lost",
        );
    }
}

/// Then neither the password is wrong nor the port.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_after_it_was_taken_is_told_apart() {
    for (way, said) in [
        (
            Breakage::ForgetsSignIn,
            "the sign-in is refused (HTTP 401), and a moment ago it was taken",
        ),
        (Breakage::Refused, "and a moment ago it answered"),
    ] {
        let staged = locked_out().await;
        staged.lab.server("ex01").set_faults(Faults {
            from_exchange: Some((3, way)),
            ..Faults::default()
        });
        let ran = Mapisweep::on(&staged.lab)
            .args("logons --server ex01")
            .run();
        let ran = ran
            .await
            .exits(6)
            .says(said)
            .says("a remote shell may be left there");
        assert!(!ran.stderr().contains("quickconfig"), "{ran}");
        assert!(!ran.stderr().contains("password is wrong"), "{ran}");
        // the same in the words of each library beneath is no more than that
        for line in ran.stderr().lines() {
            assert!(line.matches("refused").count() <= 1, "{line}\n{ran}");
            for library in ["os error", "client error", "error sending"] {
                assert!(!line.contains(library), "{line}\n{ran}");
            }
        }
    }
}
