//! Cmdlets of the Exchange snap-in, other than `Get-LogonStatistics`.

use mapisweep_winrm::psrp::message::MessageType;

use super::{directory, forest, logon_statistics, parameters, snap_in};
use crate::{
    organization::{ExchangeVersion, ServerSpec, UserSpec},
    powershell::{Category, Command, ErrorRecord, Outcome, Runspace},
    psrp::Voice,
    site::Site,
};

pub(super) fn run(runspace: &Runspace, command: &Command, name: &str, voice: &Voice) -> Outcome {
    let has_dags = runspace.server.version > ExchangeVersion::Exchange2007;
    let has_arrays = runspace.server.version == ExchangeVersion::Exchange2010;
    let cmdlet: fn(&Runspace, &Command, &Voice) -> Outcome = match name {
        "get-logonstatistics" => logon_statistics::get,
        "get-exchangeserver" => get_exchange_server,
        "get-mailbox" => get_mailbox,
        "get-mailboxdatabase" => get_mailbox_database,
        "get-databaseavailabilitygroup" if has_dags => get_dag,
        "get-clientaccessarray" if has_arrays => get_client_access_array,
        "set-adserversettings" if has_dags => forest::set,
        _ => return Err(ErrorRecord::command_not_found(&command.text)),
    };
    if runspace.site == Site::Plain && !snap_in::is_loaded(runspace) {
        return Err(ErrorRecord::command_not_found(&command.text));
    }
    parameters::check(parameters::EXCHANGE, command)?;
    let requires_delegation = runspace
        .world
        .state()
        .machine(&runspace.server)
        .faults()
        .requires_delegation;
    let hops = runspace.site == Site::Plain && !runspace.is_delegated;
    let outcome = if requires_delegation && hops {
        Err(no_active_directory())
    } else {
        cmdlet(runspace, command, voice)
    };
    // Exchange reports these as non-terminating errors
    if let Err(error) = outcome {
        voice.error(&error.in_cmdlet(&command.text));
    }
    Ok(())
}

fn no_active_directory() -> ErrorRecord {
    let message = "Active Directory server is not available. Error message: The supplied credential is invalid.";
    let exception = "Microsoft.Exchange.Data.Directory.ADTransientException";
    let id = "1D8A4F60,Microsoft.Exchange.Configuration.Tasks.GetTask";
    ErrorRecord::new(exception, id, message)
}

/// What Exchange says of an identity that it does not know.
pub(super) fn not_found(identity: &str) -> ErrorRecord {
    let message = format!(
        "The operation couldn't be performed because object '{identity}' couldn't be found on 'dc01.corp.example'."
    );
    let exception = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException";
    let id = "5CE9BE00,Microsoft.Exchange.Configuration.Tasks.GetTask";
    ErrorRecord::new(exception, id, message)
        .category(Category::InvalidData)
        .target(identity)
}

fn get_exchange_server(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let organization = &runspace.world.organization;
    match command.text("Identity") {
        None => {
            for server in &organization.servers {
                voice.output(directory::exchange_server(server));
            }
        }
        Some(wanted) => {
            let server = organization.server(&wanted);
            let server = server.ok_or_else(|| not_found(&wanted))?;
            voice.output(directory::exchange_server(server));
        }
    }
    Ok(())
}

fn get_mailbox(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let organization = &runspace.world.organization;
    let is_seen = |user: &&UserSpec| runspace.sees_whole_forest() || !user.is_of_another_domain;
    let users: Vec<_> = match command.text("Filter") {
        Some(filter) => {
            let dn = former_dn(&filter).ok_or_else(|| not_a_filter(&filter))?;
            let users = organization.users.iter().filter(is_seen);
            users.filter(|user| user.had(&dn)).collect()
        }
        None => {
            let wanted = command.text("Identity").unwrap_or_default();
            let users: Vec<_> = organization.recipients(&wanted).filter(is_seen).collect();
            if users.is_empty() {
                return Err(not_found(&wanted));
            }
            users
        }
    };
    let is_unlimited = command.text("ResultSize").as_deref() == Some("Unlimited");
    let most = if is_unlimited { users.len() } else { RESULTS };
    if users.len() > most {
        voice.inform(MessageType::WarningRecord, MORE_RESULTS);
    }
    for user in users.into_iter().take(most) {
        voice.output(directory::mailbox(&runspace.world, user));
    }
    Ok(())
}

/// So many Exchange's cmdlets for recipients tell where nobody says how many, and that there are more.
const RESULTS: usize = 1000;
const MORE_RESULTS: &str = "By default, only the first 1000 items are returned. Use the ResultSize parameter to specify the \
                            number of items returned. To return all items, specify \"-ResultSize Unlimited\".";

/// The DN in a filter for an X500 address; the lab knows no other filter.
fn former_dn(filter: &str) -> Option<String> {
    let dn = filter.strip_prefix("EmailAddresses -eq 'X500:")?;
    let dn = dn.strip_suffix('\'')?;
    // a quote inside is written twice
    let is_closed = !dn.replace("''", "").contains('\'');
    is_closed.then(|| dn.replace("''", "'"))
}

fn not_a_filter(filter: &str) -> ErrorRecord {
    let exception = "Microsoft.Exchange.Data.ParsingException";
    let message = format!("Invalid filter syntax: \"{filter}\"");
    ErrorRecord::new(exception, "InvalidFilter", message).category(Category::InvalidArgument)
}

fn get_mailbox_database(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let wanted = command.text("Identity");
    let is_wanted = |name: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    let mut found = false;
    let organization = &runspace.world.organization;
    let on = match command.text("Server") {
        None => None,
        Some(name) => Some(organization.server(&name).ok_or_else(|| not_found(&name))?),
    };
    // a member of a group has copies of the others' databases; unless they are named, those of another release are left out
    let is_meant = |server: &&ServerSpec| match on {
        Some(on) => organization
            .copies_of(on)
            .iter()
            .any(|copy| copy.name == server.name),
        None => wanted.is_some() || server.version == runspace.server.version,
    };
    for server in organization.servers.iter().filter(is_meant) {
        for name in server.databases.iter().filter(|name| is_wanted(name)) {
            found = true;
            voice.output(directory::mailbox_database(
                &runspace.world,
                server,
                name,
                command.switch("Status"),
            ));
        }
    }
    match wanted {
        Some(wanted) if !found => Err(not_found(&wanted)),
        _ => Ok(()),
    }
}

fn get_dag(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let organization = &runspace.world.organization;
    let wanted = command.text("Identity");
    let mut names: Vec<_> = organization
        .servers
        .iter()
        .filter_map(|server| server.dag.as_deref())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(name))
    });
    if let Some(wanted) = wanted.filter(|_| names.is_empty()) {
        return Err(not_found(&wanted));
    }
    let status = command.switch("Status");
    for name in names {
        let mut members: Vec<_> = organization.members(name).collect();
        if members
            .iter()
            .any(|server| server.version != runspace.server.version)
        {
            // how wrong another release's answer is, is not known: here it fails, or forgets somebody
            if status {
                return Err(of_another_release(name));
            }
            members.pop();
        }
        let row = directory::availability_group(organization, name, &members, status);
        voice.output(row);
    }
    Ok(())
}

fn of_another_release(dag: &str) -> ErrorRecord {
    let message = format!("The lab tells of '{dag}' only on a server of its members' release.");
    ErrorRecord::new("System.InvalidOperationException", "LabRelease", message).target(dag)
}

fn get_client_access_array(runspace: &Runspace, _: &Command, voice: &Voice) -> Outcome {
    let organization = &runspace.world.organization;
    let mut names: Vec<_> = organization
        .servers
        .iter()
        .filter_map(|server| server.array.as_deref())
        .collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        voice.output(directory::client_access_array(organization, name));
    }
    Ok(())
}
