use proptest::{collection::vec, prelude::*};

use super::*;

const SPNEGO: &str = "application/HTTP-SPNEGO-session-encrypted";
const SIGNATURE: &[u8] = b"\x01\0\0\0signing!\0\0\0\0";

fn good() -> String {
    [
        "--Encrypted Boundary\r\n",
        "\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n",
        "\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=4\r\n",
        "--Encrypted Boundary\r\n",
        "\tContent-Type: application/octet-stream\r\n",
        "\x10\0\0\0\x01\0\0\0signing!\0\0\0\0text--Encrypted Boundary--\r\n",
    ]
    .concat()
}

#[test]
fn a_body_is_written_byte_for_byte_as_windows_does() {
    let part = Part {
        signature: SIGNATURE,
        length: 4,
        ciphertext: b"text",
    };
    let body = encode(SPNEGO, &[part]);
    assert_eq!(String::from_utf8(body).unwrap(), good());
}

#[test]
fn bodies_are_read_as_servers_write_them() {
    let part = Part {
        signature: SIGNATURE,
        length: 4,
        ciphertext: b"text",
    };
    let two = encode(SPNEGO, &[part, part]);
    for (name, body, parts) in [
        ("Windows", good(), 1),
        ("Exchange", good().replace("--Encrypted", "-- Encrypted"), 1),
        ("no tabs", good().replace('\t', ""), 1),
        (
            "other case",
            good()
                .replace("OriginalContent", "originalcontent")
                .replace("Length", "length"),
            1,
        ),
        ("no line break at the end", good().trim_end().to_owned(), 1),
        (
            "quoted charset",
            good().replace("charset=UTF-8", "charset=\"UTF-8\""),
            1,
        ),
        ("two parts", String::from_utf8(two).unwrap(), 2),
    ] {
        assert_eq!(decode(body.as_bytes()), Ok(vec![part; parts]), "{name}");
    }
}

#[test]
fn bodies_that_are_wrong_are_refused() {
    for (from, to, error) in [
        (
            "--Encrypted Boundary\r\n\tContent-Type: application/HTTP",
            "--Other\r\n\tX: y",
            Error::NoBoundary,
        ),
        ("Length=4", "Length=3", Error::NoBoundary),
        ("Length=4", "Length=5", Error::NoBoundary),
        ("Length=4", "Length=400", Error::Truncated),
        ("Length=4", "Length=18446744073709551615", Error::Truncated),
        ("Length=4", "Length=18446744073709551616", Error::NoLength),
        ("Length=4", "Length=-1", Error::NoLength),
        (";Length=4", "", Error::NoLength),
        ("OriginalContent", "Something", Error::NoLength),
        ("OriginalContent:", "OriginalContent", Error::Header),
        ("application/octet-stream", "text/plain", Error::NoPayload),
        ("\x10\0\0\0", "\x11\0\0\0", Error::NoBoundary),
        ("\x10\0\0\0", "\0\0\0\0", Error::SignatureLength(0)),
        ("\x10\0\0\0", "\x01\x04\0\0", Error::SignatureLength(1025)),
        (
            "\x10\0\0\0",
            "\x7f\x7f\x7f\x7f",
            Error::SignatureLength(0x7f7f_7f7f),
        ),
        ("text--Encrypted", "text\r\n--Encrypted", Error::NoBoundary),
        ("Boundary--\r\n", "Boundary", Error::NoBoundary),
        ("Boundary--\r\n", "Boundary--\r\nmore", Error::TrailingBytes),
    ] {
        let body = good().replace(from, to);
        assert_ne!(body, good(), "{from:?}");
        assert_eq!(decode(body.as_bytes()), Err(error), "{from:?} -> {to:?}");
    }
}

#[test]
fn every_beginning_of_a_body_is_refused() {
    let body = good();
    for length in 0..body.trim_end().len() {
        assert!(
            decode(&body.as_bytes()[..length]).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn sealed_bodies_are_told_by_their_type() {
    for (content_type, expected) in [
        (content_type(SPNEGO).as_str(), true),
        ("Multipart/Encrypted; boundary=x", true),
        ("multipart/x-multi-encrypted;protocol=\"x\"", true),
        ("multipart/encryptedish", false),
        ("application/soap+xml;charset=UTF-8", false),
        ("", false),
    ] {
        assert_eq!(is_sealed(content_type), expected, "{content_type:?}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(texts in vec(vec(any::<u8>(), 0..100), 1..4), signature in vec(any::<u8>(), 1..70)) {
        let parts: Vec<_> = texts
            .iter()
            .map(|ciphertext| Part { signature: &signature, length: ciphertext.len(), ciphertext })
            .collect();
        let body = encode(SPNEGO, &parts);
        prop_assert_eq!(decode(&body), Ok(parts));
    }

    #[test]
    fn a_payload_may_look_like_a_boundary(before in ".{0,20}", after in ".{0,20}") {
        let text = format!("{before}--Encrypted Boundary--\r\n{after}");
        let part = Part { signature: SIGNATURE, length: text.len(), ciphertext: text.as_bytes() };
        let body = encode(SPNEGO, &[part]);
        prop_assert_eq!(decode(&body), Ok(vec![part]));
    }

    #[test]
    fn anything_at_all_is_an_answer_or_an_error(body in vec(any::<u8>(), 0..300)) {
        let _ = decode(&body);
    }
}
