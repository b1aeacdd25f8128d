//! How often a server is read that is read again and again: less often while it is slow, or down. Pure.

use std::time::Duration;

/// The interval of one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The one that was asked for.
    wanted: Duration,
    /// So many times as long, because the server is slow.
    slower: u32,
    /// Readings in a row that failed.
    failures: u32,
}

/// What a reading makes of the interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It stays.
    None,
    /// The server took too large a share of it, and it is doubled.
    Doubled,
    /// The server is quick again, and it is halved.
    Halved,
}

impl Pace {
    /// A reading may take this part of the interval.
    pub const SHARE: u32 = 5;

    /// The interval is never more than so many times the one that was asked for.
    const MOST: u32 = 16;

    /// The interval that was asked for.
    pub fn of(wanted: Duration) -> Self {
        Self {
            wanted,
            slower: 1,
            failures: 0,
        }
    }

    /// From the beginning of one reading to that of the next.
    pub fn interval(&self) -> Duration {
        let doubled = 1 << self.failures.saturating_sub(1).min(Self::MOST.ilog2());
        self.wanted.saturating_mul(self.slower.max(doubled))
    }

    /// A reading came to its end. One that also opened a shell took longer for that, and says nothing of the server.
    pub fn read(&mut self, took: Duration, opened_a_shell: bool) -> Change {
        self.failures = 0;
        if opened_a_shell {
            return Change::None;
        }
        let allowed = self.wanted.saturating_mul(self.slower) / Self::SHARE;
        if took > allowed && self.slower < Self::MOST {
            self.slower *= 2;
            Change::Doubled
        } else if self.slower > 1 && took < allowed / 4 {
            // a quarter, and not a half: what is halved is not doubled by the next reading
            self.slower /= 2;
            Change::Halved
        } else {
            Change::None
        }
    }

    /// A reading failed.
    pub fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// From the end of a reading that took so long to the beginning of the next: the server has at least half of the interval
    /// for itself.
    pub fn pause(&self, took: Duration) -> Duration {
        let interval = self.interval();
        interval.saturating_sub(took).max(interval / 2)
    }
}

/// Before a server is read again for the first time: not all of them at once, and the last after a whole interval.
pub fn first_pause(interval: Duration, place: usize, servers: usize) -> Duration {
    let part = (place + 1) as f64 / servers.max(1) as f64;
    interval / 2 + (interval / 2).mul_f64(part.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_slow_server_is_read_less_often_and_a_quick_one_as_was_asked() {
        let mut pace = Pace::of(MINUTE);
        for (took, change, interval) in [
            (1, Change::None, 60),
            (12, Change::None, 60),
            (13, Change::Doubled, 120),
            (13, Change::None, 120),
            (25, Change::Doubled, 240),
            (13, Change::None, 240),
            (11, Change::Halved, 120),
            (5, Change::Halved, 60),
            (0, Change::None, 60),
        ] {
            assert_eq!(pace.read(seconds(took), false), change, "{took} s");
            assert_eq!(pace.interval(), seconds(interval), "{took} s");
        }
    }

    #[test]
    fn the_interval_does_not_grow_for_ever() {
        let mut pace = Pace::of(MINUTE);
        let changes = (0..10).map(|_| pace.read(seconds(3600), false));
        let doubled = changes.filter(|change| *change == Change::Doubled);
        assert_eq!(doubled.count(), 4);
        assert_eq!(pace.interval(), 16 * MINUTE);
        let mut pace = Pace::of(MINUTE);
        (0..100).for_each(|_| pace.failed());
        assert_eq!(pace.interval(), 16 * MINUTE);
    }

    #[test]
    fn a_server_that_is_down_is_tried_less_and_less_often_until_it_answers() {
        let mut pace = Pace::of(MINUTE);
        let intervals = [1, 2, 4, 8].map(|times| times * MINUTE);
        for interval in intervals {
            pace.failed();
            assert_eq!(pace.interval(), interval);
        }
        assert_eq!(pace.read(seconds(30), true), Change::None);
        assert_eq!(pace.interval(), MINUTE);
    }

    #[test]
    fn servers_are_read_one_after_another() {
        for (servers, pauses) in [(1, &[60][..]), (2, &[45, 60]), (5, &[36, 42, 48, 54, 60])] {
            let places = 0..pauses.len();
            let first: Vec<_> = places
                .map(|place| first_pause(MINUTE, place, servers).as_secs())
                .collect();
            assert_eq!(first, pauses, "{servers}");
        }
    }

    #[test]
    fn a_server_is_left_alone_for_half_of_the_interval() {
        let pace = Pace::of(MINUTE);
        for (took, pause) in [(0, 60), (1, 59), (30, 30), (45, 30), (600, 30)] {
            assert_eq!(pace.pause(seconds(took)), seconds(pause), "{took} s");
        }
    }
}
