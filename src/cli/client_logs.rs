//! Where sessions come through a client access server of the run, its log is asked from where.

use mapisweep_core::{
    exchange::Mailbox,
    plan::{ExchangeServers, Plan},
};

use super::on_servers::OnServers;
use crate::servers::Server;

/// Asks the servers of the run that sessions come through; says whether anything was told.
pub async fn ask(
    run: &mut OnServers<'_>,
    plan: &Plan,
    users: &[Mailbox],
    exchange: &mut ExchangeServers,
) -> bool {
    let passed = plan.passed();
    let read = plan.servers.iter().map(|server| &server.snapshot);
    let asked = read.filter(|snapshot| passed.contains(snapshot.display_name.as_str()));
    let asked: Vec<_> = asked
        .map(|snapshot| (snapshot.server.clone(), snapshot.display_name.clone()))
        .collect();
    let dns = users
        .iter()
        .filter_map(|user| user.legacy_exchange_dn.clone());
    let dns: Vec<_> = dns.collect();
    if asked.is_empty() || dns.is_empty() {
        return false;
    }
    let names: Vec<_> = asked.iter().map(|(name, _)| name.clone()).collect();
    let look = async |server: &mut Server| server.read_client_log(&dns).await;
    let told = run.visit_some(&names, look).await;
    let mut is_any_told = false;
    for (server, log) in told {
        let known = asked.iter().find(|(name, _)| *name == server);
        if let (Some((_, display_name)), Some(log)) = (known, log) {
            exchange.tell(display_name, log);
            is_any_told = true;
        }
    }
    is_any_told
}
