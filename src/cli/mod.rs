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
mod dead_servers;
mod echo;
pub mod error;
mod exchange_servers;
pub mod exit;
mod interrupt;
mod kept;
mod looks;
mod mailboxes;
mod members;
mod names;
mod not_made;
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
mod watching;
mod whose;

use std::{ffi::OsString, process::ExitCode, sync::Arc};

use clap::{CommandFactory, FromArgMatches, error::ErrorKind};

use advice::with_causes;
use args::{ByVariable, Cli, Command, Format, manual::explained};
use error::CommandError;
use exit::{CheckState, Exit};
use output::Output;
use printer::Printer;
use render::watch::nagios;
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
pub fn run(line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line: Vec<_> = line.into_iter().collect();
    let (cli, by_variable) = match parsed(&line) {
        Ok(parsed) => parsed,
        Err(error) => {
            let is_told = printer::tell(&error);
            return match error.use_stderr() {
                _ if !is_told => Exit::Failed.into(),
                true if asks_for_a_check(&line) => {
                    printer::say(&nagios::unknown(&what_is_wrong(&error)));
                    ExitCode::from(CheckState::Unknown as u8)
                }
                true => Exit::Usage.into(),
                false => Exit::Done.into(),
            };
        }
    };
    let printer = Arc::new(Printer::new(&cli.global));
    trace::start(&printer, cli.global.verbose);
    let output = Arc::new(commands::begin(&printer, &cli));
    let exit = command(&printer, &output, cli, by_variable, &line).unwrap_or_else(|error| {
        tracing::debug!(error = %text::plain(&with_causes(&error)), "ended early");
        output.failed(&error.advice);
        error.exit
    });
    let exit = output.write_report(exit);
    if !interrupt::is_told(&output, exit) {
        printer.note("Interrupted before all of the result was read.");
        return ExitCode::from(output.code(exit.and(Exit::Interrupted)));
    }
    let exit = match printer.output_failure() {
        None => exit,
        Some(error) => {
            printer.error(&format!("standard output cannot be written: {error}"));
            exit.and(Exit::Failed)
        }
    };
    ExitCode::from(output.code(exit))
}

fn parsed(line: &[OsString]) -> Result<(Cli, ByVariable), clap::Error> {
    let mut definition = Cli::command();
    let asked = args::help_alone(line);
    let matches = definition.try_get_matches_from_mut(asked.iter());
    let matches = match matches {
        // what stands below the arguments is made for who reads it
        Err(error) if shows_help(&error) => {
            let explained = explained(Cli::command()).try_get_matches_from(asked.iter());
            return Err(explained.err().unwrap_or(error));
        }
        matches => matches.map_err(|error| {
            let error = args::reworded(error, &mut definition);
            whose::with_tip(args::with_tip(error), line)
        })?,
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut definition))?;
    if matches!(cli.command, Command::Completions { .. }) && cli.global.format != Format::Table {
        let what = "a completion script has no data format: leave --format out";
        return Err(definition.error(ErrorKind::ArgumentConflict, what));
    }
    Ok((cli, ByVariable::of(&matches)))
}

/// Whether a monitoring system waits for the answer to a line that cannot be read: two of its exit codes would be taken for
/// an alarm.
fn asks_for_a_check(line: &[OsString]) -> bool {
    let is_joined = |word: &OsString| word == "--format=nagios";
    line.iter().any(is_joined) || line.windows(2).any(|words| words == ["--format", "nagios"])
}

/// In one line, for that is all that is seen of a check.
fn what_is_wrong(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default();
    let what = first.strip_prefix("error: ").unwrap_or(first);
    format!("the command line is wrong: {what}")
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
    line: &[OsString],
) -> Result<Exit, CommandError> {
    let format = cli.global.format;
    if format.is_for_monitoring() && !matches!(cli.command, Command::Watch(_)) {
        return Err(CommandError::usage(
            "this format is for watch --once alone",
            "Take --format json, csv or ndjson.",
        ));
    }
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
        format,
        whose: Whose::of(&cli.command),
    };
    commands::begin_report(&context, &cli.command, line)?;
    commands::run(&context, cli.command)
}
