//! What is sent next.

use uuid::Uuid;

use super::{Client, ENVELOPE, Operation, Phase, Stage};
use crate::wsman::{InputStream, Request, Shell, Signal};

/// What a request under way is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Create,
    Command,
    Send,
    ReceivePool,
    ReceiveRun,
    Stop,
    Terminate,
    Delete,
}

impl Task {
    pub fn operation(self) -> Operation {
        match self {
            Self::Create => Operation::Create,
            Self::Command => Operation::Command,
            Self::Send => Operation::Send,
            Self::ReceivePool | Self::ReceiveRun => Operation::Receive,
            Self::Stop | Self::Terminate => Operation::Signal,
            Self::Delete => Operation::Delete,
        }
    }
}

impl Client {
    /// The next request; `None` while one is under way, and when there is nothing left to do.
    pub fn poll_request(&mut self) -> Option<Request> {
        if self.in_flight.is_some() {
            return None;
        }
        let (task, request) = self.again.take().or_else(|| self.next())?;
        self.in_flight = Some((task, request.clone()));
        Some(request)
    }

    fn next(&mut self) -> Option<(Task, Request)> {
        match self.stage {
            Stage::New | Stage::Broken | Stage::Closed => None,
            Stage::Opening => Some(self.next_while_opening()),
            Stage::Open => self.next_for_run(),
            Stage::Closing => self.next_for_run().or_else(|| self.delete()),
        }
    }

    fn next_while_opening(&mut self) -> (Task, Request) {
        match self.shell.clone() {
            Some(shell) => self.exchange_with_pool(&shell),
            None => {
                let (resource_uri, timeout) =
                    (self.options.resource_uri.clone(), self.options.open_timeout);
                let pool = self.pool;
                let create =
                    self.fill(|fragments| Shell::create(&resource_uri, pool, fragments, timeout));
                (Task::Create, create)
            }
        }
    }

    fn exchange_with_pool(&mut self, shell: &Shell) -> (Task, Request) {
        let timeout = self.options.operation_timeout;
        match self.outbox.is_empty() {
            true => (Task::ReceivePool, shell.receive(None, timeout)),
            false => (Task::Send, self.send(shell, None)),
        }
    }

    fn next_for_run(&mut self) -> Option<(Task, Request)> {
        let shell = self.shell.clone()?;
        let timeout = self.options.operation_timeout;
        let run = self.run.as_mut()?;
        let (id, command) = (run.id, run.command.clone());
        let next = match run.phase {
            Phase::Keying(_) => self.exchange_with_pool(&shell),
            // the pool asked something while it opened
            Phase::Ready if self.outbox.stream() == InputStream::PromptResponse => {
                (Task::Send, self.send(&shell, None))
            }
            Phase::Ready => match self.ended.take_due() {
                Some(ended) => (
                    Task::Terminate,
                    shell.signal(&ended, Signal::Terminate, timeout),
                ),
                None => {
                    run.phase = Phase::Running;
                    (
                        Task::Command,
                        self.fill(|fragments| shell.command(id, fragments, timeout)),
                    )
                }
            },
            Phase::Running if self.outbox.is_empty() => {
                (Task::ReceiveRun, shell.receive(Some(&command), timeout))
            }
            Phase::Running => (Task::Send, self.send(&shell, Some(&command))),
            Phase::MustStop => {
                run.phase = Phase::Stopping { receives: 0 };
                self.outbox.clear();
                (Task::Stop, shell.signal(&command, Signal::Stop, timeout))
            }
            Phase::Stopping { .. } => (
                Task::ReceiveRun,
                shell.receive(Some(&command), self.options.stop_timeout),
            ),
        };
        Some(next)
    }

    fn send(&mut self, shell: &Shell, command: Option<&str>) -> Request {
        let timeout = self.options.operation_timeout;
        let stream = self.outbox.stream();
        self.fill(|fragments| shell.send(stream, command, fragments, timeout))
    }

    fn delete(&self) -> Option<(Task, Request)> {
        let shell = self.shell.as_ref()?;
        Some((Task::Delete, shell.delete(self.options.operation_timeout)))
    }

    /// Makes a request that carries as much of what waits as an envelope has room for that every server takes: a
    /// large one would save a few requests, and one whose limit was not raised with its WinRM would refuse it.
    fn fill(&mut self, request: impl Fn(&[u8]) -> Request) -> Request {
        // three bytes are four characters of base64
        let frame = request(&[0; 3]).to_xml(&self.addressing, Uuid::nil()).len() - 4;
        let limit = self.addressing.max_envelope.min(ENVELOPE);
        let room = limit.saturating_sub(frame) / 4 * 3;
        request(&self.outbox.take(room))
    }
}
