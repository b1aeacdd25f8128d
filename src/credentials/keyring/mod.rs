//! The OS keyring: Secret Service, macOS Keychain or Windows Credential Manager.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `account` | whose password an entry holds, and what the entry is called |
//! | `shelf` | the entries, found whatever their case |
//! | `locked` | whether the keyring is locked |
//! | `patience` | how long a keyring is waited for |
//! | `error` | what went wrong |

mod account;
mod error;
mod locked;
mod patience;
mod shelf;

use secrecy::SecretString;

pub use account::Account;
pub use error::KeyringError;

use patience::Patience;
use shelf::Shelf;

/// The one keyring of this process.
static PATIENCE: Patience = Patience::new(patience::LIMIT);

/// Whether there is a keyring, and it is unlocked.
pub fn check() -> Result<(), KeyringError> {
    PATIENCE.wait_for(|| Shelf::open().map(drop))
}

/// The stored password for this account and which entry holds it: the profile's own, or else the plain one.
pub fn load(account: &Account) -> Result<Option<(Account, SecretString)>, KeyringError> {
    let account = account.clone();
    PATIENCE.wait_for(move || {
        let shelf = Shelf::open()?;
        let plain = account.profile.is_some().then(|| account.plain());
        for account in [Some(account), plain].into_iter().flatten() {
            if let Some(password) = shelf.load(&account)? {
                return Ok(Some((account, password)));
            }
        }
        Ok(None)
    })
}

/// Stores or replaces the password of this account, and sees that it is kept.
pub fn store(account: &Account, password: &SecretString) -> Result<(), KeyringError> {
    let (account, password) = (account.clone(), password.clone());
    PATIENCE.wait_for(move || Shelf::open()?.store(&account, &password))
}

/// Removes the password of this very account; `false` where there was none.
pub fn delete(account: &Account) -> Result<bool, KeyringError> {
    let account = account.clone();
    PATIENCE.wait_for(move || Shelf::open()?.delete(&account))
}

/// Whose passwords are stored, whoever stored them, in order.
pub fn accounts() -> Result<Vec<Account>, KeyringError> {
    PATIENCE.wait_for(|| Shelf::open()?.accounts())
}
