//! Arguments, verbs, the printer, progress, advice: everything that meets the terminal.
//!
//! A command line becomes a [`args::Command`]; `commands` has a file for each verb; those that talk to servers do it
//! through `on_servers`, which visits them, reports and cleans up for all. What comes out is a [`render::View`] on
//! standard output, [`advice`] on standard error and an [`exit::Exit`].

pub mod advice;
mod approval;
pub mod args;
mod bounds;
mod canary;
mod carrying;
mod checking;
mod client_logs;
mod closing;
mod commands;
mod confirm;
mod echo;
pub mod error;
mod exchange_servers;
pub mod exit;
mod interrupt;
mod live;
mod looks;
mod members;
mod on_servers;
mod own_endpoint;
mod peers;
pub mod printer;
mod progress;
mod recording;
pub mod render;
mod server_list;
mod settings;
mod sign_in;
mod style;
mod telling;
mod text;
mod trace;
mod watched;

use std::{ffi::OsString, sync::Arc};

use clap::Parser;

use advice::with_causes;
use args::{Cli, Command, Format};
use error::CommandError;
use exit::{CheckState, Ending, Exit};
use printer::Printer;
use render::watch::nagios;
use settings::Settings;

/// What every command is given.
struct Context {
    printer: Arc<Printer>,
    settings: Settings,
    format: Format,
}

/// Runs one command line, the program's name first. Blocks; must not be called from within an asynchronous task.
pub fn run(line: impl IntoIterator<Item = OsString>) -> Ending {
    let line: Vec<_> = line.into_iter().collect();
    let cli = match Cli::try_parse_from(&line) {
        Ok(cli) => cli,
        Err(error) => {
            printer::tell(&error);
            return match error.use_stderr() {
                true if asks_for_a_check(&line) => {
                    printer::say(&nagios::unknown("the command line is wrong"));
                    Ending::Check(CheckState::Unknown)
                }
                true => Ending::Command(Exit::Usage),
                false => Ending::Command(Exit::Done),
            };
        }
    };
    let printer = Arc::new(Printer::new(&cli.global));
    trace::start(&printer, cli.global.verbose);
    let is_check = cli.global.format == Format::Nagios;
    let ending = command(&printer, cli).unwrap_or_else(|error| {
        tracing::debug!(error = %text::plain(&with_causes(&error)), "ended early");
        printer.error(&error.advice.to_string());
        match is_check {
            true => {
                printer.result(&nagios::unknown(&error.advice.what));
                Ending::Check(CheckState::Unknown)
            }
            false => Ending::Command(error.exit),
        }
    });
    match printer.output_failure() {
        None => ending,
        Some(error) => {
            printer.error(&format!("standard output cannot be written: {error}"));
            ending.failed()
        }
    }
}

/// Whether a monitoring system waits for the answer to a line that cannot be read: two of its exit codes would be taken for
/// an alarm.
fn asks_for_a_check(line: &[OsString]) -> bool {
    let is_joined = |word: &OsString| word == "--format=nagios";
    line.iter().any(is_joined) || line.windows(2).any(|words| words == ["--format", "nagios"])
}

fn command(printer: &Arc<Printer>, cli: Cli) -> Result<Ending, CommandError> {
    let format = cli.global.format;
    let is_for_monitoring = matches!(format, Format::Openmetrics | Format::Nagios);
    if is_for_monitoring && !matches!(cli.command, Command::Watch(_)) {
        return Err(CommandError::usage(
            "this format is for watch --once alone",
            "Take --format json, csv or ndjson.",
        ));
    }
    let context = Context {
        printer: Arc::clone(printer),
        settings: Settings::load(&cli.global)?,
        format,
    };
    commands::run(&context, cli.command)
}
