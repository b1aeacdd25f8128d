//! `doctor` by the real script: what is missing there is named, each by its check.

use std::fs;

use serde_json::Value;

use crate::{
    Case, Made, On,
    server::Ran,
    stage::{DAY, Stage, is_content},
};

pub const CASES: &[Case] = &[("doctor: constrained language", constrained_language)];

pub fn cases() -> impl Iterator<Item = Made> {
    let denied = "throw [UnauthorizedAccessException]::new('SAID')";
    let cases: [(&str, Option<&str>, &[(&str, &str)]); 2] = [
        ("doctor: a computer that is no Windows", None, &[]),
        (
            "doctor: Get-LogonStatistics denied",
            Some(denied),
            &[("logon_statistics", "failed")],
        ),
    ];
    cases.into_iter().map(|(name, script, named)| {
        let case = move |stage: &mut Stage| {
            let exchange = stage.exchange_2007().holds("jsmith", "10.1.4.23", 3, DAY);
            let exchange = match script {
                Some(script) => exchange.peculiar("Get-LogonStatistics", "before", script),
                None => exchange,
            };
            let server = stage.server_as(&exchange, Stage::linux_engine);
            let ran = server.mapisweep("doctor --format json");
            assert_eq!(ran.exit, 1, "{}", ran.stderr);
            // the .exe does not run here, and there is no registry
            let expected = [
                ("sign_in", "ok"),
                ("shell", "ok"),
                ("powershell", "ok"),
                ("language", "ok"),
                ("snap_in", "ok"),
                ("exchange", "ok"),
                ("second_hop", "ok"),
                ("logon_statistics", "ok"),
                ("helper", "failed"),
                ("limits", "warning"),
                ("keep_alive", "warning"),
            ];
            for (check, state) in expected {
                let named = named.iter().find(|(own, _)| *own == check);
                let state = named.map_or(state, |(_, state)| state);
                assert_eq!(state_of(&ran, check), state, "{check}: {}", ran.stdout);
            }
            is_content(&server.report());
        };
        (name.to_owned(), On::Linux, Box::new(case) as Box<_>)
    })
}

/// What is asked one by one is known all the same.
fn constrained_language(stage: &mut Stage) {
    let file = stage.folder().join("session.pssc");
    let configuration =
        "@{ SchemaVersion = '2.0.0.0'; SessionType = 'Default'; LanguageMode = 'ConstrainedLanguage' }";
    fs::write(&file, configuration).unwrap();
    let exchange = stage.exchange_2007().holds("jsmith", "10.1.4.23", 1, DAY);
    let server = stage.server_as(&exchange, |stage| stage.windows_engine_of(&file));
    let ran = server.mapisweep("doctor --format json");
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    for (check, state) in [
        ("shell", "ok"),
        ("language", "failed"),
        ("snap_in", "ok"),
        ("exchange", "ok"),
        ("logon_statistics", "ok"),
        ("helper", "failed"),
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
