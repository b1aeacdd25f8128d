//! One file a verb.

mod close;
mod connections;
mod dag;
mod helper;
mod keyring;
mod logons;
mod manual;
mod sweep;
mod victims;
mod watch;
mod whoami;

use super::{
    Context,
    args::{Command, Format},
    error::CommandError,
    exit::Ending,
};

/// Does what was asked.
pub fn run(context: &Context, command: Command) -> Result<Ending, CommandError> {
    let done = match command {
        Command::Watch(args) if context.format == Format::Nagios => {
            return watch::check(context, &args).map(Ending::Check);
        }
        Command::Watch(args) => watch::run(context, &args),
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
        Command::Completions { shell } => manual::completions(context, shell),
        Command::Man { directory } => manual::pages(context, &directory),
    };
    done.map(Ending::Command)
}
