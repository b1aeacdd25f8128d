# mapisweep: batch 1
# Runs what it is asked, one question after the other: cmdlets of the list below, and the helper. Answers in lines, whose
# form is in crates/core/src/batch/line.rs. Keeps to PowerShell 2.0, which is all that Exchange 2007 servers have.
param([object[]]$Requests)

$allowed = 'Add-PSSnapin', 'Get-ClientAccessArray', 'Get-DatabaseAvailabilityGroup', 'Get-Date', 'Get-ExchangeServer',
    'Get-Item', 'Get-ItemProperty', 'Get-LogonStatistics', 'Get-Mailbox', 'Get-MailboxDatabase', 'Get-PSSnapin',
    'Invoke-MapisweepHelper'

# Writes mapisweep-helper.exe, checks its hash, runs it once, removes it. Without $Bytes it only removes what an
# interrupted run left.
function Invoke-MapisweepHelper {
    [CmdletBinding()]
    param([byte[]]$Bytes, [string]$Sha256, [string[]]$Arguments, [string]$InputText, [int]$TimeoutSeconds)
    $ErrorActionPreference = 'Stop'

    # Only administrators may write here, so nobody can plant a DLL beside the helper or swap it.
    $folder = Join-Path $env:ProgramFiles 'mapisweep'
    $path = Join-Path $folder 'mapisweep-helper.exe'
    $result = @{ Path = $path; Step = 'stale'; Failure = $null; FailureCode = 0; StaleRemoved = $false
        ExitCode = $null; Output = @(); Removed = $false }
    $mine = $false
    $process = $null
    $held = $null
    try {
        # a copy that is running cannot be removed: then another mapisweep is at work, and this one stops here
        if (Test-Path -LiteralPath $path) {
            Remove-Item -LiteralPath $path -Force
            $result.StaleRemoved = $true
        }
        $mine = $true
        if ($Bytes) {
            $result.Step = 'write'
            # no error where another run makes it at the same time
            [void][IO.Directory]::CreateDirectory($folder)
            [IO.File]::WriteAllBytes($path, $Bytes)

            $result.Step = 'hash'
            # held open for reading until the end: what was checked is what runs
            $held = [IO.File]::Open($path, 'Open', 'Read', 'Read')
            if ((Get-Sha256 $held) -ne $Sha256) { throw 'the SHA-256 of the file on the server differs' }

            $result.Step = 'start'
            $start = New-Object Diagnostics.ProcessStartInfo $path, ($Arguments -join ' ')
            $start.UseShellExecute = $false
            $start.CreateNoWindow = $true
            $start.WorkingDirectory = $folder
            $start.RedirectStandardInput = $true
            $start.RedirectStandardOutput = $true
            $process = [Diagnostics.Process]::Start($start)

            $result.Step = 'run'
            $deadline = [DateTime]::UtcNow.AddSeconds($TimeoutSeconds)
            $list = [Text.Encoding]::ASCII.GetBytes($InputText)
            $entry = $process.StandardInput.BaseStream
            $write = $entry.BeginWrite($list, 0, $list.Length, $null, $null)
            # a pipe holds little, and a helper that a scanner holds at its start reads nothing
            while (-not $write.AsyncWaitHandle.WaitOne(250, $false)) {
                if ([DateTime]::UtcNow -gt $deadline) { throw 'the helper did not finish in time' }
            }
            $entry.EndWrite($write)
            $process.StandardInput.Close()
            $pipe = $process.StandardOutput.BaseStream
            $output = New-Object IO.MemoryStream
            $buffer = New-Object byte[] 65536
            do {
                $read = $pipe.BeginRead($buffer, 0, $buffer.Length, $null, $null)
                # short waits, so that a stop of the pipeline is heard
                while (-not $read.AsyncWaitHandle.WaitOne(250, $false)) {
                    if ([DateTime]::UtcNow -gt $deadline) { throw 'the helper did not finish in time' }
                }
                $count = $pipe.EndRead($read)
                $output.Write($buffer, 0, $count)
            } while ($count -gt 0)
            if (-not $process.WaitForExit(5000)) { throw 'the helper did not end' }
            $result.ExitCode = $process.ExitCode
            $result.Output = [Text.Encoding]::ASCII.GetString($output.ToArray()).Replace("`r", '').Split("`n")
            $result.Step = 'done'
        }
    }
    catch {
        $cause = $_.Exception.GetBaseException()
        $result.Failure = $cause.Message
        if ($cause -is [ComponentModel.Win32Exception]) { $result.FailureCode = $cause.NativeErrorCode }
    }
    finally {
        # none of this may lose the result: the process may just have ended, another run may remove the same
        if ($process -and -not $process.HasExited) {
            try { $process.Kill() } catch { }
            [void]$process.WaitForExit(5000)
        }
        if ($held) { $held.Close() }
        if ($mine) {
            # a scanner may still hold the file for a moment
            for ($try = 0; (Test-Path -LiteralPath $path) -and $try -lt 20; $try++) {
                if ($try) { Start-Sleep -Milliseconds 100 }
                try { Remove-Item -LiteralPath $path -Force } catch { }
            }
            try {
                if (-not (Get-ChildItem -LiteralPath $folder -Force)) { Remove-Item -LiteralPath $folder -Force }
            }
            catch { }
        }
    }
    $result.Removed = -not (Test-Path -LiteralPath $path)
    New-Object PSObject -Property $result
}

function Get-Sha256($stream) {
    # the managed class refuses to work where FIPS mode is on
    try { $sha = New-Object Security.Cryptography.SHA256Managed }
    catch {
        Add-Type -AssemblyName System.Core
        $sha = New-Object Security.Cryptography.SHA256CryptoServiceProvider
    }
    [BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '')
}

function Format-Text($value) { '=' + ([string]$value).Replace('~', '~~').Replace('|', '~p') }

function Format-Item($value) {
    if ($null -eq $value) { return '-' }
    # not every .NET 2.0 has a type of the second name
    $isDate = $value -is [DateTime] -or $value.GetType().FullName -eq 'System.DateTimeOffset'
    if ($isDate) { return '@' + $value.ToString('o') }
    Format-Text $value
}

function Format-Field($value) {
    if ($value -is [string] -or $value -isnot [Collections.IEnumerable]) { return Format-Item $value }
    '*' + (@($value | ForEach-Object { Format-Item $_ }) -join '~,')
}

function Format-Error($record) {
    $message = $record.Exception.Message
    if ($record.ErrorDetails) { $message = $record.ErrorDetails.Message }
    $parts = $message, $record.Exception.GetType().FullName, $record.FullyQualifiedErrorId, $record.CategoryInfo.Reason,
        [int]$record.CategoryInfo.Category, $record.TargetObject
    @($parts | ForEach-Object { Format-Text $_ }) -join '|'
}

# what text cannot hold as it is; looked for as characters, for the language does not see a bar that has an accent
$special = [char[]]'~|'
$lines = New-Object Collections.Generic.List[string]
$lines.Add('mapisweep 1')
$succeeded = @{}
$number = 0
try {
    foreach ($request in $Requests) {
        $needs = @($request.Needs)
        # counted, for a list of nothing but the number 0 is not true
        $isLacking = $needs.Count -and -not @($needs | Where-Object { $succeeded[$_] }).Count
        if ($isLacking -or @($request.Unless | Where-Object { $succeeded[$_] }).Count) {
            $lines.Add("$number|x")
            $number++
            continue
        }
        $parameters = $request.Parameters
        foreach ($name in $request.Here) { $parameters[$name] = $env:COMPUTERNAME }
        $columns = @($request.Columns)
        $warnings = @()
        $errors = @()
        $failure = $null
        $rows = 0
        try {
            if ($allowed -notcontains $request.Cmdlet) { throw "$($request.Cmdlet) is not on the list of cmdlets" }
            & $request.Cmdlet @parameters -ErrorVariable errors -WarningVariable warnings `
                -ErrorAction SilentlyContinue -WarningAction SilentlyContinue | ForEach-Object {
                $object = $_
                $rows++
                $line = "$number|r"
                # once a row: it takes longer than all that is done with it
                $properties = $object.PSObject.Properties
                foreach ($column in $columns) {
                    $line += '|'
                    if ($column -eq '.') { $line += Format-Field $object; continue }
                    if ($null -eq $object) { continue }
                    $property = $properties[$column]
                    if ($null -eq $property) { continue }
                    try { $value = $property.Value } catch { continue }
                    # most are one of these, and a call takes as long as all else of a row; no enumeration has a bar in it
                    if ($value -is [string] -and $value.IndexOfAny($special) -lt 0) { $line += '=' + $value }
                    elseif ($value -is [DateTime]) { $line += '@' + $value.ToString('o') }
                    elseif ($value -is [Enum]) { $line += '=' + [string]$value }
                    else { $line += Format-Field $value }
                }
                $lines.Add($line)
                if ($lines.Count -ge 250) {
                    , $lines.ToArray()
                    $lines.Clear()
                }
            }
        }
        catch { $failure = $_ }
        # what the function catches is in its result, but counts as said, and twice
        $isHelper = $request.Cmdlet -eq 'Invoke-MapisweepHelper'
        if ($isHelper) { $errors = @() }
        foreach ($warning in @($warnings)) { $lines.Add("$number|w|" + (Format-Text $warning)) }
        foreach ($record in @($errors)) {
            # some come wrapped, and the one that ended it is told below
            if ($record.ErrorRecord) { $record = $record.ErrorRecord }
            if (-not $failure -or $record.Exception -ne $failure.Exception) {
                $lines.Add("$number|e|" + (Format-Error $record))
            }
        }
        if ($failure) { $lines.Add("$number|f|" + (Format-Error $failure)) }
        $succeeded[$number] = $rows -or -not ($failure -or $errors)
        $lines.Add("$number|.|$rows")
        $number++
        # what it saw must not be lost with what comes after it
        if ($isHelper) {
            , $lines.ToArray()
            $lines.Clear()
        }
    }
}
finally {
    # also where a script that a cmdlet ran has ended everything
    if ($lines.Count) { , $lines.ToArray() }
}
