//! `Get-DatabaseAvailabilityGroup`: DAGs and their members (Exchange 2010 and later).

use crate::batch::{Question, Row, RowError};

/// A database availability group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dag {
    /// Its name.
    pub name: String,
    /// Short names of its member servers, sorted.
    pub servers: Vec<String>,
    /// Those of them that take part now; `None` where that was not asked for, or not told.
    pub operational: Option<Vec<String>>,
    /// The member that decides where databases are mounted; asked for with the former only.
    pub primary_active_manager: Option<String>,
}

const CMDLET: &str = "Get-DatabaseAvailabilityGroup";

impl Dag {
    /// Asks for all there are.
    pub fn all() -> Question {
        Question::of(CMDLET, &["Name", "Servers"])
    }

    /// Asks for one DAG by name.
    pub fn named(name: &str) -> Question {
        Self::all().parameter("Identity", name)
    }

    /// Asks for one and how it stands, for which its members are asked: that takes long where one of them is down.
    pub fn standing(name: &str) -> Question {
        let columns = &[
            "Name",
            "Servers",
            "OperationalServers",
            "PrimaryActiveManager",
        ];
        let question = Question::of(CMDLET, columns).parameter("Identity", name);
        question.switch("Status")
    }

    /// Reads one returned object.
    pub fn from_row(row: &Row) -> Result<Self, RowError> {
        let names = |column| {
            let mut names = row.texts(column);
            names.sort();
            names
        };
        let operational = names("OperationalServers");
        Ok(Self {
            name: row.required_text("Name")?,
            servers: names("Servers"),
            operational: Some(operational).filter(|names| !names.is_empty()),
            primary_active_manager: row.text("PrimaryActiveManager"),
        })
    }

    /// Whether a server is one of its members; by the short name.
    pub fn has_member(&self, name: &str) -> bool {
        let mut servers = self.servers.iter();
        servers.any(|server| server.eq_ignore_ascii_case(name))
    }
}
