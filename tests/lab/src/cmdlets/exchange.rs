//! Cmdlets of the Exchange snap-in, other than `Get-LogonStatistics`.

use mapisweep_winrm::psrp::clixml::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{logon_statistics, parameters, snap_in};
use crate::{
    organization::{DNS_DOMAIN, ExchangeVersion, ServerSpec, UserSpec},
    powershell::{
        Category, Command, ErrorRecord, Outcome, Runspace,
        object::{Builder, array, enumeration, object, text_or_null},
    },
    psrp::Voice,
    world::World,
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
    parameters::check(parameters::EXCHANGE, command)?;
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

const REFERENCE: &str = "Microsoft.Exchange.Data.Directory.ADObjectId";

/// A reference to a directory object, which shows as its name.
fn reference(name: &str) -> Value {
    let types = [
        REFERENCE,
        "Microsoft.Exchange.Data.ObjectId",
        "System.Object",
    ];
    object(&types).shown_as(name).with("Name", name).build()
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
            let server = server.ok_or_else(|| not_found(&wanted))?;
            voice.output(exchange_server(server));
        }
    }
    Ok(())
}

fn exchange_server(server: &ServerSpec) -> Value {
    let name = server.name.to_ascii_uppercase();
    let [major, minor, build, revision] = server.version.build();
    let version = object(&["Microsoft.Exchange.Data.ServerVersion", "System.Object"])
        .shown_as(&server.version.admin_display())
        .with("Major", major)
        .with("Minor", minor)
        .with("Build", build)
        .with("Revision", revision)
        .with("FilePatchLevelDescription", Value::Null);
    let (roles, number) = match server.version {
        ExchangeVersion::Exchange2007 => ("Mailbox", 2),
        _ => ("Mailbox, ClientAccess", 6),
    };
    let roles = enumeration(&format!("{CONFIGURATION}.ServerRole"), roles, number);
    let legacy_dn = format!("/o=Example/ou=Exchange/cn=Configuration/cn=Servers/cn={name}");
    let editions = "Microsoft.Exchange.Data.ServerEditionType";
    presented("ExchangeServer", &name)
        .with("Fqdn", server.fqdn())
        .with("Domain", DNS_DOMAIN)
        .with("ExchangeLegacyDN", legacy_dn)
        .with("InternetWebProxy", Value::Null)
        .with("ServerRole", roles)
        .with("AdminDisplayVersion", version)
        .with("Edition", enumeration(editions, "Enterprise", 3))
        .with("IsMailboxServer", true)
        .with("IsClientAccessServer", number & 4 != 0)
        .build()
}

const CONFIGURATION: &str = "Microsoft.Exchange.Data.Directory.SystemConfiguration";

/// An object of the directory's configuration.
fn configured(kind: &str, name: &str) -> Builder {
    directory_object(&[&format!("{CONFIGURATION}.{kind}")], name)
}

/// An object of the directory as the management cmdlets present it.
fn presented(kind: &str, name: &str) -> Builder {
    let namespace = "Microsoft.Exchange.Data.Directory.Management";
    let types = [kind, "ADPresentationObject"].map(|kind| format!("{namespace}.{kind}"));
    directory_object(&types.each_ref().map(String::as_str), name)
}

fn directory_object(types: &[&str], name: &str) -> Builder {
    const BASES: [&str; 4] = [
        "Microsoft.Exchange.Data.Directory.ADObject",
        "Microsoft.Exchange.Data.Directory.ADRawEntry",
        "Microsoft.Exchange.Data.ConfigurableObject",
        "System.Object",
    ];
    object(&[types, &BASES].concat())
        .shown_as(name)
        .with("Name", name)
        .with("Guid", Value::Guid(guid_of(name)))
        .with("WhenChanged", Value::Null)
        .with("WhenChangedUTC", Value::Null)
        .with("Identity", reference(name))
        .with("IsValid", true)
}

/// The same whenever it is asked for.
fn guid_of(name: &str) -> Uuid {
    let digest = Sha256::digest(name);
    Uuid::from_slice(&digest[..16]).unwrap_or_default()
}

fn get_mailbox(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let world = &runspace.world;
    let wanted = command.text("Identity").unwrap_or_default();
    let mut users = world.organization.recipients(&wanted).peekable();
    if users.peek().is_none() {
        return Err(not_found(&wanted));
    }
    for user in users {
        voice.output(mailbox(world, user));
    }
    Ok(())
}

fn mailbox(world: &World, user: &UserSpec) -> Value {
    let database = world.database_of(user);
    let server = database
        .as_ref()
        .and_then(|database| world.state().mounted.get(database).cloned());
    let addresses = [
        format!("SMTP:{}", user.mail_address()),
        format!("X500:{}", user.legacy_dn()),
    ];
    presented("Mailbox", &user.display_name)
        .with("SamAccountName", user.account.as_str())
        .with("DisplayName", user.display_name.as_str())
        .with("Alias", user.account.as_str())
        .with("LegacyExchangeDN", user.legacy_dn())
        .with("PrimarySmtpAddress", user.mail_address())
        .with(
            "EmailAddresses",
            array("System.String", addresses.map(Value::String)),
        )
        .with(
            "Database",
            database.map_or(Value::Null, |name| reference(&name)),
        )
        .with("ServerName", text_or_null(server))
        .build()
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
        Some(wanted) if !found => Err(not_found(&wanted)),
        _ => Ok(()),
    }
}

/// Where it is mounted is told only with `-Status`.
fn mailbox_database(runspace: &Runspace, server: &ServerSpec, name: &str, status: bool) -> Value {
    let world = &runspace.world;
    let mounted = world.state().mounted.get(name).cloned();
    let mounted = mounted.and_then(|name| world.organization.server(&name));
    let mut row = configured("MailboxDatabase", name)
        .with("Server", reference(&server.name.to_ascii_uppercase()));
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
        return Err(not_found(&wanted));
    }
    for name in names {
        let members = organization.members(name);
        let members = array(
            REFERENCE,
            members.map(|server| reference(&server.name.to_ascii_uppercase())),
        );
        let operational = Some(members.clone()).filter(|_| command.switch("Status"));
        let row = configured("DatabaseAvailabilityGroup", name)
            .with("Servers", members)
            .with("WitnessServer", "fs01")
            .with("OperationalServers", operational.unwrap_or(Value::Null))
            .with("PrimaryActiveManager", Value::Null);
        voice.output(row);
    }
    Ok(())
}
