# mapisweep: batch 2
# Runs what it is asked, one question after the other: cmdlets of the list below, the helper, a look into a log of
# Exchange's, a knock at another machine's ports, and a setting of Exchange 2007's. Answers in lines, whose form is in crates/core/src/batch/line.rs. Keeps to PowerShell 2.0, which is all that Exchange 2007 servers have.
param([object[]]$Requests, [string]$Computer)

$allowed = 'Add-PSSnapin', 'Get-ClientAccessArray', 'Get-DatabaseAvailabilityGroup', 'Get-Date', 'Get-EventLog',
    'Get-ExchangeServer', 'Get-Item', 'Get-ItemProperty', 'Get-LogonStatistics', 'Get-Mailbox', 'Get-MailboxDatabase',
    'Get-PSSnapin', 'Get-WinEvent', 'Set-AdServerSettings',
    'Get-MapisweepClientLog', 'Invoke-MapisweepHelper', 'Set-MapisweepWholeForest', 'Test-MapisweepReach'

# Writes mapisweep-helper.exe, checks its hash, runs it once, removes it. Without $Bytes it only removes what an
# interrupted run left.
function Invoke-MapisweepHelper {
    [CmdletBinding()]
    param([byte[]]$Bytes, [string]$Sha256, [string[]]$Arguments, [string]$InputText, [int]$TimeoutSeconds,
        [int]$WaitSeconds)
    $ErrorActionPreference = 'Stop'

    # Only administrators may write here, so nobody can plant a DLL beside the helper or swap it.
    $folder = Join-Path $env:ProgramFiles 'mapisweep'
    $path = Join-Path $folder 'mapisweep-helper.exe'
    $result = @{ Path = $path; Step = 'wait'; Failure = $null; FailureCode = 0; StaleRemoved = $false
        ExitCode = $null; Output = @(); Removed = $false }
    $turn = $null
    $isMyTurn = $false
    $mine = $false
    $process = $null
    $held = $null
    try {
        # two runs at once would remove each other's file, so only one is between here and its end
        $turn = New-Object Threading.Mutex $false, 'Global\mapisweep-helper'
        # by itself it may be its maker's alone, and every administrator is to wait for it; newer .NET has no such method
        try {
            $rights = New-Object Security.AccessControl.MutexSecurity
            $rights.SetSecurityDescriptorSddlForm('D:(A;;0x1f0001;;;BA)')
            $turn.SetAccessControl($rights)
        }
        catch { }
        $deadline = [DateTime]::UtcNow.AddSeconds($WaitSeconds)
        # short waits, so that a stop of the pipeline is heard
        while (-not $isMyTurn) {
            try { $isMyTurn = $turn.WaitOne(250, $false) }
            # who had it was ended in the middle, and it is passed on; what that run left is looked for as ever
            catch [Threading.AbandonedMutexException] { $isMyTurn = $true }
            if (-not $isMyTurn -and [DateTime]::UtcNow -gt $deadline) { throw "it has not ended within $WaitSeconds s" }
        }

        $result.Step = 'stale'
        Invoke-Patiently {
            if (-not [IO.File]::Exists($path)) { return }
            # nobody can write to what runs: that tells it from what may not be removed
            [IO.File]::Open($path, 'Open', 'Write', 'None').Close()
            [IO.File]::Delete($path)
            $result.StaleRemoved = $true
        }
        $mine = $true
        if ($Bytes) {
            $result.Step = 'write'
            [void][IO.Directory]::CreateDirectory($folder)
            Invoke-Patiently { [IO.File]::WriteAllBytes($path, $Bytes) }

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
        $result.FailureCode = Get-WindowsError $cause
    }
    finally {
        # none of this may lose the result: the process may just have ended
        if ($process -and -not $process.HasExited) {
            try { $process.Kill() } catch { }
            [void]$process.WaitForExit(5000)
        }
        if ($held) { $held.Close() }
        if ($mine) {
            try {
                Invoke-Patiently { [IO.File]::Delete($path) }
                if (-not (Get-ChildItem -LiteralPath $folder -Force)) { Remove-Item -LiteralPath $folder -Force }
            }
            catch { }
        }
        # before the next run puts its own there
        $result.Removed = -not [IO.File]::Exists($path)
        if ($isMyTurn) { try { $turn.ReleaseMutex() } catch { } }
        if ($turn) { $turn.Close() }
    }
    New-Object PSObject -Property $result
}

# Tells what Exchange 2010's log of the RPC Client Access service says of some people, by their DNs: from the ends of its
# latest files, of each file the latest lines first. No more is read than $MostBytes, nor told than $MostLines of each person
# and file.
function Get-MapisweepClientLog {
    [CmdletBinding()]
    param([string[]]$Names, [int]$MostFiles, [int]$MostBytes, [int]$MostLines)
    $ErrorActionPreference = 'Stop'

    if (-not $env:ExchangeInstallPath) { throw 'where Exchange is installed is not known' }
    $folder = Join-Path $env:ExchangeInstallPath 'Logging\RPC Client Access'
    # by when they were begun: when one was written last Windows notes no sooner than it is closed
    $files = @(Get-ChildItem -LiteralPath $folder | Where-Object { $_.Name -like 'RCA_*.LOG' } |
        Sort-Object CreationTime -Descending)
    $end = [char]10
    $left = $MostBytes
    foreach ($file in $files) {
        if ($MostFiles -eq 0 -or $left -eq 0) { break }
        $MostFiles -= 1
        # the service goes on writing there
        $stream = New-Object IO.FileStream $file.FullName, 'Open', 'Read', 'ReadWrite'
        try {
            $reader = New-Object IO.StreamReader $stream
            # the names of the fields stand among the first lines
            $fields = ''
            for ($line = 0; $line -lt 10 -and $fields -notlike '#Fields:*'; $line++) { $fields = $reader.ReadLine() }
            $length = $stream.Length
            $share = [Math]::Min($length, $left)
            [void]$stream.Seek(-$share, 'End')
            $reader.DiscardBufferedData()
            $text = $reader.ReadToEnd()
            $left -= $share
            foreach ($name in $Names) {
                $from = $text.Length
                for ($line = 0; $line -lt $MostLines -and $from -gt 0; $line++) {
                    $at = $text.LastIndexOf($name, $from - 1, [StringComparison]::OrdinalIgnoreCase)
                    if ($at -lt 0) { break }
                    $from = $text.LastIndexOf($end, $at) + 1
                    $to = $text.IndexOf($end, $at)
                    if ($to -lt 0) { $to = $text.Length }
                    # the first one may have lost its beginning
                    if ($from -gt 0 -or $share -eq $length) {
                        New-Object PSObject -Property @{ Fields = $fields; Line = $text.Substring($from, $to - $from) }
                    }
                }
            }
        }
        finally { $stream.Close() }
    }
}

# Has Exchange 2007 seek recipients in the whole forest, and not in the server's domain alone, for as long as this shell
# lives. Later versions have a cmdlet for it.
function Set-MapisweepWholeForest {
    [CmdletBinding()]
    param()
    $ErrorActionPreference = 'Stop'
    [Microsoft.Exchange.Data.Directory.AdminSessionADSettings]::Instance.ViewEntireForest = $true
}

# Tells what comes back from ports of another machine: tries to connect to all of them at once, sends nothing, and waits no
# longer than $MostSeconds. A result is the name of a SocketError, and Nothing where nothing had come back by then.
function Test-MapisweepReach {
    [CmdletBinding()]
    param([string[]]$Addresses, [int[]]$Ports, [int]$MostSeconds)
    $ErrorActionPreference = 'Stop'

    $knocks = @()
    try {
        foreach ($text in $Addresses) {
            $address = [Net.IPAddress]::Parse($text)
            foreach ($port in $Ports) {
                $knock = @{ Address = $text; Port = $port; Result = $null; Socket = $null; Pending = $null }
                $knocks += $knock
                try {
                    $door = New-Object Net.IPEndPoint $address, $port
                    $socket = New-Object Net.Sockets.Socket $address.AddressFamily, 'Stream', 'Tcp'
                    $knock.Socket = $socket
                    $knock.Pending = $socket.BeginConnect($door, $null, $null)
                }
                catch { $knock.Result = Get-SocketError $_.Exception }
            }
        }
        $deadline = [DateTime]::UtcNow.AddSeconds($MostSeconds)
        # short waits, so that a stop of the pipeline is heard
        while ([DateTime]::UtcNow -lt $deadline) {
            $open = @($knocks | Where-Object { $_.Pending -and -not $_.Pending.IsCompleted })
            if (-not $open.Count) { break }
            Start-Sleep -Milliseconds 100
        }
        foreach ($one in $knocks) {
            if ($one.Pending -and -not $one.Pending.IsCompleted) { $one.Result = 'Nothing' }
            elseif ($one.Pending) {
                try {
                    $one.Socket.EndConnect($one.Pending)
                    $one.Result = 'Success'
                }
                catch { $one.Result = Get-SocketError $_.Exception }
            }
            New-Object PSObject -Property @{ Address = $one.Address; Port = $one.Port; Result = $one.Result }
        }
    }
    finally {
        foreach ($one in $knocks) { if ($one.Socket) { $one.Socket.Close() } }
    }
}

# The name of what went wrong with a socket; of anything else, which says nothing of the other machine, that of its type.
function Get-SocketError($exception) {
    $cause = $exception.GetBaseException()
    if ($cause -is [Net.Sockets.SocketException]) { return [string]$cause.SocketErrorCode }
    $cause.GetType().FullName
}

# Does something to the file that another may hold for a moment, a scanner mostly. While one that is removed is still held,
# Windows denies access to it.
function Invoke-Patiently($step) {
    for ($try = 1; $true; $try++) {
        try { return & $step }
        catch {
            $cause = $_.Exception.GetBaseException()
            $code = Get-WindowsError $cause
            if (($code -ne 5 -and $code -ne 32) -or $try -eq 20) { throw $_ }
        }
        Start-Sleep -Milliseconds 100
    }
}

# The Windows error behind an exception, 0 where there is none. It is the last half of a number beginning with 0x8007, which
# not every .NET 2.0 tells otherwise.
function Get-WindowsError($cause) {
    if ($cause -is [ComponentModel.Win32Exception]) { return $cause.NativeErrorCode }
    $code = [Runtime.InteropServices.Marshal]::GetHRForException($cause) + 2147024896
    if ($code -gt 0 -and $code -lt 65536) { $code } else { 0 }
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
    # not every .NET 2.0 has types of these names
    $type = $value.GetType().FullName
    if ($type -eq 'System.Diagnostics.Eventing.Reader.EventProperty') { return Format-Item $value.Value }
    if ($value -is [DateTime] -or $type -eq 'System.DateTimeOffset') { return '@' + $value.ToString('o') }
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
$lines.Add('mapisweep 2|' + (Format-Text $env:COMPUTERNAME))
# a load balancer has led to another computer than the one that was asked before: nothing is done here
if ($Computer -and $Computer -ne $env:COMPUTERNAME) { $Requests = @() }
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
        $isHelper = $request.Cmdlet -eq 'Invoke-MapisweepHelper'
        # which computer this is must be known before anything can be left on it
        if ($isHelper -and $lines.Count -and -not $Computer) {
            , $lines.ToArray()
            $lines.Clear()
        }
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
