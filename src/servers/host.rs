//! One server: each thing that mapisweep does there, a pipeline a step.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::error::ServerError;
use crate::{
    connection::Connection,
    shell::{self, RemoteShell},
};
use mapisweep_core::{
    exchange::{
        Dag, ExchangeServer, Failure, Generation, Logon, Mailbox, SessionLimit, SnapIn, limit,
        server,
    },
    helper_run::{HelperExe, HelperRequest, HelperRun, Listed, TcpConnection},
    plan::ServerSnapshot,
};
use mapisweep_winrm::psrp::{clixml::Value, pipeline::Outcome, pipeline::Pipeline};

/// What is being done on a server, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Connecting and signing in.
    SigningIn,
    /// Recognising the server and loading the Exchange cmdlets.
    Recognising,
    /// Reading the logons.
    ReadingLogons,
    /// Pushing and running the helper to list connections.
    ListingConnections,
    /// Pushing and running the helper to close connections.
    Closing,
    /// Reading the logons again.
    Verifying,
    /// Removing what is left and closing the remote shell.
    CleaningUp,
    /// Nothing more will happen here.
    Finished,
}

/// Told of every step; the terminal's progress bars in real life.
pub trait Observer: Send + Sync {
    /// This server has begun this step.
    fn step(&self, server: &str, step: Step);
}

/// How a host opens its connection, as often as it needs one.
pub type Connect = Arc<dyn Fn() -> Result<Connection, crate::connection::Error> + Send + Sync>;

/// One server and the session with it.
pub struct Host {
    name: String,
    connect: Connect,
    observer: Arc<dyn Observer>,
    exe: HelperExe,
    session: SessionSlot,
    /// Set while the helper may be on the server.
    helper_pushed: bool,
    about: Option<About>,
}

/// How the script is called in messages.
const SCRIPT: &str = "the helper script";

/// Opening is never dropped half-way: a shell whose id is not yet known could not be deleted.
enum SessionSlot {
    None,
    Opening(JoinHandle<Result<RemoteShell, shell::Error>>),
    Open(Box<RemoteShell>),
}

/// What is found out once and does not change.
#[derive(Debug, Clone)]
struct About {
    snap_in: SnapIn,
    server: ExchangeServer,
}

impl Host {
    /// A server by the name the admin gave; nothing is sent yet.
    pub fn new(
        name: String,
        connect: Connect,
        observer: Arc<dyn Observer>,
        exe: HelperExe,
    ) -> Self {
        Self {
            name,
            connect,
            observer,
            exe,
            session: SessionSlot::None,
            helper_pushed: false,
            about: None,
        }
    }

    /// The name the admin gave.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Connects, signs in and opens the remote shell.
    pub async fn sign_in(&mut self) -> Result<(), ServerError> {
        self.session().await.map(drop)
    }

    /// Reads the server's logons and what is needed to judge them; connections are not listed yet.
    pub async fn read(&mut self) -> Result<ServerSnapshot, ServerError> {
        let About { server, .. } = self.recognise().await?;
        self.tell(Step::ReadingLogons);
        let limit = self.limit().await?;
        let now = self.only("Get-Date", server::clock()).await?;
        let taken_at = server::clock_from_value(&now)?;
        let logons = self.logons(&server).await?;
        Ok(ServerSnapshot {
            server: self.name.clone(),
            display_name: server.display_name().to_owned(),
            version: server.version,
            limit,
            taken_at,
            logons,
            connections: Vec::new(),
            connections_left_out: 0,
        })
    }

    /// Reads only the logons again, to see what became of them.
    pub async fn read_logons(&mut self) -> Result<Vec<Logon>, ServerError> {
        self.tell(Step::Verifying);
        let About { server, .. } = self.recognise().await?;
        self.logons(&server).await
    }

    /// Lists the connections of the Exchange processes, or of all of them.
    pub async fn list_connections(&mut self, all: bool) -> Result<Listed, ServerError> {
        self.tell(Step::ListingConnections);
        let run = self.run_helper(&HelperRequest::List { all }).await?;
        let report = run.report.map_err(ServerError::Helper)?;
        if !run.removed {
            return Err(ServerError::HelperLeft { path: run.path });
        }
        Ok(report.into_listed())
    }

    /// Has the helper close exactly these connections and report what it saw.
    pub async fn close_connections(
        &mut self,
        targets: Vec<TcpConnection>,
    ) -> Result<HelperRun, ServerError> {
        self.tell(Step::Closing);
        self.run_helper(&HelperRequest::Close(targets)).await
    }

    /// Finds a user's mailbox; `None` when Exchange knows no such user.
    pub async fn find_mailbox(&mut self, identity: &str) -> Result<Option<Mailbox>, ServerError> {
        self.recognise().await?;
        let found = self
            .ask("Get-Mailbox", Mailbox::identified_by(identity))
            .await;
        match found {
            Ok(outcome) => match outcome.output.first() {
                Some(object) => Ok(Some(Mailbox::from_value(object)?)),
                None => Ok(None),
            },
            Err(ServerError::Cmdlet {
                failure: Failure::NotFound,
                ..
            }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The full names of a DAG's members.
    pub async fn dag_members(&mut self, name: &str) -> Result<Vec<String>, ServerError> {
        self.recognise().await?;
        let object = self
            .only("Get-DatabaseAvailabilityGroup", Dag::named(name))
            .await?;
        let mut members = Vec::new();
        for server in Dag::from_value(&object)?.servers {
            let object = self
                .only("Get-ExchangeServer", ExchangeServer::named(&server))
                .await?;
            members.push(
                ExchangeServer::from_value(&object)?
                    .display_name()
                    .to_owned(),
            );
        }
        Ok(members)
    }

    /// Leaves nothing behind: stops what runs, removes the helper if a run of it was cut short, deletes the remote
    /// shell. Safe to call at any time, also after a failure or a dropped step.
    pub async fn finish(&mut self) -> Result<(), ServerError> {
        self.tell(Step::CleaningUp);
        let Some(mut session) = self.session.take().await else {
            self.tell(Step::Finished);
            return Ok(());
        };
        if self.helper_pushed {
            // lets the script's own clean-up run; whether it did is looked at from a fresh shell below
            _ = session.stop().await;
        }
        let closed = session.close().await.map_err(ServerError::from);
        let cleaned = self.clean_up().await;
        self.tell(Step::Finished);
        cleaned.and(closed)
    }

    /// Looks for the helper's file after a run that was cut short, and removes it.
    async fn clean_up(&mut self) -> Result<(), ServerError> {
        if !self.helper_pushed {
            return Ok(());
        }
        let connection = (self.connect)()?;
        let mut session = RemoteShell::open(connection, shell::Options::default()).await?;
        let looked = session.run(HelperRequest::clean_up()).await;
        session.close().await?;
        let object = looked?.output.into_iter().next();
        let object = object.ok_or(ServerError::NoAnswer { cmdlet: SCRIPT })?;
        self.helper_pushed = object.get("Removed").and_then(Value::as_bool) != Some(true);
        match self.helper_pushed {
            false => Ok(()),
            true => Err(ServerError::HelperLeft {
                path: object.get("Path").map(Value::display).unwrap_or_default(),
            }),
        }
    }

    async fn limit(&mut self) -> Result<SessionLimit, ServerError> {
        let outcome = self
            .ask("Get-ItemProperty", SessionLimit::from_registry())
            .await?;
        let values = outcome.output.first();
        Ok(values.map_or(limit::DEFAULT, SessionLimit::from_value))
    }

    async fn logons(&mut self, server: &ExchangeServer) -> Result<Vec<Logon>, ServerError> {
        let request = Logon::on_server(server.display_name());
        let outcome = self.ask("Get-LogonStatistics", request).await?;
        Ok(outcome.output.iter().map(Logon::from_value).collect())
    }

    /// Finds out which Exchange this is, once, and stops where mapisweep cannot help.
    async fn recognise(&mut self) -> Result<About, ServerError> {
        if let Some(about) = &self.about {
            return Ok(about.clone());
        }
        self.session().await?;
        self.tell(Step::Recognising);
        let registered = self.ask("Get-PSSnapin", SnapIn::registered()).await?;
        let snap_in = SnapIn::newest_of(&registered.output).ok_or(ServerError::NotExchange)?;
        if snap_in.generation == Generation::Newer {
            return Err(ServerError::TooNew { version: None });
        }
        self.ask("Add-PSSnapin", snap_in.load()).await?;
        let object = self.only("Get-Item", server::computer_name()).await?;
        let computer = server::computer_name_from_value(&object)?;
        let object = self
            .only("Get-ExchangeServer", ExchangeServer::named(&computer))
            .await?;
        let server = ExchangeServer::from_value(&object)?;
        if let Some(version) = server.version
            && version.generation() == Generation::Newer
        {
            return Err(ServerError::TooNew {
                version: Some(version),
            });
        }
        let about = About { snap_in, server };
        self.about = Some(about.clone());
        Ok(about)
    }

    async fn run_helper(&mut self, request: &HelperRequest) -> Result<HelperRun, ServerError> {
        let pipeline = request.pipeline(&self.exe);
        self.helper_pushed = true;
        let object = self.only(SCRIPT, pipeline).await?;
        let run = HelperRun::from_value(&object).map_err(ServerError::Helper)?;
        self.helper_pushed = !run.removed;
        Ok(run)
    }

    /// Runs a pipeline that must return exactly something; its first object.
    async fn only(&mut self, what: &'static str, pipeline: Pipeline) -> Result<Value, ServerError> {
        let outcome = self.ask(what, pipeline).await?;
        let mut output = outcome.output.into_iter();
        output.next().ok_or(ServerError::NoAnswer { cmdlet: what })
    }

    /// Runs a pipeline; an error record without any output is a failure.
    async fn ask(
        &mut self,
        what: &'static str,
        pipeline: Pipeline,
    ) -> Result<Outcome, ServerError> {
        let outcome = match self.session().await?.run(pipeline.clone()).await {
            Err(error) if error.is_shell_gone() => {
                // the shell idled out, at the prompt for instance; nothing of this pipeline has run
                self.session = SessionSlot::None;
                self.reload().await?;
                self.session().await?.run(pipeline).await
            }
            first => first,
        }?;
        check(what, outcome)
    }

    /// Loads the Exchange cmdlets into a session that replaced a lost one.
    async fn reload(&mut self) -> Result<(), ServerError> {
        if let Some(About { snap_in, .. }) = self.about {
            self.session().await?.run(snap_in.load()).await?;
        }
        Ok(())
    }

    async fn session(&mut self) -> Result<&mut RemoteShell, ServerError> {
        if let SessionSlot::None = self.session {
            self.tell(Step::SigningIn);
            let connection = (self.connect)()?;
            self.session = SessionSlot::opening(connection);
        }
        self.session.opened().await
    }

    fn tell(&self, step: Step) {
        self.observer.step(&self.name, step);
    }
}

impl SessionSlot {
    fn opening(connection: Connection) -> Self {
        let options = shell::Options::default();
        Self::Opening(tokio::spawn(RemoteShell::open(connection, options)))
    }

    /// The open session; waits for one that is being opened.
    async fn opened(&mut self) -> Result<&mut RemoteShell, ServerError> {
        if let Self::Opening(task) = self {
            let opened = task.await.map_err(|_| ServerError::Interrupted)?;
            *self = Self::None;
            *self = Self::Open(Box::new(opened?));
        }
        match self {
            Self::Open(session) => Ok(session),
            Self::None | Self::Opening(_) => Err(ServerError::Interrupted),
        }
    }

    async fn take(&mut self) -> Option<RemoteShell> {
        _ = self.opened().await;
        match std::mem::replace(self, Self::None) {
            Self::Open(session) => Some(*session),
            Self::None | Self::Opening(_) => None,
        }
    }
}

fn check(what: &'static str, outcome: Outcome) -> Result<Outcome, ServerError> {
    let error = match &outcome.failure {
        Some(failure) => Some(failure),
        None if outcome.output.is_empty() => outcome.errors.first(),
        None => None,
    };
    match error {
        Some(error) => Err(ServerError::Cmdlet {
            cmdlet: what,
            failure: Failure::of(error),
            message: error.message.clone(),
        }),
        None => Ok(outcome),
    }
}
