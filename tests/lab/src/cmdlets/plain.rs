//! Cmdlets of PowerShell itself, and the lab's own.

use std::time::Duration;

use jiff::Timestamp;
use mapisweep_winrm::psrp::{
    clixml::{Content, Value},
    message::MessageType,
};
use secrecy::ExposeSecret;

use crate::{
    powershell::{
        Category, Command, ErrorRecord, Input, Outcome, Runspace,
        object::{enumeration, local_time, object},
    },
    psrp::Voice,
};

pub(super) fn get_date(runspace: &Runspace, voice: &Voice) -> Outcome {
    let hint = "Microsoft.PowerShell.Commands.DisplayHintType";
    let now = object(&[])
        .holding(Content::Primitive(local_time(
            Timestamp::now() + runspace.faults().clock_ahead,
        )))
        .note("DisplayHint", enumeration(hint, "DateTime", 2));
    voice.output(now);
    Ok(())
}

/// `Get-Item Env:COMPUTERNAME`.
pub(super) fn get_item(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let path = command.text("Path").unwrap_or_default();
    if let Some(setting) = path.strip_prefix(r"WSMan:\localhost\") {
        return setting_of_winrm(runspace, setting, &path, voice);
    }
    let variable = path.strip_prefix("Env:").unwrap_or(&path);
    if !variable.eq_ignore_ascii_case("COMPUTERNAME") {
        let path = format!(r"Env:\{variable}");
        voice.error(&path_not_found("Get-Item", &path));
        return Ok(());
    }
    let name = runspace.server.computer_name();
    let entry = object(&[
        "System.Collections.DictionaryEntry",
        "System.ValueType",
        "System.Object",
    ])
    .shown_as("System.Collections.DictionaryEntry")
    .with("Key", "COMPUTERNAME")
    .with("Value", name)
    .note(
        "PSPath",
        r"Microsoft.PowerShell.Core\Environment::COMPUTERNAME",
    )
    .note("PSIsContainer", false)
    .note("Name", "COMPUTERNAME");
    voice.output(entry);
    Ok(())
}

/// WinRM's own provider: a setting's value is a text.
fn setting_of_winrm(runspace: &Runspace, setting: &str, path: &str, voice: &Voice) -> Outcome {
    let value = match setting {
        r"Service\AllowUnencrypted" => runspace.faults().allows_unencrypted.to_string(),
        r"Shell\MaxShellsPerUser" => runspace.server.quotas.shells_per_user.to_string(),
        _ => {
            voice.error(&path_not_found("Get-Item", path));
            return Ok(());
        }
    };
    let name = setting.rsplit('\\').next().unwrap_or(setting);
    let leaf = object(&[
        "Microsoft.WSMan.Management.WSManConfigLeafElement",
        "Microsoft.WSMan.Management.WSManConfigElement",
        "System.Object",
    ])
    .with("Value", value)
    .with("Name", name)
    .with("TypeNameOfElement", "System.String");
    voice.output(leaf);
    Ok(())
}

pub(super) fn path_not_found(cmdlet: &str, path: &str) -> ErrorRecord {
    let message = format!("Cannot find path '{path}' because it does not exist.");
    let exception = "System.Management.Automation.ItemNotFoundException";
    let id = format!(
        "PathNotFound,Microsoft.PowerShell.Commands.{}Command",
        cmdlet.replace('-', "")
    );
    ErrorRecord::new(exception, &id, message)
        .category(Category::ObjectNotFound)
        .target(path)
        .in_cmdlet(cmdlet)
}

/// Puts out what it is given, by parameter or by pipeline.
pub(super) async fn write_output(command: &Command, mut input: Input, voice: &Voice) -> Outcome {
    match command.first("InputObject") {
        Some(value) => match value.as_list() {
            Some(items) => items.iter().for_each(|item| voice.output(item.clone())),
            None => voice.output(value.clone()),
        },
        None => {
            while let Some(value) = input.recv().await {
                voice.output(value);
            }
        }
    }
    Ok(())
}

/// `Write-Error`, terminating with `-ErrorAction Stop`.
pub(super) fn write_error(command: &Command, voice: &Voice) -> Outcome {
    let text = command.text("Message").unwrap_or_default();
    let exception = "Microsoft.PowerShell.Commands.WriteErrorException";
    let id = format!("{exception},Microsoft.PowerShell.Commands.WriteErrorCommand");
    let record = ErrorRecord::new(exception, &id, text).in_cmdlet("Write-Error");
    let action = command.parameter("ErrorAction").map(Value::display);
    if action.is_some_and(|action| action.eq_ignore_ascii_case("Stop")) {
        return Err(record);
    }
    voice.error(&record);
    Ok(())
}

/// `Write-Warning`, and `Write-Verbose` as if it were wanted.
pub(super) fn write_message(command: &Command, voice: &Voice) -> Outcome {
    let text = command.text("Message").unwrap_or_default();
    let kind = if command.text.eq_ignore_ascii_case("Write-Verbose") {
        MessageType::VerboseRecord
    } else {
        MessageType::WarningRecord
    };
    voice.inform(kind, &text);
    Ok(())
}

pub(super) async fn start_sleep(command: &Command) -> Outcome {
    let seconds = command.first("Seconds").and_then(Value::as_i64);
    let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    tokio::time::sleep(Duration::from_secs(seconds.unwrap_or_default())).await;
    Ok(())
}

/// `-Count` objects with a property of `-Size` characters each.
pub(super) fn get_lab_object(command: &Command, voice: &Voice) -> Outcome {
    const MOST: i64 = 100 << 20;
    let count = command.number("Count").unwrap_or(1).max(0);
    let size = command.number("Size").unwrap_or(1).max(0);
    if count.saturating_mul(size.max(1)) > MOST {
        let message = format!("{count} objects of {size} characters are more than the lab makes.");
        let record = ErrorRecord::new("System.ArgumentException", "LabObject", message);
        return Err(record.category(Category::InvalidArgument));
    }
    let text = "x".repeat(usize::try_from(size).unwrap_or_default());
    for number in 0..count {
        let row = object(&["Mapisweep.LabObject", "System.Object"])
            .with("Number", Value::I64(number))
            .with("Text", text.as_str());
        voice.output(row);
    }
    Ok(())
}

/// Puts out the text of `-SecureString`, which is what no real cmdlet should do.
pub(super) fn show_lab_secret(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let failure =
        |message: &str| ErrorRecord::new("System.ArgumentException", "LabSecret", message);
    let Some(Value::SecureString(cipher)) = command.first("SecureString") else {
        return Err(failure("There is no secure string."));
    };
    let key = runspace
        .session_key()
        .ok_or_else(|| failure("There is no session key."))?;
    let secret = key
        .decrypt(cipher)
        .map_err(|error| failure(&error.to_string()))?;
    voice.output(secret.expose_secret());
    Ok(())
}
