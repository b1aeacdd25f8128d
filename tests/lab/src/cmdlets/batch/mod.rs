//! The script of [`mapisweep_core::batch`], done as its text says: one question after the other, answered in lines.
//!
//! It is known by its whole text, and only by that: PowerShell is not interpreted, and what is here is this text read by
//! a person. Whoever changes the text has to change this.

mod request;
mod said;

use std::sync::Arc;

use mapisweep_core::batch::SCRIPT;
use tokio::sync::mpsc;

use self::{
    request::Request,
    said::{Rest, Said},
};
use super::{client_log, forest, reach, run_cmdlet, run_helper};
use crate::{
    event::What,
    powershell::{Category, Command, ErrorRecord, Outcome, Runspace},
    psrp::Voice,
};

/// The function of the script that is asked like a cmdlet.
const HELPER: &str = "Invoke-MapisweepHelper";
/// The others.
const CLIENT_LOG: &str = "Get-MapisweepClientLog";
const WHOLE_FOREST: &str = "Set-MapisweepWholeForest";
const REACH: &str = "Test-MapisweepReach";

/// All that it runs.
const ALLOWED: [&str; 18] = [
    "Add-PSSnapin",
    "Get-ClientAccessArray",
    "Get-DatabaseAvailabilityGroup",
    "Get-Date",
    "Get-EventLog",
    "Get-ExchangeServer",
    "Get-Item",
    "Get-ItemProperty",
    "Get-LogonStatistics",
    "Get-Mailbox",
    "Get-MailboxDatabase",
    "Get-PSSnapin",
    "Get-WinEvent",
    "Set-AdServerSettings",
    CLIENT_LOG,
    HELPER,
    WHOLE_FOREST,
    REACH,
];

pub(super) fn is_script(command: &Command) -> bool {
    command.text == SCRIPT
}

pub(super) async fn run(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let requests = command.first("Requests").and_then(Request::read_all);
    let requests = requests.ok_or_else(not_as_written)?;
    let computer = runspace.server.computer_name();
    let meant = command.text_of("Computer");
    let said = Arc::new(Said::to(voice, &computer));
    // this is the script's `finally`: also when the pipeline is stopped
    let _rest = Rest(said.clone());
    let voice = voice.heard_by(said.clone());
    if !meant.is_empty() && !meant.eq_ignore_ascii_case(&computer) {
        return Ok(());
    }
    let mut succeeded: Vec<bool> = Vec::new();
    for request in requests {
        if !request.is_asked(&succeeded) {
            succeeded.push(said.skipped());
            continue;
        }
        let is_helper = request.cmdlet.eq_ignore_ascii_case(HELPER);
        if is_helper && meant.is_empty() {
            said.send_lines();
        }
        said.begin(&request.columns);
        let outcome = run_question(runspace, &request, &voice).await;
        succeeded.push(said.end(outcome.err()));
        if is_helper {
            said.send_lines();
        }
    }
    Ok(())
}

async fn run_question(runspace: &Runspace, request: &Request, voice: &Voice) -> Outcome {
    let Runspace { world, server, .. } = runspace;
    let cmdlet = request.cmdlet.as_str();
    let is = |own: &str| own.eq_ignore_ascii_case(cmdlet);
    if !ALLOWED.into_iter().any(is) {
        return Err(not_allowed(cmdlet));
    }
    let what = cmdlet.to_owned();
    world.tell(server, What::Pipeline { what });
    let command = Command::cmdlet(cmdlet, request.parameters(&server.computer_name()));
    if is(HELPER) {
        run_helper::run(runspace, &command, voice).await
    } else if is(CLIENT_LOG) {
        client_log::get(runspace, &command, voice)
    } else if is(WHOLE_FOREST) {
        forest::set_on_2007(runspace, &command)
    } else if is(REACH) {
        reach::test(runspace, &command, voice)
    } else {
        let (_, nothing) = mpsc::unbounded_channel();
        run_cmdlet(runspace, &command, nothing, voice).await
    }
}

/// What `throw` makes of a text.
fn not_allowed(cmdlet: &str) -> ErrorRecord {
    let message = format!("{cmdlet} is not on the list of cmdlets");
    let exception = "System.Management.Automation.RuntimeException";
    ErrorRecord::new(exception, &message, message.as_str())
        .category(Category::OperationStopped)
        .target(&message)
}

fn not_as_written() -> ErrorRecord {
    let message =
        "The lab does not interpret PowerShell. It takes requests as mapisweep writes them.";
    ErrorRecord::new("System.NotSupportedException", "LabBatch", message)
}

#[cfg(test)]
mod tests;
