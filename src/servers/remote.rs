//! A server's remote shell: opened once, opened anew where it is gone.

use std::sync::Arc;

use mapisweep_winrm::psrp::{
    clixml::Value,
    pipeline::{Pipeline, PipelineResult},
};
use tokio::task::JoinHandle;

use super::error::ServerError;
use crate::{
    connection::{Connection, Peer, Way},
    shell::{self, Options, RemoteShell},
};

/// The way to a server and the shell that is open there, if one is.
pub struct Remote {
    peer: Arc<Peer>,
    shell: Slot,
    /// How many were opened so far.
    shells: usize,
    /// What every new shell begins with: loading the Exchange cmdlets, once it is known which.
    prelude: Option<Pipeline>,
}

/// Opening is never dropped half-way: a shell whose id is not yet known could not be deleted. The sign-in before it is.
enum Slot {
    None,
    Reached(Box<Connection>),
    Opening(JoinHandle<Result<RemoteShell, shell::Error>>),
    Open(Box<RemoteShell>),
}

impl Remote {
    /// Nothing is sent yet.
    pub fn new(peer: Arc<Peer>) -> Self {
        Self {
            peer,
            shell: Slot::None,
            shells: 0,
            prelude: None,
        }
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

    /// Connects and does what of the sign-in needs no password.
    pub async fn reach(&mut self) -> Result<(), ServerError> {
        if let Slot::None = self.shell {
            let mut connection = Connection::new(Arc::clone(&self.peer));
            connection.reach().await?;
            self.shell = Slot::Reached(Box::new(connection));
        }
        Ok(())
    }

    /// The open shell; signs in and opens one where there is none.
    pub async fn open(&mut self) -> Result<&mut RemoteShell, ServerError> {
        self.shell = match std::mem::replace(&mut self.shell, Slot::None) {
            Slot::None => Slot::opening(Connection::new(Arc::clone(&self.peer))).await?,
            Slot::Reached(connection) => Slot::opening(*connection).await?,
            other => other,
        };
        if let Slot::Opening(_) = self.shell {
            let prelude = self.prelude.clone();
            let shell = self.shell.opened().await?;
            self.shells += 1;
            if let Some(prelude) = prelude {
                shell.run(prelude).await?;
            }
        }
        self.shell.opened().await
    }

    /// Has this run in every later shell before anything else.
    pub fn begin_with(&mut self, prelude: Pipeline) {
        self.prelude = Some(prelude);
    }

    /// Runs a pipeline and hands its output over as it comes; in a new shell where the old one has idled out, at the prompt
    /// for instance.
    pub async fn run_into(
        &mut self,
        pipeline: Pipeline,
        output: &mut (dyn FnMut(Value) + Send),
    ) -> Result<PipelineResult, ServerError> {
        let shell = self.open().await?;
        match shell.run_into(pipeline.clone(), output).await {
            Err(error) if error.is_shell_gone() => {
                // nothing of this pipeline has run
                self.shell = Slot::None;
                Ok(self.open().await?.run_into(pipeline, output).await?)
            }
            outcome => Ok(outcome?),
        }
    }

    /// A shell of its own, for cleaning up. To be awaited to its end, and closed.
    pub async fn fresh(&self) -> Result<RemoteShell, ServerError> {
        let connection = Connection::new(Arc::clone(&self.peer));
        Ok(RemoteShell::open(connection, Options::default()).await?)
    }

    /// Takes the shell, if there is one, to be closed; waits for one that is being opened.
    pub async fn take(&mut self) -> Option<RemoteShell> {
        _ = self.shell.opened().await;
        match std::mem::replace(&mut self.shell, Slot::None) {
            Slot::Open(shell) => Some(*shell),
            Slot::None | Slot::Reached(_) | Slot::Opening(_) => None,
        }
    }
}

impl Slot {
    async fn opening(mut connection: Connection) -> Result<Self, ServerError> {
        connection.sign_in().await?;
        let opening = RemoteShell::open(connection, Options::default());
        Ok(Self::Opening(tokio::spawn(opening)))
    }

    /// The open shell; waits for one that is being opened.
    async fn opened(&mut self) -> Result<&mut RemoteShell, ServerError> {
        if let Self::Opening(task) = self {
            let opened = task.await.map_err(|_| ServerError::Interrupted)?;
            *self = Self::None;
            *self = Self::Open(Box::new(opened?));
        }
        match self {
            Self::Open(shell) => Ok(shell),
            Self::None | Self::Reached(_) | Self::Opening(_) => Err(ServerError::Interrupted),
        }
    }
}
