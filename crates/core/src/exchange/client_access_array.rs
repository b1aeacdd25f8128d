//! `Get-ClientAccessArray`: one name for the client access servers of a site (Exchange 2010 only).

use crate::batch::{Question, Row, RowError};

/// A client access array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAccessArray {
    /// Its name.
    pub name: String,
    /// The name that clients connect to, mostly a load balancer's.
    pub fqdn: Option<String>,
    /// The Active Directory site whose servers it stands for.
    pub site: Option<String>,
    /// Short names of the client access servers there, sorted.
    pub members: Vec<String>,
}

impl ClientAccessArray {
    /// Asks for all there are.
    pub fn all() -> Question {
        let columns = &["Name", "Fqdn", "Site", "SiteName", "Members"];
        Question::of("Get-ClientAccessArray", columns)
    }

    /// Reads one returned object.
    pub fn from_row(row: &Row) -> Result<Self, RowError> {
        let mut members = row.texts("Members");
        members.sort();
        Ok(Self {
            name: row.required_text("Name")?,
            fqdn: row.text("Fqdn"),
            site: row.text("SiteName").or_else(|| row.text("Site")),
            members,
        })
    }
}
