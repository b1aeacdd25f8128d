//! The command line: one file for what belongs together. Each flag is documented where it is defined; `--help` shows these
//! very texts.
//!
//! - [`looking`]: the verbs that look
//! - [`closing`]: the verbs that close, and how it is done
//! - [`servers`]: which servers, how to reach them, who signs in
//! - [`config`]: the configuration file
//! - [`manual`], [`examples`]: what else `--help` and the manual pages say
//! - [`refused`]: what is said of a line that is wrong
//! - [`variables`]: what came from the environment

mod closing;
mod config;
mod examples;
mod looking;
pub mod manual;
mod refused;
mod servers;
#[cfg(test)]
mod tests;
mod variables;

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{
    Arg, Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser},
};
use mapisweep_core::exchange::identity::{NotAPerson, one_person};

pub use self::{
    closing::{Close, HowToClose, ReportName, Sweep, Victims},
    config::{Config, ConfigShow},
    looking::{ConnectionColumn, Connections, Dag, Doctor, LogonColumn, Logons, Watch},
    refused::{help_alone, reworded},
    servers::{Identity, Login, STANDARD_INPUT, Servers, USER_VARIABLE},
    variables::{ByVariable, with_tip},
};

/// Find and close the stale MAPI sessions that lock Outlook users out of Exchange
#[derive(Debug, Parser)]
#[command(name = "mapisweep", version)]
#[command(max_term_width = 100)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every command
    #[command(flatten)]
    pub global: Global,
}

/// One variant a verb.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show who is logged on, from where, since when, against the limit
    Logons(Logons),
    /// Close the stale connections of some users: plan, confirm, close, verify
    Close(Close),
    /// Close the stale connections of everybody who holds too many sessions, on all servers, by one plan
    ///
    /// The logons of all servers are read first, without the helper. Who holds too many sessions on one of them is read from
    /// those, and not looked up; the servers where these people hold any are then read whole, and one plan is made for all of
    /// them. Who shares an address is judged over all servers that could be read
    Sweep(Sweep),
    /// Show whom limits kept out, as the servers' event logs say (event 9646), and what they hold now
    Victims(Victims),
    /// Show the TCP connections of a server's Exchange processes
    Connections(Connections),
    /// Show the members of a DAG, or of all, what is mounted where, and the servers that are in none
    Dag(Dag),
    /// Check each thing that the other verbs need, here and on servers, and say what mends what is missing
    ///
    /// Name resolution, port, TLS, schemes, sign-in, administrator, remote shell, PowerShell, WinRM, language mode, snap-in,
    /// Exchange, second hop, Get-LogonStatistics, the helper, limits and keep-alive, each by itself and past what fails, as
    /// far as that goes. Nothing is changed or closed; the helper is pushed, lists connections and is removed. Exit code 1
    /// where a check failed, 5 where a server did not tell all; a warning alone is 0, for what works today is done
    Doctor(Doctor),
    /// Watch who comes near the limit of sessions, newest first; or look once, for a monitoring system
    ///
    /// Reads the logons of each server at an interval, without the helper, in one remote shell that stays open, and shows who
    /// holds 80 % of the limit or more: on a terminal one table that is kept up to date, elsewhere one table a change, with
    /// --format ndjson one object a reading and person. Closes nothing. Ctrl-C ends it (exit code 130).
    ///
    /// --once looks once; nobody near the limit is exit code 0. With --format nagios the line and the exit codes are those of a
    /// plugin for Nagios and Icinga, and not those of mapisweep: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
    #[command(arg = format_of_watch())]
    Watch(Watch),
    /// Try a password and store it in the OS keyring
    Login(Login),
    /// Remove a password from the OS keyring
    Logout(Identity),
    /// Show who would sign in, which way, and with what: a ticket, or a password from where
    Whoami(Identity),
    /// The program that is run on the server: its hash, or a copy to sign and allow-list
    #[command(subcommand)]
    Helper(Helper),
    /// The configuration file: which it is, what holds and why, whether it is right
    #[command(subcommand)]
    Config(Config),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages
    Man {
        /// The directory to write them to
        #[arg(value_hint = ValueHint::DirPath)]
        directory: PathBuf,
    },
}

/// `mapisweep helper`
#[derive(Debug, Subcommand)]
pub enum Helper {
    /// Print the SHA-256 of the helper
    Sha256,
    /// Write the helper to a file
    Export {
        /// The file to write
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}

/// Another copy of the helper.
#[derive(Debug, Args)]
pub struct HelperFile {
    /// Run this signed copy of the helper instead of the one built in
    #[arg(long = "helper", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}

/// The environment variable that may name the profile.
pub const PROFILE_VARIABLE: &str = "MAPISWEEP_PROFILE";

/// The one that may name the configuration file.
pub const CONFIG_VARIABLE: &str = "MAPISWEEP_CONFIG";

/// They come behind all others.
const PLACE_OF_GLOBALS: usize = 100;

/// What holds for every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options", next_display_order = PLACE_OF_GLOBALS)]
pub struct Global {
    /// Use this profile of the configuration file
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = PROFILE_VARIABLE,
        hide_env_values = true
    )]
    pub profile: Option<String>,
    /// Read this configuration file [default: ~/.config/mapisweep/config.toml]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = CONFIG_VARIABLE,
        hide_env_values = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from),
        value_hint = ValueHint::FilePath
    )]
    pub config: Option<PathBuf>,
    /// How to write the result
    #[arg(
        long,
        global = true,
        value_parser = formats(false),
        default_value = "table",
        value_name = "FORMAT"
    )]
    pub format: Format,
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what is done; -vv: each step; -vvv: each message. Never a password
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// One document with a schema version
    Json,
    /// A head line, then one line a record
    Csv,
    /// One JSON object a line
    Ndjson,
    /// --once: text for Prometheus and its like
    Openmetrics,
    /// --once: a plugin's line and exit code, for Nagios and Icinga
    Nagios,
}

impl Format {
    /// Whether it is for `watch` alone.
    pub fn is_for_monitoring(self) -> bool {
        matches!(self, Self::Openmetrics | Self::Nagios)
    }
}

/// Each verb understands all of them, so as to say whose one is; it offers those that it takes.
fn formats(of_watch: bool) -> impl TypedValueParser<Value = Format> {
    let offered = Format::value_variants().iter().filter_map(move |format| {
        let is_offered = of_watch || !format.is_for_monitoring();
        Some(format.to_possible_value()?.hide(!is_offered))
    });
    let read = |name: String| Format::from_str(&name, false).unwrap_or_default();
    PossibleValuesParser::new(offered.collect::<Vec<_>>()).map(read)
}

/// The one global option that means more to a verb than to the others.
fn format_of_watch() -> Arg {
    // behind --profile and --config, as for every other verb
    const PLACE: usize = PLACE_OF_GLOBALS + 2;
    Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .help("How to write the result")
        .help_heading("Global options")
        .display_order(PLACE)
        .default_value("table")
        .value_parser(formats(true))
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn above_none(text: &str) -> Result<NonZeroUsize, String> {
    text.parse()
        .map_err(|_| "it is no number above 0".to_owned())
}

pub(super) fn one_dag(text: &str) -> Result<String, String> {
    one_person(text).map_err(|not_one| match not_one {
        NotAPerson::Pattern(wild) => format!("{wild:?} makes it a pattern; name one DAG"),
        NotAPerson::Empty => "it is empty; name one DAG".to_owned(),
        NotAPerson::Unseen(mark) => format!("it holds {mark}, which nobody sees; type it by hand"),
    })
}
