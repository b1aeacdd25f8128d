//! Who may show a password: where one has been signed in for long, it may be another one by now, and each server that
//! refuses it counts against the account. So one connection shows it alone; once it was taken, the others do.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use tokio::sync::{Mutex, MutexGuard};

use super::Error;

/// Shared by all connections of a run.
#[derive(Debug, Default)]
pub struct PasswordTurns {
    are_taken: AtomicBool,
    password: Mutex<Password>,
}

/// What is known of the password.
#[derive(Debug, Default)]
enum Password {
    #[default]
    Unknown,
    TakenAt(Instant),
    Refused,
}

/// Nobody else shows it meanwhile.
pub(super) struct Alone<'t>(MutexGuard<'t, Password>);

/// For so long a password that was taken is believed in.
const BELIEVED_FOR: Duration = Duration::from_secs(60);

impl PasswordTurns {
    /// From now on one shows it first.
    pub fn begin(&self) {
        self.are_taken.store(true, Ordering::Relaxed);
    }

    pub(super) fn are_taken(&self) -> bool {
        self.are_taken.load(Ordering::Relaxed)
    }

    /// Waits until it may be shown: alone, or beside others.
    pub(super) async fn next(&self) -> Result<Option<Alone<'_>>, Error> {
        if !self.are_taken() {
            return Ok(None);
        }
        let password = self.password.lock().await;
        match *password {
            Password::Refused => Err(Error::RefusedElsewhere),
            Password::TakenAt(when) if when.elapsed() < BELIEVED_FOR => Ok(None),
            Password::TakenAt(_) | Password::Unknown => Ok(Some(Alone(password))),
        }
    }
}

impl Alone<'_> {
    /// What became of it; where it was not judged, the next one shows it alone.
    pub fn judged<T>(mut self, shown: &Result<T, Error>) {
        match shown {
            Ok(_) => *self.0 = Password::TakenAt(Instant::now()),
            Err(error) if error.judges_password() => *self.0 = Password::Refused,
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use mapisweep_winrm::auth::UserName;

    use super::*;
    use crate::connection::Refusal;

    fn refused() -> Result<(), Error> {
        Err(Error::Refused(Refusal {
            user: UserName::parse(r"CORP\ann").unwrap(),
            scheme: "Negotiate",
            offered: vec!["Negotiate".to_owned()],
            challenged: true,
            password_sent: true,
            sealed: true,
            channel_bound: false,
            ticket_for: None,
        }))
    }

    #[tokio::test]
    async fn one_shows_it_first_and_where_it_is_refused_nobody_else_does() {
        let turns = PasswordTurns::default();
        assert!(
            matches!(turns.next().await, Ok(None)),
            "nobody asked for it"
        );
        turns.begin();
        for shown in [Err(Error::SignInForgotten), Ok(())] {
            let alone = turns.next().await.unwrap().expect("it is not known");
            assert!(turns.password.try_lock().is_err(), "nobody else does");
            alone.judged(&shown);
        }
        assert!(matches!(turns.next().await, Ok(None)), "it was taken");
        *turns.password.lock().await = Password::Unknown;
        turns.next().await.unwrap().unwrap().judged(&refused());
        assert!(matches!(turns.next().await, Err(Error::RefusedElsewhere)));
    }
}
