//! What is there for whoever has Windows parses, and Windows PowerShell 5.1 has all that it is written with. That it does
//! there what it should is not shown here.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use mapisweep_outside::{Pwsh, read, skip};
use saphyr::{LoadableYamlNode, Yaml};
use tree_sitter::{Node, Parser};

const SCRIPT: &str = "scripts/test-on-windows.ps1";
const WORKFLOW: &str = ".github/workflows/windows.yml";

/// What the grammar calls the syntax that came with PowerShell 7.
const NEWER: [&str; 5] = [
    "null_coalesce_argument_expression",
    "null_coalesce_expression",
    "pipeline_chain_tail",
    "ternary_argument_expression",
    "ternary_expression",
];

#[test]
fn the_script_parses_and_keeps_to_powershell_5() {
    let script = read(&in_repository(SCRIPT));
    assert_eq!(complaints(&script), Vec::<String>::new());
    // without a byte order mark it is read in the code page of the machine
    assert!(script.is_ascii());
}

#[test]
fn what_powershell_5_lacks_is_found() {
    for script in [
        "if ($a { }",
        "$a ? 1 : 2",
        "$a ?? 1",
        "$a ??= 1",
        "${a}?.b",
        "Get-Item a && Get-Item b",
        "Get-Item a || Get-Item b",
    ] {
        assert_ne!(complaints(script), Vec::<String>::new(), "{script}");
    }
}

#[test]
fn powershell_itself_parses_the_script() {
    let Some(Pwsh { linux: engine, .. }) = Pwsh::find() else {
        skip(
            "the script for Windows, with PowerShell's own parser",
            "no MAPISWEEP_PWSH, no ../shared/pwsh, and no pwsh on the path",
        );
        return;
    };
    const PARSE: &str = "$errors = $null; \
        [void][Management.Automation.Language.Parser]::ParseFile($env:SCRIPT, [ref]$null, [ref]$errors); \
        'errors:' + $errors.Count; $errors | Out-String";
    let mut parse = Command::new(engine);
    parse
        .args(["-NoLogo", "-NoProfile", "-NonInteractive", "-Command"])
        .arg(PARSE)
        .env("SCRIPT", in_repository(SCRIPT))
        // its ICU library is not everywhere
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    let output = parse.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), "errors:0", "{output:?}");
}

#[test]
fn the_workflow_parses_and_may_only_read() {
    let text = read(&in_repository(WORKFLOW));
    let documents = Yaml::load_from_str(&text).unwrap();
    let at = |path: &str| {
        path.split('/').fold(&documents[0], |node, key| {
            let child = match key.parse() {
                Ok(index) => node.as_sequence_get(index),
                Err(_) => node.as_mapping_get(key),
            };
            child.unwrap_or_else(|| panic!("no {key} of {path}"))
        })
    };
    assert_eq!(at("permissions/contents").as_str(), Some("read"));
    assert_eq!(at("permissions").as_mapping().unwrap().len(), 1);
    assert_eq!(at("jobs/helper/steps/1/shell").as_str(), Some("powershell"));
    let run = at("jobs/helper/steps/1/run").as_str().unwrap();
    assert!(run.contains(&SCRIPT.replace('/', r"\")));
    assert_eq!(complaints(run), Vec::<String>::new());
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn complaints(script: &str) -> Vec<String> {
    let mut parser = Parser::new();
    let language = tree_sitter_pwsh::LANGUAGE.into();
    parser.set_language(&language).expect("a grammar");
    let tree = parser.parse(script, None).expect("a tree");
    let mut found = Vec::new();
    visit(tree.root_node(), script, &mut found);
    found
}

fn visit(node: Node<'_>, script: &str, found: &mut Vec<String>) {
    let newer = NEWER.contains(&node.kind()) || matches!(node.kind(), "??=" | "?." | "?[");
    if node.is_error() || node.is_missing() || newer {
        let (kind, line) = (node.kind(), node.start_position().row + 1);
        found.push(format!(
            "line {line}: {kind}: {}",
            &script[node.byte_range()]
        ));
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        visit(child, script, found);
    }
}
