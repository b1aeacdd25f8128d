//! A session key and secure strings that a real Windows server made and understood.

use base64::{Engine, engine::general_purpose::STANDARD};
use mapisweep_winrm::psrp::{
    clixml::Value,
    message::{Message, MessageType},
    payload::{EncryptedSessionKey, PublicKey},
    secure::{KeyPair, SessionKey},
};
use rsa::{BigUint, RsaPrivateKey};

use crate::{fragments::Streams, node::Node};
use mapisweep_outside::{folder, recordings, say};

/// The private exponent of the key pair that the recorded client always used; published with the recordings, and good
/// for nothing else.
const EXPONENT: &str = "\
    ab3ec1e5094085c94e9c4027da4f4b26d8f1510091b702c7fdfbfd468f049da33f192cd2d88ab71b3edd19130814c3c2\
    8b1ea0160dbe5e48b5c711de32b2d9d8f512ace87f1c6b08d5bf56e9de24539a420a8fd1be2016bc5924fc808b138fd0\
    5101ce7a3b93b20adcb995186dc3d8510c52f7a054fc2042eb045b19b7e5df3a9d69fd7f72a5d6bc34dd9d60a13f73c0\
    10819d503a5e4881772591be317640f90ab18c586bc1c9a25c0020785f72ed5b915d00b088f9a8ec11f37e4bee391d5e\
    4b2ff7ab4e30cd6cf649d86bbe6967626186ef7cda4ad6a457b559af8b5918e23e7272ed87c14390ffa4ff61a62887e6\
    2192aa94b7f44330256ce59718786969";

#[test]
fn what_windows_encrypted_is_read_and_what_it_read_is_encrypted_the_same() {
    let Some(folder) = folder("pypsrp") else {
        return;
    };
    let (mut keys, mut secrets) = (0, 0);
    for recording in recordings(&folder) {
        let mut streams = Streams::default();
        let mut messages = Vec::new();
        for (is_request, envelope) in recording.envelopes() {
            let envelope = Node::parse(envelope).unwrap();
            let complete = streams.push(&envelope, is_request).unwrap();
            messages.extend(complete.iter().map(|bytes| Message::decode(bytes).unwrap()));
        }
        let Some(key) = session_key(&messages) else {
            continue;
        };
        keys += 1;
        for cipher in messages.iter().flat_map(|message| ciphers(&message.data)) {
            let secret = key.decrypt(cipher).unwrap();
            assert_eq!(key.encrypt(&secret), cipher);
            secrets += 1;
        }
    }
    say(&format!(
        "{keys} recorded session keys, {secrets} secure strings"
    ));
}

/// The key that the server made for the recorded client.
fn session_key(messages: &[Message]) -> Option<SessionKey> {
    let of = |kind| messages.iter().find(|message| message.kind == kind);
    let public = &of(MessageType::PublicKey)?.data;
    let session = &of(MessageType::EncryptedSessionKey)?.data;
    let public = PublicKey::from_value(public).unwrap().0;
    let pair = key_pair(&public)?;
    assert_eq!(pair.public_key(), public);
    let session = EncryptedSessionKey::from_value(session).unwrap().0;
    Some(pair.accept(&session).unwrap())
}

/// The recorded client's key pair, if its public key is this: a header, the public exponent, the modulus.
fn key_pair(public_key: &str) -> Option<KeyPair> {
    let blob = STANDARD.decode(public_key).unwrap();
    let modulus = BigUint::from_bytes_le(&blob[20..]);
    let private = BigUint::parse_bytes(EXPONENT.as_bytes(), 16).unwrap();
    let key = RsaPrivateKey::from_components(modulus, 65537_u32.into(), private, Vec::new());
    Some(key.ok()?.into())
}

/// All secure strings in a value.
fn ciphers(value: &Value) -> Vec<&[u8]> {
    match value {
        Value::SecureString(cipher) => vec![cipher],
        Value::Object(object) => {
            let properties = object.adapted.iter().chain(&object.extended);
            properties.flat_map(|(_, value)| ciphers(value)).collect()
        }
        _ => Vec::new(),
    }
}
