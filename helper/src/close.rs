//! Check, close, look again.
//!
//! Between the plan and now the connection may have ended, its port may have gone to somebody else, its process may
//! have been replaced by another of the same number. So each target is looked up again just before it is closed, and
//! nothing is claimed that was not seen afterwards.

use alloc::vec::Vec;

use crate::images::Images;
use crate::look::{Index, Look};
use crate::targets::Target;
use crate::verdict::{Finding, Verdict};
use crate::{Code, Host, Row, State};

/// How many targets are closed upon one look, so that the look is milliseconds old ...
const BATCH: usize = 64;
/// ... except that there are hardly more looks than this, or many targets in a large table would take quadratic time.
const MOST_LOOKS: usize = 16;

/// The pauses before each look at what became of the closed connections, in milliseconds: two seconds together.
const PAUSES: [u32; 9] = [0, 10, 20, 50, 100, 200, 400, 600, 620];

/// Closes what may be closed: one verdict a target, in their order. The error says that the machine could not even
/// be looked at, and that nothing was done.
pub fn close(
    targets: &[Target<'_>],
    index: &Index<'_>,
    images: &Images<'_>,
    host: &mut dyn Host,
) -> Result<Vec<Verdict>, Code> {
    let mut verdicts = order(targets, index, images, host)?;
    confirm(&mut verdicts, index, host);
    Ok(verdicts)
}

/// Gives the order for each target that is still as planned. An error on the first look means that none was given.
fn order(
    targets: &[Target<'_>],
    index: &Index<'_>,
    images: &Images<'_>,
    host: &mut dyn Host,
) -> Result<Vec<Verdict>, Code> {
    let size = BATCH.max(targets.len() / MOST_LOOKS + 1);
    let mut verdicts = Vec::with_capacity(targets.len());
    for batch in targets.chunks(size) {
        let look = match Look::take(host) {
            Err(code) if verdicts.is_empty() => return Err(code),
            look => look,
        };
        let found = match &look {
            Ok(look) => index.find(&look.rows),
            Err(_) => Vec::new(),
        };
        for target in batch {
            verdicts.push(match &look {
                Ok(look) => attempt(target, images, found[verdicts.len()], look, host),
                Err(code) => Verdict {
                    finding: Finding::NotLookedAt,
                    state: State::UNKNOWN,
                    code: code.0,
                },
            });
        }
    }
    Ok(verdicts)
}

/// Gives the order to close a target, unless something speaks against it.
fn attempt(
    target: &Target<'_>,
    images: &Images<'_>,
    row: Option<&Row>,
    look: &Look,
    host: &mut dyn Host,
) -> Verdict {
    let state = row.map_or(State::CLOSED, |row| row.state);
    let mut code = 0;
    let finding = objection(target, images, row, look).unwrap_or_else(|| {
        match host.close(&target.connection) {
            Ok(()) => Finding::StillOpen,
            Err(error) => {
                code = error.0;
                Finding::of_error(error)
            }
        }
    });
    Verdict {
        finding,
        state,
        code,
    }
}

/// What speaks against closing a target: first the rules, whatever the machine shows, then what is not as planned.
fn objection(
    target: &Target<'_>,
    images: &Images<'_>,
    row: Option<&Row>,
    look: &Look,
) -> Option<Finding> {
    if !target.connection.is_exact() {
        return Some(Finding::NotExact);
    }
    if target.connection.is_internal() {
        return Some(Finding::Internal);
    }
    if target.pid == 0 {
        return Some(Finding::Unowned);
    }
    if !images.allow(target.image) {
        return Some(Finding::ForeignProgram);
    }
    let row = match row {
        Some(row) if !row.state.is_over() => row,
        _ => return Some(Finding::AlreadyGone),
    };
    if row.state == State::LISTEN {
        return Some(Finding::Listening);
    }
    if row.pid != target.pid {
        return Some(Finding::OtherProcess);
    }
    if !look.image_of(row.pid).eq_ignore_ascii_case(target.image) {
        return Some(Finding::OtherProgram);
    }
    None
}

/// Looks until all that was ordered to close is gone, or the pauses are used up.
fn confirm(verdicts: &mut [Verdict], index: &Index<'_>, host: &mut dyn Host) {
    let mut unseen = None;
    for pause in PAUSES {
        if !verdicts.iter().any(|verdict| verdict.finding.is_pending()) {
            return;
        }
        if pause > 0 {
            host.pause(pause);
        }
        unseen = match host.connections() {
            Ok(rows) => {
                note_gone(verdicts, &index.find(&rows));
                None
            }
            Err(code) => Some(code),
        };
    }
    if let Some(code) = unseen {
        let pending = |verdict: &&mut Verdict| verdict.finding.is_pending();
        for verdict in verdicts.iter_mut().filter(pending) {
            verdict.finding = Finding::NotSeenAgain;
            verdict.code = code.0;
        }
    }
}

fn note_gone(verdicts: &mut [Verdict], found: &[Option<&Row>]) {
    for (verdict, row) in verdicts.iter_mut().zip(found) {
        let there = matches!(row, Some(row) if !row.state.is_over());
        if verdict.finding.is_pending() && !there {
            verdict.finding = match verdict.code {
                0 => Finding::Closed,
                _ => Finding::AlreadyGone,
            };
        }
    }
}

#[cfg(test)]
mod tests;
