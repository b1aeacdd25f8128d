//! `Get-LogonStatistics`: a row for each logon.

use std::net::IpAddr;

use mapisweep_winrm::psrp::clixml::Value;

use super::exchange::not_found;
use crate::{
    ClientMode, DOMAIN,
    mapi::sessions::Session,
    organization::{ExchangeVersion, UserSpec},
    powershell::{
        Category, Command, ErrorRecord, Outcome, Runspace,
        object::{enumeration, local_time, object, text_or_null},
    },
    psrp::Voice,
};
use mapisweep_winrm::psrp::message::MessageType;

pub(super) fn get(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    if runspace.faults().denies_logons {
        return Err(denied());
    }
    let filter = Filter::of(runspace, command)?;
    // 2013 and later have the cmdlet, but nothing to say
    if runspace.server.version >= ExchangeVersion::Exchange2013 {
        return Ok(());
    }
    let mut sessions: Vec<Session> = runspace.world.state().sessions.all().cloned().collect();
    let out_of_reach = out_of_reach(runspace);
    match &filter {
        Filter::Database(name) if out_of_reach.contains(name) => {
            return Err(store_out_of_reach(name));
        }
        // in the server's language, which is not always the admin's
        Filter::Server(name) if *name == runspace.server.name => {
            for database in &out_of_reach {
                let text = format!("Die Datenbank '{database}' ist nicht verfügbar.");
                voice.inform(MessageType::WarningRecord, &text);
            }
        }
        _ => {}
    }
    sessions.retain(|session| filter.admits(session) && !out_of_reach.contains(&session.database));
    for session in &sessions {
        for _ in 0..session.logons {
            voice.output(row(runspace, session));
        }
    }
    Ok(())
}

/// Databases of this server that are not mounted anywhere, or cannot be asked; public folders', too.
fn out_of_reach(runspace: &Runspace) -> Vec<String> {
    let state = runspace.world.state();
    let is_out_of_reach =
        |name: &&String| !state.mounted.contains_key(*name) || state.out_of_reach.contains(*name);
    let organization = &runspace.world.organization;
    let is_a_mailbox_database = |name: &&String| {
        let mut servers = organization.servers.iter();
        servers.any(|server| server.databases.contains(name))
    };
    let others = state.out_of_reach.iter();
    let others = others.filter(|name| !is_a_mailbox_database(name));
    let databases = runspace.server.databases.iter().filter(is_out_of_reach);
    databases.chain(others).cloned().collect()
}

/// For whoever has no role of Exchange's.
fn denied() -> ErrorRecord {
    let exception = "System.UnauthorizedAccessException";
    let message = "Access to the information store is denied.";
    ErrorRecord::new(exception, "Get-LogonStatistics", message).category(Category::PermissionDenied)
}

/// What a server without the role says is not known; that it is an error is likely.
fn no_mailbox_server(name: &str) -> ErrorRecord {
    let exception = "System.ArgumentException";
    let message = format!("The server '{name}' is not a mailbox server.");
    ErrorRecord::new(exception, "Get-LogonStatistics", message).target(name)
}

fn store_out_of_reach(database: &str) -> ErrorRecord {
    let exception = "Microsoft.Mapi.MapiExceptionMdbOffline";
    let message = format!("MapiExceptionMdbOffline: '{database}' ist nicht verfügbar.");
    ErrorRecord::new(exception, "Get-LogonStatistics", message).target(database)
}

/// Which logons are asked for.
enum Filter {
    Server(String),
    Database(String),
    Mailbox(String),
}

impl Filter {
    fn of(runspace: &Runspace, command: &Command) -> Result<Self, ErrorRecord> {
        let organization = &runspace.world.organization;
        if let Some(name) = command.parameter("Server").map(Value::display) {
            let server = organization.server(&name).ok_or_else(|| not_found(&name))?;
            return match server.has_role("Mailbox") {
                true => Ok(Self::Server(server.name.clone())),
                false => Err(no_mailbox_server(&name)),
            };
        }
        if let Some(name) = command.parameter("Database").map(Value::display) {
            let mut databases = organization
                .servers
                .iter()
                .flat_map(|server| &server.databases);
            let database = databases.find(|database| database.eq_ignore_ascii_case(&name));
            let database = database.ok_or_else(|| not_found(&name))?;
            return Ok(Self::Database(database.clone()));
        }
        if let Some(name) = command.text("Identity") {
            let user = organization
                .recipients(&name)
                .next()
                .ok_or_else(|| not_found(&name))?;
            return Ok(Self::Mailbox(user.account.clone()));
        }
        Ok(Self::Server(runspace.server.name.clone()))
    }

    fn admits(&self, session: &Session) -> bool {
        match self {
            Self::Server(name) => session.store == *name,
            Self::Database(name) => session.database == *name,
            Self::Mailbox(account) => session.mailbox.eq_ignore_ascii_case(account),
        }
    }
}

/// Every column that this version of Exchange has, in its order.
fn row(runspace: &Runspace, session: &Session) -> Value {
    let organization = &runspace.world.organization;
    let dn = |account: &str| text_or_null(organization.user(account).map(UserSpec::legacy_dn));
    let mailbox_name = organization
        .user(&session.mailbox)
        .map(|user| user.display_name.clone());
    // the column of every known Exchange holds IPv4 text only
    let is_named = |address: IpAddr| address.is_ipv4() || runspace.server.names_ipv6_clients;
    let address = match session.client.address {
        None => String::new(),
        Some(address) if is_named(address) => address.to_string(),
        Some(_) => "0.0.0.0".to_owned(),
    };
    let mailbox_dn = dn(&session.mailbox);
    let identity = object(&[
        "Microsoft.Exchange.Data.Mapi.MailboxId",
        "Microsoft.Exchange.Data.ObjectId",
        "System.Object",
    ])
    .shown_as(&mailbox_dn.display());
    let mut row = object(&[
        "Microsoft.Exchange.Data.Mapi.LogonStatistics",
        "Microsoft.Exchange.Data.Mapi.MapiObject",
        "Microsoft.Exchange.Data.ConfigurableObject",
        "System.Object",
    ])
    .shown_as(&mailbox_dn.display())
    .with("AdapterSpeed", Value::Null)
    .with("ClientIPAddress", address)
    .with("ClientMode", client_mode(session.client.mode))
    .with("ClientName", session.client.name.as_str())
    .with("ClientVersion", session.client.version.as_str())
    .with("CodePage", Value::U32(1252));
    for (column, count) in COUNTERS {
        row = row.with(column, count.map_or(Value::Null, Value::U32));
    }
    row = row
        .with("FullMailboxDirectoryName", mailbox_dn)
        .with("FullUserDirectoryName", dn(&session.account))
        .with("HostAddress", "")
        .with("LastAccessTime", local_time(session.last_access))
        .with("Latency", Value::U32(3))
        .with("LocaleID", Value::U32(1033))
        .with("LogonTime", local_time(session.logged_on))
        .with("MACAddress", "")
        .with("UserName", text_or_null(mailbox_name))
        .with(
            "Windows2000Account",
            format!("{DOMAIN}\\{}", session.account),
        )
        .with("ServerName", session.store.to_ascii_uppercase());
    row = match runspace.server.version {
        ExchangeVersion::Exchange2007 => row.with("StorageGroupName", "First Storage Group"),
        _ => row
            .with("ApplicationId", "Client=MSExchangeRPC")
            .with("SessionId", format!("{:08x}", session.id)),
    };
    row.with("DatabaseName", session.database.as_str())
        .with("Identity", identity)
        .with("IsValid", true)
        .build()
}

/// The counters; some are null, as on real servers.
const COUNTERS: [(&str, Option<u32>); 12] = [
    ("CurrentOpenAttachments", Some(0)),
    ("CurrentOpenFolders", Some(4)),
    ("CurrentOpenMessages", Some(1)),
    ("FolderOperationCount", Some(61)),
    ("MessagingOperationCount", Some(17)),
    ("OtherOperationCount", Some(90)),
    ("ProgressOperationCount", None),
    ("RPCCallsSucceeded", Some(214)),
    ("StreamOperationCount", Some(12)),
    ("TableOperationCount", Some(34)),
    ("TotalOperationCount", Some(u32::MAX)),
    ("TransferOperationCount", None),
];

fn client_mode(mode: ClientMode) -> Value {
    let (shown, number) = match mode {
        ClientMode::Unknown => ("Unknown", 0),
        ClientMode::Classic => ("Classic", 1),
        ClientMode::Cached => ("Cached", 2),
        ClientMode::ExchangeServer => ("ExchangeServer", 3),
    };
    enumeration("Microsoft.Exchange.Data.Mapi.ClientMode", shown, number)
}
