use ntlmclient::{AuthenticateMessage, TargetInfoEntry, TargetInfoType};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

use super::*;
use crate::auth::credential::Proof;
use crate::auth::{ChannelBinding, Context as _, SealError, Sealed, UserName};

/// \[MS-NLMP\] 4.2.4: user, domain, password, challenges and session key are fixed there.
#[test]
fn the_key_derivation_of_ms_nlmp() {
    let Some(vector) = recorded("ms_nlmp_4_2_4_ntlmv2.json") else {
        return;
    };
    let credential = credential(&vector);

    let ntowf = ntowf(&credential);
    assert_eq!(hex(ntowf.expose_secret()), text(&vector, "ntowfv2"));

    // a response's blob: versions, time, client challenge, the server's names, zeros
    let names = [
        (TargetInfoType::NtDomain, "Domain"),
        (TargetInfoType::NtServer, "Server"),
    ];
    let target_info = names
        .iter()
        .flat_map(|(kind, name)| TargetInfoEntry::from_string(*kind, name).to_bytes());
    let mut response = bytes(&vector, "nt_proof_str");
    response.extend([1, 1, 0, 0, 0, 0, 0, 0]);
    response.extend(bytes(&vector, "time"));
    response.extend(bytes(&vector, "client_challenge"));
    response.extend([0; 4]);
    response.extend(target_info);
    response.extend([0; 8]);
    let challenge = bytes(&vector, "server_challenge").try_into().unwrap();
    let session_base_key =
        keys::verify_response(&ntowf, challenge, &response).expect("the proof holds");
    assert_eq!(
        hex(session_base_key.expose_secret()),
        text(&vector, "session_base_key")
    );

    let exported = key(&vector, "exported_session_key");
    let encrypted = keys::exchange(&session_base_key, exported.expose_secret());
    assert_eq!(hex(&encrypted), text(&vector, "encrypted_session_key"));
    assert_eq!(
        &keys::exchange(&session_base_key, &encrypted),
        exported.expose_secret()
    );

    let seal_key = keys::seal_key(&exported, Direction::ClientToServer);
    assert_eq!(
        hex(seal_key.expose_secret()),
        text(&vector, "client_seal_key")
    );
}

#[test]
fn the_sealed_message_of_ms_nlmp() {
    let Some(vector) = recorded("ms_nlmp_4_2_4_ntlmv2.json") else {
        return;
    };
    let exported = key(&vector, "exported_session_key");
    let mut message: Vec<u8> = text(&vector["seal"], "plaintext_utf16le")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let plain = message.clone();

    let signature = Seal::new(&exported, Direction::ClientToServer).seal(&mut message);
    assert_eq!(hex(&message), text(&vector["seal"], "ciphertext"));
    assert_eq!(hex(&signature), text(&vector["seal"], "signature"));

    Unseal::new(&exported, Direction::ClientToServer)
        .unseal(&signature, &mut message)
        .unwrap();
    assert_eq!(message, plain);
}

/// Handshakes recorded from Windows, macOS and gss-ntlmssp: proof, session key, and the MIC where there is one.
#[test]
fn recorded_handshakes_verify() {
    let Some(vectors) = recorded("pyspnego_real_ntlm_vectors.json") else {
        return;
    };
    let mut with_mic = 0;
    for vector in vectors.as_array().unwrap() {
        let name = text(vector, "name");
        let message = |n: &str| unhex(text(&vector["msgs"], n));
        let (negotiate, challenge, authenticate) = (message("1"), message("2"), message("3"));

        let parsed = Challenge::parse(&challenge).unwrap();
        let Message::Authenticate(answer) = Message::try_from(authenticate.as_slice()).unwrap()
        else {
            panic!("{name}: not an AUTHENTICATE message")
        };
        let base = verify(&credential(vector), &parsed, &answer)
            .unwrap_or_else(|| panic!("{name}: the proof fails"));
        let exported = exported_key(&base, &answer);
        assert_eq!(
            hex(exported.expose_secret()),
            text(vector, "exported"),
            "{name}"
        );

        if vector["mic_ok"] == true {
            assert!(
                message::verify_mic(&exported, &negotiate, &challenge, &authenticate),
                "{name}"
            );
            let mut altered = negotiate.clone();
            altered[12] ^= 1;
            assert!(
                !message::verify_mic(&exported, &altered, &challenge, &authenticate),
                "{name}"
            );
            with_mic += 1;
        }
    }
    assert_eq!(with_mic, 4);
}

/// Our client against the acceptor's checks.
#[test]
fn an_acceptor_accepts_us() {
    let names = TargetInfoEntry::from_string(TargetInfoType::NtDomain, "CORP").to_bytes();
    let time = [[7, 0, 8, 0].as_slice(), &[9; 8]].concat();
    for (user, target_info, has_mic) in [
        (
            "CORP\\ann",
            [names.as_slice(), &time, &[0; 4]].concat(),
            true,
        ),
        (
            "ann@corp.example",
            [time.as_slice(), &[0; 4]].concat(),
            true,
        ),
        ("CORP\\Strauß", [names.as_slice(), &time].concat(), true),
        // Windows Server 2003 does not tell its time
        ("CORP\\ann", names.clone(), false),
    ] {
        let challenge = challenge(WANTED.bits(), &target_info);
        let credential = Credential::new(UserName::parse(user).unwrap(), "Pässword €");
        let exported = Key::random(&mut rand::rngs::OsRng);
        let mut client = Ntlm::new(
            &credential,
            "HTTP/ex01",
            NEGOTIATE,
            random(exported.clone()),
        )
        .unwrap();
        let Ok(Step::Send(negotiate)) = client.step(None, &scene()) else {
            panic!("not begun");
        };
        let Ok(Step::Established {
            token: Some(token),
            context: Some(mut context),
            ..
        }) = client.step(Some(&challenge), &scene())
        else {
            panic!("not established");
        };
        assert!(
            client.step(Some(&challenge), &scene()).is_err(),
            "only once"
        );

        let parsed = Challenge::parse(&challenge).unwrap();
        let Message::Authenticate(answer) = Message::try_from(token.expose()).unwrap() else {
            panic!("not an AUTHENTICATE message")
        };
        assert_eq!(answer.user_name, credential.user.name);
        assert_eq!(
            answer.domain_name,
            credential.user.domain.clone().unwrap_or_default()
        );
        let base = verify(&credential, &parsed, &answer).expect("the proof holds");
        assert_eq!(exported_key(&base, &answer), exported);
        let mic_flag = [6, 0, 4, 0, 2, 0, 0, 0];
        let binding = [[10, 0, 16, 0].as_slice(), &scene().channel.md5()].concat();
        assert!(contains(&answer.ntlm_response, &binding));
        assert_eq!(
            contains(&answer.ntlm_response, &mic_flag),
            has_mic,
            "{user}"
        );
        assert_eq!(answer.lm_response == [0; 24], has_mic, "{user}");
        assert_eq!(
            message::verify_mic(&exported, negotiate.expose(), &challenge, token.expose()),
            has_mic
        );

        let Sealed {
            signature,
            ciphertext,
        } = context.seal(b"<request/>").unwrap();
        let mut server = Channel::of_server(&exported);
        let opened = server.open(&signature, &ciphertext);
        assert_eq!(opened, Ok(b"<request/>".to_vec().into()));
        assert_eq!(
            server.open(&signature[1..], &ciphertext),
            Err(SealError::SignatureLength(15))
        );
    }
}

#[test]
fn the_password_is_revealed_by_the_answer_and_a_ticket_is_none() {
    let credential = Credential::new(UserName::parse("CORP\\ann").unwrap(), "x");
    let new = |credential: &Credential| {
        Ntlm::new(
            credential,
            "HTTP/ex01",
            NEGOTIATE,
            random(Key::from([5; 16])),
        )
    };
    let mut client = new(&credential).unwrap();
    assert!(!client.reveals_password());
    client.step(None, &scene()).unwrap();
    assert!(client.reveals_password());
    assert!(
        client.step(None, &scene()).is_err(),
        "the challenge is missing"
    );
    let ticket = Credential {
        proof: Proof::Ticket,
        ..credential.clone()
    };
    assert!(matches!(
        new(&ticket),
        Err(auth::Error::NeedsPassword("NTLM"))
    ));
}

#[test]
fn windows_leaves_sharp_s_alone() {
    let sharp = Credential::new(UserName::parse("strauß").unwrap(), "x");
    let upper = Credential::new(UserName::parse("STRAUß").unwrap(), "x");
    let double = Credential::new(UserName::parse("STRAUSS").unwrap(), "x");
    assert_eq!(ntowf(&sharp), ntowf(&upper));
    assert_ne!(ntowf(&sharp), ntowf(&double));
}

#[test]
fn challenges_that_will_not_do_are_refused() {
    let good = challenge(WANTED.bits(), &[0; 4]);
    let with = |change: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        bytes
    };
    for (name, bytes, expected) in [
        ("as it should be", good.clone(), "fine"),
        (
            "without a version",
            with(|bytes| drop(bytes.splice(44..56, 48u32.to_le_bytes()))),
            "fine",
        ),
        (
            "no target information",
            challenge(WANTED.bits(), &[]),
            "fine",
        ),
        (
            "trailing bytes",
            with(|bytes| bytes.extend([0; 100])),
            "fine",
        ),
        ("nothing", Vec::new(), "Malformed"),
        (
            "another protocol",
            with(|bytes| bytes[0] = b'X'),
            "Malformed",
        ),
        ("our own message", with(|bytes| bytes[8] = 1), "Malformed"),
        (
            "an unknown message",
            with(|bytes| bytes[8] = 9),
            "Malformed",
        ),
        (
            "target information beyond the end",
            with(|bytes| bytes[40] = 5),
            "Malformed",
        ),
        (
            "target information from beyond the end",
            with(|bytes| bytes[47] = 0xff),
            "Malformed",
        ),
        (
            "a target information entry cut off",
            challenge(WANTED.bits(), &[1, 0, 9, 0, 1]),
            "Malformed",
        ),
        (
            "larger than any",
            with(|bytes| bytes.extend([0; 8192])),
            "TooLong { length: 8252 }",
        ),
        (
            "no 128 bits",
            challenge(WANTED.bits() & !0x2000_0000, &[]),
            "Weak { missing: 536870912 }",
        ),
        (
            "no key exchange",
            challenge(WANTED.bits() & !0x4000_0000, &[]),
            "Weak { missing: 1073741824 }",
        ),
        (
            "no sealing",
            challenge(WANTED.bits() & !0x20, &[]),
            "Weak { missing: 32 }",
        ),
    ] {
        let found = answer(&bytes).map_or_else(|error| format!("{error:?}"), |_| "fine".to_owned());
        assert!(found.starts_with(expected), "{name}: {found}");
    }
}

#[test]
fn no_challenge_makes_us_panic() {
    let names = TargetInfoEntry::from_string(TargetInfoType::NtServer, "EX01").to_bytes();
    let time = [7, 0, 8, 0, 9, 9, 9, 9, 9, 9, 9, 9];
    let good = challenge(WANTED.bits(), &[names.as_slice(), &time, &[0; 4]].concat());
    assert!(answer(&good).is_ok());
    for length in 0..good.len() {
        let _ = answer(&good[..length]);
    }
    for place in 0..good.len() {
        for value in 0..=255 {
            let mut bad = good.clone();
            bad[place] = value;
            let _ = answer(&bad);
        }
    }
}

proptest! {
    #[test]
    fn no_target_information_makes_us_panic(info in vec(any::<u8>(), 0..200), flags: u32) {
        let _ = answer(&challenge(flags | REQUIRED.bits(), &info));
    }
}

fn answer(challenge: &[u8]) -> Result<Vec<u8>, Error> {
    let credential = Credential::new(UserName::parse("CORP\\ann").unwrap(), "x");
    let client = Ntlm::new(
        &credential,
        "HTTP/ex01",
        NEGOTIATE,
        random(Key::from([5; 16])),
    )
    .unwrap();
    client.authenticate(challenge, &scene())
}

fn random(exported_key: Key) -> Random {
    Random {
        exported_key,
        client_challenge: [3; 8],
    }
}

fn scene() -> Scene {
    Scene {
        channel: ChannelBinding::to_certificate(b"a certificate"),
        now: 0,
    }
}

fn ntowf(credential: &Credential) -> Key {
    keys::ntowf_v2(&credential.user, credential.password().expect("a password"))
}

/// A CHALLENGE message (\[MS-NLMP\] 2.2.1.2) with a version and without a target name.
fn challenge(flags: u32, target_info: &[u8]) -> Vec<u8> {
    let length = u16::try_from(target_info.len()).unwrap().to_le_bytes();
    let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
    message.extend([0, 0, 0, 0, 56, 0, 0, 0]);
    message.extend(flags.to_le_bytes());
    message.extend(b"8 random");
    message.extend([0; 8]);
    message.extend([length, length].concat());
    message.extend(56u32.to_le_bytes());
    message.extend([6, 3, 0x80, 0x25, 0, 0, 0, 15]);
    message.extend(target_info);
    message
}

fn verify(
    credential: &Credential,
    challenge: &Challenge,
    answer: &AuthenticateMessage,
) -> Option<Key> {
    keys::verify_response(
        &ntowf(credential),
        challenge.server_challenge(),
        &answer.ntlm_response,
    )
}

fn exported_key(session_base_key: &Key, answer: &AuthenticateMessage) -> Key {
    match <&[u8; 16]>::try_from(answer.session_key.as_slice()) {
        Ok(encrypted) => Key::from(keys::exchange(session_base_key, encrypted)),
        Err(_) => session_base_key.clone(),
    }
}

fn credential(vector: &Value) -> Credential {
    let password = vector["pw_used"]
        .as_str()
        .unwrap_or_else(|| text(vector, "password"))
        .to_owned();
    let domain = Some(text(vector, "domain").to_owned()).filter(|domain| !domain.is_empty());
    Credential::new(
        UserName {
            domain,
            name: text(vector, "user").to_owned(),
        },
        password,
    )
}

fn recorded(file: &str) -> Option<Value> {
    let text = mapisweep_outside::read(&mapisweep_outside::folder("nlmp")?.join(file));
    Some(serde_json::from_str(&text).unwrap())
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field}"))
}

fn bytes(value: &Value, field: &str) -> Vec<u8> {
    unhex(text(value, field))
}

fn key(value: &Value, field: &str) -> Key {
    Key::from(<[u8; 16]>::try_from(bytes(value, field)).unwrap())
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
