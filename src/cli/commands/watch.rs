//! `mapisweep watch`: who comes near the limit, read again and again; or once, for a monitoring system.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use mapisweep_core::plan::Level;

use crate::{
    cli::{
        Context,
        args::{self, Format},
        error::CommandError,
        exit::Exit,
        on_servers::{OnServers, on_servers},
        render::watch::{
            Watch,
            nagios::{Thresholds, checked},
            openmetrics::openmetrics,
        },
        watching::{
            known::{Tried, Watched},
            watch,
        },
    },
    servers::{Server, ServerError},
};

/// Watches, or looks once.
pub fn run(context: &Context, args: &args::Watch) -> Result<Exit, CommandError> {
    if args.warning.is_some() || args.critical.is_some() {
        return Err(CommandError::usage(
            "--warning and --critical are for a monitoring system",
            "Add --format nagios; --at-least says who is shown otherwise.",
        ));
    }
    let goes_on = matches!(context.format, Format::Table | Format::Ndjson);
    if !args.once && !goes_on {
        return Err(CommandError::usage(
            "this format is one document, and watching does not end",
            "Add --once, or take --format ndjson.",
        ));
    }
    on_servers(context, &args.servers, None, true, async |run| {
        let mut watched = Watched::new(args.at_least);
        Ok(match look(run, args, &mut watched).await {
            Err(exit) => exit,
            Ok(()) if args.once => show(run, &watched),
            Ok(()) => watch(run, args.interval, &mut watched).await,
        })
    })
}

/// Looks once, for a monitoring system: one line, and its state.
pub fn check(context: &Context, args: &args::Watch) -> Result<Exit, CommandError> {
    if !args.once {
        return Err(CommandError::usage("a check is one look", "Add --once."));
    }
    let thresholds = Thresholds {
        warning: args.warning.unwrap_or(args.at_least),
        critical: args.critical.unwrap_or(Level::Percent(100)),
    };
    if thresholds.are_upside_down() {
        return Err(CommandError::usage(
            "--warning is above --critical, so that nobody would ever be warned of",
            "Give --warning the lower of the two.",
        ));
    }
    on_servers(context, &args.servers, None, true, async |run| {
        // everybody: who is near is for the thresholds to say
        let mut watched = Watched::new(Level::Sessions(1));
        if let Err(exit) = look(run, args, &mut watched).await {
            return Ok(exit);
        }
        // the line says what may be left
        run.leave().await;
        let left: Vec<_> = run.left.iter().map(|(server, _)| server.clone()).collect();
        let (state, line) = checked(&watched, thresholds, &left);
        run.context.output.checked(state, line);
        Ok(Exit::Done)
    })
}

/// The first reading of all servers; an error where watching them is of no use.
async fn look(
    run: &mut OnServers<'_>,
    args: &args::Watch,
    watched: &mut Watched,
) -> Result<(), Exit> {
    run.fleet.does_without_plain(true);
    run.fleet.keeps_all_shells(!args.once);
    let visited = run.fleet.visit(&[], async |server: &mut Server| {
        let began = Instant::now();
        let seen = server.read_logons().await?;
        Ok((seen, began.elapsed(), Timestamp::now()))
    });
    let visited = visited.await.servers;
    let interval = (!args.once).then_some(args.interval);
    let tried = |at, took| Tried {
        at,
        took,
        interval,
        is_slow: false,
    };
    for (server, seen) in &visited {
        match seen {
            Ok((seen, took, at)) => _ = watched.told(&tried(*at, *took), seen),
            Err(error) => {
                let tried = tried(Timestamp::now(), Duration::ZERO);
                let why = run.advise(server, error).what;
                watched.failed(&tried, server, why, error.is_lasting());
            }
        }
    }
    let is_read_on = |(server, seen): &(String, Result<_, ServerError>)| {
        let is_lasting = seen.as_ref().is_err_and(ServerError::is_lasting);
        (!is_lasting).then(|| server.clone())
    };
    let read_on: Vec<_> = visited.iter().filter_map(is_read_on).collect();
    let read = run.successes(visited);
    watched.names = run.names();
    if run.cancel.is_cancelled() {
        return Err(Exit::Interrupted);
    }
    if args.once {
        return Ok(());
    }
    // a password that was refused is shown nowhere again
    if read.is_empty() || run.is_refused() {
        return Err(Exit::Failed);
    }
    // one server under two names is read by one of them
    let is_read_on = |server: &str| read_on.iter().any(|name| name == server);
    run.fleet.keep(is_read_on).await;
    Ok(())
}

/// What one look has brought.
fn show(run: &mut OnServers<'_>, watched: &Watched) -> Exit {
    let now = Timestamp::now();
    let is_any_read = watched.servers.iter().any(|known| known.told.is_some());
    match run.context.format {
        Format::Openmetrics => {
            run.clear_progress();
            run.context.output.metrics(&openmetrics(watched));
        }
        // what failed has been said
        _ if !is_any_read => {}
        _ => run.show(&Watch { watched, now }),
    }
    Exit::of_whole(watched.is_whole())
}
