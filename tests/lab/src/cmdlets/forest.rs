//! Where recipients are sought: `Set-AdServerSettings`, and the function of the script of [`batch`](super::batch) that does
//! the same on Exchange 2007.

use super::{parameters, snap_in};
use crate::{
    organization::ExchangeVersion,
    powershell::{Category, Command, ErrorRecord, Outcome, Runspace},
    psrp::Voice,
    site::Site,
};

pub(super) fn set(runspace: &Runspace, command: &Command, _: &Voice) -> Outcome {
    if runspace.site == Site::Plain && is_withheld(runspace) {
        let exception =
            "Microsoft.Exchange.Configuration.Authorization.CmdletAccessDeniedException";
        let message = "Access is denied.";
        return Err(ErrorRecord::new(exception, "LabForest", message));
    }
    runspace.see_whole_forest(command.switch("ViewEntireForest"));
    Ok(())
}

pub(super) fn set_on_2007(runspace: &Runspace, command: &Command) -> Outcome {
    parameters::check(parameters::HELPER, command)?;
    let has_type = runspace.server.version == ExchangeVersion::Exchange2007;
    if !has_type || !snap_in::is_loaded(runspace) || is_withheld(runspace) {
        return Err(no_type());
    }
    runspace.see_whole_forest(true);
    Ok(())
}

fn is_withheld(runspace: &Runspace) -> bool {
    let mut state = runspace.world.state();
    state.machine(&runspace.server).faults().own_domain_only
}

/// What PowerShell 2.0 says of a type that is not there.
fn no_type() -> ErrorRecord {
    let name = "Microsoft.Exchange.Data.Directory.AdminSessionADSettings";
    let message = format!(
        "Unable to find type [{name}]: make sure that the assembly containing this type is loaded."
    );
    let exception = "System.Management.Automation.RuntimeException";
    ErrorRecord::new(exception, "TypeNotFound", message)
        .category(Category::InvalidOperation)
        .target(name)
}
