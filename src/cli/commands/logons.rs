//! `mapisweep logons`

use mapisweep_core::{
    exchange::{Logon, People},
    plan::ServerSnapshot,
};

use crate::{
    cli::{
        Context,
        advice::Advice,
        args,
        error::CommandError,
        exit::Exit,
        on_servers::{OnServers, Seen, on_servers},
        render::logons::{Logons, Wanted},
    },
    servers::Server,
};

/// Shows who is logged on, from where, since when, against the limit.
pub fn run(context: &Context, args: &args::Logons) -> Result<Exit, CommandError> {
    on_servers(context, &args.servers, None, true, async |run| {
        Ok(show(run, args).await)
    })
}

async fn show(run: &mut OnServers<'_>, args: &args::Logons) -> Exit {
    let users = &args.users[..];
    let everybody = users.is_empty();
    run.fleet.does_without_plain(true);
    let seen = run.visit(users, async |server: &mut Server| {
        server.read_logons().await
    });
    let Seen { users, servers } = match seen.await {
        Ok(seen) => seen,
        Err(exit) => return exit,
    };
    let snapshots: Vec<_> = servers.into_iter().map(|(_, snapshot)| snapshot).collect();
    let people = People::of(&users);
    let wanted = |logon: &Logon| everybody || people.made(logon);
    let logons = Logons::new(&snapshots, wanted)
        .only(Wanted {
            addresses: &args.address,
            databases: &args.database,
            at_limit: args.at_limit,
        })
        .sorted_by(args.sort)
        .untitled(args.no_header);
    run.show(&logons);
    let whole = Exit::of_whole(snapshots.iter().all(ServerSnapshot::is_whole));
    if !logons.is_empty() {
        return whole;
    }
    for (server, what) in logons.unmatched() {
        let advice = Advice::new(what, "Look without --address, --database and --at-limit.");
        run.context.output.problem(Some(server), &advice);
    }
    Exit::NothingMatched.and(whole)
}
