//! Arguments, verbs, the printer, progress, advice: everything that meets the terminal.
//!
//! A command line becomes a [`args::Command`]; `commands` has a file for each verb; those that talk to servers do it
//! through `on_servers`, which visits them, reports and cleans up for all. What comes out is a [`render::View`] on
//! standard output, by way of `output`, [`advice`] on standard error and an [`exit::Exit`].

pub mod advice;
mod afterwards;
mod approval;
pub mod args;
mod bounds;
mod canary;
mod carrying;
mod checking;
mod checks;
mod client_logs;
mod client_names;
mod closing;
mod commands;
mod confirm;
mod echo;
pub mod error;
mod exchange_servers;
pub mod exit;
mod interrupt;
mod looks;
mod mailboxes;
mod members;
mod on_servers;
mod output;
mod own_endpoint;
mod peers;
pub mod printer;
mod progress;
mod recording;
pub mod render;
mod report_file;
mod server_list;
mod settings;
mod sign_in;
mod style;
mod telling;
mod text;
mod trace;
mod whose;

use std::{ffi::OsString, sync::Arc};

use clap::{CommandFactory, FromArgMatches};

use advice::with_causes;
use args::{ByVariable, Cli, Format, manual::explained};
use error::CommandError;
use exit::Exit;
use output::Output;
use printer::Printer;
use settings::Settings;
use whose::Whose;

/// What every command is given.
struct Context {
    printer: Arc<Printer>,
    output: Arc<Output>,
    settings: Settings,
    format: Format,
    /// Whose sessions it is about.
    whose: Whose,
}

/// Runs one command line, the program's name first. Blocks; must not be called from within an asynchronous task.
pub fn run(line: impl IntoIterator<Item = OsString>) -> Exit {
    let (cli, by_variable) = match parsed(line) {
        Ok(parsed) => parsed,
        Err(error) => {
            printer::tell(&error);
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
        }
    };
    let printer = Arc::new(Printer::new(&cli.global));
    trace::start(&printer, cli.global.verbose);
    let output = Arc::new(commands::begin(&printer, &cli));
    let exit = command(&printer, &output, cli, by_variable).unwrap_or_else(|error| {
        tracing::debug!(error = %text::plain(&with_causes(&error)), "ended early");
        output.failed(&error.advice);
        error.exit
    });
    let exit = output.end(exit);
    match printer.output_failure() {
        None => exit,
        Some(error) => {
            printer.error(&format!("standard output cannot be written: {error}"));
            exit.and(Exit::Failed)
        }
    }
}

fn parsed(line: impl IntoIterator<Item = OsString>) -> Result<(Cli, ByVariable), clap::Error> {
    let line: Vec<_> = line.into_iter().collect();
    let mut definition = Cli::command();
    let matches = definition.try_get_matches_from_mut(&line);
    let matches = match matches {
        // what stands below the arguments is made for who reads it
        Err(error) if shows_help(&error) => {
            let explained = explained(Cli::command()).try_get_matches_from(&line);
            return Err(explained.err().unwrap_or(error));
        }
        matches => matches.map_err(|error| whose::with_tip(error, &line))?,
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut definition))?;
    Ok((cli, ByVariable::of(&matches)))
}

fn shows_help(error: &clap::Error) -> bool {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand};
    matches!(
        error.kind(),
        DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand
    )
}

fn command(
    printer: &Arc<Printer>,
    output: &Arc<Output>,
    cli: Cli,
    by_variable: ByVariable,
) -> Result<Exit, CommandError> {
    let without = commands::WithoutSettings {
        printer,
        output,
        global: &cli.global,
        by_variable,
    };
    if let Some(done) = without.run(&cli.command) {
        return done;
    }
    let context = Context {
        printer: Arc::clone(printer),
        output: Arc::clone(output),
        settings: Settings::load(&cli.global, by_variable)?,
        format: cli.global.format,
        whose: Whose::of(&cli.command),
    };
    commands::begin_report(&context, &cli.command)?;
    commands::run(&context, cli.command)
}
