//! One file a verb.

mod close;
mod config;
mod connections;
mod dag;
mod helper;
mod keyring;
mod logons;
mod manual;
mod sweep;
mod victims;
mod whoami;

use std::sync::Arc;

use super::{
    Context,
    args::{self, ByVariable, Command, Global},
    error::CommandError,
    exit::Exit,
    printer::Printer,
};

/// What is given to the verbs that a mistake in the configuration must not stop.
pub struct WithoutSettings<'a> {
    /// Who tells.
    pub printer: &'a Arc<Printer>,
    /// Which file, profile and format.
    pub global: &'a Global,
    /// Who said so.
    pub by_variable: ByVariable,
}

impl WithoutSettings<'_> {
    /// Does what was asked; nothing where that needs settings.
    pub fn run(&self, command: &Command) -> Option<Result<Exit, CommandError>> {
        match command {
            Command::Config(args::Config::Path) => Some(config::path(self)),
            Command::Config(args::Config::Check) => Some(config::check(self)),
            Command::Completions { shell } => Some(manual::completions(self.printer, *shell)),
            Command::Man { directory } => Some(manual::pages(self.printer, directory)),
            _ => None,
        }
    }
}

/// Does what was asked.
pub fn run(context: &Context, command: Command) -> Result<Exit, CommandError> {
    match command {
        Command::Logons(args) => logons::run(context, &args),
        Command::Close(args) => close::run(context, &args),
        Command::Sweep(args) => sweep::run(context, &args),
        Command::Victims(args) => victims::run(context, &args),
        Command::Connections(args) => connections::run(context, &args),
        Command::Dag(args) => dag::run(context, &args),
        Command::Login(args) => keyring::login(context, &args),
        Command::Logout(identity) => keyring::logout(context, &identity),
        Command::Whoami(identity) => whoami::run(context, &identity),
        Command::Helper(args) => helper::run(context, &args),
        Command::Config(args) => config::run(context, &args),
        // done without settings
        Command::Completions { .. } | Command::Man { .. } => Ok(Exit::Done),
    }
}
