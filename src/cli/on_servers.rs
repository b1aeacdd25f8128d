//! A run on servers, whatever the verb: visit them, report each one's failure, leave nothing behind.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use mapisweep_core::{
    config::ExchangeEndpoint,
    exchange::{ExchangeServer, Mailbox},
    helper_run::HelperExe,
};

use super::{
    Context,
    advice::{Advice, Scene},
    args::{Identity, Servers},
    error::CommandError,
    exit::Exit,
    interrupt,
    members::Members,
    names::Names,
    peers::{self, Peers},
    progress::Progress,
    render::View,
    settings::Selection,
    sign_in::{self, SigningIn, TicketSought},
    telling::Telling,
    text::{list, plain},
};
use crate::{
    connection::{Knocked, Options, Way},
    credentials::{Account, Source},
    servers::{Fleet, Interruption, MakeMember, Observer, PerServer, Server, ServerError, Users},
};

/// A run on some servers, and how they fared so far.
pub struct OnServers<'a> {
    /// The terminal and the settings.
    pub context: &'a Context,
    /// Fires on Ctrl-C.
    pub cancel: Interruption,
    /// Who signs in.
    pub user: String,
    /// Whose password, and where it came from; nothing with a ticket.
    pub password_from: Option<(Account, Source)>,
    /// What the search for a ticket came to.
    pub ticket: TicketSought,
    /// Why nobody can sign in, and what to do.
    pub lacking: Option<Advice>,
    /// The helper that runs on the servers.
    pub exe: HelperExe,
    /// The servers.
    pub fleet: Fleet,
    /// Makes members of a DAG into servers.
    members: Box<MakeMember>,
    /// What is being done on each server.
    pub progress: Arc<Progress>,
    /// The servers that failed, by the names the admin gave.
    failed: Vec<String>,
    /// Where the password was refused.
    refused_at: Option<String>,
    /// Members of a DAG are meant, whose databases move.
    pub of_dag: bool,
    /// The domains that the short names of clients may be in; nothing where a proxy stands before the servers.
    pub client_domains: Option<BTreeSet<String>>,
    /// What may be left on servers, by the name the admin gave.
    pub left: Vec<(String, ServerError)>,
    exit: Exit,
}

/// What a visit to the servers brought.
pub struct Seen<T> {
    /// The users asked for, as far as Exchange knows them, each once.
    pub users: Vec<Mailbox>,
    /// What was seen on each server that did not fail, by the name the admin gave.
    pub servers: Vec<(String, T)>,
}

/// Does the work on the servers meant and cleans up, whatever happened. `needs_directory` says that a cmdlet has to
/// read Active Directory, for which a ticket must go along.
pub fn on_servers(
    context: &Context,
    servers: &Servers,
    helper: Option<&Path>,
    needs_directory: bool,
    work: impl AsyncFnOnce(&mut OnServers<'_>) -> Result<Exit, CommandError>,
) -> Result<Exit, CommandError> {
    let selection = context.settings.selection(servers)?;
    let asked = Asked {
        identity: &servers.identity,
        selection,
        helper,
        needs_directory,
    };
    on_selection(context, asked, work)
}

/// What a run is asked for.
pub struct Asked<'a> {
    /// Who signs in.
    pub identity: &'a Identity,
    /// On which servers, and how they are reached.
    pub selection: Selection,
    /// The copy of the helper that runs instead of the one built in.
    pub helper: Option<&'a Path>,
    /// A cmdlet has to read Active Directory, for which a ticket must go along.
    pub needs_directory: bool,
}

impl<'a> Asked<'a> {
    /// For a verb whose cmdlets read Active Directory.
    pub fn with_directory(
        identity: &'a Identity,
        selection: Selection,
        helper: Option<&'a Path>,
    ) -> Self {
        Self {
            identity,
            selection,
            helper,
            needs_directory: true,
        }
    }
}

/// The same on servers that were selected otherwise.
pub fn on_selection(
    context: &Context,
    asked: Asked<'_>,
    work: impl AsyncFnOnce(&mut OnServers<'_>) -> Result<Exit, CommandError>,
) -> Result<Exit, CommandError> {
    on_selection_as(sign_in::prepare, context, asked, work)
}

/// The same as whoever is found out so.
pub fn on_selection_as(
    prepare: sign_in::Prepare,
    context: &Context,
    asked: Asked<'_>,
    work: impl AsyncFnOnce(&mut OnServers<'_>) -> Result<Exit, CommandError>,
) -> Result<Exit, CommandError> {
    let Asked {
        identity,
        selection,
        helper,
        needs_directory,
    } = asked;
    let jobs = selection.jobs;
    let once_interrupted = selection.patience().once_interrupted();
    let exe = helper.map_or_else(|| Ok(HelperExe::embedded()), peers::read_helper)?;
    let options = peers::options(&selection)?;
    peers::tell_of_proxies(&context.printer);
    let progress = Arc::new(Progress::new(
        Arc::clone(&context.printer),
        Arc::clone(&context.output),
    ));
    // before the runtime exists: a keyring may block, and so may a person; and Kerberos is made ready before any thread
    let SigningIn {
        credential,
        sign_in,
        password_from,
        ticket,
        lacking,
    } = prepare(context, identity, &selection)?;
    let watch = Arc::new(Telling::new(
        Arc::clone(&context.printer),
        selection.exchange_endpoint,
    ));
    let options = Options {
        sign_in,
        // the members of a DAG stand in Active Directory; Exchange's own endpoint reads it without a ticket of ours
        delegate: selection.delegation
            && selection.exchange_endpoint != ExchangeEndpoint::Own
            && (needs_directory || selection.dag.is_some()),
        watch: Some(watch),
        ..options
    };
    let of_dag = selection.dag.is_some();
    let has_proxy = selection.proxy.is_some();
    let client_domains = (!has_proxy).then(|| Members::domains_of(&selection));
    let user = credential.user.to_string();
    let output = &context.output;
    output.report(|report| report.user = Some(user.clone()));
    let account = context.settings.account(&credential.user);
    let observer = Arc::clone(&progress) as Arc<dyn Observer>;
    let peers = Peers::new(selection, credential, options, observer, exe.clone());
    let (servers, dag) = peers.servers()?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| {
        CommandError::failed(format!("cannot start: {error}"), "").because(error)
    })?;
    context.output.hurry();
    let done = runtime.block_on(async {
        let cancel = Interruption::default();
        let printer = Arc::clone(&context.printer);
        let progress_seen = Arc::clone(&progress);
        let output = Arc::clone(&context.output);
        let watch = interrupt::watch(
            cancel.clone(),
            printer,
            output,
            progress_seen,
            once_interrupted,
        );
        tokio::spawn(watch);
        let mut run = OnServers {
            context,
            fleet: Fleet::new(servers, dag, jobs, cancel.clone()),
            members: peers.members(),
            cancel,
            user,
            password_from: password_from.map(|source| (account, source)),
            ticket,
            lacking,
            exe,
            progress,
            failed: Vec::new(),
            refused_at: None,
            of_dag,
            client_domains,
            left: Vec::new(),
            exit: Exit::Done,
        };
        let done = work(&mut run).await;
        run.finish().await;
        let lost = context.printer.output_failure();
        let shown = lost.map_or(Exit::Done, |_| Exit::Failed);
        done.map(|exit| exit.and(run.exit).and(shown))
    });
    // a thread may still be waiting for an answer at the prompt
    runtime.shutdown_background();
    done
}

impl OnServers<'_> {
    /// Signs in to every server and does this work there, and has these users looked up. What failed is reported and
    /// remembered; nothing is left to be done where no server or no user is.
    pub async fn visit<T>(
        &mut self,
        users: &[String],
        work: impl AsyncFn(&mut Server) -> Result<T, ServerError>,
    ) -> Result<Seen<T>, Exit> {
        let visited = self.fleet.visit(users, work).await;
        let servers = self.successes(visited.servers);
        let known = visited.users.map(|found| self.known(found)).transpose();
        if self.cancel.is_cancelled() {
            return Err(Exit::Interrupted);
        }
        match known? {
            Some(known) if known.is_empty() && !users.is_empty() => Err(Exit::NothingMatched),
            Some(users) if !servers.is_empty() => Ok(Seen { users, servers }),
            _ => Err(Exit::Done),
        }
    }

    /// Does this work on some of the servers only, by their names. What failed is reported and remembered.
    pub async fn visit_some<T>(
        &mut self,
        names: &[String],
        work: impl AsyncFn(&mut Server) -> Result<T, ServerError>,
    ) -> Vec<(String, T)> {
        let results = self.try_some(names, work).await;
        self.successes(results)
    }

    /// The same, where it is for the caller to report what failed.
    pub async fn try_some<T>(
        &mut self,
        names: &[String],
        work: impl AsyncFn(&mut Server) -> Result<T, ServerError>,
    ) -> PerServer<T> {
        match &self.refused_at {
            None => self.fleet.visit_some(names, work).await,
            Some(server) => {
                let not_tried = |name: &String| {
                    let server = server.clone();
                    (name.clone(), Err(ServerError::NotTried { server }))
                };
                names.iter().map(not_tried).collect()
            }
        }
    }

    /// Says why a server told nothing where another did in its place, which is no failure.
    pub fn report_replaced(&mut self, server: &str, error: &ServerError, by: &str) {
        let Advice { what, to_do } = self.advise(server, error);
        let advice = Advice::new(format!("{what}; {} was asked instead", plain(by)), to_do);
        let sentence = format!("{}: {advice}", plain(server));
        self.context.printer.note(&sentence);
        self.context.output.problem(Some(server), &advice);
    }

    /// Whether the password was refused somewhere, and is tried nowhere else.
    pub fn is_refused(&self) -> bool {
        self.refused_at.is_some()
    }

    /// Whether the machine of an Exchange server is there at all.
    pub async fn knock(&self, server: &ExchangeServer) -> Result<Knocked, ServerError> {
        let made = (self.members)(server.display_name())?;
        Ok(made.knock().await)
    }

    /// Adds a member of a DAG to the servers, and says what it is called here; one that nobody meant is reported.
    pub fn add_member(&mut self, member: &ExchangeServer) -> Option<String> {
        let name = member.display_name().to_owned();
        match (self.members)(&name) {
            Ok(server) => {
                self.fleet.add(server.described_as(member.clone()));
                Some(name)
            }
            Err(error) => {
                self.report(&name, &error);
                None
            }
        }
    }

    /// What succeeded, in order; what failed is reported and remembered.
    pub fn successes<T>(&mut self, results: PerServer<T>) -> Vec<(String, T)> {
        let mut successes = Vec::new();
        let mut not_tried = Vec::new();
        for (server, result) in results {
            match result {
                Ok(success) => successes.push((server, success)),
                Err(error @ ServerError::NotTried { .. }) => not_tried.push((server, error)),
                Err(error) => {
                    self.report(&server, &error);
                    self.left
                        .extend(error.leaves_something().then_some((server, error)));
                }
            }
        }
        self.report_not_tried(&not_tried);
        successes
    }

    /// The servers that failed so far, by the names the admin gave.
    pub fn failed_servers(&self) -> Vec<String> {
        self.failed.clone()
    }

    /// Says once, and last, what is the same for all of these.
    fn report_not_tried(&mut self, not_tried: &[(String, ServerError)]) {
        let Some((first, error)) = not_tried.first() else {
            return;
        };
        let mut names = Vec::new();
        for (server, error) in not_tried {
            let advice = Advice::on_server(error, self.scene(server, None));
            self.failed.push(server.clone());
            self.context.output.problem(Some(server), &advice);
            names.push(plain(server));
        }
        self.exit = self.exit.and(Exit::Failed);
        let advice = Advice::on_server(error, self.scene(first, None));
        let sentence = format!("{}: {advice}", list(&names));
        self.context.printer.error(&sentence);
    }

    fn scene<'s>(&'s self, server: &'s str, way: Option<&'s Way>) -> Scene<'s> {
        Scene {
            server,
            user: &self.user,
            way,
        }
    }

    /// What to do about what failed on a server.
    pub fn advise(&self, server: &str, error: &ServerError) -> Advice {
        let way = self.fleet.way(server);
        let advice = Advice::on_server(error, self.scene(server, way.as_ref()));
        match &self.password_from {
            Some((account, source)) if error.asks_for_another_password() => {
                advice.on_password_from(source, account)
            }
            _ => advice,
        }
    }

    /// What the servers are called for people, in results. An error names them as they are reached.
    pub fn names(&self) -> Names {
        Names::of(self.fleet.own_names())
    }

    /// Says what failed on a server, and remembers it.
    pub fn report(&mut self, server: &str, error: &ServerError) {
        self.report_as(server, error, Exit::Failed);
    }

    /// The same of what only keeps a result from being whole.
    pub fn report_gap(&mut self, server: &str, error: &ServerError) {
        self.report_as(server, error, Exit::Incomplete);
    }

    fn report_as(&mut self, server: &str, error: &ServerError, exit: Exit) {
        let advice = self.advise(server, error);
        self.failed.push(server.to_owned());
        self.context.output.problem(Some(server), &advice);
        if error.is_refused_password() {
            self.refused_at.get_or_insert_with(|| server.to_owned());
        }
        self.exit = self.exit.and(match error {
            ServerError::Interrupted | ServerError::InterruptedWhileClosing => Exit::Interrupted,
            // where others are named beside it something may have been done, and not all
            ServerError::NoSuchDag { .. } if self.fleet.names().len() == 1 => Exit::NothingMatched,
            error if error.leaves_something() => Exit::LeftBehind,
            _ => exit,
        });
        if !matches!(error, ServerError::Interrupted) {
            let sentence = format!("{}: {advice}", plain(server));
            self.context.printer.error(&sentence);
        }
    }

    /// The mailboxes that there are. A user whom Exchange does not know is reported; where a name is several people's,
    /// that ends the run.
    fn known(&mut self, found: Users) -> Result<Vec<Mailbox>, Exit> {
        let mut known = Vec::new();
        let (mut is_one_missing, mut is_one_several) = (false, false);
        for (identity, mailboxes) in found {
            let advice = match mailboxes.len() {
                0 => Advice::unknown_user(&identity),
                1 => {
                    known.extend(mailboxes);
                    continue;
                }
                _ => Advice::several_people(&identity, &mailboxes),
            };
            is_one_missing |= mailboxes.is_empty();
            is_one_several |= !mailboxes.is_empty();
            self.context.output.failed(&advice);
        }
        if is_one_several {
            return Err(Exit::Usage);
        }
        if !known.is_empty() && is_one_missing {
            self.exit = self.exit.and(Exit::Failed);
        }
        Ok(Mailbox::each_once(known))
    }

    /// Shows a result in the format asked for.
    pub fn show(&mut self, view: &impl View) {
        self.progress.clear();
        self.context.output.show(view);
    }

    /// Takes the progress bars away, before something else is shown.
    pub fn clear_progress(&self) {
        self.progress.clear();
    }

    /// Leaves nothing behind on the servers, and reports what may be.
    pub async fn leave(&mut self) {
        for (server, error) in self.fleet.finish().await {
            self.report(&server, &error);
            self.left.push((server, error));
        }
    }

    /// The servers where the helper was not seen to go, by the names the admin gave, as far as they were left.
    pub fn where_helper_may_be(&self) -> Vec<String> {
        let left = self
            .left
            .iter()
            .filter(|(_, error)| error.leaves_the_helper());
        left.map(|(server, _)| server.clone()).collect()
    }

    async fn finish(&mut self) {
        self.leave().await;
        self.progress.clear();
    }
}
