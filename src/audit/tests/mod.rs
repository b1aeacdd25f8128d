use std::{fs, net::IpAddr};

use jiff::Timestamp;

use super::*;
use crate::servers::{ServerError, ServerResult, act::After};
use mapisweep_core::text::with_causes;
use mapisweep_core::{
    batch::script_sha256,
    exchange::{Clock, Gap, Limits, Logon, Mailbox},
    helper_run::{HelperExe, Outcome, RunError, Target, TcpConnection, TcpState, Why},
    plan::{Plan, Policy, Protected, ServerSnapshot, plan},
};

mod at_work;
mod cut_off;
mod file;
mod returning;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn a_plan() -> Plan {
    let address = IpAddr::from([10, 1, 4, 23]);
    let long_ago = Some(at("2026-03-01T09:00:00Z"));
    let user = Mailbox {
        account_name: "jsmith".into(),
        legacy_exchange_dn: None,
        database: None,
    };
    let snapshot = |server: &str, connections| ServerSnapshot {
        server: server.into(),
        display_name: server.into(),
        version: None,
        limits: Limits::DEFAULT,
        clock: Clock {
            now: at("2026-03-02T09:00:00Z"),
            utc_offset: None,
        },
        logons: vec![Logon {
            account: Some(r"CORP\jsmith".into()),
            client_address: address.into(),
            logon_time: long_ago,
            last_access_time: long_ago,
            ..Logon::default()
        }],
        connections,
        connections_left_out: 0,
        gaps: Vec::new(),
    };
    let connection = TcpConnection {
        local: "10.0.0.11:6001".parse().unwrap(),
        remote: (address, 50000).into(),
        state: TcpState::Established,
        pid: 2316,
        image: "store.exe".into(),
    };
    let snapshots = vec![
        snapshot("ex01", vec![connection]),
        snapshot("ex02", Vec::new()),
    ];
    plan(snapshots, &[user], &Policy::default())
}

const NOON: &str = "2026-03-02T12:00:00Z";

fn a_run() -> Run {
    Run::new(r"CORP\ann".into(), &HelperExe::embedded())
}

fn a_record() -> Record {
    a_run().before(at(NOON), &a_plan(), &Policy::default())
}

/// One connection that stays, for a reason.
fn a_result(plan: &Plan) -> ServerResult {
    let server = &plan.servers[0];
    let target = |connection: &TcpConnection| Target {
        connection: connection.clone(),
        outcome: Some(Outcome::Failed),
        code: Some(87),
        why: Why::Said("the system did not take the order".into()),
    };
    ServerResult {
        server: "ex01".into(),
        targets: server.targets().map(target).collect(),
        failed: None,
        helper_path: r"C:\Program Files\mapisweep\mapisweep-helper.exe".into(),
        helper_removed: true,
        left_alone: Vec::new(),
        before: server.users.clone(),
        after: Ok(After {
            users: server.users.clone(),
            lingering: 1,
            to_end: 2,
            gaps: Vec::new(),
        }),
        keep_alive: None,
        asked_again: 0,
        took: std::time::Duration::ZERO,
    }
}

/// What would be the line of a record.
fn line(record: &Record) -> serde_json::Value {
    serde_json::to_value(record).unwrap()
}

#[test]
fn a_run_tells_its_story() {
    let (plan, run, time) = (a_plan(), a_run(), at(NOON));
    let policy = Policy {
        protected: vec![Protected {
            network: "10.9.0.0/16".parse().unwrap(),
            reason: "load balancer".into(),
        }],
        ..Policy::default()
    };
    let cut_short = ServerError::Interrupted;
    let looked = [("ex01", Ok(1)), ("ex02", Err(&cut_short))];
    let not_seen = ServerError::MayBeLeft {
        what: crate::servers::Leftovers::Shell,
        cause: Box::new(ServerError::NotExchange),
    };
    let ending = Ending {
        command: "close".into(),
        exit: 1,
        error: None,
        nothing_closed: false,
        resumes: None,
        left: vec![Left {
            server: "ex02".into(),
            what: with_causes(&not_seen),
        }],
    };
    let lost = ServerError::MayBeClosed {
        cause: Box::new(ServerError::Helper(RunError::DidNotFinish(
            "it died".into(),
        ))),
    };
    let records = [
        run.looked(
            time,
            looked
                .map(|(server, listed)| Looked::on(server, listed))
                .into(),
        ),
        run.before(time, &plan, &policy),
        run.after(time, "ex01", &Ok(a_result(&plan))),
        run.after(time, "ex02", &Err(lost)),
        run.ended(time, ending),
    ];
    let lines: Vec<_> = records
        .iter()
        .map(|record| line(record).to_string())
        .collect();
    let read_back = lines.iter().map(|line| serde_json::from_str(line).unwrap());
    assert_eq!(read_back.collect::<Vec<Record>>(), records);
    let id = line(&records[0])["run"].as_str().unwrap().to_owned();
    let shown = lines
        .join("\n")
        .replace(&id, "RUN")
        .replace(&script_sha256(), "SCRIPT");
    let version = format!(r#""version":"{}""#, env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(shown.replace(&version, r#""version":"…""#));
}

#[test]
fn what_failed_says_whether_connections_may_be_closed() {
    let boxed = || Box::new(ServerError::NotExchange);
    for (error, may_be_closed) in [
        (ServerError::Interrupted, false),
        (
            ServerError::NotTried {
                server: "ex01".into(),
            },
            false,
        ),
        (
            ServerError::Helper(RunError::AlreadyThere("in use".into())),
            false,
        ),
        (
            ServerError::Helper(RunError::NotWritten("no room".into())),
            false,
        ),
        (
            ServerError::Helper(RunError::HashDiffers("other bytes".into())),
            false,
        ),
        (
            ServerError::Helper(RunError::NotStarted {
                message: "blocked".into(),
                code: 225,
            }),
            false,
        ),
        (
            ServerError::Helper(RunError::DidNotFinish("it died".into())),
            true,
        ),
        (ServerError::Helper(RunError::NoResult), true),
        (ServerError::InterruptedWhileClosing, true),
        (ServerError::MayBeClosed { cause: boxed() }, true),
        (
            ServerError::NoAnswer {
                cmdlet: "the helper script",
            },
            true,
        ),
    ] {
        let what = with_causes(&error);
        let seen = line(&a_run().after(at(NOON), "ex01", &Err(error)));
        let seen = &seen["servers"][0];
        assert_eq!(seen["may_be_closed"], may_be_closed, "{what}");
        assert_eq!(
            (&seen["error"], &seen["verified"]),
            (&what.into(), &false.into())
        );
    }
}

#[test]
fn what_was_not_seen_afterwards_is_not_told() {
    let plan = a_plan();
    let seen = |after| {
        let result = ServerResult {
            after,
            ..a_result(&plan)
        };
        line(&a_run().after(at(NOON), "ex01", &Ok(result)))["servers"][0].clone()
    };
    let whole = seen(a_result(&plan).after);
    assert_eq!(
        (&whole["lingering"], &whole["users"][0]["after"]),
        (&1.into(), &1.into())
    );
    let partial = a_result(&plan).after.map(|after| After {
        gaps: vec![Gap::Stopped],
        ..after
    });
    let gap = Gap::Stopped.to_string();
    for (seen, why) in [
        (seen(partial), ("gaps", serde_json::json!([gap]))),
        (
            seen(Err(ServerError::Interrupted)),
            ("unseen", "interrupted".into()),
        ),
    ] {
        assert_eq!(seen[why.0], why.1);
        assert_eq!(seen.get("lingering"), None);
        assert_eq!(
            (&seen["users"][0]["before"], &seen["users"][0]["after"]),
            (&1.into(), &().into())
        );
    }
}

#[test]
fn what_version_1_wrote_is_read() {
    let lines = include_str!("version-1.jsonl");
    let records: Result<Vec<Record>, _> = lines.lines().map(serde_json::from_str).collect();
    let records: Vec<_> = records.unwrap().iter().map(line).collect();
    let [first, closing, closed] = &records[..] else {
        panic!("{records:?}");
    };
    for record in &records {
        let head = (&record["schema"], &record["user"]);
        assert_eq!(head, (&1.into(), &r"CORP\ann".into()));
    }
    assert_eq!(
        first["script_sha256"], "",
        "the first of them knew no script"
    );
    assert_eq!(closing["script_sha256"], closing["helper_sha256"]);
    assert!(closing["policy"].is_null());
    assert_eq!(
        closing["servers"][0]["targets"][0]["remote"],
        "10.1.4.23:50000"
    );
    let targets = &closed["servers"][0]["targets"];
    assert_eq!(
        (&targets[0]["outcome"], &targets[0]["code"]),
        (&"failed".into(), &87.into())
    );
    assert_eq!(closed["servers"][0]["helper_removed"], true);
    assert_eq!(closed["servers"][1]["error"], "interrupted");
}

#[test]
fn what_is_recorded_cannot_harm_and_is_all_there() {
    const SAID: &str = "store\u{1b}[2J\u{9b}\u{202e}\u{200b}\u{2028}\u{85}\u{e0041}\n\u{7f}.exe";
    let mut plan = a_plan();
    for address in &mut plan.servers[0].addresses {
        for connection in &mut address.connections {
            connection.image = SAID.into();
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let path = AuditLog::path_in(directory.path());
    let record = a_run().before(at(NOON), &plan, &Policy::default());
    AuditLog::open(&path).unwrap().append(&record).unwrap();
    let log = fs::read_to_string(&path).unwrap();
    assert!(log.is_ascii() && log.lines().count() == 1, "{log}");
    assert!(
        !log.contains(|c: char| c != '\n' && c.is_control()),
        "{log:?}"
    );
    assert_eq!(serde_json::from_str::<Record>(&log).unwrap(), record);
    let json: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(json["servers"][0]["targets"][0]["image"], SAID);
}
