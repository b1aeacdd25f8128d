//! What a host is made from: names, certificates, the password, the helper.

use std::{path::Path, str::FromStr, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    Context,
    advice::{Advice, with_causes},
    args::Identity,
    error::CommandError,
    printer::Printer,
    settings::{Reach, is_same_server},
};
use crate::{
    connection::{
        Authentication, ConnectTo, Connection, Endpoint, EndpointError, Options, Scheme, Trust,
    },
    credentials::{self, Look, Notice, prompt},
    servers::{Host, Observer, ServerError, host::Connect},
};
use mapisweep_core::config::{ServerAddress, SignIn, Transport};
use mapisweep_core::helper_run::HelperExe;
use mapisweep_winrm::auth::Credential;

/// What every host needs.
pub struct Outfitter {
    /// Which servers, and how to reach them.
    pub reach: Reach,
    /// Who signs in.
    pub credential: Credential,
    /// How connections behave.
    pub options: Options,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
    /// The helper to push.
    pub exe: HelperExe,
}

/// Why there are no hosts.
pub enum NoHosts {
    /// The command line does not describe any.
    Command(CommandError),
    /// The server that was asked for a DAG's members did not name them.
    Server(String, ServerError),
}

impl From<CommandError> for NoHosts {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

impl Outfitter {
    /// The servers named and the members of the DAG, each once.
    pub async fn hosts(&self, cancel: &CancellationToken) -> Result<Vec<Host>, NoHosts> {
        let mut servers = self.reach.servers.clone();
        if let Some(dag) = &self.reach.dag {
            // a DAG has a name of its own in DNS, which leads to its active manager
            let own_name = || ServerAddress::from_str(dag);
            let asked = servers.first().cloned().map_or_else(own_name, Ok);
            let asked = asked.map_err(|error| CommandError::usage(error.to_string(), ""))?;
            let members = self.members(dag, &asked, cancel).await?;
            add_members(&mut servers, members);
        }
        let hosts = servers.iter().map(|server| self.host(server));
        Ok(hosts.collect::<Result<_, _>>()?)
    }

    /// Asks one server for the members of a DAG.
    async fn members(
        &self,
        dag: &str,
        asked: &ServerAddress,
        cancel: &CancellationToken,
    ) -> Result<Vec<String>, NoHosts> {
        let mut host = self.host(asked)?;
        let members = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ServerError::Interrupted),
            members = host.dag_members(dag) => members,
        };
        let finished = host.finish().await;
        members
            .and_then(|members| finished.map(|()| members))
            .map_err(|error| NoHosts::Server(asked.to_string(), error))
    }

    fn host(&self, server: &ServerAddress) -> Result<Host, CommandError> {
        let endpoint = self.endpoint(server)?;
        let (credential, options) = (self.credential.clone(), self.options.clone());
        let connect: Connect = Arc::new(move || {
            Connection::new(endpoint.clone(), credential.clone(), options.clone())
        });
        Ok(Host::new(
            server.to_string(),
            connect,
            Arc::clone(&self.observer),
            self.exe.clone(),
        ))
    }

    fn endpoint(&self, server: &ServerAddress) -> Result<Endpoint, CommandError> {
        let scheme = match self.reach.transport {
            Transport::Http => Scheme::Http,
            Transport::Https => Scheme::Https,
        };
        let build = || {
            let mut endpoint = Endpoint::new(scheme, &server.host)?;
            if let Some(port) = server.port {
                endpoint = endpoint.with_port(port);
            }
            match self.reach.connect_to(&server.host) {
                None => Ok(endpoint),
                Some(target) => endpoint.with_connect_to(ConnectTo {
                    host: target.host.clone(),
                    port: target.port,
                }),
            }
        };
        build().map_err(|error: EndpointError| {
            CommandError::usage(error.to_string(), "Check --server and --connect-to.")
        })
    }
}

/// Members that are not among the servers yet.
fn add_members(servers: &mut Vec<ServerAddress>, members: Vec<String>) {
    for member in members {
        if !servers
            .iter()
            .any(|known| is_same_server(&known.host, &member))
        {
            servers.push(ServerAddress {
                host: member,
                port: None,
            });
        }
    }
}

/// How connections behave.
pub fn options(reach: &Reach) -> Result<Options, CommandError> {
    let trust = match &reach.ca_file {
        None => Trust::Platform,
        Some(path) => Trust::only_file(path).map_err(|error| {
            CommandError::usage(
                with_causes(&error),
                "Check --ca-file: it must hold certificates in PEM form.",
            )
        })?,
    };
    Ok(Options {
        authentication: match reach.sign_in {
            SignIn::Negotiate => Authentication::Ntlm,
            SignIn::Basic => Authentication::Basic,
        },
        trust,
        ..Options::default()
    })
}

/// Who signs in, with the password from wherever it is.
pub fn credential(context: &Context, identity: &Identity) -> Result<Credential, CommandError> {
    let user = context.settings.required_user(identity)?;
    let look = Look {
        standard_input: identity.password_stdin,
        prompt: prompt::is_possible(),
    };
    let name = user.to_string();
    let password = credentials::find(&name, look, |notice| {
        tell(&context.printer, &name, look, notice)
    })?;
    Ok(Credential::new(user, password))
}

/// Says where the password was looked for. A keyring that cannot be asked is worth a word to somebody who expected
/// not to be asked.
fn tell(printer: &Printer, user: &str, look: Look, notice: Notice<'_>) {
    match notice {
        Notice::FoundIn(source) => printer.detail(&format!("password of {user}: from {source}")),
        Notice::NotIn(source) => printer.detail(&format!("password of {user}: not in {source}")),
        Notice::KeyringFailed(error) if look.prompt => printer.note(&Advice::from(error).what),
        Notice::KeyringFailed(error) => printer.detail(&Advice::from(error).what),
    }
}

/// The helper in a file.
pub fn read_helper(path: &Path) -> Result<HelperExe, CommandError> {
    let bytes = std::fs::read(path).map_err(|error| {
        CommandError::usage(
            format!("cannot read {}: {error}", path.display()),
            "Check --helper.",
        )
    })?;
    HelperExe::supplied(bytes).map_err(|error| {
        CommandError::usage(
            format!("{} is not the helper: {error}", path.display()),
            "Sign the file that `mapisweep helper export` writes, and give that.",
        )
    })
}
