//! The command line. Each flag is documented where it is defined; `--help` shows these very texts.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use clap::builder::{
    NonEmptyStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser,
};
use mapisweep_core::{
    config::{
        ConnectTo, ExchangeEndpoint, HumanDuration, Network, Pin, ProxyChoice, Realm,
        ServerAddress, SomeTime, Transport,
    },
    exchange::identity::{NotAPerson, one_person},
};
use mapisweep_winrm::auth::{Method, ServiceName};

/// Find and close the stale MAPI sessions that lock Outlook users out of Exchange
#[derive(Debug, Parser)]
#[command(name = "mapisweep", version, after_long_help = EXIT_CODES)]
#[command(max_term_width = 100)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every command
    #[command(flatten)]
    pub global: Global,
}

const EXIT_CODES: &str = "\
Exit codes:
    0  all done, and seen to be done
    1  something failed
    2  wrong usage, a name of several people, or nobody to ask
    3  nothing matched
    4  refused for safety, or more than one run may close
    5  what the server said is not whole
    6  a remote shell or the helper is left on a server, or may be
    7  the answer to the question was not yes: nothing was done, or, after --canary, nothing more
  130  stopped by Ctrl-C or a signal, and nothing is left";

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
    /// Try a password and store it in the OS keyring
    Login(Login),
    /// Remove a password from the OS keyring
    Logout(Identity),
    /// Show who would sign in, which way, and with what: a ticket, or a password from where
    Whoami(Identity),
    /// The program that is run on the server: its hash, or a copy to sign and allow-list
    #[command(subcommand)]
    Helper(Helper),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages
    Man {
        /// The directory to write them to
        directory: PathBuf,
    },
}

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

/// `mapisweep close`
#[derive(Debug, Args)]
pub struct Close {
    /// Whose connections: account, DOMAIN\account, alias, display name or e-mail address
    #[arg(value_name = "USER", required = true, value_parser = one_person)]
    pub users: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub how: HowToClose,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// What is closed, and what is asked before.
#[derive(Debug, Args)]
pub struct HowToClose {
    /// Show the plan and stop
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Act without asking; required where there is no terminal
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// Look again before acting on a server where what was read is older than this [default: 2m]
    ///
    /// While a person reads and thinks, or other servers take long, clients come back and go. Where less is to be closed
    /// than was approved, that is done; where a client has come back, an address is shared now, a mailbox has moved or
    /// anything was added, what changed is said and the new plan asked about, or with --yes nothing closed on that server;
    /// with several users such addresses alone are left, and named
    #[arg(long, value_name = "TIME")]
    pub plan_age: Option<HumanDuration>,
    /// Keep clients that did something within this time [default: 15m]
    #[arg(long, value_name = "TIME")]
    pub idle: Option<HumanDuration>,
    /// Close clients that are in use as well
    #[arg(long, conflicts_with = "idle")]
    pub all: bool,
    /// Close addresses that other users share; their Outlooks reconnect
    #[arg(long)]
    pub include_shared: bool,
    /// Refuse an address with more connections than this: it is a gateway, not a client [default: 100]
    #[arg(long, value_name = "N")]
    pub max: Option<usize>,
    /// Refuse a plan for more people than this; it is shown, and nothing is closed [default: 500 for sweep and victims]
    #[arg(long, value_name = "N")]
    pub max_people: Option<usize>,
    /// Refuse a plan with more connections in all than this [default: 5000 for sweep and victims]
    #[arg(long, value_name = "N")]
    pub max_connections: Option<usize>,
    /// Do so many servers first, as named, then ask whether to go on; with --yes: go on if all was verified there
    #[arg(long, value_name = "N", value_parser = above_none)]
    pub canary: Option<NonZeroUsize>,
    /// Close what this client access server left on the mailbox servers, for it is dead; may be repeated
    ///
    /// Everybody's sessions end that came through it, and the plan names them. Only where Active Directory knows it as an
    /// Exchange server, DNS its address, and nothing at all answers there
    #[arg(long, value_name = "NAME")]
    pub dead_server: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub helper: HelperFile,
}

impl HowToClose {
    /// Whether any of it is.
    pub fn is_given(&self) -> bool {
        let Self {
            dry_run,
            yes,
            plan_age,
            idle,
            all,
            include_shared,
            max,
            max_people,
            max_connections,
            canary,
            dead_server,
            helper,
        } = self;
        let is_one_set = [dry_run, yes, all, include_shared]
            .into_iter()
            .any(|&set| set);
        let is_one_bound = [max, max_people, max_connections]
            .into_iter()
            .any(|bound| bound.is_some());
        let is_one_bound = is_one_bound || canary.is_some();
        let is_one_named = !dead_server.is_empty() || helper.file.is_some();
        is_one_set || plan_age.or(*idle).is_some() || is_one_bound || is_one_named
    }
}

/// `mapisweep sweep`
#[derive(Debug, Args)]
pub struct Sweep {
    /// Who holds at least so many sessions on one server [default: as many as that server's limit]
    #[arg(long, value_name = "N", value_parser = number_of_sessions)]
    pub at_least: Option<NonZeroUsize>,
    /// Go on with the last run that was cut off, as the audit log has it: its servers are read and a plan is made anew
    ///
    /// For the same people, on the servers where not all was verified. What was planned then is not looked at. It may have
    /// been a run of any verb that closes; the rules of this command line are in force, not those of then
    #[arg(long, conflicts_with_all = ["at_least", "servers", "servers_from", "dag"])]
    pub resume: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub how: HowToClose,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// `mapisweep victims`
#[derive(Debug, Args)]
pub struct Victims {
    /// How far back to read
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub since: SomeTime,
    /// Go on as `close` does, for those at the limit of sessions: plan, confirm, close, verify
    ///
    /// Only where Exchange 2007 or 2010 runs, and only for who is one person to Exchange. What is not ended by closing
    /// connections, such as the sessions of Exchange's own services, is left alone
    #[arg(long)]
    pub close: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub how: HowToClose,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
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

/// `mapisweep login`
#[derive(Debug, Args)]
pub struct Login {
    /// Show whose passwords the keyring holds, and store none
    #[arg(long, conflicts_with = "no_verify")]
    pub list: bool,
    /// Store the password without trying it at a server or a KDC
    #[arg(long)]
    pub no_verify: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// `mapisweep helper`
#[derive(Debug, Subcommand)]
pub enum Helper {
    /// Print the SHA-256 of the helper
    Sha256,
    /// Write the helper to a file
    Export {
        /// The file to write
        file: PathBuf,
    },
}

/// Another copy of the helper.
#[derive(Debug, Args)]
pub struct HelperFile {
    /// Run this signed copy of the helper instead of the one built in
    #[arg(long = "helper", value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Which servers, and how to reach them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Servers")]
pub struct Servers {
    /// An Exchange server, with its port where that is not the usual one; may be repeated
    #[arg(short, long = "server", value_name = "NAME[:PORT]")]
    pub servers: Vec<ServerAddress>,
    /// Exchange servers from a file, or from standard input (-): one a line, NAME or NAME:PORT, comments after #
    #[arg(long, value_name = "FILE|-")]
    pub servers_from: Option<PathBuf>,
    /// Every member of this DAG
    #[arg(long, value_name = "NAME", value_parser = one_dag)]
    pub dag: Option<String>,
    /// Sign in to members of the DAG in this domain, too; may be repeated [default: the domains of the names given]
    #[arg(long, value_name = "DOMAIN")]
    pub allow_member_domain: Vec<String>,
    /// How to reach them [default: https where the port is 5986, otherwise http]
    #[arg(long, value_parser = transports(), value_name = "PROTOCOL")]
    pub transport: Option<Transport>,
    /// Where Exchange's cmdlets are asked [default: auto]
    #[arg(long, value_parser = exchange_endpoints(), value_name = "WHERE")]
    pub exchange_endpoint: Option<ExchangeEndpoint>,
    /// Trust the certificates in this PEM file instead of the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Trust the certificate with this SHA-256 for itself, whatever it says, and no other, with --transport https; may
    /// be repeated
    #[arg(long, value_name = "SHA256", conflicts_with = "ca_file")]
    pub pin: Vec<Pin>,
    /// Send the TCP connection for a server's WinRM, or for another port of it, elsewhere; may be repeated
    #[arg(long, value_name = "NAME[:PORT]=HOST:PORT")]
    pub connect_to: Vec<ConnectTo>,
    /// Reach the servers through this proxy, which looks up their names, or through none [default: none]
    ///
    /// http:// asks for a tunnel by CONNECT, also to port 5985; socks5:// by SOCKS. Nothing is forwarded request by
    /// request, for a sign-in belongs to one connection. The user may stand before the host (http://USER@HOST:PORT), the
    /// password in MAPISWEEP_PROXY_PASSWORD. HTTP_PROXY, HTTPS_PROXY and ALL_PROXY are not read
    #[arg(long, value_name = "URL")]
    pub proxy: Option<ProxyChoice>,
    /// How long to wait for a connection to a server [default: 15s]
    #[arg(long, value_name = "TIME")]
    pub timeout: Option<SomeTime>,
    /// How long a step on a server may take, such as signing in, reading the logons or closing [default: 5m]
    #[arg(long, value_name = "TIME")]
    pub step_timeout: Option<SomeTime>,
    /// How many servers are worked on at once [default: 32]
    #[arg(short, long, value_name = "N", value_parser = number_of_jobs)]
    pub jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub identity: Identity,
    /// Let no ticket in your name go to the servers; the Exchange snap-in will mostly fail without, and Exchange 2010's own
    /// endpoint is asked then
    #[arg(long, help_heading = SIGN_IN)]
    pub no_delegation: bool,
    /// The service that the servers' tickets are for: HTTP, host, WSMAN, HTTP/ex01:5985 [default: HTTP]
    #[arg(long, value_name = "SERVICE[/HOST[:PORT]]", help_heading = SIGN_IN)]
    pub spn: Option<ServiceName>,
    /// Do not bind a sign-in over HTTPS to its TLS channel, for a Kerberos library that cannot
    #[arg(long, help_heading = SIGN_IN)]
    pub no_channel_binding: bool,
}

/// What stands for standard input in the place of a file.
pub const STANDARD_INPUT: &str = "-";

impl Servers {
    /// Whether standard input holds something else than a person's answers.
    pub fn take_standard_input(&self) -> bool {
        let mut from = self.servers_from.iter();
        self.identity.password_stdin || from.any(|from| from.as_os_str() == STANDARD_INPUT)
    }
}

const SIGN_IN: &str = "Sign-in";

/// Who signs in.
#[derive(Debug, Args)]
#[command(next_help_heading = SIGN_IN)]
pub struct Identity {
    /// Who signs in: CORP\ann, ann@corp.example, or ann for a local account
    #[arg(
        short,
        long,
        value_name = "NAME",
        env = "MAPISWEEP_USER",
        hide_env_values = true
    )]
    pub user: Option<String>,
    /// Read the password from the first line of standard input (else: MAPISWEEP_PASSWORD, the keyring, a prompt)
    #[arg(long)]
    pub password_stdin: bool,
    /// How to sign in [default: auto]
    #[arg(long, value_parser = ways_to_sign_in(), value_name = "METHOD")]
    pub auth: Option<Method>,
    /// The Kerberos realm of who signs in (else: from the name, the system, the servers' names)
    #[arg(long, value_name = "REALM")]
    pub realm: Option<Realm>,
    /// A KDC (domain controller) of that realm, where DNS does not tell
    #[arg(long, value_name = "HOST[:PORT]")]
    pub kdc: Option<ServerAddress>,
}

/// What holds for every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Use this profile of the configuration file
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Read this configuration file [default: ~/.config/mapisweep/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to write the result
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
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

/// `-jsmith` reads as an option, too.
fn number_of_jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| match text.parse::<i64>() {
        Ok(_) => "it is no number above 0".to_owned(),
        Err(_) => format!(
            "it is no number above 0; a user whose name begins with a dash stands last, behind a --: -- -j{text}"
        ),
    })
}

fn above_none(text: &str) -> Result<NonZeroUsize, String> {
    text.parse()
        .map_err(|_| "it is no number above 0".to_owned())
}

fn one_dag(text: &str) -> Result<String, String> {
    one_person(text).map_err(|not_one| match not_one {
        NotAPerson::Pattern(wild) => format!("{wild:?} makes it a pattern; name one DAG"),
        NotAPerson::Empty => "it is empty; name one DAG".to_owned(),
        NotAPerson::Unseen(mark) => format!("it holds {mark}, which nobody sees; type it by hand"),
    })
}

fn number_of_sessions(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse();
    number.map_err(|_| "it is no number above 0".to_owned())
}

fn transports() -> impl TypedValueParser<Value = Transport> {
    let http = PossibleValue::new("http").help("Port 5985; every message is sealed");
    let https = PossibleValue::new("https").help(
        "Port 5986; the server's certificate is checked. Needs Windows Server 2016, or an ECDSA certificate: older \
         ones offer no TLS that is spoken here",
    );
    PossibleValuesParser::new([http, https]).try_map(|word| word.parse())
}

fn exchange_endpoints() -> impl TypedValueParser<Value = ExchangeEndpoint> {
    let auto = PossibleValue::new("auto").help(
        "By the snap-in on the plain endpoint; where that cannot reach Active Directory (second hop), or cannot be had, at \
         Exchange 2010's own",
    );
    let own = PossibleValue::new("own").help(
        "At Exchange 2010's own endpoint (/PowerShell/, ports 80 and 443) only: Kerberos, or Basic over HTTPS; no ticket in \
         your name goes to the server",
    );
    let snap_in = PossibleValue::new("snap-in").help("By the snap-in on the plain endpoint only");
    PossibleValuesParser::new([auto, own, snap_in]).try_map(|word| word.parse())
}

fn ways_to_sign_in() -> impl TypedValueParser<Value = Method> {
    let auto = PossibleValue::new("auto")
        .alias("negotiate")
        .help("Kerberos where a ticket can be had, otherwise NTLM; -v says which and why");
    let kerberos = PossibleValue::new("kerberos")
        .help("With a ticket that is there (kinit), or one for the password");
    let ntlm = PossibleValue::new("ntlm").help(
        "With the password; most Exchange cmdlets need Kerberos, for NTLM ends at the server",
    );
    let basic = PossibleValue::new("basic").help("The password itself, inside TLS; HTTPS only");
    PossibleValuesParser::new([auto, kerberos, ntlm, basic]).try_map(|word| word.parse())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_accepted() {
        for (line, accepted) in [
            ("logons --server ex01", true),
            ("logons jsmith --server ex01 --server ex02:15985", true),
            ("close jsmith --dag DAG1 --idle 2h --yes", true),
            (
                "close jsmith --server ex01 --all --max 5 --include-shared -n",
                true,
            ),
            ("-v close jsmith -s ex01 --format json", true),
            ("close jsmith --server ex01 --plan-age 10m", true),
            ("close jsmith --server ex01 --plan-age late", false),
            ("close --server ex01 -j 8 --yes -- -jsmith", true),
            ("close -jsmith --server ex01", false),
            ("close jsmith --server ex01 -j0", false),
            ("close --server ex01", false),
            ("close * --server ex01 --yes", false),
            ("close jsmith js*th --server ex01 --yes", false),
            ("close jsmit? --server ex01", false),
            ("close [jk]smith --server ex01", false),
            ("logons * --server ex01", false),
            ("close jsmith --server ex01 --all --idle 2h", false),
            ("close jsmith --server ex01 --idle soon", false),
            ("close jsmith --server http://ex01", false),
            ("connections --server ex01 -q -v", false),
            (
                "connections -s ex01 --process store --address 10.1.4.23 --address 10.1.8.0/24",
                true,
            ),
            ("connections -s ex01 --sort client --no-header", true),
            ("connections -s ex01 --sort sessions", false),
            ("connections -s ex01 --address jsmith-lt", false),
            ("connections -s ex01 --at-limit", false),
            ("connections -s ex01 --database DB1", false),
            ("logons -s ex01 --address 10.1.4.0/24 --database DB1", true),
            ("logons -s ex01 --at-limit --sort last-used", true),
            ("logons -s ex01 --sort pid", false),
            ("logons -s ex01 --address 10.1.4.0/33", false),
            ("logons -s ex01 --process store.exe", false),
            ("close jsmith -s ex01 --no-header", false),
            ("victims --server ex01", true),
            ("victims --server ex01 --since 2d --format csv", true),
            ("victims --server ex01 --close --yes --idle 2h", true),
            ("victims --server ex01 --since yesterday", false),
            ("victims jsmith --server ex01", false),
            ("victims --server ex01 --close --all --idle 2h", false),
            ("login --user ann", true),
            ("login --user ann --no-verify", true),
            ("login --user ann --server ex01 --auth ntlm", true),
            ("login --list --format json", true),
            ("login --list --no-verify", false),
            ("dag --server ex01", true),
            ("dag DAG1 --server ex01 --format csv", true),
            ("dag DAG1 --dag DAG2", false),
            ("dag DAG1 DAG2", false),
            ("logons --servers-from list.txt", true),
            ("logons --servers-from -", true),
            ("logons --exchange-endpoint own -s ex01", true),
            ("logons --exchange-endpoint plain -s ex01", false),
            ("logons --servers-from", false),
            ("helper sha256", true),
            ("helper export out.exe", true),
            ("helper", false),
            ("sweep --server ex01", true),
            ("sweep --dag DAG1 --at-least 20 --yes --canary 2", true),
            ("sweep --servers-from list.txt --max-people 10 -n", true),
            ("sweep --server ex01 --max-connections 100 --idle 2h", true),
            ("sweep --resume --yes", true),
            ("sweep jsmith --server ex01", false),
            ("sweep --server ex01 --at-least 0", false),
            ("sweep --server ex01 --canary 0", false),
            ("sweep --resume --server ex01", false),
            ("sweep --resume --dag DAG1", false),
            ("sweep --resume --at-least 20", false),
        ] {
            let words = std::iter::once("mapisweep").chain(line.split_whitespace());
            assert_eq!(Cli::try_parse_from(words).is_ok(), accepted, "{line}");
        }
    }
}
