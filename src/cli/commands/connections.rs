//! `mapisweep connections`

use mapisweep_core::helper_run::Listed;

use crate::{
    cli::{
        Context, args,
        error::CommandError,
        exit::Exit,
        looks::Looks,
        on_servers::{OnServers, on_servers},
        recording::Recording,
        render::connections::Connections,
    },
    servers::Server,
};

/// Shows the TCP connections of a server's Exchange processes.
pub fn run(context: &Context, args: &args::Connections) -> Result<Exit, CommandError> {
    let helper = args.helper.file.as_deref();
    let records = Recording::of("connections", false);
    let done = on_servers(context, &args.servers, helper, false, async |run| {
        let done = show(run, args.all, &records).await;
        records.leave(run).await;
        done
    });
    records.ended(done)
}

async fn show(
    run: &mut OnServers<'_>,
    all: bool,
    records: &Recording,
) -> Result<Exit, CommandError> {
    records.begin(run)?;
    let looks = Looks::default();
    let seen = run.visit(&[], async |server: &mut Server| {
        let connections = |listed: &Listed| listed.connections.len();
        let look = async |server: &mut Server| server.list_connections(all).await;
        looks.at(server, look, connections).await
    });
    let seen = seen.await;
    records.looked(looks.into_servers())?;
    let listed = match seen {
        Ok(seen) => seen.servers,
        Err(exit) => return Ok(exit),
    };
    run.show(&Connections(&listed));
    let is_empty = |(_, listed): &(String, Listed)| listed.connections.is_empty();
    Ok(match listed.iter().all(is_empty) {
        true => Exit::NothingMatched,
        false => Exit::Done,
    })
}
