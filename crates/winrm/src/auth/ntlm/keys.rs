//! The keys of NTLM version 2 (\[MS-NLMP\] 3.3.2, 3.4.5): from the password to the two directions of a channel.

use hmac::{Hmac, Mac as _};
use md5::{Digest as _, Md5};
use ntlmclient::Credentials;
use rand_core::CryptoRngCore;
use rc4::{KeyInit as _, Rc4, StreamCipher as _, consts::U16};
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Challenge, Direction};
use crate::auth::UserName;

/// A 16-byte key: never shown, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Zeroizing<[u8; 16]>);

impl Key {
    /// Sixteen fresh random bytes.
    pub fn random(random: &mut dyn CryptoRngCore) -> Self {
        let mut bytes = Zeroizing::new([0; 16]);
        random.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }
}

impl From<[u8; 16]> for Key {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes.into())
    }
}

impl ExposeSecret<[u8; 16]> for Key {
    fn expose_secret(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

/// A client's answer to a challenge.
pub(super) struct Response {
    pub lm: Vec<u8>,
    pub nt: Vec<u8>,
    pub session_base_key: Key,
}

/// The NTLMv2 response (\[MS-NLMP\] 3.3.2); the LM response is zeros where the server tells its time (3.1.5.1.2).
pub(super) fn respond(
    challenge: &Challenge,
    target_info: &[u8],
    now: i64,
    client_challenge: [u8; 8],
    ntowf_v2: &Key,
) -> Response {
    const VERSIONS: [u8; 8] = [1, 1, 0, 0, 0, 0, 0, 0];
    const RESERVED: [u8; 4] = [0; 4];

    let server_challenge = challenge.server_challenge();
    let time = challenge.timestamp();
    let blob = [
        VERSIONS.as_slice(),
        &time.unwrap_or(now).to_le_bytes(),
        &client_challenge,
        &RESERVED,
        target_info,
        &RESERVED,
    ]
    .concat();
    let proof = hmac(ntowf_v2, &[&server_challenge, &blob]);
    let lm = || {
        let proof = hmac(ntowf_v2, &[&server_challenge, &client_challenge]);
        [proof.as_slice(), &client_challenge].concat()
    };
    Response {
        lm: time.map_or_else(lm, |_| vec![0; 24]),
        session_base_key: hmac(ntowf_v2, &[&proof]).into(),
        nt: [proof.to_vec(), blob].concat(),
    }
}

/// NTOWFv2: what the password amounts to for this user. Whoever has it can sign in as the user.
pub fn ntowf_v2(user: &UserName, password: &SecretString) -> Key {
    // It hashes the upper-case user name followed by the domain. ntlmclient's upper case makes SS of ß, which Windows
    // leaves alone; it does not touch the domain, so both go in there.
    let domain = upper_case(&user.name) + user.domain.as_deref().unwrap_or_default();
    let mut credentials = Credentials {
        username: String::new(),
        password: password.expose_secret().to_owned(),
        domain,
    };
    let key = ntlmclient::ntlm_v2_password_func(&credentials).into();
    // ntlmclient neither hides nor wipes it
    credentials.password.zeroize();
    key
}

/// The acceptor's check of an NTLMv2 response: the session base key if the proof holds.
pub fn verify_response(
    ntowf_v2: &Key,
    server_challenge: [u8; 8],
    nt_response: &[u8],
) -> Option<Key> {
    let (proof, blob) = nt_response.split_at_checked(16)?;
    let matches = hmac(ntowf_v2, &[&server_challenge, blob]) == proof;
    matches.then(|| hmac(ntowf_v2, &[proof]).into())
}

/// The exported session key under the session base key; the same operation encrypts and decrypts.
pub fn exchange(session_base_key: &Key, session_key: &[u8; 16]) -> [u8; 16] {
    let mut bytes = *session_key;
    cipher(session_base_key).apply_keystream(&mut bytes);
    bytes
}

/// SIGNKEY with extended session security.
pub(super) fn sign_key(exported_key: &Key, direction: Direction) -> Key {
    derive(exported_key, direction, "signing")
}

/// SEALKEY with extended session security and 128 bits.
pub(super) fn seal_key(exported_key: &Key, direction: Direction) -> Key {
    derive(exported_key, direction, "sealing")
}

pub(super) fn cipher(key: &Key) -> Rc4<U16> {
    Rc4::new((&*key.0).into())
}

pub(super) fn hmac(key: &Key, parts: &[&[u8]]) -> [u8; 16] {
    let mac =
        <Hmac<Md5> as hmac::Mac>::new_from_slice(&*key.0).expect("HMAC takes a key of any length");
    parts
        .iter()
        .fold(mac, |mac, part| mac.chain_update(part))
        .finalize()
        .into_bytes()
        .into()
}

fn derive(exported_key: &Key, direction: Direction, purpose: &str) -> Key {
    let way = match direction {
        Direction::ClientToServer => "client-to-server",
        Direction::ServerToClient => "server-to-client",
    };
    let constant = format!("session key to {way} {purpose} key magic constant\0");
    <[u8; 16]>::from(
        Md5::new()
            .chain_update(*exported_key.0)
            .chain_update(constant)
            .finalize(),
    )
    .into()
}

/// Windows's upper case: one character for one character, or none.
fn upper_case(text: &str) -> String {
    let single = |c: char| {
        let mut upper = c.to_uppercase();
        match (upper.next(), upper.next()) {
            (Some(only), None) => only,
            _ => c,
        }
    };
    text.chars().map(single).collect()
}
