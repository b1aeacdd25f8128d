//! The admin's wish that a run ends: once, and once more.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// The admin's wish that a run ends, known to all who work on it. The first time ends the work and starts the cleaning up,
/// for which there is one deadline however many servers there are; the second time ends that, too.
#[derive(Debug, Clone, Default)]
pub struct Interruption {
    came: Arc<OnceLock<Instant>>,
    first: CancellationToken,
    second: CancellationToken,
}

impl Interruption {
    /// The work is to end.
    pub fn end_work(&self) {
        self.came.get_or_init(Instant::now);
        self.first.cancel();
    }

    /// All is to end at once.
    pub fn end_all(&self) {
        self.end_work();
        self.second.cancel();
    }

    /// Whether the work is to end.
    pub fn is_cancelled(&self) -> bool {
        self.first.is_cancelled()
    }

    /// Waits until the work is to end.
    pub async fn cancelled(&self) {
        self.first.cancelled().await;
    }

    /// Waits until the cleaning up is to end: this long after the work was to, or at once where the admin says so.
    pub(super) async fn is_over(&self, after: Duration) {
        let in_time = async {
            self.first.cancelled().await;
            let came = self.came.get_or_init(Instant::now);
            sleep_until(*came + after).await;
        };
        tokio::select! {
            () = in_time => {}
            () = self.second.cancelled() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn there_is_one_deadline_for_all() {
        const LIMIT: Duration = Duration::from_millis(500);
        let interruption = Interruption::default();
        let began = Instant::now();
        interruption.end_work();
        // on a server that was let go first, and then on the others
        for _ in 0..20 {
            interruption.is_over(LIMIT).await;
        }
        assert!((LIMIT..20 * LIMIT).contains(&began.elapsed()));

        let interruption = Interruption::default();
        interruption.end_all();
        assert!(interruption.is_cancelled());
        let long = Duration::from_secs(3600);
        let over = tokio::time::timeout(20 * LIMIT, interruption.is_over(long));
        assert_eq!(over.await, Ok(()));
    }
}
