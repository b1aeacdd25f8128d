//! Cmdlets of the Exchange snap-in, other than `Get-LogonStatistics`.

use mapisweep_winrm::psrp::clixml::Value;

use super::{logon_statistics, snap_in};
use crate::{
    organization::{ExchangeVersion, ServerSpec},
    powershell::{
        Category, Command, ErrorRecord, Outcome, Runspace,
        object::{enumeration, object, text_or_null},
    },
    psrp::Voice,
};

pub(super) fn run(runspace: &Runspace, command: &Command, name: &str, voice: &Voice) -> Outcome {
    let has_dags = runspace.server.version > ExchangeVersion::Exchange2007;
    let cmdlet: fn(&Runspace, &Command, &Voice) -> Outcome = match name {
        "get-logonstatistics" => logon_statistics::get,
        "get-exchangeserver" => get_exchange_server,
        "get-mailbox" => get_mailbox,
        "get-mailboxdatabase" => get_mailbox_database,
        "get-databaseavailabilitygroup" if has_dags => get_dag,
        _ => return Err(ErrorRecord::command_not_found(&command.text)),
    };
    if !snap_in::is_loaded(runspace) {
        return Err(ErrorRecord::command_not_found(&command.text));
    }
    let second_hop = runspace
        .world
        .state()
        .machine(&runspace.server)
        .faults()
        .second_hop;
    let outcome = if second_hop {
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
pub(super) fn not_found(kind: &str, identity: &str) -> ErrorRecord {
    let message = format!(
        "The operation could not be performed because {kind} '{identity}' could not be found on domain controller \
         'dc01.corp.example'."
    );
    let exception = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException";
    let id = "5CE9BE00,Microsoft.Exchange.Configuration.Tasks.GetTask";
    ErrorRecord::new(exception, id, message)
        .category(Category::InvalidData)
        .target(identity)
}

/// A reference to a directory object, which shows as its name.
fn reference(name: &str) -> Value {
    object(&[
        "Microsoft.Exchange.Data.Directory.ADObjectId",
        "System.Object",
    ])
    .shown_as(name)
    .with("Name", name)
    .build()
}

fn get_exchange_server(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let organization = &runspace.world.organization;
    match command.text("Identity") {
        None => {
            for server in &organization.servers {
                voice.output(exchange_server(server));
            }
        }
        Some(wanted) => {
            let server = organization.server(&wanted);
            let server = server.ok_or_else(|| not_found("server", &wanted))?;
            voice.output(exchange_server(server));
        }
    }
    Ok(())
}

fn exchange_server(server: &ServerSpec) -> Value {
    let name = server.name.to_ascii_uppercase();
    let version = object(&["Microsoft.Exchange.Data.ServerVersion", "System.Object"])
        .shown_as(server.version.admin_display());
    let roles_type = "Microsoft.Exchange.Data.Directory.SystemConfiguration.ServerRole";
    let (roles, number) = match server.version {
        ExchangeVersion::Exchange2007 => ("Mailbox", 2),
        _ => ("Mailbox, ClientAccess", 6),
    };
    object(&[
        "Microsoft.Exchange.Data.Directory.Management.ExchangeServer",
        "System.Object",
    ])
    .shown_as(&name)
    .with("Name", name.as_str())
    .with("Fqdn", server.fqdn())
    .with("ServerRole", enumeration(roles_type, roles, number))
    .with("AdminDisplayVersion", version)
    .with("Edition", "Enterprise")
    .with("IsMailboxServer", true)
    .with("Identity", reference(&name))
    .build()
}

fn get_mailbox(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let world = &runspace.world;
    let wanted = command.text("Identity").unwrap_or_default();
    let user = world.organization.recipient(&wanted);
    let user = user.ok_or_else(|| not_found("mailbox", &wanted))?;
    let database = world.database_of(user);
    let server = database
        .as_ref()
        .and_then(|database| world.state().mounted.get(database).cloned());
    let mailbox = object(&[
        "Microsoft.Exchange.Data.Directory.Management.Mailbox",
        "System.Object",
    ])
    .shown_as(&user.display_name)
    .with("SamAccountName", user.account.as_str())
    .with("DisplayName", user.display_name.as_str())
    .with("Alias", user.account.as_str())
    .with("LegacyExchangeDN", user.legacy_dn())
    .with("PrimarySmtpAddress", user.mail_address())
    .with(
        "Database",
        database.map_or(Value::Null, |name| reference(&name)),
    )
    .with("ServerName", text_or_null(server))
    .with("Identity", reference(&user.display_name));
    voice.output(mailbox);
    Ok(())
}

fn get_mailbox_database(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let wanted = command.text("Identity");
    let is_wanted = |name: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    let mut found = false;
    for server in &runspace.world.organization.servers {
        for name in server.databases.iter().filter(|name| is_wanted(name)) {
            found = true;
            voice.output(mailbox_database(
                runspace,
                server,
                name,
                command.switch("Status"),
            ));
        }
    }
    match wanted {
        Some(wanted) if !found => Err(not_found("database", &wanted)),
        _ => Ok(()),
    }
}

/// Where it is mounted is told only with `-Status`.
fn mailbox_database(runspace: &Runspace, server: &ServerSpec, name: &str, status: bool) -> Value {
    let world = &runspace.world;
    let mounted = world.state().mounted.get(name).cloned();
    let mounted = mounted.and_then(|name| world.organization.server(&name));
    let database = "Microsoft.Exchange.Data.Directory.SystemConfiguration.MailboxDatabase";
    let mut row = object(&[database, "System.Object"])
        .shown_as(name)
        .with("Name", name)
        .with("Server", reference(&server.name.to_ascii_uppercase()))
        .with("Identity", reference(name));
    if status {
        row = row.with("Mounted", mounted.is_some()).with(
            "MountedOnServer",
            text_or_null(mounted.map(ServerSpec::fqdn)),
        );
    }
    row.build()
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
        return Err(not_found("database availability group", &wanted));
    }
    for name in names {
        let members = organization.members(name);
        let members =
            Value::list(members.map(|server| reference(&server.name.to_ascii_uppercase())));
        let operational = Some(members.clone()).filter(|_| command.switch("Status"));
        let dag = "Microsoft.Exchange.Data.Directory.SystemConfiguration.DatabaseAvailabilityGroup";
        let row = object(&[dag, "System.Object"])
            .shown_as(name)
            .with("Name", name)
            .with("Servers", members)
            .with("OperationalServers", operational.unwrap_or(Value::Null))
            .with("Identity", reference(name));
        voice.output(row);
    }
    Ok(())
}
