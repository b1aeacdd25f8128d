//! Check, close, look again.
//!
//! Between the plan and now the connection may have ended, its port may have gone to somebody else, its process
//! may have been replaced by another of the same number. So each target is looked up again just before it is
//! closed, and nothing is claimed that was not seen afterwards.

use alloc::vec::Vec;

use crate::images::{same_image, Images};
use crate::look::{Index, Look};
use crate::targets::Target;
use crate::{Code, Host, Row, State};

/// How many targets are closed upon one look, so that the look is milliseconds old ...
const BATCH: usize = 64;
/// ... except that there are never more looks than this, or many targets in a large table would take quadratic time.
const MOST_LOOKS: usize = 16;

/// The pauses before each look at what became of the closed connections, in milliseconds: two seconds together.
const PAUSES: [u32; 9] = [0, 10, 20, 50, 100, 200, 400, 600, 620];

/// What became of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was there, the system took the order, and it was seen gone.
    Closed,
    /// The system took the order, but it is there still.
    StillOpen,
    /// It had ended by itself.
    AlreadyGone,
    /// The system does not let us, and it is there still.
    Denied,
    /// It is not what was planned any longer; not touched.
    Changed,
    /// A rule of the helper forbids it; not touched.
    Refused,
    /// It could not be closed, or what became of it could not be seen; `code` says more.
    Failed,
}

impl Outcome {
    /// All of them, in the order in which the summary counts them.
    pub const ALL: [Outcome; 7] = [
        Outcome::Closed,
        Outcome::StillOpen,
        Outcome::AlreadyGone,
        Outcome::Denied,
        Outcome::Changed,
        Outcome::Refused,
        Outcome::Failed,
    ];

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Closed => "closed",
            Outcome::StillOpen => "still_open",
            Outcome::AlreadyGone => "already_gone",
            Outcome::Denied => "denied",
            Outcome::Changed => "changed",
            Outcome::Refused => "refused",
            Outcome::Failed => "failed",
        }
    }

    /// Whether the connection is known not to be there any more.
    pub fn is_gone(self) -> bool {
        matches!(self, Outcome::Closed | Outcome::AlreadyGone)
    }
}

/// What may be said about a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What became of it.
    pub outcome: Outcome,
    /// In which state it was before anything was done.
    pub state: State,
    /// What the system answered to the order to close it, or to look at it; `None` when it said yes or was not asked.
    pub code: Option<Code>,
    /// A clause for a person; empty where the outcome says it all.
    pub why: &'static str,
}

impl Verdict {
    fn of(outcome: Outcome, why: &'static str) -> Self {
        Verdict {
            outcome,
            state: State::UNKNOWN,
            code: None,
            why,
        }
    }

    fn failed(code: Code, why: &'static str) -> Self {
        Verdict {
            code: Some(code),
            ..Verdict::of(Outcome::Failed, why)
        }
    }

    fn with_state(self, state: State) -> Self {
        Verdict { state, ..self }
    }
}

/// How far a target has come.
enum Step {
    /// It was in this state, the order to close it was given, and this is the system's answer.
    Ordered(State, Result<(), Code>),
    Decided(Verdict),
}

/// Closes what may be closed: one verdict a target, in their order. The error says that the machine could not even
/// be looked at, and that nothing was done.
pub fn close(
    targets: &[Target],
    index: &Index<'_>,
    images: &Images,
    host: &mut dyn Host,
) -> Result<Vec<Verdict>, Code> {
    let steps = order(targets, index, images, host)?;
    Ok(confirm(steps, index, host))
}

/// Gives the order for each target that is still as planned. An error on the first look means that none was given.
fn order(
    targets: &[Target],
    index: &Index<'_>,
    images: &Images,
    host: &mut dyn Host,
) -> Result<Vec<Step>, Code> {
    let size = BATCH.max((targets.len() + MOST_LOOKS - 1) / MOST_LOOKS);
    let mut steps = Vec::with_capacity(targets.len());
    for batch in targets.chunks(size) {
        match Look::take(host) {
            Ok(look) => {
                let found = index.find(&look.rows);
                let found = found.iter().skip(steps.len());
                for (target, row) in batch.iter().zip(found) {
                    let state = row.map_or(State::CLOSED, |row| row.state);
                    let objection =
                        rule_against(target, images).or_else(|| difference(target, *row, &look));
                    steps.push(match objection {
                        Some(verdict) => Step::Decided(verdict.with_state(state)),
                        None => Step::Ordered(state, host.close(&target.connection)),
                    });
                }
            }
            Err(code) if steps.is_empty() => return Err(code),
            Err(code) => steps.extend(batch.iter().map(|_| {
                let why = "not touched: the connection table could not be read again";
                Step::Decided(Verdict::failed(code, why))
            })),
        }
    }
    Ok(steps)
}

/// The rule that forbids to close this, whatever the machine shows.
fn rule_against(target: &Target, images: &Images) -> Option<Verdict> {
    let rule = if !target.connection.is_exact() {
        "it is not one exact connection"
    } else if target.connection.is_internal() {
        "it does not leave this machine"
    } else if target.pid == 0 {
        "no process owns it"
    } else if !images.allow(&target.image) {
        "it belongs to a program that is not allowed"
    } else {
        return None;
    };
    Some(Verdict::of(Outcome::Refused, rule))
}

/// What is not as planned, if anything.
fn difference(target: &Target, row: Option<&Row>, look: &Look) -> Option<Verdict> {
    let row = match row {
        Some(row) if !row.state.is_over() => row,
        _ => return Some(Verdict::of(Outcome::AlreadyGone, "")),
    };
    if row.state == State::LISTEN {
        return Some(Verdict::of(Outcome::Refused, "it is a listening socket"));
    }
    if row.pid != target.pid {
        return Some(Verdict::of(Outcome::Changed, "another process owns it now"));
    }
    if !same_image(look.image_of(row.pid), &target.image) {
        return Some(Verdict::of(
            Outcome::Changed,
            "its process is another program now",
        ));
    }
    None
}

/// Looks until all that the system agreed to close is gone, or the pauses are used up.
fn confirm(mut steps: Vec<Step>, index: &Index<'_>, host: &mut dyn Host) -> Vec<Verdict> {
    let mut unseen = None;
    for pause in PAUSES {
        if unseen.is_none() && !steps.iter().any(|step| matches!(step, Step::Ordered(..))) {
            break;
        }
        if pause > 0 {
            host.pause(pause);
        }
        match host.connections() {
            Ok(rows) => {
                unseen = None;
                note_gone(&mut steps, &index.find(&rows));
            }
            Err(code) => unseen = Some(code),
        }
    }
    let verdict = |step| match (step, unseen) {
        (Step::Decided(verdict), _) => verdict,
        (Step::Ordered(state, _), Some(code)) => {
            let why =
                "what became of it is not known: the connection table could not be read again";
            Verdict::failed(code, why).with_state(state)
        }
        (Step::Ordered(state, answer), None) => still_there(answer).with_state(state),
    };
    steps.into_iter().map(verdict).collect()
}

fn note_gone(steps: &mut [Step], found: &[Option<&Row>]) {
    for (step, row) in steps.iter_mut().zip(found) {
        if row.map_or(false, |row| !row.state.is_over()) {
            continue;
        }
        if let Step::Ordered(state, answer) = *step {
            let outcome = if answer.is_ok() {
                Outcome::Closed
            } else {
                Outcome::AlreadyGone
            };
            *step = Step::Decided(Verdict {
                outcome,
                state,
                code: answer.err(),
                why: "",
            });
        }
    }
}

/// What an answer means when the connection is there after it.
fn still_there(answer: Result<(), Code>) -> Verdict {
    let (outcome, why) = match answer {
        Ok(()) => (
            Outcome::StillOpen,
            "the system took the order, but the connection is there still",
        ),
        Err(Code::ACCESS_DENIED) => (Outcome::Denied, "access denied"),
        Err(Code::NOT_ELEVATED_OR_NO_SUCH_CONNECTION) => (
            Outcome::Denied,
            "the system says: not elevated; the connection is there",
        ),
        Err(Code::NOT_SUPPORTED) => (Outcome::Failed, "this Windows has no way to end it"),
        Err(_) => (Outcome::Failed, "the system did not accept the order"),
    };
    Verdict {
        code: answer.err(),
        ..Verdict::of(outcome, why)
    }
}

#[cfg(test)]
mod tests;
