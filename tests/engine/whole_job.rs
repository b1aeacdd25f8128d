//! The main job, with nothing of ours in the server's place but the data of Exchange's cmdlets.

use mapisweep_outside::Kdc;
use serde_json::{Value, json};

use crate::{
    Case,
    exchange::Exchange,
    server::{PASSWORD, Ran, Report},
    stage::{DAY, Stage},
    store::Store,
};

pub const CASES: &[Case] = &[
    ("the whole job, as an admin does it", the_whole_job),
    ("the whole job by Kerberos", the_whole_job_by_kerberos),
];

/// jsmith is locked out by two addresses; a third shares a terminal server with others, a fourth is in use.
const CLIENTS: [(&str, usize); 5] = [
    ("10.1.4.23", 19),
    ("10.1.9.80", 11),
    ("10.1.8.5", 3),
    ("10.1.4.77", 2),
    ("10.1.5.5", 2),
];

fn locked_out(stage: &Stage) -> Exchange {
    stage
        .exchange_2007()
        .holds("jsmith", "10.1.4.23", 19, 3 * DAY)
        .holds("jsmith", "10.1.9.80", 10, DAY)
        .holds("jsmith", "10.1.8.5", 1, DAY)
        .holds("jsmith", "10.1.4.77", 2, DAY / 1000)
        .holds("bob", "10.1.8.5", 1, DAY)
        .holds("eve", "10.1.5.5", 2, 2 * DAY)
}

fn the_whole_job(stage: &mut Stage) {
    let exchange = locked_out(stage);
    let server = stage.server(&exchange);
    does_it_all(stage, exchange, |line| server.mapisweep(line));
    let report = server.report();
    stage.is_clean(&report);
    is_sealed(&report);
    is_frugal(&report);
}

/// Each run takes a ticket along, which is good for Active Directory. MIT's library is the domain and the server's.
fn the_whole_job_by_kerberos(stage: &mut Stage) {
    const DIRECTORY: &str = "ldap/dc1.corp.example";

    let realm = Kdc::builder().person("ann", PASSWORD);
    let Some(kdc) = realm.service("HTTP/ex01").service(DIRECTORY).start() else {
        return;
    };
    let exchange = locked_out(stage);
    let kerberos = json!({
        "acceptor": "none",
        "kerberos": {
            "krb5_conf": kdc.krb5_conf(),
            "keytab": kdc.keytab(),
            "second_hop": DIRECTORY,
        },
    });
    let server = stage.server_that(&exchange, kerberos);
    does_it_all(stage, exchange, |line| {
        let mut run = server.command(line);
        run.env("KRB5_CONFIG", kdc.krb5_conf());
        Ran::of(run.output().unwrap())
    });
    let report = server.report();
    stage.is_clean(&report);
    is_sealed(&report);
    let four_runs =
        ["kerberos_sign_ins", "delegations", "second_hops"].map(|what| report.count(what));
    // what needs no directory takes no ticket along
    assert_eq!(four_runs, [4, 3, 3], "{report:?}");
}

fn is_sealed(report: &Report) {
    for what in ["sealed_requests", "sealed_answers"] {
        assert!(report.count(what) > 20, "{what}: {}", report.count(what));
    }
}

/// A pipeline a look and one for closing, and no more requests than those of closing may take and three looks: how many
/// answers a pipeline comes in is the engine's.
fn is_frugal(report: &Report) {
    assert_eq!(report.count("pipelines"), 5);
    assert!(report.count("requests") <= 14 + 3 * 10, "{report:?}");
}

fn does_it_all(stage: &Stage, exchange: Exchange, mapisweep: impl Fn(&str) -> Ran) {
    let mut store = Store::with(stage, exchange, &CLIENTS);

    let logons = mapisweep("logons");
    assert_eq!(logons.exit, 0, "{}", logons.stderr);
    assert!(logons.stdout.contains("32 of 32"), "{}", logons.stdout);

    let connections = mapisweep("connections --format json");
    assert_eq!(connections.exit, 0, "{}", connections.stderr);
    let listed: Value = serde_json::from_str(&connections.stdout).unwrap();
    let records = listed["records"].as_array().unwrap();
    let from = |address: &str| {
        let held = records
            .iter()
            .filter(|record| record["remote_address"] == address);
        held.filter(|record| record["process"] == "store.exe" && record["state"] == "established")
            .count()
    };
    for (address, count) in CLIENTS {
        assert_eq!(from(address), count, "{address}");
    }

    let plan = mapisweep("close jsmith --dry-run");
    assert_eq!(plan.exit, 0, "{}", plan.stderr);
    for (address, count) in CLIENTS {
        assert_eq!(store.open_from(address), count, "{address}");
    }

    let closed = mapisweep("close jsmith --yes");
    assert_eq!(closed.exit, 0, "{}", closed.stderr);
    for (address, count) in CLIENTS {
        let left = if count > 3 { 0 } else { count };
        assert_eq!(store.open_from(address), left, "{address}");
    }
}
