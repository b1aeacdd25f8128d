# What there is on this server, a JSON file that a test writes, and how its cmdlets misbehave today.
Set-StrictMode -Version Latest

function Read-State {
    Get-Content -Raw -LiteralPath $env:MAPISWEEP_STUB_STATE | ConvertFrom-Json -DateKind String
}

# A piece of script that a test wants run in a cmdlet, `before` it begins, `after` its last object, or at each `row`.
function Peculiarity([string]$Cmdlet, [string]$Moment) {
    $all = (Read-State).peculiar.PSObject.Properties[$Cmdlet]
    $text = if ($all) { $all.Value.PSObject.Properties[$Moment]?.Value }
    [scriptblock]::Create("$text")
}

$version = (Read-State).exchange
Add-Type -LiteralPath (Join-Path $env:MAPISWEEP_STUB_TYPES "Exchange$version.dll")
