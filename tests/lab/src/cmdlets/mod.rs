//! The cmdlets that the lab knows, each with typed parameters and typed objects.
//!
//! | cmdlet | needs the snap-in |
//! | --- | --- |
//! | `Get-PSSnapin -Registered`, `Add-PSSnapin -Name` | |
//! | `Get-Item -Path Env:COMPUTERNAME` and of two of `WSMan:`'s settings, `Get-Date`, `Get-ItemProperty -Path HKLM:\...` | |
//! | `Get-WinEvent`, `Get-EventLog`: event 9646, and how far back the log goes | |
//! | `Get-ExchangeServer`, `Get-Mailbox`, `Get-MailboxDatabase`, `Get-DatabaseAvailabilityGroup` | yes |
//! | `Get-ClientAccessArray`, on Exchange 2010 | yes |
//! | `Set-AdServerSettings`, on Exchange 2010 and later | yes |
//! | `Get-LogonStatistics` with `-Server`, `-Database` or `-Identity` | yes |
//! | `Write-Output`, `Write-Error`, `Write-Warning`, `Write-Verbose`, `Start-Sleep` | |
//! | `Get-LabObject -Count N -Size M`: N objects of M characters, the lab's own | |
//! | `Show-LabSecret -SecureString S`: its text, the lab's own | |
//! | the script of [`mapisweep_core::batch`], which runs some of these, `Invoke-MapisweepHelper`, `Get-MapisweepClientLog`, `Set-MapisweepWholeForest` and `Test-MapisweepReach` | |
//!
//! A parameter that a cmdlet does not take, or a mandatory one that is missing, ends it: see `parameters`. How messages and
//! objects look is held against Microsoft's engine in the repository's `tests/conversations`.

mod batch;
mod client_log;
mod directory;
mod event_log;
mod exchange;
mod forest;
mod logon_statistics;
mod parameters;
mod plain;
mod reach;
mod registry;
mod restricted;
mod run_helper;
mod snap_in;

pub(crate) use restricted::run as run_restricted;

use crate::{
    fault::Language,
    powershell::{Command, ErrorRecord, Input, Outcome, Runspace},
    psrp::Voice,
};

/// Runs one command.
pub(crate) async fn run(
    runspace: &Runspace,
    command: &Command,
    input: Input,
    voice: &Voice,
) -> Outcome {
    match command.is_script {
        false => run_cmdlet(runspace, command, input, voice).await,
        true if runspace.faults().language != Language::Full => {
            Err(no_script_in(runspace.faults().language))
        }
        true if batch::is_script(command) => batch::run(runspace, command, voice).await,
        true => Err(unknown_script(command)),
    }
}

async fn run_cmdlet(
    runspace: &Runspace,
    command: &Command,
    input: Input,
    voice: &Voice,
) -> Outcome {
    let name = command.text.to_ascii_lowercase();
    parameters::check(parameters::PLAIN, command)?;
    match name.as_str() {
        "get-pssnapin" => snap_in::get(runspace, command, voice),
        "add-pssnapin" => snap_in::add(runspace, command, voice),
        "get-item" => plain::get_item(runspace, command, voice),
        "get-date" => plain::get_date(runspace, voice),
        "get-winevent" => event_log::get_win_event(runspace, command, voice),
        "get-eventlog" => event_log::get_event_log(runspace, command, voice),
        "get-itemproperty" => registry::get(runspace, command, voice),
        "write-output" => plain::write_output(command, input, voice).await,
        "write-error" => plain::write_error(command, voice),
        "write-warning" | "write-verbose" => plain::write_message(command, voice),
        "start-sleep" => plain::start_sleep(command).await,
        "get-labobject" => plain::get_lab_object(command, voice),
        "show-labsecret" => plain::show_lab_secret(runspace, command, voice),
        _ => exchange::run(runspace, command, &name, voice),
    }
}

fn no_script_in(language: Language) -> ErrorRecord {
    match language {
        Language::Constrained => ErrorRecord::new(
            "System.Management.Automation.PSInvalidOperationException",
            "MethodInvocationNotSupportedInConstrainedLanguage",
            "Cannot invoke method. Method invocation is supported only on core types in this language mode.",
        ),
        _ => restricted::no_scripts(),
    }
}

fn unknown_script(command: &Command) -> ErrorRecord {
    let message = why_unknown(&command.text);
    ErrorRecord::new("System.NotSupportedException", "LabScript", message).target(command.summary())
}

/// The script's head line names it, and its whole text its version.
fn why_unknown(script: &str) -> &'static str {
    match script.starts_with("# mapisweep: batch") {
        true => {
            "This is the script of another version of mapisweep than the lab's. The lab knows it by its whole text: take \
             both from one version."
        }
        false => {
            "The lab does not interpret PowerShell. It knows one script, by its whole text, and cmdlets by name."
        }
    }
}

#[cfg(test)]
mod tests {
    use mapisweep_core::batch::SCRIPT;

    use super::*;

    #[test]
    fn another_versions_script_is_called_that() {
        let other = SCRIPT.replace("Add-PSSnapin", "Add-PSSnapIn");
        assert!(why_unknown(&other).contains("another version of mapisweep"));
        assert!(why_unknown("Get-Date").contains("does not interpret"));
    }
}
