//! The client side of PowerShell remoting, without I/O and without a clock.
//!
//! A [`Client`] is one runspace pool in one shell on one server, running one pipeline at a time. Whoever drives it
//! sends what [`Client::poll_request`] gives, hands the answer to [`Client::handle_response`], looks at
//! [`Client::poll_event`], and begins again until there is nothing to send. There is never more than one request
//! under way; asking for something else while one is gives that one up for lost.
//!
//! ```text
//! open()   Create ─► Receive… ─► Opened
//! run()    [Send key ─► Receive…] ─► [Terminate…] ─► Command ─► Send… ─► (Receive ─► Output…)… ─► Finished
//! stop()   Stop ─► Receive… ─► Finished
//! close()  [Stop ─► Receive…] ─► Delete ─► Closed
//! ```
//!
//! Terminate waits until four commands have ended, and is sent for each of them then; at once for a command of which the
//! server did not say that it has ended. Delete ends the rest.
//!
//! | file | what it decides |
//! | --- | --- |
//! | `next` | what is sent next |
//! | `answer` | what an answer, a fault or a lost request changes |
//! | `pool` | what the pool's own messages mean |
//! | `run` | what a pipeline's messages mean |
//! | `host` | how questions to the user are declined |
//! | `ended` | which ended commands are given up, and when |
//! | `outbox` | what may share a request |

mod answer;
mod ended;
mod error;
mod host;
mod next;
mod outbox;
mod pool;
mod run;
mod server;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use rand_core::CryptoRngCore;
use uuid::Uuid;

pub use error::{Error, Operation};
pub use server::ServerInfo;

use super::fragment::Defragmenter;
use super::message::{Destination, Message, MessageType};
use super::payload::{InitRunspacePool, SessionCapability};
use super::pipeline::{Pipeline, PipelineResult};
use super::secure::{KeyPair, SessionKey};
use crate::psrp::clixml::Value;
use crate::wsman::{Addressing, InputStream, Request, Shell, names};
use ended::Ended;
use next::Task;
use outbox::Outbox;
use run::{Phase, Run};

/// How a [`Client`] behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which kind of shell; any server's own PowerShell by default.
    pub resource_uri: String,
    /// The language wanted for messages.
    pub locale: String,
    /// How long the server may take to make the shell.
    pub open_timeout: Duration,
    /// How long the server may take over anything else, and how long a Receive waits.
    pub operation_timeout: Duration,
    /// How long a pipeline that was told to stop may be silent.
    pub stop_timeout: Duration,
    /// The largest envelope in bytes. If not given: 153,600, which every server takes, and for answers 512,000 once
    /// the server turns out to have WinRM 3.0 or later. Requests never exceed 153,600.
    pub max_envelope: Option<usize>,
    /// The most output accepted of one pipeline, in bytes.
    pub max_output: usize,
    /// The most XML elements accepted in the output of one pipeline. One is a few bytes of text, and may be a few
    /// hundred of memory.
    pub max_elements: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            resource_uri: names::RESOURCE_POWERSHELL.to_owned(),
            locale: "en-US".to_owned(),
            open_timeout: Duration::from_secs(30),
            operation_timeout: Duration::from_secs(20),
            stop_timeout: Duration::from_secs(10),
            max_envelope: None,
            max_output: 256 << 20,
            max_elements: 8 << 20,
        }
    }
}

/// What WinRM 2.0 takes by default.
const ENVELOPE: usize = 153_600;
/// What WinRM 3.0 and later take by default.
const LARGE_ENVELOPE: usize = 512_000;
/// What no server may be set below. \[MS-WSMV\] 2.2.4.20.
const SMALLEST_ENVELOPE: usize = 8192;

/// Names a pipeline within its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PipelineId(Uuid);

/// What has come of what was asked for.
#[derive(Debug, Clone)]
pub enum Event {
    /// The pool is ready for pipelines.
    Opened,
    /// An object of a pipeline's output, as soon as all of it is there. The client keeps none, so that output need not
    /// fit into memory where whoever takes the events makes something smaller of it.
    Output(PipelineId, Value),
    /// A pipeline has ended; what it said besides its output, which has been handed over by then.
    Finished(PipelineId, Box<PipelineResult>),
    /// The shell is gone.
    Closed,
}

/// A runspace pool on a server.
pub struct Client {
    options: Options,
    addressing: Addressing,
    pool: Uuid,
    stage: Stage,
    shell: Option<Shell>,
    /// Whether it was made, and under this id, was not heard.
    is_shell_guessed: bool,
    may_have_left_a_shell: bool,
    server: ServerInfo,
    outbox: Outbox,
    inbox: Defragmenter,
    key_pair: Option<KeyPair>,
    session_key: Option<SessionKey>,
    /// Receives in vain for a message of the pool's.
    silences: u32,
    run: Option<Run>,
    ended: Ended,
    in_flight: Option<(Task, Request)>,
    /// A Send or a Delete that the server was too busy for.
    again: Option<(Task, Request)>,
    times_busy: u32,
    events: VecDeque<Event>,
    random: Box<dyn CryptoRngCore + Send>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Opening,
    Open,
    /// Only good for being closed.
    Broken,
    Closing,
    Closed,
}

impl Client {
    /// For the server that calls itself `to`: `http://ex01:5985/wsman`, always with the port. Ids and keys are made
    /// with `random`. Nothing is sent until it is opened.
    pub fn new(
        to: impl Into<String>,
        options: Options,
        mut random: impl CryptoRngCore + Send + 'static,
    ) -> Self {
        let addressing = Addressing {
            to: to.into(),
            session_id: new_id(&mut random),
            locale: options.locale.clone(),
            max_envelope: options
                .max_envelope
                .unwrap_or(ENVELOPE)
                .max(SMALLEST_ENVELOPE),
        };
        Self {
            inbox: Defragmenter::with_limit(options.max_output),
            options,
            addressing,
            pool: new_id(&mut random),
            stage: Stage::New,
            shell: None,
            is_shell_guessed: false,
            may_have_left_a_shell: false,
            server: ServerInfo::default(),
            outbox: Outbox::default(),
            key_pair: None,
            session_key: None,
            silences: 0,
            run: None,
            ended: Ended::default(),
            in_flight: None,
            again: None,
            times_busy: 0,
            events: VecDeque::new(),
            random: Box::new(random),
        }
    }

    /// What the envelopes have in common; the largest size changes once the server's version is known.
    pub fn addressing(&self) -> &Addressing {
        &self.addressing
    }

    /// What the server has said of itself so far.
    pub fn server(&self) -> &ServerInfo {
        &self.server
    }

    /// Whether the shell is there, or may be, as far as was heard.
    pub fn may_have_a_shell(&self) -> bool {
        self.shell.is_some()
    }

    /// Whether a shell may be there of which only the proposed id is known, and which goes by another.
    pub fn may_have_left_a_shell(&self) -> bool {
        self.may_have_left_a_shell
    }

    /// Opens the shell and the pool. [`Event::Opened`] follows.
    pub fn open(&mut self) {
        if self.stage == Stage::New {
            self.stage = Stage::Opening;
            let pool = InitRunspacePool {
                min_runspaces: 1,
                max_runspaces: 1,
            };
            let message = |kind, data| self.message(kind, Uuid::nil(), data);
            let messages = vec![
                message(
                    MessageType::SessionCapability,
                    SessionCapability::speaking("2.3").to_value(),
                ),
                message(MessageType::InitRunspacePool, pool.to_value()),
            ];
            self.outbox.post(InputStream::Stdin, messages);
        }
    }

    /// Runs a pipeline. An [`Event::Output`] for each object and [`Event::Finished`] follow.
    pub fn run(&mut self, pipeline: Pipeline) -> Result<PipelineId, Error> {
        self.request_lost();
        if self.stage != Stage::Open || self.run.is_some() {
            return Err(Error::NotReady);
        }
        if pipeline.has_secrets() && self.session_key.is_none() {
            self.post_public_key()?;
        }
        let id = new_id(&mut *self.random);
        self.run = Some(Run::new(id, self.options.max_output));
        self.start_when_possible(pipeline);
        Ok(PipelineId(id))
    }

    /// Whether a pipeline was begun and has not ended.
    pub fn is_running(&self) -> bool {
        self.run.is_some()
    }

    /// Stops the pipeline that runs, letting its `finally` blocks run. [`Event::Finished`] follows, unless some of the
    /// pipeline's output was lost: then nothing more does, and what was handed over before may not be all there was.
    pub fn stop(&mut self) {
        self.request_lost();
        match &mut self.run {
            Some(run) if run.is_stopping() => {}
            Some(run) if run.has_started() => run.must_stop(),
            Some(_) => self.end_run(Run::into_stopped),
            None => {}
        }
    }

    /// Stops what runs and ends the shell. [`Event::Closed`] follows.
    pub fn close(&mut self) {
        self.stop();
        self.stage = match self.shell {
            Some(_) => Stage::Closing,
            None => Stage::Closed,
        };
        if self.stage == Stage::Closed {
            self.events.push_back(Event::Closed);
        }
    }

    /// What has come of what was asked for, in order.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// A message to the server.
    fn message(&self, kind: MessageType, pipeline: Uuid, data: Value) -> Message {
        Message {
            destination: Destination::Server,
            kind,
            pool: self.pool,
            pipeline,
            data,
        }
    }

    /// Ends the pipeline, reporting what `outcome` makes of it, and forgets what was still to be sent for it.
    fn end_run(&mut self, outcome: impl FnOnce(Run) -> Option<PipelineResult>) {
        let Some(run) = self.run.take() else { return };
        self.outbox.clear();
        self.again = None;
        match run.is_over {
            true => self.ended.add(run.command.clone()),
            false if run.has_started() => self.ended.add_due(run.command.clone()),
            false => {}
        }
        let id = PipelineId(run.id);
        let outcome = outcome(run).map(|outcome| Event::Finished(id, Box::new(outcome)));
        self.events.extend(outcome);
    }
}

/// A random id (RFC 9562 version 4).
fn new_id(random: &mut dyn CryptoRngCore) -> Uuid {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("to", &self.addressing.to)
            .field("stage", &self.stage)
            .field("shell", &self.shell)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
