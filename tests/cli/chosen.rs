//! `logons` and `connections` with only some of the rows, in another order, without titles.

use mapisweep_lab::{Lab, Staged};

use crate::support::{Mapisweep, locked_out, stage};

/// The cells of these columns of the CSV that `verb` gives.
async fn cells<const N: usize>(staged: &Staged, verb: &str, columns: [usize; N]) -> Vec<String> {
    let line = format!("{verb} --server ex01 --format csv --no-header");
    let ran = Mapisweep::on(&staged.lab).args(&line).run().await;
    let code = if ran.stdout().is_empty() { 3 } else { 0 };
    let ran = ran.exits(code);
    let row = |line: &str| {
        let cells: Vec<_> = line.split(',').collect();
        columns.map(|column| cells[column]).join(" ")
    };
    ran.stdout().lines().map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn logons_that_are_wanted() {
    let staged = locked_out().await;
    const ALL: [&str; 3] = [
        r"CORP\jsmith 10.1.4.23 16",
        r"CORP\jsmith 10.1.9.80 15",
        r"CORP\jsmith 10.1.8.5 1",
    ];
    for (verb, rows) in [
        ("logons jsmith", &ALL[..]),
        ("logons --at-limit", &ALL),
        ("logons --at-limit --address 10.1.9.80", &ALL[1..2]),
        (
            "logons jsmith --address 10.1.9.0/24 --address 10.1.8.5",
            &ALL[1..],
        ),
        ("logons jsmith --address 10.1.4.23/32", &ALL[..1]),
        ("logons jsmith --address 2001:db8::/32", &[]),
        ("logons jsmith --database nowhere", &[]),
        ("logons user1 --at-limit", &[]),
        ("logons jsmith --sort address", &[ALL[0], ALL[2], ALL[1]]),
        ("logons jsmith --sort oldest", &ALL),
        ("logons jsmith --sort client", &ALL),
        ("logons jsmith --sort sessions", &ALL),
    ] {
        assert_eq!(cells(&staged, verb, [1, 4, 5]).await, rows, "{verb}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_holds_is_counted_over_all_whatever_is_shown() {
    let staged = locked_out().await;
    Mapisweep::on(&staged.lab)
        .args("logons --address 10.1.9.80 --at-limit --server ex01")
        .run()
        .await
        .exits(0)
        .prints("10.1.9.80           15")
        .prints("32 of 32");
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --address 10.1.9.80 --server ex01 --format json")
        .run()
        .await
        .exits(0);
    let json = ran.json();
    let records = json["records"].as_array().unwrap();
    assert_eq!(records.len(), 1, "{ran}");
    assert_eq!(records[0]["user_sessions"], 32);
    assert_eq!(records[0]["sessions"], 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn logons_of_a_database() {
    let staged = stage(Lab::builder().server("ex01", |server| server.database("DB7"))).await;
    for (name, code) in [("DB7", 0), ("db7", 0), ("DB8", 3)] {
        let ran = Mapisweep::on(&staged.lab)
            .args(&format!("logons jsmith --server ex01 --database {name}"))
            .run()
            .await;
        let ran = ran.exits(code);
        assert_eq!(ran.stdout().contains("10.1.4.23"), code == 0, "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_wanted() {
    let staged = locked_out().await;
    for (verb, number) in [
        ("connections", 40),
        ("connections --process store.exe", 40),
        ("connections --process STORE", 40),
        ("connections --process stor", 0),
        ("connections --process stor --process store", 40),
        ("connections --address 10.1.4.23", 16),
        ("connections --address 10.1.4.16/28 --address 10.1.9.80", 31),
        ("connections --process svchost", 0),
    ] {
        let rows = cells(&staged, verb, [1, 4]).await;
        assert_eq!(rows.len(), number, "{verb}: {rows:#?}");
    }
    Mapisweep::on(&staged.lab)
        .args("connections --server ex01 --process w3wp")
        .run()
        .await
        .exits(3)
        .says("Only Exchange's processes were looked at; --all looks at every one.");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_in_another_order() {
    let staged = locked_out().await;
    let clients = cells(&staged, "connections --sort client", [5, 6]).await;
    let end = |text: &String| {
        let (address, port) = text.split_once(' ').unwrap();
        let address: std::net::IpAddr = address.parse().unwrap();
        (address, port.parse::<u16>().unwrap())
    };
    let found: Vec<_> = clients.iter().map(end).collect();
    assert!(found.len() == 40 && found.is_sorted(), "{clients:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_titles_there_are_only_rows() {
    let staged = locked_out().await;
    for (verb, title) in [("logons", "CLIENT ADDRESS"), ("connections", "PROCESS")] {
        for (more, is_there) in [("", true), (" --no-header", false)] {
            let ran = Mapisweep::on(&staged.lab)
                .args(&format!("{verb} --server ex01{more}"))
                .run()
                .await
                .exits(0);
            assert_eq!(ran.stdout().contains(title), is_there, "{ran}");
            ran.prints("10.1.4.23").prints("ex01");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_chosen_is_said() {
    for (line, says) in [
        (
            "logons --server ex01 --address jsmith-lt",
            "invalid value 'jsmith-lt' for '--address <ADDRESS|NETWORK>': \"jsmith-lt\" is not an address or a network such as 10.1.8.0/24",
        ),
        (
            "connections --server ex01 --sort sessions",
            "[possible values: process, pid, client, server, state]",
        ),
        (
            "logons --server ex01 --sort pid",
            "[possible values: user, address, sessions, oldest, last-used, client, holds]",
        ),
        (
            "connections --server ex01 --process=",
            "a value is required for '--process <NAME>'",
        ),
    ] {
        Mapisweep::alone()
            .args(line)
            .run()
            .await
            .exits(2)
            .says(says);
    }
}

/// Then there is something, and the filters are what leaves it out.
#[tokio::test(flavor = "multi_thread")]
async fn where_none_matches_it_is_said_of_how_many() {
    let staged = locked_out().await;
    for (line, what) in [
        ("logons --address 99.9.9.9", "none of the 38 logons matches"),
        ("logons --database DB9", "none of the 38 logons matches"),
        (
            "logons jsmith --address 99.9.9.9",
            "none of the 32 logons matches",
        ),
        ("logons user1 --at-limit", "none of the 2 logons matches"),
        (
            "connections --address 99.9.9.9",
            "none of the 40 connections matches",
        ),
        (
            "connections --process nobody",
            "none of the 40 connections matches",
        ),
    ] {
        let line = format!("{line} --server ex01");
        let ran = Mapisweep::on(&staged.lab).args(&line).run().await.exits(3);
        let ran = ran.prints(&format!("  {what}\n"));
        assert!(!ran.stdout().contains("  no "), "{ran}");
        let told = Mapisweep::on(&staged.lab).args(&format!("{line} --format json"));
        let told = told.run().await.exits(3).json();
        let errors = told["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{told}");
        assert_eq!(errors[0]["where"], "ex01", "{told}");
        assert_eq!(errors[0]["what"], what, "{told}");
    }
}
