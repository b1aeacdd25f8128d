//! One pipeline from being asked for to its end.

use uuid::Uuid;

use super::{Error, Options, host};
use crate::psrp::clixml::Value;
use crate::psrp::fragment::Defragmenter;
use crate::psrp::message::{Message, MessageType};
use crate::psrp::payload::{PipelineState, PipelineStateMessage};
use crate::psrp::pipeline::{ErrorRecord, Pipeline, PipelineResult, ProgressRecord, State};
use crate::wsman::upper;

/// Receives that a pipeline is given to say it has stopped, however much it still has to say.
const MOST_RECEIVES_WHILE_STOPPING: u32 = 64;

/// Receives in a row that bring nothing, until a pipeline is given up: twenty minutes of a server that waits as long as
/// it is asked to, a moment of one that answers at once for ever.
const MOST_RECEIVES_IN_VAIN: u32 = 60;

/// Where a pipeline is.
#[derive(Debug)]
pub(super) enum Phase {
    /// Has secrets, and there is no session key; the public key has not been sent or not been answered.
    Keying(Box<Pipeline>),
    /// Nothing of it has been sent, all of it is queued.
    Ready,
    /// The command exists, or its request is under way.
    Running,
    /// It is to be told to stop.
    MustStop,
    /// It has been told.
    Stopping { receives: u32 },
}

#[derive(Debug)]
pub(super) struct Run {
    pub id: Uuid,
    pub phase: Phase,
    /// The command's id; the server may choose another than was proposed.
    pub command: String,
    /// Something of its output was lost: what still comes cannot be put together, only awaited.
    pub is_torn: bool,
    /// The server said that it has ended, in whatever way.
    pub is_over: bool,
    defragmenter: Defragmenter,
    /// Bytes of output so far.
    received: usize,
    /// XML elements of output so far.
    elements: usize,
    /// Receives in a row that brought nothing.
    in_vain: u32,
    outcome: PipelineResult,
}

/// What a piece of output asks for.
#[derive(Debug, Default)]
pub(super) struct Reaction {
    /// To be sent to the pipeline.
    pub host_responses: Vec<Value>,
    /// The pipeline said how it ended.
    pub has_ended: bool,
}

impl Run {
    pub fn new(id: Uuid, max_message: usize) -> Self {
        Self {
            id,
            phase: Phase::Ready,
            command: upper(id),
            is_torn: false,
            is_over: false,
            defragmenter: Defragmenter::with_limit(max_message),
            received: 0,
            elements: 0,
            in_vain: 0,
            outcome: PipelineResult::default(),
        }
    }

    /// Whether the server knows of it.
    pub fn has_started(&self) -> bool {
        !matches!(self.phase, Phase::Keying(_) | Phase::Ready)
    }

    pub fn is_stopping(&self) -> bool {
        matches!(self.phase, Phase::MustStop | Phase::Stopping { .. })
    }

    /// Asks for it to be told to stop; once more, if whether it was told is not known.
    pub fn must_stop(&mut self) {
        self.phase = Phase::MustStop;
    }

    /// Counts a Receive while stopping; false when it is time to give up waiting.
    pub fn may_wait(&mut self) -> bool {
        let Phase::Stopping { receives } = &mut self.phase else {
            return true;
        };
        *receives += 1;
        *receives <= MOST_RECEIVES_WHILE_STOPPING
    }

    /// Counts a Receive that brought nothing.
    pub fn in_vain(&mut self) -> Result<(), Error> {
        self.in_vain += 1;
        match self.in_vain < MOST_RECEIVES_IN_VAIN {
            true => Ok(()),
            false => Err(Error::NothingSaid),
        }
    }

    /// Takes a piece of output in; hands over each object that it completes, also those before an error.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        options: &Options,
        mut output: impl FnMut(Value),
    ) -> Result<Reaction, Error> {
        let mut reaction = Reaction::default();
        self.in_vain = 0;
        if self.is_torn {
            return Ok(reaction);
        }
        self.received = self.received.saturating_add(bytes.len());
        if self.received > options.max_output {
            let limit = options.max_output;
            return Err(Error::TooMuchOutput { limit });
        }
        for bytes in self.defragmenter.push(bytes)? {
            self.elements = self.elements.saturating_add(elements(&bytes));
            if self.elements > options.max_elements {
                let limit = options.max_elements;
                return Err(Error::TooManyElements { limit });
            }
            let message = Message::decode(&bytes)?;
            self.take(message, &mut output, &mut reaction)?;
        }
        Ok(reaction)
    }

    fn take(
        &mut self,
        message: Message,
        output: &mut impl FnMut(Value),
        reaction: &mut Reaction,
    ) -> Result<(), Error> {
        let Message { kind, data, .. } = message;
        let outcome = &mut self.outcome;
        match kind {
            MessageType::PipelineOutput => output(data),
            MessageType::ErrorRecord => outcome.errors.push(ErrorRecord::read(&data)),
            MessageType::WarningRecord => outcome.warnings.push(record_text(&data)),
            MessageType::VerboseRecord => outcome.verbose.push(record_text(&data)),
            MessageType::DebugRecord => outcome.debug.push(record_text(&data)),
            MessageType::ProgressRecord => outcome.progress.push(ProgressRecord::read(&data)),
            MessageType::InformationRecord => outcome.information.push(data),
            MessageType::PipelineHostCall => {
                outcome.has_exited |= host::is_exit(&data);
                reaction.host_responses.extend(host::decline(&data));
            }
            MessageType::PipelineState => {
                let PipelineStateMessage { state, error } =
                    PipelineStateMessage::from_value(&data)?;
                outcome.state = match state {
                    PipelineState::Completed => State::Completed,
                    PipelineState::Failed => State::Failed,
                    PipelineState::Stopped => State::Stopped,
                    _ => return Ok(()),
                };
                outcome.failure = error
                    .filter(|_| outcome.state == State::Failed)
                    .as_ref()
                    .map(ErrorRecord::read);
                reaction.has_ended = true;
            }
            // nothing else is for a pipeline; later versions may add kinds that are none of ours
            _ => {}
        }
        Ok(())
    }

    /// What it said besides its output; `None` if something of it was lost.
    pub fn into_outcome(self) -> Option<PipelineResult> {
        (!self.is_torn).then_some(self.outcome)
    }

    /// What it said besides its output until it was stopped.
    pub fn into_stopped(mut self) -> Option<PipelineResult> {
        self.outcome.state = State::Stopped;
        self.into_outcome()
    }
}

/// How many XML elements begin in a message.
fn elements(message: &[u8]) -> usize {
    let begins = |pair: &&[u8]| matches!(pair, [b'<', next] if *next != b'/');
    message.windows(2).filter(begins).count()
}

/// The text of a warning, verbose or debug record. \[MS-PSRP\] 2.2.3.16.
fn record_text(record: &Value) -> String {
    let message = record
        .get("InformationalRecord_Message")
        .and_then(Value::as_str);
    message.map_or_else(|| record.display(), str::to_owned)
}
