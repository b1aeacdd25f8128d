//! The committed exe, run under Wine on real connections. It needs root and Wine; elsewhere it says that it was skipped,
//! and with `MAPISWEEP_TEST_ALL=1` it fails there.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr)]

use std::{io::Write, net::SocketAddr, process::Output, thread, time::Duration};

use mapisweep_wine::{Client, System, Testbed, CLIENTS_V4, CLIENTS_V6, SERVER_V4, SERVER_V6};
use serde_json::Value;

const EXE: &[u8] = include_bytes!("../dist/mapisweep-helper.exe");

/// One testbed serves all, for making one takes ten seconds.
#[test]
fn under_wine() {
    if let Some(missing) = mapisweep_wine::missing() {
        mapisweep_outside::skip("the exe under Wine", missing);
        return;
    }
    let testbed = Testbed::new().unwrap();
    let _store = testbed.start("store.exe", &[6001, 6002]).unwrap();
    let _other = testbed.start("other.exe", &[7001]).unwrap();
    for (name, check) in CHECKS {
        eprintln!("under Wine: {name}");
        check(&testbed);
    }
}

type Check = fn(&Testbed);

const CHECKS: [(&str, Check); 10] = [
    ("Wine alone names no owners", wine_alone_names_no_owners),
    (
        "connections are listed with their owners",
        connections_are_listed,
    ),
    (
        "a system that only pretends is found out",
        a_system_that_pretends_is_found_out,
    ),
    (
        "exactly the planned connections are closed",
        exactly_the_planned_are_closed,
    ),
    (
        "what changed since is not touched",
        what_changed_is_not_touched,
    ),
    (
        "what stays inside the server is not touched",
        what_stays_inside_is_not_touched,
    ),
    (
        "what ended meanwhile is gone already",
        what_ended_meanwhile_is_gone_already,
    ),
    (
        "a wrong or cut off list closes nothing",
        a_wrong_list_closes_nothing,
    ),
    (
        "a list without an end closes nothing",
        a_list_without_an_end_closes_nothing,
    ),
    ("wrong arguments are refused", wrong_arguments_are_refused),
];

/// What the helper said, and its exit code.
struct Said {
    lines: Vec<Value>,
    exit: i32,
}

fn run(testbed: &Testbed, arguments: &[&str], input: &str, system: System) -> Said {
    let Output {
        status,
        stdout,
        stderr,
    } = testbed
        .run_helper(EXE, arguments, input.as_bytes(), system)
        .unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    assert!(stdout.is_ascii(), "{stdout}");
    let read = |line: &str| {
        let stderr = String::from_utf8_lossy(&stderr);
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"))
    };
    let lines = stdout.lines().map(read).collect();
    Said {
        lines,
        exit: status.code().unwrap(),
    }
}

fn list(testbed: &Testbed, arguments: &[&str], system: System) -> Vec<Value> {
    let said = run(testbed, &[&["list"], arguments].concat(), "", system);
    let [head, rows @ .., summary] = &said.lines[..] else {
        panic!("{:?}", said.lines)
    };
    assert_eq!(head["command"], "list");
    assert_eq!(head["elevated"], true);
    assert_eq!(summary["summary"]["listed"], rows.len());
    assert_eq!(said.exit, 0);
    rows.to_vec()
}

/// The row of a client's connection.
fn row_of<'v>(rows: &'v [Value], client: &Client) -> Option<&'v Value> {
    rows.iter()
        .find(|row| end(row, "remote") == client.address.to_string())
}

/// An end as `std` writes it. Wine gives the scope -1 to addresses that have none.
fn end(row: &Value, key: &str) -> String {
    let text = row[key].as_str().unwrap().replace("%4294967295", "");
    text.parse::<SocketAddr>().unwrap().to_string()
}

/// The target that a client's connection is, as the list had it.
fn target(rows: &[Value], client: &Client) -> String {
    let row = row_of(rows, client).unwrap_or_else(|| panic!("{client:?} is not in {rows:?}"));
    let text = |key: &str| row[key].as_str().unwrap();
    let (family, local, remote) = (text("family"), text("local"), text("remote"));
    format!(
        "{family} {local} {remote} {} {}\n",
        row["pid"],
        text("image")
    )
}

fn close(testbed: &Testbed, targets: &[String], system: System) -> Said {
    let input = format!("{}end {}\n", targets.concat(), targets.len());
    let said = run(testbed, &["close", "--max", "10"], &input, system);
    let summary = &said.lines.last().unwrap()["summary"];
    assert_eq!(summary["targets"], targets.len(), "{:?}", said.lines);
    said
}

impl Said {
    fn outcomes(&self) -> Vec<&str> {
        self.lines
            .iter()
            .filter_map(|line| line["outcome"].as_str())
            .collect()
    }
}

fn store_v4(testbed: &Testbed) -> Client {
    testbed.connect(CLIENTS_V4[0], (SERVER_V4, 6001)).unwrap()
}

fn store_v6(testbed: &Testbed) -> Client {
    testbed.connect(CLIENTS_V6[0], (SERVER_V6, 6001)).unwrap()
}

fn wine_alone_names_no_owners(testbed: &Testbed) {
    let mut client = store_v4(testbed);
    assert_eq!(list(testbed, &[], System::Bare), [Value::Null; 0]);
    let rows = list(testbed, &["--all"], System::Bare);
    let row = row_of(&rows, &client).unwrap();
    assert_eq!(row["pid"], 0);
    assert_eq!(row["image"], "");
    assert_eq!(row["state"], "established");
    assert_eq!(row["local"], "10.77.0.5:6001");
    // so a connection is never as planned there
    let planned = target(&list(testbed, &[], System::Closing), &client);
    let said = close(testbed, &[planned], System::Bare);
    assert_eq!((said.outcomes(), said.exit), (vec!["changed"], 1));
    assert!(client.is_open());
}

fn connections_are_listed(testbed: &Testbed) {
    let v4 = store_v4(testbed);
    let v6 = store_v6(testbed);
    let foreign = testbed.connect(CLIENTS_V4[0], (SERVER_V4, 7001)).unwrap();
    let rows = list(testbed, &[], System::Closing);
    for (client, family, local) in [
        (&v4, "tcp4", "10.77.0.5:6001"),
        (&v6, "tcp6", "[fd00::5]:6001"),
    ] {
        let row = row_of(&rows, client).unwrap();
        assert_eq!(row["family"], family);
        assert_eq!(end(row, "local"), local);
        assert_eq!(row["state"], "established");
        assert_eq!(row["image"], "store.exe");
        assert_ne!(row["pid"], 0);
    }
    assert_eq!(row_of(&rows, &foreign), None);
    let rows = list(testbed, &["OTHER.EXE"], System::Closing);
    assert_eq!(row_of(&rows, &foreign).unwrap()["image"], "other.exe");
    assert_eq!(rows.len(), 1);
    let rows = list(testbed, &["--all"], System::Closing);
    assert!([&v4, &v6, &foreign]
        .iter()
        .all(|client| row_of(&rows, client).is_some()));
    assert!(rows.iter().all(|row| row["state"] != "listen"));
}

fn a_system_that_pretends_is_found_out(testbed: &Testbed) {
    let (mut v4, mut v6) = (store_v4(testbed), store_v6(testbed));
    let rows = list(testbed, &[], System::Pretending);
    let said = close(
        testbed,
        &[target(&rows, &v4), target(&rows, &v6)],
        System::Pretending,
    );
    assert_eq!(
        (said.outcomes(), said.exit),
        (vec!["still_open", "failed"], 1)
    );
    assert_eq!(said.lines[1]["code"], 0);
    assert_eq!(said.lines[2]["code"], 50);
    assert!(v4.is_open() && v6.is_open());
}

fn exactly_the_planned_are_closed(testbed: &Testbed) {
    let connect = |from, to| testbed.connect(from, to).unwrap();
    let mut planned = [
        connect(CLIENTS_V4[0], (SERVER_V4, 6001)),
        connect(CLIENTS_V4[0], (SERVER_V4, 6002)),
        connect(CLIENTS_V4[1], (SERVER_V4, 6001)),
        connect(CLIENTS_V6[0], (SERVER_V6, 6001)),
        connect(CLIENTS_V6[0], (SERVER_V6, 6002)),
    ];
    let mut spared = [
        // the same client, process and port
        connect(CLIENTS_V4[0], (SERVER_V4, 6001)),
        connect(CLIENTS_V6[0], (SERVER_V6, 6001)),
        // other clients of the process
        connect(CLIENTS_V4[2], (SERVER_V4, 6001)),
        connect(CLIENTS_V6[1], (SERVER_V6, 6001)),
        // the same client in another process
        connect(CLIENTS_V4[0], (SERVER_V4, 7001)),
        connect(CLIENTS_V6[0], (SERVER_V6, 7001)),
    ];
    let rows = list(testbed, &[], System::Closing);
    let targets: Vec<String> = planned.iter().map(|client| target(&rows, client)).collect();
    let said = close(testbed, &targets, System::Closing);
    assert_eq!(
        (said.outcomes(), said.exit),
        (vec!["closed"; 5], 0),
        "{:?}",
        said.lines
    );
    for client in &mut planned {
        assert!(client.gets_reset(), "{client:?}");
    }
    for client in &mut spared {
        assert!(client.is_open(), "{client:?}");
    }
    let rows = list(testbed, &["--all"], System::Closing);
    assert!(planned.iter().all(|client| row_of(&rows, client).is_none()));
    assert!(spared.iter().all(|client| row_of(&rows, client).is_some()));
}

fn what_changed_is_not_touched(testbed: &Testbed) {
    let (mut client, mut foreign) = (
        store_v4(testbed),
        testbed.connect(CLIENTS_V4[0], (SERVER_V4, 7001)).unwrap(),
    );
    let rows = list(testbed, &["--all"], System::Closing);
    let pid = |client| row_of(&rows, client).unwrap()["pid"].to_string();
    let (store, other) = (pid(&client), pid(&foreign));
    let (planned, planned_foreign) = (target(&rows, &client), target(&rows, &foreign));
    for (target, outcome) in [
        (
            planned.replace(&format!(" {store} "), &format!(" {other} ")),
            "changed",
        ),
        (planned.replace(&format!(" {store} "), " 99996 "), "changed"),
        (planned_foreign.replace("other.exe", "store.exe"), "changed"),
        (planned_foreign.clone(), "refused"),
        (planned.replace(&format!(" {store} "), " 0 "), "refused"),
        (planned.replace("store.exe", "lsass.exe"), "refused"),
    ] {
        let said = close(testbed, std::slice::from_ref(&target), System::Closing);
        assert_eq!((said.outcomes(), said.exit), (vec![outcome], 1), "{target}");
        assert!(client.is_open() && foreign.is_open(), "{target}");
    }
}

fn what_stays_inside_is_not_touched(testbed: &Testbed) {
    let mut inside = [
        testbed
            .connect_inside([127, 0, 0, 1].into(), ([127, 0, 0, 1].into(), 6001))
            .unwrap(),
        testbed
            .connect_inside(SERVER_V4, (SERVER_V4, 6001))
            .unwrap(),
        testbed
            .connect_inside(SERVER_V6, (SERVER_V6, 6001))
            .unwrap(),
    ];
    let rows = list(testbed, &[], System::Closing);
    let targets: Vec<String> = inside.iter().map(|client| target(&rows, client)).collect();
    let said = close(testbed, &targets, System::Closing);
    assert_eq!((said.outcomes(), said.exit), (vec!["refused"; 3], 1));
    assert!(inside.iter_mut().all(Client::is_open));
}

fn what_ended_meanwhile_is_gone_already(testbed: &Testbed) {
    let (client, mut other) = (store_v4(testbed), store_v4(testbed));
    let rows = list(testbed, &[], System::Closing);
    let targets = [target(&rows, &client), target(&rows, &other)];
    let first = close(testbed, &targets[..1], System::Closing);
    assert_eq!(first.outcomes(), ["closed"]);
    let both = close(testbed, &targets, System::Closing);
    assert_eq!(
        (both.outcomes(), both.exit),
        (vec!["already_gone", "closed"], 0)
    );
    assert!(other.gets_reset());
}

fn a_wrong_list_closes_nothing(testbed: &Testbed) {
    let mut client = store_v4(testbed);
    let target = target(&list(testbed, &[], System::Closing), &client);
    for input in [
        target.clone(),
        format!("{target}end 2\n"),
        format!("{target}en"),
        format!("{target}tcp4 10.77.0.5:6001 *:* 40 store.exe\nend 2\n"),
        format!("{target}{target}end 2\n"),
        target.repeat(11) + "end 11\n",
        target.repeat(200_000) + "end 200000\n",
        String::new(),
    ] {
        let said = run(testbed, &["close", "--max", "10"], &input, System::Closing);
        assert_eq!(said.exit, 2);
        assert!(
            said.lines.last().unwrap()["error"].is_string(),
            "{:?}",
            said.lines
        );
        assert!(client.is_open());
    }
}

/// The helper waits for the rest of it, and may be killed meanwhile.
fn a_list_without_an_end_closes_nothing(testbed: &Testbed) {
    let mut client = store_v4(testbed);
    let target = target(&list(testbed, &[], System::Closing), &client);
    let installed = testbed.install(EXE).unwrap();
    let mut command = installed
        .command(&["close", "--max", "10"], System::Closing)
        .unwrap();
    let mut process = command.spawn().unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(target.as_bytes()).unwrap();
    thread::sleep(Duration::from_secs(1));
    assert!(testbed.runs("mapisweep-helper.exe"));
    process.kill().unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("closed"));
    assert!(!testbed.runs("mapisweep-helper.exe") && client.is_open());
}

fn wrong_arguments_are_refused(testbed: &Testbed) {
    for arguments in [
        &[][..],
        &["close"],
        &["close", "--max", "0"],
        &["close", "--max", "1", r"C:\windows\store.exe"],
        &["close", "--max", "1", "größe.exe"],
        &["list", "open quote\""],
    ] {
        let said = run(testbed, arguments, "", System::Closing);
        assert_eq!(said.exit, 2, "{arguments:?}");
        assert_eq!(said.lines.len(), 1);
        assert!(said.lines[0]["error"].is_string());
    }
}
