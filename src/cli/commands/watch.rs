//! `mapisweep watch`: who comes near the limit, read again and again; or once, for a monitoring system.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use mapisweep_core::plan::Level;
use tokio::sync::mpsc;

use crate::{
    cli::{
        Context,
        advice::{Advice, Scene},
        args::{self, Format},
        error::CommandError,
        exit::{CheckState, Exit},
        live::Live,
        on_servers::{OnServers, on_servers},
        render::{
            FailedServer, View,
            table::Page,
            watch::{
                Watch,
                events::events,
                nagios::{Thresholds, checked, unknown},
                openmetrics::openmetrics,
            },
        },
        text::{age, plain},
        watched::{Near, Tried, Watched},
    },
    servers::{Change, Reading, Server, ServerError},
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
        if let Err(exit) = look(run, args, &mut watched).await {
            return Ok(exit);
        }
        match args.once {
            true => Ok(show_once(run, &watched)),
            false => Ok(go_on(run, args, &mut watched).await),
        }
    })
}

/// Looks once, for a monitoring system: one line, and its state.
pub fn check(context: &Context, args: &args::Watch) -> Result<CheckState, CommandError> {
    if !args.once {
        return Err(CommandError::usage("a check is one look", "Add --once."));
    }
    let thresholds = Thresholds {
        warning: args.warning.unwrap_or(args.at_least),
        critical: args.critical.unwrap_or(Level::Percent(100)),
    };
    let state = Cell::new(CheckState::Unknown);
    on_servers(context, &args.servers, None, true, async |run| {
        // everybody: who is near is for the thresholds to say
        let mut watched = Watched::new(Level::Sessions(1));
        let looked = look(run, args, &mut watched).await;
        // the line is the last that is said, and says what may be left
        run.leave().await;
        let left: Vec<_> = run.left.iter().map(|(server, _)| server.clone()).collect();
        let (seen, line) = match looked {
            Err(Exit::Interrupted) => (CheckState::Unknown, unknown("interrupted")),
            _ => checked(&watched, thresholds, &left),
        };
        state.set(seen);
        run.clear_progress();
        run.context.printer.result(&line);
        Ok(Exit::Done)
    })?;
    Ok(state.get())
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
    let names: Vec<_> = visited.iter().map(|(name, _)| name.clone()).collect();
    let is_lasting =
        |seen: &Result<_, ServerError>| seen.as_ref().is_err_and(ServerError::is_lasting);
    let lasting = visited.iter().filter(|(_, seen)| is_lasting(seen));
    let lasting: Vec<_> = lasting.map(|(name, _)| name.clone()).collect();
    let read = run.successes(visited);
    if run.cancel.is_cancelled() {
        return Err(Exit::Interrupted);
    }
    let interval = (!args.once).then_some(args.interval);
    let tried = |at, took| Tried {
        at,
        took,
        interval,
        is_slow: false,
    };
    for name in &names {
        let is_it = |failed: &&FailedServer| failed.server == *name;
        if let Some((_, (seen, took, at))) = read.iter().find(|(read, _)| read == name) {
            watched.told(&tried(*at, *took), seen);
        } else if let Some(why) = run.failures().iter().find(is_it) {
            let tried = tried(Timestamp::now(), Duration::ZERO);
            watched.failed(&tried, why.clone(), lasting.contains(name));
        }
    }
    if args.once {
        return Ok(());
    }
    // a password that was refused is shown nowhere again
    if read.is_empty() || run.is_refused() {
        return Err(Exit::Failed);
    }
    // one server under two names is read by one of them
    let is_among = |names: &[String], server: &str| names.iter().any(|name| name == server);
    let is_read_on = |server: &str| is_among(&names, server) && !is_among(&lasting, server);
    run.fleet.keep(is_read_on).await;
    Ok(())
}

fn show_once(run: &mut OnServers<'_>, watched: &Watched) -> Exit {
    let now = Timestamp::now();
    let is_any_read = watched.servers.iter().any(|known| known.told.is_some());
    match run.context.format {
        Format::Ndjson => {
            run.clear_progress();
            let events = watched.servers.iter().map(|known| events(known, &[]));
            run.context.printer.result(&events.collect::<String>());
        }
        Format::Openmetrics => {
            run.clear_progress();
            run.context.printer.result(&openmetrics(watched));
        }
        // what failed has been said
        _ if !is_any_read => {}
        _ => run.show(&Watch { watched, now }),
    }
    Exit::of_whole(watched.is_whole())
}

/// Reads on until the admin ends it, nobody reads what is written, or there is nothing left to read.
async fn go_on(run: &mut OnServers<'_>, args: &args::Watch, watched: &mut Watched) -> Exit {
    run.hush(true);
    let refused = {
        let OnServers {
            context,
            fleet,
            user,
            ..
        } = run;
        let was_read: Vec<_> = watched
            .servers
            .iter()
            .filter(|known| known.down.is_none())
            .map(|known| known.server.clone())
            .collect();
        let was_read = |server: &str| was_read.iter().any(|name| name == server);
        let (tells, hears) = mpsc::channel(16);
        let mut shown = Shown::new(context);
        shown.all(watched);
        let listening = listen(&mut shown, hears, watched, args, user);
        let reading = fleet.read_again_and_again(args.interval, was_read, tells);
        let ((), refused) = tokio::join!(reading, listening);
        shown.end(watched);
        refused
    };
    run.hush(false);
    if let Some((server, error)) = refused {
        run.report(&server, &error);
        run.context.printer.note(
            "Watching ends here: a password that is refused is shown nowhere again, for each time counts against the account.",
        );
        return Exit::Failed;
    }
    match (run.cancel.is_cancelled(), run.context.printer.is_read()) {
        (true, _) => Exit::Interrupted,
        // as every command whose reader has left
        (false, false) => Exit::Done,
        (false, true) => Exit::Failed,
    }
}

/// Takes in what is read; the server that refused the password ends it, before others count it, too.
async fn listen(
    shown: &mut Shown<'_>,
    mut hears: mpsc::Receiver<Reading>,
    watched: &mut Watched,
    args: &args::Watch,
    user: &str,
) -> Option<(String, ServerError)> {
    let mut resized = Resized::new();
    let mut clock = tokio::time::interval(REDRAWN);
    loop {
        tokio::select! {
            reading = hears.recv() => {
                let reading = reading?;
                match reading.seen {
                    Err(error) if error.is_password_no_longer() => {
                        return Some((reading.server, error));
                    }
                    _ => take(shown, reading, watched, args, user),
                }
                if !shown.context.printer.is_read() {
                    return None;
                }
            }
            () = resized.came() => shown.draw(watched),
            _ = clock.tick() => shown.draw(watched),
        }
    }
}

/// Ages grow, and messages come.
const REDRAWN: Duration = Duration::from_secs(1);

fn take(
    shown: &mut Shown<'_>,
    reading: Reading,
    watched: &mut Watched,
    args: &args::Watch,
    user: &str,
) {
    let Reading {
        server,
        way,
        seen,
        took,
        change,
        interval,
        is_last,
    } = reading;
    let tried = Tried {
        at: Timestamp::now(),
        took,
        interval: Some(interval),
        is_slow: seen.is_ok() && interval > args.interval,
    };
    let printer = &shown.context.printer;
    let named = plain(&server);
    let was_down = watched
        .of(&server)
        .is_some_and(|known| known.down.is_some());
    let gone = match &seen {
        Ok(snapshot) => {
            if was_down {
                printer.note(&format!("{named}: it can be read again"));
            }
            watched.told(&tried, snapshot)
        }
        Err(error) => {
            let scene = Scene {
                server: &server,
                user,
                way: way.as_ref(),
            };
            let advice = Advice::on_server(error, scene);
            if !was_down {
                printer.error(&format!("{named}: {advice}"));
            }
            watched.failed(&tried, FailedServer::new(&server, &advice), is_last);
            Vec::new()
        }
    };
    let (took, every) = (took.as_secs_f64(), age(interval));
    match change {
        Change::Doubled => printer.note(&format!(
            "{named}: slow, a reading took {took:.1} s; read every {every} from now on"
        )),
        Change::Halved => printer.note(&format!(
            "{named}: quick again, a reading took {took:.1} s; read every {every} from now on"
        )),
        Change::None => {}
    }
    shown.reading(watched, &server, &gone);
}

/// Where what is known is shown: on a screen that is kept up to date, or as it changes.
struct Shown<'a> {
    context: &'a Context,
    live: Option<Live>,
    /// What the last table said.
    last: Option<String>,
}

impl<'a> Shown<'a> {
    fn new(context: &'a Context) -> Self {
        let is_table = context.format == Format::Table;
        Self {
            context,
            live: is_table.then(|| Live::begin(&context.printer)).flatten(),
            last: None,
        }
    }

    /// Everything, as the first reading has it.
    fn all(&mut self, watched: &Watched) {
        match self.context.format {
            Format::Ndjson => {
                let events = watched.servers.iter().map(|known| events(known, &[]));
                let events: String = events.collect();
                self.context.printer.result(&events);
            }
            _ => self.table(watched),
        }
    }

    /// What one reading has brought.
    fn reading(&mut self, watched: &Watched, server: &str, gone: &[Near]) {
        match (self.context.format, watched.of(server)) {
            (Format::Ndjson, Some(known)) => self.context.printer.result(&events(known, gone)),
            _ => self.table(watched),
        }
    }

    fn table(&mut self, watched: &Watched) {
        if self.live.is_some() {
            return self.draw(watched);
        }
        let now = Timestamp::now();
        let watch = Watch { watched, now };
        let fingerprint = watch.fingerprint();
        if self.last.as_ref() == Some(&fingerprint) {
            return;
        }
        let printer = &self.context.printer;
        let gap = if self.last.is_some() { "\n" } else { "" };
        printer.result(&format!("{gap}{}", watch.table(Page::ENDLESS)));
        self.last = Some(fingerprint);
    }

    /// The live table, if that is it, as it is now.
    fn draw(&mut self, watched: &Watched) {
        if let Some(live) = &mut self.live {
            let now = Timestamp::now();
            live.draw(|page| Watch { watched, now }.table(page));
        }
    }

    /// The last table stays on the screen.
    fn end(&mut self, watched: &Watched) {
        if self.live.take().is_some() {
            let now = Timestamp::now();
            let printer = &self.context.printer;
            printer.result(&Watch { watched, now }.table(printer.page()));
        }
    }
}

/// Whether the terminal was made wider or narrower.
struct Resized {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Resized {
    fn new() -> Self {
        Self {
            #[cfg(unix)]
            signal: {
                use tokio::signal::unix::{SignalKind, signal};
                signal(SignalKind::window_change()).ok()
            },
        }
    }

    /// Waits until it was; for ever where that is not told.
    async fn came(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
