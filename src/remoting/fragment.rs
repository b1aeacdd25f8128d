//! Fragments: messages in pieces that fit an envelope (\[MS-PSRP\] 2.2.4).

use std::collections::VecDeque;

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
    /// The bytes end within a fragment.
    #[error("a fragment ends too early")]
    Truncated,
    /// A fragment other than the next one of the open message.
    #[error("fragment {fragment} of object {object} is out of order")]
    OutOfOrder {
        /// The object it belongs to.
        object: u64,
        /// Its number.
        fragment: u64,
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
        Self { limit, open: None }
    }

    /// Takes whole fragments in; returns the messages that they complete, in order.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let mut messages = Vec::new();
        while !bytes.is_empty() {
            let (fragment, rest) = Fragment::read(bytes)?;
            bytes = rest;
            messages.extend(self.add(&fragment)?);
        }
        Ok(messages)
    }

    /// Whether a message has begun and not ended.
    pub fn is_within_message(&self) -> bool {
        self.open.is_some()
    }

    fn add(&mut self, fragment: &Fragment<'_>) -> Result<Option<Vec<u8>>, Error> {
        let mut open = match self.open.take() {
            None if fragment.is_start && fragment.number == 0 => Open {
                object: fragment.object,
                next_fragment: 0,
                bytes: Vec::new(),
            },
            Some(open)
                if !fragment.is_start
                    && open.object == fragment.object
                    && open.next_fragment == fragment.number =>
            {
                open
            }
            _ => {
                return Err(Error::OutOfOrder {
                    object: fragment.object,
                    fragment: fragment.number,
                });
            }
        };
        if open.bytes.len() + fragment.blob.len() > self.limit {
            return Err(Error::TooLarge { limit: self.limit });
        }
        open.bytes.extend_from_slice(fragment.blob);
        open.next_fragment += 1;
        if fragment.is_end {
            return Ok(Some(open.bytes));
        }
        self.open = Some(open);
        Ok(None)
    }
}

struct Fragment<'b> {
    object: u64,
    number: u64,
    is_start: bool,
    is_end: bool,
    blob: &'b [u8],
}

impl<'b> Fragment<'b> {
    fn read(bytes: &'b [u8]) -> Result<(Self, &'b [u8]), Error> {
        let (object, bytes) = bytes.split_first_chunk().ok_or(Error::Truncated)?;
        let (number, bytes) = bytes.split_first_chunk().ok_or(Error::Truncated)?;
        let (&flags, bytes) = bytes.split_first().ok_or(Error::Truncated)?;
        let (length, bytes) = bytes.split_first_chunk().ok_or(Error::Truncated)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (blob, rest) = bytes.split_at_checked(length).ok_or(Error::Truncated)?;
        let fragment = Self {
            object: u64::from_be_bytes(*object),
            number: u64::from_be_bytes(*number),
            is_start: flags & START != 0,
            is_end: flags & END != 0,
            blob,
        };
        Ok((fragment, rest))
    }
}
