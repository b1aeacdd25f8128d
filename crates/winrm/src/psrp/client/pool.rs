//! The pool's own messages: versions, state, keys.

use uuid::Uuid;

use super::{Client, Error, Event, LARGE_ENVELOPE, Phase, Stage, host};
use crate::psrp::clixml::Value;
use crate::psrp::message::{Message, MessageType};
use crate::psrp::payload::{
    ApplicationPrivateData, EncryptedSessionKey, PublicKey, RunspacePoolState,
    RunspacePoolStateMessage, SessionCapability,
};
use crate::psrp::pipeline::{ErrorRecord, Pipeline};
use crate::psrp::secure::KeyPair;
use crate::wsman::InputStream;

impl Client {
    /// Takes a piece of the pool's output in.
    pub(super) fn receive_pool(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for bytes in self.inbox.push(bytes)? {
            let message = Message::decode(&bytes)?;
            self.take_pool(message)?;
        }
        Ok(())
    }

    fn take_pool(&mut self, message: Message) -> Result<(), Error> {
        let Message { kind, data, .. } = message;
        match kind {
            MessageType::SessionCapability => {
                self.server
                    .set_protocol(SessionCapability::from_value(&data)?)?;
                if self.options.max_envelope.is_none() && self.server.takes_large_envelopes() {
                    self.addressing.max_envelope = LARGE_ENVELOPE;
                }
            }
            MessageType::ApplicationPrivateData => {
                self.server
                    .set_private_data(&ApplicationPrivateData::from_value(&data));
            }
            MessageType::RunspacePoolState => {
                let RunspacePoolStateMessage { state, error } =
                    RunspacePoolStateMessage::from_value(&data)?;
                self.pool_is(state, error.as_ref().map(ErrorRecord::read))?;
            }
            MessageType::EncryptedSessionKey => {
                self.accept_key(&EncryptedSessionKey::from_value(&data)?)?
            }
            MessageType::RunspacePoolHostCall => {
                let response = host::decline(&data);
                let kind = MessageType::RunspacePoolHostResponse;
                let messages = response.map(|response| self.message(kind, Uuid::nil(), response));
                self.outbox
                    .post(InputStream::PromptResponse, messages.into_iter().collect());
            }
            // events and answers to questions that were not asked
            _ => {}
        }
        Ok(())
    }

    fn pool_is(
        &mut self,
        state: RunspacePoolState,
        error: Option<ErrorRecord>,
    ) -> Result<(), Error> {
        match state {
            RunspacePoolState::Opened if self.stage == Stage::Opening => {
                self.stage = Stage::Open;
                self.events.push_back(Event::Opened);
                Ok(())
            }
            RunspacePoolState::Broken | RunspacePoolState::Closing | RunspacePoolState::Closed => {
                Err(Error::PoolBroken(error.map(Box::new)))
            }
            _ => Ok(()),
        }
    }

    /// Offers the server a key to encrypt the session key with. \[MS-PSRP\] 3.1.5.4.3.
    pub(super) fn post_public_key(&mut self) -> Result<(), Error> {
        if self.key_pair.is_none() {
            let pair = KeyPair::generate(&mut *self.random)?;
            let key = PublicKey(pair.public_key()).to_value();
            let message = self.message(MessageType::PublicKey, Uuid::nil(), key);
            self.outbox.post(InputStream::Stdin, vec![message]);
            self.key_pair = Some(pair);
        }
        Ok(())
    }

    fn accept_key(&mut self, encrypted: &EncryptedSessionKey) -> Result<(), Error> {
        let Some(pair) = self.key_pair.take() else {
            return Ok(());
        };
        self.session_key = Some(pair.accept(&encrypted.0)?);
        let waiting = self
            .run
            .as_mut()
            .map(|run| std::mem::replace(&mut run.phase, Phase::Ready));
        if let Some(Phase::Keying(pipeline)) = waiting {
            self.start_when_possible(*pipeline);
        }
        Ok(())
    }

    /// Queues all of a pipeline, unless a session key is still missing for it.
    pub(super) fn start_when_possible(&mut self, pipeline: Pipeline) {
        let Some(run) = &mut self.run else { return };
        let id = run.id;
        let Some(payload) = pipeline.payload(self.session_key.as_ref()) else {
            run.phase = Phase::Keying(Box::new(pipeline));
            return;
        };
        run.phase = Phase::Ready;
        let message = |kind, data| self.message(kind, id, data);
        let create = message(MessageType::CreatePipeline, payload.to_value());
        let mut input = Vec::new();
        if let Some(values) = pipeline.input_values() {
            let values = values.iter().cloned();
            input.extend(values.map(|value| message(MessageType::PipelineInput, value)));
            input.push(message(MessageType::EndOfPipelineInput, Value::Null));
        }
        self.outbox.post(InputStream::Stdin, vec![create]);
        self.outbox.post(InputStream::Stdin, input);
    }
}
