//! `Get-MailboxDatabase`: which databases there are, where each has its copies, and where it is mounted.

use crate::batch::{Question, Row, RowError};

/// A mailbox database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its name, which on Exchange 2007 several servers' databases may share.
    pub name: String,
    /// What names it to other cmdlets: on Exchange 2007 with server and storage group.
    pub identity: String,
    /// Short names of the servers that have a copy of it, sorted.
    pub copies_on: Vec<String>,
    /// The client access server or array that its clients are led to; Exchange 2010 only.
    pub client_access: Option<String>,
    /// Whether it is mounted somewhere; `None` where the server does not know, or was not asked.
    pub mounted: Option<bool>,
    /// The full name of the server that runs it; Exchange 2010 and later.
    pub mounted_on: Option<String>,
}

const CMDLET: &str = "Get-MailboxDatabase";

impl Database {
    /// Asks for all databases, by what Active Directory says: that is quick, and does not tell where they are mounted.
    pub fn all() -> Question {
        let columns = &[
            "Name",
            "Identity",
            "Server",
            "Servers",
            "RpcClientAccessServer",
        ];
        Question::of(CMDLET, columns)
    }

    /// Asks for one, and whether and where it is mounted, for which the servers that have it are asked.
    pub fn standing(identity: &str) -> Question {
        let question = Self::with_status().parameter("Identity", identity);
        question.switch("Status")
    }

    /// Asks for the databases of the server that is asked, and whether they are mounted.
    pub fn on_this_server() -> Question {
        Self::with_status().here("Server").switch("Status")
    }

    fn with_status() -> Question {
        let columns = &[
            "Name",
            "Identity",
            "Server",
            "Servers",
            "RpcClientAccessServer",
            "Mounted",
            "MountedOnServer",
        ];
        Question::of(CMDLET, columns)
    }

    /// Reads one returned object.
    pub fn from_row(row: &Row) -> Result<Self, RowError> {
        let name = row.required_text("Name")?;
        let mut copies_on = row.texts("Servers");
        if copies_on.is_empty() {
            // without copies there is no such column
            copies_on.extend(row.text("Server"));
        }
        copies_on.sort();
        Ok(Self {
            identity: row.text("Identity").unwrap_or_else(|| name.clone()),
            name,
            copies_on,
            client_access: row.text("RpcClientAccessServer"),
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
