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
async fn closing_is_not_and_nothing_is_claimed() {
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
            assert_eq!(code, Some(1), "{case}");
            assert!(
                screen.contains("some connections may be closed, none was seen closed"),
                "{case}"
            );
            assert!(
                !screen.contains("can log on again") && !screen.contains('✓'),
                "{case}"
            );
            assert!(server.leftovers().is_empty(), "{case}");
        }
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
        ran.exits(1).says("A remote shell may be left there.");
    }
}
