//! Judged against recorded handshakes of other implementations.

use serde::Deserialize;

use super::*;
use crate::ntlm::utf16;

#[derive(Deserialize)]
struct Recorded {
    name: String,
    exported: String,
    pw_used: Option<String>,
    mic_ok: Option<bool>,
    msgs: std::collections::BTreeMap<String, String>,
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

#[test]
fn recorded_handshakes_yield_the_recorded_session_keys() {
    let Some(folder) = mapisweep_outside::folder("nlmp") else {
        return;
    };
    let text = mapisweep_outside::read(&folder.join("pyspnego_real_ntlm_vectors.json"));
    let recorded: Vec<Recorded> = serde_json::from_str(&text).unwrap();
    let mut judged = 0;
    for handshake in recorded {
        let (Some(negotiate), Some(challenge), Some(last), Some(password)) = (
            handshake.msgs.get("1"),
            handshake.msgs.get("2"),
            handshake.msgs.get("3"),
            handshake.pw_used,
        ) else {
            continue;
        };
        let challenge = hex(challenge);
        let last = hex(last);
        let message = Authenticate::decode(&last).unwrap();
        if message.flags & flag::KEY_EXCHANGE == 0 {
            continue;
        }
        let key = ntowf_v2(&password, &message.user, &message.domain);
        let (proof, blob) = message.proof().unwrap();
        let acceptor = Acceptor {
            negotiate: hex(negotiate),
            nonce: challenge[24..32].try_into().unwrap(),
            challenge,
        };

        assert_eq!(
            hmac_md5(&key, &[&acceptor.nonce, blob]),
            proof,
            "{}",
            handshake.name
        );
        let exported = exported_session_key(&hmac_md5(&key, &[proof]), &message).unwrap();
        assert_eq!(
            exported.to_vec(),
            hex(&handshake.exported),
            "{}",
            handshake.name
        );
        if handshake.mic_ok == Some(true) {
            acceptor.check_mic(&last, &message, &exported).unwrap();
        }
        judged += 1;
    }
    assert!(judged >= 3, "only {judged} handshakes could be judged");
}

#[test]
fn sealing_matches_the_published_example() {
    let mut client_side = Sealer::new(&[0x55; 16]);

    // the example seals from the client: undo it as the server, which checks the signature too
    let signature: [u8; 16] = hex("010000007fb38ec5c55d497600000000").try_into().unwrap();
    let plain = client_side.unseal(&signature, &hex("54e50165bf1936dc996020c1811b0f06fb5f"));

    assert_eq!(plain.unwrap(), utf16("Plaintext"));
}

#[test]
fn a_message_that_is_changed_or_replayed_is_refused() {
    let signature: [u8; 16] = hex("010000007fb38ec5c55d497600000000").try_into().unwrap();
    let text = hex("54e50165bf1936dc996020c1811b0f06fb5f");
    let mut changed = text.clone();
    changed[0] ^= 1;

    assert_eq!(Sealer::new(&[0x55; 16]).unseal(&signature, &changed), None);
    let mut sealer = Sealer::new(&[0x55; 16]);
    assert!(sealer.unseal(&signature, &text).is_some());
    assert_eq!(sealer.unseal(&signature, &text), None);
}
