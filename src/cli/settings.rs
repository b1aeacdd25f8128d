//! What holds for one run: the command line first, then the profile, then the configuration file, then defaults.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    args::{Global, HowToClose, Identity, STANDARD_INPUT, Servers},
    error::CommandError,
    server_list,
};
use crate::{
    config,
    credentials::{Account, remembered},
    kerberos::{RealmFrom, Wishes, realm_named_by},
    servers::{Patience, is_same_name, may_be_same_server},
};
use mapisweep_core::{
    config::{
        Config, ConnectTo, ExchangeEndpoint, HostPort, Pin, Profile, Proxy, ProxyChoice,
        ServerAddress, Transport,
    },
    plan::{Policy, Protected},
};
use mapisweep_winrm::{
    auth::{Method, ServiceName, UserName},
    endpoint::Scheme,
};

/// A server that is up answers in milliseconds; a packet or two may be lost on the way.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

/// The longest step, `Get-LogonStatistics` on a server that is overloaded, takes a minute or two.
const DEFAULT_STEP_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// More servers at once would not be faster: each is mostly waited for, and a laptop's link is narrow.
const DEFAULT_JOBS: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// The configuration file and the profile chosen in it.
pub struct Settings {
    config: Config,
    profile: Profile,
    /// What the profile is called, where one was asked for.
    profile_name: Option<String>,
}

/// Which servers, and how to reach them.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The servers named, each once.
    pub servers: Vec<ServerAddress>,
    /// The DAG whose members are meant besides.
    pub dag: Option<String>,
    /// Domains besides those of the names, in which members of a DAG may be.
    pub member_domains: Vec<String>,
    /// HTTP or HTTPS, where that is said; see [`Selection::transport_to`].
    transport: Option<Transport>,
    /// Where Exchange's cmdlets are asked.
    pub exchange_endpoint: ExchangeEndpoint,
    /// The service that is signed in to.
    pub service: ServiceName,
    /// Whether a ticket may go along to the servers.
    pub delegation: bool,
    /// Whether a sign-in over HTTPS is bound to its TLS channel.
    pub channel_binding: bool,
    /// Whose certificates are trusted.
    pub trusted: Trusted,
    /// The proxy that they are reached through.
    pub proxy: Option<Proxy>,
    /// How many servers are worked on at once.
    pub jobs: NonZeroUsize,
    /// How long to wait for a connection to a server.
    pub timeout: Duration,
    /// How long a step on a server may take.
    pub step_timeout: Duration,
    /// Where the TCP connections for some names really go.
    connect_to: Vec<ConnectTo>,
}

/// Whose certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// The operating system's.
    System,
    /// Those in a file and no others.
    File(PathBuf),
    /// These, for themselves, and no others.
    Pins(Vec<Pin>),
}

/// Who is to sign in, and where the name came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub user: UserName,
    /// Where it came from.
    pub by: NamedBy,
}

/// Where a user's name came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// `--user` or `MAPISWEEP_USER`.
    CommandLine,
    /// The profile.
    Profile,
    /// The last `mapisweep login`.
    Login,
    /// The default ticket, where nobody is named.
    Ticket,
}

impl Settings {
    /// Reads the configuration file.
    pub fn load(global: &Global) -> Result<Self, CommandError> {
        let config = config::load(global.config.as_deref())?;
        let profile = config.profile(global.profile.as_deref())?;
        Ok(Self {
            config,
            profile,
            profile_name: global.profile.clone(),
        })
    }

    /// Which servers are meant. Servers or a DAG on the command line replace those of the profile.
    pub fn selection(&self, args: &Servers) -> Result<Selection, CommandError> {
        self.selection_if_any(args)?.ok_or_else(|| {
            CommandError::usage(
                "no server is named",
                "Give --server NAME or --dag NAME, or put servers into a profile of the configuration file.",
            )
        })
    }

    /// These servers, whatever the profile names.
    pub fn selection_of(
        &self,
        args: &Servers,
        servers: Vec<ServerAddress>,
    ) -> Result<Option<Selection>, CommandError> {
        self.selected(args, servers, None)
    }

    /// Who may be asked about a DAG, or about all: the servers named; where none is, the DAG by its own name, which leads
    /// to one of its members.
    pub fn selection_to_ask(
        &self,
        args: &Servers,
        dag: Option<&str>,
    ) -> Result<Selection, CommandError> {
        let (named, usual) = self.named(args)?;
        let dag = dag
            .map(str::to_owned)
            .or(usual)
            .filter(|_| named.is_empty());
        let selection = self.selected(args, named, dag)?;
        selection.ok_or_else(|| {
            CommandError::usage(
                "no server is named",
                "Give --server NAME, the name of a DAG, or put servers into a profile of the configuration file.",
            )
        })
    }

    /// The same for who can do without.
    pub fn selection_if_any(&self, args: &Servers) -> Result<Option<Selection>, CommandError> {
        let (named, dag) = self.named(args)?;
        self.selected(args, named, dag)
    }

    /// The servers and the DAG that are named on the command line; where none is, those of the profile.
    fn named(&self, args: &Servers) -> Result<(Vec<ServerAddress>, Option<String>), CommandError> {
        let profile = &self.profile;
        let is_here = !args.servers.is_empty() || args.servers_from.is_some() || args.dag.is_some();
        let (servers, more, dag) = match is_here {
            true => {
                let from = args.servers_from.as_deref();
                let more = from.map(|from| servers_from(from, args.identity.password_stdin));
                (&args.servers, more, &args.dag)
            }
            false => {
                let from = profile.servers_from.as_deref();
                (
                    &profile.servers,
                    from.map(server_list::in_file),
                    &profile.dag,
                )
            }
        };
        let more = more.transpose()?.unwrap_or_default();
        Ok(([&servers[..], &more].concat(), dag.clone()))
    }

    fn selected(
        &self,
        args: &Servers,
        named: Vec<ServerAddress>,
        dag: Option<String>,
    ) -> Result<Option<Selection>, CommandError> {
        let profile = &self.profile;
        if named.is_empty() && dag.is_none() {
            return Ok(None);
        }
        let mut servers: Vec<ServerAddress> = Vec::new();
        for server in named {
            let is_new = |known: &ServerAddress| {
                known.port != server.port || !is_same_name(&known.host, &server.host)
            };
            if servers.iter().all(is_new) {
                servers.push(server);
            }
        }
        let configured = self.config.connect_to.iter().filter_map(|(name, target)| {
            let ServerAddress { host, port } = name.parse().ok()?;
            let target = target.clone();
            Some(ConnectTo {
                name: host,
                port,
                target,
            })
        });
        let proxy = [&args.proxy, &profile.proxy, &self.config.proxy];
        let proxy = proxy.into_iter().flatten().next();
        let trusted = trusted(&args.pin, &args.ca_file)
            .or_else(|| trusted(&profile.pin, &profile.ca_file))
            .unwrap_or(Trusted::System);
        let transport = args.transport.or(profile.transport);
        let is_plain = |port| transport_to(transport, port) == Transport::Http;
        let any_is_plain =
            dag.is_some() && is_plain(None) || servers.iter().any(|server| is_plain(server.port));
        if matches!(trusted, Trusted::Pins(_)) && any_is_plain {
            return Err(CommandError::usage(
                "a certificate is pinned, and plain HTTP shows none",
                "Add --transport https, or `transport = \"https\"` to the profile; or leave out the pin.",
            ));
        }
        Ok(Some(Selection {
            servers,
            dag,
            member_domains: [&args.allow_member_domain[..], &profile.member_domains].concat(),
            transport,
            exchange_endpoint: args
                .exchange_endpoint
                .or(profile.exchange_endpoint)
                .unwrap_or_default(),
            service: args
                .spn
                .clone()
                .or_else(|| profile.spn.clone())
                .unwrap_or_default(),
            delegation: !args.no_delegation && profile.delegation.unwrap_or(true),
            channel_binding: !args.no_channel_binding && profile.channel_binding.unwrap_or(true),
            trusted,
            proxy: proxy.map_or(Ok(None), ProxyChoice::proxy)?.cloned(),
            timeout: self.timeout(args),
            step_timeout: self.step_timeout(args),
            jobs: args.jobs.or(self.config.jobs).unwrap_or(DEFAULT_JOBS),
            connect_to: args.connect_to.iter().cloned().chain(configured).collect(),
        }))
    }

    /// How long to wait for a connection.
    pub fn timeout(&self, args: &Servers) -> Duration {
        let timeout = args.timeout.or(self.config.timeout);
        timeout.map_or(DEFAULT_TIMEOUT, |timeout| timeout.0)
    }

    fn step_timeout(&self, args: &Servers) -> Duration {
        let timeout = args.step_timeout.or(self.config.step_timeout);
        timeout.map_or(DEFAULT_STEP_TIMEOUT, |timeout| timeout.0)
    }

    /// The servers of the profile, and its DAG.
    pub fn usual_hosts(&self) -> Vec<&str> {
        let servers = self
            .profile
            .servers
            .iter()
            .map(|server| server.host.as_str());
        servers.chain(self.profile.dag.as_deref()).collect()
    }

    /// Who is to sign in, if anybody is named anywhere.
    pub fn user(&self, args: &Identity) -> Result<Option<Named>, CommandError> {
        let last_login = || {
            let state_dir = config::state_dir()?;
            remembered::load(&state_dir).ok().flatten()
        };
        let here = args.user.clone().map(|user| (user, NamedBy::CommandLine));
        let named = here
            .or_else(|| Some((self.profile.user.clone()?, NamedBy::Profile)))
            .or_else(|| Some((last_login()?, NamedBy::Login)));
        let Some((text, by)) = named else {
            return Ok(None);
        };
        let user = UserName::parse(&text).map_err(|error| CommandError::bad_user(&text, error))?;
        Ok(Some(Named { user, by }))
    }

    /// Who is to sign in; somebody must.
    pub fn required_user(&self, args: &Identity) -> Result<UserName, CommandError> {
        match self.user(args)? {
            Some(named) => Ok(named.user),
            None => Err(CommandError::usage(
                "nobody is named who signs in",
                r"Give --user 'CORP\ann', or set MAPISWEEP_USER.",
            )),
        }
    }

    /// Whose password the keyring is asked for: the profile's own goes before the plain one.
    pub fn account(&self, user: &UserName) -> Account {
        Account {
            user: user.to_string(),
            profile: self.profile_name.clone(),
        }
    }

    /// How to sign in.
    pub fn method(&self, args: &Identity) -> Method {
        args.auth.or(self.profile.auth).unwrap_or_default()
    }

    /// What is wished of Kerberos, and where its realm came from.
    pub fn kerberos(&self, args: &Identity) -> Result<(Wishes, RealmFrom), CommandError> {
        let (realm, from) = match &args.realm {
            Some(realm) => (Some(realm.clone()), RealmFrom::Flag),
            None => (self.profile.realm.clone(), RealmFrom::Profile),
        };
        let user = self.user(args)?.map(|named| named.user);
        let wishes = Wishes {
            realm,
            kdc: args.kdc.clone().or_else(|| self.profile.kdc.clone()),
            named: user.as_ref().and_then(realm_named_by),
        };
        Ok((wishes, from))
    }

    /// The rules that the plan obeys.
    pub fn policy(&self, args: &HowToClose) -> Policy {
        let usual = Policy::default();
        let idle = args.idle.or(self.config.idle);
        let protected = self.config.protect.iter().map(|rule| Protected {
            network: rule.network.0,
            reason: rule.reason.clone(),
        });
        Policy {
            idle: idle.map_or(usual.idle, |idle| idle.0),
            close_in_use: args.all,
            close_shared: args.include_shared,
            max_connections: args.max.unwrap_or(usual.max_connections),
            protected: protected.collect(),
            dead_servers: args.dead_server.clone(),
            match_names: args.match_names,
            ..usual
        }
    }
}

impl Selection {
    /// How long to wait on a server.
    pub fn patience(&self) -> Patience {
        Patience {
            connecting: self.timeout,
            step: self.step_timeout,
        }
    }

    /// The servers named, and the DAG.
    pub fn hosts(&self) -> Vec<&str> {
        let servers = self.servers.iter().map(|server| server.host.as_str());
        servers.chain(self.dag.as_deref()).collect()
    }

    /// Whether the admin has named this very server, be it only to say where it is reached.
    pub fn names(&self, host: &str) -> bool {
        let is_it = |server: &ServerAddress| is_same_name(&server.host, host);
        self.servers.iter().any(is_it) || self.connect_to(host).is_some()
    }

    /// How a server is reached.
    pub fn transport_to(&self, address: &ServerAddress) -> Transport {
        transport_to(self.transport, address.port)
    }

    /// Where the TCP connection for a server's WinRM really goes, if elsewhere. The command line decides before the file.
    pub fn connect_to(&self, host: &str) -> Option<&HostPort> {
        self.connects(host, None)
    }

    /// The same for another port of it; where nothing is said of that port, it is sought where WinRM's connection goes.
    pub fn connect_to_port(&self, host: &str, port: u16) -> Option<HostPort> {
        let own = self.connects(host, Some(port)).cloned();
        own.or_else(|| {
            let host = self.connect_to(host)?.host.clone();
            Some(HostPort { host, port })
        })
    }

    fn connects(&self, host: &str, port: Option<u16>) -> Option<&HostPort> {
        let exact = |rule: &&ConnectTo| rule.port == port && is_same_name(&rule.name, host);
        let same = |rule: &&ConnectTo| rule.port == port && may_be_same_server(&rule.name, host);
        let found = self.connect_to.iter().find(exact);
        found
            .or_else(|| self.connect_to.iter().find(same))
            .map(|rule| &rule.target)
    }
}

/// As it is said; else the port says it that is WinRM's for HTTPS and nothing else.
fn transport_to(said: Option<Transport>, port: Option<u16>) -> Transport {
    let https = Scheme::Https.default_port();
    said.unwrap_or(match port {
        Some(port) if port == https => Transport::Https,
        _ => Transport::default(),
    })
}

/// Those of a file, or of standard input, which holds one thing only.
fn servers_from(from: &Path, password_stdin: bool) -> Result<Vec<ServerAddress>, CommandError> {
    match from.as_os_str() == STANDARD_INPUT {
        true if password_stdin => Err(CommandError::usage(
            "standard input cannot hold both the password and the servers",
            "Leave --password-stdin away and set MAPISWEEP_PASSWORD, or give --servers-from a file.",
        )),
        true => server_list::on_standard_input(),
        false => server_list::in_file(from),
    }
}

/// Pins say more than a file: with both in a profile, the file is for whoever has no pin yet.
fn trusted(pins: &[Pin], file: &Option<PathBuf>) -> Option<Trusted> {
    match (pins, file) {
        ([], file) => file.clone().map(Trusted::File),
        (pins, _) => Some(Trusted::Pins(pins.to_vec())),
    }
}

#[cfg(test)]
pub(super) mod tests;
