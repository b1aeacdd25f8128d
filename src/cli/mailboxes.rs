//! Where the mailboxes are of people who hold no session on any server of the run: it may be one that was not named.

use std::collections::BTreeMap;

use mapisweep_core::{
    exchange::Mailbox,
    plan::{Plan, UserHoldings},
};

use super::{
    on_servers::OnServers,
    text::{list, plain},
};
use crate::servers::{Server, may_be_same_server};

/// A sentence for each server that was not named and has mailboxes of such people, as the first server that was read knows;
/// none where it does not.
pub async fn elsewhere(run: &mut OnServers<'_>, plan: &Plan, users: &[Mailbox]) -> Vec<String> {
    let holds_none = |index: usize| {
        let users = plan.servers.iter().map(|server| server.users.get(index));
        users.flatten().all(|user| user.all() == 0)
    };
    let people = users.iter().enumerate();
    let people = people.filter(|(index, _)| holds_none(*index));
    let people: Vec<_> = people
        .filter_map(|(index, user)| Some((index, user.database.clone()?)))
        .collect();
    let mut databases: Vec<_> = people.iter().map(|(_, name)| name.clone()).collect();
    databases.sort_unstable();
    databases.dedup();
    let (false, Some(first)) = (databases.is_empty(), plan.servers.first()) else {
        return Vec::new();
    };
    let asked = [first.snapshot.server.clone()];
    let look = async |server: &mut Server| Ok(server.where_mounted(&databases).await);
    let told = run.visit_some(&asked, look).await;
    let Some((_, told)) = told.into_iter().next() else {
        return Vec::new();
    };
    let named = run.fleet.names();
    let is_named = |server: &str| {
        let shown = plan.servers.iter().map(|one| &one.snapshot.display_name);
        let mut known = named.iter().chain(shown);
        known.any(|known| may_be_same_server(known, server))
    };
    let mut accounts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (index, database) in &people {
        let server = told.get(database).filter(|server| !is_named(server));
        if let (Some(server), Some(user)) = (server, first.users.get(*index)) {
            let UserHoldings { account, .. } = user;
            accounts.entry(server).or_default().push(plain(account));
        }
    }
    let sentence = |(server, accounts): (&str, Vec<String>)| {
        let server = plain(server);
        let mailboxes = match accounts.len() {
            1 => "mailbox of",
            _ => "mailboxes of",
        };
        let is = if accounts.len() == 1 { "is" } else { "are" };
        format!(
            "The {mailboxes} {} {is} on {server}, which is not among the servers: `--server {server}` besides includes it.",
            list(accounts)
        )
    };
    accounts.into_iter().map(sentence).collect()
}
