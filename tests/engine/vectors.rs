//! The vectors that `crates/winrm/tests/engine_vectors` judges the decoder by are still what the engine says. A case is
//! a kind of thing; one engine serialises all of them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::{Made, On, stage::Stage};

pub fn cases() -> impl Iterator<Item = Made> {
    let kinds: BTreeSet<_> = recorded().lines().map(kind).collect();
    kinds.into_iter().map(|kind| {
        let name = format!("vectors: {kind}");
        let case = move |stage: &mut Stage| is_as_recorded(stage, &kind);
        (name, On::Linux, Box::new(case) as Box<_>)
    })
}

fn is_as_recorded(stage: &Stage, wanted: &str) {
    let of_kind = |text: &str| {
        let lines = text.lines().filter(|line| kind(line) == wanted);
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of_kind(said(stage)), of_kind(&recorded()));
}

/// What `{"name": "date: now", …` is about.
fn kind(line: &str) -> String {
    let name = line.split('"').nth(3).expect("a name");
    name.split(':').next().unwrap_or(name).to_owned()
}

fn recorded() -> String {
    let file = in_repository("crates/winrm/tests/engine_vectors/vectors.jsonl");
    std::fs::read_to_string(file).unwrap()
}

fn said(stage: &Stage) -> &'static str {
    static SAID: OnceLock<String> = OnceLock::new();
    SAID.get_or_init(|| {
        let mut record = Command::new(stage.python());
        record
            .arg(in_repository("tests/engine/vectors/record.py"))
            .arg(stage.pwsh())
            .arg(in_repository("tests/engine/vectors/expressions.ps1"));
        let output = record.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    })
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
