//! A closing for a server that is too big for one run of the helper: bit by bit, and no further than all went well.

use std::time::Instant;

use mapisweep_core::{
    exchange::Mailbox,
    helper_run::{Target, Why},
    plan::ServerPlan,
};

use super::{
    Interruption, Server, ServerError, ServerResult,
    act::{After, close, closed_addresses, look_again},
    until,
};

/// So many connections at most go to the helper at once, but for an address that has more. A line of its list takes 100
/// bytes, so this is two of WinRM 2.0's envelopes, and its own work a second or two; it takes 20,000 at most.
const MOST: usize = 2_000;

/// Closes what the plan says and looks again, once for each piece. Where one does not go well the rest is not begun, and
/// what was seen done before is told.
pub(super) async fn in_pieces(
    server: &mut Server,
    plan: &ServerPlan,
    users: &[Mailbox],
    cancel: &Interruption,
    began: Instant,
) -> Result<ServerResult, ServerError> {
    in_pieces_of(MOST, server, plan, users, cancel, began).await
}

async fn in_pieces_of(
    most: usize,
    server: &mut Server,
    plan: &ServerPlan,
    users: &[Mailbox],
    cancel: &Interruption,
    began: Instant,
) -> Result<ServerResult, ServerError> {
    if plan.targets().count() <= most {
        return close(server, plan, users, cancel, began).await;
    }
    let pieces = plan.in_pieces(most);
    let number = pieces.len();
    let mut so_far: Option<ServerResult> = None;
    let mut pieces = pieces.into_iter().zip(1..);
    for (piece, place) in pieces.by_ref() {
        let size = piece.targets().count();
        server.remark(&format!(
            "closing {size} connections, {place} of {number} pieces"
        ));
        let closed = close(server, &piece, users, cancel, began).await;
        let (result, goes_on) = match (so_far.take(), closed) {
            (None, closed) => {
                let closed = closed?;
                let goes_on = closed.is_well();
                (closed, goes_on)
            }
            (Some(so_far), Ok(closed)) => {
                let goes_on = closed.is_well();
                (so_far.and(closed), goes_on)
            }
            (Some(so_far), Err(error)) => (so_far.and_failed(&piece, error), false),
        };
        so_far = Some(result);
        if !goes_on {
            break;
        }
    }
    // there is a piece where there is a target
    let mut result = so_far.ok_or(ServerError::Interrupted)?;
    let rest = pieces.flat_map(|(piece, _)| untouched(&piece, &Why::NotBegun));
    result.targets.extend(rest);
    let lingers = |after: &After| after.lingering > 0;
    if result.is_well() && result.after.as_ref().is_ok_and(lingers) {
        // what was there when its own piece was done may have ended since
        let looking = async {
            let first = server.read_logons_again(&plan.snapshot.clock).await;
            look_again(server, plan, &closed_addresses(plan), users, first).await
        };
        result.after = until(cancel, looking).await;
    }
    result.took = began.elapsed();
    Ok(result)
}

impl ServerResult {
    /// Whether it ended before all of it was begun, or seen.
    pub fn is_cut_short(&self) -> bool {
        let mut targets = self.targets.iter();
        targets.any(|target| matches!(target.why, Why::NotBegun | Why::NotSeen))
    }

    /// With a later piece on the same server: what was held before is as before the first, the rest as after the last.
    fn and(mut self, later: Self) -> Self {
        self.targets.extend(later.targets);
        let (lingered, were_to_end) = self
            .after
            .map_or((0, 0), |after| (after.lingering, after.to_end));
        Self {
            targets: self.targets,
            after: later.after.map(|after| After {
                lingering: after.lingering + lingered,
                to_end: after.to_end + were_to_end,
                ..after
            }),
            before: self.before,
            failed: self.failed.or(later.failed),
            helper_removed: self.helper_removed && later.helper_removed,
            keep_alive: self.keep_alive.or(later.keep_alive),
            ..later
        }
    }

    /// With a later piece that came to no result.
    fn and_failed(mut self, piece: &ServerPlan, error: ServerError) -> Self {
        let why = match error.is_before_closing() {
            true => Why::NotBegun,
            false => Why::NotSeen,
        };
        self.targets.extend(untouched(piece, &why));
        Self {
            failed: Some(error),
            ..self
        }
    }
}

/// Of which nothing is known.
fn untouched(piece: &ServerPlan, why: &Why) -> Vec<Target> {
    let targets = piece.targets().map(|connection| Target {
        connection: connection.clone(),
        outcome: None,
        code: None,
        why: why.clone(),
    });
    targets.collect()
}

#[cfg(test)]
mod tests;
