//! `mapisweep completions` and `mapisweep man`: both from the command line's own definition.

use std::{fs, path::Path};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::{Context, args::Cli, error::CommandError, exit::Exit};

/// Prints a completion script.
pub fn completions(context: &Context, shell: Shell) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mapisweep", &mut script);
    context.printer.result(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}

/// Writes a manual page for mapisweep and one for each verb.
pub fn pages(context: &Context, directory: &Path) -> Result<Exit, CommandError> {
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), directory))
        .map_err(|error| {
            CommandError::failed(
                format!("cannot write to {}: {error}", directory.display()),
                "",
            )
        })?;
    context
        .printer
        .note(&format!("The manual pages are in {}.", directory.display()));
    Ok(Exit::Done)
}
