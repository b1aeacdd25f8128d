//! What became of connections where the helper's own word is not to be had, or is not to be believed: they are listed once more.

use std::time::Instant;

use super::{
    Interruption, Server, ServerError, ServerResult,
    act::{closed_addresses, look_again},
    until,
};
use mapisweep_core::{
    exchange::Mailbox,
    helper_run::{Listed, Outcome, Target, TcpConnection, Why},
    plan::ServerPlan,
};

/// What can be seen of a closing that did not say what it did: cleans up, so that nothing is closed any more, signs in
/// again, and looks which connections there are.
pub(super) async fn look_after(
    server: &mut Server,
    plan: &ServerPlan,
    users: &[Mailbox],
    cancel: &Interruption,
    failed: ServerError,
    began: Instant,
) -> Result<ServerResult, ServerError> {
    server.remark(&format!("{failed}; looking what became of the connections"));
    server.finish(cancel).await;
    // a helper that is there may be at work
    let seen = match server.helper_pushed {
        true => Err(ServerError::CleaningUpTooSlow),
        false => until(cancel, server.look_after(&plan.snapshot.clock)).await,
    };
    let cause = Box::new(server.seen_left(failed));
    let Ok((listed, logons)) = seen else {
        return Err(ServerError::MayBeClosed { cause });
    };
    let closed = closed_addresses(plan);
    let targets = plan
        .targets()
        .map(|target| seen_afterwards(target, &listed));
    Ok(ServerResult {
        server: plan.snapshot.server.clone(),
        targets: targets.collect(),
        failed: Some(match *cause {
            ServerError::Helper(error) => ServerError::SeenAfterwards(error),
            cause => ServerError::EndSeenAfterwards(Box::new(cause)),
        }),
        helper_path: String::new(),
        helper_removed: true,
        left_alone: Vec::new(),
        before: plan.users.clone(),
        after: until(cancel, look_again(server, plan, &closed, users, logons)).await,
        keep_alive: None,
        asked_again: server.asked_again,
        took: began.elapsed(),
    })
}

/// A connection that is not listed is gone, unless the list is not whole; by whose hand is not known.
fn seen_afterwards(target: &TcpConnection, listed: &Listed) -> Target {
    let is_it = |seen: &&TcpConnection| (seen.local, seen.remote) == (target.local, target.remote);
    let outcome = match listed.connections.iter().find(is_it) {
        Some(_) => Some(Outcome::StillOpen),
        None if listed.left_out == 0 => Some(Outcome::AlreadyGone),
        None => None,
    };
    Target {
        connection: target.clone(),
        outcome,
        code: None,
        why: Why::SeenAfterwards,
    }
}

/// Where the helper saw connections gone and no session ended, one of the two does not tell how it is. What another run of
/// the helper lists decides, here, so that nothing that tells of the result has to doubt it.
pub(super) async fn list_once_more(
    server: &mut Server,
    claimed: ServerResult,
    cancel: &Interruption,
    began: Instant,
) -> ServerResult {
    server.remark("no session ended; listing once more which connections there are");
    // a helper that is there may be at work
    let listed = match claimed.helper_removed {
        false => Err(ServerError::CleaningUpTooSlow),
        true => until(cancel, server.list_once_more()).await,
    };
    if let Err(error) = &listed {
        server.remark(&format!("the connections could not be listed: {error}"));
        server.finish(cancel).await;
    }
    let listed = listed.ok();
    let targets = claimed.targets.into_iter();
    ServerResult {
        targets: targets
            .map(|target| doubted(target, listed.as_ref()))
            .collect(),
        helper_removed: claimed.helper_removed && !server.helper_pushed,
        asked_again: server.asked_again,
        took: began.elapsed(),
        ..claimed
    }
}

/// What the helper called closed is that where the second list does not have it, either.
fn doubted(claimed: Target, listed: Option<&Listed>) -> Target {
    if claimed.outcome != Some(Outcome::Closed) {
        return claimed;
    }
    let seen = listed.and_then(|listed| seen_afterwards(&claimed.connection, listed).outcome);
    let (outcome, why) = match seen {
        Some(Outcome::StillOpen) => (seen, Why::StillListed),
        Some(_) => return claimed,
        None => (None, Why::SaidAlone),
    };
    Target {
        outcome,
        why,
        ..claimed
    }
}

impl ServerResult {
    /// Whether the helper called something closed that was not seen gone by a second look.
    pub fn has_false_claims(&self) -> bool {
        let mut targets = self.targets.iter();
        targets.any(|target| matches!(target.why, Why::StillListed | Why::SaidAlone))
    }
}

#[cfg(test)]
mod tests {
    use mapisweep_core::helper_run::TcpState;

    use super::*;

    fn connection(port: u16) -> TcpConnection {
        TcpConnection {
            local: ([10, 0, 0, 1], 6001).into(),
            remote: ([10, 1, 4, 23], port).into(),
            state: TcpState::Established,
            pid: 4,
            image: "store.exe".into(),
        }
    }

    fn said(port: u16, outcome: Outcome) -> Target {
        Target {
            connection: connection(port),
            outcome: Some(outcome),
            code: None,
            why: Why::PLAIN,
        }
    }

    #[test]
    fn what_was_called_closed_is_what_a_second_list_shows() {
        let listed = |ports: &[u16], left_out| {
            Some(Listed {
                connections: ports.iter().copied().map(connection).collect(),
                left_out,
            })
        };
        let open = || (Some(Outcome::StillOpen), Why::StillListed);
        let closed = || (Some(Outcome::Closed), Why::PLAIN);
        for (list, told) in [
            (listed(&[], 0), closed()),
            (listed(&[2], 0), closed()),
            (listed(&[1], 0), open()),
            (listed(&[1], 9), open()),
            // it may be among those that the list does not hold
            (listed(&[2], 9), (None, Why::SaidAlone)),
            (None, (None, Why::SaidAlone)),
        ] {
            let target = doubted(said(1, Outcome::Closed), list.as_ref());
            assert_eq!((target.outcome, &target.why), (told.0, &told.1), "{list:?}");
        }
    }

    #[test]
    fn what_was_not_called_closed_is_not_made_worse() {
        for outcome in [Outcome::AlreadyGone, Outcome::Denied, Outcome::Failed] {
            assert_eq!(doubted(said(1, outcome), None), said(1, outcome));
        }
    }
}
