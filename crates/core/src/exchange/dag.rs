//! `Get-DatabaseAvailabilityGroup`: the members of a DAG (Exchange 2010 and later).

use super::{cmdlet::Cmdlet, row::RowError};
use mapisweep_winrm::psrp::{clixml::Value, pipeline::Pipeline};

/// A database availability group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dag {
    /// Its name.
    pub name: String,
    /// Short names of its member servers, sorted.
    pub servers: Vec<String>,
}

const CMDLET: Cmdlet = Cmdlet("Get-DatabaseAvailabilityGroup");

impl Dag {
    /// Asks for one DAG by name.
    pub fn named(name: &str) -> Pipeline {
        CMDLET.call().parameter("Identity", name)
    }

    /// Reads one returned object.
    pub fn from_value(object: &Value) -> Result<Self, RowError> {
        let row = CMDLET.row(object);
        let mut servers = row.texts("Servers");
        servers.sort();
        Ok(Self {
            name: row.required_text("Name")?,
            servers,
        })
    }
}
