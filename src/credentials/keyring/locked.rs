//! Whether the keyring is locked. It is not to be unlocked from here: that opens a window, which nobody sees over SSH, and
//! which nobody can answer in the time that a keyring is waited for. Not asked beforehand, a locked Secret Service looks as
//! if it held nothing.

use std::error::Error;

use super::KeyringError;
#[cfg(all(unix, not(target_os = "macos")))]
pub use secret_service::check;

/// Says so where the entries that matter, or the place for new ones, are locked.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn check() -> Result<(), KeyringError> {
    // the system says so when it is asked for something: `says_so`
    Ok(())
}

/// Whether this is how a Mac says that it would have to ask somebody (`errSecInteractionNotAllowed`): over SSH, where a
/// keychain stays locked.
#[cfg(target_os = "macos")]
pub fn says_so(error: &(dyn Error + 'static)) -> bool {
    const INTERACTION_NOT_ALLOWED: i32 = -25308;
    error
        .downcast_ref::<security_framework::base::Error>()
        .is_some_and(|error| error.code() == INTERACTION_NOT_ALLOWED)
}

/// Other systems do not say so in an error.
#[cfg(not(target_os = "macos"))]
pub fn says_so(_: &(dyn Error + 'static)) -> bool {
    false
}

#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service {
    use std::collections::HashMap;

    use ::secret_service::{EncryptionType, Error, blocking::SecretService};

    use super::KeyringError;
    use crate::credentials::keyring::account::SERVICE;

    pub fn check() -> Result<(), KeyringError> {
        match is_locked() {
            Ok(false) => Ok(()),
            Ok(true) | Err(Error::Locked) => Err(KeyringError::Locked),
            Err(error) => Err(KeyringError::Other {
                cause: error.to_string(),
            }),
        }
    }

    /// Locked entries are found, but what they say of themselves may be hashed: whose they are, only unlocking tells.
    fn is_locked() -> Result<bool, Error> {
        let service = SecretService::connect(EncryptionType::Plain)?;
        let entries = service.search_items(HashMap::from([("service", SERVICE)]))?;
        if !entries.locked.is_empty() {
            return Ok(true);
        }
        if !entries.unlocked.is_empty() {
            return Ok(false);
        }
        match service.get_default_collection() {
            Ok(place) => place.is_locked(),
            // there is none yet
            Err(Error::NoResult) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
