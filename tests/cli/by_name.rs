//! Clients whose address Exchange does not give, and what DNS says of the names of their computers.
#![cfg(target_os = "linux")]

use std::time::Duration;

use mapisweep_lab::{Builder, Lab, Outlook, Scenario, Staged};

use crate::support::{Mapisweep, Ran, proxy::Proxy};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const CLOSE: &str = "close jsmith --server ex01";
const LAPTOP: &str = "10.1.4.23 jsmith-lt.corp.example\n";
const BOTH: &str = "10.1.4.23 jsmith-lt.corp.example\n2001:db8::23 jsmith-lt.corp.example\n";

fn one_server() -> Builder {
    Lab::builder().server("ex01", |server| server.exchange_2007())
}

/// A laptop of which the server gives no address has lost its network with 32 sessions.
async fn blank(servers: Builder) -> Staged {
    blank_from(servers, &["10.1.4.23"]).await
}

/// The same with its sessions from each of these addresses.
async fn blank_from(servers: Builder, from: &[&str]) -> Staged {
    let quiet = Scenario::locked_out_user().stale_sessions(0).other_users(2);
    let staged = quiet.stage(servers).await.expect("the lab starts");
    let first = staged.lab.server("ex01");
    for address in from {
        let laptop = first.outlook("jsmith").from(address).named("JSMITH-LT");
        let laptop = laptop.claiming_nothing().sessions(32 / from.len());
        let laptop = laptop.connections(2).since(DAY).connect().await;
        laptop.expect("there is room").lose_network();
    }
    staged
}

/// Somebody else at work, of whose client the server gives no address either.
async fn other(staged: &Staged, from: &str, named: &str) -> Outlook {
    let other = staged.lab.server("ex01").outlook("user1").from(from);
    let other = other.named(named).claiming_nothing().connect().await;
    other.expect("there is room")
}

async fn ran(staged: &Staged, line: &str, dns: &str) -> Option<Ran> {
    let run = Mapisweep::on(&staged.lab).args(&format!("{CLOSE} {line}"));
    Some(run.hosts(dns)?.run().await)
}

fn closed(staged: &Staged) -> usize {
    staged.lab.server("ex01").resets().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_a_hint_that_closes_nothing_until_that_is_wished() {
    let mut staged = blank(one_server()).await;
    let Some(ran) = ran(&staged, "--yes", LAPTOP).await else {
        return;
    };
    insta::assert_snapshot!(ran.shown());
    let ran = ran.exits(3);
    assert_eq!(closed(&staged), 0, "{ran}");

    let json = self::ran(&staged, "--dry-run --format json", LAPTOP).await;
    let json = json.expect("as before").exits(3).json();
    let record = &json["records"][0];
    assert_eq!(record["decision"], "no_address");
    assert_eq!(
        record["by_name"],
        serde_json::json!(["JSMITH-LT=10.1.4.23"])
    );
    let hint = "JSMITH-LT is 10.1.4.23 by DNS; 2 connections from there; Exchange does not say so, and only --match-names closes them";
    assert_eq!(record["by_name_hint"], hint);

    let ran = self::ran(&staged, "--yes --match-names", LAPTOP).await;
    let ran = ran.expect("as before");
    insta::assert_snapshot!(ran.shown());
    let ran = ran.exits(0);
    assert_eq!(closed(&staged), 2, "{ran}");
    assert_eq!(staged.lab.server("ex01").sessions_of("jsmith"), 0);
    for bystander in &mut staged.bystanders {
        assert!(bystander.is_alive().await, "{ran}");
    }
    let audit = ran.audit();
    let closing = audit.iter().find(|record| record["event"] == "closing");
    let closing = closing.expect("recorded");
    assert_eq!(closing["policy"]["match_names"], true);
    let named = serde_json::json!([{"client": "JSMITH-LT", "address": "10.1.4.23"}]);
    assert_eq!(closing["servers"][0]["by_name"], named);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_dns_does_not_say_one_thing_nothing_is_closed_even_with_the_flag() {
    for (dns, said) in [
        (
            "10.1.4.23 adoe-pc.corp.example\n10.1.4.23 jsmith-lt.corp.example\n",
            "JSMITH-LT is 10.1.4.23 by DNS, but 10.1.4.23 is called adoe-pc.corp.example there: one record is stale, so it is \
             not gone by",
        ),
        (
            "10.1.4.23 jsmith-lt.corp.example\n10.1.9.9 jsmith-lt.corp.example\n",
            "JSMITH-LT is each of 10.1.4.23 and 10.1.9.9 by DNS, so which of them it is, is not known",
        ),
    ] {
        let mut staged = blank(one_server()).await;
        let Some(ran) = ran(&staged, "--yes --match-names --all --include-shared", dns).await
        else {
            return;
        };
        let ran = ran.exits(3).prints(said);
        assert_eq!(closed(&staged), 0, "{ran}");
        for bystander in &mut staged.bystanders {
            assert!(bystander.is_alive().await, "{ran}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_with_an_address_of_each_family_is_the_one_that_connections_come_from() {
    const V4: &str = "10.1.4.23";
    const V6: &str = "2001:db8::23";
    let stale = "10.1.4.23 adoe-pc.corp.example\n10.1.4.23 jsmith-lt.corp.example\n2001:db8::23 jsmith-lt.corp.example\n";
    let two = format!("{BOTH}2001:db8::24 jsmith-lt.corp.example\n");
    let found = "JSMITH-LT is 10.1.4.23 and 2001:db8::23 by DNS";
    for (from, dns, line, said, resets) in [
        (
            &[V6][..],
            BOTH,
            "",
            format!(
                "{found}; 2 connections from 2001:db8::23; Exchange does not say so, and only --match-names closes them"
            ),
            0,
        ),
        (
            &[V6],
            BOTH,
            "--match-names",
            format!("{found}; 2 connections from 2001:db8::23\n"),
            2,
        ),
        (
            &[V4],
            BOTH,
            "--match-names",
            format!("{found}; 2 connections from 10.1.4.23\n"),
            2,
        ),
        (
            &[V4, V6],
            BOTH,
            "--match-names",
            format!(
                "{found}; 4 connections from both, and which of them carry its sessions is not known, so it is not gone by"
            ),
            0,
        ),
        (
            &[V6],
            stale,
            "--match-names",
            "10.1.4.23 is called adoe-pc.corp.example there: one record is stale, so it is not gone by".to_owned(),
            0,
        ),
        (
            &[V6],
            &two,
            "--match-names",
            "JSMITH-LT is each of 10.1.4.23, 2001:db8::23 and 2001:db8::24 by DNS".to_owned(),
            0,
        ),
    ] {
        let mut staged = blank_from(one_server(), from).await;
        let Some(ran) = ran(&staged, &format!("--yes {line}"), dns).await else {
            return;
        };
        let ran = ran.exits(if resets > 0 { 0 } else { 3 }).prints(&said);
        assert_eq!(closed(&staged), resets, "{ran}");
        for bystander in &mut staged.bystanders {
            assert!(bystander.is_alive().await, "{ran}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_hold_for_an_address_by_name() {
    let one = "--yes --match-names";
    let shared = "10.1.4.23 jsmith-lt.corp.example adoe-pc.corp.example\n";
    let elsewhere = "10.1.4.23 jsmith-lt.corp.example\n10.1.9.9 adoe-pc.corp.example\n";
    for (line, dns, said, code) in [
        (
            "--yes",
            shared,
            "not even --match-names closes them: shared with 1 other user",
            3,
        ),
        (one, shared, "refuse: shared with 1 other user", 4),
        (
            "--yes --match-names --max 1",
            elsewhere,
            "refuse: more than 1 connections",
            4,
        ),
        (one, elsewhere, "close, JSMITH-LT by DNS", 0),
    ] {
        let staged = blank(one_server()).await;
        let from = if dns == shared {
            "10.1.4.23"
        } else {
            "10.1.9.9"
        };
        let mut other = other(&staged, from, "ADOE-PC").await;
        let Some(ran) = ran(&staged, line, dns).await else {
            return;
        };
        let ran = ran.prints(said).exits(code);
        assert_eq!(closed(&staged), if code == 0 { 2 } else { 0 }, "{ran}");
        assert!(other.is_alive().await, "{ran}");
    }
}

/// The row is in the first look, in that before closing, and in the one after it.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_plan_is_made_again_by_what_dns_said() {
    let staged = blank(one_server()).await;
    let Some(ran) = ran(&staged, "--yes --match-names --plan-age 0s -v", LAPTOP).await else {
        return;
    };
    ran.exits(0)
        .says("looking again before anything is closed")
        .says("Asking DNS for the names of clients without an address: jsmith-lt")
        .prints("logons 32 → 0");
    assert_eq!(closed(&staged), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_shows_the_hint_and_takes_the_flag() {
    let staged = blank(one_server()).await;
    for (line, code, resets) in [("--yes", 3, 0), ("--yes --match-names", 0, 2)] {
        let line = format!("sweep --server ex01 {line}");
        let Some(run) = Mapisweep::on(&staged.lab).args(&line).hosts(LAPTOP) else {
            return;
        };
        let ran = run.run().await.exits(code);
        let ran = ran.prints("JSMITH-LT is 10.1.4.23 by DNS; 2 connections from there");
        assert_eq!(closed(&staged), resets, "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_given_needs_no_dns() {
    let staged = crate::support::locked_out().await;
    let run = Mapisweep::on(&staged.lab).args(&format!("{CLOSE} --yes --match-names -v"));
    let ran = run.run().await.exits(0);
    ran.prints(r"CORP\jsmith can log on again.")
        .stderr()
        .contains("What DNS says of")
        .then(|| panic!("DNS was asked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_2010_the_connections_are_found_on_the_client_access_server() {
    let servers = Lab::builder()
        .server("ex01", |server| server.exchange_2010().roles("Mailbox"))
        .server("cas01", |server| {
            server.exchange_2010().roles("ClientAccess")
        });
    let quiet = Scenario::locked_out_user().stale_sessions(0).other_users(2);
    let staged = quiet.stage(servers).await.expect("the lab starts");
    let laptop = staged.lab.server("cas01").outlook("jsmith");
    let laptop = laptop
        .from("10.1.4.23")
        .named("JSMITH-LT")
        .claiming_nothing();
    let laptop = laptop.sessions(32).connections(2).since(DAY);
    laptop
        .connect()
        .await
        .expect("there is room")
        .lose_network();
    for (line, code, resets) in [("--yes", 3, 0), ("--yes --match-names", 0, 2)] {
        let line = format!("--server cas01 {line}");
        let Some(ran) = ran(&staged, &line, LAPTOP).await else {
            return;
        };
        let ran = ran
            .exits(code)
            .prints("JSMITH-LT is 10.1.4.23 by DNS; 2 connections from there");
        assert_eq!(staged.lab.server("cas01").resets().len(), resets, "{ran}");
    }
    assert_eq!(staged.lab.server("ex01").sessions_of("jsmith"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_names_are_not_looked_up_here() {
    let staged = blank(one_server()).await;
    let Some(proxy) = Proxy::microsocks(&[]) else {
        return;
    };
    let run = Mapisweep::on(&staged.lab).args(&format!("{CLOSE} --yes --match-names"));
    let run = run.arg(format!("--proxy=socks5://{}", proxy.address()));
    let Some(run) = run.hosts(LAPTOP) else {
        return;
    };
    let ran = run.run().await.exits(3);
    let ran = ran.says("their names cannot be looked up: the servers are behind a proxy");
    assert_eq!(closed(&staged), 0, "{ran}");
}
