//! `mapisweep sweep`: many people over the limit on many servers, one plan, and nobody else harmed.

use std::{path::Path, time::Duration};

use mapisweep_lab::{
    Builder, Faults, HelperFault, Lab, Outlook, Scenario, Scheme, ServerSpec, event::What,
};

use crate::support::{Mapisweep, Ran, audit_log, records, terminal::Terminal};

const HOUR: Duration = Duration::from_secs(3600);

/// After the outage of a VPN: on each of `servers` servers of a DAG so many people are locked out, each by two dead clients;
/// beside them somebody is at work who has nothing to do with it.
struct Outage {
    lab: Lab,
    bystanders: Vec<Outlook>,
}

/// Who is locked out of the first database of a server, or where the number is even of its second, and where from: two connections at each of two addresses.
fn person(server: usize, number: usize) -> (String, [String; 2]) {
    let from = |net: usize| format!("10.{net}.{server}.{number}");
    (format!("p{server}{number}"), [from(2), from(3)])
}

fn name(server: usize) -> String {
    format!("ex{server:02}")
}

impl Outage {
    async fn on(servers: usize, people: usize) -> Self {
        Self::with(servers, people, |server| server).await
    }

    async fn with(servers: usize, people: usize, more: fn(ServerSpec) -> ServerSpec) -> Self {
        let mut builder: Builder = Lab::builder().user("ann", |user| {
            user.administrator().password(Scenario::PASSWORD)
        });
        for server in 1..=servers {
            let database = format!("DB{server}");
            let second = format!("DB{server}b");
            builder = builder
                .server(&name(server), |spec| {
                    let spec = spec.exchange_2010().dag("DAG1");
                    more(spec.database(&database).database(&second))
                })
                .user(&format!("desk{server}"), |user| user.mailbox_in(&database));
            for number in 1..=people {
                let (account, _) = person(server, number);
                let database = [&second, &database][number % 2];
                builder = builder.user(&account, |user| user.mailbox_in(database));
            }
        }
        let lab = builder.start().await.expect("the lab starts");
        let mut bystanders = Vec::new();
        for server in 1..=servers {
            let desk = lab.outlook(&format!("desk{server}"));
            let desk = desk.from(&format!("10.1.{server}.1")).connections(2);
            bystanders.push(desk.connect().await.expect("it is let in"));
            for number in 1..=people {
                let (account, from) = person(server, number);
                for (from, sessions) in from.iter().zip([20, 12]) {
                    let laptop = lab.outlook(&account).from(from).sessions(sessions);
                    let laptop = laptop.connections(2).since(30 * HOUR).idle(20 * HOUR);
                    let laptop = laptop.named("LAPTOP");
                    laptop.connect().await.expect("it is let in").lose_network();
                }
            }
        }
        Self { lab, bystanders }
    }

    async fn sweep(&self, line: &str) -> Ran {
        Mapisweep::on(&self.lab)
            .args(&format!("sweep {line}"))
            .run()
            .await
    }

    fn asked(&self, line: &str) -> Terminal {
        Mapisweep::on(&self.lab)
            .args(&format!("sweep {line}"))
            .on_terminal()
    }

    fn closed_on(&self, server: usize) -> usize {
        self.lab.server(&name(server)).resets().len()
    }

    fn runs_of(&self, server: usize, cmdlet: &str) -> usize {
        let events = self.lab.server(&name(server)).events().into_iter();
        let is_run = |what: &What| matches!(what, What::Pipeline { what } if what == cmdlet);
        events.filter(is_run).count()
    }

    /// Nobody who has nothing to do with it lost a connection, and nothing is left anywhere.
    async fn harms_nobody(&mut self) {
        for bystander in &mut self.bystanders {
            assert!(bystander.is_alive().await);
        }
        for server in 1..=self.bystanders.len() {
            let leftovers = self.lab.server(&name(server)).leftovers();
            assert!(leftovers.is_empty(), "{}: {leftovers:?}", name(server));
            let resets = self.lab.server(&name(server)).resets();
            let is_a_desks =
                |remote: &std::net::SocketAddr| remote.ip().to_string().starts_with("10.1.");
            assert!(!resets.iter().any(is_a_desks), "{resets:?}");
        }
    }
}

/// Blocks, as a person does.
fn at_the_terminal<T>(person: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(person)
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_over_the_limit_is_helped_by_one_plan_and_nobody_else_is_touched() {
    let mut outage = Outage::on(3, 3).await;
    let ran = outage.sweep("--dag DAG1 --server ex01 --yes").await;
    let ran = ran
        .exits(0)
        .says("3 servers were read: 9 people at the limit or over it. Reading ex")
        .prints("36 of 36 connections are gone; verified on 3 of 3 servers")
        .prints(r"CORP\p11, CORP\p12, CORP\p13, CORP\p21, CORP\p22, CORP\p23, CORP\p31, CORP\p32 and 1 more: each can log on again.");
    for server in 1..=3 {
        assert_eq!(outage.closed_on(server), 12, "{ran}");
        assert_eq!(
            outage.runs_of(server, "Get-Mailbox"),
            0,
            "nobody is looked up"
        );
        let asked = outage.runs_of(server, "Get-MailboxDatabase");
        assert_eq!(asked, 2, "once for each database of theirs");
    }
    outage.harms_nobody().await;
    let audit = ran.audit();
    let events: Vec<_> = audit.iter().map(|record| &record["event"]).collect();
    let expected = ["looked", "closing", "closed", "closed", "closed", "ended"];
    assert_eq!(events, expected, "{ran}");
    let meant = &audit[1]["meant"];
    assert_eq!(meant["command"], "sweep");
    assert_eq!(meant["people"].as_array().unwrap().len(), 9);
    assert_eq!(meant["planned"].as_array().unwrap().len(), 3);
}

/// One is named by the admin, the others as the DAG's members.
#[tokio::test(flavor = "multi_thread")]
async fn people_see_one_form_of_the_servers_names_and_programs_the_names_given() {
    let outage = Outage::on(2, 1).await;
    let refuses = Faults {
        helper: HelperFault::ClosesNothing,
        ..Faults::default()
    };
    outage.lab.server("ex02").set_faults(refuses);
    let ran = outage.sweep("--dag DAG1 --server ex01 --yes").await;
    let ran = ran
        .exits(1)
        .says("Reading ex01 and ex02 whole, where")
        .prints("✓ ex01  4 closed")
        .prints("✗ ex02  4 still open")
        .prints("Still open on ex02: ")
        .prints(r"CORP\p21 still holds 32 of 32 sessions on ex02.");
    let planned = &ran.audit()[1]["meant"]["planned"];
    let given = serde_json::json!(["ex01", "ex02.corp.example"]);
    assert_eq!(*planned, given, "{ran}");
    let ran = outage.sweep("--dag DAG1 --server ex01 --dry-run --format csv");
    ran.await.prints("ex02.corp.example,");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_names_no_server_is_told_so_before_anything_about_the_terminal() {
    for line in [
        "sweep",
        "close jsmith",
        "victims --close",
        "sweep --dry-run",
    ] {
        let ran = Mapisweep::alone().args(line).run().await;
        ran.exits(2).says("no server");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_shows_people_worst_first() {
    let outage = Outage::on(2, 3).await;
    // two of them open a colleague's mailbox on ex02, one from many addresses, one from one of those
    for number in 1..=8 {
        let account = if number == 8 { "p13" } else { "p12" };
        let more = outage.lab.server("ex02").outlook(account).mailbox("p22");
        let more = more.from(&format!("10.4.1.{}", number % 7 + 1)).named("PC");
        let more = match number {
            2 | 6 => more.since(30 * HOUR).idle(Duration::ZERO),
            _ => more.since(30 * HOUR).idle(20 * HOUR),
        };
        more.connect().await.expect("it is let in").lose_network();
    }
    let ran = outage.sweep("--server ex01 --server ex02 --dry-run").await;
    let ran = ran.exits(0);
    insta::assert_snapshot!(ran.shown());
    assert_eq!(outage.closed_on(1) + outage.closed_on(2), 0);
}

/// A ticket is to tell who was locked out, and where: not the first twenty of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_names_everybody_in_either_form() {
    let outage = Outage::on(1, 22).await;
    let folder = tempfile::tempdir().unwrap();
    for (name, ends) in [("dry.md", "\n## "), ("dry.html", "</html>")] {
        let file = folder.path().join(name);
        let line = format!("--server ex01 --dry-run --report {}", file.display());
        outage.sweep(&line).await.exits(0);
        let report = std::fs::read_to_string(file).unwrap();
        let (_, people) = report.split_once("Sessions of each person").unwrap();
        let (people, _) = people.split_once(ends).unwrap();
        assert!(!people.contains(" more; the data formats"), "{people}");
        for number in 1..=22 {
            let (account, _) = person(1, number);
            assert!(people.contains(&account), "{account}\n{people}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_2010_connections_are_looked_for_on_every_server() {
    let mut outage = Outage::on(3, 1).await;
    // ex02 is mended already
    for number in 1..=1 {
        let (account, _) = person(2, number);
        assert_eq!(outage.lab.server("ex02").sessions_of(&account), 32);
    }
    outage.lab.server("ex02").mount("DB2");
    let ran = outage
        .sweep("--server ex01 --server ex02 --server ex03 --yes --format json")
        .await
        .exits(0);
    let json = ran.json();
    assert_eq!(json["kind"], "close");
    assert_eq!(json["records"].as_array().unwrap().len(), 8, "{ran}");
    let servers = json["servers"].as_array().unwrap();
    assert!(servers.iter().all(|server| server["verified"] == true));
    assert_eq!(outage.runs_of(2, "Get-LogonStatistics"), 2);
    assert_eq!(outage.runs_of(2, "Invoke-MapisweepHelper"), 1);
    outage.harms_nobody().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_over_the_limit_is_code_3_and_at_least_asks_for_fewer() {
    let mut outage = Outage::with(2, 1, |server| server.session_limit(40)).await;
    let servers = "--server ex01 --server ex02";
    let none = outage.sweep(&format!("{servers} --yes")).await.exits(3);
    none.prints("nobody holds 40 sessions");
    let none = outage
        .sweep(&format!("{servers} --at-least 33 --yes"))
        .await;
    none.exits(3).prints("nobody holds 33 sessions");
    assert_eq!(outage.runs_of(1, "Invoke-MapisweepHelper"), 0);
    let two = outage
        .sweep(&format!("{servers} --at-least 32 --yes"))
        .await;
    two.exits(0).says("2 people with 32 sessions or more");
    assert_eq!((outage.closed_on(1), outage.closed_on(2)), (4, 4));
    outage.harms_nobody().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shares_an_address_on_another_server_is_not_harmed() {
    let mut outage = Outage::on(2, 1).await;
    let (_, [shared, _]) = person(1, 1);
    let neighbour = outage.lab.outlook("desk2").from(&shared);
    let mut neighbour = neighbour.connect().await.expect("it is let in");
    let servers = "--server ex01 --server ex02 --yes";
    let close = format!("close p11 --dry-run {servers}");
    let planned = Mapisweep::on(&outage.lab).args(&close).run().await;
    planned.prints("refuse: shared with 1 other user on ex02");
    let ran = outage.sweep(servers).await.exits(0);
    ran.prints("refuse: shared with 1 other user on ex02");
    assert_eq!((outage.closed_on(1), outage.closed_on(2)), (2, 4));
    assert!(neighbour.is_alive().await);
    let more = format!("{servers} --include-shared --at-least 20");
    outage.sweep(&more).await.exits(0);
    assert_eq!(outage.closed_on(1), 4);
    // which of the connections from there carries whose sessions nobody knows
    assert!(!neighbour.is_alive().await);
    outage.harms_nobody().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_is_said_and_the_rest_is_mended() {
    let mut outage = Outage::on(3, 1).await;
    outage.lab.server("ex03").lose_sight_of("DB3");
    let ran = Mapisweep::on(&outage.lab)
        .args("sweep --server ex01 --server ex02 --server ex03 --server ex09 --yes")
        .arg("--connect-to=ex09=127.0.0.1:1")
        .run()
        .await;
    let ran = ran
        .exits(1)
        .says("ex09: nothing answers")
        .prints("logons may be missing: DB3 could not be read")
        .prints("Whether others share an address was judged without ex03 and ex09, of which not all is known.")
        .prints("8 of 8 connections are gone")
        .prints(r"CORP\p11 is below the limit on ex01, but ex09 could not be read and ex03 did not tell all.");
    assert_eq!(outage.closed_on(3), 0, "{ran}");
    let partial = outage.sweep("--server ex03 --yes").await;
    partial.exits(5).prints("DB3 could not be read");
    outage.harms_nobody().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_told_as_one() {
    let outage = Outage::on(1, 1).await;
    for (line, said) in [
        (
            "--at-least 1 --dry-run",
            "with 1 session or more. Reading ex01 whole",
        ),
        (
            "--max-people 0 --dry-run",
            "the plan is about 1 person, and one run may be about 0",
        ),
    ] {
        let ran = outage.sweep(&format!("--server ex01 {line}")).await;
        assert!(ran.stderr().contains(said), "{said}\n{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_was_allowed_for_is_shown_and_refused() {
    let mut outage = Outage::on(2, 2).await;
    let servers = "--server ex01 --server ex02";
    for (bound, why) in [
        (
            "--max-people 3",
            "the plan is about 4 people, and one run may be about 3, so nothing is closed",
        ),
        (
            "--max-connections 15",
            "the plan is about 16 connections, and one run may be about 15",
        ),
        (
            "--max-people 3 --dry-run",
            "--max-people 4 raises the bound",
        ),
    ] {
        let ran = outage.sweep(&format!("{servers} --yes {bound}")).await;
        ran.exits(4).says(why).prints(r"CORP\p22");
        assert_eq!(outage.closed_on(1) + outage.closed_on(2), 0, "{bound}");
    }
    let line = format!("close p11 p12 p21 --max-people 2 --yes {servers}");
    let close = Mapisweep::on(&outage.lab).args(&line).run().await;
    close.exits(4).says("--max-people 3 raises the bound");
    let enough = "--max-people 4 --max-connections 16";
    outage
        .sweep(&format!("{servers} --yes {enough}"))
        .await
        .exits(0);
    assert_eq!((outage.closed_on(1), outage.closed_on(2)), (8, 8));
    outage.harms_nobody().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn close_for_several_people_has_the_same_view_and_question() {
    let mut outage = Outage::on(2, 2).await;
    let line = "close p11 p12 p22 --server ex01 --server ex02";
    let mut terminal = Mapisweep::on(&outage.lab).args(line).on_terminal();
    let screen = at_the_terminal(|| {
        terminal.shows("Close 12 connections of 3 people on 2 servers? [y/N] ");
        terminal.type_in("y\n");
        assert_eq!(terminal.exits(), Some(0), "{}", terminal.screen());
        terminal.screen()
    });
    assert!(screen.contains("2 people: close 8 connections"), "{screen}");
    assert_eq!((outage.closed_on(1), outage.closed_on(2)), (8, 4));
    outage.harms_nobody().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_goes_first_and_what_goes_wrong_there_goes_wrong_nowhere_else() {
    let servers = "--server ex01 --server ex02 --server ex03 --canary 1 --yes";
    let mut outage = Outage::on(3, 1).await;
    let ran = outage.sweep(servers).await.exits(0);
    ran.prints("12 of 12 connections are gone")
        .prints(r"CORP\p11, CORP\p21 and CORP\p31: each can log on again.");
    outage.harms_nobody().await;

    let mut outage = Outage::on(3, 1).await;
    outage.lab.server("ex01").set_faults(Faults {
        helper: HelperFault::ClosesNothing,
        ..Faults::default()
    });
    let ran = outage.sweep(&format!("{servers} --format json")).await;
    let ran = ran
        .exits(1)
        .says("not all was verified on ex01, so nothing was begun on ex02 and ex03");
    let json = ran.json();
    let begun = json["servers"].as_array().unwrap().iter();
    let begun: Vec<_> = begun.map(|server| &server["not_begun"]).collect();
    assert_eq!(begun, [false, true, true], "{ran}");
    assert_eq!(
        (1..=3)
            .map(|server| outage.closed_on(server))
            .sum::<usize>(),
        0
    );
    outage.harms_nobody().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_decides_whether_to_go_on_after_the_canary() {
    for (answer, code, closed) in [("n\n", 7, 0), ("y\n", 0, 8)] {
        let mut outage = Outage::on(3, 1).await;
        let line = "--server ex01 --server ex02 --server ex03 --canary 1";
        let mut terminal = outage.asked(line);
        at_the_terminal(|| {
            terminal.shows("Close 12 connections of 3 people on 3 servers? [y/N] ");
            terminal.type_in("y\n");
            terminal.shows("Go on with 8 connections of 2 people on 2 servers? [y/N] ");
            assert_eq!(outage.closed_on(1), 4);
            assert_eq!(outage.closed_on(2) + outage.closed_on(3), 0);
            terminal.type_in(answer);
            assert_eq!(terminal.exits(), Some(code), "{}", terminal.screen());
        });
        // what came of the first one stood above the question
        let screen = terminal.screen();
        for server in 1..=3 {
            let line = format!("ex0{server}  4 closed");
            let is_done = server == 1 || closed > 0;
            assert_eq!(
                screen.matches(&line).count(),
                usize::from(is_done),
                "{screen}"
            );
        }
        assert_eq!(
            outage.closed_on(2) + outage.closed_on(3),
            closed,
            "{answer:?}"
        );
        if answer == "n\n" {
            terminal
                .shows("not begun")
                .shows("Nothing was begun on ex02 and ex03.")
                .shows(r"CORP\p11 can log on again.")
                .shows(r"CORP\p21 may still be locked out: nothing was begun on ex02.");
        }
        outage.harms_nobody().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_interrupts_after_the_canary_is_told_what_was_not_begun() {
    let mut outage = Outage::on(2, 1).await;
    let mut terminal = outage.asked("--server ex01 --server ex02 --canary 1");
    at_the_terminal(|| {
        terminal.shows("[y/N] ");
        terminal.type_in("y\n");
        terminal.shows("Go on with 4 connections of 1 person on 1 server? [y/N] ");
        terminal.interrupt();
        assert_eq!(terminal.exits(), Some(130), "{}", terminal.screen());
    });
    let screen = terminal.screen();
    let (_, behind) = screen.rsplit_once("[y/N] ").unwrap();
    let mut said = behind.trim_start().lines();
    let first = said.next().unwrap_or_default();
    assert!(first.starts_with("Interrupted. "), "{behind}");
    assert_eq!(said.next(), Some("Nothing was begun on ex02."), "{behind}");
    assert!(!screen.contains("error:"), "{screen}");
    outage.harms_nobody().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exchange_2007_is_swept_by_logons_and_not_asked_what_is_mounted() {
    let mut outage = Outage::with(2, 1, ServerSpec::exchange_2007).await;
    let ran = outage.sweep("--server ex01 --server ex02 --yes").await;
    ran.exits(0).prints("32 logons (limit: 32 sessions)");
    for server in 1..=2 {
        assert_eq!(outage.closed_on(server), 4);
        assert_eq!(outage.runs_of(server, "Get-MailboxDatabase"), 0);
    }
    outage.harms_nobody().await;
}

/// Databases fail over between the question and the answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fails_over_is_not_closed_blindly_and_the_others_are_mended() {
    for (moved, closed, said) in [
        (
            &["DB1"][..],
            4,
            &[r"left alone: CORP\p11 has no session there any more"][..],
        ),
        (
            &["DB1", "DB1b"],
            0,
            &[
                "ex01: things have changed since the plan was made",
                "Nothing was closed there",
            ],
        ),
    ] {
        let mut outage = Outage::on(2, 2).await;
        let mut terminal = outage.asked("--server ex01 --server ex02");
        at_the_terminal(|| {
            terminal.shows("Close 16 connections of 4 people on 2 servers? [y/N] ");
        });
        for database in moved {
            outage.lab.server("ex02").mount(database);
        }
        at_the_terminal(|| {
            terminal.type_in("y\n");
            assert_eq!(terminal.exits(), Some(1), "{}", terminal.screen());
            terminal.shows("DB1 is mounted on ex02.corp.example now");
            for sentence in said {
                terminal.shows(sentence);
            }
        });
        assert_eq!((outage.closed_on(1), outage.closed_on(2)), (closed, 8));
        outage.harms_nobody().await;
    }
}

/// Somebody came back while a person thought, and others did not: what was approved is done without that address.
#[tokio::test(flavor = "multi_thread")]
async fn one_who_came_back_does_not_keep_the_others_from_being_helped() {
    let mut outage = Outage::with(1, 3, |server| server.session_limit(40)).await;
    let mut terminal = outage.asked("--server ex01 --at-least 32");
    at_the_terminal(|| {
        terminal.shows("Close 12 connections of 3 people on 1 server? [y/N] ");
    });
    let (account, [from, _]) = person(1, 2);
    let back = outage.lab.outlook(&account).from(&from);
    let mut back = back.connect().await.expect("it is let in");
    // a reason to look again at once, whose sessions are not concerned
    outage.lab.server("ex01").dismount("DB1");
    at_the_terminal(|| {
        terminal.type_in("y\n");
        assert_eq!(terminal.exits(), Some(1), "{}", terminal.screen());
        terminal
            .shows("DB1 is dismounted now")
            .shows("10.2.1.2 is not to be closed any more");
    });
    assert!(back.is_alive().await);
    assert_eq!(outage.closed_on(1), 2);
    outage.harms_nobody().await;
}

/// What a helper says that is deceived, or is not ours, counts for nothing where the logons contradict it.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_helper_says_is_not_counted_as_gone() {
    let outage = Outage::on(2, 2).await;
    outage.lab.server("ex01").set_faults(Faults {
        helper: HelperFault::OnlyClaims,
        ..Faults::default()
    });
    let ran = outage.sweep("--dag DAG1 --server ex01 --yes").await;
    ran.exits(1)
        .prints("8 of 16 connections were seen gone; verified on 1 of 2 servers\n")
        .prints("Closed by the word of the helper alone on ex01: it was deceived")
        .prints("2 people");
}

/// A server is not reached, one takes no such sign-in, one cannot ask its databases, one is slow, and one fails over while a
/// person thinks.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_people_on_eight_servers_with_all_that_goes_wrong() {
    let mut outage = Outage::on(8, 25).await;
    for database in ["DB5", "DB5b"] {
        outage.lab.server("ex05").lose_sight_of(database);
    }
    outage.lab.server("ex06").set_faults(Faults {
        delay: Duration::from_millis(200),
        ..Faults::default()
    });
    outage.lab.server("ex07").set_faults(Faults {
        only_scheme: Some(Scheme::Kerberos),
        ..Faults::default()
    });
    let mut terminal = Mapisweep::on(&outage.lab)
        .args("sweep --dag DAG1 --server ex01 --server ex09 --plan-age 1h")
        .arg("--connect-to=ex09=127.0.0.1:1")
        .on_terminal();
    at_the_terminal(|| {
        terminal.shows("Close 600 connections of 150 people on 6 servers? [y/N] ");
    });
    for database in ["DB8", "DB8b"] {
        outage.lab.server("ex01").mount(database);
    }
    let screen = at_the_terminal(|| {
        terminal.type_in("y\n");
        assert_eq!(terminal.exits(), Some(1), "{}", terminal.screen());
        terminal.screen()
    });
    let lines: Vec<_> = screen.lines().collect();
    for said in [
        "7 servers were read: 150 people at the limit or over it",
        "DB5 could not be read",
        "ex05, ex07 and ex09, of which not all is known.",
        "25 people: close 100 connections",
        "500 of 600 connections were seen gone; verified on 5 of 6 servers",
        "ex02  100 closed · helper verified and removed · sessions 800 → 0",
        "and 17 more: each is below the limit on ex01, but ",
        "and 17 more: each may still be locked out:",
    ] {
        assert!(screen.contains(said), "{said}\n{screen}");
    }
    assert!(lines.len() < 800, "it can be read: {}", lines.len());
    let closed: Vec<_> = (1..=8).map(|server| outage.closed_on(server)).collect();
    assert_eq!(closed, [100, 100, 100, 100, 0, 100, 0, 0], "{screen}");
    outage.lab.server("ex07").set_faults(Faults::default());
    outage.harms_nobody().await;
}

fn home_of(home: &Path) -> String {
    home.display().to_string()
}

/// Whoever stops it is told where nothing was done, and goes on later.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_stopped_leaves_nothing_and_is_gone_on_with() {
    let mut outage = Outage::on(3, 1).await;
    let folder = tempfile::tempdir().expect("a directory");
    let run = |line: &str| {
        let run = Mapisweep::on(&outage.lab).env("HOME", &home_of(folder.path()));
        run.args(line)
    };
    let line = "sweep --server ex01 --server ex02 --server ex03 --jobs 1 --yes";
    let running = run(line).start().await;
    while outage.closed_on(1) < 4 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    running.interrupt();
    running.ends().await.exits(130);
    let closed = (1..=3).map(|server| outage.closed_on(server));
    assert!(closed.sum::<usize>() < 12, "it was stopped in time");
    outage.harms_nobody().await;
    let run = |line: &str| {
        let run = Mapisweep::on(&outage.lab).env("HOME", &home_of(folder.path()));
        run.args(line)
    };
    let looked = run("sweep --resume --dry-run").run().await.exits(0);
    looked.prints(r"CORP\p31");
    // the day after
    let log = audit_log(folder.path());
    let text = std::fs::read_to_string(&log).expect("it is there");
    let old = regex::Regex::new(r#""time":"[^"]*""#).expect("valid");
    let old = old.replace_all(&text, r#""time":"2026-01-05T09:05:00Z""#);
    std::fs::write(&log, &*old).expect("it can be written");
    for line in ["sweep --resume --dry-run", "sweep --resume --yes"] {
        let ran = run(line).run().await.exits(3);
        ran.says("`sweep` of 2026-01-05 09:05 UTC was the last run that did not come to its end everywhere, for 3 people on")
            .says("ex03, and it began more than 24 h ago");
    }
    std::fs::write(&log, text).expect("it can be written");
    let ran = run("sweep --resume --yes").run().await;
    ran.exits(0)
        .says("did not come to its end everywhere. Its servers are read again");
    assert_eq!(outage.closed_on(3), 4);
    outage.harms_nobody().await;
}

/// Killed after the first server; what was planned for the others is not looked at, but planned anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_is_gone_on_with() {
    let mut outage = Outage::with(3, 1, |server| server.session_limit(40)).await;
    let folder = tempfile::tempdir().expect("a directory");
    let run = |line: &str| {
        let run = Mapisweep::on(&outage.lab).env("HOME", &home_of(folder.path()));
        run.args(line)
    };
    let none = run("sweep --resume --yes").run().await.exits(3);
    none.says("the audit log has no run that was cut off");
    let slow = outage.lab.server("ex02");
    let line = "sweep --at-least 32 --server ex01 --server ex02 --server ex03 --jobs 1 --yes";
    let running = run(line).start().await;
    while outage.closed_on(1) < 4 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    slow.set_faults(Faults {
        delay: Duration::from_secs(30),
        ..Faults::default()
    });
    while records(folder.path())
        .iter()
        .all(|record| record["event"] != "closed")
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // that it has closed its shell there is not in the log
    while !outage.lab.server("ex01").leftovers().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // nobody goes on with what is at work
    for line in ["sweep --resume --yes", "sweep --resume --dry-run"] {
        let beside = run(line).run().await.exits(4);
        beside.says("is at work still, or is being gone on with (process ");
    }
    running.kill();
    running.ends().await;
    // what a killed run leaves idles out
    for server in 1..=3 {
        outage.lab.server(&name(server)).end_shells();
    }
    slow.set_faults(Faults::default());
    assert_eq!(outage.closed_on(2) + outage.closed_on(3), 0);
    // meanwhile one of its people is back from one of the two addresses
    let (account, [from, _]) = person(2, 1);
    let back = outage.lab.outlook(&account).from(&from);
    let mut back = back.connect().await.expect("it is let in");

    let ran = run("sweep --resume --yes").run().await;
    let ran = ran
        .exits(0)
        .says("`sweep` of ")
        .says("holds its lock no more: it was killed. Its servers are read again")
        .says(
            "a plan is made anew for the 3 people it was for: not all was done on ex02 and ex03.",
        );
    assert_eq!((outage.closed_on(2), outage.closed_on(3)), (2, 4), "{ran}");
    assert!(back.is_alive().await);
    let locks = folder.path().join(".local/state/mapisweep/at-work");
    let locks = std::fs::read_dir(locks).expect("it is there");
    assert_eq!(locks.count(), 0, "no lock is left");
    let records = records(folder.path());
    let last = records.last().unwrap();
    assert_eq!(last["resumes"], records[0]["run"]);
    let none = run("sweep --resume --yes").run().await.exits(3);
    none.says("the audit log has no run that was cut off");
    outage.harms_nobody().await;
}
