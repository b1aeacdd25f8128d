//! `Test-MapisweepReach`, a function of the script of [`batch`](super::batch), done as its text says on the simulated
//! network: there is nobody but the servers of the lab.

use mapisweep_winrm::psrp::clixml::Value;

use super::{client_log::texts, parameters};
use crate::{
    powershell::{Command, Outcome, Runspace, object::object},
    psrp::Voice,
};

pub(super) fn test(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    parameters::check(parameters::HELPER, command)?;
    let addresses = command.parameter("Addresses").map(texts);
    let ports = command.parameter("Ports").and_then(Value::as_list);
    let ports: Vec<_> = ports.unwrap_or_default().to_vec();
    for address in addresses.unwrap_or_default() {
        let result = result(runspace, &address);
        for port in &ports {
            let row = object(&[
                "System.Management.Automation.PSCustomObject",
                "System.Object",
            ]);
            let row = row.note("Address", address.as_str());
            let row = row.note("Port", port.clone()).note("Result", result);
            voice.output(row.build());
        }
    }
    Ok(())
}

/// The same of each port.
fn result(runspace: &Runspace, address: &str) -> &'static str {
    let world = &runspace.world;
    let mut state = world.state();
    if state.machine(&runspace.server).faults().is_cut_off {
        return "NetworkUnreachable";
    }
    let mut servers = world.organization.servers.iter();
    let there = servers.find(|server| server.address.to_string() == address);
    match there {
        Some(server) if !state.machine(server).faults().is_dead => "Success",
        _ => "Nothing",
    }
}
