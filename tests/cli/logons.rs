//! `mapisweep logons` and `mapisweep connections`.

use mapisweep_lab::{Lab, ServerSpec};

use crate::support::{Mapisweep, locked_out, stage};

#[tokio::test(flavor = "multi_thread")]
async fn logons_show_everybody_against_the_limit() {
    let staged = locked_out().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server ex01")
        .run()
        .await;
    insta::assert_snapshot!(ran.exits(0).says_nothing().shown());
    assert!(staged.lab.server("ex01").leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn logons_of_some_users_by_any_of_their_names() {
    let staged = locked_out().await;
    for name in ["jsmith", r"CORP\jsmith", "jsmith@corp.example"] {
        let ran = Mapisweep::on(&staged.lab)
            .args("logons --server ex01 --format json")
            .arg(name)
            .run()
            .await
            .exits(0);
        let json = ran.json();
        assert_eq!(
            (&json["schema"], &json["kind"]),
            (&2.into(), &"logons".into())
        );
        let records = json["records"].as_array().unwrap();
        assert_eq!(records.len(), 3, "{ran}");
        assert!(
            records
                .iter()
                .all(|record| record["account"] == r"CORP\jsmith"),
            "{ran}"
        );
        assert!(
            records.iter().all(|record| record["user_sessions"] == 32),
            "{ran}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_data_format_has_the_same_records() {
    let staged = locked_out().await;
    let records = async |format: &str| {
        let line = format!("logons jsmith --server ex01 --format {format}");
        Mapisweep::on(&staged.lab).args(&line).run().await.exits(0)
    };
    let addresses = ["10.1.4.23", "10.1.9.80", "10.1.8.5"];
    let csv = records("csv").await;
    let ndjson = records("ndjson").await;
    assert!(
        csv.stdout()
            .starts_with("server,account,user_sessions,limit,address,"),
        "{csv}"
    );
    assert_eq!(csv.stdout().lines().count(), 1 + addresses.len());
    let events = ndjson.events("logons");
    assert_eq!(events.len(), addresses.len());
    for (index, address) in addresses.iter().enumerate() {
        assert_eq!(events[index]["address"], *address);
        assert!(
            csv.stdout()
                .lines()
                .nth(index + 1)
                .unwrap()
                .contains(address),
            "{csv}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_cannot_be_read_is_assumed_and_said_to_be() {
    let server = |server: ServerSpec| server.exchange_2007().denies_registry();
    let staged = stage(Lab::builder().server("ex01", server)).await;
    for (verb, prints) in [
        ("logons jsmith --server ex01", "32 of 32"),
        (
            "close jsmith --server ex01 --yes",
            "jsmith can log on again if the limit is 32",
        ),
    ] {
        Mapisweep::on(&staged.lab)
            .args(verb)
            .run()
            .await
            .exits(0)
            .prints("the limit could not be read: 32 and 16 are assumed\n")
            .prints(prints)
            .says("the limit cannot be read, so it is taken to be 32 sessions and 16 sessions of Exchange's services: ")
            .says("Der angeforderte Registrierungszugriff");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_those_of_the_exchange_process() {
    let staged = locked_out().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("connections --server ex01 --format json")
        .run()
        .await
        .exits(0);
    let json = ran.json();
    let records = json["records"].as_array().unwrap();
    assert_eq!(records.len(), 40, "{ran}");
    assert!(
        records
            .iter()
            .all(|record| record["process"] == "store.exe"),
        "{ran}"
    );
    Mapisweep::on(&staged.lab)
        .args("connections --server ex01")
        .run()
        .await
        .exits(0)
        .prints("PROCESS     PID  CLIENT")
        .prints("store.exe  2316  10.1.4.23:");
    assert!(staged.lab.server("ex01").leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_calls_itself_cannot_harm() {
    const NAME: &str = "=\u{1b}[2J\u{9b}31m\u{202e}\u{200b}\u{2028}\u{85}\u{e0041}\u{7f}LT";
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let outlook = server.outlook("user5").from("10.1.4.60").named(NAME);
    let _outlook = outlook.connect().await.unwrap();
    for format in ["table", "table -vvv", "json", "ndjson", "csv"] {
        for verb in ["logons user5", "close user5 --dry-run"] {
            let ran = Mapisweep::on(&staged.lab)
                .args(&format!("{verb} --server ex01 --format {format}"))
                .run()
                .await;
            for stream in [ran.stdout(), ran.stderr()] {
                let obeyed = stream.contains(|c: char| c != '\n' && c.is_control());
                let unseen = ['\u{202e}', '\u{200b}', '\u{2028}', '\u{e0041}'];
                assert!(!obeyed && !stream.contains(unseen), "{format}\n{ran}");
            }
            if format == "json" {
                let json = ran.json();
                let mut clients = json["records"].as_array().unwrap().iter();
                let is_it = |record: &serde_json::Value| {
                    record["client"]
                        .as_str()
                        .is_some_and(|client| client.starts_with(NAME))
                };
                assert!(clients.any(is_it), "{ran}");
            } else if format.starts_with("table") {
                ran.prints(
                    "=<U+001B>[2J<U+009B>31m<U+202E><U+200B><U+2028><U+0085><U+E0041><U+007F>LT",
                );
            } else if format.starts_with("csv") {
                ran.prints(",'=<U+001B>[2J");
            }
        }
    }
}
