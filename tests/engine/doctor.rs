//! `doctor` by the real script: what is missing there is named, each by its check.

use serde_json::Value;

use crate::{
    Case, Made, On,
    exchange::Exchange,
    restricted::{OF_WINDOWS, session_configuration},
    server::Ran,
    stage::{DAY, Stage, is_content},
};

pub const CASES: &[Case] = &[("doctor: no scripts", no_language)];

/// Without the helper nothing of Windows is needed.
pub fn cases() -> impl Iterator<Item = Made> {
    let denied = "throw [UnauthorizedAccessException]::new('SAID')";
    let cases = [
        ("doctor: a computer without a registry", None, "ok", 0),
        (
            "doctor: Get-LogonStatistics denied",
            Some(denied),
            "failed",
            1,
        ),
    ];
    cases.into_iter().map(|(name, script, logons, exit)| {
        let case = move |stage: &mut Stage| {
            let exchange = Exchange::of_2007("EX01").holds("jsmith", "10.1.4.23", 3, DAY);
            let exchange = match script {
                Some(script) => exchange.peculiar("Get-LogonStatistics", "before", script),
                None => exchange,
            };
            let server = stage.server_as(&exchange, Stage::linux_engine);
            let ran = server.mapisweep("doctor --no-helper --format json");
            assert_eq!(ran.exit, exit, "{}{}", ran.stdout, ran.stderr);
            for (check, state) in [
                ("sign_in", "ok"),
                ("shell", "ok"),
                ("powershell", "ok"),
                ("winrm", "ok"),
                ("language", "ok"),
                ("snap_in", "ok"),
                ("exchange", "ok"),
                ("second_hop", "ok"),
                ("logon_statistics", logons),
                ("limits", "warning"),
                ("keep_alive", "warning"),
            ] {
                assert_eq!(state_of(&ran, check), state, "{check}: {}", ran.stdout);
            }
            is_content(&server.report());
        };
        (name.to_owned(), On::Linux, Box::new(case) as Box<_>)
    })
}

/// What is asked one by one is known all the same.
fn no_language(stage: &mut Stage) {
    let session = session_configuration(stage, OF_WINDOWS);
    let exchange = stage.exchange_2007().holds("jsmith", "10.1.4.23", 1, DAY);
    let server = stage.server_as(&exchange, |stage| stage.windows_engine_of(&session));
    let ran = server.mapisweep("doctor --format json");
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    for (check, state) in [
        ("shell", "ok"),
        ("language", "failed"),
        ("snap_in", "ok"),
        ("exchange", "ok"),
        ("second_hop", "ok"),
        ("logon_statistics", "ok"),
        ("helper", "failed"),
        ("limits", "ok"),
        ("keep_alive", "warning"),
    ] {
        assert_eq!(state_of(&ran, check), state, "{check}: {}", ran.stdout);
    }
    stage.is_clean(&server.report());
}

fn state_of(ran: &Ran, check: &str) -> String {
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let records = document["records"].as_array().unwrap();
    let is_it = |record: &&Value| record["check"] == check;
    let record = records.iter().find(is_it).unwrap();
    record["state"].as_str().unwrap().to_owned()
}
