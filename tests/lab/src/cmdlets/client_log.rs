//! `Get-MapisweepClientLog`, a function of the script of [`batch`](super::batch), done as its text says on the one log of a
//! client access server: its lines about some people, the latest first.

use mapisweep_winrm::psrp::clixml::Value;

use super::parameters;
use crate::{
    organization::ExchangeVersion,
    powershell::{Category, Command, ErrorRecord, Outcome, Runspace, object::object},
    psrp::Voice,
    windows::client_log::FIELDS,
};

pub(super) fn get(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    parameters::check(parameters::HELPER, command)?;
    let server = &runspace.server;
    if server.version != ExchangeVersion::Exchange2010 || !server.has_role("ClientAccess") {
        return Err(no_folder());
    }
    let number = |name| {
        let number = command.number(name);
        number.and_then(|number| usize::try_from(number).ok())
    };
    let names = command.parameter("Names").map(texts).unwrap_or_default();
    let (files, bytes) = (number("MostFiles"), number("MostBytes"));
    if files == Some(0) || bytes == Some(0) {
        return Ok(());
    }
    let told = {
        let mut state = runspace.world.state();
        let log = &state.machine(server).client_log;
        log.last(bytes.unwrap_or_default())
    };
    for name in names {
        let name = name.to_lowercase();
        let lines = told.iter().rev();
        let about = lines.filter(|line| line.to_lowercase().contains(&name));
        for line in about.take(number("MostLines").unwrap_or_default()) {
            let row = object(&[
                "System.Management.Automation.PSCustomObject",
                "System.Object",
            ]);
            voice.output(
                row.note("Fields", FIELDS)
                    .note("Line", format!("{line}\r"))
                    .build(),
            );
        }
    }
    Ok(())
}

pub(super) fn texts(value: &Value) -> Vec<String> {
    match value.as_list() {
        Some(items) => items.iter().map(Value::display).collect(),
        None => vec![value.display()],
    }
}

fn no_folder() -> ErrorRecord {
    let folder = r"C:\Program Files\Microsoft\Exchange Server\V14\Logging\RPC Client Access";
    let message = format!("Cannot find path '{folder}' because it does not exist.");
    let exception = "System.Management.Automation.ItemNotFoundException";
    let id = "PathNotFound,Microsoft.PowerShell.Commands.GetChildItemCommand";
    ErrorRecord::new(exception, id, message)
        .category(Category::ObjectNotFound)
        .target(folder)
}
