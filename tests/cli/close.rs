//! `mapisweep close`: what is closed, what is not, and what is said about it.

use std::{fs::File, time::Duration};

use mapisweep_lab::{Faults, HelperFault, Lab, Scenario};

use crate::support::{Mapisweep, locked_out, stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_out_user_gets_in_again_and_nobody_else_notices() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    assert!(
        server
            .outlook("jsmith")
            .from("10.1.4.77")
            .connect()
            .await
            .is_err()
    );
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .run()
        .await
        .exits(0);
    insta::assert_snapshot!(ran.shown());
    assert_eq!(
        server.sessions_of("jsmith"),
        1,
        "the one on the shared terminal server"
    );
    let resets = server.resets();
    assert_eq!(resets.len(), 31);
    let mine = ["10.1.4.23", "10.1.9.80"];
    assert!(
        resets
            .iter()
            .all(|end| mine.contains(&end.ip().to_string().as_str()))
    );
    for mut bystander in staged.bystanders {
        assert!(bystander.is_alive().await, "{bystander:?}");
    }
    assert!(
        server
            .outlook("jsmith")
            .from("10.1.4.77")
            .connect()
            .await
            .is_ok()
    );
    assert!(server.leftovers().is_empty(), "{:?}", server.leftovers());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_by_three_names_is_one() {
    let staged = stage(
        Lab::builder()
            .server("ex01", |server| server.exchange_2007())
            .user("rroe", |user| user.named("Richard Roe")),
    )
    .await;
    let server = staged.lab.server("ex01");
    let outlook = server.outlook("rroe").from("10.1.4.60").sessions(3);
    let _outlook = outlook.connect().await.unwrap();
    let ran = Mapisweep::on(&staged.lab)
        .args(r"close rroe CORP\rroe RROE@corp.example --server ex01 --yes --all")
        .arg("Richard Roe")
        .run()
        .await
        .exits(0)
        .prints("logons 3 → 0");
    let holds = |line: &&str| line.contains("rroe holds");
    assert_eq!(ran.stdout().lines().filter(holds).count(), 1, "{ran}");
    assert_eq!(
        ran.audit()[1]["servers"][0]["accounts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_the_same_plan_and_closes_nothing() {
    let staged = locked_out().await;
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --dry-run")
        .run()
        .await
        .exits(0)
        .prints("10.1.4.23           16")
        .prints("close\n")
        .prints("refuse: shared with 5 other users")
        .says("--include-shared");
    // whoever puts it behind a line that acts wants to see what that would do
    for line in [
        "close jsmith --server ex01 --yes --dry-run",
        "close jsmith --server ex01 -n -y",
        "sweep --server ex01 --yes --dry-run",
        "victims --close --server ex01 --yes --dry-run",
    ] {
        let ran = Mapisweep::on(&staged.lab).args(line).run().await;
        assert!(!ran.shown().contains("31 closed"), "{ran}");
        assert!(staged.lab.server("ex01").resets().is_empty(), "{line}");
    }
    let json = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --dry-run --format json")
        .run()
        .await
        .exits(0)
        .json();
    let decisions: Vec<_> = json["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| &plan["decision"])
        .collect();
    assert_eq!(decisions, ["close", "close", "refuse"]);
    let server = staged.lab.server("ex01");
    assert!(server.resets().is_empty() && server.leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_as_json_is_one_document_about_what_was_seen() {
    let staged = locked_out().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --format json")
        .run()
        .await
        .exits(0)
        .says("PLAN");
    let json = ran.json();
    assert_eq!(json["kind"], "close");
    assert_eq!(json["servers"][0]["verified"], true);
    assert_eq!(json["servers"][0]["users"][0]["before"], 32);
    assert_eq!(json["servers"][0]["users"][0]["after"], 1);
    let records = json["records"].as_array().unwrap();
    assert_eq!(records.len(), 31);
    assert!(records.iter().all(|record| record["outcome"] == "closed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_audit_log_nothing_is_done() {
    let staged = locked_out().await;
    let run = Mapisweep::on(&staged.lab).args("close jsmith --server ex01 --yes");
    let state = run.home().join("state");
    std::fs::write(&state, "a file where a directory should be").unwrap();
    run.env("XDG_STATE_HOME", &state.display().to_string())
        .run()
        .await
        .exits(1)
        .says("the audit log")
        .says("Nothing was closed.");
    let server = staged.lab.server("ex01");
    assert!(server.resets().is_empty() && server.leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_addresses_shared_is_refused_until_the_admin_insists() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    Mapisweep::on(&staged.lab)
        .args("close user2 --server ex01 --yes")
        .run()
        .await
        .exits(4)
        .prints("refuse: shared with 5 other users")
        .says(
            "Nothing is closed: what could be was refused for safety. --include-shared closes addresses that other users \
             share.\n",
        );
    assert!(server.resets().is_empty());
    Mapisweep::on(&staged.lab)
        .args("close user2 --server ex01 --yes --include-shared")
        .run()
        .await
        .exits(0);
    assert_eq!(server.resets().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_use_is_kept_until_the_admin_insists() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let _desk = server
        .outlook("user5")
        .from("10.1.4.50")
        .connect()
        .await
        .unwrap();
    Mapisweep::on(&staged.lab)
        .args("close user5 --server ex01 --dry-run")
        .run()
        .await
        .prints("keep: in use")
        .says("--all closes clients that are in use as well");
    Mapisweep::on(&staged.lab)
        .args("close user5 --server ex01 --yes --all")
        .run()
        .await
        .exits(0)
        .prints("1 closed");
    assert_eq!(server.resets().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn protected_addresses_and_too_many_connections_are_refused() {
    let staged = locked_out().await;
    for (protect, refused) in [
        (
            "network = '10.1.0.0/16'\nreason = 'VPN concentrator'",
            "refuse: protected: VPN concentrator",
        ),
        ("network = '::ffff:10.1.4.0/112'", "refuse: protected"),
    ] {
        Mapisweep::on(&staged.lab)
            .config(&format!("[[protect]]\n{protect}\n"))
            .args("close jsmith --server ex01 --yes --include-shared --all")
            .run()
            .await
            .exits(4)
            .prints(refused);
    }
    let protect = "[[protect]]\nnetwork = '::ffff:10.1.4.0/40'\n";
    Mapisweep::on(&staged.lab)
        .config(protect)
        .args("close jsmith --server ex01 --yes")
        .run()
        .await
        .exits(2)
        .says("is not a network of IPv4 addresses alone, which ::ffff: stands for");
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --max 15")
        .run()
        .await
        .exits(0)
        .prints("refuse: more than 15 connections")
        .prints("15 closed");
    assert_eq!(staged.lab.server("ex01").resets().len(), 15);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_not_done() {
    let staged = locked_out().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .full_output()
        .run()
        .await
        .exits(1)
        .says(
            "the plan cannot be shown: standard output cannot be written: No space left on device",
        )
        .says("Nothing was closed.");
    assert!(staged.lab.server("ex01").resets().is_empty());
    let records = ran.audit();
    let ended = records.last().unwrap();
    assert_eq!(
        (&ended["event"], &ended["exit"], &ended["nothing_closed"]),
        (&"ended".into(), &1.into(), &true.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_once_and_may_say_no() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    for (answer, code, resets) in [("n\n", 7, 0), ("\n", 7, 0), ("\u{4}", 7, 0), ("y\n", 0, 31)] {
        let code_and_screen = tokio::task::block_in_place(|| {
            let mut terminal = Mapisweep::on(&staged.lab)
                .args("close jsmith --server ex01")
                .on_terminal();
            terminal.shows("Close 31 connections from 2 addresses on 1 server? [y/N] ");
            terminal.type_in(answer);
            (terminal.exits(), terminal.screen())
        });
        assert_eq!(
            code_and_screen.0,
            Some(code),
            "{answer:?}\n{}",
            code_and_screen.1
        );
        if answer == "\u{4}" {
            let shown = &code_and_screen.1;
            assert!(shown.contains("[y/N] \r\nNothing was closed."), "{shown}");
        }
        assert_eq!(server.resets().len(), resets, "{answer:?}");
        assert!(
            server.leftovers().is_empty(),
            "{answer:?}: {:?}",
            server.leftovers()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_before_the_question_is_no_answer() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    // with each: what completes it, if it had been kept
    for (typed_ahead, answer, code, resets) in [
        ("y\n", "n\n", 7, 0),
        ("y", "\n", 7, 0),
        ("y\ny\nyes\n", "\n", 7, 0),
        ("n\n", "y\n", 0, 31),
    ] {
        let (ended, screen) = tokio::task::block_in_place(|| {
            let mut terminal = Mapisweep::on(&staged.lab)
                .args("close jsmith --server ex01")
                .on_terminal();
            terminal.type_in(typed_ahead);
            terminal.shows(QUESTION);
            std::thread::sleep(Duration::from_millis(300));
            assert!(
                terminal.is_running(),
                "{typed_ahead:?}\n{}",
                terminal.screen()
            );
            assert!(server.resets().is_empty(), "{typed_ahead:?}");
            terminal.type_in(answer);
            (terminal.exits(), terminal.screen())
        });
        assert_eq!(ended, Some(code), "{typed_ahead:?}\n{screen}");
        assert_eq!(server.resets().len(), resets, "{typed_ahead:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_is_shown_where_the_question_is_asked() {
    let staged = locked_out().await;
    for format in ["table", "table -q", "json", "json -q", "csv"] {
        let (ended, screen, output) = tokio::task::block_in_place(|| {
            let run = Mapisweep::on(&staged.lab)
                .args(&format!("close jsmith --server ex01 --format {format}"));
            let path = run.home().join("output");
            let mut terminal = run.on_terminal_but_output(File::create(&path).unwrap());
            terminal.shows(QUESTION);
            let screen = terminal.screen();
            terminal.type_in("n\n");
            let ended = terminal.exits();
            (ended, screen, std::fs::read_to_string(path).unwrap())
        });
        assert_eq!(ended, Some(7), "{format}\n{screen}");
        for shown in ["CLIENT ADDRESS", "10.1.4.23", "refuse: shared"] {
            assert!(screen.contains(shown), "{format}: {shown}\n{screen}");
        }
        let is_for_people = format.starts_with("table");
        assert_eq!(
            output.is_empty(),
            is_for_people,
            "{format}: a plan is no result where it is asked about\n{output}"
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn who_gives_the_password_on_standard_input_is_asked_on_the_terminal() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    for (answer, code, resets) in [("n\n", 7, 0), ("y\n", 0, 31)] {
        let (ended, screen) = tokio::task::block_in_place(|| {
            let mut terminal = Mapisweep::on(&staged.lab)
                .without_password()
                .args("close jsmith --server ex01 --password-stdin")
                .on_terminal_but_input(Scenario::PASSWORD);
            terminal.type_in("y\n");
            terminal.shows(QUESTION);
            terminal.type_in(answer);
            (terminal.exits(), terminal.screen())
        });
        assert_eq!(ended, Some(code), "{answer:?}\n{screen}");
        assert_eq!(server.resets().len(), resets, "{answer:?}\n{screen}");
    }
}

const QUESTION: &str = "Close 31 connections from 2 addresses on 1 server? [y/N] ";

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_seen_is_claimed() {
    for (fault, said) in [
        (
            HelperFault::ClosesNothing,
            "Still open on ex01: run it again.",
        ),
        (
            HelperFault::OnlyClaims,
            "✗ ex01  31 still open (closed, says the helper, but it is listed afterwards) ·",
        ),
        (
            HelperFault::Denied,
            "Denied on ex01: it takes an administrator",
        ),
        (
            HelperFault::NotElevated,
            "the helper is not running as administrator",
        ),
        (
            HelperFault::BlockedByPolicy,
            "a policy or security product blocks it",
        ),
        (HelperFault::HashMismatch, "Nothing was run."),
        (
            HelperFault::Dies,
            "the helper crashed (access violation, exit code 0xC0000005",
        ),
    ] {
        let staged = locked_out().await;
        let server = staged.lab.server("ex01");
        server.set_faults(Faults {
            helper: fault,
            ..Faults::default()
        });
        let line = "close jsmith --server ex01 --yes";
        let ran = Mapisweep::on(&staged.lab).args(line).run().await.exits(1);
        assert!(ran.shown().contains(said), "{fault:?}\n{ran}");
        assert!(
            !ran.shown().contains("can log on again"),
            "{fault:?}\n{ran}"
        );
        let leftovers = server.leftovers();
        assert!(leftovers.is_empty(), "{fault:?}: {leftovers:?}\n{ran}");
    }
}

/// Whoever reads no more than the exit code and the errors.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_learns_from_the_errors_why_it_is_not_done() {
    for (fault, what, to_do) in [
        (
            HelperFault::ClosesNothing,
            "37 still open",
            "Still open: run it again.",
        ),
        (
            HelperFault::OneSurvives,
            "1 still open",
            "Still open: run it again.",
        ),
        (
            HelperFault::Denied,
            "37 denied by Windows",
            "Denied: it takes an administrator's whole rights",
        ),
        (
            HelperFault::OnlyClaims,
            "37 still open (closed, says the helper, but it is listed afterwards)",
            "Still open: run it again.",
        ),
    ] {
        for format in ["json", "ndjson"] {
            let staged = locked_out().await;
            staged.lab.server("ex01").set_faults(Faults {
                helper: fault,
                ..Faults::default()
            });
            let line =
                format!("close jsmith --server ex01 --yes --include-shared --format {format}");
            let ran = Mapisweep::on(&staged.lab).args(&line).run().await.exits(1);
            let errors = match format {
                "json" => ran.json()["errors"].as_array().unwrap().clone(),
                _ => ran.events("error"),
            };
            assert_eq!(errors.len(), 1, "{fault:?}\n{ran}");
            assert_eq!(errors[0]["where"], "ex01", "{ran}");
            let has = |field: &str, text: &str| {
                let told = errors[0][field].as_str().unwrap();
                assert!(told.starts_with(text), "{fault:?} {text}\n{ran}");
            };
            has("what", what);
            has("to_do", to_do);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_that_stays_is_a_failure_even_where_the_user_gets_in() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.set_faults(Faults {
        helper: HelperFault::OneSurvives,
        ..Faults::default()
    });
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --include-shared")
        .run()
        .await
        .exits(1)
        .prints("✗ ex01  36 closed, 1 still open")
        .prints("1 old logon still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_helper_says_of_a_connection_that_stays_is_shown() {
    const WHY: &str = "the system took the order, but it is there still";
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.set_faults(Faults {
        helper: HelperFault::ClosesNothing,
        ..Faults::default()
    });
    let line = "close jsmith --server ex01 --yes";
    Mapisweep::on(&staged.lab)
        .args(line)
        .run()
        .await
        .exits(1)
        .prints(&format!("✗ ex01  31 still open ({WHY}) ·"));
    let json = Mapisweep::on(&staged.lab)
        .args(&format!("{line} --format json"))
        .run()
        .await
        .exits(1)
        .json();
    let records = json["records"].as_array().unwrap();
    assert_eq!(records.len(), 31);
    assert!(records.iter().all(|record| record["why"] == WHY));
}

/// What the logons say of him is not the helper's to tell.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_seen_below_the_limit_is_said_to_be_and_the_report_is_complained_about_apart() {
    for (fault, what) in [
        (
            HelperFault::ReportsNothing,
            "none of the 31 connections that were to be closed",
        ),
        (
            HelperFault::ReportsAnother,
            "other connections than those that were to be closed",
        ),
    ] {
        let staged = locked_out().await;
        staged.lab.server("ex01").set_faults(Faults {
            helper: fault,
            ..Faults::default()
        });
        let line = "close jsmith --server ex01 --yes";
        let ran = Mapisweep::on(&staged.lab).args(line).run().await.exits(1);
        let ran = ran
            .prints("✗ ex01  31 already gone (as seen afterwards)")
            .prints("logons 32 → 1")
            .prints("CORP\\jsmith can log on again.\n")
            .says(&format!(
                "error: ex01: the helper reports on {what}. What became of the connections was looked at afterwards: for those \
                 that are gone nothing is left to be done. A security product on ex01 may have come between: allow the \
                 helper's SHA-256 there"
            ));
        assert!(ran.stderr().contains("Tell the user: "), "{fault:?}\n{ran}");
        assert!(!ran.stderr().contains("is not known"), "{fault:?}\n{ran}");
    }
}

/// A crash is the helper's own, unless something made it so; and what only lists closes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_listing_is_called_one_and_leaves_nothing_open() {
    let staged = locked_out().await;
    staged.lab.server("ex01").set_faults(Faults {
        helper: HelperFault::Dies,
        ..Faults::default()
    });
    for (line, end) in [
        (
            "close jsmith --server ex01 --yes",
            "try again.\nNothing was closed.\n",
        ),
        ("connections --server ex01", "try again.\n"),
    ] {
        let ran = Mapisweep::on(&staged.lab).args(line).run().await.exits(1);
        let ran = ran
            .says("the helper crashed (access violation, exit code 0xC0000005, ")
            .says("lines said). That should not happen: please report it")
            .says("A security product on ex01 that reaches into programs may be the cause, too");
        assert!(ran.stderr().ends_with(end), "{ran}");
        for wrong in ["from outside", "nothing can be said", "not known"] {
            assert!(!ran.stderr().contains(wrong), "{wrong}\n{ran}");
        }
    }
}

/// The helper saw the connections go, and the logons contradict it: what another list shows is what is told, wherever it is.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_helper_alone_calls_closed_is_closed_nowhere() {
    const WHY: &str = "closed, says the helper, but it is listed afterwards";
    const WHAT_TO_DO: &str =
        "Closed by the word of the helper alone on ex01: it was deceived, or was not what ran";
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for format in ["table", "json", "ndjson", "csv"] {
        let staged = locked_out().await;
        let server = staged.lab.server("ex01");
        server.set_faults(Faults {
            helper: HelperFault::OnlyClaims,
            ..Faults::default()
        });
        let report = path(&format!("{format}.md"));
        let line = format!("close jsmith --server ex01 --yes --format {format} --report {report}");
        let ran = Mapisweep::on(&staged.lab)
            .args(&line)
            .env("XDG_STATE_HOME", &path("state"))
            .run()
            .await
            .exits(1);
        match format {
            "table" => assert!(ran.stdout().contains(WHAT_TO_DO), "{ran}"),
            "json" => {
                let json = ran.json();
                let records = json["records"].as_array().unwrap();
                assert_eq!(records.len(), 31);
                for record in records {
                    assert_eq!(record["outcome"], "still_open", "{record}");
                    assert_eq!(record["why"], WHY, "{record}");
                }
                assert_eq!(json["servers"][0]["verified"], false, "{json}");
                assert_eq!(json["servers"][0]["lingering"], 31, "{json}");
                assert_eq!(json["servers"][0]["helper_removed"], true, "{json}");
            }
            "ndjson" => {
                assert_eq!(ran.events("not_closed").len(), 31, "{ran}");
                assert!(!ran.stdout().contains("\"event\":\"closed\""), "{ran}");
            }
            _ => assert_eq!(ran.stdout().matches(",still_open,").count(), 31, "{ran}"),
        }
        let report = std::fs::read_to_string(&report).unwrap();
        assert!(!report.contains("31 of 31"), "{report}");
        assert!(report.contains("0 of 31 connections"), "{report}");
        // no run before counts as one that closed anything
        assert!(!ran.stderr().contains("Closed before, too"), "{ran}");
        assert!(server.leftovers().is_empty(), "{ran}");
    }
    let log = std::fs::read_to_string(folder.path().join("state/mapisweep/audit.jsonl")).unwrap();
    assert!(log.contains("\"outcome\":\"still_open\""), "{log}");
    assert!(!log.contains("\"outcome\":\"closed\""), "{log}");
    let honest = locked_out().await;
    let ran = Mapisweep::on(&honest.lab)
        .args("close jsmith --server ex01 --yes")
        .env("XDG_STATE_HOME", &path("state"))
        .run()
        .await
        .exits(0);
    assert!(!ran.stderr().contains("Closed before, too"), "{ran}");
}

/// Two who close on one server at once: what the one ended is missing for the other, who is told so, and what to do.
#[tokio::test(flavor = "multi_thread")]
async fn another_run_that_closes_meanwhile_is_named_where_the_others_are_gone() {
    let state = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    for (other, is_known, format) in [
        (&state, true, "table"),
        (&elsewhere, false, "table"),
        (&state, true, "json"),
    ] {
        let staged = locked_out().await;
        let home = |folder: &tempfile::TempDir| folder.path().display().to_string();
        let report = state.path().join(format!("{format}-{is_known}.md"));
        let line = format!("--report {} --format {format}", report.display());
        let mut terminal = Mapisweep::on(&staged.lab)
            .args(&format!(
                "close user1 --server ex01 --all --include-shared {line}"
            ))
            .env("XDG_STATE_HOME", &home(&state))
            .on_terminal();
        tokio::task::block_in_place(|| {
            terminal.shows("[y/N] ");
        });
        Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --all --include-shared --yes")
            .env("XDG_STATE_HOME", &home(other))
            .run()
            .await;
        let (code, screen) = tokio::task::block_in_place(|| {
            terminal.type_in("y\n");
            (terminal.exits(), terminal.screen())
        });
        assert_eq!(code, Some(5), "{screen}");
        // as wide as the screen is, lines are broken
        let said = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        for what in [
            "the logons that were to stay are gone as well",
            "Look with `mapisweep logons` who holds how much there now",
        ] {
            assert!(said.contains(what), "{what}\n{screen}");
        }
        let named = "Another run on this computer closed connections on ex01 meanwhile.";
        assert_eq!(said.contains(named), is_known, "{screen}");
        let beside = "another run on this computer closed connections there meanwhile";
        let in_json = format!(r#""where": "ex01", "what": "{beside}""#);
        assert_eq!(said.contains(&in_json), format == "json", "{screen}");
        let report = std::fs::read_to_string(&report).unwrap();
        assert_eq!(report.contains(beside), is_known, "{report}");
    }
}
