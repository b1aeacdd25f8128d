//! Objects of the directory, as Exchange's cmdlets put them out.

use mapisweep_winrm::psrp::clixml::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    organization::{DNS_DOMAIN, ExchangeVersion, Organization, ServerSpec, UserSpec},
    powershell::object::{Builder, array, enumeration, object, text_or_null},
    world::World,
};

pub(super) fn exchange_server(server: &ServerSpec) -> Value {
    let name = server.computer_name();
    let [major, minor, build, revision] = server.version.build();
    let version = object(&["Microsoft.Exchange.Data.ServerVersion", "System.Object"])
        .shown_as(&server.version.admin_display())
        .with("Major", major)
        .with("Minor", minor)
        .with("Build", build)
        .with("Revision", revision)
        .with("FilePatchLevelDescription", Value::Null);
    let (roles, number) = (server.role_names(), role_number(server));
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
        .with("IsMailboxServer", number & 2 != 0)
        .with("IsClientAccessServer", number & 4 != 0)
        .build()
}

fn role_number(server: &ServerSpec) -> i32 {
    let roles = [
        ("Mailbox", 2),
        ("ClientAccess", 4),
        ("UnifiedMessaging", 16),
        ("HubTransport", 32),
        ("Edge", 64),
    ];
    let own = roles.into_iter().filter(|(name, _)| server.has_role(name));
    own.map(|(_, number)| number).sum()
}

pub(super) fn mailbox(world: &World, user: &UserSpec) -> Value {
    let database = world.database_of(user);
    let server = database
        .as_ref()
        .and_then(|database| world.state().mounted.get(database).cloned());
    let mut addresses = vec![
        format!("SMTP:{}", user.mail_address()),
        format!("X500:{}", user.legacy_dn()),
    ];
    addresses.extend(user.former_dns.iter().map(|dn| format!("X500:{dn}")));
    let addresses = addresses.into_iter().map(Value::String);
    presented("Mailbox", &user.display_name)
        .with("SamAccountName", user.account.as_str())
        .with("DisplayName", user.display_name.as_str())
        .with("Alias", user.account.as_str())
        .with("LegacyExchangeDN", user.legacy_dn())
        .with("PrimarySmtpAddress", user.mail_address())
        .with("EmailAddresses", array("System.String", addresses))
        .with(
            "Database",
            database.map_or(Value::Null, |name| reference(&name)),
        )
        .with("ServerName", text_or_null(server))
        .build()
}

/// Where it is mounted is told only with `-Status`; of one that is out of reach not even then, but for where it was.
pub(super) fn mailbox_database(
    world: &World,
    server: &ServerSpec,
    name: &str,
    status: bool,
) -> Value {
    let state = world.state();
    let mounted = state.mounted.get(name).cloned();
    let mounted = mounted.and_then(|name| world.organization.server(&name));
    let is_mounted = match state.out_of_reach.contains(name) {
        true => Value::Null,
        false => mounted.is_some().into(),
    };
    let mut row =
        configured("MailboxDatabase", name).with("Server", reference(&server.computer_name()));
    if server.version > ExchangeVersion::Exchange2007 {
        let copies = world.organization.copies_of(server).into_iter();
        row = row.with("Servers", references(copies)).with(
            "MasterServerOrAvailabilityGroup",
            reference(server.dag.as_deref().unwrap_or(&server.computer_name())),
        );
    }
    if server.version == ExchangeVersion::Exchange2010 {
        let array = server.array.clone();
        let leads_to = array.unwrap_or_else(|| server.fqdn());
        row = row.with("RpcClientAccessServer", leads_to);
    }
    if status {
        row = row.with("Mounted", is_mounted);
    }
    if status && server.version > ExchangeVersion::Exchange2007 {
        let on = mounted.map(ServerSpec::fqdn);
        row = row.with("MountedOnServer", text_or_null(on));
    }
    row.build()
}

pub(super) fn availability_group(
    organization: &Organization,
    name: &str,
    members: &[&ServerSpec],
    status: bool,
) -> Value {
    let operational: Vec<_> = organization
        .members(name)
        .filter(|server| status && server.is_operational)
        .collect();
    let manager = operational
        .first()
        .map(|server| reference(&server.computer_name()));
    let operational = match status {
        true => references(operational.into_iter()),
        false => Value::Null,
    };
    configured("DatabaseAvailabilityGroup", name)
        .with("Servers", references(members.iter().copied()))
        .with("WitnessServer", "fs01")
        .with("OperationalServers", operational)
        .with("PrimaryActiveManager", manager.unwrap_or(Value::Null))
        .build()
}

/// The array of a site's client access servers, which there may be none of.
pub(super) fn client_access_array(organization: &Organization, fqdn: &str) -> Value {
    let name = fqdn.split('.').next().unwrap_or(fqdn);
    let servers = organization.servers.iter();
    let members = servers
        .filter(|server| server.array.as_deref() == Some(fqdn) && server.has_role("ClientAccess"));
    configured("ClientAccessArray", name)
        .with("Fqdn", fqdn)
        .with("Site", reference(SITE))
        .with("SiteName", SITE)
        .with("Members", references(members))
        .build()
}

const SITE: &str = "Default-First-Site-Name";

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

const REFERENCE: &str = "Microsoft.Exchange.Data.Directory.ADObjectId";

fn references<'a>(servers: impl Iterator<Item = &'a ServerSpec>) -> Value {
    array(
        REFERENCE,
        servers.map(|server| reference(&server.computer_name())),
    )
}

/// A reference to a directory object, which shows as its name.
fn reference(name: &str) -> Value {
    let types = [
        REFERENCE,
        "Microsoft.Exchange.Data.ObjectId",
        "System.Object",
    ];
    object(&types).shown_as(name).with("Name", name).build()
}
