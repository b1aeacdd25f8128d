//! A challenge is answered with a message that the reader of NTLM messages reads, or refused; the answer proves the
//! password without containing it, nor the key that it agrees upon.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_winrm::auth::channel_binding::ChannelBinding;
use mapisweep_winrm::auth::ntlm::{Challenge, Circumstances, Handshake, Key, keys, message};
use mapisweep_winrm::auth::{Credential, UserName};
use ntlmclient::Message;

const PASSWORD: &str = "correct horse";
const SESSION_KEY: [u8; 16] = *b"sixteen byte key";

fuzz_target!(|challenge: &[u8]| {
    let user = UserName::parse(r"CORP\ann").unwrap();
    let credential = Credential::new(user, PASSWORD);
    let circumstances = Circumstances {
        target: "HTTP/ex01.corp.example",
        channel: ChannelBinding::NONE,
        now: 0,
        exported_key: Key::from(SESSION_KEY),
    };
    let handshake = Handshake::new().unwrap();
    let negotiate = handshake.negotiate().to_vec();
    let Ok(answer) = handshake.authenticate(challenge, &credential, circumstances) else {
        return;
    };
    let token = answer.token;
    let Ok(Message::Authenticate(read)) = Message::try_from(token.as_slice()) else {
        panic!("not an AUTHENTICATE message");
    };
    assert_eq!(
        (read.domain_name.as_str(), read.user_name.as_str()),
        ("CORP", "ann")
    );

    let challenge_read = Challenge::parse(challenge).unwrap();
    let ntowf = keys::ntowf_v2(&credential);
    let base_key = keys::verify_response(
        &ntowf,
        challenge_read.server_challenge(),
        &read.ntlm_response,
    )
    .expect("the proof holds");
    let encrypted: [u8; 16] = read.session_key.try_into().expect("sixteen bytes");
    assert_eq!(keys::exchange(&base_key, &encrypted), SESSION_KEY);
    if challenge_read.timestamp().is_some() {
        let key = Key::from(SESSION_KEY);
        assert!(message::verify_mic(&key, &negotiate, challenge, &token));
    }

    let utf16: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for secret in [
        PASSWORD.as_bytes(),
        utf16.as_slice(),
        SESSION_KEY.as_slice(),
    ] {
        let contains = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
        // the server's own names are repeated to it
        assert!(!contains(&token) || contains(challenge));
    }
});
