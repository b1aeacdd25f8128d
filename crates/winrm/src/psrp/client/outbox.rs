//! Messages waiting to be sent.

use std::collections::VecDeque;

use crate::psrp::fragment::Fragmenter;
use crate::psrp::message::Message;
use crate::wsman::InputStream;

/// Batches of messages. Requests never mix two batches: a pipeline has to exist before its input arrives, and answers
/// to the server's questions have a stream of their own.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    batches: VecDeque<(InputStream, Vec<Message>)>,
    /// Where what is in the fragmenter goes.
    stream: InputStream,
    fragmenter: Fragmenter,
}

impl Outbox {
    /// Queues messages that may share requests.
    pub fn post(&mut self, stream: InputStream, messages: Vec<Message>) {
        if !messages.is_empty() {
            self.batches.push_back((stream, messages));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.fragmenter.is_empty() && self.batches.is_empty()
    }

    /// Forgets what has not been taken.
    pub fn clear(&mut self) {
        self.batches.clear();
        self.fragmenter.clear();
    }

    /// The stream for what is taken next.
    pub fn stream(&mut self) -> InputStream {
        if self.fragmenter.is_empty()
            && let Some((stream, messages)) = self.batches.pop_front()
        {
            self.stream = stream;
            messages
                .iter()
                .for_each(|message| self.fragmenter.push(message.encode()));
        }
        self.stream
    }

    /// Takes as much of one batch as fits into `room` bytes.
    pub fn take(&mut self, room: usize) -> Vec<u8> {
        self.stream();
        self.fragmenter.take(room)
    }
}
