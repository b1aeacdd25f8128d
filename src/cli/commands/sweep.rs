//! `mapisweep sweep`: everybody who holds too many sessions, found on all servers and helped by one plan.

use std::{cell::Cell, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use mapisweep_core::{
    config::ServerAddress,
    exchange::{Mailbox, People},
    plan::{Everywhere, Over, ServerSnapshot, Threshold, over},
};

use crate::{
    audit::{AtWork, AuditLog, CutOff},
    cli::{
        Context, args,
        bounds::Bounds,
        closing::{Read, Terms, Until, look_at_all, not_begun, proceed},
        error::CommandError,
        exit::Exit,
        looks::Looks,
        on_servers::{Asked, OnServers, Seen, on_selection},
        recording::Recording,
        render::{
            View,
            sweep::{Found, left_out, resumed, still_at_work, too_old},
        },
        settings::Selection,
    },
    config,
    servers::Server,
};

/// Whom a sweep is for.
enum Whom {
    /// Whoever holds too many sessions.
    Over(Threshold),
    /// Those of a run that was cut off.
    Of(Box<CutOff>),
}

/// Finds them, and goes on as `close` does.
pub fn run(context: &Context, args: &args::Sweep) -> Result<Exit, CommandError> {
    // who names no server is told so before anything else
    let (selection, whom) = whom(context, args)?;
    let until = Until::of(&args.how, &args.servers)?;
    let terms = Terms {
        policy: context.settings.policy(&args.how),
        until,
        bounds: Bounds::of_found(&args.how),
        canary: args.how.canary,
    };
    let (command, closes) = match (until, args.resume) {
        (Until::Shown, _) => ("sweep --dry-run", false),
        (_, true) => ("sweep --resume", true),
        (_, false) => ("sweep", true),
    };
    let records = Recording::of(command, closes);
    if let Whom::Of(cut_off) = &whom {
        records.resumes(cut_off.run, taken(cut_off)?);
        context.printer.note(&resumed(cut_off));
    }
    let helper = context.settings.helper(&args.how.helper);
    let asked = Asked::with_directory(&args.servers.identity, selection, helper.as_deref());
    let done = on_selection(context, asked, async |run| {
        let done = sweep(run, &whom, &terms, &records).await;
        records.leave(run).await;
        done
    });
    records.ended(done)
}

/// Which servers, and whom it is for.
fn whom(context: &Context, args: &args::Sweep) -> Result<(Selection, Whom), CommandError> {
    let settings = &context.settings;
    if !args.resume {
        let at_least = args.at_least.map(|number| Threshold::AtLeast(number.get()));
        let threshold = at_least.unwrap_or(Threshold::Limit);
        return Ok((settings.selection(&args.servers)?, Whom::Over(threshold)));
    }
    let cut_off = cut_off()?;
    let servers = cut_off.servers.iter();
    let servers = servers.filter_map(|name| ServerAddress::from_str(name).ok());
    let selection = settings
        .selection_of(&args.servers, servers.collect())?
        .ok_or_else(nothing_to_resume)?;
    Ok((selection, Whom::Of(Box::new(cut_off))))
}

/// Its lock: nobody goes on with a run that is at work.
fn taken(cut_off: &CutOff) -> Result<AtWork, CommandError> {
    let state_dir = config::state_dir().ok_or_else(nothing_to_resume)?;
    let process = cut_off.process.as_ref();
    AtWork::take(&state_dir, cut_off.run, process).map_err(|busy| still_at_work(cut_off, &busy))
}

/// A run is gone on with for so long: later its people are others, and what it left is seen by who looks anew.
const OFFERED: SignedDuration = SignedDuration::from_hours(24);

/// The last run that was cut off, as the audit log has it.
fn cut_off() -> Result<CutOff, CommandError> {
    let state_dir = config::state_dir().ok_or_else(nothing_to_resume)?;
    let path = AuditLog::path_in(&state_dir);
    let last = CutOff::last(&path).map_err(|error| {
        let path = path.display();
        let what = format!("the audit log {path} cannot be read: {error}");
        CommandError::failed(what, "Leave --resume away, and name the servers.").because(error)
    })?;
    let last = last.ok_or_else(nothing_to_resume)?;
    match Timestamp::now().duration_since(last.at) > OFFERED {
        true => Err(too_old(&last)),
        false => Ok(last),
    }
}

fn nothing_to_resume() -> CommandError {
    CommandError::nothing_matched(
        "the audit log has no run that was cut off while there was something to close",
        "Leave --resume away, and name the servers with --server or --dag.",
    )
}

async fn sweep(
    run: &mut OnServers<'_>,
    whom: &Whom,
    terms: &Terms,
    records: &Recording,
) -> Result<Exit, CommandError> {
    records.begin(run)?;
    // by one that can be read
    let is_asked = Cell::new(false);
    let seen = run.visit(&[], async |server: &mut Server| {
        let tells = !is_asked.replace(true);
        server.tells_servers(tells);
        let read = server.read_logons().await;
        server.tells_servers(false);
        if tells && read.is_err() {
            is_asked.set(false);
        }
        read
    });
    let first = match seen.await {
        Ok(seen) => seen.servers,
        Err(exit) => {
            not_begun(run);
            return Ok(exit);
        }
    };
    let first: Vec<_> = first.into_iter().map(|(_, snapshot)| snapshot).collect();
    let whole = Exit::of_whole(first.iter().all(ServerSnapshot::is_whole));
    let people = match whom {
        Whom::Of(cut_off) => cut_off.people.clone(),
        Whom::Over(threshold) => {
            let over = over(&first, *threshold);
            run.clear_progress();
            for sentence in left_out(&over) {
                run.context.printer.note(&sentence);
            }
            over.people
        }
    };
    let busy = busy(&first, &people, whom);
    let names = run.names();
    let found = Found {
        servers: &first,
        people: people.len(),
        threshold: match whom {
            Whom::Over(threshold) => Some(*threshold),
            Whom::Of(_) => None,
        },
        busy: &busy,
        names: &names,
    };
    if busy.is_empty() {
        run.show(&found);
        return Ok(Exit::NothingMatched.and(whole));
    }
    for sentence in found.missing() {
        run.context.printer.note(&sentence);
    }
    run.context.output.falls_short(found.shortfalls());
    run.context.printer.note(&found.sentence());
    run.fleet
        .keep(|server| busy.iter().any(|name| name == server))
        .await;
    let looks = Looks::default();
    let seen = look_at_all(run, &[], &looks).await;
    let at = looks.began();
    records.looked(looks.into_servers())?;
    let Seen { servers, .. } = match seen {
        Ok(seen) => seen,
        Err(exit) => return Ok(exit.and(whole)),
    };
    let snapshots: Vec<_> = servers.into_iter().map(|(_, snapshot)| snapshot).collect();
    let people = still(&first, &snapshots, people, whom);
    let mut everywhere = Everywhere::of(&first, &people);
    let they = People::of(&people);
    for snapshot in &snapshots {
        everywhere.take(snapshot, &they);
    }
    let read = Read {
        users: people,
        snapshots,
        everywhere,
        at,
        whole,
        checks_mounted: true,
    };
    proceed(run, read, terms, records).await
}

/// The servers where these people hold sessions, and on Exchange 2010 also the others, where their connections may end; of
/// a run that was cut off those where it had not come to its end.
fn busy(snapshots: &[ServerSnapshot], people: &[Mailbox], whom: &Whom) -> Vec<String> {
    let people = People::of(people);
    let holds = |snapshot: &&ServerSnapshot| {
        let mut logons = snapshot.logons.iter();
        logons.any(|logon| people.made(logon))
    };
    let is_meant = |snapshot: &&ServerSnapshot| match whom {
        Whom::Over(_) => true,
        Whom::Of(cut_off) => cut_off.unfinished.contains(&snapshot.server),
    };
    let is_busy = |snapshot: &&ServerSnapshot| holds(snapshot) && is_meant(snapshot);
    let mut busy = snapshots.iter().filter(is_busy);
    let leads_on = busy.any(ServerSnapshot::is_of_2010);
    let may_be = |snapshot: &&ServerSnapshot| leads_on && snapshot.is_of_2010();
    let busy = snapshots
        .iter()
        .filter(|snapshot| is_busy(snapshot) || may_be(snapshot));
    busy.map(|snapshot| snapshot.server.clone()).collect()
}

/// Those who hold too many sessions still, as the servers were read later.
fn still(
    first: &[ServerSnapshot],
    later: &[ServerSnapshot],
    people: Vec<Mailbox>,
    whom: &Whom,
) -> Vec<Mailbox> {
    let Whom::Over(threshold) = whom else {
        return people;
    };
    let unread = first.iter().filter(|one| {
        let mut later = later.iter();
        later.all(|later| later.server != one.server)
    });
    let all: Vec<_> = later.iter().chain(unread).cloned().collect();
    let Over { people: now, .. } = over(&all, *threshold);
    people
        .into_iter()
        .filter(|person| now.contains(person))
        .collect()
}
