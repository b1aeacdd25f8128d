//! Many people at once: whose a logon is, without asking each of them.

use std::collections::HashMap;

use super::{Logon, Mailbox};

/// Those who were asked about, to be found by the rows of their logons: after an outage thousands of rows are each
/// anybody's of hundreds.
#[derive(Debug)]
pub struct People<'m> {
    mailboxes: &'m [Mailbox],
    /// Places, by DN and by account name, in lower case.
    by_dn: HashMap<String, Vec<usize>>,
    by_account: HashMap<String, Vec<usize>>,
}

impl<'m> People<'m> {
    /// These.
    pub fn of(mailboxes: &'m [Mailbox]) -> Self {
        let mut people = Self {
            mailboxes,
            by_dn: HashMap::new(),
            by_account: HashMap::new(),
        };
        for (place, mailbox) in mailboxes.iter().enumerate() {
            let account = mailbox.account_name.to_ascii_lowercase();
            people.by_account.entry(account).or_default().push(place);
            if let Some(dn) = &mailbox.legacy_exchange_dn {
                let places = people.by_dn.entry(dn.to_ascii_lowercase()).or_default();
                places.push(place);
            }
        }
        people
    }

    /// They, in the order in which they were asked about.
    pub fn mailboxes(&self) -> &'m [Mailbox] {
        self.mailboxes
    }

    /// The places of those whose logon this is, as [`Mailbox::made`] tells.
    pub fn makers(&self, logon: &Logon) -> Vec<usize> {
        let known = [
            (&self.by_dn, logon.user_dn.as_deref()),
            (&self.by_account, logon.account_name()),
        ];
        let known = known.into_iter().filter_map(|(places, name)| {
            let name = name?.to_ascii_lowercase();
            places.get(&name)
        });
        let mut places: Vec<_> = known.flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let made = |place: &usize| {
            let mailbox = self.mailboxes.get(*place);
            mailbox.is_some_and(|mailbox| mailbox.made(logon))
        };
        places.retain(made);
        places
    }

    /// Whether one of them made this logon.
    pub fn made(&self, logon: &Logon) -> bool {
        !self.makers(logon).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is known of whom, many are found as each would be alone.
    #[test]
    fn a_logon_is_theirs_who_would_say_so_themselves() {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let accounts = ["jsmith", "JSmith", "bob", ""];
        let dns = ["/o=Corp/cn=j", "/o=corp/CN=J", "/o=Corp/cn=b", ""];
        let all = accounts
            .iter()
            .flat_map(|account| dns.map(|dn| (*account, dn)));
        let mailboxes = all.clone().map(|(account, dn)| Mailbox {
            account_name: account.to_owned(),
            legacy_exchange_dn: text(dn),
            database: None,
        });
        let mailboxes: Vec<_> = mailboxes.collect();
        let people = People::of(&mailboxes);
        let mut found = 0;
        for (account, dn) in all {
            for account in [account.to_owned(), format!("CORP\\{account}")] {
                let logon = Logon {
                    account: text(&account),
                    user_dn: text(dn),
                    ..Logon::default()
                };
                let alone = mailboxes.iter().enumerate();
                let alone = alone.filter(|(_, mailbox)| mailbox.made(&logon));
                let alone: Vec<_> = alone.map(|(place, _)| place).collect();
                assert_eq!(people.makers(&logon), alone, "{account} {dn}");
                assert_eq!(people.made(&logon), !alone.is_empty());
                found += alone.len();
            }
        }
        assert!(found > 0);
    }
}
