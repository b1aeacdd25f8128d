//! Check, close, look again.
//!
//! Between the plan and now the connection may have ended, its port may have gone to somebody else, its process may
//! have been replaced by another of the same number. So each target is looked up again just before it is closed, and
//! nothing is claimed that was not seen afterwards.

use crate::detail::Detail;
use crate::images::Images;
use crate::targets::{Target, Targets};
use crate::{Code, Host, Processes, State};

/// How many targets are closed upon one look, so that the look is milliseconds old ...
const BATCH: usize = 64;
/// ... except that there are hardly more looks than this, or many targets in a large table would take quadratic time.
const MOST_LOOKS: usize = 16;

/// The pauses before each look at what became of the closed connections, in milliseconds: two seconds together.
const PAUSES: [u32; 9] = [0, 10, 20, 50, 100, 200, 400, 600, 620];

/// Closes what may be closed, and leaves with each target what came of it. The error says that the machine could not even be
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
            Some(code) => target.code = code.0,
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
    target.state_before = target.state;
    target.detail = objection(target, images, processes).unwrap_or_else(|| {
        match host.close(&target.connection) {
            Ok(()) => Detail::StillOpen,
            Err(error) => {
                target.code = error.0;
                Detail::of_error(error)
            }
        }
    });
}

/// What speaks against closing a target: first the rules, whatever the machine shows, then what is not as planned.
fn objection(target: &Target<'_>, images: Images<'_>, processes: &Processes) -> Option<Detail> {
    let detail = match () {
        _ if !target.connection.is_exact() => Detail::NotExact,
        _ if target.connection.is_internal() => Detail::Internal,
        _ if target.pid == 0 => Detail::Unowned,
        _ if !images.allow(target.image) => Detail::ForeignProgram,
        _ if target.state.is_over() => Detail::AlreadyGone,
        _ if target.state == State::LISTEN => Detail::Listening,
        _ if target.owner != target.pid => Detail::OtherProcess,
        _ if !processes
            .image_of(target.pid)
            .eq_ignore_ascii_case(target.image) =>
        {
            Detail::OtherProgram
        }
        _ => return None,
    };
    Some(detail)
}

/// Looks until all that was ordered to close is gone, or the pauses are used up.
fn confirm(targets: &mut Targets<'_>, host: &mut dyn Host) {
    let mut unseen = None;
    for pause in &PAUSES {
        if !targets.list.iter().any(|target| target.detail.is_pending()) {
            return;
        }
        host.pause(*pause);
        unseen = targets.look(host).err();
        if unseen.is_none() {
            for Target { state, detail, .. } in &mut targets.list {
                if detail.is_pending() && state.is_over() {
                    *detail = match detail {
                        Detail::StillOpen => Detail::Closed,
                        _ => Detail::AlreadyGone,
                    };
                }
            }
        }
    }
    if let Some(error) = unseen {
        for Target { detail, code, .. } in &mut targets.list {
            if detail.is_pending() {
                *detail = Detail::NotSeenAgain;
                *code = error.0;
            }
        }
    }
}

#[cfg(test)]
mod tests;
