//! Reading servers again and again, and showing what that brings, until the admin ends it.
//!
//! | file | what it does |
//! | --- | --- |
//! | `known` | what is known: who is near the limit, since when, and which servers are down; pure |
//! | `shown` | where that is shown, as it changes |
//! | `live` | a table that is kept up to date on a screen of its own |

pub mod known;
mod live;
mod shown;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{
    advice::{Advice, Scene},
    exit::Exit,
    on_servers::OnServers,
    progress::Progress,
    render::Problem,
    text::{age, plain},
};
use crate::servers::{Change, Interruption, Reading, ServerError};
use known::{Tried, Watched};
use shown::{Resized, Shown};

/// Ages grow, and messages come.
const REDRAWN: Duration = Duration::from_secs(1);

/// Reads on, after a first look, until the admin ends it, nobody reads what is written, or there is nothing left to read.
pub async fn watch(run: &mut OnServers<'_>, interval: Duration, watched: &mut Watched) -> Exit {
    run.progress.hush(true);
    let refused = read_on(run, interval, watched).await;
    run.progress.hush(false);
    if let Some((server, error)) = refused {
        run.report(&server, &error);
        run.context.printer.note(
            "Watching ends here: a password that is refused is shown nowhere again, for each time counts against the account.",
        );
        return Exit::Failed;
    }
    match (run.cancel.is_cancelled(), run.context.printer.is_read()) {
        (true, _) => Exit::Interrupted,
        // as every command whose reader has left
        (false, false) => Exit::Done,
        (false, true) => Exit::Failed,
    }
}

/// The server that refused the password, if one did.
async fn read_on(
    run: &mut OnServers<'_>,
    interval: Duration,
    watched: &mut Watched,
) -> Option<(String, ServerError)> {
    let was_read: Vec<_> = watched
        .servers
        .iter()
        .filter(|known| known.down.is_none())
        .map(|known| known.server.clone())
        .collect();
    let was_read = |server: &str| was_read.iter().any(|name| name == server);
    let (tells, hears) = mpsc::channel(16);
    let watching = Watching {
        interval,
        user: &run.user,
        cancel: run.cancel.clone(),
        progress: Arc::clone(&run.progress),
        shown: Shown::begin(run.context, watched),
        watched,
    };
    let listening = watching.listen(hears);
    let reading = run.fleet.read_again_and_again(interval, was_read, tells);
    let ((), refused) = tokio::join!(reading, listening);
    refused
}

/// What is known and where it is shown, as readings come in.
struct Watching<'a> {
    interval: Duration,
    user: &'a str,
    cancel: Interruption,
    progress: Arc<Progress>,
    shown: Shown<'a>,
    watched: &'a mut Watched,
}

impl Watching<'_> {
    /// Takes in what is read, until that ends; the server that refused the password ends it, before others count it, too.
    async fn listen(mut self, hears: mpsc::Receiver<Reading>) -> Option<(String, ServerError)> {
        let refused = self.hear(hears).await;
        self.shown.end(self.watched);
        refused
    }

    async fn hear(&mut self, mut hears: mpsc::Receiver<Reading>) -> Option<(String, ServerError)> {
        let mut resized = Resized::new();
        let mut clock = tokio::time::interval(REDRAWN);
        loop {
            tokio::select! {
                // the screen is free while the shells are closed
                () = self.cancel.cancelled() => return None,
                reading = hears.recv() => {
                    let reading = reading?;
                    match reading.seen {
                        Err(error) if error.is_password_no_longer() => {
                            return Some((reading.server, error));
                        }
                        _ => self.take(reading),
                    }
                }
                () = resized.came() => self.shown.draw(self.watched),
                _ = clock.tick() => self.shown.draw(self.watched),
            }
            if !self.shown.is_read() {
                return None;
            }
        }
    }

    fn take(&mut self, reading: Reading) {
        let tried = Tried {
            at: Timestamp::now(),
            took: reading.took,
            interval: Some(reading.interval),
            is_slow: reading.seen.is_ok() && reading.interval > self.interval,
        };
        let server = &reading.server;
        let known = self.watched.of(server);
        let was_down = known.is_some_and(|known| known.down.is_some());
        let gone = match &reading.seen {
            Ok(snapshot) => {
                if was_down {
                    self.progress.say(server, "it can be read again");
                }
                self.watched.told(&tried, snapshot)
            }
            Err(error) => {
                let advice = Advice::on_server(
                    error,
                    Scene {
                        server,
                        user: self.user,
                        way: reading.way.as_ref(),
                    },
                );
                self.failed(server, &advice, was_down);
                let is_last = reading.is_last;
                self.watched.failed(&tried, server, advice.what, is_last);
                Vec::new()
            }
        };
        if let Some(said) = of_pace(reading.change, reading.took, reading.interval) {
            self.progress.say(server, &said);
        }
        self.shown.reading(self.watched, server, &gone);
    }

    /// People are told once why a server is down, programs at each reading.
    fn failed(&self, server: &str, advice: &Advice, was_down: bool) {
        let context = self.shown.context;
        let problem = Problem::new(Some(server), advice);
        context.output.event("error", &problem);
        if !was_down {
            let sentence = format!("{}: {advice}", plain(server));
            context.printer.error(&sentence);
        }
    }
}

/// What is to be said of how often a server is read.
fn of_pace(change: Change, took: Duration, interval: Duration) -> Option<String> {
    let how = match change {
        Change::None => return None,
        Change::Doubled => "slow",
        Change::Halved => "quick again",
    };
    let took = took.as_secs_f64();
    let every = age(interval);
    Some(format!(
        "{how}, a reading took {took:.1} s; read every {every} from now on"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_that_changes_is_said() {
        let took = Duration::from_millis(14_250);
        for (change, seconds, said) in [
            (Change::None, 60, None),
            (
                Change::Doubled,
                120,
                Some("slow, a reading took 14.2 s; read every 2m from now on"),
            ),
            (
                Change::Halved,
                30,
                Some("quick again, a reading took 14.2 s; read every 30s from now on"),
            ),
        ] {
            let interval = Duration::from_secs(seconds);
            assert_eq!(of_pace(change, took, interval).as_deref(), said);
        }
    }
}
