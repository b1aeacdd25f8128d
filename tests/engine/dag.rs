//! `mapisweep dag`: DAGs, databases and arrays as the engine writes them.

use serde_json::{Value, json};

use crate::{
    Case, Made, On,
    exchange::{Exchange, server},
    server::Ran,
    stage::{Stage, is_content},
};

const CASES: [Case; 4] = [
    ("dag: members, databases and arrays", all_of_it),
    ("dag: a database that cannot be asked", one_that_fails),
    ("dag: no right to a cmdlet", no_right),
    ("dag: how it stands takes too long", too_slow),
];

/// Nothing of Windows is asked.
pub fn cases() -> impl Iterator<Item = Made> {
    let made = |(name, case): Case| (name.to_owned(), On::Linux, Box::new(case) as Box<_>);
    CASES.into_iter().map(made)
}

/// EX01 and EX02 in a DAG, with an array before them; DB2 is mounted nowhere.
fn organization() -> Exchange {
    let mut exchange = Exchange::of_2010("EX01");
    exchange
        .servers
        .push(server("EX02", "ex02.corp.example", [14, 3, 123, 4]));
    exchange
        .dags
        .push(json!({"name": "DAG1", "servers": ["EX01", "EX02"]}));
    exchange.databases = vec![
        json!({"name": "DB1|x", "servers": ["EX01", "EX02"], "on": "ex02.corp.example"}),
        json!({"name": "DB2", "servers": ["EX02"], "on": null}),
    ];
    exchange.arrays.push(
        json!({"name": "CAS Array", "fqdn": "outlook.corp.example", "members": ["EX01", "EX02"]}),
    );
    exchange
}

const LINE: &str = "dag DAG1 --format json";

fn dag(stage: &Stage, exchange: &Exchange) -> Ran {
    run(stage, exchange, LINE)
}

fn run(stage: &Stage, exchange: &Exchange, line: &str) -> Ran {
    let server = stage.server_as(exchange, Stage::linux_engine);
    let ran = server.mapisweep(line);
    is_content(&server.report());
    ran
}

fn all_of_it(stage: &mut Stage) {
    let ran = dag(stage, &organization());
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let records = json["records"].as_array().unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            ["kind", "name", "servers", "mounted", "mounted_on"]
                .map(|column| record[column].clone())
        })
        .collect();
    let both = json!(["EX01", "EX02"]);
    assert_eq!(
        json!(told),
        json!([
            ["dag", "DAG1", both, null, null],
            ["server", "ex01.corp.example", null, null, null],
            ["server", "ex02.corp.example", null, null, null],
            ["database", "DB1|x", both, true, "ex02.corp.example"],
            ["database", "DB2", ["EX02"], false, null],
            ["array", "CAS Array", both, null, null],
        ])
    );
    assert_eq!(records[0]["primary_active_manager"], "EX01");
    assert_eq!(records[2]["operational"], true);
    assert_eq!(records[5]["site"], "Berlin");
}

fn one_that_fails(stage: &mut Stage) {
    let fails = "if ($Status -and $Identity -eq 'DB2') { throw 'nobody answers' }";
    let exchange = organization().peculiar("Get-MailboxDatabase", "before", fails);
    let ran = dag(stage, &exchange);
    assert_eq!(ran.exit, 5, "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let gaps = json["servers"][0]["gaps"].to_string();
    assert!(
        gaps.contains("DB2 could not be read") && gaps.contains("nobody answers"),
        "{gaps}"
    );
    assert_eq!(json["records"][3]["mounted"], true);
    assert_eq!(json["records"][4]["mounted"], Value::Null);
}

fn no_right(stage: &mut Stage) {
    let fails = "throw [Management.Automation.CommandNotFoundException]::new('not for you')";
    let exchange = organization().peculiar("Get-ClientAccessArray", "before", fails);
    let ran = dag(stage, &exchange);
    assert_eq!(ran.exit, 5, "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let gaps = json["servers"][0]["gaps"].to_string();
    assert!(
        gaps.contains("Get-ClientAccessArray") && gaps.contains("not for you"),
        "{gaps}"
    );
}

/// What is quick is known by then.
fn too_slow(stage: &mut Stage) {
    let hangs = "if ($Status) { Start-Sleep 60 }";
    let exchange = organization().peculiar("Get-DatabaseAvailabilityGroup", "before", hangs);
    let ran = run(stage, &exchange, &format!("{LINE} --step-timeout 8s"));
    assert_eq!(ran.exit, 5, "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let gaps = json["servers"][0]["gaps"].to_string();
    assert!(gaps.contains("was not done within 8s"), "{gaps}");
    assert_eq!(json["records"][3]["servers"], json!(["EX01", "EX02"]));
    assert_eq!(json["records"][3]["mounted"], Value::Null);
}
