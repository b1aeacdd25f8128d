//! One file a verb.

mod close;
mod connections;
mod dag;
mod doctor;
mod helper;
mod keyring;
mod logons;
mod manual;
mod sweep;
mod victims;
mod whoami;

use std::sync::Arc;

use mapisweep_core::plan::Plan;

use super::{
    Context,
    args::{Cli, Command, Format, Helper},
    error::CommandError,
    exit::Exit,
    output::Output,
    printer::Printer,
    render::{self, Document},
};

/// Does what was asked.
pub fn run(context: &Context, command: Command) -> Result<Exit, CommandError> {
    match command {
        Command::Logons(args) => logons::run(context, &args),
        Command::Close(args) => close::run(context, &args),
        Command::Sweep(args) => sweep::run(context, &args),
        Command::Victims(args) => victims::run(context, &args),
        Command::Connections(args) => connections::run(context, &args),
        Command::Dag(args) => dag::run(context, &args),
        Command::Doctor(args) => doctor::run(context, &args),
        Command::Login(args) => keyring::login(context, &args),
        Command::Logout(identity) => keyring::logout(context, &identity),
        Command::Whoami(identity) => whoami::run(context, &identity),
        Command::Helper(args) => helper::run(context, &args),
        Command::Completions { shell } => manual::completions(context, shell),
        Command::Man { directory } => manual::pages(context, &directory),
    }
}

/// Begins to tell what a verb does, in the format asked for.
pub fn begin(printer: &Arc<Printer>, cli: &Cli) -> Output {
    let format = match cli.command {
        // a script is no result
        Command::Completions { .. } => Format::Table,
        _ => cli.global.format,
    };
    let (command, document) = promised(&cli.command);
    Output::begin(printer, format, command, document)
}

/// A verb as it is typed, and what there is of its result before it has any.
fn promised(command: &Command) -> (&'static str, Document) {
    let closing = |is_dry: bool| match is_dry {
        true => Document::empty::<Plan>(true),
        false => Document::empty::<render::close::Closed<'_>>(true),
    };
    let nothing = Document::empty::<render::NoResult>;
    match command {
        Command::Logons(args) => (
            "logons",
            Document::empty::<render::logons::Logons<'_>>(!args.no_header),
        ),
        Command::Close(args) => ("close", closing(args.how.dry_run)),
        Command::Sweep(args) => ("sweep", closing(args.how.dry_run)),
        Command::Victims(args) if args.close => ("victims", closing(args.how.dry_run)),
        Command::Victims(_) => (
            "victims",
            Document::empty::<render::victims::Victims<'_>>(true),
        ),
        Command::Connections(args) => (
            "connections",
            Document::empty::<render::connections::Connections<'_>>(!args.no_header),
        ),
        Command::Dag(_) => ("dag", Document::empty::<render::dag::Dags<'_>>(true)),
        Command::Doctor(_) => (
            "doctor",
            Document::empty::<render::doctor::Doctor<'_>>(true),
        ),
        Command::Login(args) if args.list => {
            ("login", Document::empty::<render::stored::Stored>(true))
        }
        Command::Login(_) => ("login", nothing(true)),
        Command::Logout(_) => ("logout", nothing(true)),
        Command::Whoami(_) => ("whoami", Document::empty::<render::whoami::Whoami>(true)),
        Command::Helper(Helper::Sha256) => (
            "helper sha256",
            Document::empty::<render::helper::Helper<'_>>(true),
        ),
        Command::Helper(Helper::Export { .. }) => (
            "helper export",
            Document::empty::<render::helper::Helper<'_>>(true),
        ),
        Command::Completions { .. } => ("completions", nothing(true)),
        Command::Man { .. } => ("man", nothing(true)),
    }
}
