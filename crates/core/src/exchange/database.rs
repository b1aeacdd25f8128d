//! `Get-MailboxDatabase`: which databases a server runs, to be asked one by one where it did not tell all logons.

use crate::batch::{Question, Row, RowError};

/// A mailbox database of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its name, which on Exchange 2007 several servers' databases may share.
    pub name: String,
    /// What names it to other cmdlets: on Exchange 2007 with server and storage group.
    pub identity: String,
    /// Whether it is mounted somewhere; `None` where the server does not know.
    pub mounted: Option<bool>,
    /// The full name of the server that runs it; Exchange 2010 only.
    pub mounted_on: Option<String>,
}

impl Database {
    /// Asks for the databases of the server that is asked, and whether they are mounted.
    pub fn on_this_server() -> Question {
        let columns = &["Name", "Identity", "Mounted", "MountedOnServer"];
        let question = Question::of("Get-MailboxDatabase", columns).here("Server");
        question.parameter("Status", true)
    }

    /// Reads one returned object.
    pub fn from_row(row: &Row) -> Result<Self, RowError> {
        let name = row.required_text("Name")?;
        Ok(Self {
            identity: row.text("Identity").unwrap_or_else(|| name.clone()),
            name,
            mounted: row.truth("Mounted"),
            mounted_on: row.text("MountedOnServer"),
        })
    }

    /// Whether it is another server that runs it, so that nobody is logged on to it here: `short` is the name of this one.
    pub fn runs_elsewhere(&self, short: &str) -> bool {
        let label = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
        let elsewhere = |name: &String| label(name) != label(short);
        self.mounted_on.as_ref().is_some_and(elsewhere)
    }
}
