//! Which parameters a cmdlet takes, and which it cannot do without. Names are not abbreviated here.

use crate::powershell::{Command, ErrorRecord, Outcome};

/// Cmdlets with what each takes; the first is mandatory where it says so.
type Table = &'static [(&'static str, Mandatory, &'static [&'static str])];

/// PowerShell's own, and the lab's.
#[rustfmt::skip]
pub(super) const PLAIN: Table = &[
    ("Get-PSSnapin", Mandatory::None, &["Name", "Registered"]),
    ("Add-PSSnapin", Mandatory::First, &["Name", "PassThru"]),
    ("Get-Item", Mandatory::First, &["Path", "Force"]),
    ("Get-ItemProperty", Mandatory::First, &["Path", "Name"]),
    ("Get-Date", Mandatory::None, &["Date", "DisplayHint", "Format", "UFormat"]),
    ("Get-WinEvent", Mandatory::None, &["LogName", "FilterXPath", "MaxEvents", "Oldest"]),
    ("Get-EventLog", Mandatory::First, &["LogName", "Source", "EntryType", "Newest"]),
    // may come by pipeline
    ("Write-Output", Mandatory::None, &["InputObject"]),
    ("Write-Error", Mandatory::First, &["Message", "Category", "ErrorId", "TargetObject"]),
    ("Write-Warning", Mandatory::First, &["Message"]),
    ("Write-Verbose", Mandatory::First, &["Message"]),
    ("Start-Sleep", Mandatory::First, &["Seconds"]),
    ("Get-LabObject", Mandatory::None, &["Count", "Size"]),
    ("Show-LabSecret", Mandatory::First, &["SecureString"]),
];

/// Those of the Exchange snap-in.
#[rustfmt::skip]
pub(super) const EXCHANGE: Table = &[
    ("Get-ExchangeServer", Mandatory::None, &["Identity", "Status", "DomainController"]),
    ("Get-Mailbox", Mandatory::None, &["Identity", "Filter", "Server", "Database", "ResultSize", "DomainController"]),
    ("Get-MailboxDatabase", Mandatory::None, &["Identity", "Server", "Status", "DomainController"]),
    ("Get-DatabaseAvailabilityGroup", Mandatory::None, &["Identity", "Status", "DomainController"]),
    ("Get-ClientAccessArray", Mandatory::None, &["Identity", "Site", "DomainController"]),
    ("Get-LogonStatistics", Mandatory::None, &["Identity", "Server", "Database", "DomainController"]),
    ("Set-AdServerSettings", Mandatory::None, &["ViewEntireForest", "PreferredServer", "RecipientViewRoot"]),
];

/// The functions of mapisweep's script.
#[rustfmt::skip]
pub(super) const HELPER: Table = &[
    ("Get-MapisweepClientLog", Mandatory::None, &["Names", "MostFiles", "MostBytes", "MostLines"]),
    ("Invoke-MapisweepHelper", Mandatory::None, &["Bytes", "Sha256", "Arguments", "InputText", "TimeoutSeconds", "WaitSeconds"]),
    ("Set-MapisweepWholeForest", Mandatory::None, &[]),
    ("Test-MapisweepReach", Mandatory::None, &["Addresses", "Ports", "MostSeconds"]),
];

/// What every cmdlet takes.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "Verbose", "Debug", "ErrorAction", "WarningAction", "ErrorVariable", "WarningVariable", "OutVariable", "OutBuffer",
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mandatory {
    None,
    First,
}

/// Whether it can be called like this; what is no cmdlet of the table is not judged.
pub(super) fn check(table: Table, command: &Command) -> Outcome {
    let known = table
        .iter()
        .find(|(name, ..)| name.eq_ignore_ascii_case(&command.text));
    let Some((name, mandatory, taken)) = known else {
        return Ok(());
    };
    let is_taken = |given: &str| {
        let mut all = taken.iter().chain(COMMON);
        all.any(|own| own.eq_ignore_ascii_case(given))
    };
    if let Some(unknown) = command.names().find(|given| !is_taken(given)) {
        let message =
            format!("A parameter cannot be found that matches parameter name '{unknown}'.");
        return Err(ErrorRecord::binding(
            name,
            "NamedParameterNotFound",
            message,
        ));
    }
    match taken.first() {
        Some(first) if *mandatory == Mandatory::First && command.first(first).is_none() => {
            let message = format!(
                "Cannot process command because of one or more missing mandatory parameters: {first}."
            );
            Err(ErrorRecord::binding(
                name,
                "MissingMandatoryParameter",
                message,
            ))
        }
        _ => Ok(()),
    }
}
