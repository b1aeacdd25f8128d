//! Asking one function of the script, in an engine of its own.

use std::{fs, process::Command};

use mapisweep_core::batch::{Batch, Number, Question, Reader, Row, SCRIPT};

use crate::stage::Stage;

/// What it answers to a question that is given these parameters instead of its own; or why not.
pub fn asked(stage: &Stage, question: Question, parameters: &str) -> Result<Vec<Row>, String> {
    let script = stage.folder().join("batch.ps1");
    fs::write(&script, SCRIPT).unwrap();
    let columns: Vec<_> = question
        .columns
        .iter()
        .map(|column| format!("'{column}'"))
        .collect();
    let asking = format!(
        "$script = [scriptblock]::Create([IO.File]::ReadAllText('{}'))\n\
         $one = @{{ Cmdlet = '{}'; Parameters = {parameters}; Here = @(); Columns = {}; Needs = @(); Unless = @() }}\n\
         & $script -Requests @($one) -Computer $env:COMPUTERNAME | ForEach-Object {{ $_ }}",
        script.display(),
        question.cmdlet,
        columns.join(", ")
    );
    let mut engine = Command::new(stage.pwsh());
    engine
        .args(["-NoLogo", "-NoProfile", "-Command", &asking])
        .env("COMPUTERNAME", "EX01")
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .env("ExchangeInstallPath", stage.folder());
    let output = engine.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let batch = Batch::of(question);
    let mut reader = Reader::new(&batch);
    for line in said.lines() {
        reader.take(line.into()).unwrap();
    }
    let answer = reader.whole(Number::FIRST).expect("it came to its end");
    match &answer.failure {
        Some(failure) => Err(failure.message.clone()),
        None => Ok(answer.rows.clone()),
    }
}
