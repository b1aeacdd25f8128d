//! Exchange 2010, where a client's connection ends at a client access server: which may be another server than the one
//! that holds the session, and whose address may stand where the client's should.

use std::time::Duration;

use mapisweep_lab::{Builder, Faults, HelperFault, Lab, Scenario, ServerSpec, Staged};

use crate::support::{Mapisweep, Ran, black_hole::BlackHole};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A mailbox server, and a client access server.
fn servers() -> Builder {
    Lab::builder()
        .server("ex01", |server| server.exchange_2010().roles("Mailbox"))
        .server("cas01", |server| {
            server.exchange_2010().roles("ClientAccess, HubTransport")
        })
}

/// Two users on a terminal server; `jsmith` has no session yet.
async fn stage(servers: Builder) -> Staged {
    let quiet = Scenario::locked_out_user().stale_sessions(0).other_users(2);
    quiet.stage(servers).await.expect("the lab starts")
}

/// A laptop that lost its network with so many sessions, connected to this server.
async fn loses_network(lab: &Lab, at: &str, from: &str, sessions: usize) {
    let outlook = lab.server(at).outlook("jsmith").from(from);
    let outlook = outlook.named("JSMITH-LT").sessions(sessions);
    let client = outlook.connections(2).since(DAY).connect().await;
    client.expect("there is room").lose_network();
}

async fn ran(staged: &Staged, line: &str) -> Ran {
    Mapisweep::on(&staged.lab).args(line).run().await
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_closed_on_the_client_access_server_and_seen_gone_where_the_sessions_are() {
    let mut staged = stage(servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    let desk = staged
        .lab
        .server("cas01")
        .outlook("user1")
        .from("10.1.4.50");
    let mut desk = desk.connect().await.expect("there is room");

    let ran = ran(&staged, "close jsmith --server ex01 --server cas01 --yes").await;
    insta::assert_snapshot!(ran.shown());
    let ran = ran.exits(0);

    assert_eq!(staged.lab.server("ex01").sessions_of("jsmith"), 0);
    assert_eq!(staged.lab.server("cas01").resets().len(), 2);
    assert!(staged.lab.server("ex01").resets().is_empty());
    assert!(desk.is_alive().await, "{ran}");
    for bystander in &mut staged.bystanders {
        assert!(bystander.is_alive().await, "{ran}");
    }
    for server in ["ex01", "cas01"] {
        assert!(staged.lab.server(server).leftovers().is_empty(), "{server}");
    }
    let audit = ran.audit();
    let closing = audit.iter().find(|record| record["event"] == "closing");
    let planned = &closing.expect("recorded")["servers"];
    assert_eq!(planned[0]["server"], "cas01", "{planned}");
    assert_eq!(planned[0]["held_on"], serde_json::json!(["ex01"]));
    let closed = audit.iter().filter(|record| record["event"] == "closed");
    let closed: Vec<_> = closed.map(|record| &record["servers"][0]).collect();
    let of = |server: &str| {
        let mut closed = closed.iter();
        closed.find(|seen| seen["server"] == server).expect("seen")
    };
    assert_eq!(of("ex01")["users"][0]["after"], 0);
    assert_eq!(of("ex01")["targets"], serde_json::Value::Null);
    assert_eq!(of("cas01")["targets"].as_array().map(Vec::len), Some(2));
}

/// Where the mailbox server is told the client access server's address only.
fn hiding_servers() -> Builder {
    Lab::builder()
        .server("ex01", |server| server.exchange_2010().roles("Mailbox"))
        .server("cas01", |server| {
            let server = server.exchange_2010().roles("ClientAccess");
            server.opens_sessions_in_its_own_name()
        })
}

#[cfg(target_os = "linux")]
const DNS: &str = "10.0.0.12 cas01.corp.example\n10.0.0.11 ex01.corp.example\n";

/// Nobody hears of it any more, and nobody's connections through it end.
#[cfg(target_os = "linux")]
fn dies(lab: &Lab, server: &str) {
    lab.server(server).set_faults(Faults {
        is_dead: true,
        ..Faults::default()
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_client_access_server_is_no_clients() {
    let staged = stage(hiding_servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;

    let line = "close jsmith --server ex01 --server cas01 --yes --all --include-shared";
    let ran = ran(&staged, line).await;
    insta::assert_snapshot!(ran.shown());
    ran.exits(3);

    assert_eq!(staged.lab.server("ex01").sessions_of("jsmith"), 32);
    for server in ["ex01", "cas01"] {
        assert!(staged.lab.server(server).resets().is_empty(), "{server}");
        assert!(staged.lab.server(server).leftovers().is_empty(), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_where_a_client_came_is_told_by_the_log_where_it_has_that_and_not_known_otherwise() {
    let come = async |servers: Builder| {
        let staged = stage(servers).await;
        for from in ["10.1.4.23", "10.1.9.80"] {
            loses_network(&staged.lab, "cas01", from, 3).await;
        }
        // others come there, too
        let other = staged
            .lab
            .server("cas01")
            .outlook("user1")
            .from("10.1.4.50");
        other.connect().await.expect("there is room").lose_network();
        let line = "close jsmith --server ex01 --server cas01 --dry-run --format json -v";
        let ran = ran(&staged, line).await.exits(3);
        let record = ran.json()["records"][0].clone();
        (record["reason"].clone(), record["came_from"].clone(), ran)
    };
    let access = |described: fn(ServerSpec) -> ServerSpec| {
        Lab::builder()
            .server("ex01", |server| server.exchange_2010().roles("Mailbox"))
            .server("cas01", |server| {
                described(server.exchange_2010().opens_sessions_in_its_own_name())
            })
    };
    let through = "through cas01.corp.example";

    let (reason, from, ran) = come(access(|server| server.roles("ClientAccess"))).await;
    assert_eq!(
        reason,
        format!("{through}, by its log from 10.1.9.80 and 10.1.4.23"),
        "{ran}"
    );
    assert_eq!(from, serde_json::json!(["10.1.9.80", "10.1.4.23"]), "{ran}");

    let blank = |server: ServerSpec| server.roles("ClientAccess").logs_no_addresses();
    let (reason, from, ran) = come(access(blank)).await;
    assert_eq!(
        reason,
        format!("{through}, whose log names no address of the client's"),
        "{ran}"
    );
    assert_eq!(from, serde_json::json!([]), "{ran}");

    // the lab has that log on client access servers only
    let (reason, from, ran) = come(access(|server| server.roles("HubTransport"))).await;
    let unknown = format!("{through}, whose address this is; the client's own is not known");
    assert_eq!(reason, unknown, "{ran}");
    assert_eq!(from, serde_json::Value::Null, "{ran}");
    ran.says("cas01: from where clients came is not known: ")
        .says("Cannot find path");
}

/// Its name from Active Directory, its address from DNS: it is not in the run.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_server_that_is_not_in_the_run_is_known_by_active_directory_and_dns() {
    let staged = stage(hiding_servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    let run = || {
        Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --dry-run --all --include-shared --format json -v")
    };
    let address = |ran: &Ran| ran.json()["records"][0].clone();

    let Some(knowing) = run().hosts("10.0.0.12 cas01.corp.example\n10.0.0.11 ex01.corp.example\n")
    else {
        return;
    };
    let ran = knowing.run().await.exits(3);
    assert_eq!(address(&ran)["decision"], "through", "{ran}");
    assert_eq!(address(&ran)["through"], "cas01.corp.example", "{ran}");

    // and without that, what is not known is said, and guessed
    let ran = run().hosts("").expect("as before").run().await.exits(4);
    let ran = ran.says("The address of the Exchange server cas01.corp.example is not known");
    assert_eq!(address(&ran)["decision"], "refuse", "{ran}");
    assert_eq!(address(&ran)["reason"], "an Exchange server", "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shared_on_any_server_is_refused_on_the_one_that_would_close() {
    let staged = stage(servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    let other = staged.lab.outlook("user1").from("10.1.4.23").since(DAY);
    let mut other = other.connect().await.expect("there is room");

    let ran = ran(&staged, "close jsmith --server ex01 --server cas01 --yes").await;
    let ran = ran.exits(4).prints("refuse: shared with 1 other user");
    assert!(other.is_alive().await, "{ran}");
    assert!(staged.lab.server("cas01").resets().is_empty(), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_stay_although_a_connection_was_to_be_closed_are_not_called_gone() {
    let staged = stage(servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    staged.lab.server("cas01").set_faults(Faults {
        helper: HelperFault::Denied,
        ..Faults::default()
    });
    let ran = ran(&staged, "close jsmith --server ex01 --server cas01 --yes").await;
    ran.exits(1)
        .prints("✗ ex01  sessions 32 → 32, 32 old logons still there")
        .prints("✗ cas01  2 denied by Windows")
        .prints(r"CORP\jsmith still holds 32 of 32 sessions on ex01.");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_plan_is_looked_at_again_on_both_servers() {
    let staged = stage(servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    let line = "close jsmith --server ex01 --server cas01 --plan-age 0s";

    for jobs in ["--jobs 8", "--jobs 1"] {
        let staged = stage(servers()).await;
        loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
        let ran = ran(&staged, &format!("{line} --yes {jobs} -v")).await;
        let ran = ran
            .exits(0)
            .says("ex01: the plan is old by now; looking again who is logged on")
            .says("cas01: the plan is old by now; looking again before anything is closed")
            .prints("✓ ex01  sessions 32 → 0");
        assert_eq!(staged.lab.server("cas01").resets().len(), 2, "{ran}");
        for server in ["ex01", "cas01"] {
            let leftovers = staged.lab.server(server).leftovers();
            assert!(leftovers.is_empty(), "{server}\n{ran}");
        }
    }

    let (code, screen) = tokio::task::block_in_place(|| {
        let mut terminal = Mapisweep::on(&staged.lab)
            .args(&line.replace("0s", "1s"))
            .on_terminal();
        terminal.shows("[y/N] ");
        std::thread::sleep(Duration::from_millis(1200));
        terminal.type_in("y\n");
        (terminal.exits(), terminal.screen())
    });
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("nothing else is to be closed"), "{screen}");
    assert_eq!(staged.lab.server("ex01").sessions_of("jsmith"), 0);
}

/// Sessions are where the mailbox is, and that was not named.
#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_server_that_was_not_named_is_told_with_what_includes_it() {
    let staged = stage(servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    let alone = ran(&staged, "close jsmith --server cas01 --yes").await;
    let alone = alone.exits(3).says(
        "jsmith holds no session on cas01, so there is nothing to close. The mailbox of jsmith is on \
         ex01.corp.example, which is not among the servers: `--server ex01.corp.example` besides includes it.",
    );
    assert!(staged.lab.server("cas01").resets().is_empty(), "{alone}");
    let both = ran(&staged, "close jsmith --server cas01 --server ex01 --yes").await;
    let both = both.exits(0);
    assert!(!both.stderr().contains("not among the servers"), "{both}");
}

/// The plan ages while a person looks at what came of the first server; only the mailbox server knows who came back.
#[tokio::test(flavor = "multi_thread")]
async fn who_came_back_on_another_server_meanwhile_is_left_alone() {
    let more = servers().server("cas02", |server| {
        server.exchange_2010().roles("ClientAccess")
    });
    let staged = stage(more).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 16).await;
    loses_network(&staged.lab, "cas02", "10.1.9.80", 15).await;
    let line = "close jsmith --server ex01 --server cas01 --server cas02 --plan-age 2s --canary 1";
    let mut terminal = tokio::task::block_in_place(|| {
        let mut terminal = Mapisweep::on(&staged.lab).args(line).on_terminal();
        terminal.shows("Close 4 connections from 2 addresses on 2 servers? [y/N] ");
        terminal.type_in("y\n");
        terminal.shows("Go on with 2 connections from 1 address on 1 server? [y/N] ");
        terminal
    });
    let back = staged.lab.server("cas02").outlook("jsmith");
    let back = back.from("10.1.9.80").connect().await;
    let mut back = back.expect("there is room");
    let (code, screen) = tokio::task::block_in_place(|| {
        std::thread::sleep(Duration::from_millis(2200));
        terminal.type_in("y\n");
        (terminal.exits(), terminal.screen())
    });
    assert_eq!(code, Some(1), "{screen}");
    assert!(
        screen.contains("10.1.9.80 is not to be closed any more"),
        "{screen}"
    );
    assert_eq!(staged.lab.server("cas01").resets().len(), 2, "{screen}");
    assert!(staged.lab.server("cas02").resets().is_empty(), "{screen}");
    assert!(back.is_alive().await, "{screen}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_client_access_server_left_is_closed_where_it_is_named_and_seen_to_be_dead() {
    let staged = stage(hiding_servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    let other = staged.lab.server("cas01").outlook("user1").since(DAY);
    other.connect().await.expect("there is room").lose_network();
    let line = "close jsmith --server ex01 --yes";
    let closing = |line: &str| Mapisweep::on(&staged.lab).args(line).hosts(DNS);

    // it lives
    let Some(run) = closing(&format!("{line} --dead-server cas01")) else {
        return;
    };
    let ran = run.run().await.exits(4);
    let ran = ran.says("--dead-server cas01: it is not dead, for something answers at 127.0.0.1:");
    let ran = ran.says(", where --connect-to leads. Nothing was closed.");
    assert!(staged.lab.server("ex01").resets().is_empty(), "{ran}");

    let hole = BlackHole::new();
    let hole = hole.instead_of("cas01.corp.example");
    let dead = format!("{hole} --timeout 1s");
    dies(&staged.lab, "cas01");
    let of_nobody = closing(&format!("{line} {dead} --dead-server cas09"));
    let ran = of_nobody.expect("as before").run().await.exits(4);
    ran.says("--dead-server cas09: Active Directory tells of no Exchange server of this name");

    // it is dead, and nobody says that its sessions may go
    let ran = closing(&format!("{line} {dead}"))
        .expect("as before")
        .run()
        .await;
    let ran = ran.exits(3).says("through cas01.corp.example");
    assert_eq!(staged.lab.server("ex01").sessions_of("jsmith"), 32, "{ran}");

    let ran = closing(&format!("{line} {dead} --dead-server cas01"));
    let ran = ran.expect("as before").run().await;
    insta::assert_snapshot!(ran.shown());
    ran.exits(0);
    assert_eq!(staged.lab.server("ex01").sessions_of("jsmith"), 0);
    assert_eq!(
        staged.lab.server("ex01").sessions_of("user1"),
        2,
        "not through it"
    );
}

/// Behind a VPN or a firewall that is the usual case, and its address carries everybody who works through it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_client_access_server_that_only_this_computer_does_not_reach_is_not_dead() {
    let staged = stage(hiding_servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    let hole = BlackHole::new();
    let hole = hole.instead_of("cas01.corp.example");
    let line = format!("close jsmith --server ex01 --dead-server cas01 --timeout 1s {hole}");
    let closing = |more: &str| {
        let line = format!("{line} {more}");
        Mapisweep::on(&staged.lab).args(&line).hosts(DNS)
    };
    let untouched = |ran: &Ran| {
        let lab = staged.lab.server("ex01");
        assert_eq!(lab.sessions_of("jsmith"), 32, "{ran}");
        assert!(lab.resets().is_empty(), "{ran}");
        assert!(lab.leftovers().is_empty(), "{ran}");
    };

    for how in ["--yes", "--dry-run"] {
        let Some(run) = closing(how) else {
            return;
        };
        let ran = run.run().await.exits(4).says(
            "--dead-server cas01.corp.example: it is not dead, for it answers ex01 at port 80. This computer alone \
             does not reach it. Nothing was closed.",
        );
        untouched(&ran);
    }

    // it may be dead, and the server that holds its connections cannot see that
    dies(&staged.lab, "cas01");
    staged.lab.server("ex01").set_faults(Faults {
        is_cut_off: true,
        ..Faults::default()
    });
    let ran = closing("--yes -v").expect("as before").run().await;
    let ran = ran
        .exits(4)
        .says("ex01: whether it reaches 10.0.0.12 is not known: port 80: NetworkUnreachable")
        .prints("refuse: cas01.corp.example may be alive, for whether this server reaches it is not known");
    untouched(&ran);

    // both see it
    staged.lab.server("ex01").set_faults(Faults::default());
    let ran = closing("--dry-run --format json").expect("as before");
    let ran = ran.run().await.exits(0);
    let record = &ran.json()["records"][0];
    assert_eq!(record["decision"], "close");
    assert_eq!(record["dead_server"], "cas01.corp.example");
    assert_eq!(
        record["dead_server_tried_from"],
        serde_json::json!(["ex01"])
    );
    assert_eq!(
        record["dead_server_ports"],
        serde_json::json!([80, 135, 443, 445, 5985])
    );
    untouched(&ran);
}

/// A person takes the time to look at the plan, and meanwhile the server is started again.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_client_access_server_that_came_back_before_the_closing_is_left_alone() {
    let staged = stage(hiding_servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    dies(&staged.lab, "cas01");
    let hole = BlackHole::new();
    let hole = hole.instead_of("cas01.corp.example");
    let line = format!("close jsmith --server ex01 --dead-server cas01 --timeout 1s {hole}");
    let Some(run) = Mapisweep::on(&staged.lab).args(&line).hosts(DNS) else {
        return;
    };
    let mut terminal = tokio::task::block_in_place(|| {
        let terminal = run.on_terminal();
        terminal.shows("[y/N] ");
        terminal
    });
    staged.lab.server("cas01").set_faults(Faults::default());
    let (code, screen) = tokio::task::block_in_place(|| {
        terminal.type_in("y\n");
        (terminal.exits(), terminal.screen())
    });
    assert_eq!(code, Some(1), "{screen}");
    assert!(
        screen.contains("cas01.corp.example is not dead: it answers at port 80"),
        "{screen}"
    );
    assert!(staged.lab.server("ex01").resets().is_empty(), "{screen}");
    assert_eq!(staged.lab.server("ex01").sessions_of("jsmith"), 32);
}

/// Each closes what it has seen itself; one that cannot tell does not keep the others from it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_client_access_servers_address_is_closed_only_where_that_was_tried() {
    let servers = hiding_servers()
        .server("ex02", |server| {
            server.exchange_2010().roles("Mailbox").database("DB2")
        })
        .user("shared", |user| user.mailbox_in("DB2"));
    let staged = stage(servers).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    let other = staged.lab.server("cas01").outlook("shared");
    let other = other.from("10.1.4.24").sessions(20).since(DAY);
    other.connect().await.expect("there is room").lose_network();
    dies(&staged.lab, "cas01");
    staged.lab.server("ex01").set_faults(Faults {
        is_cut_off: true,
        ..Faults::default()
    });
    let hole = BlackHole::new();
    let hole = hole.instead_of("cas01.corp.example");
    let line = format!(
        "close jsmith shared --server ex01 --server ex02 --dead-server cas01 --yes --timeout 1s {hole}"
    );
    let dns = format!("{DNS}10.0.0.13 ex02.corp.example\n");
    let Some(run) = Mapisweep::on(&staged.lab).args(&line).hosts(&dns) else {
        return;
    };
    let ran = run.run().await;
    insta::assert_snapshot!(ran.shown());
    assert_eq!(staged.lab.server("ex01").sessions_of("jsmith"), 32, "{ran}");
    assert!(staged.lab.server("ex01").resets().is_empty(), "{ran}");
    assert_eq!(staged.lab.server("ex02").sessions_of("shared"), 0, "{ran}");
}

/// Then each shell is closed after its visit, and a fresh one opened for what follows.
#[tokio::test(flavor = "multi_thread")]
async fn one_server_at_a_time_comes_to_the_same() {
    let staged = stage(servers()).await;
    loses_network(&staged.lab, "cas01", "10.1.4.23", 32).await;
    let line = "close jsmith --server ex01 --server cas01 --yes --jobs 1";
    let ran = ran(&staged, line).await.exits(0);
    let ran = ran.prints("✓ ex01  sessions 32 → 0");
    let ran = ran.prints("✓ cas01  2 closed");
    let ran = ran.prints(r"CORP\jsmith can log on again.");
    for server in ["ex01", "cas01"] {
        assert!(
            staged.lab.server(server).leftovers().is_empty(),
            "{server}\n{ran}"
        );
    }
}

/// Both hold sessions of the same laptop, and each has connections from it.
#[tokio::test(flavor = "multi_thread")]
async fn members_that_are_mailbox_and_client_access_servers_close_each_others_connections() {
    let servers = Lab::builder()
        .server("ex01", |server| {
            server.exchange_2010().dag("DAG1").database("DB1")
        })
        .server("ex02", |server| {
            server.exchange_2010().dag("DAG1").database("DB2")
        })
        .user("shared", |user| user.mailbox_in("DB2"));
    let mut staged = stage(servers).await;
    for (at, mailbox, sessions) in [
        ("ex01", "jsmith", 10),
        ("ex02", "jsmith", 22),
        ("ex01", "shared", 5),
        ("ex02", "shared", 6),
    ] {
        let outlook = staged.lab.server(at).outlook("jsmith").mailbox(mailbox);
        let outlook = outlook.from("10.1.4.23").sessions(sessions).since(DAY);
        outlook
            .connect()
            .await
            .expect("there is room")
            .lose_network();
    }
    let ran = ran(&staged, "close jsmith --server ex01 --dag DAG1 --yes").await;
    let ran = ran.exits(0).prints(r"CORP\jsmith can log on again.");
    for (server, left) in [("ex01", 0), ("ex02.corp.example", 0)] {
        let lab = staged.lab.server(server);
        assert_eq!(
            (lab.sessions_of("jsmith"), lab.resets().len()),
            (left, 2),
            "{server}\n{ran}"
        );
    }
    for bystander in &mut staged.bystanders {
        assert!(bystander.is_alive().await, "{ran}");
    }
}
