# Exchange's cmdlets as far as mapisweep asks them, over the state of a test. Not Exchange: what they return are the
# stand-ins of Types.cs.
. (Join-Path $PSScriptRoot 'state.ps1')

function New-ObjectId([string]$Name) {
    [Microsoft.Exchange.Data.Directory.ADObjectId]@{
        Name = $Name; DistinguishedName = "CN=$Name,CN=Configuration,DC=corp,DC=example"; ObjectGuid = [guid]::NewGuid()
    }
}

function Get-ExchangeServer {
    [CmdletBinding()] param([Parameter(Position = 0)][string]$Identity)
    . (Peculiarity Get-ExchangeServer before)
    $found = @((Read-State).servers | Where-Object { -not $Identity -or $Identity -in $_.name, $_.fqdn })
    if (-not $found) { Write-NotFound $PSCmdlet $Identity; return }
    foreach ($server in $found) {
        $major, $minor, $build, $revision = $server.version
        [Microsoft.Exchange.Data.Directory.Management.ExchangeServer]@{
            Name = $server.name; Fqdn = $server.fqdn; Domain = 'corp.example'; Edition = 'Enterprise'
            Guid = [guid]::NewGuid(); WhenChanged = (Get-Date).AddDays(-400); Identity = New-ObjectId $server.name
            ServerRole = $server.roles; ExchangeLegacyDN = "/o=Example/ou=Exchange/cn=Configuration/cn=Servers/cn=$($server.name)"
            AdminDisplayVersion = @{ Major = $major; Minor = $minor; Build = $build; Revision = $revision }
        }
    }
    . (Peculiarity Get-ExchangeServer after)
}

function Get-DatabaseAvailabilityGroup {
    [CmdletBinding()] param([Parameter(Position = 0)][string]$Identity, [switch]$Status)
    . (Peculiarity Get-DatabaseAvailabilityGroup before)
    $found = @((Read-State).dags | Where-Object { -not $Identity -or $Identity -eq $_.name })
    if (-not $found) { Write-NotFound $PSCmdlet $Identity; return }
    foreach ($dag in $found) {
        $servers = @($dag.servers | ForEach-Object { New-ObjectId $_ })
        [Microsoft.Exchange.Data.Directory.SystemConfiguration.DatabaseAvailabilityGroup]@{
            Name = $dag.name; Identity = New-ObjectId $dag.name; Servers = $servers; WitnessServer = 'fs01'
            OperationalServers = if ($Status) { $servers } else { $null }
            PrimaryActiveManager = if ($Status) { $servers[0] } else { $null }
        }
    }
    . (Peculiarity Get-DatabaseAvailabilityGroup after)
}

function Get-MailboxDatabase {
    [CmdletBinding()] param([Parameter(Position = 0)][string]$Identity, [string]$Server, [switch]$Status)
    . (Peculiarity Get-MailboxDatabase before)
    $found = @((Read-State).databases | Where-Object { -not $Identity -or $Identity -eq $_.name })
    if ($Identity -and -not $found) { Write-NotFound $PSCmdlet $Identity; return }
    foreach ($database in $found) {
        $servers = @($database.servers | ForEach-Object { New-ObjectId $_ })
        $row = [Microsoft.Exchange.Data.Directory.SystemConfiguration.MailboxDatabase]@{
            Name = $database.name; Identity = New-ObjectId $database.name; Server = $servers[0]; Servers = $servers
            RpcClientAccessServer = 'outlook.corp.example'
        }
        if ($Status) { $row.Mounted = [bool]$database.on; $row.MountedOnServer = $database.on }
        $row
    }
    . (Peculiarity Get-MailboxDatabase after)
}

function Get-ClientAccessArray {
    [CmdletBinding()] param([Parameter(Position = 0)][string]$Identity)
    . (Peculiarity Get-ClientAccessArray before)
    foreach ($array in (Read-State).arrays) {
        [Microsoft.Exchange.Data.Directory.SystemConfiguration.ClientAccessArray]@{
            Name = $array.name; Identity = New-ObjectId $array.name; Fqdn = $array.fqdn; Site = New-ObjectId 'Berlin'
            Members = @($array.members | ForEach-Object { New-ObjectId $_ })
        }
    }
}

# Until then recipients are sought in one domain.
$inWholeForest = $false

function Set-AdServerSettings {
    [CmdletBinding()] param([bool]$ViewEntireForest)
    . (Peculiarity Set-AdServerSettings before)
    $script:inWholeForest = $ViewEntireForest
}

function Test-Seen($Mailbox) {
    if (-not $Mailbox.PSObject.Properties['isFarAway']) { return $true }
    if ($version -ne '2007') { return $inWholeForest }
    [Microsoft.Exchange.Data.Directory.AdminSessionADSettings]::Instance.ViewEntireForest
}

function Get-Mailbox {
    [CmdletBinding()] param([Parameter(Position = 0)][string]$Identity, [string]$Filter, [string]$ResultSize)
    . (Peculiarity Get-Mailbox before)
    # nobody here had another DN before
    if ($Filter) { return }
    $account = $Identity.Split('\')[-1].Split('@')[0]
    $found = @((Read-State).mailboxes | Where-Object { -not $Identity -or $account -eq $_.account -or $Identity -in $_.name, $_.dn } |
        Where-Object { Test-Seen $_ })
    if (-not $found) { Write-NotFound $PSCmdlet $Identity; return }
    foreach ($mailbox in $found) {
        [Microsoft.Exchange.Data.Directory.Management.Mailbox]@{
            Name = $mailbox.name; DisplayName = $mailbox.name; SamAccountName = $mailbox.account; LegacyExchangeDN = $mailbox.dn
            Identity = New-ObjectId $mailbox.name; Database = New-ObjectId 'Mailbox Database'; ServerName = 'ex01'
            Alias = $mailbox.account; PrimarySmtpAddress = "$($mailbox.account)@corp.example"
            EmailAddresses = [string[]]("SMTP:$($mailbox.account)@corp.example", "X500:$($mailbox.dn)")
        }
    }
    . (Peculiarity Get-Mailbox after)
}

function Get-LogonStatistics {
    [CmdletBinding()] param([Parameter(Position = 0)][string]$Identity, [string]$Server, [string]$Database)
    . (Peculiarity Get-LogonStatistics before)
    $state = Read-State
    $now = Get-Date
    $change = Peculiarity Get-LogonStatistics row
    $number = [uint32]0
    foreach ($logon in $state.logons) {
        $number++
        $row = [Microsoft.Exchange.Data.Mapi.LogonStatistics]@{
            ClientIPAddress = $logon.address; ClientMode = $logon.mode; ClientName = $logon.client
            ClientVersion = '12.0.6425.1000'; CodePage = 1252; Latency = [uint32]::MaxValue; LocaleID = 1031
            CurrentOpenFolders = $number; FolderOperationCount = $number; TotalOperationCount = $number
            LogonTime = $now.AddSeconds(-$logon.began); LastAccessTime = $now.AddSeconds(-$logon.used)
            UserName = $logon.name; Windows2000Account = "CORP\$($logon.account)"; HostAddress = ''; MACAddress = ''
            FullUserDirectoryName = $logon.dn; FullMailboxDirectoryName = $logon.dn
            ServerName = 'EX01'; DatabaseName = 'Mailbox Database'
            Identity = [Microsoft.Exchange.Data.Mapi.MailboxId]@{ LegacyDN = $logon.dn }
        }
        if ($state.exchange -eq '2007') { $row.StorageGroupName = 'First Storage Group' }
        else { $row.SessionId = $logon.session; $row.ApplicationId = 'Client=MSExchangeRPC' }
        . $change
        $row
    }
    . (Peculiarity Get-LogonStatistics after)
}

# The oldest event of the log, or those of the test, the newest first: Linux has no event log, and Wine's is empty.
function Get-WinEvent {
    [CmdletBinding()] param([string[]]$LogName, [string]$FilterXPath, [long]$MaxEvents, [switch]$Oldest)
    . (Peculiarity Get-WinEvent before)
    $now = Get-Date
    $events = @((Read-State).events)
    if ($Oldest) { $events = @(@{ minutes = 60 * 24 * 9; data = @() }) }
    if (-not $events) {
        $cause = [Exception]::new('No events were found that match the specified selection criteria.')
        $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($cause, 'NoMatchingEventsFound', 'ObjectNotFound', $null))
        return
    }
    foreach ($event in $events) {
        $record = [StandIn.EventLogRecord]::new()
        $record.Id = 9646
        $record.TimeCreated = $now.AddMinutes(-$event.minutes)
        foreach ($text in $event.data) { $record.Add($text) }
        $record.Add([byte[]](7, 0, 91))
        $record | Add-Member Message 'Die MAPI-Sitzung ...' -PassThru
    }
    . (Peculiarity Get-WinEvent after)
}

# as the cmdlet's own words
function Write-NotFound($Cmdlet, [string]$Identity) {
    $cause = [Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException]::new(
        "The operation couldn't be performed because object '$Identity' couldn't be found on 'dc01.corp.example'.")
    $Cmdlet.WriteError([Management.Automation.ErrorRecord]::new($cause, '8FD5F3E1', 'InvalidData', $Identity))
}

# Linux has no registry
if (-not $IsWindows) {
    function Get-ItemProperty {
        [CmdletBinding()] param([string]$Path)
        [pscustomobject]@{ 'Maximum Allowed Sessions Per User' = 32 }
    }
}
$cmdlets = 'Get-ExchangeServer', 'Get-Mailbox', 'Get-MailboxDatabase', 'Get-LogonStatistics', 'Get-ItemProperty', 'Get-WinEvent'
if ($version -ne '2007') { $cmdlets += 'Get-DatabaseAvailabilityGroup', 'Get-ClientAccessArray', 'Set-AdServerSettings' }
Export-ModuleMember -Function $cmdlets
