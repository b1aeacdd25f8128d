//! `Get-DatabaseAvailabilityGroup`: the members of a DAG (Exchange 2010 and later).

use crate::batch::{Question, Row, RowError};

/// A database availability group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dag {
    /// Its name.
    pub name: String,
    /// Short names of its member servers, sorted.
    pub servers: Vec<String>,
}

impl Dag {
    /// Asks for one DAG by name.
    pub fn named(name: &str) -> Question {
        Question::of("Get-DatabaseAvailabilityGroup", &["Name", "Servers"])
            .parameter("Identity", name)
    }

    /// Reads one returned object.
    pub fn from_row(row: &Row) -> Result<Self, RowError> {
        let mut servers = row.texts("Servers");
        servers.sort();
        Ok(Self {
            name: row.required_text("Name")?,
            servers,
        })
    }
}
