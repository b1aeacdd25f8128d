//! What is being done on each server, on standard error: one bar a server up to a screenful, beyond that one for all.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{
    echo::Unechoed,
    output::Output,
    printer::Printer,
    render::table::cut,
    text::{count, list, plain},
};
use crate::servers::{Observer, Step};

/// What is being done on each server, shown and remembered.
pub struct Progress {
    printer: Arc<Printer>,
    output: Arc<Output>,
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    servers: BTreeMap<String, At>,
    /// Those where the helper may be.
    with_helper: BTreeSet<String>,
    /// The bar that stands for all, once there are too many for one each.
    all: Option<ProgressBar>,
    /// While there are bars.
    unechoed: Option<Unechoed>,
    /// No bars are shown and no steps told; and what was said already, for nothing is said twice.
    hushed: Option<BTreeSet<String>>,
    /// A question is open: bars would run over what is typed.
    is_asked: bool,
}

/// While it lives no bars are drawn, for a question is open.
pub struct HeldBack<'a>(&'a Progress);

impl Drop for HeldBack<'_> {
    fn drop(&mut self) {
        self.0.shown().is_asked = false;
    }
}

/// A server has said something, as an event.
#[derive(Serialize)]
struct Said<'a> {
    server: &'a str,
    what: &'a str,
}

/// A server has begun a step, as an event.
#[derive(Serialize)]
struct Taken<'a> {
    server: &'a str,
    step: Step,
}

struct At {
    step: Step,
    since: Instant,
    bar: Option<ProgressBar>,
}

/// More bars than this are no longer read, and may not fit a screen.
const MOST_BARS: usize = 16;

/// Wider lines are cut: a terminal that is made narrower breaks them in two, and the other half would stay behind.
const MOST_COLUMNS: usize = 60;

/// Servers that the bar for all names: those that have been at their step for longest, and keep everybody waiting.
const MOST_NAMES: usize = 3;

/// Remarks that are told apart, of servers that are read again and again.
const MOST_REMARKS: usize = 1000;

impl Progress {
    /// Nothing is being done yet.
    pub fn new(printer: Arc<Printer>, output: Arc<Output>) -> Self {
        Self {
            printer,
            output,
            shown: Mutex::default(),
        }
    }

    /// Takes the bars away, before a result or a question is shown.
    pub fn clear(&self) {
        let mut shown = self.shown();
        shown.clear_bars();
        if let Some(bar) = shown.all.take() {
            bar.finish_and_clear();
        }
        shown.unechoed = None;
    }

    /// Takes the bars away and draws none, though servers may still be let go, until the question is answered.
    pub fn hold_back(&self) -> HeldBack<'_> {
        self.shown().is_asked = true;
        self.clear();
        HeldBack(self)
    }

    /// Shows nothing of what is done on servers that are read again and again, and says each thing once; or shows it again.
    pub fn hush(&self, is_quiet: bool) {
        self.clear();
        self.shown().hushed = is_quiet.then(BTreeSet::new);
    }

    /// Says something of a server, also what was said before.
    pub fn say(&self, server: &str, what: &str) {
        let remark = format!("{}: {}", plain(server), plain(what));
        self.printer.note(&remark);
        self.output.event("remark", &Said { server, what });
    }

    /// Servers where something may still be left, and what is being done there.
    pub fn unfinished(&self) -> Vec<(String, Step)> {
        let shown = self.shown();
        let unfinished = shown.servers.iter();
        unfinished
            .filter(|(_, at)| at.step != Step::Finished)
            .map(|(server, at)| (server.clone(), at.step))
            .collect()
    }

    /// Whether the helper may be on any server that is not left yet.
    pub fn may_hold_helper(&self) -> bool {
        let shown = self.shown();
        let is_left = |at: &At| matches!(at.step, Step::Finished | Step::Left);
        let mut with_helper = shown.with_helper.iter();
        with_helper.any(|server| !shown.servers.get(server).is_some_and(is_left))
    }

    /// Whether a question is open.
    pub fn is_asked(&self) -> bool {
        self.shown().is_asked
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_bar(&self, style: &str) -> ProgressBar {
        let bar = self.printer.bars().add(ProgressBar::new_spinner());
        let style = ProgressStyle::with_template(style);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    fn show_one(&self, server: &str, at: &mut At) {
        if matches!(at.step, Step::Finished | Step::Left | Step::Waiting) {
            if let Some(bar) = at.bar.take() {
                bar.finish_and_clear();
            }
            return;
        }
        let bar = at.bar.get_or_insert_with(|| {
            let bar = self.add_bar("{spinner} {prefix}  {msg} {elapsed}");
            bar.set_prefix(cut(&plain(server), MOST_COLUMNS / 2));
            bar
        });
        bar.set_message(describe(at.step));
    }

    fn show_all(&self, shown: &mut Shown) {
        shown.clear_bars();
        let (counts, longest) = summary(&shown.servers);
        let bar = shown
            .all
            .get_or_insert_with(|| self.add_bar("{spinner} {prefix} {elapsed}\n  {msg}"));
        bar.set_prefix(cut(&counts, MOST_COLUMNS));
        bar.set_message(cut(&longest, MOST_COLUMNS));
    }
}

impl Shown {
    fn has_bars(&self) -> bool {
        self.all.is_some() || self.servers.values().any(|at| at.bar.is_some())
    }

    fn clear_bars(&mut self) {
        for bar in self.servers.values_mut().filter_map(|at| at.bar.take()) {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Progress {
    fn step(&self, server: &str, step: Step) {
        tracing::info!(server, "{}", describe(step));
        let is_hushed = self.shown().hushed.is_some();
        if !is_hushed {
            self.output.event("step", &Taken { server, step });
        }
        let mut shown = self.shown();
        let since = Instant::now();
        let at = shown.servers.entry(server.to_owned()).or_insert(At {
            step,
            since,
            bar: None,
        });
        (at.step, at.since) = (step, since);
        if is_hushed || shown.is_asked {
            return;
        }
        match shown.servers.len() > MOST_BARS {
            true => self.show_all(&mut shown),
            false => {
                if let Some(at) = shown.servers.get_mut(server) {
                    self.show_one(server, at);
                }
            }
        }
        if shown.unechoed.is_none() && shown.has_bars() && self.printer.draws_bars() {
            shown.unechoed = Unechoed::begin();
        }
    }

    fn helper(&self, server: &str, may_be_there: bool) {
        let with_helper = &mut self.shown().with_helper;
        match may_be_there {
            true => _ = with_helper.insert(server.to_owned()),
            false => _ = with_helper.remove(server),
        }
    }

    fn remark(&self, server: &str, what: &str) {
        let remark = format!("{}: {}", plain(server), plain(what));
        if let Some(said) = &mut self.shown().hushed {
            // a server may say something new each time
            if said.len() >= MOST_REMARKS || !said.insert(remark) {
                return;
            }
        }
        self.say(server, what);
    }

    fn detail(&self, server: &str, what: &str) {
        let detail = format!("{}: {}", plain(server), plain(what));
        self.printer.detail(&detail);
    }
}

/// `256 servers: 30 finished, 200 waiting, 26 reading the logons`, and `longest: ex07 (connecting)` or nothing.
fn summary(servers: &BTreeMap<String, At>) -> (String, String) {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for at in servers.values() {
        let what = describe(at.step);
        match counts.iter_mut().find(|(known, _)| *known == what) {
            Some((_, number)) => *number += 1,
            None => counts.push((what, 1)),
        }
    }
    counts.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let counts = counts
        .into_iter()
        .map(|(what, number)| format!("{number} {what}"));
    let mut slow: Vec<_> = servers
        .iter()
        .filter(|(_, at)| !matches!(at.step, Step::Finished | Step::Left | Step::Waiting))
        .collect();
    slow.sort_by_key(|(_, at)| at.since);
    let slow = slow
        .into_iter()
        .take(MOST_NAMES)
        .map(|(server, at)| format!("{} ({})", plain(server), describe(at.step)));
    let (counts, slow) = (counts.collect::<Vec<_>>().join(", "), list(slow));
    let servers = count(servers.len(), "server");
    let longest = match slow.is_empty() {
        true => String::new(),
        false => format!("longest: {slow}"),
    };
    (format!("{servers}: {counts}"), longest)
}

/// What a person calls a step.
pub fn describe(step: Step) -> &'static str {
    match step {
        Step::Connecting => "connecting",
        Step::AwaitingPassword => "waiting for another server to judge the password",
        Step::SigningIn => "signing in",
        Step::AskingForMembers => "asking for the DAG's members",
        Step::ReadingClientLog => "reading who connected from where",
        Step::TryingDeadServers => "asking whether it reaches a server said to be dead",
        Step::ReadingDirectory => "reading which servers and databases there are",
        Step::AskingWhatIsMounted => "asking what is mounted where",
        Step::FindingUsers => "looking up the users",
        Step::ReadingLogons => "reading the logons",
        Step::Examining => "examining it",
        Step::ReadingAll => "reading logons and connections",
        Step::ReadingEvents => "reading the event log",
        Step::NamingVictims => "asking who they are",
        Step::ListingConnections => "listing the connections",
        Step::Waiting => "waiting",
        Step::Closing => "closing connections",
        Step::Verifying => "reading the logons again",
        Step::LookingAfter => "looking what became of the connections",
        Step::CleaningUp => "cleaning up",
        Step::Left => "something may be left",
        Step::Finished => "finished",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_for_all_counts_and_names_those_that_keep_everybody_waiting() {
        let now = Instant::now() + Duration::from_secs(60);
        let at = |step, seconds| At {
            step,
            since: now - Duration::from_secs(seconds),
            bar: None,
        };
        let servers = [
            ("ex01", at(Step::Waiting, 30)),
            ("ex02", at(Step::Waiting, 30)),
            ("ex03", at(Step::ReadingLogons, 1)),
            ("ex04", at(Step::Connecting, 9)),
            ("ex05", at(Step::Connecting, 12)),
        ];
        let servers = servers.map(|(name, at)| (name.to_owned(), at)).into();
        assert_eq!(
            summary(&servers),
            (
                "5 servers: 2 waiting, 2 connecting, 1 reading the logons".to_owned(),
                "longest: ex05 (connecting), ex04 (connecting) and ex03 (reading the logons)"
                    .to_owned()
            )
        );
    }
}
