use proptest::prelude::*;

use super::*;

/// Written by pyspnego.
const PROPOSALS: [(&str, &[ObjectIdentifier], &[u8]); 2] = [
    (
        "602406062b0601050502a01a3018a00d300b06092a864886f712010202a2070405746f6b656e",
        &[KERBEROS],
        b"token",
    ),
    (
        "604706062b0601050502a03d303ba030302e06092a864882f71201020206092a864886f712010202060a2b06010401823702020a060a2b\
         06010401823702021ea2070405746f6b656e",
        &[
            KERBEROS_OF_WINDOWS,
            KERBEROS,
            ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.2.10"),
            ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.2.30"),
        ],
        b"token",
    ),
];

#[test]
fn a_proposal_is_written_as_others_write_it() {
    let (hex, _, token) = PROPOSALS[0];
    assert_eq!(propose(KERBEROS, token).unwrap(), bytes(hex));
}

#[test]
fn proposals_of_others_are_read() {
    for (hex, mechanisms, token) in PROPOSALS {
        let proposal = read_proposal(&bytes(hex)).unwrap();
        assert_eq!(proposal.mechanisms, mechanisms);
        assert_eq!(proposal.token.as_deref(), Some(token));
    }
}

/// Written by pyspnego as well.
#[test]
fn answers_of_others_are_read_and_written_alike() {
    let mechanism = Some(KERBEROS);
    let token = |bytes: &[u8]| Some(bytes.to_vec());
    for (hex, state, mechanism, token) in [
        (
            "a11d301ba0030a0100a10b06092a864886f712010202a20704057265706c79",
            Some(State::Completed),
            mechanism,
            token(b"reply"),
        ),
        ("a1073005a0030a0102", Some(State::Reject), None, None),
        ("a10b3009a20704057265706c79", None, None, token(b"reply")),
    ] {
        let expected = Answer {
            state,
            mechanism,
            token,
        };
        assert_eq!(read_answer(&bytes(hex)).unwrap(), expected, "{hex}");
        assert_eq!(answer(&expected).unwrap(), bytes(hex));
    }
    let with_mic = read_answer(&bytes("a10e300ca0030a0100a30504036d6963")).unwrap();
    assert_eq!(with_mic.state, Some(State::Completed));
}

#[test]
fn what_is_not_spnego_is_refused() {
    for (what, hex) in [
        ("nothing", ""),
        (
            "a bare Kerberos token",
            "600f06092a864886f7120102020100abcd",
        ),
        (
            "an NTLM message",
            "4e544c4d53535000020000000000000000000000",
        ),
        (
            "a length beyond the end",
            "602506062b0601050502a01a3018a00d300b06092a864886f712010202a2070405746f6b656e",
        ),
        (
            "something after the end",
            "602406062b0601050502a01a3018a00d300b06092a864886f712010202a2070405746f6b656e00",
        ),
        ("an answer", "a1073005a0030a0102"),
    ] {
        assert!(read_proposal(&bytes(hex)).is_err(), "{what}");
    }
    for (what, hex) in [
        ("nothing", ""),
        ("a state that there is not", "a1073005a0030a0104"),
        ("cut off", "a1073005a0030a01"),
        ("a proposal", PROPOSALS[0].0),
        ("a length of its own length", "a1843fffffff"),
    ] {
        assert!(read_answer(&bytes(hex)).is_err(), "{what}");
    }
}

proptest! {
    #[test]
    fn tokens_of_any_length_come_back(token in proptest::collection::vec(any::<u8>(), 0..100_000)) {
        let framed = propose(KERBEROS, &token).unwrap();
        prop_assert_eq!(read_proposal(&framed).unwrap().token.unwrap(), token.clone());
        let said = Answer { token: Some(token), ..Answer::default() };
        prop_assert_eq!(read_answer(&answer(&said).unwrap()).unwrap(), said);
    }

    #[test]
    fn anything_is_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        _ = read_proposal(&bytes);
        _ = read_answer(&bytes);
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
