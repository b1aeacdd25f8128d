//! Whom a closing is for, and on which servers: what a run that was cut off is gone on with.

use std::collections::BTreeSet;

use mapisweep_core::{
    exchange::Mailbox,
    plan::{Everywhere, Plan, ServerPlan},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Process;

/// What a run that closes something is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Meant {
    /// The verb.
    #[serde(default)]
    pub command: String,
    /// The run that it goes on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumes: Option<Uuid>,
    /// What is at work for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
    /// Whose connections.
    pub people: Vec<Person>,
    /// The servers where something is to be closed, in this record or a later one of the run.
    pub planned: Vec<String>,
    /// Others that were read.
    pub read: Vec<String>,
    /// Those that could not be read.
    pub unread: Vec<String>,
}

/// One person, as the server's rows or Exchange name them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    account: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    legacy_exchange_dn: Option<String>,
}

impl Meant {
    /// What this plan is about; `failed` are servers that could not be read, or not a second time.
    pub fn of(users: &[Mailbox], plan: &Plan, everywhere: &Everywhere, failed: &[String]) -> Self {
        let is_busy = |server: &&ServerPlan| server.targets().next().is_some();
        let busy = plan.servers.iter().filter(is_busy);
        let planned: Vec<_> = busy.map(|server| server.snapshot.server.clone()).collect();
        let read = everywhere.read().into_iter().map(str::to_owned);
        let is_read = |server: &String| !planned.contains(server) && !failed.contains(server);
        Self {
            people: users.iter().map(Person::of).collect(),
            read: read.filter(is_read).collect(),
            unread: failed.to_vec(),
            planned,
            ..Self::default()
        }
    }

    /// As this verb's.
    pub fn by(self, command: &str, resumes: Option<Uuid>, process: Option<Process>) -> Self {
        Self {
            command: command.to_owned(),
            resumes,
            process,
            ..self
        }
    }

    /// Whether somebody is among its people.
    pub fn is_for(&self, person: &Person) -> bool {
        let person = person.mailbox();
        let mut people = self.people.iter();
        people.any(|one| one.mailbox().is_same(&person))
    }

    /// All of its servers, each once.
    pub fn servers(&self) -> Vec<String> {
        let all = [&self.planned, &self.read, &self.unread];
        let all: BTreeSet<_> = all.into_iter().flatten().cloned().collect();
        all.into_iter().collect()
    }
}

impl Person {
    fn of(mailbox: &Mailbox) -> Self {
        Self {
            account: mailbox.account_name.clone(),
            legacy_exchange_dn: mailbox.legacy_exchange_dn.clone(),
        }
    }

    /// As sessions are ascribed to them.
    pub fn mailbox(&self) -> Mailbox {
        Mailbox {
            account_name: self.account.clone(),
            legacy_exchange_dn: self.legacy_exchange_dn.clone(),
            database: None,
        }
    }
}
