//! Where the connections of a server are to be closed that is said to be dead, the servers that hold them are asked whether
//! they reach it: this computer may only have no way there.

use std::collections::BTreeMap;

use mapisweep_core::plan::{ExchangeServers, Plan, ServerPlan};

use super::{
    error::CommandError,
    on_servers::OnServers,
    text::{list, plain},
};
use crate::servers::Server;

/// Asks them; says whether any of them tried and heard nothing.
///
/// # Errors
/// One that is said to be dead answered one of them.
pub async fn ask(
    run: &mut OnServers<'_>,
    plan: &Plan,
    exchange: &mut ExchangeServers,
) -> Result<bool, CommandError> {
    let in_question = |server: &&ServerPlan| server.addresses_that_may_be_alive().next().is_some();
    let asked: Vec<_> = plan.servers.iter().filter(in_question).collect();
    let names: Vec<_> = asked
        .iter()
        .map(|server| server.snapshot.server.clone())
        .collect();
    if names.is_empty() {
        return Ok(false);
    }
    let addresses = asked
        .iter()
        .flat_map(|server| server.addresses_that_may_be_alive());
    let addresses = exchange.buried_with(addresses);
    let reach = async |server: &mut Server| server.reaches(&addresses).await;
    let told = run.visit_some(&names, reach).await;
    let mut answered: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut is_any_silent = false;
    for (server, reach) in told {
        if let Some((address, port)) = reach.answered {
            let name = exchange.at(address).unwrap_or_default().to_owned();
            let by = answered.entry(name).or_default();
            by.push(format!("{} at port {port}", plain(&server)));
        }
        for address in reach.silent {
            exchange.hears_nothing(&server, address);
            is_any_silent = true;
        }
    }
    if let Some((name, by)) = answered.into_iter().next() {
        let what = format!(
            "--dead-server {}: it is not dead, for it answers {}",
            plain(&name),
            list(by)
        );
        return Err(CommandError::refused(
            what,
            "This computer alone does not reach it. Nothing was closed.",
        ));
    }
    Ok(is_any_silent)
}
