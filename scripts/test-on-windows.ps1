# What Windows itself makes of the helper and of the script that runs it. Prints rows for the table in README.md of what
# mapisweep has been run against, and ends with 1 if anything was not as it should be.
#
#   powershell.exe -ExecutionPolicy Bypass -File scripts\test-on-windows.ps1
#
# Most of it needs an elevated PowerShell. Not on a mail server: for some seconds %ProgramFiles%\mapisweep is there and
# the loopback interface has two more addresses. If Windows asks whether powershell.exe may listen: it need not.
#requires -Version 5.1
#requires -PSEdition Desktop
$ErrorActionPreference = 'Stop'

$root = Split-Path $PSScriptRoot
$exe = Join-Path $root 'helper\dist\mapisweep-helper.exe'
$manifest = Get-Content (Join-Path $root 'helper\dist\manifest.json') -Raw | ConvertFrom-Json
$batch = [scriptblock]::Create((Get-Content (Join-Path $root 'crates\core\src\batch\batch.ps1') -Raw))
$user = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
$elevated = $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
$system = Get-CimInstance Win32_OperatingSystem
$where = "$($system.Caption.Trim()) $($system.Version), $(if ($elevated) { 'elevated' } else { 'not elevated' })"
$rows = @('| what | seen | where |', '| --- | --- | --- |')
$failed = $false

# An obstacle says why something cannot be seen here, which is neither a success nor a failure.
function Step($what, $obstacle, $do) {
    $seen = "not seen: $obstacle"
    if (-not $obstacle) {
        try { $seen = & $do }
        catch {
            $seen = "FAILED: $($_.Exception.Message)"
            $script:failed = $true
        }
    }
    $script:rows += "| $what | $(("$seen" -replace '\s+', ' ').Replace('|', '\|').Trim()) | $where |"
}

# A background job is powershell.exe -s: another process, to and from which values travel as they do over WinRM.
function Invoke-Engine($block, $arguments, $engine) {
    $job = Start-Job -ScriptBlock $block -ArgumentList $arguments @engine
    try {
        if (-not (Wait-Job $job -Timeout 120)) { throw 'PowerShell did not finish in two minutes' }
        Receive-Job $job
    }
    finally { Remove-Job $job -Force }
}

# A field of a line, whose form is in crates\core\src\batch\line.rs. Those of the helper's result have no line ends.
function Read-Field($field) {
    $meant = @{ 'p' = '|'; '~' = '~'; ',' = "`n" }
    $text = [regex]::Replace($field, '~(.)', { param($match) $meant[$match.Groups[1].Value] })
    $items = $text.TrimStart('*').Split("`n") | ForEach-Object { if ($_.StartsWith('=')) { $_.Substring(1) } }
    if ($field.StartsWith('*')) { , @($items) } else { $items }
}

# Runs the helper as mapisweep does, and gives what it said.
function Invoke-Helper($arguments, $text, $exitCode, $engine = @{}) {
    $columns = 'Path', 'Step', 'Failure', 'FailureCode', 'ExitCode', 'Output', 'Removed'
    $request = @{
        Cmdlet = 'Invoke-MapisweepHelper'; Here = @(); Columns = $columns; Needs = @(); Unless = @()
        Parameters = @{ Bytes = [IO.File]::ReadAllBytes($exe); Sha256 = $manifest.sha256; Arguments = $arguments
            InputText = $text; TimeoutSeconds = 60; WaitSeconds = 15 }
    }
    # lists of lines, whose lists are opened here
    $said = @(Invoke-Engine $batch @(, @($request)) $engine | ForEach-Object { $_ } | ForEach-Object { $_ })
    if ($said.Count -ne 3 -or $said[2] -ne '0|.|1') { throw "the script said: $said" }
    $fields = $said[1].Split('|')
    $answer = @{}
    for ($at = 0; $at -lt $columns.Count; $at++) { $answer[$columns[$at]] = Read-Field $fields[$at + 2] }
    if ($answer.Step -ne 'done') { throw "$($answer.Failure) (step $($answer.Step), code $($answer.FailureCode))" }
    if ($answer.ExitCode -ne $exitCode) { throw "exit code $($answer.ExitCode): $($answer.Output)" }
    $folder = Split-Path $answer.Path
    if ($answer.Removed -ne 'True' -or (Test-Path -LiteralPath $folder)) { throw "$folder was left behind" }
    $lines = @($answer.Output | Where-Object { $_ } | ForEach-Object { ConvertFrom-Json $_ })
    if (-not $lines[-1].summary) { throw "no summary: $($answer.Output)" }
    $lines
}

function Show-List($engine) {
    $lines = @(Invoke-Helper @('list', '--all') '' 0 $engine)
    "done, exit code 0, $($lines[-1].summary.listed) connections, file and folder removed"
}

# The helper refuses what stays on one address. Of two that are both this machine's it sees what it would see of two
# machines. These are of the ranges for documentation, so that they are nobody's.
function Use-Addresses($family, $length, $addresses, $do) {
    $added = @()
    try {
        foreach ($address in $addresses) {
            $said = netsh interface $family add address 1 "$address/$length" store=active
            if ($LASTEXITCODE) { throw "netsh does not add ${address}: $said" }
            $added += $address
        }
        # they are tentative at first
        Start-Sleep -Seconds 3
        & $do
    }
    finally {
        $left = foreach ($address in $added) {
            [void](netsh interface $family delete address 1 $address store=active)
            if ($LASTEXITCODE) { $address }
        }
        if ($left) { throw "left on the loopback interface: $left" }
    }
}

# Another process holds two connections of ours; the helper is told to close one of them.
function Show-Close($listen, $from, $expected) {
    $said = $null
    $clients = @()
    $server = Start-Job -ArgumentList $listen -ScriptBlock {
        param($listen)
        $listener = New-Object Net.Sockets.TcpListener ([Net.IPAddress]$listen), 0
        $listener.Start()
        "$PID $($listener.LocalEndpoint.Port)"
        $held = 1..2 | ForEach-Object { $listener.AcceptTcpClient() }
        Start-Sleep -Seconds 300
    }
    try {
        for ($try = 0; -not $said -and $try -lt 300; $try++) {
            Start-Sleep -Milliseconds 100
            $said = Receive-Job $server
        }
        $serverId, $port = -split $said
        foreach ($number in 1..2) {
            $client = New-Object Net.Sockets.TcpClient (New-Object Net.IPEndPoint ([Net.IPAddress]$from), 0)
            $clients += $client
            $client.Connect([Net.IPAddress]$listen, [int]$port)
        }
        $end = ":$($clients[0].Client.LocalEndPoint.Port)"
        $row = Invoke-Helper @('list', 'powershell.exe') '' 0 |
            Where-Object { $_.pid -eq $serverId -and $_.remote.EndsWith($end) }
        if (-not $row) { throw 'the connection is not listed' }
        $target = "$($row.family) $($row.local) $($row.remote) $($row.pid) $($row.image)"
        $isClosed = $expected -eq 'closed'
        $row = Invoke-Helper @('close', '--max', '1', 'powershell.exe') "$target`r`nend 1`r`n" ([int](-not $isClosed)) |
            Where-Object { $_.outcome }
        $ends = foreach ($client in $clients) {
            # nobody sends, so what can be read within a second is an end
            if (-not $client.Client.Poll(1000000, 'SelectRead')) { 'open'; continue }
            try { if (-not $client.Client.Receive((New-Object byte[] 1))) { 'ended' } }
            catch { "$($_.Exception.GetBaseException().SocketErrorCode)" }
        }
        $outcome = "$($row.outcome)$(if ($row.why) { ": $($row.why)" })"
        $seen = "$outcome (the client's socket: $($ends[0]); another connection beside it: $($ends[1]))"
        $hasEnded = $ends[0] -ne 'open'
        if ($row.outcome -ne $expected -or $hasEnded -ne $isClosed -or $ends[1] -ne 'open') { throw $seen }
        $seen
    }
    finally {
        $clients | ForEach-Object { $_.Close() }
        Remove-Job $server -Force
    }
}

Step 'the helper''s own tests' $(if (-not (Get-Command cargo -ErrorAction SilentlyContinue)) { 'no cargo' }) {
    Push-Location $root
    try { cargo test --locked -p mapisweep-helper | Tee-Object -Variable said | Out-Host } finally { Pop-Location }
    if ($LASTEXITCODE) { throw "cargo ended with $LASTEXITCODE" }
    $counts = $said | Select-String '(\d+) passed' | ForEach-Object { [int]$_.Matches[0].Groups[1].Value }
    "$(($counts | Measure-Object -Sum).Sum) passed"
}
Step 'the committed helper' $null {
    $sha256 = (Get-FileHash $exe -Algorithm SHA256).Hash.ToLower()
    if ($sha256 -ne $manifest.sha256) { throw "SHA-256 $sha256" }
    "SHA-256 $sha256, as its manifest says"
}
Step 'the helper, not elevated, told to close' $(if ($elevated) { 'this session is elevated' }) {
    $said = @('' | & $exe close --max 1)
    if ($LASTEXITCODE -ne 3) { throw "exit code ${LASTEXITCODE}: $said" }
    "exit code 3: $((ConvertFrom-Json $said[-1]).error)"
}
$low = if (-not $elevated) { 'this session is not elevated' }
Step "the script, PowerShell $($PSVersionTable.PSVersion)" $low { Show-List @{} }
$engine2 = @{ PSVersion = '2.0' }
$no2 = try {
    # where that engine is not there, another may start in its place
    $started = Invoke-Engine { "$($PSVersionTable.PSVersion)" } @() $engine2
    if ($started -ne '2.0') { "asked for PowerShell 2.0, $started started" }
}
catch { "no PowerShell 2.0: $($_.Exception.Message)" }
Step 'the script, PowerShell 2.0' $(if ($no2) { $no2 } else { $low }) { Show-List $engine2 }
Step 'closing an IPv4 connection' $low {
    Use-Addresses ipv4 32 @('192.0.2.1', '192.0.2.2') { Show-Close '192.0.2.1' '192.0.2.2' 'closed' }
}
Step 'closing an IPv6 connection' $low {
    Use-Addresses ipv6 128 @('2001:db8::1', '2001:db8::2') { Show-Close '2001:db8::1' '2001:db8::2' 'closed' }
}
Step 'closing a loopback connection' $low { Show-Close '127.0.0.1' '127.0.0.1' 'refused' }
$rows
exit [int]$failed
