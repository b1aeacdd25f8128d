//! What an answer, a fault or a lost request changes.

use super::{Client, Error, Event, Phase, PipelineId, Run, Stage, Task};
use crate::psrp::message::MessageType;
use crate::wsman::{
    Body, Fault, InputStream, Progress, Received, Request, Response, Shell, number,
};

/// How often a Send or a Delete that meets a busy server is repeated.
const MOST_TIMES_BUSY: u32 = 20;

/// Receives in vain until a pool that does not open, or does not send its key, is given up.
const MOST_SILENCES: u32 = 6;

impl Client {
    /// Takes in what the server answered to the last request. After an error the pool may still be good for another
    /// pipeline once this one was stopped, and is always good for being closed.
    pub fn handle_response(&mut self, answer: Result<Response, Box<Fault>>) -> Result<(), Error> {
        let Some((task, request)) = self.in_flight.take() else {
            return Ok(());
        };
        match answer {
            Ok(response) => self
                .answered(task, response.body)
                .inspect_err(|_| self.tear(task)),
            Err(fault) => self.refused(task, request, fault),
        }
    }

    /// Gives the request under way up: whether the server got it is not known.
    pub fn request_lost(&mut self) {
        if let Some((task, _)) = self.in_flight.take() {
            self.tear(task);
        }
    }

    /// Gives the request under way up: the server certainly did not get it.
    pub fn request_unsent(&mut self) {
        match self.in_flight {
            Some((Task::Create, _)) => {
                self.in_flight = None;
                self.stage = Stage::Broken;
            }
            _ => self.request_lost(),
        }
    }

    /// Something of what was said is missing now.
    fn tear(&mut self, task: Task) {
        match task {
            Task::Create => {
                self.stage = Stage::Broken;
                // if the shell was made, then most likely under the id that was proposed
                self.is_shell_guessed = self.shell.is_none();
                self.shell
                    .get_or_insert_with(|| Shell::proposed(&self.options.resource_uri, self.pool));
            }
            Task::Delete | Task::Terminate => {}
            Task::ReceivePool => self.stage = Stage::Broken,
            Task::Send if self.run.as_ref().is_none_or(|run| !run.has_started()) => {
                self.stage = Stage::Broken
            }
            Task::Command | Task::Send | Task::ReceiveRun | Task::Stop => {
                let Some(run) = &mut self.run else { return };
                run.is_torn = true;
                match (task, &run.phase) {
                    // that it has stopped was perhaps just what got lost
                    (Task::ReceiveRun, Phase::Stopping { .. }) => self.end_run(Run::into_stopped),
                    _ => run.must_stop(),
                }
            }
        }
    }

    fn answered(&mut self, task: Task, body: Body) -> Result<(), Error> {
        match (task, body) {
            (Task::Create, Body::Created(shell)) => {
                self.shell = Some(shell);
                Ok(())
            }
            (Task::Command, Body::Command(id)) => {
                if let (Some(run), Some(id)) = (&mut self.run, id) {
                    run.command = id;
                }
                Ok(())
            }
            (Task::ReceivePool, Body::Received(received)) => self.received_pool(&received),
            (Task::ReceiveRun, Body::Received(received)) => self.received_run(&received),
            (Task::Send, Body::Done) => {
                self.times_busy = 0;
                Ok(())
            }
            (Task::Stop | Task::Terminate, Body::Done) => Ok(()),
            (Task::Delete, _) => {
                self.closed();
                Ok(())
            }
            (task, _) => Err(Error::Unexpected(task.operation())),
        }
    }

    fn refused(&mut self, task: Task, request: Request, fault: Box<Fault>) -> Result<(), Error> {
        let is_stopping = self.run.as_ref().is_some_and(Run::is_stopping);
        match task {
            Task::ReceivePool if fault.is_timeout() => {
                return self.silence().inspect_err(|_| self.tear(task));
            }
            // there is nothing more to be had of it
            Task::ReceiveRun | Task::Stop if is_stopping => {
                self.end_run(Run::into_stopped);
                return Ok(());
            }
            Task::ReceiveRun if fault.is_timeout() => {
                return self.run.as_mut().map_or(Ok(()), Run::in_vain);
            }
            Task::Send | Task::Delete
                if fault.is(number::BUSY) && self.times_busy < MOST_TIMES_BUSY =>
            {
                self.times_busy += 1;
                self.again = Some((task, request));
                return Ok(());
            }
            Task::Terminate => return Ok(()),
            Task::Delete if fault.is_shell_gone() => {
                // WinRM 2.0 gives it another id than was proposed
                self.may_have_left_a_shell |= self.is_shell_guessed;
                self.closed();
                return Ok(());
            }
            // that is for Delete to find out: what lies in between may have lost it, and not the server
            _ if fault.is_shell_gone() => {
                (self.run, self.stage) = (None, Stage::Broken);
                self.outbox.clear();
            }
            Task::Create => self.stage = Stage::Broken,
            // it has not begun, unless the server only stopped waiting for it
            Task::Command if !fault.is_timeout() => {
                self.run = None;
                self.outbox.clear();
            }
            _ => self.tear(task),
        }
        Err(Error::Refused {
            operation: task.operation(),
            fault,
        })
    }

    fn received_pool(&mut self, received: &Received) -> Result<(), Error> {
        if received.streams.is_empty() {
            return self.silence();
        }
        self.silences = 0;
        let mut own = received
            .streams
            .iter()
            .filter(|stream| stream.command.is_none());
        own.try_for_each(|stream| self.receive_pool(&stream.data))
    }

    /// The server had nothing to say for the pool within the time asked for.
    fn silence(&mut self) -> Result<(), Error> {
        self.silences += 1;
        match self.silences < MOST_SILENCES {
            true => Ok(()),
            false => Err(Error::Silent),
        }
    }

    fn received_run(&mut self, received: &Received) -> Result<(), Error> {
        let Some(run) = &mut self.run else {
            return Ok(());
        };
        let is_own = |command: &Option<String>| {
            command
                .as_ref()
                .is_none_or(|id| id.eq_ignore_ascii_case(&run.command))
        };
        let streams: Vec<_> = received
            .streams
            .iter()
            .filter(|stream| is_own(&stream.command))
            .collect();
        let is_done = received
            .states
            .iter()
            .any(|state| state.progress == Progress::Done && is_own(&state.command));
        let id = run.id;
        let mut has_ended = false;
        for stream in &streams {
            let Some(run) = &mut self.run else { break };
            let output = |value| {
                self.events.push_back(Event::Output(PipelineId(id), value));
            };
            let reaction = run.receive(&stream.data, &self.options, output)?;
            has_ended |= reaction.has_ended;
            let responses = reaction.host_responses.into_iter();
            let messages = responses
                .map(|response| self.message(MessageType::PipelineHostResponse, id, response))
                .collect();
            self.outbox.post(InputStream::PromptResponse, messages);
        }
        self.judge_run(has_ended, is_done, streams.is_empty())
    }

    /// Whether the pipeline goes on after what was received.
    fn judge_run(&mut self, has_ended: bool, is_done: bool, is_silent: bool) -> Result<(), Error> {
        let Some(run) = &mut self.run else {
            return Ok(());
        };
        run.is_over = has_ended || is_done;
        if has_ended {
            self.end_run(Run::into_outcome);
        } else if run.is_stopping() && (is_done || is_silent || !run.may_wait()) {
            self.end_run(Run::into_stopped);
        } else if is_done {
            return Err(Error::EndedSilently);
        } else if is_silent {
            return run.in_vain();
        }
        Ok(())
    }

    fn closed(&mut self) {
        self.stage = Stage::Closed;
        self.shell = None;
        self.events.push_back(Event::Closed);
    }
}
