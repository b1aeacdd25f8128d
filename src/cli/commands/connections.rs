//! `mapisweep connections`

use mapisweep_core::helper_run::{Listed, TcpConnection};

use crate::{
    cli::{
        Context,
        advice::Advice,
        args,
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
    let helper = context.settings.helper(&args.helper);
    let helper = helper.as_deref();
    let records = Recording::of("connections", false);
    let done = on_servers(context, &args.servers, helper, false, async |run| {
        let done = show(run, args, &records).await;
        records.leave(run).await;
        done
    });
    records.ended(done)
}

async fn show(
    run: &mut OnServers<'_>,
    args: &args::Connections,
    records: &Recording,
) -> Result<Exit, CommandError> {
    records.begin(run)?;
    let looks = Looks::default();
    let seen = run.visit(&[], async |server: &mut Server| {
        let connections = |listed: &Listed| listed.connections.len();
        let look = async |server: &mut Server| server.list_connections(args.all).await;
        looks.at(server, look, connections).await
    });
    let seen = seen.await;
    records.looked(looks.into_servers())?;
    let listed = match seen {
        Ok(seen) => seen.servers,
        Err(exit) => return Ok(exit),
    };
    let view = Connections::new(&listed)
        .called(run.names())
        .only(|connection| is_wanted(args, connection))
        .sorted_by(args.sort)
        .untitled(args.no_header);
    run.show(&view);
    if !view.is_empty() {
        return Ok(Exit::Done);
    }
    for (server, what) in view.unmatched() {
        let advice = Advice::new(what, "Look without --address and --process.");
        run.context.output.problem(Some(server), &advice);
    }
    if !args.process.is_empty() && !args.all {
        let printer = &run.context.printer;
        printer.note("Only Exchange's processes were looked at; --all looks at every one.");
    }
    Ok(Exit::NothingMatched)
}

fn is_wanted(args: &args::Connections, connection: &TcpConnection) -> bool {
    let client = connection.remote.ip().to_canonical();
    let is_called = |name: &String| {
        let names = [name.to_lowercase(), format!("{name}.exe").to_lowercase()];
        names.contains(&connection.image.to_lowercase())
    };
    (args.process.is_empty() || args.process.iter().any(is_called))
        && (args.address.is_empty() || args.address.iter().any(|wanted| wanted.0.contains(&client)))
}
