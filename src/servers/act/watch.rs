//! Looking at a server that holds the sessions of what was closed on others. That they end is seen there only, and not
//! before the last of those has closed its connections.

use std::time::Instant;

use mapisweep_core::plan::{Plan, ServerPlan};

use super::{Act, ServerResult, closed_addresses, look_again};
use crate::servers::{Interruption, Server, ServerError, until};

/// Whether a server that has done its own part is to be looked at again, once the others have done theirs.
pub fn is_needed(
    plan: &Plan,
    own: &ServerPlan,
    result: &Result<ServerResult, ServerError>,
) -> bool {
    let awaited = plan.awaited_on(&own.snapshot.server);
    let Ok(Ok(seen)) = result.as_ref().map(|result| &result.after) else {
        return false;
    };
    let closed_there = closed_addresses(own);
    !awaited.is_empty() && (seen.lingering > 0 || !awaited.is_subset(&closed_there))
}

/// Looks at a server, which has done its own part with this result, or had none.
pub async fn watch(
    server: &mut Server,
    Act {
        plan, own, basis, ..
    }: Act<'_>,
    result: Option<Result<ServerResult, ServerError>>,
    cancel: &Interruption,
) -> Result<ServerResult, ServerError> {
    let began = Instant::now();
    if cancel.is_cancelled() {
        return result.unwrap_or(Err(ServerError::Interrupted));
    }
    let mut closed = closed_addresses(own);
    closed.extend(plan.awaited_on(&own.snapshot.server));
    let looking = async {
        let first = server.read_logons_again(&own.snapshot.clock).await;
        look_again(server, own, &closed, basis.users, first).await
    };
    let after = until(cancel, looking).await;
    Ok(match result {
        None => ServerResult {
            server: own.snapshot.server.clone(),
            targets: Vec::new(),
            failed: None,
            helper_path: String::new(),
            helper_removed: true,
            left_alone: Vec::new(),
            before: own.users.clone(),
            after,
            keep_alive: None,
            asked_again: server.asked_again,
            took: began.elapsed(),
        },
        Some(result) => {
            let result = result?;
            ServerResult {
                after,
                took: result.took + began.elapsed(),
                ..result
            }
        }
    })
}
