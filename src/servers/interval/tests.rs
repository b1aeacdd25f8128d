//! A server that is read again and again, on a clock of its own: nobody waits for it.

use std::{cell::RefCell, collections::VecDeque, future::pending};

use futures_util::FutureExt as _;
use mapisweep_core::exchange::{Clock, Limits};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// How a reading goes.
#[derive(Clone, Copy)]
enum Goes {
    /// It tells, after so many seconds.
    Well(u64),
    /// The same, in a new shell.
    InNewShell(u64),
    /// Nothing answers.
    Unanswered,
    /// What answers makes no sense.
    Badly,
    /// It is not Exchange any more.
    ForGood,
    /// It does not end.
    Never,
}

use Goes::*;

/// A server that goes by this script, and what it saw.
struct Scripted {
    goes: VecDeque<Goes>,
    began: Instant,
    clock: Duration,
    read_at: Vec<u64>,
    shells: usize,
    left: usize,
    remarks: RefCell<Vec<String>>,
}

impl Scripted {
    fn of(goes: &[Goes]) -> Self {
        Self {
            goes: goes.iter().copied().collect(),
            began: Instant::now(),
            clock: Duration::ZERO,
            read_at: Vec::new(),
            shells: 1,
            left: 0,
            remarks: RefCell::default(),
        }
    }
}

impl ReadAgain for Scripted {
    fn name(&self) -> &str {
        "ex01"
    }

    fn way(&self) -> Option<Way> {
        None
    }

    async fn read_once_more(&mut self) -> Result<ServerSnapshot, ServerError> {
        self.read_at.push(self.clock.as_secs());
        let Some(goes) = self.goes.pop_front() else {
            return Err(ServerError::Interrupted);
        };
        match goes {
            Well(seconds) => self.clock += Duration::from_secs(seconds),
            InNewShell(seconds) => {
                self.shells += 1;
                self.clock += Duration::from_secs(seconds);
            }
            Unanswered => return Err(crate::connection::Error::RefusedElsewhere.into()),
            Badly => return Err(ServerError::NobodyMeant),
            ForGood => return Err(ServerError::NotExchange),
            Never => pending().await,
        }
        Ok(nobody())
    }

    fn shells(&self) -> usize {
        self.shells
    }

    async fn close_gone(&mut self) {}

    fn now(&self) -> Instant {
        self.began + self.clock
    }

    async fn rest(&mut self, pause: Duration) {
        self.clock += pause;
    }

    async fn leave(&mut self, _: &Interruption) {
        self.left += 1;
    }

    fn remark(&self, what: &str) {
        self.remarks.borrow_mut().push(what.to_owned());
    }
}

fn nobody() -> ServerSnapshot {
    ServerSnapshot {
        server: "ex01".to_owned(),
        display_name: "ex01".to_owned(),
        version: None,
        limits: Limits::DEFAULT,
        clock: Clock::NOT_TOLD,
        logons: Vec::new(),
        gaps: Vec::new(),
        connections: Vec::new(),
        connections_left_out: 0,
    }
}

/// Reads it until its script is at its end, and gives what was told, too.
async fn read(goes: &[Goes], was_read: bool) -> (Scripted, Vec<Reading>) {
    let mut server = Scripted::of(goes);
    let (tells, mut hears) = mpsc::channel(100);
    let cancel = Interruption::default();
    let jobs = NonZeroUsize::MIN;
    let rounds = Rounds::new(MINUTE, jobs, &cancel, tells);
    rounds.keep_reading(&mut server, MINUTE, was_read).await;
    drop(rounds);
    let mut readings = Vec::new();
    while let Some(reading) = hears.recv().now_or_never().flatten() {
        readings.push(reading);
    }
    (server, readings)
}

#[tokio::test]
async fn it_is_read_at_its_interval_and_less_often_while_it_is_slow_or_down() {
    for (goes, read_at, intervals) in [
        (
            &[Well(0), Well(2), Well(0)][..],
            &[60, 120, 180, 240][..],
            &[60, 60, 60][..],
        ),
        // from the beginning of one to that of the next, and at least half of it without
        (
            &[Well(20), Well(20), Well(1), Well(1)],
            &[60, 180, 300, 360, 420],
            &[120, 120, 60, 60],
        ),
        (&[Well(100), Well(1)], &[60, 220, 280], &[120, 60]),
        (
            &[Unanswered, Unanswered, Unanswered, Well(1), Well(1)],
            &[60, 120, 240, 480, 540, 600],
            &[60, 120, 240, 60, 60],
        ),
        // a shell that is opened takes its time
        (&[InNewShell(30), Well(1)], &[60, 120, 180], &[60, 60]),
    ] {
        let (server, readings) = read(goes, true).await;
        assert_eq!(server.read_at, read_at);
        let told: Vec<_> = readings
            .iter()
            .map(|reading| reading.interval.as_secs())
            .collect();
        assert_eq!(told, intervals);
        assert!(readings.iter().all(|reading| !reading.is_last));
    }
}

#[tokio::test]
async fn a_shell_that_was_gone_is_told_of_and_one_that_was_closed_is_not() {
    for (was_read, goes, remarks) in [
        (true, &[InNewShell(1), Well(1)][..], 1),
        (true, &[Unanswered, InNewShell(1)], 0),
        (false, &[InNewShell(1)], 0),
    ] {
        let (server, _) = read(goes, was_read).await;
        assert_eq!(server.remarks.borrow().len(), remarks);
    }
}

#[tokio::test]
async fn a_shell_is_left_where_the_server_fails_and_kept_where_the_way_does() {
    for (goes, left) in [(Unanswered, 0), (Badly, 1)] {
        let (server, _) = read(&[goes], true).await;
        assert_eq!(server.left, left);
    }
}

#[tokio::test]
async fn what_will_never_be_read_is_read_no_more() {
    let (server, readings) = read(&[ForGood, Well(1)], true).await;
    assert_eq!(server.read_at, [60]);
    assert!(readings.last().is_some_and(|reading| reading.is_last));
}

#[tokio::test]
async fn it_ends_at_once_where_nobody_hears_or_the_admin_interrupts() {
    for (interrupts, goes, readings) in [
        (false, &[][..], 0),
        (true, &[], 0),
        (false, &[Well(1), Never], 2),
        (true, &[Well(1), Never], 2),
    ] {
        let mut server = Scripted::of(goes);
        let (tells, hears) = mpsc::channel(100);
        let cancel = Interruption::default();
        let rounds = Rounds::new(MINUTE, NonZeroUsize::MIN, &cancel, tells);
        let end = || match interrupts {
            true => cancel.end_work(),
            false => drop(hears),
        };
        match goes.is_empty() {
            true => {
                end();
                rounds.keep_reading(&mut server, MINUTE, true).await;
            }
            false => {
                let reading = rounds.keep_reading(&mut server, MINUTE, true);
                tokio::join!(reading, async { end() });
            }
        }
        assert_eq!(server.read_at.len(), readings);
    }
}
