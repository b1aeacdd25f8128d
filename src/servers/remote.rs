//! A server's remote shell: opened once, opened anew where it is gone.

use std::sync::Arc;

use mapisweep_winrm::{
    psrp::{
        clixml::Value,
        pipeline::{Pipeline, PipelineResult},
    },
    wsman::names,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Patience, ServerError};
use crate::{
    connection::{Connection, Knocked, Peer, Probe, Way},
    shell::{self, Options, RemoteShell, ServerInfo},
};

/// The way to a server and the shell that is open there, if one is.
pub struct Remote {
    peer: Arc<Peer>,
    options: Options,
    shell: Slot,
    patience: Patience,
    /// The last pipeline was handed to a shell.
    has_begun: bool,
    /// A shell was made, or may have been, that nobody can name.
    has_lost_a_shell: bool,
    /// So was one, or may have been, that something ran in.
    has_lost_one_in_use: bool,
    /// Which computer has the shell is known: what another says of it means nothing.
    is_of_a_known_computer: bool,
    /// A shell that is said to be gone, until it is seen to be.
    gone: Option<Box<RemoteShell>>,
    /// How many were opened so far.
    shells: usize,
    /// What every new shell begins with: loading the Exchange cmdlets, once it is known which.
    prelude: Option<Pipeline>,
}

/// Opening is never dropped half-way: a shell whose id is not yet known could not be deleted. The sign-in before it is.
enum Slot {
    None,
    Reached(Box<Connection>),
    /// Given up by the token.
    Opening(
        JoinHandle<Result<RemoteShell, shell::Error>>,
        CancellationToken,
    ),
    Open(Box<RemoteShell>),
}

impl Remote {
    /// Whether its machine is there at all.
    pub async fn knock(&self) -> Knocked {
        self.peer.knock().await
    }

    /// What it shows to whoever has not signed in.
    pub async fn probe(&self, probe: &mut Probe) -> Result<(), ServerError> {
        Ok(self.peer.probe(probe).await?)
    }

    /// Which PowerShell answers in the open shell.
    pub fn powershell(&self) -> Option<&ServerInfo> {
        match &self.shell {
            Slot::Open(shell) => Some(shell.server()),
            Slot::None | Slot::Reached(_) | Slot::Opening(..) => None,
        }
    }

    /// To the server's own PowerShell. Nothing is sent yet.
    pub fn new(peer: Arc<Peer>, patience: Patience) -> Self {
        Self {
            peer,
            options: Options::default(),
            patience,
            has_begun: false,
            has_lost_a_shell: false,
            has_lost_one_in_use: false,
            is_of_a_known_computer: false,
            gone: None,
            shell: Slot::None,
            shells: 0,
            prelude: None,
        }
    }

    /// To Exchange's own. Nothing is sent yet.
    pub fn of_exchange(peer: Arc<Peer>, patience: Patience) -> Self {
        let options = Options {
            resource_uri: names::RESOURCE_EXCHANGE.to_owned(),
            ..Options::default()
        };
        Self {
            options,
            ..Self::new(peer, patience)
        }
    }

    /// Who answers in its place, as far as the answers say.
    pub fn served_by(&self) -> Option<&str> {
        self.peer.served_by()
    }

    /// Where it is.
    pub fn endpoint(&self) -> String {
        self.peer.endpoint().to()
    }

    /// Later shells are opened on the same server as the other's; the open one stays.
    pub fn rename(&mut self, other: &Self) {
        self.peer = Arc::clone(&other.peer);
    }

    /// How many HTTP requests it took so far.
    pub fn requests(&self) -> usize {
        self.peer.requests()
    }

    /// How many shells were opened there so far.
    pub fn shells(&self) -> usize {
        self.shells
    }

    /// The way that is taken to it, as far as it was chosen.
    pub fn way(&self) -> Option<Way> {
        self.peer.way()
    }

    /// Whether a password is used there.
    pub fn has_password(&self) -> bool {
        self.peer.has_password()
    }

    /// From now on one server of the run is shown a password first, and the others once it was taken there.
    pub fn shows_password_alone(&self) {
        self.peer.take_password_turns();
    }

    /// Connects and does what of the sign-in needs no password.
    pub async fn reach(&mut self) -> Result<(), ServerError> {
        if let Slot::None = self.shell {
            let mut connection = Connection::new(Arc::clone(&self.peer));
            self.patience.for_step(connection.reach()).await?;
            self.shell = Slot::Reached(Box::new(connection));
        }
        Ok(())
    }

    /// Signs in and opens a shell where there is none.
    pub async fn sign_in(&mut self) -> Result<(), ServerError> {
        self.patience.for_step(self.open()).await.map(drop)
    }

    async fn open(&mut self) -> Result<&mut RemoteShell, ServerError> {
        match self.open_or_lose().await {
            // whoever hears of the error must not have to know it
            Err(ServerError::Shell(shell::Error::MayBeLeft(error))) => {
                self.has_lost_a_shell = true;
                Err(ServerError::Shell(*error))
            }
            Err(error) => Err(error),
            Ok(()) => self.shell.opened().await,
        }
    }

    async fn open_or_lose(&mut self) -> Result<(), ServerError> {
        self.shell = match std::mem::replace(&mut self.shell, Slot::None) {
            Slot::None => {
                let connection = Connection::new(Arc::clone(&self.peer));
                Slot::opening(connection, self.options.clone()).await?
            }
            Slot::Reached(connection) => Slot::opening(*connection, self.options.clone()).await?,
            other => other,
        };
        if let Slot::Opening(..) = self.shell {
            let prelude = self.prelude.clone();
            let shell = self.shell.opened().await?;
            self.shells += 1;
            if let Some(prelude) = prelude {
                shell.run(prelude).await?;
            }
        }
        self.shell.opened().await.map(drop)
    }

    /// Has this run in every later shell before anything else.
    pub fn begin_with(&mut self, prelude: Pipeline) {
        self.prelude = Some(prelude);
    }

    /// Runs a pipeline and hands its output over as it comes; in a new shell where the old one has idled out, at the prompt
    /// for instance. What has not ended within the time for a step is given up.
    pub async fn run_into(
        &mut self,
        pipeline: Pipeline,
        output: &mut (dyn FnMut(Value) + Send),
    ) -> Result<PipelineResult, ServerError> {
        let patience = self.patience;
        patience
            .for_step(Box::pin(self.run_patiently(pipeline, output)))
            .await
    }

    async fn run_patiently(
        &mut self,
        pipeline: Pipeline,
        output: &mut (dyn FnMut(Value) + Send),
    ) -> Result<PipelineResult, ServerError> {
        self.open().await?;
        self.has_begun = true;
        let shell = self.shell.opened().await?;
        match shell.run_into(pipeline.clone(), output).await {
            Err(error) if error.is_shell_gone() => {
                // nothing of this pipeline has run
                if let Slot::Open(gone) = std::mem::replace(&mut self.shell, Slot::None) {
                    self.gone = Some(gone);
                    // behind a load balancer it may be another computer that does not have it
                    self.has_lost_one_in_use |= !self.is_of_a_known_computer;
                }
                Ok(self.open().await?.run_into(pipeline, output).await?)
            }
            outcome => Ok(outcome?),
        }
    }

    /// From now on is told whether anything was sent.
    pub fn begin(&mut self) {
        self.has_begun = false;
    }

    /// Whether anything may have been sent since then.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// A shell that was said to be gone, to be closed all the same: the server may not have meant it.
    pub fn take_gone(&mut self) -> Option<RemoteShell> {
        self.gone.take().map(|gone| *gone)
    }

    /// A shell of its own, for cleaning up. To be awaited to its end, and closed.
    pub async fn fresh(&self) -> Result<RemoteShell, ServerError> {
        let connection = Connection::new(Arc::clone(&self.peer));
        let never = CancellationToken::new();
        Ok(RemoteShell::open(connection, self.options.clone(), &never).await?)
    }

    /// The computer has said its name.
    pub fn computer_is_known(&mut self) {
        self.is_of_a_known_computer = true;
    }

    /// Another computer answers now: that it does not have a shell does not say that it is gone.
    pub fn another_answers(&mut self) {
        self.has_lost_one_in_use |= self.gone.is_some();
    }

    /// Whether a shell is lost that something ran in.
    pub fn has_lost_one_in_use(&self) -> bool {
        self.has_lost_one_in_use
    }

    /// Whether there is something to be closed, or may be.
    pub fn may_have_a_shell(&self) -> bool {
        self.gone.is_some() || matches!(self.shell, Slot::Opening(..) | Slot::Open(_))
    }

    /// Whether a shell is lost; told once.
    pub fn take_lost(&mut self) -> bool {
        std::mem::take(&mut self.has_lost_a_shell) | std::mem::take(&mut self.has_lost_one_in_use)
    }

    /// Takes the shell, if there is one, to be closed; gives one up that is being opened.
    pub async fn take(&mut self) -> Option<RemoteShell> {
        if let Slot::Opening(_, given_up) = &self.shell {
            given_up.cancel();
        }
        if let Err(ServerError::Shell(shell::Error::MayBeLeft(_))) = self.shell.opened().await {
            self.has_lost_a_shell = true;
        }
        match std::mem::replace(&mut self.shell, Slot::None) {
            Slot::Open(shell) => Some(*shell),
            Slot::None | Slot::Reached(_) | Slot::Opening(..) => None,
        }
    }
}

impl Slot {
    async fn opening(mut connection: Connection, options: Options) -> Result<Self, ServerError> {
        connection.sign_in().await?;
        let given_up = CancellationToken::new();
        let opening = {
            let given_up = given_up.clone();
            async move { RemoteShell::open(connection, options, &given_up).await }
        };
        Ok(Self::Opening(tokio::spawn(opening), given_up))
    }

    /// The open shell; waits for one that is being opened.
    async fn opened(&mut self) -> Result<&mut RemoteShell, ServerError> {
        if let Self::Opening(task, _) = self {
            let opened = task.await.map_err(|_| ServerError::Interrupted)?;
            *self = Self::None;
            *self = Self::Open(Box::new(opened?));
        }
        match self {
            Self::Open(shell) => Ok(shell),
            Self::None | Self::Reached(_) | Self::Opening(..) => Err(ServerError::Interrupted),
        }
    }
}
