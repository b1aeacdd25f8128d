//! Arguments, verbs, the printer, progress, advice: everything that meets the terminal.
//!
//! A command line becomes a [`args::Command`]; `commands` has a file for each verb; those that talk to servers do it
//! through `on_servers`, which visits them, reports and cleans up for all. What comes out is a [`render::View`] on
//! standard output, by way of `output`, [`advice`] on standard error and an [`exit::Exit`].

pub mod advice;
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
mod server_list;
mod settings;
mod sign_in;
mod style;
mod telling;
mod text;
mod trace;

use std::{ffi::OsString, sync::Arc};

use clap::Parser;

use advice::with_causes;
use args::{Cli, Format};
use error::CommandError;
use exit::Exit;
use output::Output;
use printer::Printer;
use settings::Settings;

/// What every command is given.
struct Context {
    printer: Arc<Printer>,
    output: Arc<Output>,
    settings: Settings,
    format: Format,
}

/// Runs one command line, the program's name first. Blocks; must not be called from within an asynchronous task.
pub fn run(line: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(line) {
        Ok(cli) => cli,
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
    let exit = command(&printer, &output, cli).unwrap_or_else(|error| {
        tracing::debug!(error = %text::plain(&with_causes(&error)), "ended early");
        printer.error(&error.advice.to_string());
        output.problem(None, &error.advice);
        error.exit
    });
    output.end(exit);
    match printer.output_failure() {
        None => exit,
        Some(error) => {
            printer.error(&format!("standard output cannot be written: {error}"));
            exit.and(Exit::Failed)
        }
    }
}

fn command(printer: &Arc<Printer>, output: &Arc<Output>, cli: Cli) -> Result<Exit, CommandError> {
    let context = Context {
        printer: Arc::clone(printer),
        output: Arc::clone(output),
        settings: Settings::load(&cli.global)?,
        format: cli.global.format,
    };
    commands::run(&context, cli.command)
}
