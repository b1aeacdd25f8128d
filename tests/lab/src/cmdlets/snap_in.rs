//! `Get-PSSnapin` and `Add-PSSnapin`.

use crate::{
    fault::SnapIns,
    organization::ExchangeVersion,
    powershell::{Category, Command, ErrorRecord, Outcome, Runspace, object::object},
    psrp::Voice,
};

pub(super) fn get(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    const CORE: &str = "Microsoft.PowerShell.Core";
    let names = if command.switch("Registered") {
        Vec::from_iter(registered(runspace).map(str::to_owned))
    } else {
        let loaded = runspace.snap_ins();
        [CORE.to_owned()]
            .into_iter()
            .chain(loaded.iter().cloned())
            .collect()
    };
    for name in names {
        let info = object(&["System.Management.Automation.PSSnapInInfo", "System.Object"])
            .shown_as(&name)
            .with("Name", name.as_str())
            .with("IsDefault", name == CORE)
            .with("Description", "");
        voice.output(info);
    }
    Ok(())
}

pub(super) fn add(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    // neither of these ends the pipeline
    if let Err(failure) = load(runspace, command) {
        voice.error(&failure);
    }
    Ok(())
}

fn load(runspace: &Runspace, command: &Command) -> Outcome {
    let name = command.text("Name").unwrap_or_default();
    let failure = |message: String| {
        let exception = "System.Management.Automation.PSArgumentException";
        let id = "AddPSSnapInRead,Microsoft.PowerShell.Commands.AddPSSnapinCommand";
        ErrorRecord::new(exception, id, message)
            .category(Category::InvalidArgument)
            .target(&name)
            .in_cmdlet("Add-PSSnapin")
    };
    let own = registered(runspace).filter(|own| name.eq_ignore_ascii_case(own));
    let Some(own) = own else {
        let message =
            format!("The Windows PowerShell snap-in '{name}' is not installed on this machine.");
        return Err(failure(message));
    };
    if runspace.faults().snap_ins == SnapIns::Broken {
        let message = format!(
            "Cannot load Windows PowerShell snap-in {name} because of the following error: Could not load file or assembly."
        );
        return Err(failure(message));
    }
    if !runspace.snap_ins().insert(own.to_owned()) {
        let message =
            format!("Cannot add Windows PowerShell snap-in {name} because it is already added.");
        return Err(failure(message));
    }
    Ok(())
}

/// Exchange's, as far as it is there.
fn registered(runspace: &Runspace) -> Option<&'static str> {
    match runspace.faults().snap_ins {
        SnapIns::Own | SnapIns::Broken => Some(runspace.server.version.snap_in()),
        SnapIns::Of2007 => Some(ExchangeVersion::Exchange2007.snap_in()),
        SnapIns::None => None,
    }
}

/// Whether the Exchange cmdlets are there.
pub(super) fn is_loaded(runspace: &Runspace) -> bool {
    let own = registered(runspace);
    own.is_some_and(|own| runspace.snap_ins().contains(own))
}
