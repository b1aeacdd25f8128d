//! `Get-Mailbox`: from what an admin types to the account whose sessions count.

use super::logon::Logon;
use crate::batch::{Question, Row, RowError};

/// A user with a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Logon name without domain (`SamAccountName`).
    pub account_name: String,
    /// The DN that event 9646 and the logon rows carry.
    pub legacy_exchange_dn: Option<String>,
    /// Database that holds the mailbox.
    pub database: Option<String>,
}

impl Mailbox {
    /// Asks for the mailbox of one user: alias, account, address, display name or DN, whatever Exchange accepts.
    pub fn identified_by(identity: &str) -> Question {
        Self::question().parameter("Identity", identity)
    }

    /// Asks for those who had this DN before: it lives on among their addresses.
    pub fn formerly(dn: &str) -> Question {
        let dn = dn.replace('\'', "''");
        let filter = format!("EmailAddresses -eq 'X500:{dn}'");
        Self::question().parameter("Filter", filter)
    }

    /// All that there are, where by itself it ends after a thousand; of the cmdlets asked no other has such a limit.
    fn question() -> Question {
        let columns = &["SamAccountName", "LegacyExchangeDN", "Database"];
        Question::of("Get-Mailbox", columns).parameter("ResultSize", "Unlimited")
    }

    /// Reads one returned object.
    pub fn from_row(row: &Row) -> Result<Self, RowError> {
        Ok(Self {
            account_name: row.required_text("SamAccountName")?,
            legacy_exchange_dn: row.text("LegacyExchangeDN"),
            database: row.text("Database"),
        })
    }

    /// The same people, each once, however many names they were asked for by.
    pub fn each_once(mailboxes: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut people: Vec<Self> = Vec::new();
        for mailbox in mailboxes {
            match people.iter_mut().find(|known| known.is_same(&mailbox)) {
                // who is known by a DN is known better
                Some(known) => {
                    if known.legacy_exchange_dn.is_none() && mailbox.legacy_exchange_dn.is_some() {
                        *known = mailbox;
                    }
                }
                None => people.push(mailbox),
            }
        }
        people
    }

    /// As [`made`](Self::made) tells people apart.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.legacy_exchange_dn, &other.legacy_exchange_dn) {
            (Some(mine), Some(theirs)) => mine.eq_ignore_ascii_case(theirs),
            _ => self.account_name.eq_ignore_ascii_case(&other.account_name),
        }
    }

    /// Whether this user made the logon, in whichever mailbox. The DN decides where both have one, because account
    /// names repeat across domains.
    pub fn made(&self, logon: &Logon) -> bool {
        match (&self.legacy_exchange_dn, &logon.user_dn) {
            (Some(mine), Some(theirs)) => mine.eq_ignore_ascii_case(theirs),
            _ => logon
                .account_name()
                .is_some_and(|name| name.eq_ignore_ascii_case(&self.account_name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_is_one_by_dn_or_else_by_account() {
        let mailbox = |(account, dn): &(&str, &str)| Mailbox {
            account_name: (*account).to_owned(),
            legacy_exchange_dn: (!dn.is_empty()).then(|| format!("/o=Corp/cn={dn}")),
            database: None,
        };
        for (asked, people) in [
            (&[][..], &[][..]),
            (
                &[("jsmith", "j"), ("jsmith", "j"), ("JSmith", "J")],
                &[("jsmith", "j")],
            ),
            // the same account in two domains
            (
                &[("jsmith", "j"), ("jsmith", "j2"), ("jsmith", "j")],
                &[("jsmith", "j"), ("jsmith", "j2")],
            ),
            // renamed between two questions
            (&[("jsmith", "j"), ("jsmythe", "j")], &[("jsmith", "j")]),
            (&[("jsmith", ""), ("JSMITH", "")], &[("jsmith", "")]),
            (
                &[("jsmith", ""), ("bob", "")],
                &[("jsmith", ""), ("bob", "")],
            ),
            (&[("jsmith", ""), ("jsmith", "j")], &[("jsmith", "j")]),
            (&[("jsmith", "j"), ("jsmith", "")], &[("jsmith", "j")]),
        ] {
            let found = Mailbox::each_once(asked.iter().map(mailbox));
            let expected: Vec<_> = people.iter().map(mailbox).collect();
            assert_eq!(found, expected, "{asked:?}");
        }
    }

    #[test]
    fn the_dn_decides_and_the_account_stands_in() {
        let mailbox = Mailbox {
            account_name: "jsmith".into(),
            legacy_exchange_dn: Some("/o=Corp/ou=A/cn=Recipients/cn=jsmith".into()),
            database: None,
        };
        for (account, dn, made) in [
            ("CORP\\jsmith", "/o=corp/ou=a/cn=recipients/cn=JSMITH", true),
            (
                "OTHER\\jsmith",
                "/o=Corp/ou=B/cn=Recipients/cn=jsmith",
                false,
            ),
            ("CORP\\JSmith", "", true),
            ("CORP\\bob", "", false),
            ("", "", false),
        ] {
            let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let logon = Logon {
                account: text(account),
                user_dn: text(dn),
                ..Logon::default()
            };
            assert_eq!(mailbox.made(&logon), made, "{account} {dn}");
        }
    }
}
