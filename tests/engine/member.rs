//! An endpoint that takes no script as one member of a run: beside it is a server of another version that does.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    Case, Made, On,
    engine::stand_ins,
    exchange::{Exchange, server},
    place::as_settings,
    server::{Ran, Server},
    stage::{DAY, Stage, is_content},
};

const CASES: [Case; 2] = [
    ("member: without language, and all is read", all_is_read),
    ("member: without language, one of two fails", one_fails),
];

/// Nothing of Windows is asked.
pub fn cases() -> impl Iterator<Item = Made> {
    let made = |(name, case): Case| (name.to_owned(), On::Linux, Box::new(case) as Box<_>);
    CASES.into_iter().map(made)
}

/// The limit counts where the sessions are, and each server tells its own.
fn all_is_read(stage: &mut Stage) {
    let ran = run(stage, "'Get-Date', 'Get-Item'");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    // without a registry, and with nothing that stands in for it there
    let said: Vec<_> = ran.stderr.lines().collect();
    assert!(
        matches!(said[..], [one] if one.starts_with("ex02: the limit cannot be read")),
        "{said:?}"
    );
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let told = |table: &str, columns: [&str; 2]| -> Vec<_> {
        let rows = json[table].as_array().unwrap().iter();
        let rows = rows.map(|row| columns.map(|column| row[column].clone()));
        rows.collect()
    };
    assert_eq!(
        json!(told("servers", ["name", "version"])),
        json!([
            ["ex01.corp.example", "Exchange 2007 SP3"],
            ["ex02.corp.example", "Exchange 2010 SP3"]
        ]),
    );
    assert_eq!(
        json!(told("records", ["server", "address"])),
        json!([["ex01", "10.1.4.23"], ["ex02", "10.1.4.77"]]),
    );
}

/// It shows no clock, and the other is read all the same.
fn one_fails(stage: &mut Stage) {
    let ran = run(stage, "'Get-Item'");
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    let why = "This endpoint of ex02 is restricted to some commands";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["records"][0]["address"], "10.1.4.23", "{json:#}");
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(1), "{json:#}");
}

/// EX01 runs scripts; EX02 shows these cmdlets and those of Exchange, and takes none.
fn run(stage: &Stage, cmdlets: &str) -> Ran {
    let first = Exchange::of_2007("EX01").holds("jsmith", "10.1.4.23", 20, DAY);
    let first = stage.server_as(&first, Stage::linux_engine);
    let state = stage.folder().join("second.json");
    let mut exchange = Exchange::of_2010("EX02").holds("jsmith", "10.1.4.77", 4, DAY);
    exchange.servers = vec![server("EX02", "ex02.corp.example", [14, 3, 123, 4])];
    fs::write(&state, serde_json::to_string(&exchange).unwrap()).unwrap();
    let mut engine = stage.linux_engine();
    engine
        .arg("-ConfigurationFile")
        .arg(session_configuration(stage.folder(), cmdlets))
        .env("COMPUTERNAME", "EX02")
        .env("MAPISWEEP_STUB_STATE", &state);
    let settings = json!({"name": "ex02", "engine": as_settings(&engine)});
    let second = Server::start(stage.python(), settings, false);
    let mut command = first.command("logons --format json");
    command
        .args(["--server", "ex02", "--connect-to"])
        .arg(format!("ex02=127.0.0.1:{}", second.port()));
    let ran = Ran::of(command.output().unwrap());
    is_content(&first.report());
    is_content(&second.report());
    ran
}

fn session_configuration(folder: &Path, cmdlets: &str) -> PathBuf {
    let file = folder.join("member.pssc");
    let modules = ["modules/SnapIns/SnapIns.psm1", "Exchange.psm1"];
    let [snap_ins, exchange] = modules.map(|module| stand_ins().join(module).display().to_string());
    let text = format!(
        "@{{
            SchemaVersion = '2.0.0.0'
            SessionType = 'RestrictedRemoteServer'
            LanguageMode = 'NoLanguage'
            ModulesToImport = '{snap_ins}', '{exchange}'
            VisibleFunctions = 'Get-PSSnapin', 'Add-PSSnapin', 'Get-ExchangeServer', 'Get-Mailbox', 'Get-LogonStatistics',
                'Get-ItemProperty', 'Set-AdServerSettings'
            VisibleCmdlets = @({cmdlets})
            VisibleProviders = 'Environment'
        }}"
    );
    fs::write(&file, text).unwrap();
    file
}
