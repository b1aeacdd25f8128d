//! The OS keyring: Secret Service, macOS Keychain or Windows Credential Manager, service name `mapisweep`.

use keyring::{Entry, Error as StoreError};
use secrecy::{ExposeSecret, SecretString};

/// The service name of every entry; `secret-tool lookup service mapisweep username 'CORP\ann'` finds it too.
pub const SERVICE: &str = "mapisweep";

/// Why the keyring could not do what was asked.
///
/// The store's own error is kept as text only where it cannot hold the secret: its `Debug` prints what was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// No keyring service runs for this login session.
    #[error("no keyring service is running ({cause})")]
    NoService {
        /// What the system says.
        cause: String,
    },
    /// It is locked, or access was denied.
    #[error("the keyring is locked or denies access ({cause})")]
    NoAccess {
        /// What the system says.
        cause: String,
    },
    /// Several entries fit; another program made a second one.
    #[error("the keyring holds {count} entries for this user")]
    Ambiguous {
        /// How many.
        count: usize,
    },
    /// What is stored is not text.
    #[error("what the keyring holds is not a password")]
    NotText,
    /// Anything else.
    #[error("the keyring failed ({cause})")]
    Other {
        /// What the system says.
        cause: String,
    },
}

/// Whether there is a keyring at all; asks it nothing.
pub fn check() -> Result<(), KeyringError> {
    // the cause of a missing store is here only; Entry::new says no more than that there is none
    Entry::store_status().as_ref().map(drop).map_err(|cause| {
        let cause = innermost(cause);
        KeyringError::NoService { cause }
    })
}

/// The stored password of this user, if there is one. A locked keyring that cannot ask looks as if there were none.
pub fn load(user: &str) -> Result<Option<SecretString>, KeyringError> {
    match entry(user)?.get_password() {
        Ok(password) => Ok(Some(SecretString::from(password))),
        Err(StoreError::NoEntry) => Ok(None),
        Err(error) => Err(explain(error)),
    }
}

/// Stores or replaces the password of this user.
pub fn store(user: &str, password: &SecretString) -> Result<(), KeyringError> {
    entry(user)?
        .set_password(password.expose_secret())
        .map_err(explain)
}

/// Removes the password of this user; `false` where there was none.
pub fn delete(user: &str) -> Result<bool, KeyringError> {
    match entry(user)?.delete_credential() {
        Ok(()) => Ok(true),
        Err(StoreError::NoEntry) => Ok(false),
        Err(error) => Err(explain(error)),
    }
}

fn entry(user: &str) -> Result<Entry, KeyringError> {
    check()?;
    Entry::new(SERVICE, user).map_err(explain)
}

fn explain(error: StoreError) -> KeyringError {
    match error {
        StoreError::NoStorageAccess(cause) => KeyringError::NoAccess {
            cause: innermost(cause.as_ref()),
        },
        StoreError::Ambiguous(entries) => KeyringError::Ambiguous {
            count: entries.len(),
        },
        StoreError::BadEncoding(_) | StoreError::BadDataFormat(..) => KeyringError::NotText,
        other => KeyringError::Other {
            cause: innermost(&other),
        },
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_never_reaches_an_error() {
        let stored = b"hunter2\xff".to_vec();
        let cause: Box<dyn std::error::Error + Send + Sync> = "bad cipher".into();
        for error in [
            StoreError::BadEncoding(stored.clone()),
            StoreError::BadDataFormat(stored.clone(), cause),
        ] {
            let error = explain(error);
            let shown = format!("{error} {error:?}");
            assert_eq!(error, KeyringError::NotText);
            assert!(
                !shown.contains("hunter2") && !shown.contains("104, 117"),
                "{shown}"
            );
        }
    }

    #[test]
    fn the_innermost_cause_is_told() {
        let cause = std::io::Error::other("the collection is locked");
        let error = explain(StoreError::NoStorageAccess(Box::new(cause)));
        assert_eq!(
            error.to_string(),
            "the keyring is locked or denies access (the collection is locked)"
        );
    }
}
