//! Sealing and unsealing, the server's side. \[MS-NLMP\] 3.4

use rc4::{KeyInit, Rc4, StreamCipher, consts::U16};

use super::{hmac_md5, md5};

/// One security context: a key stream and a sequence number for each direction.
pub(crate) struct Sealer {
    incoming: Direction,
    outgoing: Direction,
}

struct Direction {
    sign_key: [u8; 16],
    stream: Rc4<U16>,
    sequence: u32,
}

impl Sealer {
    pub fn new(exported_session_key: &[u8; 16]) -> Self {
        Self {
            incoming: Direction::new(exported_session_key, "client-to-server"),
            outgoing: Direction::new(exported_session_key, "server-to-client"),
        }
    }

    /// Returns signature and ciphertext.
    pub fn seal(&mut self, plain: &[u8]) -> ([u8; 16], Vec<u8>) {
        let mut text = plain.to_vec();
        self.outgoing.stream.apply_keystream(&mut text);
        (self.outgoing.sign(plain), text)
    }

    /// Returns the plaintext, or `None` when the signature is not this client's next.
    pub fn unseal(&mut self, signature: &[u8; 16], ciphertext: &[u8]) -> Option<Vec<u8>> {
        let mut text = ciphertext.to_vec();
        self.incoming.stream.apply_keystream(&mut text);
        (self.incoming.sign(&text) == *signature).then_some(text)
    }
}

impl Direction {
    fn new(key: &[u8; 16], direction: &str) -> Self {
        let derive = |purpose| {
            let constant = format!("session key to {direction} {purpose} key magic constant\0");
            md5(&[key, constant.as_bytes()])
        };
        Self {
            sign_key: derive("signing"),
            stream: Rc4::new(&derive("sealing").into()),
            sequence: 0,
        }
    }

    fn sign(&mut self, plain: &[u8]) -> [u8; 16] {
        let sequence = self.sequence.to_le_bytes();
        self.sequence = self.sequence.wrapping_add(1);
        let mut checksum = [0; 8];
        checksum.copy_from_slice(&hmac_md5(&self.sign_key, &[&sequence, plain])[..8]);
        self.stream.apply_keystream(&mut checksum);
        let mut signature = [0; 16];
        signature[0] = 1;
        signature[4..12].copy_from_slice(&checksum);
        signature[12..].copy_from_slice(&sequence);
        signature
    }
}
