//! What can go wrong with the keyring.

use std::time::Duration;

use keyring::Error as StoreError;

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
    /// It is locked. Nobody was asked to unlock it.
    #[error("the keyring is locked")]
    Locked,
    /// Access was denied.
    #[error("the keyring denies access ({cause})")]
    NoAccess {
        /// What the system says.
        cause: String,
    },
    /// It does not answer.
    #[error("the keyring has not answered within {after:?}")]
    Silent {
        /// How long was waited.
        after: Duration,
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
    /// It took the password and does not give it back.
    #[error("the keyring took the password and did not keep it")]
    NotKept,
    /// Anything else.
    #[error("the keyring failed ({cause})")]
    Other {
        /// What the system says.
        cause: String,
    },
}

impl KeyringError {
    /// There is no store at all.
    pub(super) fn no_service(error: &StoreError) -> Self {
        let cause = innermost(error);
        Self::NoService { cause }
    }
}

impl From<StoreError> for KeyringError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::PlatformFailure(cause) if super::locked::says_so(cause.as_ref()) => {
                Self::Locked
            }
            StoreError::NoStorageAccess(cause) => Self::NoAccess {
                cause: innermost(cause.as_ref()),
            },
            StoreError::Ambiguous(entries) => Self::Ambiguous {
                count: entries.len(),
            },
            StoreError::BadEncoding(_) | StoreError::BadDataFormat(..) => Self::NotText,
            other => Self::Other {
                cause: innermost(&other),
            },
        }
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
            let error = KeyringError::from(error);
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
        let cause = std::io::Error::other("the window was closed");
        let error = KeyringError::from(StoreError::NoStorageAccess(Box::new(cause)));
        assert_eq!(
            error.to_string(),
            "the keyring denies access (the window was closed)"
        );
    }
}
