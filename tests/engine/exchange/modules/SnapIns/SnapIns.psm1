# Snap-ins, which PowerShell 2.0 has and 7 has not. Loading Exchange's brings the stub cmdlets, as far as they are needed.
. (Join-Path $PSScriptRoot '../../state.ps1')

function Get-PSSnapin {
    [CmdletBinding()] param([switch]$Registered)
    . (Peculiarity Get-PSSnapin before)
    if ($Registered) {
        foreach ($name in (Read-State).snapIns) {
            # guessed: 7 has a type of this name, which nobody outside can make
            [pscustomobject]@{
                PSTypeName = 'System.Management.Automation.PSSnapInInfo'; Name = $name; IsDefault = $false
                ApplicationBase = 'C:\Program Files\Microsoft\Exchange Server\bin'; PSVersion = [version]'1.0'
                Version = [version]'8.0.0.0'; Types = [Collections.ObjectModel.Collection[string]]@('Exchange.types.ps1xml')
                Vendor = 'Microsoft Corporation'; LogPipelineExecutionDetails = $false
            }
        }
    }
    . (Peculiarity Get-PSSnapin after)
}

function Add-PSSnapin {
    [CmdletBinding()] param([Parameter(Mandatory)][string]$Name)
    . (Peculiarity Add-PSSnapin before)
    if ($Name -notin (Read-State).snapIns) {
        $cause = [Management.Automation.PSArgumentException]::new(
            "The Windows PowerShell snap-in '$Name' is not installed on this machine.")
        $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($cause, 'AddPSSnapInRead', 'InvalidArgument', $Name))
        return
    }
    # a restricted endpoint shows them from the beginning, and would not show what is loaded later
    if (Get-Command Get-ExchangeServer -ErrorAction Ignore) { return }
    Import-Module (Join-Path $PSScriptRoot '../../Exchange.psm1') -Global
    . (Peculiarity Add-PSSnapin after)
}
