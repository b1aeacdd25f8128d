//! Which servers, how to reach them, and who signs in.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{
    Args, ValueHint,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use mapisweep_core::config::{
    ConnectTo, Domain, ExchangeEndpoint, InvalidValue, Pin, ProxyChoice, Realm, ServerAddress,
    SomeTime, Transport,
};
use mapisweep_winrm::auth::{Method, ServiceName};

use super::one_dag;

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

/// Which servers, and how to reach them.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Servers")]
pub struct Servers {
    /// An Exchange server, with its port where that is not the usual one; may be repeated (else: MAPISWEEP_SERVER, the
    /// profile)
    #[arg(short, long = "server", value_name = "NAME[:PORT]", value_parser = one_server)]
    pub servers: Vec<ServerAddress>,
    /// Exchange servers from a file, or from standard input (-): one a line, NAME or NAME:PORT, comments after #
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub servers_from: Option<PathBuf>,
    /// Every member of this DAG
    #[arg(long, value_name = "NAME", value_parser = one_dag)]
    pub dag: Option<String>,
    /// Sign in to members of the DAG in this domain, too; may be repeated [default: the domains of the names given]
    #[arg(long, value_name = "DOMAIN")]
    pub allow_member_domain: Vec<Domain>,
    /// How to reach them [default: https where the port is 5986, otherwise http]
    #[arg(long, value_parser = transports(), value_name = "PROTOCOL")]
    pub transport: Option<Transport>,
    /// Where Exchange's cmdlets are asked [default: auto]
    #[arg(long, value_parser = exchange_endpoints(), value_name = "WHERE")]
    pub exchange_endpoint: Option<ExchangeEndpoint>,
    /// Trust the certificates in this PEM file instead of the system's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
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
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub timeout: Option<SomeTime>,
    /// How long a step on a server may take, such as signing in, reading the logons or closing [default: 5m]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub step_timeout: Option<SomeTime>,
    /// How many servers are worked on at once [default: 32]
    #[arg(short, long, value_name = "N", allow_hyphen_values = true, value_parser = number_of_jobs)]
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

/// A server; that several are named one by one is said to who names them together.
fn one_server(text: &str) -> Result<ServerAddress, String> {
    text.parse()
        .map_err(|error: InvalidValue| match text.contains([',', ';', ' ']) {
            true => format!("{error}; for several, repeat --server"),
            false => error.to_string(),
        })
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

/// The environment variable that may name who signs in.
pub const USER_VARIABLE: &str = "MAPISWEEP_USER";

/// Who signs in.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = SIGN_IN)]
pub struct Identity {
    /// Who signs in, not whose sessions are meant: CORP\ann, ann@corp.example, or ann for a local account
    #[arg(
        short,
        long,
        value_name = "NAME",
        env = USER_VARIABLE,
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

/// `-jsmith` reads as an option, too.
fn number_of_jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| match text.parse::<i64>() {
        Ok(_) => "it is no number above 0".to_owned(),
        Err(_) => format!(
            "it is no number above 0; a user whose name begins with a dash stands last, behind a --: -- -j{text}"
        ),
    })
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
