//! Signing and sealing with extended session security and key exchange (\[MS-NLMP\] 3.4.3, 3.4.4.2).
//!
//! Each direction is one running RC4 stream and one counter: a message opens only in its place, and only once.

use rc4::{Rc4, StreamCipher as _, consts::U16};

use super::{Key, keys};
use crate::auth::{Context, Opened, SealError, Sealed};

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

/// Both directions of a signed-in connection.
#[derive(Debug)]
pub struct Channel {
    /// Seals what this side sends.
    pub seal: Seal,
    /// Opens what the other side sends.
    pub unseal: Unseal,
}

impl Channel {
    /// The client's end.
    pub fn of_client(exported_key: &Key) -> Self {
        Self {
            seal: Seal::new(exported_key, Direction::ClientToServer),
            unseal: Unseal::new(exported_key, Direction::ServerToClient),
        }
    }

    /// The server's end.
    pub fn of_server(exported_key: &Key) -> Self {
        Self {
            seal: Seal::new(exported_key, Direction::ServerToClient),
            unseal: Unseal::new(exported_key, Direction::ClientToServer),
        }
    }
}

impl Context for Channel {
    fn protocol(&self) -> &'static str {
        "application/HTTP-SPNEGO-session-encrypted"
    }

    fn seal(&mut self, message: &[u8]) -> Result<Sealed, SealError> {
        let mut ciphertext = message.to_vec();
        let signature = self.seal.seal(&mut ciphertext).to_vec();
        Ok(Sealed {
            signature,
            ciphertext,
        })
    }

    fn open(&mut self, signature: &[u8], ciphertext: &[u8]) -> Result<Opened, SealError> {
        let signature = signature
            .try_into()
            .map_err(|_| SealError::SignatureLength(signature.len()))?;
        let mut message = ciphertext.to_vec();
        self.unseal.unseal(signature, &mut message)?;
        Ok(message.into())
    }
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    const KEY: [u8; 16] = [0x55; 16];
    const WAYS: [Direction; 2] = [Direction::ClientToServer, Direction::ServerToClient];

    #[derive(Clone, Debug)]
    enum Step {
        Send(usize, Vec<u8>),
        Receive(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let send =
            (0..2usize, vec(any::<u8>(), 0..200)).prop_map(|(way, text)| Step::Send(way, text));
        vec(
            prop_oneof![send, (0..2usize).prop_map(Step::Receive)],
            0..60,
        )
    }

    proptest! {
        #[test]
        fn messages_open_in_any_interleaving_of_the_two_directions(steps in steps()) {
            let key = Key::from(KEY);
            let mut seals = WAYS.map(|way| Seal::new(&key, way));
            let mut unseals = WAYS.map(|way| Unseal::new(&key, way));
            let mut wires = [VecDeque::new(), VecDeque::new()];
            for step in steps {
                match step {
                    Step::Send(way, text) => {
                        let mut sealed = text.clone();
                        let signature = seals[way].seal(&mut sealed);
                        wires[way].push_back((text, signature, sealed));
                    }
                    Step::Receive(way) => {
                        let Some((text, signature, mut sealed)) = wires[way].pop_front() else { continue };
                        unseals[way].unseal(&signature, &mut sealed).unwrap();
                        prop_assert_eq!(sealed, text);
                    }
                }
            }
        }

        #[test]
        fn an_altered_message_does_not_open(
            text in vec(any::<u8>(), 1..200),
            place in any::<prop::sample::Index>(),
            bit in 0..8u8,
        ) {
            let key = Key::from(KEY);
            let mut sealed = text;
            let mut signature = Seal::new(&key, WAYS[0]).seal(&mut sealed);
            let at = place.index(sealed.len() + signature.len());
            match at.checked_sub(sealed.len()) {
                None => sealed[at] ^= 1 << bit,
                Some(at) => signature[at] ^= 1 << bit,
            }
            prop_assert!(Unseal::new(&key, WAYS[0]).unseal(&signature, &mut sealed).is_err());
        }
    }

    #[test]
    fn a_message_opens_only_in_its_place_and_only_once() {
        let key = Key::from(KEY);
        let mut seal = Seal::new(&key, WAYS[0]);
        let [one, two] = [b"one", b"two"].map(|text| {
            let mut sealed = text.to_vec();
            (seal.seal(&mut sealed), sealed)
        });
        let out_of_order = |expected, found| Err(SealError::OutOfOrder { expected, found });
        for (name, messages, expected) in [
            ("in order", vec![&one, &two], vec![Ok(()), Ok(())]),
            (
                "replayed",
                vec![&one, &one],
                vec![Ok(()), out_of_order(1, 0)],
            ),
            (
                "reordered",
                vec![&two, &one],
                vec![out_of_order(0, 1), Err(SealError::Broken)],
            ),
            (
                "after a failure",
                vec![&one, &one, &two],
                vec![Ok(()), out_of_order(1, 0), Err(SealError::Broken)],
            ),
        ] {
            let mut unseal = Unseal::new(&key, WAYS[0]);
            let found = messages
                .into_iter()
                .map(|(signature, sealed)| unseal.unseal(signature, &mut sealed.clone()));
            assert_eq!(found.collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn a_message_does_not_open_with_another_key() {
        let other = Key::from([0x56; 16]);
        let mut sealed = b"text".to_vec();
        let signature = Seal::new(&Key::from(KEY), WAYS[0]).seal(&mut sealed);
        for (key, way) in [(&Key::from(KEY), WAYS[1]), (&other, WAYS[0])] {
            let found = Unseal::new(key, way).unseal(&signature, &mut sealed.clone());
            assert_eq!(found, Err(SealError::Forged), "{way:?}");
        }
    }
}
