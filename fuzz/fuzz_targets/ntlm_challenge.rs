//! A challenge is answered with a message that the reader of NTLM messages reads, or refused; the answer proves the
//! password without containing it, nor the key that it agrees upon.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_winrm::auth::ntlm::{Challenge, Key, NEGOTIATE, Ntlm, Random, keys, message};
use mapisweep_winrm::auth::{ChannelBinding, Credential, Mechanism as _, Scene, Step, UserName};
use ntlmclient::Message;

const PASSWORD: &str = "correct horse";
const SESSION_KEY: [u8; 16] = *b"sixteen byte key";

fuzz_target!(|challenge: &[u8]| {
    let user = UserName::parse(r"CORP\ann").unwrap();
    let credential = Credential::new(user, PASSWORD);
    let scene = Scene {
        channel: ChannelBinding::NONE,
        now: 0,
    };
    let random = Random {
        exported_key: Key::from(SESSION_KEY),
        client_challenge: *b"8 random",
    };
    let mut client = Ntlm::new(&credential, "HTTP/ex01.corp.example", NEGOTIATE, random).unwrap();
    let Ok(Step::Send(negotiate)) = client.step(None, &scene) else {
        panic!("not begun");
    };
    let Ok(Step::Established {
        token: Some(token), ..
    }) = client.step(Some(challenge), &scene)
    else {
        return;
    };
    let (negotiate, token) = (negotiate.expose(), token.expose());
    let Ok(Message::Authenticate(read)) = Message::try_from(token) else {
        panic!("not an AUTHENTICATE message");
    };
    assert_eq!(
        (read.domain_name.as_str(), read.user_name.as_str()),
        ("CORP", "ann")
    );

    let challenge_read = Challenge::parse(challenge).unwrap();
    let ntowf = keys::ntowf_v2(&credential.user, credential.password().unwrap());
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
        assert!(message::verify_mic(&key, negotiate, challenge, token));
    }

    let utf16: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for secret in [
        PASSWORD.as_bytes(),
        utf16.as_slice(),
        SESSION_KEY.as_slice(),
    ] {
        let contains = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
        // the server's own names are repeated to it
        assert!(!contains(token) || contains(challenge));
    }
});
