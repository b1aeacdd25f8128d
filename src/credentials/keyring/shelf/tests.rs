//! Against a store in memory that compares letter by letter, as the real ones do.

use std::{
    any::Any,
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use keyring_core::{
    Credential, Result,
    api::{CredentialApi, CredentialStoreApi},
};

use super::*;

/// What it holds, by service and user name; or a store that forgets at once.
#[derive(Debug, Default)]
struct Memory {
    held: Mutex<BTreeMap<(String, String), Vec<u8>>>,
    forgets: bool,
}

/// The place of an entry in it.
#[derive(Debug)]
struct Place(Arc<Memory>, (String, String));

/// The store itself is handed out by reference.
#[derive(Debug)]
struct Store(Arc<Memory>);

impl Memory {
    fn held(&self) -> MutexGuard<'_, BTreeMap<(String, String), Vec<u8>>> {
        self.held.lock().unwrap()
    }
}

impl CredentialApi for Place {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        if !self.0.forgets {
            self.0.held().insert(self.1.clone(), secret.to_vec());
        }
        Ok(())
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        let secret = self.0.held().get(&self.1).cloned();
        secret.ok_or(StoreError::NoEntry)
    }

    fn delete_credential(&self) -> Result<()> {
        let secret = self.0.held().remove(&self.1);
        secret.map(drop).ok_or(StoreError::NoEntry)
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some(self.1.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.1, f)
    }
}

impl CredentialStoreApi for Store {
    fn vendor(&self) -> String {
        "memory".to_owned()
    }

    fn id(&self) -> String {
        "memory".to_owned()
    }

    fn build(&self, service: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> Result<Entry> {
        let place = Place(Arc::clone(&self.0), (service.to_owned(), user.to_owned()));
        Ok(Entry::new_with_credential(Arc::new(place)))
    }

    /// More than was asked for, as some stores do.
    fn search(&self, _: &HashMap<&str, &str>) -> Result<Vec<Entry>> {
        let held = self.0.held();
        let all = held
            .keys()
            .map(|(service, user)| self.build(service, user, None));
        all.collect()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}

fn shelf() -> Shelf {
    Shelf(Arc::new(Store(Arc::default())))
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
fn of_two_that_differ_in_case_the_same_is_meant_and_storing_leaves_one() {
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

#[test]
fn a_store_that_does_not_keep_what_it_took_is_found_out() {
    let forgetful = Memory {
        forgets: true,
        ..Memory::default()
    };
    let shelf = Shelf(Arc::new(Store(Arc::new(forgetful))));
    let stored = shelf.store(&account(r"CORP\ann"), &"secret".into());
    assert_eq!(stored, Err(KeyringError::NotKept));
}
