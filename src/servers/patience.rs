//! How long is waited on a server: nothing that it does, or does not do, keeps a run for ever.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{Interruption, ServerError};

/// How long is waited on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection, and for whatever a server that is up does at once.
    pub connecting: Duration,
    /// For one step: signing in and opening the shell, one batch of questions with its answers, closing.
    pub step: Duration,
}

impl Patience {
    /// For all of the cleaning up on a server, as long as nobody is in a hurry.
    const CLEANING_UP: Duration = Duration::from_secs(60);

    /// How much longer than for a connection is waited for the cleaning up, once somebody is.
    const ONCE_INTERRUPTED: Duration = Duration::from_secs(10);

    /// Does a step, or gives it up: what it was about is not known then.
    pub(super) async fn for_step<T, E: Into<ServerError>>(
        self,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, ServerError> {
        let limit = self.step;
        match timeout(limit, step).await {
            Ok(done) => done.map_err(Into::into),
            Err(_) => Err(ServerError::TooSlow { limit }),
        }
    }

    /// Ends when the cleaning up must: earlier once the admin interrupts.
    pub(super) async fn with_cleaning_up(self, cancel: &Interruption) {
        tokio::select! {
            () = sleep(self.step.min(Self::CLEANING_UP).max(self.once_interrupted())) => {}
            () = cancel.is_over(self.once_interrupted()) => {}
        }
    }

    /// For all of the cleaning up after an interrupt.
    pub fn once_interrupted(self) -> Duration {
        self.connecting.min(Self::CLEANING_UP) + Self::ONCE_INTERRUPTED
    }
}
