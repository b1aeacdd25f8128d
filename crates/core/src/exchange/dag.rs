//! `Get-DatabaseAvailabilityGroup`: the members of a DAG (Exchange 2010 and later).

use super::row::{Row, RowError};
use mapisweep_winrm::psrp::{clixml::Value, pipeline::Pipeline};

/// A database availability group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dag {
    /// Its name.
    pub name: String,
    /// Short names of its member servers, sorted.
    pub servers: Vec<String>,
}

const CMDLET: &str = "Get-DatabaseAvailabilityGroup";

impl Dag {
    /// Asks for one DAG by name.
    pub fn named(name: &str) -> Pipeline {
        Pipeline::command(CMDLET).parameter("Identity", name)
    }

    /// Reads one returned object.
    pub fn from_value(object: &Value) -> Result<Self, RowError> {
        let row = Row {
            cmdlet: CMDLET,
            object,
        };
        let mut servers = row.texts("Servers");
        servers.sort();
        Ok(Self {
            name: row.required_text("Name")?,
            servers,
        })
    }
}
