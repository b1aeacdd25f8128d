//! A PowerShell shell with one server: the runspace pool of [`remoting::client`](mapisweep_winrm::psrp::client), driven
//! over a [`Connection`].

use std::time::Duration;

use rand::rngs::OsRng;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use uuid::Uuid;

use crate::connection::{self, Connection};
use mapisweep_winrm::psrp::client::{self, Client, Event};
use mapisweep_winrm::psrp::clixml::Value;
use mapisweep_winrm::psrp::pipeline::{Pipeline, PipelineResult};
use mapisweep_winrm::wsman::{self, Fault, Request, Response, number};

pub use mapisweep_winrm::psrp::client::{Options, ServerInfo};

/// An open runspace pool on a server, running one pipeline at a time.
///
/// The future of [`run`](Self::run) may be dropped at any time. What runs on the server then goes on until
/// [`stop`](Self::stop) or [`close`](Self::close), which sign in again by themselves, or until the next `run`, which
/// stops it first. A shell that is dropped without being closed leaves its shell on the server.
#[derive(Debug)]
pub struct RemoteShell {
    connection: Connection,
    client: Client,
}

/// Why a shell could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no connection, it was lost, or the sign-in was refused.
    #[error(transparent)]
    Connection(#[from] connection::Error),
    /// The server refused a request, or its PowerShell cannot be used.
    #[error(transparent)]
    Remoting(#[from] client::Error),
    /// The server answered with something that cannot be read.
    #[error("the server's answer (HTTP {status}) cannot be read")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        #[source]
        source: wsman::Error,
    },
    /// The answer is one to another request.
    #[error("the server's answer belongs to another request")]
    ForAnother,
    /// Opening failed, and the shell may be there all the same: the answer that would have named it was lost.
    #[error(transparent)]
    MayBeLeft(Box<Error>),
    /// Opening was given up.
    #[error("opening the shell was given up")]
    GivenUp,
    /// The server did not stop the pipeline or end the shell in time.
    #[error("the shell could not be closed within {} s", limit.as_secs())]
    NotClosed {
        /// How long was waited.
        limit: Duration,
    },
}

impl Error {
    /// Whether ending the shell may succeed on another connection, or in a moment. Who is not let in is not let in then
    /// either.
    fn is_worth_closing_again(&self) -> bool {
        match self {
            Self::Connection(error) => !error.is_refusal(),
            Self::ForAnother | Self::Unreadable { .. } | Self::NotClosed { .. } => true,
            Self::Remoting(_) | Self::MayBeLeft(_) | Self::GivenUp => false,
        }
    }

    /// Whether what was to be read can be asked for again, on another socket: something was lost on the way. A server that
    /// said nothing for too long would say nothing again.
    pub fn is_worth_asking_again(&self) -> bool {
        match self {
            Self::Connection(error) => matches!(
                error,
                connection::Error::Lost { .. } | connection::Error::SignInForgotten
            ),
            Self::ForAnother | Self::Unreadable { .. } => true,
            Self::Remoting(_) | Self::NotClosed { .. } | Self::MayBeLeft(_) | Self::GivenUp => {
                false
            }
        }
    }

    /// Whether the shell no longer exists and nothing of the pipeline has run: it can be tried in a new shell.
    pub fn is_shell_gone(&self) -> bool {
        matches!(self, Self::Remoting(error) if error.is_shell_gone())
    }
}

/// Before a shell is ended once more that could not be: the connection may be dead, the service may be restarting.
const BEFORE_CLOSING_AGAIN: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(1)];

/// Before a request is repeated that the server was too busy for.
const BUSY_PAUSE: Duration = Duration::from_millis(100);

impl RemoteShell {
    /// Signs in and opens a shell with a runspace pool, unless it is given up and takes long. After an error nothing is left
    /// on the server, as far as it can be reached. To be awaited to its end: dropped half-way it may leave a shell.
    pub async fn open(
        connection: Connection,
        options: Options,
        given_up: &CancellationToken,
    ) -> Result<Self, Error> {
        let client = Client::new(connection.endpoint().to(), options, OsRng);
        let mut shell = Self { connection, client };
        shell.client.open();
        // an id that is on its way is worth waiting for: without it the shell cannot be deleted
        let patience = shell.connection.patience();
        let given_up = async {
            given_up.cancelled().await;
            sleep(patience).await;
        };
        let opened = tokio::select! {
            opened = shell.drive(drop) => opened,
            () = given_up => Err(Error::GivenUp),
        };
        match opened {
            Ok(()) => {
                debug!(server = ?shell.client.server(), "the shell is open");
                Ok(shell)
            }
            Err(error) => {
                let closed = shell.close_now().await;
                let is_left = closed.is_err() && shell.client.may_have_a_shell();
                match is_left || shell.client.may_have_left_a_shell() {
                    true => Err(Error::MayBeLeft(Box::new(error))),
                    false => Err(error),
                }
            }
        }
    }

    /// Which PowerShell is on the other side.
    pub fn server(&self) -> &ServerInfo {
        self.client.server()
    }

    /// Runs a pipeline to its end. A [`PipelineResult`] may itself be a failure: see [`PipelineResult::state`].
    pub async fn run(&mut self, pipeline: Pipeline) -> Result<PipelineResult, Error> {
        let mut output = Vec::new();
        let result = self
            .run_into(pipeline, &mut |value| output.push(value))
            .await?;
        Ok(PipelineResult { output, ..result })
    }

    /// Runs a pipeline to its end and hands each object of its output over as soon as it has come, so that none is kept
    /// that is not needed: the result's `output` is empty. What was handed over before an error, before the pipeline
    /// failed, or before this future was dropped stays handed over: it came from the server, in order and unaltered, but
    /// may not be all there was.
    pub async fn run_into(
        &mut self,
        pipeline: Pipeline,
        output: &mut (dyn FnMut(Value) + Send),
    ) -> Result<PipelineResult, Error> {
        if self.client.is_running() {
            self.stop().await?;
        }
        let id = self.client.run(pipeline)?;
        let mut result = None;
        self.drive(|event| match event {
            Event::Output(own, value) if own == id => output(value),
            Event::Finished(own, outcome) if own == id => result = Some(*outcome),
            _ => {}
        })
        .await?;
        result.ok_or_else(|| client::Error::EndedSilently.into())
    }

    /// Stops what a dropped or failed [`run`](Self::run) has left running, letting its `finally` blocks run. Like
    /// closing, it is given as long as connecting.
    pub async fn stop(&mut self) -> Result<(), Error> {
        self.client.stop();
        self.drive_to_close().await
    }

    /// Stops what runs and ends the shell. Where the server cannot be asked, or its answer is lost on the way, that is
    /// tried again: ending a shell twice does no harm.
    pub async fn close(mut self) -> Result<(), Error> {
        self.close_now().await
    }

    async fn close_now(&mut self) -> Result<(), Error> {
        let mut pauses = BEFORE_CLOSING_AGAIN.into_iter();
        loop {
            self.client.close();
            match self.drive_to_close().await {
                Err(error) if error.is_worth_closing_again() => {
                    let Some(pause) = pauses.next() else {
                        return Err(error);
                    };
                    debug!(%error, "closing again");
                    sleep(pause).await;
                }
                closed => return closed,
            }
        }
    }

    async fn drive_to_close(&mut self) -> Result<(), Error> {
        let limit = self.connection.patience();
        timeout(limit, self.drive(drop))
            .await
            .unwrap_or(Err(Error::NotClosed { limit }))
    }

    /// Sends whatever the client has to send, until it has nothing more, and passes on what comes of it: also what came
    /// before an error.
    async fn drive(&mut self, mut hear: impl FnMut(Event) + Send) -> Result<(), Error> {
        while let Some(request) = self.client.poll_request() {
            let answer = self.exchange(&request).await?;
            if answer.as_ref().is_err_and(|fault| fault.is(number::BUSY)) {
                sleep(BUSY_PAUSE).await;
            }
            let handled = self.client.handle_response(answer);
            std::iter::from_fn(|| self.client.poll_event()).for_each(&mut hear);
            handled?;
        }
        Ok(())
    }

    async fn exchange(&mut self, request: &Request) -> Result<Result<Response, Box<Fault>>, Error> {
        let message_id = Uuid::new_v4();
        let soap = request.to_xml(self.client.addressing(), message_id);
        debug!(action = request.action, bytes = soap.len(), "asking");
        let reply = match request.runs_something() {
            true => self.connection.exchange_once(&soap).await,
            false => self.connection.exchange(&soap).await,
        };
        let reply = reply.inspect_err(|error| match error.maybe_delivered() {
            true => self.client.request_lost(),
            false => self.client.request_unsent(),
        })?;
        debug!(status = reply.status, bytes = reply.body.len(), "answered");
        match Response::parse(&reply.body) {
            Ok(response) if response.answers(message_id) => Ok(Ok(response)),
            Ok(_) => {
                self.client.request_lost();
                Err(Error::ForAnother)
            }
            Err(wsman::Error::Fault(fault)) => {
                debug!(%fault, "fault");
                Ok(Err(fault))
            }
            Err(source) => {
                self.client.request_lost();
                let status = reply.status;
                Err(Error::Unreadable { status, source })
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
