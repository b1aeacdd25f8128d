//! What holds for one run: the command line first, then environment variables, then the profile, then the configuration
//! file, then defaults.

mod choices;
mod held;
mod shown;

use std::{
    ffi::OsString,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::{held::Origin, shown::Setting};
use super::{
    advice::Advice,
    args::{
        ByVariable, CONFIG_VARIABLE, Global, HelperFile, HowToClose, Identity, PROFILE_VARIABLE,
        STANDARD_INPUT, Servers, USER_VARIABLE, one_dag,
    },
    error::CommandError,
    peers, server_list,
    text::quoted,
};
use crate::{
    config, connection,
    credentials::{Account, remembered},
    kerberos::{RealmFrom, Wishes, realm_named_by},
    servers::{Patience, is_same_name, may_be_same_server},
};
use mapisweep_core::{
    config::{
        Config, ConnectTo, ExchangeEndpoint, HostPort, Pin, Profile, Proxy, ServerAddress,
        Transport,
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
    /// What `MAPISWEEP_SERVER` says; empty where it is not set.
    servers_variable: String,
    /// What came from the environment, though it looks as if it stood on the command line.
    by_variable: ByVariable,
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
    /// `--user`.
    CommandLine,
    /// `MAPISWEEP_USER`.
    Variable,
    /// The profile.
    Profile,
    /// The last `mapisweep login`.
    Login,
    /// The default ticket, where nobody is named.
    Ticket,
}

impl Settings {
    /// Reads the configuration file.
    pub fn load(global: &Global, by_variable: ByVariable) -> Result<Self, CommandError> {
        let config = config::load(by_variable.config_file(global))?;
        let name = by_variable.profile_name(global);
        let profile = config.profile(name)?;
        let servers = std::env::var_os(choices::SERVER_VARIABLE).unwrap_or_default();
        Ok(Self {
            config,
            profile,
            profile_name: name.map(str::to_owned),
            servers_variable: servers.to_string_lossy().into_owned(),
            by_variable,
        })
    }

    /// The variables that are in force beside a command line about these servers, as they are set. Those that hold passwords
    /// are not among them.
    pub fn variables(&self, servers: &Servers) -> Vec<(&'static str, OsString)> {
        let names_servers =
            !servers.servers.is_empty() || servers.servers_from.is_some() || servers.dag.is_some();
        let by_variable = self.by_variable;
        let variables = [
            (PROFILE_VARIABLE, by_variable.profile),
            (CONFIG_VARIABLE, by_variable.config),
            (USER_VARIABLE, by_variable.user),
            (choices::SERVER_VARIABLE, !names_servers),
        ];
        let in_force = variables
            .into_iter()
            .filter(|(_, is_in_force)| *is_in_force);
        let set = in_force.filter_map(|(name, _)| Some((name, std::env::var_os(name)?)));
        set.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// Of this file and one of its profiles, or none, whatever the surroundings say.
    pub fn of(config: &Config, name: Option<&str>) -> Self {
        let profile = name.and_then(|name| config.profiles.get(name));
        Self {
            config: config.clone(),
            profile: profile.cloned().unwrap_or_default(),
            profile_name: name.map(str::to_owned),
            servers_variable: String::new(),
            by_variable: ByVariable::default(),
        }
    }

    /// All that would end a run that says nothing else: names, files that are named, and what does not go together.
    pub fn mistakes(&self) -> Vec<Advice> {
        let args = Servers::default();
        let user = self.profile.user.as_ref().and_then(|user| {
            let parsed = UserName::parse(user);
            parsed
                .err()
                .map(|error| CommandError::bad_user(user, error))
        });
        // where the list of servers cannot be read, the others still say how they are reached
        let (named, no_list) = match self.named(&args) {
            Ok(named) => (named.value, None),
            Err(error) => (self.named_without_list(), Some(error)),
        };
        let in_clear = match self.any_is_plain(&args, &named.servers, named.dag.as_deref()) {
            true => [self.pin_in_clear(&args), self.basic_in_clear(&args)],
            false => [None, None],
        };
        let found = [
            user,
            no_list,
            named.dag.as_deref().and_then(no_dag),
            peers::trust(&self.trusted_from(&args).value).err(),
            self.proxy_from(&args).err(),
        ];
        let found = found.into_iter().chain(in_clear).flatten();
        found.map(|error| error.advice).collect()
    }

    /// The names of all profiles.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.config.profiles.keys().map(String::as_str)
    }

    /// Which servers are meant. Servers or a DAG on the command line replace those of the profile.
    pub fn selection(&self, args: &Servers) -> Result<Selection, CommandError> {
        self.selection_if_any(args)?.ok_or_else(|| {
            CommandError::usage(
                "no server is named",
                "Give --server NAME or --dag NAME, set MAPISWEEP_SERVER, or put servers into a profile of the configuration file.",
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
        let named = self.named(args)?.value;
        let dag = dag
            .map(str::to_owned)
            .or(named.dag)
            .filter(|_| named.servers.is_empty());
        let selection = self.selected(args, named.servers, dag)?;
        selection.ok_or_else(|| {
            CommandError::usage(
                "no server is named",
                "Give --server NAME, the name of a DAG, or put servers into a profile of the configuration file.",
            )
        })
    }

    /// The same for who can do without.
    pub fn selection_if_any(&self, args: &Servers) -> Result<Option<Selection>, CommandError> {
        let named = self.named(args)?.value;
        self.selected(args, named.servers, named.dag)
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
        if let Some(error) = dag.as_deref().and_then(no_dag) {
            return Err(error);
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
        if self.any_is_plain(args, &servers, dag.as_deref())
            && let Some(error) = self.pin_in_clear(args)
        {
            return Err(error);
        }
        Ok(Some(Selection {
            servers,
            dag,
            member_domains: args
                .allow_member_domain
                .iter()
                .chain(&profile.member_domains)
                .map(ToString::to_string)
                .collect(),
            transport: self.transport_from(args).map(|held| held.value),
            exchange_endpoint: self.exchange_endpoint_from(args).value,
            service: self.service_from(args).value,
            delegation: self.delegation_from(args).value,
            channel_binding: self.channel_binding_from(args).value,
            trusted: self.trusted_from(args).value,
            proxy: self.proxy_from(args)?.value,
            timeout: self.timeout(args),
            step_timeout: self.step_timeout_from(args).value,
            jobs: self.jobs_from(args).value,
            connect_to: self
                .connect_to_from(args)
                .into_iter()
                .map(|held| held.value)
                .collect(),
        }))
    }

    /// Whether any of these is reached by plain HTTP. Where nobody is named that is known only if the transport is said.
    fn any_is_plain(&self, args: &Servers, servers: &[ServerAddress], dag: Option<&str>) -> bool {
        let transport = self.transport_from(args).map(|held| held.value);
        let is_plain = |port| transport_to(transport, port) == Transport::Http;
        match (servers, dag) {
            ([], None) => transport == Some(Transport::Http),
            (servers, dag) => {
                dag.is_some() && is_plain(None)
                    || servers.iter().any(|server| is_plain(server.port))
            }
        }
    }

    fn pin_in_clear(&self, args: &Servers) -> Option<CommandError> {
        matches!(self.trusted_from(args).value, Trusted::Pins(_)).then(|| {
            CommandError::usage(
                "a certificate is pinned, and plain HTTP shows none",
                "Add --transport https, or `transport = \"https\"` to the profile; or leave out the pin.",
            )
        })
    }

    fn basic_in_clear(&self, args: &Servers) -> Option<CommandError> {
        (self.method(&args.identity) == Method::Basic).then(|| {
            let error = connection::Error::BasicOverHttp;
            CommandError::usage(
                error.to_string(),
                "Add `transport = \"https\"` to the profile, or leave `auth = \"basic\"` away: NTLM seals every message.",
            )
        })
    }

    /// How long to wait for a connection.
    pub fn timeout(&self, args: &Servers) -> Duration {
        self.timeout_from(args).value
    }

    /// The servers that are meant where the command line names none, and the DAG.
    pub fn usual_hosts(&self) -> Result<Vec<String>, CommandError> {
        let servers = self.in_variable()?;
        let (servers, dag) = match servers.is_empty() {
            true => (&self.profile.servers, self.profile.dag.clone()),
            false => (&servers, None),
        };
        let hosts = servers.iter().map(|server| server.host.clone());
        Ok(hosts.chain(dag).collect())
    }

    /// Who is to sign in, if anybody is named anywhere.
    pub fn user(&self, args: &Identity) -> Result<Option<Named>, CommandError> {
        let by = match self.by_variable.user {
            true => NamedBy::Variable,
            false => NamedBy::CommandLine,
        };
        // a variable that is empty names nobody
        let is_nobody = |user: &String| by == NamedBy::Variable && user.trim().is_empty();
        let here = args.user.clone().filter(|user| !is_nobody(user));
        let here = here.map(|user| (user, by));
        let named = here
            .or_else(|| Some((self.profile.user.clone()?, NamedBy::Profile)))
            .or_else(|| Some((last_login()?, NamedBy::Login)));
        let Some((text, by)) = named else {
            return Ok(None);
        };
        let user = UserName::parse(&text).map_err(|error| CommandError::bad_user(&text, error))?;
        Ok(Some(Named { user, by }))
    }

    /// Whether this name was typed here, and is neither the profile's nor that of the last `mapisweep login`.
    pub fn is_named_here_only(&self, named: &Named) -> bool {
        let name = named.user.to_string();
        let is_it = |known: &String| known.eq_ignore_ascii_case(&name);
        named.by == NamedBy::CommandLine
            && !self.profile.user.as_ref().is_some_and(is_it)
            && !last_login().as_ref().is_some_and(is_it)
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
        self.method_from(args).value
    }

    /// What is wished of Kerberos, and where its realm came from.
    pub fn kerberos(&self, args: &Identity) -> Result<(Wishes, RealmFrom), CommandError> {
        let realm = self.realm_from(args);
        let from = match realm.as_ref().map(|held| held.from) {
            Some(Origin::CommandLine) => RealmFrom::Flag,
            _ => RealmFrom::Profile,
        };
        let user = self.user(args)?.map(|named| named.user);
        let wishes = Wishes {
            realm: realm.map(|held| held.value),
            kdc: self.kdc_from(args).map(|held| held.value),
            named: user.as_ref().and_then(realm_named_by),
        };
        Ok((wishes, from))
    }

    /// The rules that the plan obeys.
    pub fn policy(&self, args: &HowToClose) -> Policy {
        let usual = Policy::default();
        let protected = self.config.protect.iter().map(|rule| Protected {
            network: rule.network.0,
            reason: rule.reason.clone(),
        });
        Policy {
            idle: self.idle_from(args.idle).value,
            close_in_use: args.all,
            close_shared: args.include_shared,
            max_connections: self.max_from(args.max).value,
            protected: protected.collect(),
            dead_servers: args.dead_server.clone(),
            match_names: args.match_names,
            ..usual
        }
    }

    /// The copy of the helper that is run instead of the one built in.
    pub fn helper(&self, args: &HelperFile) -> Option<PathBuf> {
        self.helper_from(args).map(|held| held.value)
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

/// That this is not the name of a DAG. The command line's has been looked at.
fn no_dag(name: &str) -> Option<CommandError> {
    let why = one_dag(name).err()?;
    let what = format!("{} is not the name of a DAG: {why}", quoted(name));
    Some(CommandError::usage(
        what,
        "Check `dag` in the configuration file.",
    ))
}

/// As it is said; else the port says it that is WinRM's for HTTPS and nothing else.
fn transport_to(said: Option<Transport>, port: Option<u16>) -> Transport {
    let https = Scheme::Https.default_port();
    said.unwrap_or(match port {
        Some(port) if port == https => Transport::Https,
        _ => Transport::default(),
    })
}

/// Who used `mapisweep login` last.
fn last_login() -> Option<String> {
    remembered::load(&config::state_dir()?).ok().flatten()
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
