//! The configuration file, `~/.config/mapisweep/config.toml`: profiles, protected addresses, defaults.
//!
//! ```toml
//! jobs = 8                      # servers worked on at once
//! idle = "15m"                  # a client that did something within this time is at work and is kept
//!
//! [profile.default]             # used where no --profile is given
//! servers = ["ex01", "ex02"]
//! user = 'CORP\ann'
//!
//! [profile.branch]
//! dag = "DAG1"
//! transport = "https"
//! ca-file = "/etc/ssl/corp-ca.pem"
//!
//! [[protect]]                   # never closed, whatever the flags
//! network = "10.1.8.0/24"
//! reason = "load balancers"
//!
//! [connect-to]                  # the TCP connection for a name goes elsewhere, as with --connect-to
//! ex01 = "127.0.0.1:15985"
//! ```

use std::{
    collections::BTreeMap,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use etcetera::{BaseStrategy, base_strategy::Xdg};
use serde::Deserialize;

pub mod value;

pub use value::{ConnectTo, HostPort, HumanDuration, InvalidValue, Network, ServerAddress};

/// The most bytes that the file may have: thousands of servers and networks.
pub const MAX_SIZE: u64 = 1 << 20;

/// Everything the file may say.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// How many servers are worked on at once.
    pub jobs: Option<std::num::NonZeroUsize>,
    /// The idle limit.
    pub idle: Option<HumanDuration>,
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
    /// A DAG whose members are meant, as with `--dag`.
    pub dag: Option<String>,
    /// Who signs in: `CORP\ann`, `ann@corp.example` or `ann`.
    pub user: Option<String>,
    /// How to sign in.
    pub auth: Option<SignIn>,
    /// HTTP or HTTPS.
    pub transport: Option<Transport>,
    /// The certificates to trust instead of the system's, in PEM.
    pub ca_file: Option<PathBuf>,
}

/// How to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SignIn {
    /// NTLM, under `Negotiate` or `NTLM` as the server offers; over HTTP every message is sealed
    #[default]
    #[serde(alias = "ntlm")]
    #[value(alias = "ntlm")]
    Negotiate,
    /// The password itself, inside TLS; HTTPS only
    Basic,
}

/// HTTP or HTTPS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
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

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file exists but cannot be read, or was asked for and does not exist.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file has more than [`MAX_SIZE`] bytes.
    #[error("{path} has more than {MAX_SIZE} bytes, so it is not a configuration")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is not as described above; the source names line and column.
    #[error("{path} is not a valid configuration")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// `--profile` names one that is not there.
    #[error("no profile is named {name:?}")]
    NoSuchProfile {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
}

impl Config {
    /// Reads `path`, or the usual file where none is given; that one need not exist.
    pub fn load(path: Option<&Path>) -> Result<Self, Error> {
        let (path, required) = match path {
            Some(path) => (path.to_owned(), true),
            None => match default_path() {
                Some(path) => (path, false),
                None => return Ok(Self::default()),
            },
        };
        match read(&path) {
            Ok(text) if text.len() as u64 > MAX_SIZE => Err(Error::TooLarge { path }),
            Ok(text) => toml::from_str(&text).map_err(|error| Error::Parse {
                path,
                source: Box::new(error),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !required => {
                Ok(Self::default())
            }
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// The profile of this name; where none is asked for, the one named `default` or an empty one.
    pub fn profile(&self, name: Option<&str>) -> Result<Profile, Error> {
        match (self.profiles.get(name.unwrap_or("default")), name) {
            (Some(profile), _) => Ok(profile.clone()),
            (None, None) => Ok(Profile::default()),
            (None, Some(name)) => Err(Error::NoSuchProfile {
                name: name.to_owned(),
                known: self.profiles.keys().cloned().collect(),
            }),
        }
    }
}

/// The text of a file, and no more of it than tells that it is too large: `--config` may name a device.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MAX_SIZE + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// `config.toml` in the XDG configuration directory, on every system; `None` where there is no home directory.
pub fn default_path() -> Option<PathBuf> {
    let directories = Xdg::new().ok()?;
    Some(
        directories
            .config_dir()
            .join("mapisweep")
            .join("config.toml"),
    )
}

/// mapisweep's directory in the XDG state directory, on every system; `None` where there is no home directory.
pub fn state_dir() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.state_dir()?.join("mapisweep"))
}

#[cfg(test)]
mod tests;
