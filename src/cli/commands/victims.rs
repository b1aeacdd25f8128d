//! `mapisweep victims`: whom limits kept out, and what they hold now; with `--close`, on to a plan for them.

use std::collections::HashMap;

use crate::{
    cli::{
        Context,
        advice::Advice,
        args::{self, Format},
        bounds::Bounds,
        closing::{Terms, Until, close},
        error::CommandError,
        exit::Exit,
        on_servers::{Asked, OnServers, on_selection},
        recording::Recording,
        render::{
            View,
            victims::{Victims, short_logs},
        },
    },
    servers::{Person, Server, Told},
};

/// How the victims are helped.
struct Closing {
    terms: Terms,
    records: Recording,
}

/// Shows whom limits kept out, and goes on to close where that is wished.
pub fn run(context: &Context, args: &args::Victims) -> Result<Exit, CommandError> {
    let selection = context.settings.selection(&args.servers)?;
    let closing = closing(context, args)?;
    let helper = context.settings.helper(&args.how.helper);
    let asked = Asked::with_directory(&args.servers.identity, selection, helper.as_deref());
    let done = on_selection(context, asked, async |run| {
        let (told, exit) = match told(run, args).await {
            Ok(told) => told,
            Err(exit) => return Ok(exit),
        };
        let victims = Victims::new(&told).within(args.since.0);
        let victims = victims.called(run.names());
        let Some(closing) = &closing else {
            run.show(&victims);
            return Ok(exit);
        };
        let done = help(run, &told, &victims, closing).await;
        closing.records.leave(run).await;
        done.map(|done| done.and(exit))
    });
    match closing {
        Some(closing) => closing.records.ended(done),
        None => done,
    }
}

fn closing(context: &Context, args: &args::Victims) -> Result<Option<Closing>, CommandError> {
    if !args.close {
        return match args.how.is_given() {
            false => Ok(None),
            true => Err(CommandError::usage(
                "flags that say how to close are given, and --close is not",
                "Add --close, or leave them out to see who was kept out.",
            )),
        };
    }
    let until = Until::of(&args.how, &args.servers)?;
    Ok(Some(Closing {
        terms: Terms {
            policy: context.settings.policy(&args.how),
            until,
            bounds: Bounds::of_found(&args.how),
            canary: args.how.canary,
        },
        records: match until {
            Until::Shown => Recording::of("victims --close --dry-run", false),
            Until::Approved(_) | Until::Done(_) => Recording::of("victims --close", true),
        },
    }))
}

/// What the servers told, and how well.
async fn told(run: &mut OnServers<'_>, args: &args::Victims) -> Result<(Vec<Told>, Exit), Exit> {
    run.fleet.takes_any_version(true);
    let since = args.since.0;
    let seen = run.visit(&[], async |server: &mut Server| {
        server.read_victims(since).await
    });
    let mut told: Vec<_> = seen
        .await?
        .servers
        .into_iter()
        .map(|(_, told)| told)
        .collect();
    name_by_others(&mut told);
    for told in &told {
        for error in &told.failed {
            // the log is told all the same
            match told.own_endpoint_failed() {
                Some(_) => run.report_gap(&told.server, error),
                None => run.report(&told.server, error),
            }
        }
    }
    for short in short_logs(&told, since, &run.names()) {
        run.context.printer.note(&short);
    }
    let whole = Exit::of_whole(told.iter().all(Told::is_whole));
    let exit = match told.iter().all(|told| told.victims.is_empty()) {
        true => Exit::NothingMatched.and(whole),
        false => whole,
    };
    Ok((told, exit))
}

/// Who one server could not name, another may have named.
fn name_by_others(told: &mut [Told]) {
    let mut known: HashMap<String, Person> = HashMap::new();
    for (victim, person) in told.iter().flat_map(|told| &told.victims) {
        if *person != Person::NotAsked {
            known.insert(victim.dn.to_ascii_lowercase(), person.clone());
        }
    }
    for (victim, person) in told.iter_mut().flat_map(|told| &mut told.victims) {
        if *person == Person::NotAsked
            && let Some(named) = known.get(&victim.dn.to_ascii_lowercase())
        {
            *person = named.clone();
        }
    }
}

/// Hands those whom closing may help on to what `close` does, on the servers where it may.
async fn help(
    run: &mut OnServers<'_>,
    told: &[Told],
    victims: &Victims<'_>,
    closing: &Closing,
) -> Result<Exit, CommandError> {
    let people = victims.helped_by_closing();
    match run.context.format {
        // the one document is about what follows
        Format::Json | Format::Csv | Format::Ndjson if !people.is_empty() => {
            run.clear_progress();
            let printer = &run.context.printer;
            printer.coloured_note(&victims.table(printer.page_beside_results()));
            run.context.output.falls_short(victims.shortfalls());
            run.context.output.keep(victims);
        }
        _ => run.show(victims),
    }
    if people.is_empty() {
        let why = match told.iter().any(|told| told.own_endpoint_failed().is_some()) {
            true => {
                "Nobody is known whom closing connections helps, for Exchange could not be asked."
            }
            false => "Nobody is there whom closing connections helps.",
        };
        let advice = Advice::new(why, "Nothing was closed.");
        run.context.output.noted(&advice);
        return Ok(Exit::NothingMatched);
    }
    run.context.printer.note("");
    let servers = victims.servers_to_close_on();
    run.fleet.takes_any_version(false);
    run.fleet.keep(|server| servers.contains(&server)).await;
    close(run, &people, &closing.terms, &closing.records).await
}
