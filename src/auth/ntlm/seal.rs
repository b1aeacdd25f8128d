//! Signing and sealing with extended session security and key exchange (\[MS-NLMP\] 3.4.3, 3.4.4.2).
//!
//! Each direction is one running RC4 stream and one counter: a message opens only in its place, and only once.

use rc4::{Rc4, StreamCipher as _, consts::U16};

use super::{Key, keys};

/// A message's signature: version 1, eight encrypted bytes of HMAC-MD5, the sequence number.
pub type Signature = [u8; 16];

/// Which way a message goes; each way has its own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    ClientToServer,
    /// From the server.
    ServerToClient,
}

/// Seals the messages of one direction, in order.
#[derive(Debug)]
pub struct Seal(Stream);

/// Opens the messages of one direction, in order.
#[derive(Debug)]
pub struct Unseal {
    stream: Stream,
    broken: bool,
}

impl Seal {
    /// Starts the stream of `direction`.
    pub fn new(exported_key: &Key, direction: Direction) -> Self {
        Self(Stream::new(exported_key, direction))
    }

    /// Encrypts `message` in place and returns its signature.
    pub fn seal(&mut self, message: &mut [u8]) -> Signature {
        let digest = self.0.digest(message);
        self.0.cipher.apply_keystream(message);
        self.0.sign(digest)
    }
}

impl Unseal {
    /// Starts the stream of `direction`.
    pub fn new(exported_key: &Key, direction: Direction) -> Self {
        Self {
            stream: Stream::new(exported_key, direction),
            broken: false,
        }
    }

    /// Decrypts `message` in place and checks its signature. After a failure nothing opens any more: the streams of
    /// the two sides are no longer in step, and what was decrypted is not to be used.
    pub fn unseal(&mut self, signature: &Signature, message: &mut [u8]) -> Result<(), SealError> {
        if self.broken {
            return Err(SealError::Broken);
        }
        let expected_sequence = self.stream.sequence;
        self.stream.cipher.apply_keystream(message);
        let digest = self.stream.digest(message);
        if self.stream.sign(digest) == *signature {
            return Ok(());
        }
        self.broken = true;
        let [.., a, b, c, d] = *signature;
        let sequence = u32::from_le_bytes([a, b, c, d]);
        Err(if sequence == expected_sequence {
            SealError::Forged
        } else {
            SealError::OutOfOrder {
                expected: expected_sequence,
                found: sequence,
            }
        })
    }
}

/// Why a sealed message does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The signature does not fit the message: altered on the way, or sealed with another key.
    #[error(
        "the signature of a sealed message is wrong: it was altered or sealed with another key"
    )]
    Forged,
    /// A replayed, lost or reordered message.
    #[error("a sealed message is out of order: number {found} where {expected} was due")]
    OutOfOrder {
        /// The sequence number that was due.
        expected: u32,
        /// The one that came.
        found: u32,
    },
    /// An earlier message did not open.
    #[error("an earlier sealed message did not open")]
    Broken,
}

struct Stream {
    sign_key: Key,
    cipher: Rc4<U16>,
    sequence: u32,
}

impl Stream {
    fn new(exported_key: &Key, direction: Direction) -> Self {
        Self {
            sign_key: keys::sign_key(exported_key, direction),
            cipher: keys::cipher(&keys::seal_key(exported_key, direction)),
            sequence: 0,
        }
    }

    fn digest(&self, plain: &[u8]) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] =
            keys::hmac(&self.sign_key, &[&self.sequence.to_le_bytes(), plain]);
        [a, b, c, d, e, f, g, h]
    }

    /// Must follow the message through the cipher.
    fn sign(&mut self, mut digest: [u8; 8]) -> Signature {
        const VERSION: [u8; 4] = 1u32.to_le_bytes();
        self.cipher.apply_keystream(&mut digest);
        let [a, b, c, d] = self.sequence.to_le_bytes();
        self.sequence = self.sequence.wrapping_add(1);
        let [v0, v1, v2, v3] = VERSION;
        let [s0, s1, s2, s3, s4, s5, s6, s7] = digest;
        [v0, v1, v2, v3, s0, s1, s2, s3, s4, s5, s6, s7, a, b, c, d]
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}
