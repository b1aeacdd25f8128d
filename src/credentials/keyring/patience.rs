//! How long a keyring is waited for. It may hang on its message bus, or wait for a person who does not see its window;
//! nothing that is asked of it takes long otherwise.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::KeyringError;

/// A keyring that answers at all does so in milliseconds.
pub const LIMIT: Duration = Duration::from_secs(3);

/// Waits for a keyring, until it was waited for in vain once.
pub struct Patience {
    limit: Duration,
    is_silent: AtomicBool,
}

impl Patience {
    /// Waits so long.
    pub const fn new(limit: Duration) -> Self {
        Self {
            limit,
            is_silent: AtomicBool::new(false),
        }
    }

    /// Asks the keyring on a thread of its own, which is abandoned where it does not come back.
    pub fn wait_for<T: Send + 'static>(
        &self,
        ask: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let silent = || KeyringError::Silent { after: self.limit };
        if self.is_silent.load(Ordering::Relaxed) {
            return Err(silent());
        }
        let (tell, answer) = mpsc::sync_channel(1);
        let asking = thread::Builder::new()
            .name("keyring".to_owned())
            // nobody may be waiting any more
            .spawn(move || _ = tell.send(ask()));
        asking.map_err(|error| KeyringError::Other {
            cause: error.to_string(),
        })?;
        match answer.recv_timeout(self.limit) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => {
                self.is_silent.store(true, Ordering::Relaxed);
                Err(silent())
            }
            Err(RecvTimeoutError::Disconnected) => Err(KeyringError::Other {
                cause: "it ended without an answer".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than anything takes, on whatever machine.
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_keyring_that_hangs_is_waited_for_once() {
        let patience = Patience::new(LONG);
        assert_eq!(patience.wait_for(|| Ok(7)), Ok(7));
        let patience = Patience::new(Duration::from_millis(50));
        let (release, released) = mpsc::channel::<()>();
        let hangs = patience.wait_for(move || {
            _ = released.recv();
            Ok(())
        });
        let silent = Err(KeyringError::Silent {
            after: Duration::from_millis(50),
        });
        assert_eq!(hangs, silent);
        let (asked, is_asked) = mpsc::channel();
        let once_more = patience.wait_for(move || {
            _ = asked.send(());
            Ok(())
        });
        assert_eq!(once_more, silent);
        assert!(is_asked.recv().is_err(), "it was asked");
        drop(release);
    }

    #[test]
    fn a_library_that_panics_is_an_error() {
        let patience = Patience::new(LONG);
        let answer: Result<(), _> = patience.wait_for(|| panic!("a bug of the keyring's library"));
        assert!(matches!(answer, Err(KeyringError::Other { .. })));
    }
}
