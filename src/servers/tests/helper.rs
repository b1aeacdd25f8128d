//! The helper, pushed and run by mapisweep's own pipeline: what it closes, what it leaves, what can go wrong.

use std::time::Duration;

use super::{ask, session};
use mapisweep_core::{
    batch::{Batch, Row},
    helper_run::{
        HelperExe, HelperRequest, HelperRun, Outcome, ReportError, RunError, TcpConnection,
    },
};
use mapisweep_lab::{Faults, HelperFault, Lab};
use mapisweep_winrm::psrp::clixml::Value;
use sha2::{Digest, Sha256};

async fn lab() -> Lab {
    Lab::builder()
        .server("ex01", |s| s.exchange_2007())
        .user("ann", |u| u.administrator())
        .user("jsmith", |u| u)
        .user("mjones", |u| u)
        .start()
        .await
        .unwrap()
}

fn program() -> HelperExe {
    HelperExe::embedded()
}

/// The function's result object.
async fn result(lab: &Lab, request: &HelperRequest, exe: &HelperExe) -> Row {
    let mut session = session(lab, "ex01").await;
    let mut answer = ask(&mut session, request.question(exe)).await;
    session.close().await.unwrap();
    answer.rows.remove(0)
}

async fn run(lab: &Lab, request: &HelperRequest, exe: &HelperExe) -> HelperRun {
    HelperRun::from_row(&result(lab, request, exe).await).unwrap()
}

fn stale_removed(result: &Row) -> bool {
    result.truth("StaleRemoved") == Some(true)
}

async fn list(lab: &Lab) -> Vec<TcpConnection> {
    let listed = run(lab, &HelperRequest::List { all: false }, &program()).await;
    let targets = listed.report.unwrap().targets.into_iter();
    let connections = targets.map(|target| target.connection);
    connections
        .filter(TcpConnection::carries_a_session)
        .collect()
}

/// Closing every connection from 10.1.4.23.
async fn closing(lab: &Lab) -> HelperRequest {
    let mut targets = list(lab).await;
    targets.retain(|connection| connection.remote.ip().to_string() == "10.1.4.23");
    HelperRequest::Close(targets)
}

fn set(lab: &Lab, helper: HelperFault) {
    lab.server("ex01").set_faults(Faults {
        helper,
        ..Faults::default()
    });
}

fn outcomes(run: HelperRun) -> Vec<Option<Outcome>> {
    let targets = run.report.unwrap().targets;
    targets.into_iter().map(|target| target.outcome).collect()
}

#[tokio::test]
async fn only_the_connections_planned_end_and_nothing_is_left() {
    let lab = lab().await;
    let stale = lab
        .outlook("jsmith")
        .from("10.1.4.23")
        .sessions(3)
        .connections(4);
    let mut stale = stale.connect().await.unwrap();
    let mut other = lab
        .outlook("mjones")
        .from("10.1.4.24")
        .connect()
        .await
        .unwrap();

    let result = result(&lab, &closing(&lab).await, &program()).await;

    let run = HelperRun::from_row(&result).unwrap();
    assert!(run.removed && !stale_removed(&result));
    assert_eq!(outcomes(run), [Some(Outcome::Closed); 4]);
    assert!(stale.wait_reset().await);
    assert!(other.is_alive().await);
    let server = lab.server("ex01");
    assert_eq!(
        (server.sessions_of("jsmith"), server.sessions_of("mjones")),
        (0, 1)
    );
    assert_eq!(server.resets().len(), 4);
    assert!(server.leftovers().is_empty(), "{:?}", server.leftovers());
}

#[tokio::test]
async fn sessions_last_until_the_last_connection_of_their_client_is_gone() {
    let lab = lab().await;
    let outlook = lab.outlook("jsmith").sessions(3).connections(2);
    let _outlook = outlook.connect().await.unwrap();
    let both = list(&lab).await;

    run(&lab, &HelperRequest::Close(both[..1].to_vec()), &program()).await;
    assert_eq!(lab.server("ex01").sessions_of("jsmith"), 3);

    run(&lab, &HelperRequest::Close(both[1..].to_vec()), &program()).await;
    assert_eq!(lab.server("ex01").sessions_of("jsmith"), 0);
}

#[tokio::test]
async fn a_copy_that_an_earlier_run_left_is_removed() {
    let lab = lab().await;
    lab.server("ex01").leave_helper(false);

    let result = result(&lab, &HelperRequest::List { all: true }, &program()).await;

    let run = HelperRun::from_row(&result).unwrap();
    assert!(stale_removed(&result) && run.removed && run.report.is_ok());
    assert!(lab.server("ex01").leftovers().is_empty());
}

#[tokio::test]
async fn a_copy_that_runs_is_another_ones_and_stays() {
    let lab = lab().await;
    lab.server("ex01").leave_helper(true);

    let run = run(&lab, &HelperRequest::List { all: true }, &program()).await;

    assert!(
        matches!(run.report, Err(RunError::AlreadyThere(_))),
        "{run:?}"
    );
    assert!(!run.removed);
}

#[tokio::test]
async fn two_runs_take_turns_and_one_that_waits_in_vain_touches_nothing() {
    let lab = lab().await;
    let list = HelperRequest::List { all: true };
    let exe = program();
    let (first, second) = tokio::join!(run(&lab, &list, &exe), run(&lab, &list, &exe));
    for run in [first, second] {
        assert!(run.report.is_ok() && run.removed, "{run:?}");
    }

    set(&lab, HelperFault::Hangs);
    let mut holding = session(&lab, "ex01").await;
    let endless = holding.run(Batch::of(list.question(&exe)).pipeline(None));
    assert!(
        tokio::time::timeout(Duration::from_secs(1), endless)
            .await
            .is_err()
    );
    let mut waiting = session(&lab, "ex01").await;
    let mut answer = ask(&mut waiting, HelperRequest::clean_up()).await;
    let run = HelperRun::from_row(&answer.rows.remove(0)).unwrap();
    let in_vain = RunError::AtWork("it has not ended within 2 s".into());
    assert_eq!(run.report, Err(in_vain));
    assert!(!run.removed);
    assert_eq!(lab.server("ex01").leftovers().processes, 1);
    waiting.close().await.unwrap();
    holding.close().await.unwrap();
}

#[tokio::test]
async fn what_is_no_windows_program_is_not_started() {
    let lab = lab().await;
    let bytes = b"MZ, but no more";
    let question = HelperRequest::clean_up()
        .parameter("Bytes", Value::Bytes(bytes.to_vec()))
        .parameter("Sha256", format!("{:x}", Sha256::digest(bytes)))
        .parameter("Arguments", Value::strings(["list"]))
        .parameter("InputText", "")
        .parameter("TimeoutSeconds", 60);
    let mut session = session(&lab, "ex01").await;
    let mut answer = ask(&mut session, question).await;
    session.close().await.unwrap();
    let run = HelperRun::from_row(&answer.rows.remove(0)).unwrap();

    assert!(
        matches!(run.report, Err(RunError::NotStarted { code: 193, .. })),
        "{run:?}"
    );
    assert!(lab.server("ex01").leftovers().is_empty());
}

#[tokio::test]
async fn each_fault_of_the_helper_is_told_apart() {
    let lab = lab().await;
    let outlook = lab.outlook("jsmith").from("10.1.4.23").connections(2);
    let mut outlook = outlook.connect().await.unwrap();
    let targets = list(&lab).await;

    for (fault, expected) in [
        (HelperFault::ClosesNothing, [Outcome::StillOpen; 2]),
        (HelperFault::OnlyClaims, [Outcome::Closed; 2]),
        (HelperFault::Denied, [Outcome::Denied; 2]),
    ] {
        set(&lab, fault);
        let run = run(&lab, &HelperRequest::Close(targets.clone()), &program()).await;
        assert_eq!(outcomes(run), expected.map(Some), "{fault:?}");
        assert!(outlook.is_alive().await, "{fault:?}");
    }
    for (fault, is_expected) in [
        (
            HelperFault::BlockedByPolicy,
            (|error| error.is_blocked_by_policy()) as fn(&RunError) -> bool,
        ),
        (HelperFault::HashMismatch, |error| {
            matches!(error, RunError::HashDiffers(_))
        }),
        (HelperFault::NotElevated, |error| {
            matches!(error, RunError::Report(ReportError::NotElevated))
        }),
        (HelperFault::Dies, |error| {
            matches!(error, RunError::Report(_))
        }),
    ] {
        set(&lab, fault);
        let run = run(&lab, &HelperRequest::List { all: false }, &program()).await;
        let error = run.report.unwrap_err();
        assert!(is_expected(&error), "{fault:?}: {error:?}");
        assert!(run.removed, "{fault:?}");
    }
    set(&lab, HelperFault::OneSurvives);
    assert_eq!(
        outcomes(run(&lab, &closing(&lab).await, &program()).await),
        [Some(Outcome::StillOpen), Some(Outcome::Closed)]
    );
    assert!(lab.server("ex01").leftovers().is_empty());
}

#[tokio::test]
async fn a_helper_that_hangs_goes_with_its_shell() {
    let lab = lab().await;
    set(&lab, HelperFault::Hangs);
    let mut session = session(&lab, "ex01").await;
    let batch = Batch::of(HelperRequest::List { all: true }.question(&program()));
    let endless = session.run(batch.pipeline(None));
    assert!(
        tokio::time::timeout(Duration::from_secs(2), endless)
            .await
            .is_err()
    );
    let left = lab.server("ex01").leftovers();
    assert_eq!(
        (left.files.len(), left.processes, left.shells.len()),
        (2, 1, 1)
    );

    session.close().await.unwrap();

    // the pipeline's clean-up happens on the server, after the answer
    let gone = async {
        while !lab.server("ex01").leftovers().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(10), gone)
            .await
            .is_ok()
    );
}
