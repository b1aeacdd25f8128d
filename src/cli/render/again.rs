//! What a second look showed, a line each.

use std::time::Duration;

use mapisweep_core::plan::{Change, Decision, Plan, SecondLook, ServerPlan};

use super::{plan::because, server::shown};
use crate::cli::text::{age, count, list, plain};

/// What changed since a plan was approved, or how much of it is left; nothing where no server could be read.
pub fn told(approved: &Plan, second: &SecondLook, old: Duration) -> Option<String> {
    let intro = format!("The plan was {} old, so it was looked at again:", age(old));
    if !second.changes.is_empty() {
        let lines = second.changes.iter();
        let lines =
            lines.map(|(server, change)| format!("\n  {}: {}", plain(server), sentence(change)));
        return Some(intro + &lines.collect::<String>());
    }
    let was_read = |server: &&ServerPlan| second.plan.for_server(&server.snapshot.server).is_some();
    let was = connections(approved.servers.iter().filter(was_read));
    let is = connections(second.plan.servers.iter());
    (was > 0).then(|| {
        format!(
            "{intro} {is} of {} are still there, and nothing else is to be closed.",
            count(was, "connection")
        )
    })
}

fn connections<'p>(servers: impl Iterator<Item = &'p ServerPlan>) -> usize {
    servers.map(|server| server.targets().count()).sum()
}

fn sentence(change: &Change) -> String {
    match change {
        Change::NotClosed { address, now } => {
            let why = match now {
                Decision::Refuse(_) => "is refused now",
                _ => "is kept now",
            };
            format!("{} {why}: {}", shown(address), because(now))
        }
        Change::Added { address } => {
            format!("{} would be closed as well", shown(address))
        }
        Change::Used { address } => {
            format!("the client at {} did something since", shown(address))
        }
        Change::Connected {
            address,
            connections,
        } => format!(
            "{} from {}, so that client is alive",
            count(*connections, "new connection"),
            shown(address)
        ),
        Change::Joined { address, accounts } => format!(
            "{} would be closed for {} as well",
            shown(address),
            list(accounts.iter().map(|account| plain(account)))
        ),
        Change::Moved { address, databases } => format!(
            "sessions from {} are in another database now: {}",
            shown(address),
            list(databases.iter().map(|database| plain(database)))
        ),
        Change::Left { account } => format!(
            "{} has no session there any more; did they end, or is the database active on another server?",
            plain(account)
        ),
    }
}
