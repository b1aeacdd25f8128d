//! Many servers: each at its own pace, one password tried once, nothing held longer than it is needed.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use mapisweep_lab::{Builder, Faults, Lab, Staged, event::What};

use crate::support::{Mapisweep, black_hole::BlackHole, stage};

/// `ex01` to `exNN`, all of one DAG.
fn servers(number: usize) -> Builder {
    (1..=number).fold(Lab::builder(), |builder, number| {
        builder.server(&name(number), |server| server.exchange_2010().dag("DAG1"))
    })
}

fn name(number: usize) -> String {
    format!("ex{number:02}")
}

/// `--server` for each.
fn named(names: impl IntoIterator<Item = String>) -> String {
    let arguments = names.into_iter().map(|name| format!(" --server {name}"));
    arguments.collect()
}

fn pipelines(staged: &Staged, server: &str, cmdlet: &str) -> usize {
    let events = staged.lab.server(server).events().into_iter();
    let wanted = |what: &What| matches!(what, What::Pipeline { what } if what.contains(cmdlet));
    events.filter(wanted).count()
}

fn shells_opened(staged: &Staged, server: &str) -> usize {
    let events = staged.lab.server(server).events().into_iter();
    events
        .filter(|what| matches!(what, What::ShellOpened { .. }))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_drop_packets_hold_up_nobody_else() {
    let last_read = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&last_read);
    let staged = stage(servers(12).observe(move |event| {
        if matches!(&event.what, What::Pipeline { what } if what.contains("Get-LogonStatistics")) {
            *noted.lock().unwrap() = Some(Instant::now());
        }
    }))
    .await;
    let hole = BlackHole::new();
    let names = ["dead1".to_owned()]
        .into_iter()
        .chain((1..=6).map(name))
        .chain(["dead2".to_owned()])
        .chain((7..=12).map(name))
        .chain(["dead3".to_owned()]);
    let ran = Mapisweep::on(&staged.lab)
        .args(&format!("logons --timeout 15s{}", named(names)))
        .arg(hole.instead_of("dead1"))
        .arg(hole.instead_of("dead2"))
        .arg(hole.instead_of("dead3"))
        .run()
        .await
        .exits(1)
        .says("dead1: no connection to 127.0.0.1:")
        .says("within 15s")
        .says("dead3: ");
    let waited = last_read.lock().unwrap().expect("read").elapsed();
    assert!(waited > Duration::from_secs(5), "{waited:?}\n{ran}");
    for number in 1..=12 {
        assert_eq!(
            pipelines(&staged, &name(number), "Get-LogonStatistics"),
            1,
            "{number}"
        );
        assert!(staged.lab.server(&name(number)).leftovers().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_reached_is_given_no_password() {
    let staged = stage(servers(2)).await;
    let hole = BlackHole::new();
    Mapisweep::on(&staged.lab)
        .args("logons --timeout 30s --server dead --server ex01 --server ex02")
        .arg(hole.instead_of("dead"))
        .password("wrong")
        .run()
        .await
        .exits(1)
        .says("dead and ex0")
        .says("not tried: this sign-in was refused at ex0")
        .says("the sign-in of");
    let refused = ["ex01", "ex02"].map(|server| {
        let events = staged.lab.server(server).events().into_iter();
        events
            .filter(|what| matches!(what, What::SignInRefused { .. }))
            .count()
    });
    assert_eq!(
        refused.iter().sum::<usize>(),
        1,
        "a wrong password counts once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_shells_are_open_than_servers_are_worked_on() {
    let open = Arc::new(Mutex::new((0_usize, 0_usize)));
    let counted = Arc::clone(&open);
    let staged = stage(servers(12).observe(move |event| {
        let mut open = counted.lock().unwrap();
        match event.what {
            What::ShellOpened { .. } => open.0 += 1,
            What::ShellDeleted { .. } => open.0 -= 1,
            _ => {}
        }
        open.1 = open.1.max(open.0);
    }))
    .await;
    Mapisweep::on(&staged.lab)
        .args(&format!(
            "close jsmith --yes --jobs 3{}",
            named((1..=12).map(name))
        ))
        .run()
        .await
        .exits(0)
        .prints("✓ ex01  31 closed")
        .prints(r"CORP\jsmith can log on again.");
    let (left, most) = *open.lock().unwrap();
    assert_eq!(left, 0);
    assert!((1..=3).contains(&most), "{most}");
    assert_eq!(
        shells_opened(&staged, "ex01"),
        2,
        "a fresh one to close with"
    );
    assert_eq!(shells_opened(&staged, "ex02"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn few_servers_keep_their_shells_until_they_act() {
    let staged = stage(servers(3)).await;
    Mapisweep::on(&staged.lab)
        .args("close jsmith --dag DAG1 --server ex02 --yes")
        .run()
        .await
        .exits(0)
        .prints(r"CORP\jsmith can log on again.");
    for server in ["ex01", "ex02", "ex03"] {
        assert_eq!(shells_opened(&staged, server), 1, "{server}");
    }
    let asked = |cmdlet| {
        let servers = ["ex01", "ex02", "ex03"].iter();
        let times = servers.map(|server| pipelines(&staged, server, cmdlet));
        times.sum::<usize>()
    };
    let databases = asked("Get-MailboxDatabase");
    assert_eq!(asked("Get-Mailbox") - databases, 1, "one looks the user up");
    assert_eq!(
        databases, 1,
        "whether it moved is asked where something is closed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_member_behind_a_dags_own_name_is_visited_in_the_shell_that_named_them_all() {
    let staged = stage(servers(2)).await;
    let (_, address) = staged.lab.connect_to().remove(0);
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --dag DAG1 --format json")
        .arg(format!("--connect-to=DAG1={address}"))
        .run()
        .await
        .exits(0);
    let json = ran.json();
    let names: Vec<_> = json["servers"].as_array().unwrap().iter().collect();
    let names: Vec<_> = names
        .iter()
        .map(|server| server["server"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ex01.corp.example", "ex02.corp.example"], "{ran}");
    for server in ["ex01", "ex02"] {
        assert_eq!(shells_opened(&staged, server), 1, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_looks_the_user_up_where_the_first_cannot() {
    let staged = stage(servers(2)).await;
    staged.lab.server("ex02").set_faults(Faults {
        requires_delegation: true,
        ..Faults::default()
    });
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex02 --server ex01 --yes")
        .run()
        .await
        .exits(1)
        .says("ex02: ")
        .says("second hop")
        .prints("✓ ex01  31 closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_where_nothing_is_closed_are_let_go_while_the_question_is_asked() {
    let staged = stage(servers(2)).await;
    let (code, screen) = tokio::task::block_in_place(|| {
        let mut terminal = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --server ex02")
            .on_terminal();
        terminal.shows("[y/N] ");
        let idle = staged.lab.server("ex02");
        let began = Instant::now();
        while !idle.leftovers().is_empty() && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(idle.leftovers().is_empty(), "its shell is closed");
        assert_eq!(staged.lab.server("ex01").leftovers().shells.len(), 1);
        terminal.type_in("y\n");
        (terminal.exits(), terminal.screen())
    });
    assert_eq!(code, Some(0), "{screen}");
}

/// It takes the connection and says nothing, from its first request or from later on.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_given_up_and_the_others_are_read() {
    for from in [Silent::FromTheStart, Silent::FromItsShell] {
        let staged = stage(servers(3)).await;
        let server = staged.lab.server("ex02");
        let running = Mapisweep::on(&staged.lab).args(
            "logons --timeout 1s --step-timeout 6s --server ex02 --server ex01 --server ex03",
        );
        let answers_after = |delay| Faults {
            delay,
            ..Faults::default()
        };
        let silent = answers_after(Duration::from_secs(100));
        server.set_faults(match from {
            Silent::FromTheStart => silent.clone(),
            Silent::FromItsShell => answers_after(Duration::from_millis(300)),
        });
        let running = running.start().await;
        if from == Silent::FromItsShell {
            while server.leftovers().shells.is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.set_faults(silent);
        }
        let ran = running.ends().await;
        for named in ["ex01.corp.example", "ex03.corp.example"] {
            assert!(ran.shown().contains(named), "{from:?}\n{ran}");
        }
        match from {
            Silent::FromTheStart => ran.exits(1).says(
                "did not answer within 1s. Something takes connections there, and no WinRM answers",
            ),
            Silent::FromItsShell => ran.exits(6).says("ex02: a remote shell may be left there"),
        };
    }
}

#[derive(Debug, PartialEq)]
enum Silent {
    FromTheStart,
    FromItsShell,
}
