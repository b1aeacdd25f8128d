//! What programs are promised: a document at every end, and events while a run goes on. That every other test's output
//! keeps it, `support` sees to.

use std::{collections::BTreeSet, fs::File};

use mapisweep_lab::{Faults, Lab};
use serde_json::Value;

use crate::support::{
    Mapisweep,
    contract::{OUTPUT, Written},
    locked_out, stage,
};

const README: &str = include_str!("../../README.md");

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_end_there_is_a_document_that_says_so() {
    let staged = stage(Lab::builder().server("ex01", |server| {
        server.exchange_2010().database("DB1").database("DB2")
    }))
    .await;
    let partial = stage(Lab::builder().server("ex01", |server| {
        server.exchange_2010().database("DB1").database("DB2")
    }))
    .await;
    partial.lab.server("ex01").lose_sight_of("DB2");
    let on = |line: &str| Mapisweep::on(&staged.lab).args(line);
    // these three take somebody who types, below
    let mut seen = BTreeSet::from([6, 7, 130]);
    for (run, code, outcome, kind, what) in [
        (on("logons --server ex01"), 0, "done", "logons", ""),
        (
            on("close jsmith --server ex01 --dry-run"),
            0,
            "done",
            "plan",
            "",
        ),
        (
            on("logons --server ex01").password("wrong"),
            1,
            "failed",
            "none",
            r"the sign-in of CORP\ann was refused",
        ),
        (
            on("logons --server gone --connect-to gone=127.0.0.1:9"),
            1,
            "failed",
            "none",
            "nothing answers on 127.0.0.1:9",
        ),
        (
            on("close jsmith --server ex01"),
            2,
            "usage",
            "none",
            "there is no terminal to ask on",
        ),
        (on("logons"), 2, "usage", "none", "no server is named"),
        (
            on("logons --server ex01 --config missing.toml"),
            2,
            "usage",
            "none",
            "cannot read missing.toml",
        ),
        (
            on("logons nobody --server ex01"),
            3,
            "nothing_matched",
            "none",
            "Exchange knows no mailbox",
        ),
        (
            on("close nobody --server ex01 --yes"),
            3,
            "nothing_matched",
            "none",
            "Exchange knows no mailbox",
        ),
        (
            on("connections --server ex01 --address 192.0.2.1"),
            3,
            "nothing_matched",
            "connections",
            " connections matches",
        ),
        (
            on("close jsmith --server ex01 --yes --max-connections 1"),
            4,
            "refused",
            "plan",
            "one run may be about 1",
        ),
        (
            Mapisweep::on(&partial.lab).args("logons --server ex01"),
            5,
            "incomplete",
            "logons",
            "logons may be missing: ",
        ),
        (
            Mapisweep::on(&partial.lab).args("close jsmith --server ex01 --yes"),
            5,
            "incomplete",
            "plan",
            "what could be was refused for safety",
        ),
        (
            on("sweep --server ex01 --at-least 900 --dry-run"),
            3,
            "nothing_matched",
            "plan",
            "",
        ),
        (
            on("victims --server ex01"),
            3,
            "nothing_matched",
            "victims",
            "",
        ),
        (
            on("close jsmith --server ex01 --yes"),
            0,
            "done",
            "close",
            "",
        ),
        (
            Mapisweep::alone().args("helper sha256"),
            0,
            "done",
            "helper",
            "",
        ),
        (
            Mapisweep::alone().args("whoami"),
            3,
            "nothing_matched",
            "none",
            "nobody would sign in",
        ),
    ] {
        let ran = run.arg("--format").arg("json").run().await.exits(code);
        let document = ran.json();
        let told = (&document["outcome"], &document["kind"]);
        assert_eq!(told, (&outcome.into(), &kind.into()), "{ran}");
        let errors = document["errors"].as_array().unwrap();
        let is_told = |error: &Value| error["what"].as_str().unwrap().contains(what);
        match what {
            "" => assert!(errors.is_empty(), "{ran}"),
            _ => assert!(errors.iter().any(is_told), "{ran}"),
        }
        seen.insert(code);
    }
    // README's table has no other, and the schema neither
    let codes = README
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |")?.0.parse().ok());
    assert_eq!(codes.collect::<BTreeSet<_>>(), seen);
    let schema: Value = serde_json::from_str(OUTPUT).unwrap();
    let codes = &schema["$defs"]["document"]["properties"]["exit_code"]["enum"];
    assert_eq!(*codes, serde_json::json!(seen));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_says_where_and_what_to_do() {
    let staged = locked_out().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --format json")
        .password("wrong")
        .run()
        .await
        .exits(1);
    let error = &ran.json()["errors"][0];
    assert_eq!(error["where"], "ex01");
    let to_do = error["to_do"].as_str().unwrap();
    assert!(
        to_do.starts_with("Most likely the password is wrong"),
        "{ran}"
    );
}

/// What a run on a terminal writes into a file, once this was done at the question.
async fn at_the_question(
    format: &str,
    answer: impl Fn(&mut crate::support::terminal::Terminal),
) -> (i32, String) {
    let staged = locked_out().await;
    tokio::task::block_in_place(|| {
        let line = format!("close jsmith --server ex01 --format {format}");
        let run = Mapisweep::on(&staged.lab).args(&line);
        let path = run.home().join("output");
        let mut terminal = run.on_terminal_but_output(File::create(&path).unwrap());
        terminal.shows("[y/N] ");
        answer(&mut terminal);
        let exit = terminal.exits().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let (written, has_head) = (&text, true);
        let written = Written {
            format,
            has_head,
            text: written,
            exit,
        };
        assert_eq!(written.breach(), None, "{text}");
        (exit, text)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_approved_is_a_plan() {
    let (exit, text) = at_the_question("json", |terminal| terminal.type_in("n\n")).await;
    let document: Value = serde_json::from_str(&text).unwrap();
    let told = (exit, &document["outcome"], &document["kind"]);
    assert_eq!(told, (7, &"declined".into(), &"plan".into()), "{text}");
    let (exit, text) = at_the_question("json", |terminal| terminal.interrupt()).await;
    let document: Value = serde_json::from_str(&text).unwrap();
    let told = (exit, &document["outcome"], &document["kind"]);
    assert_eq!(told, (130, &"interrupted".into(), &"plan".into()), "{text}");
    let error = &document["errors"][0]["what"];
    assert_eq!(*error, "interrupted by Ctrl-C or a signal", "{text}");
    let (exit, text) = at_the_question("ndjson", |terminal| terminal.type_in("n\n")).await;
    assert_eq!(exit, 7);
    assert!(text.contains(r#""event":"plan""#), "{text}");
    assert!(!text.contains(r#""event":"closed""#), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_interrupt_ends_with_a_document_too() {
    for format in ["json", "ndjson"] {
        let staged = locked_out().await;
        let server = staged.lab.server("ex01");
        let slow = |milliseconds| Faults {
            delay: std::time::Duration::from_millis(milliseconds),
            ..Faults::default()
        };
        // not over before anybody looks
        server.set_faults(slow(200));
        let running = Mapisweep::on(&staged.lab)
            .args(&format!(
                "close jsmith --server ex01 --yes --format {format}"
            ))
            .start()
            .await;
        while server.leftovers().shells.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        server.set_faults(slow(60_000));
        for _ in 0..2 {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            running.interrupt();
        }
        running.ends().await.exits(6).prints(r#""left_behind""#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_told_as_they_happen() {
    let staged = locked_out().await;
    staged.lab.server("ex01").set_faults(Faults {
        delay: std::time::Duration::from_millis(300),
        ..Faults::default()
    });
    let mut running = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --format ndjson")
        .start()
        .await;
    let first = [running.line().await, running.line().await];
    assert!(running.is_running(), "{first:?} came at the end");
    assert!(first[0].contains(r#""event":"begun""#), "{first:?}");
    assert!(first[1].contains(r#""step":"connecting""#), "{first:?}");
    let ran = running.ends().await.exits(0);
    let events: Vec<Value> = ran
        .stdout()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut kinds: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    kinds.retain(|kind| *kind != "step");
    kinds.dedup();
    let in_order = ["begun", "read", "plan", "closed", "verified", "ended"];
    assert_eq!(kinds, in_order, "{ran}");
    let steps = events.iter().filter_map(|event| event["step"].as_str());
    let steps: Vec<_> = steps.collect();
    let closing = steps.iter().position(|step| *step == "closing");
    let cleaning_up = steps.iter().position(|step| *step == "cleaning_up");
    assert!(closing.is_some() && closing < cleaning_up, "{steps:?}");
    let verified = events
        .iter()
        .find(|event| event["event"] == "verified")
        .unwrap();
    let user = &verified["users"][0];
    assert_eq!(
        (&user["before"], &user["after"]),
        (&32.into(), &1.into()),
        "{ran}"
    );
}

/// What nobody can be told is not done; a document comes at the end, but its first letters before anything is closed.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_told_nothing_is_closed() {
    let staged = locked_out().await;
    for format in ["json", "csv", "ndjson"] {
        let close = || {
            let line = format!("close jsmith --server ex01 --yes --format {format}");
            Mapisweep::on(&staged.lab).args(&line)
        };
        let no_room = close().full_output().run().await;
        let nobody = close().start().await.stop_reading().ends().await;
        for (ran, why) in [
            (no_room, "No space left on device"),
            (nobody, "Broken pipe"),
        ] {
            let ran = ran.exits(1).says(&format!(
                "what is done could not be told: standard output cannot be written: {why}"
            ));
            let ran = ran.says("Nothing was closed.");
            let records = ran.audit();
            assert_eq!(records.last().unwrap()["nothing_closed"], true, "{ran}");
        }
        assert!(staged.lab.server("ex01").resets().is_empty(), "{format}");
    }
}

/// All is done, and only the reader keeps the run from ending.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_reader_is_ended_by_ctrl_c() {
    // the CSV of so few connections is less than a page
    for format in ["json", "ndjson"] {
        let staged = locked_out().await;
        let server = staged.lab.server("ex01");
        let line = format!("close jsmith --server ex01 --yes --format {format}");
        let running = Mapisweep::on(&staged.lab).args(&line).start().await;
        let mut running = running.with_a_small_pipe().unheard();
        while server.resets().len() < 31 || !server.leftovers().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let is_over = async {
            while running.is_running() {
                running.interrupt();
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        let limit = std::time::Duration::from_secs(30);
        let ended = tokio::time::timeout(limit, is_over).await;
        assert!(ended.is_ok(), "{format}: it goes on");
        let ran = running.ends().await.exits(130);
        assert!(ran.stderr().contains("Interrupted"), "{ran}");
    }
}

/// The helper is removed and the shell closed while most of the events are still to be read.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_takes_his_time_holds_up_nothing() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let running = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --format ndjson")
        .start()
        .await;
    let running = running.with_a_small_pipe();
    let is_over = async {
        while server.resets().len() < 31 || !server.leftovers().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let limit = std::time::Duration::from_secs(30);
    let ended = tokio::time::timeout(limit, is_over).await;
    assert!(ended.is_ok(), "{:?}", server.leftovers());
    let ran = running.ends().await.exits(0);
    assert_eq!(ran.events("closed").len(), 31, "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_an_event() {
    let staged = locked_out().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server ex01 --server gone --connect-to gone=127.0.0.1:9 --format ndjson")
        .run()
        .await
        .exits(1);
    assert_eq!(ran.events("error")[0]["where"], "gone", "{ran}");
    assert!(!ran.events("logons").is_empty(), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_without_rows_has_its_head() {
    let staged = locked_out().await;
    for (line, code, head) in [
        ("logons nobody", 3, "server,account,user_sessions,"),
        (
            "logons --address 192.0.2.1",
            3,
            "server,account,user_sessions,",
        ),
        (
            "connections --address 192.0.2.1",
            3,
            "server,process,pid,local_address,local_port,",
        ),
        (
            "close nobody --yes",
            3,
            "server,process,pid,local_address,local_port,",
        ),
        ("close nobody --dry-run", 3, "server,address,accounts,"),
        ("victims", 3, "server,account,dn,"),
        (
            "close jsmith",
            2,
            "server,process,pid,local_address,local_port,",
        ),
    ] {
        let ran = Mapisweep::on(&staged.lab)
            .args(&format!("{line} --server ex01 --format csv"))
            .run()
            .await
            .exits(code);
        assert!(ran.stdout().starts_with(head), "{ran}");
        assert_eq!(ran.stdout().lines().count(), 1, "{ran}");
    }
    Mapisweep::on(&staged.lab)
        .args("logons nobody --server ex01 --format csv --no-header")
        .run()
        .await
        .exits(3)
        .prints_nothing();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_result_is_as_it_is_in_any_format() {
    for (line, printed) in [
        ("completions bash", "_mapisweep()"),
        ("--version", "mapisweep "),
    ] {
        let ran = Mapisweep::alone()
            .args(line)
            .env("FORMAT", "json")
            .run()
            .await;
        ran.exits(0).prints(printed);
    }
    Mapisweep::alone()
        .args("logons --no-such-flag --format json")
        .run()
        .await
        .exits(2)
        .prints_nothing()
        .says("--no-such-flag");
}
