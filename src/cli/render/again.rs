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

#[cfg(test)]
mod tests {
    use mapisweep_core::{exchange::ClientAddress, plan::Refusal};

    use super::*;

    #[test]
    fn each_change_has_a_sentence() {
        let address = || ClientAddress::read(["10.1.4.23"]);
        let not_closed = |now| Change::NotClosed {
            address: address(),
            now,
        };
        for (change, told) in [
            (
                not_closed(Decision::KeepInUse(Duration::from_secs(120))),
                "10.1.4.23 is kept now: in use 2m ago",
            ),
            (
                not_closed(Decision::KeepUnknownUse),
                "10.1.4.23 is kept now: the server does not say when it was last used",
            ),
            (
                not_closed(Decision::Refuse(Refusal::Shared { others: 2 })),
                "10.1.4.23 is refused now: shared with 2 other users",
            ),
            (
                Change::Added { address: address() },
                "10.1.4.23 would be closed as well",
            ),
            (
                Change::Used { address: address() },
                "the client at 10.1.4.23 did something since",
            ),
            (
                Change::Connected {
                    address: address(),
                    connections: 2,
                },
                "2 new connections from 10.1.4.23, so that client is alive",
            ),
            (
                Change::Joined {
                    address: address(),
                    accounts: vec!["CORP\\bob\u{1b}".into(), r"CORP\carol".into()],
                },
                r"10.1.4.23 would be closed for CORP\bob<U+001B> and CORP\carol as well",
            ),
            (
                Change::Moved {
                    address: address(),
                    databases: vec!["DB2".into()],
                },
                "sessions from 10.1.4.23 are in another database now: DB2",
            ),
            (
                Change::Left {
                    account: r"CORP\jsmith".into(),
                },
                r"CORP\jsmith has no session there any more; did they end, or is the database active on another server?",
            ),
        ] {
            assert_eq!(sentence(&change), told);
        }
    }

    #[test]
    fn where_nothing_could_be_read_nothing_is_told() {
        let servers = Vec::new();
        let plan = Plan { servers };
        let changes = Vec::new();
        let second = SecondLook {
            plan: plan.clone(),
            changes,
        };
        assert_eq!(told(&plan, &second, Duration::from_secs(180)), None);
        let changes = vec![(
            "ex01".to_owned(),
            Change::Left {
                account: "jsmith".into(),
            },
        )];
        let second = SecondLook { changes, ..second };
        let told = told(&plan, &second, Duration::from_secs(180)).unwrap();
        let first =
            "The plan was 3m old, so it was looked at again:\n  ex01: jsmith has no session";
        assert!(told.starts_with(first), "{told}");
    }
}
