//! The script that is sent to servers: it parses, by a PowerShell grammar nobody here wrote, and it keeps to what
//! PowerShell 2.0 has, by lists of what it may use.

use mapisweep_core::helper_run::request::SCRIPT;
use tree_sitter::{Node, Parser};

/// Cmdlets of PowerShell 2.0, and the script's own function.
const COMMANDS: [&str; 9] = [
    "Add-Type",
    "Get-ChildItem",
    "Get-Sha256",
    "Join-Path",
    "New-Item",
    "New-Object",
    "Remove-Item",
    "Start-Sleep",
    "Test-Path",
];

const PARAMETERS: [&str; 8] = [
    "-AssemblyName",
    "-ErrorAction",
    "-Force",
    "-ItemType",
    "-LiteralPath",
    "-Milliseconds",
    "-Path",
    "-Property",
];

const OPERATORS: [&str; 6] = ["-gt", "-is", "-join", "-lt", "-ne", "="];

/// Types of .NET 2.0 that are named in brackets.
const TYPES: [&str; 12] = [
    "BitConverter",
    "ComponentModel.Win32Exception",
    "DateTime",
    "Diagnostics.Process",
    "IO.File",
    "Text.Encoding",
    "byte",
    "byte[]",
    "int",
    "string",
    "string[]",
    "void",
];

#[test]
fn the_script_parses_and_keeps_to_powershell_2() {
    assert_eq!(complaints(SCRIPT), Vec::<String>::new());
}

#[test]
fn what_powershell_2_lacks_is_found() {
    for (script, complaint) in [
        ("if ($a { }", "does not parse"),
        ("$a | ConvertTo-Json", "command ConvertTo-Json"),
        ("Get-FileHash $path", "command Get-FileHash"),
        ("Get-ChildItem -File", "parameter -File"),
        ("[pscustomobject]@{ A = 1 }", "type pscustomobject"),
        ("[ordered]@{ A = 1 }", "type ordered"),
        ("$a -in $b", "operator -in"),
        ("$a -shl 1", "operator -shl"),
        ("[IO.FileInfo]::new('a')", "type IO.FileInfo"),
        ("[DateTime]::new(1)", "member new"),
        ("$a.Where({ $_ })", "invocation_where_expression"),
        ("$PSScriptRoot", "variable $PSScriptRoot"),
        ("class A { }", "class_statement"),
        ("enum A { B }", "enum_statement"),
    ] {
        let found = complaints(script);
        assert!(
            found.iter().any(|found| found.contains(complaint)),
            "{script}: {found:?}"
        );
    }
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
    let text = &script[node.byte_range()];
    let line = node.start_position().row + 1;
    let mut allow = |allowed: bool, what: &str| {
        if !allowed {
            found.push(format!("line {line}: {what}"));
        }
    };
    if node.is_error() || node.is_missing() {
        allow(false, "does not parse");
    }
    match node.kind() {
        "command_name" => allow(COMMANDS.contains(&text), &format!("command {text}")),
        "command_parameter" => allow(PARAMETERS.contains(&text), &format!("parameter {text}")),
        "comparison_operator" | "assignment_operator" => {
            allow(OPERATORS.contains(&text), &format!("operator {text}"));
        }
        "type_spec" => allow(TYPES.contains(&text), &format!("type {text}")),
        "member_name" => allow(!text.eq_ignore_ascii_case("new"), &format!("member {text}")),
        "variable" => {
            let newer = ["$PSScriptRoot", "$PSCommandPath", "$PSItem"].contains(&text);
            allow(!newer, &format!("variable {text}"));
        }
        kind @ ("class_statement"
        | "enum_statement"
        | "using_statement"
        | "invocation_where_expression"
        | "invocation_foreach_expression") => allow(false, kind),
        _ => {}
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        visit(child, script, found);
    }
}
