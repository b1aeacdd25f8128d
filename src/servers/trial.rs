//! The password, tried at one server before the others: a wrong one must count once against the account, not once a
//! server.

use tokio::sync::watch;

/// What is known of the password so far.
pub struct Trial(watch::Sender<State>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Untried,
    Trying,
    Accepted,
    Refused { by: String },
}

/// The password may be sent.
pub enum Turn<'a> {
    /// By this server alone: what it makes of it is to be told, before this is dropped.
    First(First<'a>),
    /// By all: it has been accepted.
    Free,
}

/// The one server that tries the password. Dropped before it is known what that made of it, another's turn comes.
pub struct First<'a>(&'a Trial);

impl Trial {
    /// Nobody has tried it.
    pub fn new() -> Self {
        Self(watch::Sender::new(State::Untried))
    }

    /// Whether a turn would have to be waited for.
    pub fn is_under_way(&self) -> bool {
        *self.0.borrow() == State::Trying
    }

    /// Waits for this server's turn; the error is the server that refused the password.
    pub async fn turn(&self) -> Result<Turn<'_>, String> {
        let mut states = self.0.subscribe();
        loop {
            let state = states.borrow_and_update().clone();
            match state {
                State::Accepted => return Ok(Turn::Free),
                State::Refused { by } => return Err(by),
                State::Untried if self.begin() => return Ok(Turn::First(First(self))),
                State::Untried => {}
                // the sender lives as long as this value, so there is always more to come
                State::Trying => _ = states.changed().await,
            }
        }
    }

    /// Waits until the password is refused somewhere, if it ever is.
    pub async fn refused(&self) -> String {
        let mut states = self.0.subscribe();
        loop {
            if let State::Refused { by } = &*states.borrow_and_update() {
                return by.clone();
            }
            _ = states.changed().await;
        }
    }

    /// A server took the password.
    pub fn accepted(&self) {
        self.0.send_replace(State::Accepted);
    }

    /// A server refused it, and nobody else shall try.
    pub fn refused_by(&self, server: &str) {
        let by = server.to_owned();
        self.0.send_replace(State::Refused { by });
    }

    fn begin(&self) -> bool {
        self.0.send_if_modified(|state| {
            let is_free = *state == State::Untried;
            if is_free {
                *state = State::Trying;
            }
            is_free
        })
    }
}

impl Drop for First<'_> {
    fn drop(&mut self) {
        self.0.0.send_if_modified(|state| {
            let is_open = *state == State::Trying;
            if is_open {
                *state = State::Untried;
            }
            is_open
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn waits<T>(future: impl Future<Output = T>) -> bool {
        timeout(Duration::from_millis(20), future).await.is_err()
    }

    #[tokio::test]
    async fn one_tries_and_the_others_wait_for_what_comes_of_it() {
        let trial = Trial::new();
        let Ok(Turn::First(first)) = trial.turn().await else {
            panic!("nobody else tries");
        };
        assert!(waits(trial.turn()).await);
        drop(first);
        let Ok(Turn::First(second)) = trial.turn().await else {
            panic!("the first said nothing");
        };
        assert!(waits(trial.turn()).await && waits(trial.refused()).await);
        trial.accepted();
        drop(second);
        assert!(matches!(trial.turn().await, Ok(Turn::Free)));
        assert!(waits(trial.refused()).await);
    }

    #[tokio::test]
    async fn a_refused_password_is_nobodys_turn() {
        let trial = Trial::new();
        let Ok(Turn::First(first)) = trial.turn().await else {
            panic!("nobody else tries");
        };
        trial.refused_by("ex01");
        drop(first);
        assert!(matches!(trial.turn().await, Err(by) if by == "ex01"));
        assert_eq!(trial.refused().await, "ex01");
    }
}
