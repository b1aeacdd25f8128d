//! The conversations in `conversations/` are still what the engine says; with `MAPISWEEP_RECORD` set they are written
//! anew. `tests/conversations` holds the lab and the program's readers against them.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use mapisweep_wine::System;
use mapisweep_winrm::psrp::{clixml::to_xml, pipeline};
use serde_json::{Value, json};

use crate::{
    Case,
    asked::{Asked, LOGONS, MAILBOXES, SERVER, VERSIONS, argument_value, asked},
    exchange::{Exchange, Logon},
    place::as_settings,
    stage::Stage,
};

pub const CASES: &[Case] = &[("conversations: as recorded", as_recorded)];

fn as_recorded(stage: &mut Stage) {
    for version in VERSIONS {
        let said = record(stage, version);
        let file = folder().join(format!("{version}.jsonl"));
        if env::var_os("MAPISWEEP_RECORD").is_some() {
            fs::write(&file, &said).unwrap();
        }
        let recorded = fs::read_to_string(&file).unwrap();
        let differing = said.lines().zip(recorded.lines()).find(|(a, b)| a != b);
        assert_eq!(differing, None, "{version}");
        assert_eq!(said.lines().count(), recorded.lines().count());
    }
}

fn record(stage: &Stage, version: &'static str) -> String {
    let mut engine = stage.windows_engine(System::Closing);
    // local times must not depend on where this is
    engine.env("TZ", "UTC");
    let job = json!({
        "engine": as_settings(&engine),
        "state": stage.state(),
        "computer": [stage.place().computer_name(), SERVER],
        "pipelines": asked(version)
            .iter()
            .map(|asked| pipeline(asked, organization(version)))
            .collect::<Vec<_>>(),
    });
    let mut python = Command::new(stage.python())
        .arg(folder().join("record.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    input.write_all(job.to_string().as_bytes()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/conversations")
}

fn pipeline(asked: &Asked, mut exchange: Exchange) -> Value {
    if let Some([cmdlet, moment, script]) = asked.peculiarity {
        exchange = exchange.peculiar(cmdlet, moment, script);
    }
    let commands = asked.pipeline.commands().into_iter().map(command);
    json!({
        "name": asked.name,
        "asked": asked.summary(),
        "state": exchange,
        "commands": commands.collect::<Vec<_>>(),
        "stopped": asked.is_stopped,
    })
}

fn command(command: &pipeline::Command) -> Value {
    let arguments = command.arguments.iter();
    let arguments =
        arguments.map(|argument| json!([argument.name, to_xml(argument_value(&argument.value))]));
    json!({
        "text": command.text,
        "is_script": command.is_script,
        "arguments": arguments.collect::<Vec<_>>(),
    })
}

/// As the lab of `tests/conversations` has it.
fn organization(version: &str) -> Exchange {
    let (mut exchange, roles) = match version {
        "2007" => (Exchange::of_2007(SERVER), "Mailbox"),
        _ => (Exchange::of_2010(SERVER), "Mailbox, ClientAccess"),
    };
    exchange.servers[0]["roles"] = json!(roles);
    let mailboxes = MAILBOXES
        .map(|(account, name)| json!({"account": account, "name": name, "dn": dn(account)}));
    exchange.mailboxes = mailboxes.into();
    exchange.dags = vec![json!({"name": "DAG1", "servers": [SERVER]})];
    exchange.logons = LOGONS
        .iter()
        .zip(1..)
        .map(|((owner, address, client), number)| logon(*owner, address, client, number))
        .collect();
    let times = "$row.LogonTime = [datetime]::SpecifyKind('2026-03-01T08:05:00.1234567', 'Local')
        $row.LastAccessTime = [datetime]::SpecifyKind('2026-03-02T08:05:00', 'Local')";
    exchange.peculiar("Get-LogonStatistics", "row", times)
}

fn logon(owner: usize, address: &str, client: &str, number: u32) -> Logon {
    let (account, name) = MAILBOXES[owner];
    Logon {
        account: account.to_owned(),
        name: name.to_owned(),
        dn: dn(account),
        address: address.to_owned(),
        client: client.to_owned(),
        mode: "Cached",
        // the times are written over
        began: 0,
        used: 0,
        session: format!("{number:08x}"),
    }
}

fn dn(account: &str) -> String {
    format!("/o=Example/ou=First Administrative Group/cn=Recipients/cn={account}")
}
