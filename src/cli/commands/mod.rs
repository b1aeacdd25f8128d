//! One file a verb.

mod close;
mod config;
mod connections;
mod dag;
mod doctor;
mod helper;
mod keyring;
mod logons;
mod manual;
mod sweep;
mod victims;
mod watch;
mod whoami;

use std::{ffi::OsString, sync::Arc};

use mapisweep_core::plan::Plan;

use super::{
    Context,
    args::{self, ByVariable, Cli, Command, Format, Global, Helper},
    error::CommandError,
    exit::Exit,
    output::Output,
    printer::Printer,
    render::{self, Document, report::typed::typed},
    report_file::ReportFile,
};

/// What is given to the verbs that a mistake in the configuration must not stop.
pub struct WithoutSettings<'a> {
    /// Who tells.
    pub printer: &'a Arc<Printer>,
    /// What is told.
    pub output: &'a Output,
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
        Command::Watch(args) if context.format == Format::Nagios => watch::check(context, &args),
        Command::Watch(args) => watch::run(context, &args),
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
        Command::Config(args) => config::run(context, &args),
        // done without settings
        Command::Completions { .. } | Command::Man { .. } => Ok(Exit::Done),
    }
}

/// Makes the file of the report, where one is wished: before anything is done. It tells the command line as well.
pub fn begin_report(
    context: &Context,
    command: &Command,
    line: &[OsString],
) -> Result<(), CommandError> {
    let (how, servers) = match command {
        Command::Close(args) => (&args.how, &args.servers),
        Command::Sweep(args) => (&args.how, &args.servers),
        Command::Victims(args) => (&args.how, &args.servers),
        _ => return Ok(()),
    };
    if let Some(name) = &how.report {
        let mut file = ReportFile::create(name, how.dry_run)?;
        file.run.typed = typed(line, &context.settings.variables(servers));
        context.output.reports_to(file);
    }
    Ok(())
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
        Command::Watch(_) => ("watch", Document::empty::<render::watch::Watch<'_>>(true)),
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
        Command::Config(args::Config::Path) => {
            ("config path", Document::empty::<render::config::File>(true))
        }
        Command::Config(args::Config::Show(_)) => (
            "config show",
            Document::empty::<render::config::Settings<'_>>(true),
        ),
        Command::Config(args::Config::Check) => (
            "config check",
            Document::empty::<render::config::Checked>(true),
        ),
        Command::Config(args::Config::Profiles) => (
            "config profiles",
            Document::empty::<render::config::Profiles>(true),
        ),
        Command::Completions { .. } => ("completions", nothing(true)),
        Command::Man { .. } => ("man", nothing(true)),
    }
}
