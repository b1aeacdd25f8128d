//! `mapisweep watch`: who comes near the limit, as it happens; or once, for scrapers and monitoring systems.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use mapisweep_lab::{Breakage, Faults, Lab, Outlook, Server, Staged, event::What};
use serde_json::Value;

use crate::support::{Mapisweep, Ran, locked_out, stage};

/// Nothing is read more often.
const SHORTEST: &str = "--interval 15s";

/// How often the logons of a server were read.
fn readings(server: Server<'_>) -> usize {
    let is_one =
        |what: &What| matches!(what, What::Pipeline { what } if what == "Get-LogonStatistics");
    server.events().iter().filter(|what| is_one(what)).count()
}

/// Waits until the logons were read so often, and all of it was told.
pub async fn read(server: Server<'_>, times: usize) {
    for _ in 0..6000 {
        if readings(server) >= times {
            // what a slow line keeps back comes too
            return tokio::time::sleep(Duration::from_millis(500)).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not read {times} times: {:?}", server.events());
}

/// Which requests came.
#[cfg(target_os = "linux")]
fn requests(server: Server<'_>) -> Vec<String> {
    let events = server.events().into_iter();
    let requests = events.filter_map(|what| match what {
        What::Request { action } => Some(action),
        _ => None,
    });
    requests.collect()
}

fn shells_opened(server: Server<'_>) -> usize {
    let is_one = |what: &What| matches!(what, What::ShellOpened { .. });
    server.events().iter().filter(|what| is_one(what)).count()
}

/// Another client of a user, who is on the way to the limit.
async fn logs_on(staged: &Staged, account: &str, sessions: usize) -> Outlook {
    let outlook = staged.lab.outlook(account).from("10.1.4.99");
    let outlook = outlook.sessions(sessions).connect().await;
    outlook.expect("there is room")
}

fn lines(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}\n{ran}")))
        .collect()
}

/// Two Exchange 2010 servers; `jsmith` is locked out of the first.
async fn two() -> Staged {
    let servers = Lab::builder()
        .server("ex01", |server| server.exchange_2010())
        .server("ex02", |server| server.exchange_2010());
    stage(servers).await
}

const SIX: [&str; 6] = ["ex01", "ex02", "ex03", "ex04", "ex05", "ex06"];

/// Six of them.
async fn six() -> Staged {
    let servers = SIX.iter().fold(Lab::builder(), |servers, name| {
        servers.server(name, |server| server.exchange_2010())
    });
    stage(servers).await
}

fn six_named() -> String {
    SIX.map(|name| format!("--server {name} ")).concat()
}

/// Everything that happens between two readings, on a terminal: somebody crosses the threshold, a server dies, a shell idles out.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn an_interval_takes_two_requests_and_what_it_brings_is_shown_newest_first() {
    // the first ones are read before a whole interval is over
    let staged = six().await;
    let [crossed, down, idle] = ["ex01", "ex02", "ex03"].map(|name| staged.lab.server(name));
    let mut terminal = Mapisweep::on(&staged.lab)
        // fewer at once than there are, and each keeps its shell
        .args(&format!("watch {} --jobs 1 {SHORTEST}", six_named()))
        .on_terminal_of_width(120, None);
    tokio::task::block_in_place(|| _ = terminal.shows(r"CORP\jsmith"));
    let before = requests(crossed).len();
    let _client = logs_on(&staged, "user2", 28).await;
    down.set_faults(Faults {
        from_exchange: Some((1, Breakage::Refused)),
        ..Faults::default()
    });
    idle.end_shells();
    let (code, seen) = tokio::task::block_in_place(|| {
        terminal
            .shows(r"CORP\user2")
            .shows("ex02: cannot be read for ")
            .shows("ex03: its remote shell was gone; a new one is open");
        assert_eq!(requests(crossed)[before..], ["Command", "Receive"]);
        down.set_faults(Faults::default());
        // it is refused for a moment more
        std::thread::sleep(Duration::from_secs(1));
        terminal.interrupt();
        (terminal.exits(), terminal.screen())
    });
    assert_eq!(code, Some(130), "{seen}");
    let last = seen.rsplit("people hold").next().unwrap_or_default();
    let rows: Vec<_> = last.lines().filter(|line| line.contains("CORP")).collect();
    assert!(rows[0].contains(r"CORP\user2"), "{rows:#?}");
    assert!(rows[0].contains("29 of 32 sessions"), "{rows:#?}");
    assert!(rows[1].contains(r"CORP\jsmith"), "{rows:#?}");
    for (server, shells) in [(crossed, 1), (down, 1), (idle, 2)] {
        assert!(server.leftovers().is_empty(), "{seen}");
        assert_eq!(shells_opened(server), shells, "{seen}");
        let helper = |what: &What| matches!(what, What::Helper { .. });
        assert!(!server.events().iter().any(helper), "it never acts");
    }
}

/// All connections to some servers are lost, as with a VPN, and the password was changed since they were made.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_shipper_is_told_all_and_a_password_that_was_changed_is_tried_once() {
    let staged = six().await;
    let healthy = staged.lab.server("ex01");
    let client = logs_on(&staged, "user2", 28).await;
    // beside it, for people, whose output is no terminal
    let piped = Mapisweep::on(&staged.lab)
        .args(&format!("watch --server ex01 {SHORTEST}"))
        .start()
        .await;
    read(healthy, 1).await;
    let running = Mapisweep::on(&staged.lab)
        .args(&format!("watch {} {SHORTEST} --format ndjson", six_named()))
        .start()
        .await;
    read(healthy, 2).await;
    for name in &SIX[1..] {
        read(staged.lab.server(name), 1).await;
    }
    drop(client);
    let changed = &SIX[1..];
    for (place, name) in changed.iter().enumerate() {
        staged.lab.server(name).set_faults(Faults {
            passwords_changed: true,
            at_exchange: Some((1, Breakage::CloseBefore)),
            // others come by while it is judged there
            delay: Duration::from_millis(if place == 0 { 700 } else { 0 }),
            ..Faults::default()
        });
    }
    let ran = running.ends().await;
    let refused = SIX.map(|name| {
        let events = staged.lab.server(name).events().into_iter();
        let refused = events.filter(|what| matches!(what, What::SignInRefused { .. }));
        refused.count()
    });
    assert_eq!(refused.iter().sum::<usize>(), 1, "{refused:?}: {ran}");
    let ran = ran
        .exits(6)
        .says("the sign-in is refused (HTTP 401), and a moment ago it was taken")
        .says("Watching ends here: a password that is refused is shown nowhere again")
        .says("a remote shell may be left there");
    read(healthy, 4).await;
    piped.interrupt();
    let piped = piped.ends().await.exits(130);
    let tables: Vec<_> = piped.stdout().split("\n\n20").collect();
    let [first, second] = tables[..] else {
        panic!("not two tables: {piped}");
    };
    assert!(first.contains("2 people hold 80% of the limit"), "{piped}");
    assert!(
        second.contains("1 person holds 80% of the limit"),
        "{piped}"
    );
    assert!(healthy.leftovers().is_empty(), "{ran}\n{piped}");
    let lines = lines(&ran);
    let of_ex01 = |event: &str| {
        let is_it = |line: &&Value| line["event"] == event && line["server"] == "ex01";
        lines.iter().filter(is_it).collect::<Vec<_>>()
    };
    let read = of_ex01("read");
    let near: Vec<_> = read.iter().map(|line| &line["people_near"]).collect();
    assert_eq!(near, [2, 1], "{ran}");
    assert!(
        read.iter().all(|line| line["interval_seconds"] == 15),
        "{ran}"
    );
    let people: Vec<_> = of_ex01("person")
        .iter()
        .map(|line| (line["account"].clone(), line["near"].clone()))
        .collect();
    let [jsmith, user2] = ["jsmith", "user2"].map(|user| Value::from(format!(r"CORP\{user}")));
    let expected = [
        (&jsmith, true),
        (&user2, true),
        (&jsmith, true),
        (&user2, false),
    ];
    let expected = expected.map(|(account, near)| (account.clone(), Value::from(near)));
    assert_eq!(people, expected, "{ran}");
    // the steps of each reading are nobody's business
    let steps = of_ex01("step").into_iter();
    let steps = steps.filter(|line| line["step"] == "reading_logons");
    assert_eq!(steps.count(), 1, "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_at_once_when_nobody_reads_it_any_more() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    for format in ["table", "ndjson"] {
        let running = Mapisweep::on(&staged.lab)
            .args(&format!("watch --server ex01 {SHORTEST} --format {format}"))
            .start()
            .await;
        let before = readings(server);
        read(server, before.max(1)).await;
        running.stop_reading().ends().await.exits(0);
        assert!(server.leftovers().is_empty());
    }
    assert_eq!(readings(server), 2, "once by each");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_it_and_leaves_no_shell() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let running = Mapisweep::on(&staged.lab)
        .args("watch --server ex01 --at-least 30")
        .start()
        .await;
    read(server, 1).await;
    assert_eq!(server.leftovers().shells.len(), 1);
    running.interrupt();
    let ran = running.ends().await.exits(130);
    assert!(server.leftovers().is_empty(), "{ran}");
    let tables = ran.stdout().matches("1 person holds 30 sessions or more");
    assert_eq!(tables.count(), 1, "{ran}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_the_last_table_and_no_dead_line() {
    use crate::support::tmux::ENDED;
    let staged = locked_out().await;
    tokio::task::block_in_place(|| {
        let watch = Mapisweep::on(&staged.lab).args("watch --server ex01");
        let Some(tmux) = watch.in_tmux(100) else {
            return;
        };
        tmux.shows(r"CORP\jsmith");
        tmux.press(&["q", "Enter", "Up", "é"]);
        for columns in [120, 60, 45, 100] {
            tmux.resize(columns);
            std::thread::sleep(Duration::from_millis(250));
        }
        let live = tmux.screen();
        assert!(!live.contains(['q', 'é']), "{live}");
        assert_eq!(live.lines().count(), 6, "{live}");
        assert!(live.ends_with("\n\nCtrl-C ends it."), "{live}");
        tmux.press(&["C-c"]).shows(ENDED);
        let screen = tmux.screen();
        let mut left: Vec<_> = screen.lines().collect();
        left.retain(|line| !line.starts_with("Interrupted. Closing the remote shells"));
        assert_eq!(left.len(), 5, "{screen}");
        assert!(
            left[0].contains("1 person holds 80% of the limit or more · read up to "),
            "{screen}"
        );
        assert!(left[2].starts_with("  SINCE"), "{screen}");
        assert!(left[3].contains(r"CORP\jsmith"), "{screen}");
        assert_eq!(left[4], "exit code 130", "{screen}");
    });
    assert!(staged.lab.server("ex01").leftovers().is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_low_window_shows_the_worst_and_how_many_more_there_are() {
    let staged = locked_out().await;
    let mut clients = Vec::new();
    for number in 1..=5 {
        clients.push(logs_on(&staged, &format!("user{number}"), 25 + number).await);
    }
    tokio::task::block_in_place(|| {
        let watch = Mapisweep::on(&staged.lab).args("watch --server ex01");
        let Some(tmux) = watch.in_tmux(110) else {
            return;
        };
        tmux.shows("6 people hold");
        tmux.resize_to(110, 9).shows("make the window higher");
        let low = tmux.screen();
        assert_eq!(low.lines().count(), 9, "{low}");
        let shown = [
            r"CORP\jsmith",
            r"CORP\user5",
            "… 3 more are not shown",
            "Ctrl-C ends it.",
        ];
        assert!(shown.iter().all(|it| low.contains(it)), "{low}");
        assert!(!low.contains(r"CORP\user1"), "{low}");
        tmux.resize_to(110, 40).shows(r"CORP\user1");
        tmux.press(&["C-c"]).shows("exit code 130");
        let screen = tmux.screen();
        assert!(!screen.contains("Ctrl-C ends it."), "{screen}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn once_is_one_document_and_nothing_is_left() {
    let staged = two().await;
    let run = async |line: &str| {
        let line = format!("watch --once --server ex01 --server ex02 {line}");
        Mapisweep::on(&staged.lab).args(&line).run().await.exits(0)
    };
    run("")
        .await
        .prints("1 person holds 80% of the limit or more")
        .prints("32 of 32 sessions");
    run("--at-least 33")
        .await
        .prints("nobody holds 33 sessions or more");
    let json = run("--format json").await;
    let document = json.json();
    assert_eq!(document["kind"], "watch", "{json}");
    assert_eq!(
        document["servers"].as_array().map(Vec::len),
        Some(2),
        "{json}"
    );
    assert_eq!(document["servers"][0]["people_at_limit"], 1, "{json}");
    assert_eq!(document["records"][0]["account"], r"CORP\jsmith", "{json}");
    assert_eq!(document["records"][0]["since_start"], true, "{json}");
    let csv = run("--format csv").await;
    assert!(
        csv.stdout().starts_with("server,account,sessions,"),
        "{csv}"
    );
    let ndjson = run("--format ndjson").await;
    let events: Vec<_> = lines(&ndjson)
        .iter()
        .map(|line| line["event"].clone())
        .collect();
    let told: Vec<_> = events.iter().filter(|event| *event != "step").collect();
    assert_eq!(
        told,
        ["begun", "read", "read", "person", "ended"],
        "{ndjson}"
    );
    for server in ["ex01", "ex02"] {
        assert!(staged.lab.server(server).leftovers().is_empty(), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_says_what_could_not_be_read() {
    let servers = ["ex01", "ex02"].iter();
    let servers = servers.fold(Lab::builder(), |servers, name| {
        servers.server(name, |server| {
            server.exchange_2010().database("DB1").database("DB2")
        })
    });
    let staged = stage(servers).await;
    staged.lab.server("ex02").lose_sight_of("DB2");
    for (servers, code, kind, read, errors) in [
        ("--server ex01 --server ex09", 1, "watch", 1, 2),
        ("--server ex09", 1, "none", 0, 1),
        ("--server ex02", 5, "watch", 1, 1),
    ] {
        let ran = Mapisweep::on(&staged.lab)
            .args(&format!("watch --once --format json {servers}"))
            .arg("--connect-to=ex09=127.0.0.1:1")
            .run()
            .await
            .exits(code);
        let document = ran.json();
        assert_eq!(document["kind"], kind, "{ran}");
        let number = |field: &str| document[field].as_array().map(Vec::len);
        assert_eq!(number("servers"), Some(read), "{ran}");
        assert_eq!(number("errors"), Some(errors), "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_interrupted_says_so_and_is_no_alarm() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.set_faults(Faults {
        delay: Duration::from_millis(300),
        ..Faults::default()
    });
    let running = Mapisweep::on(&staged.lab)
        .args("watch --once --format nagios --server ex01")
        .start()
        .await;
    while shells_opened(server) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.interrupt();
    let ran = running.ends().await.exits(3);
    assert_eq!(ran.stdout(), "MAPISWEEP UNKNOWN - interrupted\n", "{ran}");
    assert!(server.leftovers().is_empty(), "{ran}");
}

/// The samples as prometheus_client reads them; `None` where it is not installed, which is said.
fn read_by_prometheus(text: &str) -> Option<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("MAPISWEEP_WITNESSES").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| root.join("target/witnesses"));
    let python = folder.join("bin/python");
    let has_it = Command::new(&python)
        .args(["-c", "import prometheus_client"])
        .stderr(Stdio::null())
        .status();
    if !has_it.is_ok_and(|status| status.success()) {
        let why = format!(
            "no prometheus_client in {}: run scripts/witnesses",
            folder.display()
        );
        mapisweep_outside::skip("OpenMetrics as others read it", &why);
        return None;
    }
    let mut child = Command::new(python)
        .arg(root.join("tests/witnesses/openmetrics.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ran");
    assert!(output.status.success(), "{text}");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn openmetrics_is_what_prometheus_reads() {
    let odd = r#"o"b\r=1,x"#;
    let servers = Lab::builder()
        .server("ex01", |server| server.exchange_2010())
        .server("ex02", |server| server.exchange_2010())
        .user(odd, |user| user);
    let staged = stage(servers).await;
    let _client = logs_on(&staged, odd, 30).await;
    let ran = Mapisweep::on(&staged.lab)
        .args("watch --once --server ex01 --server ex02 --server ex09 --format openmetrics")
        .arg("--connect-to=ex09=127.0.0.1:1")
        .run()
        .await
        .exits(1)
        .says("error: ex09: nothing answers");
    assert!(ran.stdout().ends_with("\n# EOF\n"), "{ran}");
    let Some(samples) = read_by_prometheus(ran.stdout()) else {
        return;
    };
    let samples = samples.as_array().expect("a list");
    let value = |name: &str, labels: &[(&str, &str)]| {
        let mut samples = samples.iter();
        let is_it = |sample: &&Value| {
            sample[1] == name
                && labels
                    .iter()
                    .all(|(label, value)| sample[2][label] == *value)
        };
        samples.find(is_it).map(|sample| sample[3].as_f64())
    };
    let odd = format!(r"CORP\{odd}");
    for (name, labels, number) in [
        ("mapisweep_server_up", &[("server", "ex01")][..], Some(1.0)),
        ("mapisweep_server_up", &[("server", "ex09")], Some(0.0)),
        (
            "mapisweep_people_at_limit",
            &[("server", "ex01")],
            Some(1.0),
        ),
        (
            "mapisweep_people_near_limit",
            &[("server", "ex02")],
            Some(0.0),
        ),
        ("mapisweep_session_limit", &[("server", "ex02")], Some(32.0)),
        (
            "mapisweep_person_sessions",
            &[("server", "ex01"), ("account", r"CORP\jsmith")],
            Some(32.0),
        ),
        (
            "mapisweep_person_sessions",
            &[("server", "ex01"), ("account", &odd)],
            Some(30.0),
        ),
    ] {
        assert_eq!(
            value(name, labels),
            Some(number),
            "{name} {labels:?}\n{ran}"
        );
    }
    assert_eq!(
        value("mapisweep_people", &[("server", "ex09")]),
        None,
        "{ran}"
    );
    assert!(samples.iter().all(|sample| sample[0] == "gauge"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitoring_system_gets_its_line_and_its_exit_codes() {
    let staged = two().await;
    let run = async |line: &str, password: Option<&str>| {
        let line = format!("watch --once --format nagios --quiet {line}");
        let run = Mapisweep::on(&staged.lab)
            .args(&line)
            .arg("--connect-to=ex09=127.0.0.1:1");
        let run = match password {
            Some(password) => run.password(password),
            None => run,
        };
        run.run().await
    };
    for (line, code, said) in [
        (
            "--server ex01 --warning 33 --critical 40",
            0,
            "MAPISWEEP OK - nobody holds 33 sessions on 1 server | 'ex01'=32;32;39;0;32\n",
        ),
        (
            "--server ex01 --server ex02 --warning 90% --critical 110%",
            1,
            "MAPISWEEP WARNING - CORP\\jsmith holds 32 of 32 sessions on ex01 | 'ex01'=32;28;35;0;32 'ex02'=0;28;35;0;32\n",
        ),
        (
            "--server ex01",
            2,
            "MAPISWEEP CRITICAL - CORP\\jsmith holds 32 of 32 sessions on ex01 | 'ex01'=32;25;31;0;32\n",
        ),
        (
            "--server ex02 --server ex09",
            3,
            "MAPISWEEP UNKNOWN - ex09 cannot be read: nothing answers",
        ),
        // what is bad is bad, whatever else could not be read
        ("--server ex01 --server ex09", 2, "MAPISWEEP CRITICAL - "),
        (
            "--server ex09",
            3,
            "MAPISWEEP UNKNOWN - ex09 cannot be read: ",
        ),
        (
            "--server ex01 --warning many",
            3,
            "MAPISWEEP UNKNOWN - the command line is wrong: invalid value 'many' for '--warning <N/N%>'",
        ),
        (
            "--server ex01 --at-least 30 --warning 3",
            3,
            "MAPISWEEP UNKNOWN - the command line is wrong: the argument '--at-least <N/N%>' cannot be used with '--warning <N/N%>'",
        ),
        (
            "--server ex01 --warning 90% --critical 50%",
            3,
            "MAPISWEEP UNKNOWN - --warning is above --critical",
        ),
        ("", 3, "MAPISWEEP UNKNOWN - "),
    ] {
        let ran = run(line, None).await;
        assert!(ran.stdout().starts_with(said), "{line}: {ran}");
        assert_eq!(ran.stdout().lines().count(), 1, "{ran}");
        ran.exits(code);
    }
    for (password, said) in [
        ("wrong", "ex01 cannot be read: the sign-in"),
        ("", "MAPISWEEP UNKNOWN - "),
    ] {
        let ran = run("--server ex01", Some(password)).await.exits(3);
        assert!(ran.stdout().contains(said), "{ran}");
    }
    for server in ["ex01", "ex02"] {
        assert!(staged.lab.server(server).leftovers().is_empty(), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_watch_is_refused() {
    for (line, code, said) in [
        (
            "watch --server ex01 --interval 14s",
            2,
            "it is less than 15s",
        ),
        (
            "watch --server ex01 --format json",
            2,
            "Add --once, or take --format ndjson.",
        ),
        ("watch --server ex01 --format openmetrics", 2, "Add --once"),
        (
            "watch --server ex01 --format nagios",
            3,
            "a check is one look. Add --once.",
        ),
        (
            "watch --server ex01 --once --warning 20",
            2,
            "Add --format nagios",
        ),
        (
            "watch --server ex01 --once --at-least 30 --warning 3",
            2,
            "'--at-least <N|N%>'",
        ),
        (
            "logons --server ex01 --format nagios",
            3,
            "this format is for watch --once alone",
        ),
        (
            "logons --server ex01 --format openmetrics",
            2,
            "this format is for watch --once alone",
        ),
        // whoever writes it before the verb is understood, too
        (
            "--format openmetrics logons --server ex01",
            2,
            "Take --format json, csv or ndjson.",
        ),
        (
            "--format nagios watch --server ex01",
            3,
            "a check is one look. Add --once.",
        ),
    ] {
        let ran = Mapisweep::alone().args(line).run().await;
        ran.exits(code).says(said);
    }
}

/// The line is all that Nagios shows.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_no_command_line_says_in_its_line_what_is_wrong() {
    for (line, said) in [
        (
            "watch --server ex01 --format nagios",
            "MAPISWEEP UNKNOWN - a check is one look. Add --once.",
        ),
        (
            "watch --server ex01 --format nagios --once --warnin 3",
            "MAPISWEEP UNKNOWN - the command line is wrong: unexpected argument '--warnin' found",
        ),
        (
            "logons --server ex01 --format nagios",
            "MAPISWEEP UNKNOWN - this format is for watch --once alone. Take --format json, csv or ndjson.",
        ),
    ] {
        let ran = Mapisweep::alone().args(line).run().await.exits(3);
        assert_eq!(ran.stdout().trim_end(), said, "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_read_at_first_is_said_and_where_none_can_it_ends() {
    Mapisweep::alone()
        .args("watch --server ex09 --connect-to=ex09=127.0.0.1:1 --user ann --auth ntlm")
        .password("secret")
        .run()
        .await
        .exits(1)
        .prints_nothing()
        .says("error: ex09: nothing answers");
}
