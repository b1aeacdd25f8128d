//! Looks at servers that run the helper: on which it ran, and how long ago.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use crate::{
    audit::Looked,
    servers::{Server, ServerError},
};

/// What came of looking at some servers, for the record.
#[derive(Default)]
pub struct Looks {
    servers: RefCell<Vec<Looked>>,
    began: Cell<Option<Moment>>,
}

impl Looks {
    /// Looks at one server. That is recorded also where it is cut short.
    pub async fn at<T>(
        &self,
        server: &mut Server,
        look: impl AsyncFnOnce(&mut Server) -> Result<T, ServerError>,
        connections: impl FnOnce(&T) -> usize,
    ) -> Result<T, ServerError> {
        self.began.set(self.began.get().or(Some(Moment::now())));
        let name = server.name().to_owned();
        let place = self.servers.borrow().len();
        let cut_short = Looked::on(&name, Err(&ServerError::Interrupted));
        self.servers.borrow_mut().push(cut_short);
        let seen = look(server).await;
        let looked = Looked::on(&name, seen.as_ref().map(connections));
        if let Some(record) = self.servers.borrow_mut().get_mut(place) {
            *record = looked;
        }
        seen
    }

    /// When the first of them began.
    pub fn began(&self) -> Moment {
        self.began.get().unwrap_or_else(Moment::now)
    }

    /// What came of each.
    pub fn into_servers(self) -> Vec<Looked> {
        self.servers.into_inner()
    }
}

/// A moment, to know how long ago it was.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    steady: Instant,
    clock: Timestamp,
}

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Self {
            steady: Instant::now(),
            clock: Timestamp::now(),
        }
    }

    /// How long ago it was. The steady clock stands still while a laptop sleeps, the other may be set: the longer time
    /// counts.
    pub fn age(self) -> Duration {
        let by_clock = Timestamp::now().duration_since(self.clock);
        let by_clock = Duration::try_from(by_clock).unwrap_or_default();
        by_clock.max(self.steady.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn the_longer_of_two_times_counts() {
        let minute = Duration::from_secs(60);
        let hour = SignedDuration::from_hours(1);
        let now = Moment::now();
        let slept = Moment {
            clock: now.clock - hour,
            ..now
        };
        assert!(slept.age() >= 60 * minute, "{:?}", slept.age());
        let set_back = Moment {
            clock: now.clock + hour,
            ..now
        };
        assert!(set_back.age() < minute, "{:?}", set_back.age());
        std::thread::sleep(Duration::from_millis(20));
        assert!(set_back.age() >= Duration::from_millis(20));
    }
}
