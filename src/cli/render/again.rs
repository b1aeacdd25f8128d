//! What a second look showed, a line each.

use mapisweep_core::plan::{Change, Decision, Plan, SecondLook};

use super::{plan::because, server::shown};
use crate::cli::text::{age, count, list, plain};

/// What changed since a plan was approved, or how much of it is left.
pub fn told(approved: &Plan, second: &SecondLook, old: std::time::Duration) -> String {
    let intro = format!(
        "The plan was {} old, so the servers were looked at again:",
        age(old)
    );
    if second.changes.is_empty() {
        let (was, is) = (connections(approved), connections(&second.plan));
        return format!(
            "{intro} {is} of the {} are still there, and nothing else is to be closed.",
            count(was, "connection")
        );
    }
    let lines = second.changes.iter();
    let lines = lines.map(|(server, change)| format!("  {}: {}", plain(server), sentence(change)));
    format!("{intro}\n{}", lines.collect::<Vec<_>>().join("\n"))
}

fn connections(plan: &Plan) -> usize {
    plan.servers
        .iter()
        .map(|server| server.targets().count())
        .sum()
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
