//! Work on servers, whatever the verb: sign in, do it, report each server's failure, leave nothing behind.

use std::{path::Path, str::FromStr, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    Context,
    advice::{Advice, Scene, with_causes},
    args::{Identity, Servers},
    error::CommandError,
    exit::Exit,
    interrupt,
    printer::Printer,
    progress::Progress,
    render::{FailedServer, View, render},
    settings::{Reach, is_same_server},
    text::plain,
};
use crate::{
    auth::Credential,
    config::{ServerAddress, SignIn, Transport},
    connection::{Authentication, ConnectTo, Connection, Endpoint, Options, Scheme, Trust},
    credentials::{self, Look, Notice, prompt},
    exchange::Mailbox,
    push::HelperExe,
    sweep::{Fleet, Host, HostError, Observer, fleet::Fates, host::Connect},
};

/// The servers of one command, signed in to, and how they fared so far.
pub struct Crew<'a> {
    /// The terminal and the settings.
    pub context: &'a Context,
    /// Fires on Ctrl-C.
    pub cancel: CancellationToken,
    /// Who signed in.
    pub user: String,
    /// The helper that runs on the servers.
    pub exe: HelperExe,
    /// The servers.
    pub fleet: Fleet,
    progress: Arc<Progress>,
    failures: Vec<FailedServer>,
    exit: Exit,
}

/// Signs in to the servers meant, does the work and cleans up, whatever happened.
pub fn on_servers(
    context: &Context,
    servers: &Servers,
    helper: Option<&Path>,
    work: impl AsyncFnOnce(&mut Crew<'_>) -> Result<Exit, CommandError>,
) -> Result<Exit, CommandError> {
    let reach = context.settings.reach(servers)?;
    let exe = helper.map_or_else(|| Ok(HelperExe::embedded()), read_helper)?;
    let options = options(&reach)?;
    // before the runtime exists: a keyring may block, and so may a person
    let credential = credential(context, &servers.identity)?;
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| CommandError::failed(format!("cannot start: {error}"), ""))?;
    let done = runtime.block_on(async {
        let cancel = CancellationToken::new();
        let progress = Arc::new(Progress::new(Arc::clone(&context.printer)));
        let printer = Arc::clone(&context.printer);
        tokio::spawn(interrupt::watch(
            cancel.clone(),
            printer,
            Arc::clone(&progress),
        ));
        let user = credential.user.to_string();
        let outfitter = Outfitter {
            reach,
            credential,
            options,
            observer: Arc::clone(&progress) as Arc<dyn Observer>,
            exe: exe.clone(),
        };
        let mut crew = Crew {
            context,
            fleet: Fleet::new(Vec::new(), outfitter.reach.jobs, cancel.clone()),
            cancel,
            user,
            exe,
            progress,
            failures: Vec::new(),
            exit: Exit::Done,
        };
        let done = crew.work(&outfitter, work).await;
        let finished = crew.fleet.finish().await;
        crew.successes(finished);
        crew.progress.clear();
        done.map(|exit| exit.and(crew.exit))
    });
    // a thread may still be waiting for an answer at the prompt
    runtime.shutdown_background();
    done
}

impl Crew<'_> {
    async fn work(
        &mut self,
        outfitter: &Outfitter,
        work: impl AsyncFnOnce(&mut Self) -> Result<Exit, CommandError>,
    ) -> Result<Exit, CommandError> {
        let hosts = outfitter.hosts(self).await?;
        self.fleet = Fleet::new(hosts, outfitter.reach.jobs, self.cancel.clone());
        let fates = self.fleet.sign_in().await;
        self.successes(fates);
        if self.fleet.hosts_mut().is_empty() || self.cancel.is_cancelled() {
            return Ok(self.exit);
        }
        work(self).await
    }

    /// What succeeded, in order; what failed is reported and remembered.
    pub fn successes<T>(&mut self, fates: Fates<T>) -> Vec<(String, T)> {
        let mut successes = Vec::new();
        for (server, fate) in fates {
            match fate {
                Ok(success) => successes.push((server, success)),
                Err(error) => self.report(&server, &error),
            }
        }
        successes
    }

    /// Says what failed on a server, and remembers it.
    pub fn report(&mut self, server: &str, error: &HostError) {
        let scene = Scene {
            server,
            user: &self.user,
        };
        let advice = Advice::on_server(error, scene);
        self.failures.push(FailedServer::new(server, &advice));
        if let HostError::Interrupted = error {
            self.exit = self.exit.and(Exit::Interrupted);
            return;
        }
        self.exit = self.exit.and(Exit::Failed);
        self.context
            .printer
            .error(&format!("{}: {advice}", plain(server)));
    }

    /// The mailboxes of these users. One that Exchange does not know is reported.
    pub async fn mailboxes(&mut self, identities: &[String]) -> Vec<Mailbox> {
        let found = match self.fleet.find_mailboxes(identities).await {
            Ok(found) => found,
            Err(error) => {
                let asked = self
                    .fleet
                    .hosts_mut()
                    .first()
                    .map(|host| host.name().to_owned());
                self.report(&asked.unwrap_or_default(), &error);
                return Vec::new();
            }
        };
        let mut mailboxes = Vec::new();
        for (identity, mailbox) in found {
            match mailbox {
                Some(mailbox) => mailboxes.push(mailbox),
                None => self.unknown_user(&identity),
            }
        }
        mailboxes
    }

    fn unknown_user(&mut self, identity: &str) {
        self.exit = self.exit.and(Exit::NothingMatched);
        let advice = Advice::unknown_user(identity);
        self.context.printer.error(&advice.to_string());
    }

    /// Shows a result in the format asked for.
    pub fn show(&self, view: &impl View) {
        self.progress.clear();
        let text = render(view, &self.failures, self.context.format);
        self.context.printer.result(&text);
    }

    /// Takes the progress bars away, before something else is shown.
    pub fn clear_progress(&self) {
        self.progress.clear();
    }
}

/// What every host needs.
struct Outfitter {
    reach: Reach,
    credential: Credential,
    options: Options,
    observer: Arc<dyn Observer>,
    exe: HelperExe,
}

impl Outfitter {
    /// The servers named and the members of the DAG, each once. None where the DAG's members cannot be had.
    async fn hosts(&self, crew: &mut Crew<'_>) -> Result<Vec<Host>, CommandError> {
        let mut servers = self.reach.servers.clone();
        if let Some(dag) = &self.reach.dag {
            // a DAG has a name of its own in DNS, which leads to its active manager
            let own_name = || ServerAddress::from_str(dag);
            let asked = servers.first().cloned().map_or_else(own_name, Ok);
            let asked = asked.map_err(|error| CommandError::usage(error.to_string(), ""))?;
            match self.members(dag, &asked, &crew.cancel).await? {
                Ok(members) => add_members(&mut servers, members),
                Err(error) => {
                    crew.report(&asked.to_string(), &error);
                    servers.clear();
                }
            }
        }
        servers.iter().map(|server| self.host(server)).collect()
    }

    /// Asks one server for the members of a DAG.
    async fn members(
        &self,
        dag: &str,
        asked: &ServerAddress,
        cancel: &CancellationToken,
    ) -> Result<Result<Vec<String>, HostError>, CommandError> {
        let mut host = self.host(asked)?;
        let members = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(HostError::Interrupted),
            members = host.dag_members(dag) => members,
        };
        let finished = host.finish().await;
        Ok(members.and_then(|members| finished.map(|()| members)))
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
        build().map_err(|error: crate::connection::EndpointError| {
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

fn options(reach: &Reach) -> Result<Options, CommandError> {
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

fn credential(context: &Context, identity: &Identity) -> Result<Credential, CommandError> {
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

fn read_helper(path: &Path) -> Result<HelperExe, CommandError> {
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
