//! Reading servers again and again, each at an interval of its own, in shells that stay open.

use std::{num::NonZeroUsize, time::Duration};

use mapisweep_core::plan::ServerSnapshot;
use tokio::{
    sync::{Semaphore, mpsc},
    time::Instant,
};

use super::{
    Interruption, Leftovers, Server, ServerError,
    pace::{Change, Pace},
    until,
};
use crate::connection::Way;

/// What one reading of a server brought.
pub struct Reading {
    /// The server, by the name the admin gave.
    pub server: String,
    /// How it is signed in to, as far as that was chosen.
    pub way: Option<Way>,
    /// What was seen.
    pub seen: Result<ServerSnapshot, ServerError>,
    /// How long it took.
    pub took: Duration,
    /// What that makes of its interval.
    pub change: Change,
    /// From the beginning of this reading to that of the next.
    pub interval: Duration,
    /// It is not read again.
    pub is_last: bool,
}

/// What all servers share that are read so.
pub(super) struct Rounds<'a> {
    interval: Duration,
    /// How many are read at once.
    places: Semaphore,
    cancel: &'a Interruption,
    /// Who is told of each reading; gone where nobody wants to know more.
    hears: mpsc::Sender<Reading>,
}

impl<'a> Rounds<'a> {
    /// After a first visit.
    pub fn new(
        interval: Duration,
        jobs: NonZeroUsize,
        cancel: &'a Interruption,
        hears: mpsc::Sender<Reading>,
    ) -> Self {
        Self {
            interval,
            places: Semaphore::new(jobs.get().min(Semaphore::MAX_PERMITS)),
            cancel,
            hears,
        }
    }

    /// Reads a server until the admin interrupts, nobody wants to know more, or it is of no use to go on; for the first time
    /// after this pause. `was_read` is whether it could be read just before.
    pub async fn keep_reading(
        &self,
        server: &mut impl ReadAgain,
        mut pause: Duration,
        mut was_read: bool,
    ) {
        let mut pace = Pace::of(self.interval);
        if !was_read {
            pace.failed();
        }
        loop {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return,
                () = self.hears.closed() => return,
                () = server.rest(pause) => {}
            }
            let shells = server.shells();
            let (seen, took) = self.read(server).await;
            let has_opened = server.shells() > shells;
            let mut change = Change::None;
            match &seen {
                Err(ServerError::Interrupted) => return,
                Ok(_) => {
                    if has_opened && was_read {
                        server.remark("its remote shell was gone; a new one is open");
                    }
                    server.close_gone().await;
                    was_read = true;
                    change = pace.read(took, has_opened);
                }
                Err(error) => {
                    if !error.is_on_the_way() {
                        // what state its shell is in nobody knows
                        server.leave(self.cancel).await;
                    }
                    was_read = false;
                    pace.failed();
                }
            }
            pause = pace.pause(took);
            let is_last = seen.as_ref().is_err_and(ServerError::is_lasting);
            let reading = Reading {
                server: server.name().to_owned(),
                way: server.way(),
                seen,
                took,
                change,
                interval: pace.interval(),
                is_last,
            };
            if self.hears.send(reading).await.is_err() || is_last {
                return;
            }
        }
    }

    /// One reading, and how long it took by itself. It is given up where nobody wants to know.
    async fn read(
        &self,
        server: &mut impl ReadAgain,
    ) -> (Result<ServerSnapshot, ServerError>, Duration) {
        // nobody closes the semaphore
        let _place = self.places.acquire().await.ok();
        let began = server.now();
        let seen = tokio::select! {
            biased;
            () = self.hears.closed() => Err(ServerError::Interrupted),
            seen = until(self.cancel, server.read_once_more()) => seen,
        };
        (seen, server.now() - began)
    }
}

/// What is read again and again: a server.
pub(super) trait ReadAgain {
    /// The name the admin gave.
    fn name(&self) -> &str;
    /// How it is signed in to, as far as that was chosen.
    fn way(&self) -> Option<Way>;
    /// Reads the logons, by the shell that is open, or by a new one.
    async fn read_once_more(&mut self) -> Result<ServerSnapshot, ServerError>;
    /// How many shells were opened there so far.
    fn shells(&self) -> usize;
    /// Closes a shell that was said to be gone: the server may not have meant it.
    async fn close_gone(&mut self);
    /// What time it is.
    fn now(&self) -> Instant;
    /// Waits for so long.
    async fn rest(&mut self, pause: Duration);
    /// Leaves nothing behind there.
    async fn leave(&mut self, cancel: &Interruption);
    /// Tells whoever watches what a person may want to know.
    fn remark(&self, what: &str);
}

impl ReadAgain for Server {
    fn name(&self) -> &str {
        self.name()
    }

    fn way(&self) -> Option<Way> {
        self.way()
    }

    async fn read_once_more(&mut self) -> Result<ServerSnapshot, ServerError> {
        if !self.remote.may_have_a_shell() && !self.own.may_have_a_shell() {
            self.reach(Ok(())).await?;
            self.sign_in().await?;
        }
        self.read_logons().await
    }

    fn shells(&self) -> usize {
        self.remote.shells() + self.own.shells()
    }

    async fn close_gone(&mut self) {
        let Some(gone) = self.remote.take_gone() else {
            return;
        };
        if let Err(error) = gone.close().await {
            self.left_behind.push(ServerError::MayBeLeft {
                what: Leftovers::Shell,
                cause: Box::new(error.into()),
            });
        }
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    async fn rest(&mut self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }

    async fn leave(&mut self, cancel: &Interruption) {
        self.finish(cancel).await;
    }

    fn remark(&self, what: &str) {
        self.remark(what);
    }
}

#[cfg(test)]
mod tests;
