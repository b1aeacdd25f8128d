//! `Get-ItemProperty` on the few registry keys that matter.

use mapisweep_winrm::psrp::clixml::Value;

use super::plain::path_not_found;
use crate::{
    organization::ServerSpec,
    powershell::{Category, Command, ErrorRecord, Outcome, Runspace, object::object},
    psrp::Voice,
};

const INFORMATION_STORE: &str =
    r"HKLM:\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem";
const TCPIP: &str = r"HKLM:\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";

pub(super) fn get(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let path = command.text("Path").unwrap_or_default();
    let Some(mut values) = values(&runspace.server, &path) else {
        voice.error(&path_not_found("Get-ItemProperty", &path));
        return Ok(());
    };
    if let Some(wanted) = command.parameter("Name").map(Value::display) {
        values.retain(|(name, _)| wanted.eq_ignore_ascii_case(name));
        if values.is_empty() {
            voice.error(&property_not_found(&wanted, &path));
            return Ok(());
        }
    }
    let mut row = object(&[
        "System.Management.Automation.PSCustomObject",
        "System.Object",
    ]);
    for (name, number) in values {
        // a DWORD, which PowerShell has as Int32
        row = row.note(name, number.cast_signed());
    }
    voice.output(row.note("PSPath", path.as_str()).note("PSDrive", "HKLM"));
    Ok(())
}

/// The values of a key; `None` when there is no such key.
fn values(server: &ServerSpec, path: &str) -> Option<Vec<(&'static str, u32)>> {
    let is = |key: &str| path.trim_end_matches('\\').eq_ignore_ascii_case(key);
    if is(INFORMATION_STORE) {
        let limit = server.session_limit;
        return Some(Vec::from_iter(
            limit.map(|limit| ("Maximum Allowed Sessions Per User", limit)),
        ));
    }
    if is(TCPIP) {
        let time = server.keep_alive_time.map(|time| ("KeepAliveTime", time));
        return Some(
            time.into_iter()
                .chain([("EnableICMPRedirect", 1)])
                .collect(),
        );
    }
    None
}

fn property_not_found(name: &str, path: &str) -> ErrorRecord {
    let message = format!("Property {name} does not exist at path {path}.");
    let exception = "System.Management.Automation.PSArgumentException";
    let id = format!("{exception},Microsoft.PowerShell.Commands.GetItemPropertyCommand");
    ErrorRecord::new(exception, &id, message)
        .category(Category::InvalidArgument)
        .target(name)
        .in_cmdlet("Get-ItemProperty")
}
