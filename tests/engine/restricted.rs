//! Endpoints that show a few commands and take no script, as Exchange's own does.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use jiff::Timestamp;
use mapisweep_outside::Kdc;
use serde_json::{Value, json};

use crate::{
    Case,
    engine::stand_ins,
    exchange::Exchange,
    place::{as_settings, on_z},
    server::{PASSWORD, Ran, Server},
    stage::{DAY, Stage, is_content},
};

pub const CASES: &[Case] = &[
    ("restricted: logons without a script", logons),
    ("restricted: the same is read both ways", both_ways),
    ("restricted: a DAG's members without columns", a_dag),
    (
        "restricted: closing is refused before anything has run",
        closing,
    ),
    (
        "restricted: what the endpoint does not show is named",
        what_is_not_shown,
    ),
    (
        "restricted: Exchange's own endpoint, by Kerberos and alone",
        own_endpoint,
    ),
    (
        "restricted: what it takes and what it refuses",
        what_it_takes,
    ),
];

/// What mapisweep reads with, besides Exchange's cmdlets.
pub const OF_WINDOWS: &str = "'Get-Date', 'Get-Item', 'Get-ItemProperty'";

fn logons(stage: &mut Stage) {
    let ran = on_endpoint(stage, OF_WINDOWS, locked_out(stage), "logons");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("32 of 32"), "{}", ran.stdout);
}

/// One state, asked in a batch by the script and question by question: values come in other shapes there.
fn both_ways(stage: &mut Stage) {
    let computer = stage.place().computer_name();
    let of_2010 = Exchange::of_2010(&computer);
    for exchange in [locked_out(stage), of_2010] {
        let exchange = exchange.holds("jsmith", "10.1.4.23", 3, DAY);
        let exchange = exchange.holds("o~brien|x", "2001:db8::7", 2, DAY / 2);
        let mut exchange = exchange.holds("bob", "0.0.0.0", 1, DAY / 100);
        exchange.logons[0].client = "A|B ~p_x000D_ \u{e9}".to_owned();
        exchange.logons[1].client.clear();
        let server = stage.server(&exchange);
        let line = "logons --format json";
        let by_script = server.mapisweep(line);
        is_content(&server.report());
        let alone = on_endpoint(stage, OF_WINDOWS, exchange, line);
        let [by_script, alone] = [by_script, alone].map(|ran| {
            assert_eq!(ran.exit, 0, "{}", ran.stderr);
            serde_json::from_str::<Value>(&ran.stdout).unwrap()
        });
        assert!(is_same(&by_script, &alone), "{by_script:#}\n{alone:#}");
        assert!(by_script.to_string().contains("A|B ~p_x000D_"));
    }
}

/// Whether two results are the same but for the minutes that lie between the two runs.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let mut fields = one.iter();
            let is_in_other = |(name, value): (&String, _)| {
                other.get(name).is_some_and(|own| is_same(value, own))
            };
            one.len() == other.len() && fields.all(is_in_other)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::String(one), Value::String(other)) => {
            let time = |text: &str| text.parse::<Timestamp>();
            match (time(one), time(other)) {
                (Ok(one), Ok(other)) => one.duration_since(other).abs().as_mins() < 10,
                _ => one == other,
            }
        }
        _ => one == other,
    }
}

fn a_dag(stage: &mut Stage) {
    let computer = stage.place().computer_name();
    let mut exchange = Exchange::of_2010(&computer).holds("jsmith", "10.1.4.23", 64, DAY);
    exchange
        .dags
        .push(json!({"name": "dag01", "servers": [computer]}));
    let ran = on_endpoint(stage, OF_WINDOWS, exchange, "logons --dag dag01");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("32 of 32"), "{}", ran.stdout);
}

fn closing(stage: &mut Stage) {
    let ran = on_endpoint(stage, OF_WINDOWS, locked_out(stage), "close jsmith --yes");
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("so nothing was done"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
}

fn what_is_not_shown(stage: &mut Stage) {
    let ran = on_endpoint(stage, "", locked_out(stage), "logons");
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    let why = r"there is no Get-Item for CORP\ann there. This endpoint of ex01 is restricted to some commands";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
}

/// The endpoint as Exchange's own: its path, its configuration, its boundary, `Kerberos` alone; and no plain one beside it.
fn own_endpoint(stage: &mut Stage) {
    const HOST: &str = "ex01.corp.example";
    let realm = Kdc::builder().person("ann", PASSWORD);
    let Some(kdc) = realm.service(&format!("HTTP/{HOST}")).start() else {
        return;
    };
    let computer = stage.place().computer_name();
    let exchange = Exchange::of_2010(&computer).holds("jsmith", "10.1.4.23", 64, DAY);
    // it has nothing of Windows' own, the clock least of all
    let session = session_configuration(stage, "");
    let settings = json!({
        "name": HOST,
        "path": "/PowerShell/",
        "resource": "http://schemas.microsoft.com/powershell/Microsoft.Exchange",
        "boundary": "-- Encrypted Boundary",
        "acceptor": "none",
        "schemes": ["Kerberos"],
        // there is no service that anybody is to be passed on to
        "kerberos": {"krb5_conf": kdc.krb5_conf(), "keytab": kdc.keytab()},
        "engine": as_settings(&stage.windows_engine_of(&session)),
    });
    stage.tell(&exchange);
    let server = Server::start(stage.python(), settings, false);
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mapisweep"));
    command
        .args(["logons", "--format", "json", "--exchange-endpoint", "own"])
        .args(["--server", HOST, "--connect-to"])
        .arg(format!("{HOST}:80=127.0.0.1:{}", server.port()))
        .args(["--connect-to", &format!("{HOST}=127.0.0.1:1")])
        .env_clear()
        .env("HOME", home.path())
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("KRB5_CONFIG", kdc.krb5_conf())
        .env("KRB5CCNAME", "FILE:/nonexistent/tickets")
        .env("MAPISWEEP_USER", "ann@CORP.EXAMPLE")
        .env("MAPISWEEP_PASSWORD", PASSWORD);
    let ran = Ran::of(command.output().unwrap());
    // what only the plain endpoint tells is missing
    assert_eq!(ran.exit, 5, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let server_told = &document["servers"][0];
    assert!(server_told["taken_at"].is_null(), "{document:#}");
    assert_eq!(server_told["version"], "Exchange 2010 SP3", "{document:#}");
    let logons = &document["records"][0];
    assert_eq!(logons["sessions"], 32, "{document:#}");
    assert!(logons["limit"].is_null() && logons["limit_unknown"] == true);
    assert!(logons["last_used"].is_string(), "{document:#}");
    let report = server.report();
    assert_eq!(report.count("delegations"), 0);
    is_content(&report);
}

/// Asked by psrpcore, whose every detail can be chosen.
fn what_it_takes(stage: &mut Stage) {
    let session = session_configuration(stage, "");
    let state = locked_out(stage);
    stage.tell(&state);
    let engine = stage.windows_engine_of(&session);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/restricted.py");
    let mut ask = Command::new(stage.python());
    ask.arg(script).arg(as_settings(&engine).to_string());
    let said = ask.output().unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    for (question, answer) in [
        ("a command", json!(1)),
        (
            "a script that is one command's name",
            json!("ScriptsNotAllowed"),
        ),
        ("a script", json!("ScriptsNotAllowed")),
        ("a switch without a value", json!(0)),
        ("a switch that is true", json!(1)),
        ("Select-Object", json!(1)),
        (
            "Select-Object of columns",
            json!("ParameterArgumentValidationError"),
        ),
        ("Get-Date", json!("CommandNotFoundException")),
        ("Remove-Item", json!("CommandNotFoundException")),
    ] {
        assert_eq!(said[question], answer, "{question}: {said}");
    }
}

fn locked_out(stage: &Stage) -> Exchange {
    stage.exchange_2007().holds("jsmith", "10.1.4.23", 32, DAY)
}

fn on_endpoint(stage: &Stage, cmdlets: &str, exchange: Exchange, line: &str) -> Ran {
    let session = session_configuration(stage, cmdlets);
    let server = stage.server_as(&exchange, |stage| stage.windows_engine_of(&session));
    let ran = server.mapisweep(line);
    is_content(&server.report());
    ran
}

/// What an administrator would register for it.
pub fn session_configuration(stage: &Stage, cmdlets: &str) -> PathBuf {
    let file = stage.folder().join("restricted.pssc");
    let [snap_ins, exchange] =
        ["modules/SnapIns/SnapIns.psm1", "Exchange.psm1"].map(|module| stand_ins().join(module));
    let (snap_ins, exchange) = (on_z(&snap_ins), on_z(&exchange));
    let text = format!(
        "@{{
            SchemaVersion = '2.0.0.0'
            SessionType = 'RestrictedRemoteServer'
            LanguageMode = 'NoLanguage'
            ModulesToImport = '{snap_ins}', '{exchange}'
            VisibleFunctions = 'Get-PSSnapin', 'Add-PSSnapin', 'Get-ExchangeServer', 'Get-Mailbox', 'Get-LogonStatistics',
                'Get-DatabaseAvailabilityGroup', 'Set-AdServerSettings'
            VisibleCmdlets = @({cmdlets})
            VisibleProviders = 'Environment', 'Registry'
        }}"
    );
    fs::write(&file, text).unwrap();
    file
}
