//! `Get-ItemProperty` on the few registry keys that matter.

use mapisweep_winrm::psrp::clixml::{Content, Value};

use super::plain::path_not_found;
use crate::{
    organization::{ExchangeVersion, ServerSpec},
    powershell::{Category, Command, ErrorRecord, Outcome, Runspace, object::object},
    psrp::Voice,
};

const INFORMATION_STORE: &str =
    r"HKLM:\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem";
const TCPIP: &str = r"HKLM:\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";

const WSMAN: &str = r"HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN";
const STACK: &str = "ServiceStackVersion";

/// Which WinRM this version's Windows has.
fn stack(server: &ServerSpec) -> &'static str {
    match server.version {
        ExchangeVersion::Exchange2007 | ExchangeVersion::Exchange2010 => "2.0",
        ExchangeVersion::Exchange2013 | ExchangeVersion::Exchange2016 => "3.0",
    }
}

pub(super) fn get(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let path = command.text("Path").unwrap_or_default();
    if runspace.server.denies_registry {
        voice.error(&denied());
        return Ok(());
    }
    if path.eq_ignore_ascii_case(WSMAN) {
        voice.output(row(&path, &[(STACK, stack(&runspace.server).into())]));
        return Ok(());
    }
    let Some(values) = values(&runspace.server, &path) else {
        voice.error(&path_not_found("Get-ItemProperty", &path));
        return Ok(());
    };
    // a DWORD, which PowerShell has as Int32
    let values = values.into_iter();
    let values = values.map(|(name, number)| (name, Value::I32(number.cast_signed())));
    let mut values: Vec<_> = values.collect();
    if let Some(wanted) = command.parameter("Name").map(Value::display) {
        values.retain(|(name, _)| wanted.eq_ignore_ascii_case(name));
        if values.is_empty() {
            voice.error(&property_not_found(&wanted, &path));
            return Ok(());
        }
    }
    voice.output(row(&path, &values));
    Ok(())
}

/// What the registry's provider makes of a key: an object around one of the same members.
fn row(path: &str, values: &[(&str, Value)]) -> Value {
    let key = path
        .trim_end_matches('\\')
        .replacen("HKLM:", "HKEY_LOCAL_MACHINE", 1);
    let (parent, name) = key.rsplit_once('\\').unwrap_or_default();
    let full = |key: &str| Value::String(format!(r"Microsoft.PowerShell.Core\Registry::{key}"));
    let values = values.iter().cloned();
    let places = [
        ("PSPath", full(&key)),
        ("PSParentPath", full(parent)),
        ("PSChildName", name.into()),
        ("PSDrive", "HKLM".into()),
        ("PSProvider", r"Microsoft.PowerShell.Core\Registry".into()),
    ];
    let members: Vec<_> = values.chain(places).collect();
    let shown = members
        .iter()
        .map(|(name, value)| format!("{name}={}", value.display()));
    let shown = format!("@{{{}}}", shown.collect::<Vec<_>>().join("; "));
    let bag = || {
        let bag = object(&[
            "System.Management.Automation.PSCustomObject",
            "System.Object",
        ]);
        members
            .iter()
            .fold(bag, |bag, (name, value)| bag.note(name, value.clone()))
    };
    bag()
        .shown_as(&shown)
        .holding(Content::Primitive(bag().build()))
        .build()
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

/// As a German server says it.
fn denied() -> ErrorRecord {
    let exception = "System.Security.SecurityException";
    let id = format!("{exception},Microsoft.PowerShell.Commands.GetItemPropertyCommand");
    let message = "Der angeforderte Registrierungszugriff ist nicht zulässig.";
    ErrorRecord::new(exception, &id, message)
        .category(Category::PermissionDenied)
        .in_cmdlet("Get-ItemProperty")
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
