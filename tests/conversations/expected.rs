//! What the recorded objects come to, typed.

use mapisweep_core::exchange::{
    ClientAddress, ClientMode, Dag, ExchangeServer, Logon, Mailbox, Version,
};
use mapisweep_winrm::psrp::pipeline::ProgressRecord;

use crate::asked::{LOGONS, MAILBOXES};

pub fn server(version: &str) -> ExchangeServer {
    let (build, roles) = match version {
        "2007" => ("8.3", "Mailbox"),
        _ => ("14.3", "Mailbox, ClientAccess"),
    };
    ExchangeServer {
        name: "EX01".to_owned(),
        fqdn: Some("ex01.corp.example".to_owned()),
        version: Version::parse(build),
        roles: Some(roles.to_owned()),
    }
}

pub fn dag() -> Dag {
    Dag {
        name: "DAG1".to_owned(),
        servers: vec!["EX01".to_owned()],
        operational: None,
        primary_active_manager: None,
    }
}

pub fn mailbox(account: &str) -> Mailbox {
    Mailbox {
        account_name: account.to_owned(),
        legacy_exchange_dn: Some(dn(account)),
        database: Some("Mailbox Database".to_owned()),
    }
}

pub fn logons(version: &str) -> Vec<Logon> {
    let is_2010 = version == "2010";
    let logons = LOGONS.iter().zip(1..);
    let logons = logons.map(|((owner, address, client), number)| {
        let (account, _) = MAILBOXES[*owner];
        Logon {
            account: Some(format!(r"CORP\{account}")),
            user_dn: Some(dn(account)),
            client_address: ClientAddress::read([address]),
            client_name: Some((*client).to_owned()),
            client_mode: ClientMode::Cached,
            logon_time: Some("2026-03-01T08:05:00.1234567Z".parse().unwrap()),
            last_access_time: Some("2026-03-02T08:05:00Z".parse().unwrap()),
            session_id: is_2010.then(|| format!("{number:08x}")),
            application_id: is_2010.then(|| "Client=MSExchangeRPC".to_owned()),
            database: Some("Mailbox Database".to_owned()),
            instead_of: None,
        }
    });
    logons.collect()
}

pub fn progress() -> ProgressRecord {
    ProgressRecord {
        activity: "Looking".to_owned(),
        status: Some("at EX01".to_owned()),
        current_operation: None,
        percent: Some(50),
        seconds_remaining: None,
        completed: false,
    }
}

fn dn(account: &str) -> String {
    format!("/o=Example/ou=First Administrative Group/cn=Recipients/cn={account}")
}
