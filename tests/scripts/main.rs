//! The scripts that are sent to servers: they parse, by a PowerShell grammar nobody here wrote, and they keep to what
//! PowerShell 2.0 has, by a list that says of each thing they use since when it exists and who says so.

mod grammar;
mod list;
mod members;
mod own;
mod tree;
mod uses;

use list::{List, Script};
use mapisweep_core::batch::SCRIPT;

const SCRIPTS: [Script<'static>; 1] = [("batch.ps1", SCRIPT)];

#[test]
fn the_script_parses_and_keeps_to_powershell_2() {
    let list = List::committed();
    let unlisted = SCRIPTS.into_iter().flat_map(|script| list.unlisted(script));
    let complaints: Vec<_> = unlisted.chain(list.faults(&SCRIPTS)).collect();
    assert_eq!(complaints, Vec::<String>::new());
}

#[test]
fn what_powershell_2_lacks_is_found() {
    for (script, complaint) in [
        ("if ($a { }", "syntax that does not parse"),
        // cmdlets and parameters
        ("$a | ConvertTo-Json", "cmdlet ConvertTo-Json"),
        ("Get-FileHash $path", "cmdlet Get-FileHash"),
        ("Get-ChildItem -File", "parameter Get-ChildItem -File"),
        ("New-Item -Force", "parameter New-Item -Force"),
        (
            "Remove-Item $a -ErrorAction Ignore",
            "parameter Remove-Item -ErrorAction Ignore",
        ),
        (
            "Remove-Item $a -ErrorAction 'Ignore'",
            "parameter Remove-Item -ErrorAction Ignore",
        ),
        // operators and keywords
        ("$a -in $b", "operator -in in comparison_operator"),
        ("$a -shl 1", "operator -shl in comparison_operator"),
        (
            "-join $a",
            "operator -join in expression_with_unary_operator",
        ),
        ("$a ? 1 : 2", "operator ? in ternary_expression"),
        ("$a ?? 1", "operator ?? in null_coalesce_expression"),
        ("$a ??= 1", "operator ??= in assignment_operator"),
        (
            "Test-Path a && Test-Path b",
            "operator && in pipeline_chain_tail",
        ),
        (
            "Test-Path a 3> b",
            "operator 3> in file_redirection_operator",
        ),
        (". $a", "operator . in command_invocation_operator"),
        ("$a = switch ($b) { }", "keyword switch"),
        ("workflow a { }", "keyword workflow"),
        ("using namespace System", "keyword using"),
        // other constructs
        ("class A { }", "construct class_statement"),
        ("enum A { B }", "construct enum_statement"),
        ("$a.Where({ $_ })", "construct invocation_where_expression"),
        (
            "$a.ForEach({ $_ })",
            "construct invocation_foreach_expression",
        ),
        ("$a = 1u", "construct the number 1u"),
        (
            "$a = @\"\n$b\n\"@",
            "construct expandable_here_string_literal",
        ),
        ("#requires -version 3", "construct requires_argument"),
        // variables
        ("$PSScriptRoot", "variable $PSScriptRoot"),
        ("$PSItem", "variable $PSItem"),
        (
            "$PSDefaultParameterValues = @{ }",
            "variable $PSDefaultParameterValues",
        ),
        (
            "$InformationPreference = 'Continue'",
            "variable $InformationPreference",
        ),
        ("$using:a", "variable $using:a"),
        ("$env:b = 'c'", "variable $env:b"),
        ("$ours = 1; $other", "variable $other"),
        // types
        ("[pscustomobject]@{ A = 1 }", "type pscustomobject"),
        ("[ordered]@{ A = 1 }", "type ordered"),
        ("[IO.FileInfo]::new('a')", "type IO.FileInfo"),
        ("param([Net.Http.HttpClient]$a)", "type Net.Http.HttpClient"),
        ("New-Object Net.Http.HttpClient", "type Net.Http.HttpClient"),
        // members
        ("[DateTime]::new(1)", "member [DateTime]::new(1)"),
        (
            "[string]::IsNullOrWhiteSpace('')",
            "member [string]::IsNullOrWhiteSpace(1)",
        ),
        ("[IO.File]::Open('a', 'Open')", "member [IO.File]::Open(2)"),
        ("$_.Exception.HResult", "member $_.Exception.HResult"),
        (
            "$read.AsyncWaitHandle.WaitOne(9)",
            "member $read.AsyncWaitHandle.WaitOne(1)",
        ),
        ("$other.Kill()", "member $other.Kill(0)"),
        (
            "$a = New-Object IO.MemoryStream; $a.CopyTo($b)",
            "member IO.MemoryStream.CopyTo(1)",
        ),
        (
            "New-Object IO.MemoryStream 9",
            "member New-Object IO.MemoryStream(1)",
        ),
        ("param([string[]]$a) $a.Count", "member string[].Count"),
        ("$a = @{ B = 1 }; $a.B; $a.Count", "member $a.Count"),
        ("$a.$b", "member $a.$b"),
    ] {
        let found = List::committed().unlisted(("planted", script));
        let complaint = format!("planted:1: not on the list: {complaint}");
        assert!(found.contains(&complaint), "{script}: {found:?}");
    }
}

#[test]
fn what_powershell_2_has_is_not_found() {
    for script in [
        "GET-childITEM -literalPATH $NULL",
        "IF ($True) { THROW 'a' } ",
        "$a = [IO.file]::open('a', 'Open', 'Read', 'Read')",
        "function Get-A($b) { $B }; get-a -B 1",
        "$a = @{ B = 1 }; $A.b",
        "$a, $b = 1, 2; $a; $b",
    ] {
        let found = List::committed().unlisted(("planted", script));
        assert_eq!(found, Vec::<String>::new(), "{script}");
    }
}

#[test]
fn a_list_that_says_too_little_or_too_much_is_found() {
    for (line, fault) in [
        (
            "cmdlet  Get-Date  -  PowerShell 2.0  here",
            "no script uses cmdlet Get-Date",
        ),
        (
            "cmdlet  Test-Path  -  PowerShell 2.0",
            "other than five columns",
        ),
        (
            "cmdlet  Test-Path  -  PowerShell 3.0  here",
            "too new: PowerShell 3.0",
        ),
        (
            "cmdlet  Test-Path  -  PowerShell 2.0  there",
            "no such source: there",
        ),
        ("alias  gci  -  PowerShell 2.0  here", "no such kind: alias"),
        (
            "keyword  try  -  PowerShell 2.0  here\nkeyword  TRY  -  PowerShell 2.0  here",
            "listed twice: keyword TRY",
        ),
    ] {
        let text = format!("source  here  https://example.com/\n{line}");
        let faults = List::read(&text).faults(&[("planted", "try { } finally { }")]);
        assert!(
            faults.iter().any(|found| found.ends_with(fault)),
            "{line}: {faults:?}"
        );
    }
}
