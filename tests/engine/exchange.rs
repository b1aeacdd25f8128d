//! What the stand-ins for Exchange's cmdlets have to tell: the JSON that `exchange/state.ps1` reads.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// An organization as one server sees it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// "2007" or "2010".
    pub exchange: &'static str,
    pub snap_ins: Vec<&'static str>,
    pub servers: Vec<Value>,
    pub dags: Vec<Value>,
    pub databases: Vec<Value>,
    pub arrays: Vec<Value>,
    pub mailboxes: Vec<Value>,
    pub logons: Vec<Logon>,
    /// Events 9646, the newest first.
    pub events: Vec<Value>,
    /// A cmdlet, and what is run in it: script `before` its first and `after` its last object, and at each `row`.
    pub peculiar: Map<String, Value>,
}

#[derive(Clone, Serialize)]
pub struct Logon {
    pub account: String,
    pub name: String,
    pub dn: String,
    pub address: String,
    pub client: String,
    pub mode: &'static str,
    /// Seconds ago.
    pub began: u64,
    /// Seconds ago.
    pub used: u64,
    pub session: String,
}

impl Exchange {
    /// A 2007 server that calls itself by this name, with nobody on it.
    pub fn of_2007(computer: &str) -> Self {
        Self {
            exchange: "2007",
            snap_ins: vec!["Microsoft.Exchange.Management.PowerShell.Admin"],
            servers: vec![server(computer, "ex01.corp.example", [8, 3, 83, 6])],
            dags: Vec::new(),
            databases: Vec::new(),
            arrays: Vec::new(),
            mailboxes: Vec::new(),
            logons: Vec::new(),
            events: Vec::new(),
            peculiar: Map::new(),
        }
    }

    /// The same of 2010.
    pub fn of_2010(computer: &str) -> Self {
        Self {
            exchange: "2010",
            snap_ins: vec!["Microsoft.Exchange.Management.PowerShell.E2010"],
            servers: vec![server(computer, "ex01.corp.example", [14, 3, 123, 4])],
            ..Self::of_2007(computer)
        }
    }

    /// So many logons of a user from an address, last used so long ago.
    pub fn holds(mut self, account: &str, address: &str, logons: usize, idle: Duration) -> Self {
        let dn = format!("/o=Example/ou=Administrative Group/cn=Recipients/cn={account}");
        let name = format!("User {account}");
        if !self
            .mailboxes
            .iter()
            .any(|mailbox| mailbox["account"] == account)
        {
            self.mailboxes
                .push(json!({"account": account, "name": name, "dn": dn}));
        }
        for _ in 0..logons {
            self.logons.push(Logon {
                account: account.to_owned(),
                name: name.clone(),
                dn: dn.clone(),
                address: address.to_owned(),
                client: "LAPTOP".to_owned(),
                mode: "Cached",
                began: idle.as_secs() + 3600,
                used: idle.as_secs(),
                // a session has several logons
                session: format!("{:08x}", self.logons.len() / 2),
            });
        }
        self
    }

    /// Event 9646 with this data.
    pub fn logged(mut self, minutes: u64, data: &[&str]) -> Self {
        self.events.push(json!({"minutes": minutes, "data": data}));
        self
    }

    /// Has a cmdlet run a piece of script: `before`, `row` or `after`.
    pub fn peculiar(mut self, cmdlet: &str, moment: &str, script: &str) -> Self {
        self.peculiar.entry(cmdlet).or_insert_with(|| json!({}))[moment] = json!(script);
        self
    }
}

/// A server, by its name, its full name and its build.
pub fn server(name: &str, fqdn: &str, version: [u32; 4]) -> Value {
    json!({"name": name, "fqdn": fqdn, "version": version, "roles": "Mailbox, ClientAccess, HubTransport"})
}
