//! `Get-ExchangeServer`, and what a server says of itself: its name.

use super::version::Version;
use crate::batch::{Question, Row, RowError};

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

/// What a server is for, as far as that matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It holds databases.
    Mailbox,
    /// Clients connect to it.
    ClientAccess,
}

impl ExchangeServer {
    /// Asks for every server there is.
    pub fn all() -> Question {
        let columns = &["Name", "Fqdn", "AdminDisplayVersion", "ServerRole"];
        Question::of("Get-ExchangeServer", columns)
    }

    /// Asks for one server by name.
    pub fn named(name: &str) -> Question {
        Self::all().parameter("Identity", name)
    }

    /// Asks for the one that is asked.
    pub fn itself() -> Question {
        Self::all().here("Identity")
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
    pub fn from_row(row: &Row) -> Result<Self, RowError> {
        Ok(Self {
            name: row.required_text("Name")?,
            fqdn: row.text("Fqdn"),
            version: row
                .text("AdminDisplayVersion")
                .and_then(|text| Version::parse(&text)),
            roles: row.text("ServerRole"),
        })
    }

    /// Whether the two are one server, by the names that Active Directory has.
    pub fn is(&self, other: &Self) -> bool {
        let (one, other) = match (&self.fqdn, &other.fqdn) {
            (Some(one), Some(other)) => (one, other),
            _ => (&self.name, &other.name),
        };
        one.eq_ignore_ascii_case(other)
    }

    /// Whether it has this role; `None` where its roles are not known.
    pub fn has_role(&self, role: Role) -> Option<bool> {
        let name = match role {
            Role::Mailbox => "Mailbox",
            Role::ClientAccess => "ClientAccess",
        };
        let mut roles = self.roles.as_ref()?.split(',');
        Some(roles.any(|own| own.trim().eq_ignore_ascii_case(name)))
    }

    /// Whether this name, short or full, is its own.
    pub fn is_called(&self, name: &str) -> bool {
        let fqdn = self.fqdn.as_deref();
        let mut names = [Some(self.name.as_str()), fqdn].into_iter().flatten();
        names.any(|own| own.eq_ignore_ascii_case(name))
    }

    /// The name to show: the full one where it is known.
    pub fn display_name(&self) -> &str {
        self.fqdn.as_deref().unwrap_or(&self.name)
    }
}

/// Asks for the computer's own name, because an admin may have given an address or an alias.
pub fn computer_name() -> Question {
    Question::of("Get-Item", &["Value"]).parameter("Path", "Env:COMPUTERNAME")
}

/// Reads the answer to [`computer_name`].
pub fn computer_name_from_row(row: &Row) -> Result<String, RowError> {
    row.required_text("Value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_is_told_by_its_full_name_where_both_have_one() {
        let server = |name: &str, fqdn: Option<&str>| ExchangeServer {
            fqdn: fqdn.map(str::to_owned),
            ..ExchangeServer::only_named(name.to_owned())
        };
        let ex01 = server("EX01", Some("ex01.a.example"));
        for (other, is) in [
            (server("EX01", Some("EX01.a.example")), true),
            (server("EX01", Some("ex01.b.example")), false),
            (server("ex01", None), true),
            (server("EX02", None), false),
        ] {
            assert_eq!(ex01.is(&other), is, "{other:?}");
            assert_eq!(other.is(&ex01), is, "{other:?}");
        }
    }

    #[test]
    fn roles_are_told_by_their_names() {
        let server = |roles: Option<&str>| ExchangeServer {
            roles: roles.map(str::to_owned),
            ..ExchangeServer::only_named("EX01".into())
        };
        for (roles, mailbox, client_access) in [
            (
                Some("Mailbox, ClientAccess, HubTransport"),
                Some(true),
                Some(true),
            ),
            (Some("mailbox"), Some(true), Some(false)),
            (Some("Edge"), Some(false), Some(false)),
            (Some("None"), Some(false), Some(false)),
            (None, None, None),
        ] {
            let has = |role| server(roles).has_role(role);
            let told = (has(Role::Mailbox), has(Role::ClientAccess));
            assert_eq!(told, (mailbox, client_access), "{roles:?}");
        }
    }
}
