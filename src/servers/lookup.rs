//! The users, looked up by the first server that can, while the others are read.

use mapisweep_core::exchange::Mailbox;
use tokio::sync::watch;

use super::{Server, ServerError};

/// Whom to look up, and what came of it.
pub struct Lookup {
    identities: Vec<String>,
    state: watch::Sender<State>,
}

/// Each user as the admin named them, and the mailboxes of that name: none where Exchange knows no such user, and more
/// than one where it does not say who is meant.
pub type Users = Vec<(String, Vec<Mailbox>)>;

/// Whether there is nobody to do anything about: none of the users exists, or a name is several people's, who are
/// never chosen from.
pub fn is_nobody_meant(users: &Users) -> bool {
    let is_known = |(_, mailboxes): &(String, Vec<Mailbox>)| !mailboxes.is_empty();
    let is_several = |(_, mailboxes): &(String, Vec<Mailbox>)| mailboxes.len() > 1;
    !users.is_empty() && (!users.iter().any(is_known) || users.iter().any(is_several))
}

enum State {
    Open,
    Taken,
    Found(Users),
}

impl Lookup {
    /// Nobody has been asked. Nobody needs to be where there are no users.
    pub fn of(identities: &[String]) -> Self {
        let state = match identities.is_empty() {
            true => State::Found(Vec::new()),
            false => State::Open,
        };
        Self {
            identities: identities.to_vec(),
            state: watch::Sender::new(state),
        }
    }

    /// Has this server look them up along with its next look, if no other does yet; what it finds is to be handed to
    /// [`Taken::found`].
    pub fn begin(&self, server: &mut Server) -> Option<Taken<'_>> {
        self.take().then(|| {
            server.wanted.clone_from(&self.identities);
            Taken(self)
        })
    }

    /// Asks this server by itself if no other has been asked yet.
    async fn ask(&self, server: &mut Server) -> Result<(), ServerError> {
        if self.take() {
            let taken = Taken(self);
            taken.found(Some(server.find_mailboxes(&self.identities).await?));
        }
        Ok(())
    }

    /// Waits until the users are found; asks this server where those asked before could not say.
    pub async fn settle(&self, server: &mut Server) -> Result<(), ServerError> {
        let mut states = self.state.subscribe();
        loop {
            self.ask(server).await?;
            let is_taken = match *states.borrow_and_update() {
                State::Found(_) => return Ok(()),
                State::Taken => true,
                State::Open => false,
            };
            if is_taken {
                // the sender lives as long as this value, so there is always more to come
                _ = states.changed().await;
            }
        }
    }

    /// Whether users were asked for and it is known that there is nobody to do anything about.
    pub fn is_nobody_meant(&self) -> bool {
        match &*self.state.borrow() {
            State::Found(users) => is_nobody_meant(users),
            State::Open | State::Taken => false,
        }
    }

    /// What was found; `None` where no server could say.
    pub fn into_users(self) -> Option<Users> {
        match self.state.send_replace(State::Taken) {
            State::Found(users) => Some(users),
            State::Open | State::Taken => None,
        }
    }

    fn take(&self) -> bool {
        self.state.send_if_modified(|state| {
            let is_open = matches!(state, State::Open);
            if is_open {
                *state = State::Taken;
            }
            is_open
        })
    }
}

/// The one server that is asked. Dropped without an answer, another is.
pub struct Taken<'a>(&'a Lookup);

impl Taken<'_> {
    /// Takes up what the server found, if it did.
    pub fn found(self, users: Option<Users>) {
        if let Some(users) = users {
            self.0.state.send_replace(State::Found(users));
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.state.send_if_modified(|state| {
            let is_taken = matches!(state, State::Taken);
            if is_taken {
                *state = State::Open;
            }
            is_taken
        });
    }
}
