//! Work on servers, whatever the verb: sign in, do it, report each server's failure, leave nothing behind.

use std::{path::Path, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    Context,
    advice::{Advice, Scene},
    args::{Format, Servers},
    error::CommandError,
    exit::Exit,
    interrupt,
    outfit::{self, NoHosts, Outfitter},
    progress::Progress,
    render::{FailedServer, NoResult, View, render},
    text::plain,
};
use crate::servers::{Fleet, Observer, ServerError, fleet::Fates};
use mapisweep_core::{exchange::Mailbox, helper_run::HelperExe, plan::ServerSnapshot};

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
    /// A result has been shown.
    shown: bool,
}

/// Signs in to the servers meant, does the work and cleans up, whatever happened.
pub fn on_servers(
    context: &Context,
    servers: &Servers,
    helper: Option<&Path>,
    work: impl AsyncFnOnce(&mut Crew<'_>) -> Result<Exit, CommandError>,
) -> Result<Exit, CommandError> {
    let reach = context.settings.reach(servers)?;
    let exe = helper.map_or_else(|| Ok(HelperExe::embedded()), outfit::read_helper)?;
    let options = outfit::options(&reach)?;
    // before the runtime exists: a keyring may block, and so may a person
    let credential = outfit::credential(context, &servers.identity)?;
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
            shown: false,
        };
        let done = crew.work(&outfitter, work).await;
        let finished = crew.fleet.finish().await;
        crew.successes(finished);
        crew.progress.clear();
        crew.show_failures();
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
        let hosts = match outfitter.hosts(&self.cancel).await {
            Ok(hosts) => hosts,
            Err(NoHosts::Command(error)) => return Err(error),
            Err(NoHosts::Server(server, error)) => {
                self.report(&server, &error);
                return Ok(self.exit);
            }
        };
        self.fleet = Fleet::new(hosts, outfitter.reach.jobs, self.cancel.clone());
        let fates = self.fleet.sign_in().await;
        self.successes(fates);
        if self.cancel.is_cancelled() {
            return Ok(Exit::Interrupted);
        }
        if self.fleet.hosts_mut().is_empty() {
            return Ok(self.exit);
        }
        work(self).await
    }

    /// Reads the logons everywhere, and with `connections` the Exchange processes' connections too.
    pub async fn read(&mut self, connections: bool) -> Vec<ServerSnapshot> {
        let fates = self.fleet.read(connections).await;
        let read = self.successes(fates).into_iter();
        read.map(|(_, snapshot)| snapshot).collect()
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
    pub fn report(&mut self, server: &str, error: &ServerError) {
        let scene = Scene {
            server,
            user: &self.user,
        };
        let advice = Advice::on_server(error, scene);
        self.failures.push(FailedServer::new(server, &advice));
        if let ServerError::Interrupted = error {
            self.exit = self.exit.and(Exit::Interrupted);
            return;
        }
        self.exit = self.exit.and(match error {
            ServerError::InterruptedWhileClosing => Exit::Interrupted,
            _ => Exit::Failed,
        });
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
        let (known, unknown): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|(_, mailbox)| mailbox.is_some());
        for (identity, _) in &unknown {
            let advice = Advice::unknown_user(identity);
            self.context.printer.error(&advice.to_string());
        }
        let exit = match (known.is_empty(), unknown.is_empty()) {
            (_, true) => Exit::Done,
            (true, false) => Exit::NothingMatched,
            (false, false) => Exit::Failed,
        };
        self.exit = self.exit.and(exit);
        known
            .into_iter()
            .filter_map(|(_, mailbox)| mailbox)
            .collect()
    }

    /// Shows a result in the format asked for.
    pub fn show(&mut self, view: &impl View) {
        self.shown = true;
        self.progress.clear();
        let text = render(view, &self.failures, self.context.format);
        self.context.printer.result(&text);
    }

    /// Who asked for a document gets one, also where there is nothing to put into it but what failed.
    fn show_failures(&mut self) {
        if self.context.format == Format::Json && !self.shown && !self.failures.is_empty() {
            self.show(&NoResult);
        }
    }

    /// Takes the progress bars away, before something else is shown.
    pub fn clear_progress(&self) {
        self.progress.clear();
    }
}
