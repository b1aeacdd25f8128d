//! What came of a conversation's pipelines, counted from the recorded answers and from our outcomes.

use std::collections::HashMap;

use mapisweep_winrm::psrp::fragment::Defragmenter;
use mapisweep_winrm::psrp::message::{Message, MessageType};
use mapisweep_winrm::psrp::payload::{PipelineState, PipelineStateMessage};
use mapisweep_winrm::psrp::pipeline::{PipelineResult, State};
use mapisweep_winrm::wsman::{Body, Response};

#[derive(Debug, Default, PartialEq)]
pub struct Expected {
    output: usize,
    errors: usize,
    warnings: usize,
    verbose: usize,
    debug: usize,
    progress: usize,
    information: usize,
    states: Vec<State>,
}

impl Expected {
    /// From the recorded answers.
    pub fn recorded<'r>(responses: impl IntoIterator<Item = &'r str>) -> Self {
        let mut expected = Self::default();
        let mut streams = HashMap::<String, Defragmenter>::new();
        for response in responses {
            let Ok(Response {
                body: Body::Received(received),
                ..
            }) = Response::parse(response)
            else {
                continue;
            };
            for stream in received.streams {
                let Some(command) = stream.command else {
                    continue;
                };
                let messages = streams
                    .entry(command.to_uppercase())
                    .or_default()
                    .push(&stream.data);
                for bytes in messages.expect("checked by other tests") {
                    expected.count(&Message::decode(&bytes).expect("checked by other tests"));
                }
            }
        }
        expected
    }

    fn count(&mut self, message: &Message) {
        match message.kind {
            MessageType::PipelineOutput => self.output += 1,
            MessageType::ErrorRecord => self.errors += 1,
            MessageType::WarningRecord => self.warnings += 1,
            MessageType::VerboseRecord => self.verbose += 1,
            MessageType::DebugRecord => self.debug += 1,
            MessageType::ProgressRecord => self.progress += 1,
            MessageType::InformationRecord => self.information += 1,
            MessageType::PipelineState => {
                let message = PipelineStateMessage::from_value(&message.data)
                    .expect("a state that a real server sent");
                self.states.extend(match message.state {
                    PipelineState::Completed => Some(State::Completed),
                    PipelineState::Failed => Some(State::Failed),
                    PipelineState::Stopped => Some(State::Stopped),
                    _ => None,
                });
            }
            _ => {}
        }
    }

    /// From what our client makes of them.
    pub fn ours(outcomes: &[PipelineResult]) -> Self {
        let mut ours = Self::default();
        for outcome in outcomes {
            ours.output += outcome.output.len();
            ours.errors += outcome.errors.len();
            ours.warnings += outcome.warnings.len();
            ours.verbose += outcome.verbose.len();
            ours.debug += outcome.debug.len();
            ours.progress += outcome.progress.len();
            ours.information += outcome.information.len();
            ours.states.push(outcome.state);
            assert_eq!(outcome.failure.is_some(), outcome.state == State::Failed);
        }
        ours
    }
}
