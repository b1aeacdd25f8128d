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
mod tests;
