//! `mapisweep connections`

use crate::{
    cli::{
        Context, args,
        error::CommandError,
        exit::Exit,
        on_servers::{OnServers, on_servers},
        render::connections::Connections,
    },
    servers::Server,
};

/// Shows the TCP connections of a server's Exchange processes.
pub fn run(context: &Context, args: &args::Connections) -> Result<Exit, CommandError> {
    let helper = args.helper.file.as_deref();
    on_servers(context, &args.servers, helper, false, async |run| {
        Ok(show(run, args.all).await)
    })
}

async fn show(run: &mut OnServers<'_>, all: bool) -> Exit {
    let seen = run.visit(&[], async |server: &mut Server| {
        server.list_connections(all).await
    });
    let listed = match seen.await {
        Ok(seen) => seen.servers,
        Err(exit) => return exit,
    };
    run.show(&Connections(&listed));
    match listed
        .iter()
        .all(|(_, listed)| listed.connections.is_empty())
    {
        true => Exit::NothingMatched,
        false => Exit::Done,
    }
}
