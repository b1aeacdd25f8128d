//! A plan ages while a person thinks: the servers change between the question and the answer.

use std::time::Duration;

use mapisweep_lab::{Faults, HelperFault, Lab, Outlook, Scenario, Staged, event::What};

use crate::support::{Mapisweep, terminal::Terminal};

const HOUR: Duration = Duration::from_secs(60 * 60);
const ASKED: &str = "Close 9 connections from 2 addresses on 1 server? [y/N] ";

/// `jsmith` with nine stale sessions on nine connections from two addresses, and room for more.
async fn stale() -> Staged {
    let servers = Lab::builder()
        .server("ex01", |server| {
            server.exchange_2010().dag("DAG1").database("DB1")
        })
        .server("ex02", |server| {
            server.exchange_2010().dag("DAG1").database("DB2")
        })
        .user("office", |user| user.mailbox_in("DB2"));
    let scenario = Scenario::locked_out_user().stale_sessions(10);
    scenario.stage(servers).await.expect("the lab starts")
}

fn asked(staged: &Staged, line: &str) -> Terminal {
    let line = format!("close jsmith --server ex01 {line}");
    Mapisweep::on(&staged.lab).args(&line).on_terminal()
}

/// Blocks, as a person does.
fn at_the_terminal<T>(person: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(person)
}

fn looks(staged: &Staged, server: &str) -> usize {
    let events = staged.lab.server(server).events().into_iter();
    let is_look = |what: &What| matches!(what, What::Pipeline { what } if what.contains("Get-LogonStatistics"));
    events.filter(is_look).count()
}

/// What may happen while a person thinks.
#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    TheClientComesBack,
    AnotherUserComes,
    TheOldClientConnects,
}

async fn happens(what: Meanwhile, staged: &Staged) -> Outlook {
    let outlook = |account| staged.lab.server("ex01").outlook(account);
    let connecting = match what {
        Meanwhile::TheClientComesBack => outlook("jsmith").from("10.1.4.23"),
        Meanwhile::AnotherUserComes => outlook("user2").from("10.1.9.80"),
        Meanwhile::TheOldClientConnects => outlook("jsmith")
            .from("10.1.4.23")
            .since(26 * HOUR)
            .idle(25 * HOUR),
    };
    connecting.connect().await.expect("it is let in")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_is_said_and_asked_about_anew() {
    use Meanwhile::*;
    for (what, changed, question, resets) in [
        (
            TheClientComesBack,
            "ex01: 10.1.4.23 is kept now: in use",
            "Close 3 connections from 1 address on 1 server? [y/N] ",
            3,
        ),
        (
            AnotherUserComes,
            "ex01: 10.1.9.80 is refused now: shared with 1 other user",
            "Close 6 connections from 1 address on 1 server? [y/N] ",
            6,
        ),
        (
            TheOldClientConnects,
            "ex01: 1 new connection from 10.1.4.23, so that client is alive",
            "Close 10 connections from 2 addresses on 1 server? [y/N] ",
            10,
        ),
    ] {
        for (answer, code, resets) in [("n\n", 7, 0), ("y\n", 0, resets)] {
            let staged = stale().await;
            let server = staged.lab.server("ex01");
            let mut terminal = asked(&staged, "--plan-age 0s");
            at_the_terminal(|| {
                terminal.shows(ASKED);
            });
            let _outlook = happens(what, &staged).await;
            at_the_terminal(|| {
                terminal.type_in("y\n");
                terminal.shows(changed).shows(question);
                assert!(server.resets().is_empty(), "{what:?}");
                terminal.type_in(answer);
                let ended = terminal.exits();
                assert_eq!(
                    ended,
                    Some(code),
                    "{what:?} {answer:?}\n{}",
                    terminal.screen()
                );
            });
            assert_eq!(server.resets().len(), resets, "{what:?} {answer:?}");
            assert!(server.leftovers().is_empty(), "{what:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn less_is_closed_without_another_question() {
    let staged = stale().await;
    let server = staged.lab.server("ex01");
    let outlook = server
        .outlook("jsmith")
        .from("10.1.9.80")
        .since(26 * HOUR)
        .idle(25 * HOUR);
    let leaving = outlook.connect().await.expect("it is let in");
    let mut terminal = asked(&staged, "--plan-age 0s");
    at_the_terminal(|| {
        terminal.shows("Close 10 connections from 2 addresses on 1 server? [y/N] ");
    });
    drop(leaving);
    while server
        .connections()
        .iter()
        .filter(|row| row.remote.ip().to_string() == "10.1.9.80")
        .count()
        > 3
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let screen = at_the_terminal(|| {
        terminal.type_in("y\n");
        assert_eq!(terminal.exits(), Some(0), "{}", terminal.screen());
        terminal.screen()
    });
    let said = "9 of 10 connections are still there, and nothing else is to be closed.";
    assert!(screen.contains(said), "{screen}");
    assert_eq!(screen.matches("[y/N]").count(), 1, "{screen}");
    assert_eq!(server.resets().len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_went_to_another_server_is_missed() {
    let staged = stale().await;
    let mut terminal = asked(&staged, "--plan-age 0s");
    at_the_terminal(|| {
        terminal.shows(ASKED);
    });
    staged.lab.server("ex02").mount("DB1");
    at_the_terminal(|| {
        terminal.type_in("y\n");
        let ended = terminal.exits();
        assert_eq!(ended, Some(3), "{}", terminal.screen());
        terminal
            .shows(r"CORP\jsmith has no session there any more")
            .shows("so there is nothing to close");
    });
    assert!(staged.lab.server("ex01").resets().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_old_is_looked_at_again() {
    for (line, thinks, read) in [
        ("", true, 2),
        ("--plan-age 1h", true, 2),
        // what is old at once: when it is approved, and when its turn comes
        ("--plan-age 0s", true, 4),
        ("--plan-age 0s --yes", false, 3),
    ] {
        let staged = stale().await;
        let mut terminal = asked(&staged, line);
        at_the_terminal(|| {
            if thinks {
                terminal.shows(ASKED);
                terminal.type_in("y\n");
            }
            assert_eq!(terminal.exits(), Some(0), "{line}\n{}", terminal.screen());
        });
        assert_eq!(
            looks(&staged, "ex01"),
            read,
            "{line}\n{}",
            terminal.screen()
        );
        assert_eq!(staged.lab.server("ex01").resets().len(), 9, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_cannot_be_looked_at_again_nothing_is_closed() {
    for (line, question, ends) in [
        ("", ASKED, 0),
        (
            "--server ex02",
            "Close 10 connections from 3 addresses on 2 servers? [y/N] ",
            1,
        ),
    ] {
        let staged = stale().await;
        let ex02 = staged.lab.server("ex02");
        let outlook = ex02.outlook("jsmith").from("10.1.7.7").mailbox("office");
        let _outlook = outlook
            .since(26 * HOUR)
            .idle(25 * HOUR)
            .connect()
            .await
            .unwrap();
        let mut terminal = asked(&staged, &format!("--plan-age 0s {line}"));
        at_the_terminal(|| {
            terminal.shows(question);
        });
        let server = staged.lab.server("ex01");
        server.set_faults(Faults {
            helper: HelperFault::BlockedByPolicy,
            ..Faults::default()
        });
        let screen = at_the_terminal(|| {
            terminal.type_in("y\n");
            assert_eq!(terminal.exits(), Some(1), "{}", terminal.screen());
            terminal.screen()
        });
        let said = "ex01 could not be looked at again, so nothing is closed there.";
        assert!(screen.contains(said), "{screen}");
        assert!(server.resets().is_empty(), "{screen}");
        assert_eq!(staged.lab.server("ex02").resets().len(), ends, "{screen}");
        assert_eq!(
            screen.contains("Nothing was closed."),
            ends == 0,
            "{screen}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_second_look_closes_nothing() {
    let staged = stale().await;
    let server = staged.lab.server("ex01");
    let mut terminal = asked(&staged, "--plan-age 0s");
    at_the_terminal(|| {
        terminal.shows(ASKED);
    });
    server.set_faults(Faults {
        delay: Duration::from_secs(1),
        ..Faults::default()
    });
    let before = server.events().len();
    terminal.type_in("y\n");
    while server.events().len() == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    at_the_terminal(|| {
        terminal.interrupt();
        assert_eq!(terminal.exits(), Some(130), "{}", terminal.screen());
        terminal.shows("Nothing was closed.");
    });
    assert!(server.resets().is_empty() && server.leftovers().is_empty());
}
