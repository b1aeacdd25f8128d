//! What the configuration file may say: profiles, protected addresses, defaults. Whoever reads the file does so
//! elsewhere.
//!
//! ```toml
//! jobs = 32                     # servers worked on at once
//! timeout = "15s"               # how long to wait for a connection to one
//! step-timeout = "5m"           # how long a step on one may take
//! proxy = "http://proxy:3128"   # or socks5://; every server is reached through it
//! idle = "15m"                  # a client that did something within this time is at work and is kept
//! max = 100                     # an address with more connections is a gateway, no client
//! helper = "/opt/mapisweep/helper-signed.exe"   # a signed copy of the helper, instead of the one built in
//!
//! [profile.default]             # used where no --profile is given
//! servers = ["ex01", "ex02"]
//! user = 'CORP\ann'
//!
//! [profile.branch]
//! dag = "DAG1"
//! member-domains = ["branch.example"]   # where its members may be, besides the domains of the names given
//! realm = "BRANCH.EXAMPLE"
//! kdc = "dc1.branch.example"
//! transport = "https"
//! ca-file = "/etc/ssl/corp-ca.pem"
//!
//! [profile.everywhere]
//! servers-from = "/etc/exchange-servers"   # one a line
//!
//! [profile.self-signed]
//! servers = ["ex03"]
//! transport = "https"
//! proxy = "none"
//! exchange-endpoint = "snap-in"            # or "own", "auto"
//! pin = ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]
//!
//! [[protect]]                   # never closed, whatever the flags
//! network = "10.1.8.0/24"
//! reason = "load balancers"
//!
//! [connect-to]                  # the TCP connection for a name goes elsewhere, as with --connect-to
//! ex01 = "127.0.0.1:15985"
//! ```

use std::{collections::BTreeMap, path::PathBuf, str::FromStr};

use mapisweep_winrm::auth::{Method, ServiceName};
use serde::Deserialize;

use crate::text::visible;

mod domain;
mod exchange_endpoint;
mod pin;
mod proxy;
mod realm;
mod server_list;
pub mod value;

pub use domain::Domain;
pub use exchange_endpoint::ExchangeEndpoint;
pub use pin::Pin;
pub use proxy::{BadProxy, Proxy, ProxyChoice, ProxyProtocol};
pub use realm::Realm;
pub use server_list::{BadLine, server_list};
pub use value::{
    ConnectTo, HostPort, HumanDuration, InvalidValue, Network, ServerAddress, SomeTime,
};

/// Everything the file may say.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// How many servers are worked on at once.
    pub jobs: Option<std::num::NonZeroUsize>,
    /// How long to wait for a connection to a server.
    pub timeout: Option<SomeTime>,
    /// How long a step on a server may take.
    pub step_timeout: Option<SomeTime>,
    /// The proxy that servers are reached through.
    pub proxy: Option<ProxyChoice>,
    /// The idle limit.
    pub idle: Option<HumanDuration>,
    /// The most connections of one address that are closed, as with `--max`.
    pub max: Option<std::num::NonZeroUsize>,
    /// A signed copy of the helper, as with `--helper`.
    pub helper: Option<PathBuf>,
    /// Named sets of servers and how to sign in there.
    #[serde(default, rename = "profile")]
    pub profiles: BTreeMap<String, Profile>,
    /// Networks that are never closed.
    #[serde(default)]
    pub protect: Vec<Protect>,
    /// Where the TCP connection for a server's name really goes, as `host:port`.
    #[serde(default)]
    pub connect_to: BTreeMap<String, HostPort>,
}

/// A named set of servers and how to sign in there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Servers, as with `--server`.
    #[serde(default)]
    pub servers: Vec<ServerAddress>,
    /// A file with more of them, as with `--servers-from`.
    pub servers_from: Option<PathBuf>,
    /// A DAG whose members are meant, as with `--dag`.
    pub dag: Option<String>,
    /// Domains in which members of a DAG may be, besides those of the servers' names.
    #[serde(default)]
    pub member_domains: Vec<Domain>,
    /// Who signs in: `CORP\ann`, `ann@corp.example` or `ann`.
    pub user: Option<String>,
    /// How to sign in.
    pub auth: Option<Method>,
    /// The Kerberos realm of who signs in.
    pub realm: Option<Realm>,
    /// A KDC of that realm.
    pub kdc: Option<ServerAddress>,
    /// The service that the servers' tickets are for.
    pub spn: Option<ServiceName>,
    /// Whether a ticket goes along to the servers, for Exchange's cmdlets.
    pub delegation: Option<bool>,
    /// Whether a sign-in over HTTPS is bound to its TLS channel.
    pub channel_binding: Option<bool>,
    /// Where Exchange's cmdlets are asked.
    pub exchange_endpoint: Option<ExchangeEndpoint>,
    /// HTTP or HTTPS.
    pub transport: Option<Transport>,
    /// The certificates to trust instead of the system's, in PEM.
    pub ca_file: Option<PathBuf>,
    /// The servers' own certificates, trusted for themselves instead of by their issuer.
    #[serde(default)]
    pub pin: Vec<Pin>,
    /// The proxy that these servers are reached through, or none.
    pub proxy: Option<ProxyChoice>,
}

/// HTTP or HTTPS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Port 5985; every message is sealed
    #[default]
    Http,
    /// Port 5986; the server's certificate is checked
    Https,
}

/// A network that is never closed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protect {
    /// One address or a network in CIDR notation.
    pub network: Network,
    /// Shown with the refusal.
    #[serde(default)]
    pub reason: String,
}

/// `--profile` names one that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no profile is named \"{}\"", visible(.name))]
pub struct NoSuchProfile {
    /// The name asked for.
    pub name: String,
    /// The names there are.
    pub known: Vec<String>,
}

impl FromStr for Transport {
    type Err = InvalidValue;

    fn from_str(word: &str) -> Result<Self, InvalidValue> {
        match word {
            "http" => Ok(Self::Http),
            "https" => Ok(Self::Https),
            other => Err(value::invalid(other, "http or https")),
        }
    }
}

impl Profile {
    /// What a profile may say.
    pub const KEYS: [&str; 16] = [
        "servers",
        "servers-from",
        "dag",
        "member-domains",
        "user",
        "auth",
        "realm",
        "kdc",
        "spn",
        "delegation",
        "channel-binding",
        "exchange-endpoint",
        "transport",
        "ca-file",
        "pin",
        "proxy",
    ];
}

impl Protect {
    /// What a network that is never closed may say.
    pub const KEYS: [&str; 2] = ["network", "reason"];
}

impl Config {
    /// What the file may say outside of profiles.
    pub const KEYS: [&str; 10] = [
        "jobs",
        "timeout",
        "step-timeout",
        "proxy",
        "idle",
        "max",
        "helper",
        "profile",
        "protect",
        "connect-to",
    ];

    /// The profile of this name; where none is asked for, the one named `default` or an empty one.
    pub fn profile(&self, name: Option<&str>) -> Result<Profile, NoSuchProfile> {
        match (self.profiles.get(name.unwrap_or("default")), name) {
            (Some(profile), _) => Ok(profile.clone()),
            (None, None) => Ok(Profile::default()),
            (None, Some(name)) => Err(NoSuchProfile {
                name: name.to_owned(),
                known: self.profiles.keys().cloned().collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
