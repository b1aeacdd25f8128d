//! The main job, with nothing of ours in the server's place but the data of Exchange's cmdlets.

use serde_json::Value;

use crate::{
    Case,
    exchange::Exchange,
    stage::{DAY, Stage},
    store::Store,
};

pub const CASES: &[Case] = &[("the whole job, as an admin does it", the_whole_job)];

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
    let mut store = Store::with(stage, exchange, &CLIENTS);

    let logons = server.mapisweep("logons");
    assert_eq!(logons.exit, 0, "{}", logons.stderr);
    assert!(logons.stdout.contains("32 of 32"), "{}", logons.stdout);

    let connections = server.mapisweep("connections --format json");
    assert_eq!(connections.exit, 0, "{}", connections.stderr);
    let listed: Value = serde_json::from_str(&connections.stdout).unwrap();
    let records = listed["records"].as_array().unwrap();
    let from = |address: &str| {
        let held = records
            .iter()
            .filter(|record| record["remote"].as_str().unwrap().starts_with(address));
        held.filter(|record| record["process"] == "store.exe" && record["state"] == "established")
            .count()
    };
    for (address, count) in CLIENTS {
        assert_eq!(from(&format!("{address}:")), count, "{address}");
    }

    let plan = server.mapisweep("close jsmith --dry-run");
    assert_eq!(plan.exit, 0, "{}", plan.stderr);
    for (address, count) in CLIENTS {
        assert_eq!(store.open_from(address), count, "{address}");
    }

    let closed = server.mapisweep("close jsmith --yes");
    assert_eq!(closed.exit, 0, "{}", closed.stderr);
    for (address, count) in CLIENTS {
        let left = if count > 3 { 0 } else { count };
        assert_eq!(store.open_from(address), left, "{address}");
    }
    let report = server.report();
    stage.is_clean(&report);
    for what in ["sealed_requests", "sealed_answers", "pipelines"] {
        assert!(report.count(what) > 20, "{what}: {}", report.count(what));
    }
}
