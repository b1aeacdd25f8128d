//! Check, close, look again.
//!
//! Between the plan and now the connection may have ended, its port may have gone to somebody else, its process may
//! have been replaced by another of the same number. So each target is looked up again just before it is closed, and
//! nothing is claimed that was not seen afterwards.

use crate::images::Images;
use crate::targets::{Target, Targets};
use crate::verdict::{Finding, Verdict};
use crate::{Code, Host, Processes, State};

/// How many targets are closed upon one look, so that the look is milliseconds old ...
const BATCH: usize = 64;
/// ... except that there are hardly more looks than this, or many targets in a large table would take quadratic time.
const MOST_LOOKS: usize = 16;

/// The pauses before each look at what became of the closed connections, in milliseconds: two seconds together.
const PAUSES: [u32; 9] = [0, 10, 20, 50, 100, 200, 400, 600, 620];

/// Closes what may be closed, and leaves a verdict with each target. The error says that the machine could not even be
/// looked at, and that nothing was done.
pub fn close(
    targets: &mut Targets<'_>,
    images: Images<'_>,
    host: &mut dyn Host,
) -> Result<(), Code> {
    let batch = BATCH.max(targets.list.len() / MOST_LOOKS + 1);
    let mut processes = Processes::default();
    let mut unseen = None;
    for position in 0..targets.list.len() {
        if position % batch == 0 {
            processes.clear();
            let look = targets.look(host);
            unseen = look.and_then(|()| host.processes(&mut processes)).err();
        }
        let target = &mut targets.list[position];
        match unseen {
            None => attempt(target, images, &processes, host),
            Some(code) if position < batch => return Err(code),
            Some(code) => target.verdict.code = code.0,
        }
    }
    confirm(targets, host);
    Ok(())
}

/// Gives the order to close a target, unless something speaks against it.
fn attempt(
    target: &mut Target<'_>,
    images: Images<'_>,
    processes: &Processes,
    host: &mut dyn Host,
) {
    let mut code = 0;
    let finding = objection(target, images, processes).unwrap_or_else(|| {
        match host.close(&target.connection) {
            Ok(()) => Finding::StillOpen,
            Err(error) => {
                code = error.0;
                Finding::of_error(error)
            }
        }
    });
    target.verdict = Verdict {
        finding,
        state: target.state,
        code,
    };
}

/// What speaks against closing a target: first the rules, whatever the machine shows, then what is not as planned.
fn objection(target: &Target<'_>, images: Images<'_>, processes: &Processes) -> Option<Finding> {
    let finding = match () {
        _ if !target.connection.is_exact() => Finding::NotExact,
        _ if target.connection.is_internal() => Finding::Internal,
        _ if target.pid == 0 => Finding::Unowned,
        _ if !images.allow(target.image) => Finding::ForeignProgram,
        _ if target.state.is_over() => Finding::AlreadyGone,
        _ if target.state == State::LISTEN => Finding::Listening,
        _ if target.owner != target.pid => Finding::OtherProcess,
        _ if !processes
            .image_of(target.pid)
            .eq_ignore_ascii_case(target.image) =>
        {
            Finding::OtherProgram
        }
        _ => return None,
    };
    Some(finding)
}

/// Looks until all that was ordered to close is gone, or the pauses are used up.
fn confirm(targets: &mut Targets<'_>, host: &mut dyn Host) {
    let mut unseen = None;
    for pause in &PAUSES {
        if !targets
            .list
            .iter()
            .any(|target| target.verdict.finding.is_pending())
        {
            return;
        }
        host.pause(*pause);
        unseen = targets.look(host).err();
        if unseen.is_none() {
            for Target { state, verdict, .. } in &mut targets.list {
                if verdict.finding.is_pending() && state.is_over() {
                    verdict.finding = match verdict.finding {
                        Finding::StillOpen => Finding::Closed,
                        _ => Finding::AlreadyGone,
                    };
                }
            }
        }
    }
    if let Some(code) = unseen {
        for Target { verdict, .. } in &mut targets.list {
            if verdict.finding.is_pending() {
                verdict.finding = Finding::NotSeenAgain;
                verdict.code = code.0;
            }
        }
    }
}

#[cfg(test)]
mod tests;
