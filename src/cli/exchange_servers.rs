//! Which addresses are Exchange servers': their names are Active Directory's, their addresses this computer's DNS's.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use mapisweep_core::{exchange::ExchangeServer, plan::ExchangeServers};

use super::{on_servers::OnServers, text::plain};
use crate::connection::addresses_of;

/// What DNS does not tell by then stays unknown.
const PATIENCE: Duration = Duration::from_secs(5);
const AT_ONCE: usize = 32;

/// Finds the addresses of the Exchange servers that the run was told of. One whose name has none is said with `-v`; that its
/// logons look like a server's may still give it away.
pub async fn find(run: &OnServers<'_>) -> ExchangeServers {
    let mut known = ExchangeServers::default();
    let servers: Vec<ExchangeServer> = run.fleet.exchange_servers().to_vec();
    let lookups = stream::iter(servers).map(|server| async move {
        let found = tokio::time::timeout(PATIENCE, addresses_of(server.display_name())).await;
        let found = found.map_err(|_| format!("DNS did not answer within {PATIENCE:?}"));
        let found = found.and_then(|found| found.map_err(|error| error.to_string()));
        (server.display_name().to_owned(), found)
    });
    let mut lookups = lookups.buffered(AT_ONCE);
    while let Some((name, found)) = lookups.next().await {
        match found {
            Ok(addresses) => {
                for address in addresses {
                    known.learn(address, &name);
                }
            }
            Err(why) => run.context.printer.detail(&format!(
                "The address of the Exchange server {} is not known, so it may pass for a client's: {}",
                plain(&name),
                plain(&why)
            )),
        }
    }
    known
}
