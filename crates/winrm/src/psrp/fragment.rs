//! Fragments: messages in pieces that fit an envelope (\[MS-PSRP\] 2.2.4).

use std::{collections::VecDeque, mem};

/// Object id, fragment id, flags, length.
pub const HEADER: usize = 8 + 8 + 1 + 4;

const START: u8 = 1;
const END: u8 = 2;

/// Cuts messages into fragments. Object ids count up from 1 within one direction of one runspace pool.
#[derive(Debug, Default)]
pub struct Fragmenter {
    last_object: u64,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    object: u64,
    next_fragment: u64,
    sent: usize,
    bytes: Vec<u8>,
}

impl Fragmenter {
    /// Puts a message in the queue.
    pub fn push(&mut self, message: Vec<u8>) {
        self.last_object += 1;
        self.waiting.push_back(Waiting {
            object: self.last_object,
            next_fragment: 0,
            sent: 0,
            bytes: message,
        });
    }

    /// Whether everything has been taken.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Forgets what has not been taken; object ids go on counting.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Takes as many fragments as fit into `room` bytes, the last one cut to size; nothing when there is no room for
    /// a header and a byte.
    pub fn take(&mut self, room: usize) -> Vec<u8> {
        let mut taken = Vec::new();
        while let Some(message) = self.waiting.front_mut() {
            let left = room.saturating_sub(taken.len());
            if left <= HEADER {
                break;
            }
            message.write_fragment(left - HEADER, &mut taken);
            if message.sent == message.bytes.len() {
                self.waiting.pop_front();
            }
        }
        taken
    }
}

impl Waiting {
    fn write_fragment(&mut self, room: usize, out: &mut Vec<u8>) {
        let end = self.bytes.len().min(self.sent.saturating_add(room));
        let blob = self.bytes.get(self.sent..end).unwrap_or_default();
        let start_flag = if self.sent == 0 { START } else { 0 };
        let end_flag = if end == self.bytes.len() { END } else { 0 };
        out.extend_from_slice(&self.object.to_be_bytes());
        out.extend_from_slice(&self.next_fragment.to_be_bytes());
        out.push(start_flag | end_flag);
        // a fragment never exceeds an envelope, so its length fits
        out.extend_from_slice(&(blob.len() as u32).to_be_bytes());
        out.extend_from_slice(blob);
        self.next_fragment += 1;
        self.sent = end;
    }
}

/// Puts fragments together again. One message at a time, as both sides of PSRP send them.
#[derive(Debug)]
pub struct Defragmenter {
    limit: usize,
    /// The beginning of a fragment whose rest has not come yet.
    partial: Vec<u8>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    object: u64,
    next_fragment: u64,
    bytes: Vec<u8>,
}

/// Why fragments do not make a message.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The beginning of this message is missing.
    #[error("fragment {fragment} of object {object}, which has not begun")]
    NotBegun {
        /// The object it belongs to.
        object: u64,
        /// Its number.
        fragment: u64,
    },
    /// Messages of one stream may not overlap.
    #[error("a fragment of object {object} before the end of object {open}")]
    Interleaved {
        /// The object it belongs to.
        object: u64,
        /// The object that has not ended.
        open: u64,
    },
    /// A fragment was left out, repeated or overtaken.
    #[error("fragment {fragment} of object {object} instead of fragment {expected}")]
    OutOfOrder {
        /// The object it belongs to.
        object: u64,
        /// Its number.
        fragment: u64,
        /// The number that should have come.
        expected: u64,
    },
    /// The message grew beyond the limit.
    #[error("a message has more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

/// Far above any object that the cmdlets used here return.
const DEFAULT_LIMIT: usize = 64 << 20;

impl Default for Defragmenter {
    fn default() -> Self {
        Self::with_limit(DEFAULT_LIMIT)
    }
}

impl Defragmenter {
    /// Refuses messages of more than `limit` bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            partial: Vec::new(),
            open: None,
        }
    }

    /// Takes fragments in, wherever they are cut; returns the messages that they complete, in order. After an error
    /// the stream cannot be made sense of any more.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        if self.partial.is_empty() {
            let (messages, rest) = self.read(bytes)?;
            self.partial = rest.to_vec();
            return Ok(messages);
        }
        let mut received = mem::take(&mut self.partial);
        received.extend_from_slice(bytes);
        let (messages, rest) = self.read(&received)?;
        let read = received.len() - rest.len();
        received.drain(..read);
        self.partial = received;
        Ok(messages)
    }

    /// The messages that these fragments complete, and the beginning of one that is not all there.
    fn read<'b>(&mut self, bytes: &'b [u8]) -> Result<(Vec<Vec<u8>>, &'b [u8]), Error> {
        let mut messages = Vec::new();
        let mut rest = bytes;
        while let Some((fragment, after)) = Fragment::read(rest) {
            if fragment.length > self.limit {
                return Err(Error::TooLarge { limit: self.limit });
            }
            let Some((blob, after)) = after.split_at_checked(fragment.length) else {
                break;
            };
            messages.extend(self.add(&fragment, blob)?);
            rest = after;
        }
        Ok((messages, rest))
    }

    fn add(&mut self, fragment: &Fragment, blob: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let mut open = self.place(fragment)?;
        if open.bytes.len() + blob.len() > self.limit {
            return Err(Error::TooLarge { limit: self.limit });
        }
        open.bytes.extend_from_slice(blob);
        open.next_fragment += 1;
        if fragment.is_end {
            return Ok(Some(open.bytes));
        }
        self.open = Some(open);
        Ok(None)
    }

    /// The message that this fragment continues or begins.
    fn place(&mut self, fragment: &Fragment) -> Result<Open, Error> {
        let &Fragment { object, number, .. } = fragment;
        match self.open.take() {
            None if fragment.is_start && number == 0 => Ok(Open {
                object,
                next_fragment: 0,
                bytes: Vec::new(),
            }),
            None => Err(Error::NotBegun {
                object,
                fragment: number,
            }),
            Some(open) if open.object != object => Err(Error::Interleaved {
                object,
                open: open.object,
            }),
            Some(open) if open.next_fragment != number || fragment.is_start => {
                Err(Error::OutOfOrder {
                    object,
                    fragment: number,
                    expected: open.next_fragment,
                })
            }
            Some(open) => Ok(open),
        }
    }
}

/// A fragment's header.
struct Fragment {
    object: u64,
    number: u64,
    is_start: bool,
    is_end: bool,
    /// Bytes of the message that follow.
    length: usize,
}

impl Fragment {
    /// A header and what follows it; `None` if not all of the header is there.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (object, bytes) = bytes.split_first_chunk()?;
        let (number, bytes) = bytes.split_first_chunk()?;
        let (flags, bytes) = bytes.split_first()?;
        let (length, bytes) = bytes.split_first_chunk()?;
        let header = Self {
            object: u64::from_be_bytes(*object),
            number: u64::from_be_bytes(*number),
            is_start: flags & START != 0,
            is_end: flags & END != 0,
            length: u32::from_be_bytes(*length) as usize,
        };
        Some((header, bytes))
    }
}

#[cfg(test)]
mod tests;
