//! The entries, found whatever their case: a store compares user names letter by letter, Windows does not.

use std::{collections::HashMap, sync::Arc};

use keyring_core::{CredentialStore, Entry, Error as StoreError};
use secrecy::{ExposeSecret, SecretString};

use super::{Account, KeyringError, account::SERVICE, locked};

/// What a store is asked, to be told of all entries of the service.
#[cfg(not(windows))]
const ALL: (&str, &str) = ("service", SERVICE);
/// What a store is asked, to be told of all entries of the service: here by a pattern of `user.service`.
#[cfg(windows)]
const ALL: (&str, &str) = ("pattern", r"\.mapisweep$");

/// The keyring's entries of this program, unlocked.
pub struct Shelf(Arc<CredentialStore>);

impl Shelf {
    /// Says so where there is no keyring, and where it is locked.
    pub fn open() -> Result<Self, KeyringError> {
        // the cause of a missing store is here only
        let status = keyring::Entry::store_status();
        status.as_ref().map_err(KeyringError::no_service)?;
        let store = keyring_core::get_default_store();
        let store = store.ok_or_else(|| KeyringError::no_service(&StoreError::NoDefaultStore))?;
        locked::check()?;
        Ok(Self(store))
    }

    /// The password of this account. Of entries that differ in case, the one that is written the same.
    pub fn load(&self, account: &Account) -> Result<Option<SecretString>, KeyringError> {
        let mut fitting = self.fitting(account)?;
        let text = account.text();
        if fitting.iter().any(|(name, _)| *name == text) {
            fitting.retain(|(name, _)| *name == text);
        }
        match fitting.as_slice() {
            [] => Ok(None),
            [(_, entry)] => match entry.get_password() {
                Ok(password) => Ok(Some(SecretString::from(password))),
                // gone in this very moment
                Err(StoreError::NoEntry) => Ok(None),
                Err(error) => Err(error.into()),
            },
            several => Err(KeyringError::Ambiguous {
                count: several.len(),
            }),
        }
    }

    /// Stores or replaces the password of this account in one entry, and sees that it is kept.
    pub fn store(&self, account: &Account, password: &SecretString) -> Result<(), KeyringError> {
        let mut fitting = self.fitting(account)?.into_iter();
        let entry = match fitting.next() {
            Some((_, entry)) => entry,
            None => Entry::new_in_store(&self.0, SERVICE, &account.text())?,
        };
        entry.set_password(password.expose_secret())?;
        for (_, other) in fitting {
            other.delete_credential()?;
        }
        match self.load(account)? {
            Some(kept) if kept.expose_secret() == password.expose_secret() => Ok(()),
            _ => Err(KeyringError::NotKept),
        }
    }

    /// Removes every entry of this account; `false` where there was none.
    pub fn delete(&self, account: &Account) -> Result<bool, KeyringError> {
        let fitting = self.fitting(account)?;
        for (_, entry) in &fitting {
            entry.delete_credential()?;
        }
        Ok(!fitting.is_empty())
    }

    /// Whose passwords are stored, in order.
    pub fn accounts(&self) -> Result<Vec<Account>, KeyringError> {
        let entries = self.entries()?.into_iter();
        let mut accounts: Vec<_> = entries.map(|(name, _)| Account::parse(&name)).collect();
        accounts.sort();
        Ok(accounts)
    }

    fn fitting(&self, account: &Account) -> Result<Vec<(String, Entry)>, KeyringError> {
        let mut entries = self.entries()?;
        entries.retain(|(name, _)| Account::parse(name).is(account));
        Ok(entries)
    }

    /// All entries by their user names. What has none was not made for this program.
    fn entries(&self) -> Result<Vec<(String, Entry)>, KeyringError> {
        let found = self.0.search(&HashMap::from([ALL]))?;
        let named = found.into_iter().filter_map(|entry| {
            let (service, name) = entry.get_specifiers()?;
            (service == SERVICE).then_some((name, entry))
        });
        Ok(named.collect())
    }
}

#[cfg(test)]
mod tests {
    use keyring_core::mock;

    use super::*;

    fn shelf() -> Shelf {
        Shelf(mock::Store::new().unwrap())
    }

    fn account(text: &str) -> Account {
        Account::parse(text)
    }

    fn password(shelf: &Shelf, text: &str) -> Option<String> {
        let password = shelf.load(&account(text)).unwrap();
        password.map(|password| password.expose_secret().to_owned())
    }

    /// As an older version stored it, or another program.
    fn plant(shelf: &Shelf, name: &str, password: &str) {
        let entry = Entry::new_in_store(&shelf.0, SERVICE, name).unwrap();
        entry.set_password(password).unwrap();
    }

    #[test]
    fn case_does_not_matter() {
        let shelf = shelf();
        plant(&shelf, r"CORP\ann", "old");
        assert_eq!(password(&shelf, r"corp\Ann").as_deref(), Some("old"));
        assert_eq!(password(&shelf, r"corp\Anna"), None);
        shelf.store(&account(r"corp\ANN"), &"new".into()).unwrap();
        assert_eq!(shelf.accounts().unwrap(), [account(r"CORP\ann")]);
        assert_eq!(password(&shelf, r"CORP\ann").as_deref(), Some("new"));
        assert_eq!(shelf.delete(&account(r"Corp\Ann")), Ok(true));
        assert_eq!(shelf.delete(&account(r"Corp\Ann")), Ok(false));
        assert_eq!(shelf.accounts().unwrap(), []);
    }

    #[test]
    fn of_two_that_differ_in_case_the_same_is_meant_and_storing_makes_one_of_them() {
        let shelf = shelf();
        plant(&shelf, r"CORP\ann", "one");
        plant(&shelf, r"corp\ann", "two");
        assert_eq!(password(&shelf, r"corp\ann").as_deref(), Some("two"));
        let neither = shelf.load(&account(r"Corp\Ann")).map(drop);
        assert_eq!(neither, Err(KeyringError::Ambiguous { count: 2 }));
        shelf.store(&account(r"Corp\Ann"), &"new".into()).unwrap();
        assert_eq!(shelf.accounts().unwrap().len(), 1);
        assert_eq!(password(&shelf, r"corp\ann").as_deref(), Some("new"));
    }

    #[test]
    fn a_profile_has_an_entry_of_its_own() {
        let shelf = shelf();
        shelf.store(&account(r"CORP\ann"), &"plain".into()).unwrap();
        let branch = account(r"CORP\ann/branch");
        shelf.store(&branch, &"branch".into()).unwrap();
        assert_eq!(password(&shelf, r"CORP\ann").as_deref(), Some("plain"));
        assert_eq!(
            password(&shelf, r"corp\ann/branch").as_deref(),
            Some("branch")
        );
        assert_eq!(shelf.delete(&branch), Ok(true));
        assert_eq!(password(&shelf, r"CORP\ann").as_deref(), Some("plain"));
    }

    #[test]
    fn the_entries_of_others_are_not_seen() {
        let shelf = shelf();
        let other = Entry::new_in_store(&shelf.0, "mapisweep-next", r"CORP\ann").unwrap();
        other.set_password("other").unwrap();
        assert_eq!(password(&shelf, r"CORP\ann"), None);
        assert_eq!(shelf.accounts().unwrap(), []);
    }
}
