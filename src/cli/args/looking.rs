//! The verbs that look.

use std::time::Duration;

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use mapisweep_core::{
    config::{HumanDuration, Network},
    exchange::identity::one_person,
    plan::Level,
};

use super::{HelperFile, Servers, one_dag};

/// `mapisweep logons`
#[derive(Debug, Args)]
pub struct Logons {
    /// Only these users: account, DOMAIN\account, alias, display name or e-mail address
    #[arg(value_name = "USER", value_parser = one_person)]
    pub users: Vec<String>,
    /// Only clients at this address or in this network; may be repeated
    #[arg(long, value_name = "ADDRESS|NETWORK")]
    pub address: Vec<Network>,
    /// Only what is logged on to this mailbox database; may be repeated
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub database: Vec<String>,
    /// Only users who hold as many sessions of either kind as they may on that server, or more
    #[arg(long)]
    pub at_limit: bool,
    /// Sort the rows of each server by this column: words from A, addresses from 0, numbers from the largest, times from
    /// the longest ago [default: users with most sessions first]
    #[arg(long, value_enum, value_name = "COLUMN")]
    pub sort: Option<LogonColumn>,
    /// Leave the columns' titles out, in tables and in CSV
    #[arg(long)]
    pub no_header: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// What logons are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogonColumn {
    /// The account
    User,
    /// The client's address
    Address,
    /// Sessions from that address
    Sessions,
    /// When the oldest of them began
    Oldest,
    /// When any of them was last used
    LastUsed,
    /// What the client calls itself
    Client,
    /// All of the user's sessions
    Holds,
}

/// `mapisweep connections`
#[derive(Debug, Args)]
pub struct Connections {
    /// The connections of every process, not just Exchange's
    #[arg(long)]
    pub all: bool,
    /// Only those of this process, with or without .exe; may be repeated
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub process: Vec<String>,
    /// Only clients at this address or in this network; may be repeated
    #[arg(long, value_name = "ADDRESS|NETWORK")]
    pub address: Vec<Network>,
    /// Sort the rows of each server by this column [default: process, pid and client]
    #[arg(long, value_enum, value_name = "COLUMN")]
    pub sort: Option<ConnectionColumn>,
    /// Leave the columns' titles out, in tables and in CSV
    #[arg(long)]
    pub no_header: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub helper: HelperFile,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// What connections are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConnectionColumn {
    /// The process's name
    Process,
    /// Its number
    Pid,
    /// The client's address and port
    Client,
    /// The server's address and port
    Server,
    /// The state of the connection
    State,
}

/// `mapisweep dag`
#[derive(Debug, Args)]
pub struct Dag {
    /// The DAG; all without
    ///
    /// One of the servers named is asked which DAGs there are, then a member of each; without --server, whoever of the
    /// members answers to the DAG's own name
    #[arg(value_name = "NAME", conflicts_with = "dag", value_parser = one_dag)]
    pub name: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// `mapisweep doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// Leave the helper out: nothing is written on the servers
    #[arg(long, conflicts_with = "file")]
    pub no_helper: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub helper: HelperFile,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// `mapisweep watch`
#[derive(Debug, Args)]
pub struct Watch {
    /// Show who holds at least so many sessions on one server, or such a share of its limit
    #[arg(
        long,
        value_name = "N|N%",
        allow_hyphen_values = true,
        default_value = "80%"
    )]
    pub at_least: Level,
    /// From one reading of a server to the next; 15s or more. A server of which a reading takes more than a fifth of it is read
    /// half as often, and one that is down is tried less and less often
    #[arg(
        long,
        value_name = "TIME", allow_hyphen_values = true,
        default_value = "60s",
        value_parser = interval,
        conflicts_with = "once"
    )]
    pub interval: Duration,
    /// Read each server once, and end
    #[arg(long)]
    pub once: bool,
    /// Warn from so many sessions on, or such a share of the limit; with --format nagios [default: 80%]
    #[arg(
        long,
        value_name = "N|N%",
        allow_hyphen_values = true,
        requires = "once",
        conflicts_with = "at_least"
    )]
    pub warning: Option<Level>,
    /// Call so many sessions, or such a share of the limit, critical; with --format nagios [default: 100%]
    #[arg(
        long,
        value_name = "N|N%",
        allow_hyphen_values = true,
        requires = "once"
    )]
    pub critical: Option<Level>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// Reading the logons costs a server processor time for each of them.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(15);

fn interval(text: &str) -> Result<Duration, String> {
    let HumanDuration(interval) = text.parse().map_err(|error| format!("{error}"))?;
    match interval < SHORTEST_INTERVAL {
        true => Err("it is less than 15s, and each reading costs the server work".to_owned()),
        false => Ok(interval),
    }
}
