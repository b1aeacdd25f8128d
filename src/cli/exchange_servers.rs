//! Which addresses are Exchange servers': their names are Active Directory's, their addresses this computer's DNS's.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use mapisweep_core::{exchange::ExchangeServer, plan::ExchangeServers};
use tokio::time::{Instant, timeout_at};

use super::{error::CommandError, on_servers::OnServers, text::plain};
use crate::connection::{Knocked, addresses_of};

/// For all of them together: what DNS does not tell by then stays unknown.
const PATIENCE: Duration = Duration::from_secs(5);
const AT_ONCE: usize = 32;

/// Finds the addresses of the Exchange servers that the run was told of. One whose name has none is said with `-v`; that its
/// logons look like a server's may still give it away.
///
/// # Errors
/// One of those that are said to be `dead` is not seen to be.
pub async fn find(run: &OnServers<'_>, dead: &[String]) -> Result<ExchangeServers, CommandError> {
    let mut known = ExchangeServers::default();
    let servers: Vec<ExchangeServer> = run.fleet.exchange_servers().to_vec();
    let deadline = Instant::now() + PATIENCE;
    let lookups = stream::iter(servers).map(|server| async move {
        let found = timeout_at(deadline, addresses_of(server.display_name())).await;
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
    for name in dead {
        seen_dead(run, name, &mut known).await?;
    }
    Ok(known)
}

/// Tries a server that is said to be dead. It may be buried only where that is seen.
async fn seen_dead(
    run: &OnServers<'_>,
    name: &str,
    known: &mut ExchangeServers,
) -> Result<(), CommandError> {
    const NOTHING_CLOSED: &str = "Nothing was closed.";
    let refused = |why: String| {
        let what = format!("--dead-server {}: {why}", plain(name));
        CommandError::refused(what, NOTHING_CLOSED)
    };
    let mut servers = run.fleet.exchange_servers().iter();
    let Some(server) = servers.find(|server| server.is_called(name)) else {
        return Err(refused(
            "Active Directory tells of no Exchange server of this name (`mapisweep dag` shows all there are)".to_owned(),
        ));
    };
    let knocked = run
        .knock(server)
        .await
        .map_err(|error| refused(format!("it cannot be tried: {error}")))?;
    match knocked {
        Knocked::Answered(port) => Err(refused(format!(
            "it is not dead, for something answers there at port {port}"
        ))),
        Knocked::StandInAnswered(address) => Err(refused(format!(
            "it is not dead, for something answers at {address}, where --connect-to leads"
        ))),
        Knocked::NotTried => Err(refused(
            "whether it is dead cannot be seen from here: there is no way there, its name has no address, or a proxy stands in between".to_owned(),
        )),
        Knocked::Silent if known.bury(server.display_name()) => Ok(()),
        Knocked::Silent => Err(refused("its address is not known".to_owned())),
    }
}
