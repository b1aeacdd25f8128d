use std::net::IpAddr;

use super::*;
use crate::servers::act::After;
use mapisweep_core::batch::script_sha256;
use mapisweep_core::plan::{Policy, ServerSnapshot, plan};
use mapisweep_core::{
    exchange::{Clock, Limits, Logon, Mailbox},
    helper_run::{Outcome, TcpState},
};

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

fn a_run() -> Run {
    Run {
        id: Uuid::nil(),
        user: r"CORP\ann".into(),
    }
}

fn what_was_seen(plan: &Plan) -> Vec<(String, Result<ServerResult, ServerError>)> {
    let server = &plan.servers[0];
    let target = |connection: &TcpConnection| Target {
        connection: connection.clone(),
        outcome: Some(Outcome::Failed),
        code: Some(87),
        why: "the system did not take the order".into(),
    };
    let seen = ServerResult {
        server: "ex01".into(),
        targets: server.targets().map(target).collect(),
        failed: None,
        helper_path: r"C:\Program Files\mapisweep\mapisweep-helper.exe".into(),
        helper_removed: true,
        before: server.users.clone(),
        after: Ok(After {
            users: server.users.clone(),
            lingering: 1,
            gaps: Vec::new(),
        }),
        asked_again: 0,
        took: std::time::Duration::ZERO,
    };
    vec![
        ("ex01".into(), Ok(seen)),
        ("ex02".into(), Err(ServerError::Interrupted)),
    ]
}

#[test]
fn one_line_before_and_one_after() {
    let directory = tempfile::tempdir().unwrap();
    let path = AuditLog::path_in(&directory.path().join("mapisweep"));
    let (plan, run, time) = (a_plan(), a_run(), at("2026-03-02T09:00:05Z"));
    let exe = HelperExe::supplied(b"MZ".to_vec()).unwrap();
    let records = [
        run.before(time, &plan, &exe),
        run.after(time, &what_was_seen(&plan)),
    ];
    for record in &records {
        AuditLog::open(&path).unwrap().append(record).unwrap();
    }
    let version = format!(r#""version":"{}""#, env!("CARGO_PKG_VERSION"));
    let lines = fs::read_to_string(&path).unwrap();
    let read_back: Result<Vec<Record>, _> = lines.lines().map(serde_json::from_str).collect();
    assert_eq!(read_back.unwrap(), records);
    let lines = lines.replace(&version, r#""version":"…""#);
    insta::assert_snapshot!(lines.replace(&script_sha256(), "…"));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    fs::write(&path, "an older line\n").unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    AuditLog::open(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "an older line\n",
        "nothing is lost"
    );
    let new = directory.path().join("new.jsonl");
    AuditLog::open(&new).unwrap();
    assert_eq!(mode(&new), 0o600);
}

#[test]
fn runs_at_the_same_time_do_not_mix() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let mut plan = a_plan();
    let connections = &mut plan.servers[0].addresses[0].connections;
    *connections = vec![connections[0].clone(); 500];
    let exe = HelperExe::supplied(b"MZ".to_vec()).unwrap();
    let record = a_run().before(at("2026-03-02T09:00:05Z"), &plan, &exe);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| AuditLog::open(&path).unwrap().append(&record).unwrap());
        }
    });
    let lines = fs::read_to_string(&path).unwrap();
    assert_eq!(lines.lines().count(), 8);
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            line["servers"][0]["targets"].as_array().map(Vec::len),
            Some(500)
        );
    }
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
    let record = a_run().before(at("2026-03-02T09:00:00Z"), &plan, &HelperExe::embedded());
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
