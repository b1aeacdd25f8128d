use std::{fs, path::PathBuf};

use ntlmclient::{AuthenticateMessage, TargetInfoEntry, TargetInfoType};
use serde_json::Value;

use super::*;
use crate::auth::UserName;

/// [MS-NLMP] 4.2.4: user, domain, password, challenges and session key are fixed there.
#[test]
fn the_key_derivation_of_ms_nlmp() {
    let Some(vector) = recorded("ms_nlmp_4_2_4_ntlmv2.json") else {
        return;
    };
    let credential = credential(&vector);

    let ntowf = keys::ntowf_v2(&credential);
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

/// Our client against the acceptor's checks, on the challenge of a real domain controller.
#[test]
fn an_acceptor_accepts_us() {
    let Some(vectors) = recorded("pyspnego_real_ntlm_vectors.json") else {
        return;
    };
    let challenge = unhex(text(&vectors[0]["msgs"], "2"));
    for user in ["CORP\\ann", "ann@corp.example", "CORP\\Strauß"] {
        let credential = Credential::new(UserName::parse(user).unwrap(), "Pässword €");
        let exported = Key::random();
        let handshake = Handshake::new().unwrap();
        let negotiate = handshake.negotiate().to_vec();
        let mut client = handshake
            .authenticate(
                &challenge,
                &credential,
                Circumstances {
                    target: "HTTP/ex01",
                    channel: ChannelBinding([7; 16]),
                    now: 0,
                    exported_key: exported.clone(),
                },
            )
            .unwrap();

        let parsed = Challenge::parse(&challenge).unwrap();
        let Message::Authenticate(answer) = Message::try_from(client.token.as_slice()).unwrap()
        else {
            panic!()
        };
        assert_eq!(answer.user_name, credential.user.name);
        assert_eq!(
            answer.domain_name,
            credential.user.domain.clone().unwrap_or_default()
        );
        assert_eq!(answer.lm_response, [0; 24]);
        let base = verify(&credential, &parsed, &answer).expect("the proof holds");
        assert_eq!(exported_key(&base, &answer), exported);
        assert!(message::verify_mic(
            &exported,
            &negotiate,
            &challenge,
            &client.token
        ));
        assert!(
            contains(&answer.ntlm_response, &[6, 0, 4, 0, 2, 0, 0, 0]),
            "MsvAvFlags says that there is a MIC"
        );
        assert!(
            contains(
                &answer.ntlm_response,
                &[[10, 0, 16, 0].as_slice(), &[7; 16]].concat()
            ),
            "channel binding"
        );

        let mut request = b"<request/>".to_vec();
        let signature = client.seal.seal(&mut request);
        Unseal::new(&exported, Direction::ClientToServer)
            .unseal(&signature, &mut request)
            .unwrap();
        assert_eq!(request, b"<request/>");
    }
}

#[test]
fn windows_leaves_sharp_s_alone() {
    let sharp = Credential::new(UserName::parse("strauß").unwrap(), "x");
    let upper = Credential::new(UserName::parse("STRAUß").unwrap(), "x");
    let double = Credential::new(UserName::parse("STRAUSS").unwrap(), "x");
    assert_eq!(keys::ntowf_v2(&sharp), keys::ntowf_v2(&upper));
    assert_ne!(keys::ntowf_v2(&sharp), keys::ntowf_v2(&double));
}

#[test]
fn a_hostile_challenge_is_an_error_and_never_a_panic() {
    let Some(vectors) = recorded("pyspnego_real_ntlm_vectors.json") else {
        return;
    };
    let good = unhex(text(&vectors[0]["msgs"], "2"));
    let answer = |challenge: &[u8]| {
        let credential = Credential::new(UserName::parse("ann").unwrap(), "x");
        let circumstances = Circumstances {
            target: "HTTP/ex01",
            channel: ChannelBinding::NONE,
            now: 0,
            exported_key: Key::from([0; 16]),
        };
        Handshake::new()
            .unwrap()
            .authenticate(challenge, &credential, circumstances)
    };
    assert!(answer(&good).is_ok());

    for length in 0..48 {
        assert!(
            matches!(answer(&good[..length]), Err(Error::Malformed(_))),
            "{length} bytes"
        );
    }
    for place in 0..good.len() {
        for value in [0x00, 0x7f, 0xff] {
            let mut bad = good.clone();
            bad[place] = value;
            let _ = answer(&bad);
        }
    }
    assert!(matches!(
        answer(&[good.as_slice(), &[0; 8192]].concat()),
        Err(Error::TooLong { .. })
    ));
    let own_message = Handshake::new().unwrap().negotiate;
    assert!(matches!(
        answer(&[own_message.as_slice(), &[0; 64]].concat()),
        Err(Error::Malformed(_))
    ));

    let mut weak = good.clone();
    weak[23] &= !0x20; // NEGOTIATE_128BIT
    assert!(matches!(
        answer(&weak),
        Err(Error::Weak {
            missing: 0x2000_0000
        })
    ));
}

fn verify(
    credential: &Credential,
    challenge: &Challenge,
    answer: &AuthenticateMessage,
) -> Option<Key> {
    keys::verify_response(
        &keys::ntowf_v2(credential),
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
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/wire");
    let directory = std::env::var_os("MAPISWEEP_WIRE_DIR").map_or(default, PathBuf::from);
    let path = directory.join("nlmp").join(file);
    match fs::read(&path) {
        Ok(json) => Some(serde_json::from_slice(&json).unwrap()),
        Err(error) => {
            assert!(
                std::env::var_os("MAPISWEEP_REQUIRE_WIRE").is_none(),
                "{}: {error}",
                path.display()
            );
            use std::io::Write as _;
            writeln!(std::io::stderr(), "SKIPPED: {}: {error}", path.display()).unwrap();
            None
        }
    }
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
