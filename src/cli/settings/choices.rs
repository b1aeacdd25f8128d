//! Each setting that can be said in more than one place, with the place that decides: what a run does and what
//! `mapisweep config show` tells are both taken from here.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use mapisweep_core::{
    config::{ConnectTo, ExchangeEndpoint, Proxy, ProxyChoice, Realm, ServerAddress, Transport},
    plan::Policy,
};
use mapisweep_winrm::auth::{Method, ServiceName};

use super::{
    DEFAULT_JOBS, DEFAULT_STEP_TIMEOUT, DEFAULT_TIMEOUT, Settings, Trusted,
    held::{Held, Origin, first, first_or},
    servers_from, trusted,
};
use crate::cli::{
    args::{HelperFile, Identity, Servers},
    error::CommandError,
    server_list,
};
use mapisweep_core::config::{HumanDuration, SomeTime};

/// The environment variable that names servers.
pub const SERVER_VARIABLE: &str = "MAPISWEEP_SERVER";

/// Where servers are said to be.
#[derive(Debug, Default, PartialEq)]
pub struct Named {
    /// The servers.
    pub servers: Vec<ServerAddress>,
    /// The DAG whose members are meant besides.
    pub dag: Option<String>,
}

impl Settings {
    /// The servers and the DAG that are named on the command line; where none is, those of the variable, and where that
    /// names none, those of the profile.
    pub(super) fn named(&self, args: &Servers) -> Result<Held<Named>, CommandError> {
        let profile = &self.profile;
        let is_here = !args.servers.is_empty() || args.servers_from.is_some() || args.dag.is_some();
        if is_here {
            let more = args.servers_from.as_deref();
            let more = more.map(|from| servers_from(from, args.identity.password_stdin));
            let servers = [&args.servers[..], &more.transpose()?.unwrap_or_default()].concat();
            let dag = args.dag.clone();
            return Ok(Held {
                value: Named { servers, dag },
                from: Origin::CommandLine,
            });
        }
        let servers = self.in_variable()?;
        if !servers.is_empty() {
            return Ok(Held {
                value: Named { servers, dag: None },
                from: Origin::Variable(SERVER_VARIABLE),
            });
        }
        let more = profile.servers_from.as_deref();
        let more = more.map(server_list::in_file).transpose()?;
        let servers = [&profile.servers[..], &more.unwrap_or_default()].concat();
        let dag = profile.dag.clone();
        Ok(Held {
            from: match servers.is_empty() && dag.is_none() {
                true => Origin::Default,
                false => Origin::Profile,
            },
            value: Named { servers, dag },
        })
    }

    /// What the profile itself names, without the list that it leads to.
    pub(super) fn named_without_list(&self) -> Named {
        let profile = &self.profile;
        let (servers, dag) = (profile.servers.clone(), profile.dag.clone());
        Named { servers, dag }
    }

    /// Those in `MAPISWEEP_SERVER`, separated by blanks or commas.
    pub(super) fn in_variable(&self) -> Result<Vec<ServerAddress>, CommandError> {
        let names = self.servers_variable.split([',', ' ', '\t', '\n', '\r']);
        let names = names.filter(|name| !name.is_empty());
        let servers = names.map(str::parse).collect::<Result<_, _>>();
        servers.map_err(|error| {
            CommandError::usage(
                format!("{SERVER_VARIABLE}: {error}"),
                "It takes names of servers, separated by blanks or commas; --server goes before it.",
            )
            .because(error)
        })
    }

    pub(super) fn timeout_from(&self, args: &Servers) -> Held<Duration> {
        let said = |time: Option<SomeTime>| time.map(|time| time.0);
        first_or(
            [
                (said(args.timeout), Origin::CommandLine),
                (said(self.config.timeout), Origin::File),
            ],
            DEFAULT_TIMEOUT,
        )
    }

    pub(super) fn step_timeout_from(&self, args: &Servers) -> Held<Duration> {
        let said = |time: Option<SomeTime>| time.map(|time| time.0);
        first_or(
            [
                (said(args.step_timeout), Origin::CommandLine),
                (said(self.config.step_timeout), Origin::File),
            ],
            DEFAULT_STEP_TIMEOUT,
        )
    }

    pub(super) fn jobs_from(&self, args: &Servers) -> Held<NonZeroUsize> {
        first_or(
            [
                (args.jobs, Origin::CommandLine),
                (self.config.jobs, Origin::File),
            ],
            DEFAULT_JOBS,
        )
    }

    pub(super) fn proxy_from(&self, args: &Servers) -> Result<Held<Option<Proxy>>, CommandError> {
        let choice = first([
            (args.proxy.as_ref(), Origin::CommandLine),
            (self.profile.proxy.as_ref(), Origin::Profile),
            (self.config.proxy.as_ref(), Origin::File),
        ]);
        let Some(Held { value, from }) = choice else {
            return Ok(first_or([], None));
        };
        let value = ProxyChoice::proxy(value)?.cloned();
        Ok(Held { value, from })
    }

    pub(super) fn trusted_from(&self, args: &Servers) -> Held<Trusted> {
        let profile = &self.profile;
        first_or(
            [
                (trusted(&args.pin, &args.ca_file), Origin::CommandLine),
                (trusted(&profile.pin, &profile.ca_file), Origin::Profile),
            ],
            Trusted::System,
        )
    }

    /// Where nobody says it, the port of a server does: see [`Selection::transport_to`](super::Selection::transport_to).
    pub(super) fn transport_from(&self, args: &Servers) -> Option<Held<Transport>> {
        first([
            (args.transport, Origin::CommandLine),
            (self.profile.transport, Origin::Profile),
        ])
    }

    pub(super) fn exchange_endpoint_from(&self, args: &Servers) -> Held<ExchangeEndpoint> {
        first_or(
            [
                (args.exchange_endpoint, Origin::CommandLine),
                (self.profile.exchange_endpoint, Origin::Profile),
            ],
            ExchangeEndpoint::default(),
        )
    }

    pub(super) fn service_from(&self, args: &Servers) -> Held<ServiceName> {
        first_or(
            [
                (args.spn.clone(), Origin::CommandLine),
                (self.profile.spn.clone(), Origin::Profile),
            ],
            ServiceName::default(),
        )
    }

    /// A flag and the profile can only forbid it; what either forbids is forbidden.
    pub(super) fn delegation_from(&self, args: &Servers) -> Held<bool> {
        allowed(args.no_delegation, self.profile.delegation)
    }

    pub(super) fn channel_binding_from(&self, args: &Servers) -> Held<bool> {
        allowed(args.no_channel_binding, self.profile.channel_binding)
    }

    pub(super) fn method_from(&self, args: &Identity) -> Held<Method> {
        first_or(
            [
                (args.auth, Origin::CommandLine),
                (self.profile.auth, Origin::Profile),
            ],
            Method::default(),
        )
    }

    pub(super) fn realm_from(&self, args: &Identity) -> Option<Held<Realm>> {
        first([
            (args.realm.clone(), Origin::CommandLine),
            (self.profile.realm.clone(), Origin::Profile),
        ])
    }

    pub(super) fn kdc_from(&self, args: &Identity) -> Option<Held<ServerAddress>> {
        first([
            (args.kdc.clone(), Origin::CommandLine),
            (self.profile.kdc.clone(), Origin::Profile),
        ])
    }

    pub(super) fn idle_from(&self, args: Option<HumanDuration>) -> Held<Duration> {
        let said = |time: Option<HumanDuration>| time.map(|time| time.0);
        first_or(
            [
                (said(args), Origin::CommandLine),
                (said(self.config.idle), Origin::File),
            ],
            Policy::default().idle,
        )
    }

    pub(super) fn max_from(&self, args: Option<NonZeroUsize>) -> Held<usize> {
        let said = |max: Option<NonZeroUsize>| max.map(NonZeroUsize::get);
        first_or(
            [
                (said(args), Origin::CommandLine),
                (said(self.config.max), Origin::File),
            ],
            Policy::default().max_connections,
        )
    }

    pub(super) fn helper_from(&self, args: &HelperFile) -> Option<Held<PathBuf>> {
        first([
            (args.file.clone(), Origin::CommandLine),
            (self.config.helper.clone(), Origin::File),
        ])
    }

    /// Those of the command line come first, and decide.
    pub(super) fn connect_to_from(&self, args: &Servers) -> Vec<Held<ConnectTo>> {
        let here = args.connect_to.iter().cloned();
        let here = here.map(|value| Held {
            value,
            from: Origin::CommandLine,
        });
        let configured = self.config.connect_to.iter().filter_map(|(name, target)| {
            let ServerAddress { host, port } = name.parse().ok()?;
            let target = target.clone();
            let value = ConnectTo {
                name: host,
                port,
                target,
            };
            let from = Origin::File;
            Some(Held { value, from })
        });
        here.chain(configured).collect()
    }
}

fn allowed(forbidden_here: bool, by_profile: Option<bool>) -> Held<bool> {
    let here = forbidden_here.then_some(false);
    first_or(
        [(here, Origin::CommandLine), (by_profile, Origin::Profile)],
        true,
    )
}
