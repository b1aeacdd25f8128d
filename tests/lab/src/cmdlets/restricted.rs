//! What Exchange's own endpoint runs: Exchange's cmdlets, one a pipeline, by name and parameters. In no-language mode
//! nothing is a script, be it one command's name.

use super::exchange;
use crate::{
    powershell::{Category, Command, ErrorRecord, Outcome, Runspace},
    psrp::Voice,
    site::OwnEndpointFault,
};

/// Those of the session's own that a client may need; of these the lab has none but the second.
const OF_THE_SESSION: [&str; 2] = ["Get-Command", "Select-Object"];

/// Exchange's that the lab has.
const SHOWN: [&str; 7] = [
    "Get-ClientAccessArray",
    "Get-DatabaseAvailabilityGroup",
    "Get-ExchangeServer",
    "Get-LogonStatistics",
    "Get-Mailbox",
    "Get-MailboxDatabase",
    "Set-AdServerSettings",
];

/// Runs a pipeline there.
pub(crate) fn run(runspace: &Runspace, commands: &[Command], voice: &Voice) -> Outcome {
    if commands.iter().any(|command| command.is_script) {
        return Err(no_scripts());
    }
    let (command, rest) = commands.split_first().ok_or_else(no_scripts)?;
    if let Some(other) = commands.iter().find(|command| !is_shown(runspace, command)) {
        return Err(ErrorRecord::command_not_found(&other.text));
    }
    // its columns cannot be chosen there, as Microsoft's own engine shows
    if rest.iter().any(|select| select.names().next().is_some()) {
        let message = "Cannot validate argument on parameter 'Property'. The number of provided arguments exceeds the \
                       maximum number of allowed arguments (0).";
        let id = "ParameterArgumentValidationError";
        return Err(ErrorRecord::binding(
            "Select-Object",
            id,
            message.to_owned(),
        ));
    }
    let name = command.text.to_ascii_lowercase();
    exchange::run(runspace, command, &name, voice)
}

fn is_shown(runspace: &Runspace, command: &Command) -> bool {
    let faults = runspace
        .world
        .state()
        .machine(&runspace.server)
        .faults()
        .clone();
    let is = |name: &&str| name.eq_ignore_ascii_case(&command.text);
    let is_withheld =
        faults.own_endpoint == OwnEndpointFault::OwnDomainOnly && is(&"Set-AdServerSettings");
    !is_withheld && SHOWN.iter().chain(&OF_THE_SESSION).any(is)
}

pub(super) fn no_scripts() -> ErrorRecord {
    let exception = "System.Management.Automation.ParseException";
    let message = "The syntax is not supported by this runspace. This might be because it is in no-language mode.";
    ErrorRecord::new(exception, "ScriptsNotAllowed", message).category(Category::NotSpecified)
}
