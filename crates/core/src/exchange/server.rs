//! `Get-ExchangeServer`, and what a server says of itself: its name and its clock.

use jiff::Timestamp;

use super::{cmdlet::Cmdlet, row::RowError, version::Version};
use mapisweep_winrm::psrp::{clixml::Value, pipeline::Pipeline};

/// An Exchange server as Active Directory describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeServer {
    /// Its short name.
    pub name: String,
    /// Its full DNS name.
    pub fqdn: Option<String>,
    /// Its build; `None` where the text could not be read.
    pub version: Option<Version>,
    /// `Mailbox, ClientAccess, HubTransport`, as shown.
    pub roles: Option<String>,
}

const CMDLET: Cmdlet = Cmdlet("Get-ExchangeServer");

impl ExchangeServer {
    /// Asks for one server by name.
    pub fn named(name: &str) -> Pipeline {
        CMDLET.call().parameter("Identity", name)
    }

    /// Asks for every server there is.
    pub fn all() -> Pipeline {
        CMDLET.call()
    }

    /// The same in no more columns than are read, which a restricted endpoint does not do.
    pub fn all_in_brief() -> Pipeline {
        let columns = ["Name", "Fqdn", "AdminDisplayVersion", "ServerRole"];
        Self::all()
            .then("Select-Object")
            .parameter("Property", Value::strings(columns))
    }

    /// One of which nothing but its short name is known.
    pub fn only_named(name: String) -> Self {
        Self {
            name,
            fqdn: None,
            version: None,
            roles: None,
        }
    }

    /// Reads one returned object.
    pub fn from_value(object: &Value) -> Result<Self, RowError> {
        let row = CMDLET.row(object);
        Ok(Self {
            name: row.required_text("Name")?,
            fqdn: row.text("Fqdn"),
            version: row
                .text("AdminDisplayVersion")
                .and_then(|text| Version::parse(&text)),
            roles: row.text("ServerRole"),
        })
    }

    /// The name to show: the full one where it is known.
    pub fn display_name(&self) -> &str {
        self.fqdn.as_deref().unwrap_or(&self.name)
    }
}

const CLOCK: Cmdlet = Cmdlet("Get-Date");

/// Asks for the server's own clock, so that a wrong clock on the laptop cannot make a session look idle.
pub fn clock() -> Pipeline {
    CLOCK.call()
}

/// Reads the answer to [`clock`].
pub fn clock_from_value(value: &Value) -> Result<Timestamp, RowError> {
    value.as_timestamp().ok_or(RowError {
        cmdlet: CLOCK.0,
        column: "value",
    })
}

/// Asks for the computer's own name, because an admin may have given an address or an alias.
pub fn computer_name() -> Pipeline {
    Cmdlet("Get-Item")
        .call()
        .parameter("Path", "Env:COMPUTERNAME")
}

/// Reads the answer to [`computer_name`].
pub fn computer_name_from_value(object: &Value) -> Result<String, RowError> {
    Cmdlet("Get-Item Env:COMPUTERNAME")
        .row(object)
        .required_text("Value")
}
