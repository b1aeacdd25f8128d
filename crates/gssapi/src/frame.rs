//! How Kerberos's tokens are framed (RFC 2743 section 3.1, RFC 1964 section 1.1, RFC 4121 section 4.1).
//!
//! Libraries look at it themselves, but Heimdal 7 not well enough for what comes from the network, and from a server
//! that has proved nothing yet: after an answer with another frame it goes on with memory that nobody has written to
//! (`repl_mutual`), and it reads on behind a header that is too short (`_gssapi_unwrap_iov_arcfour`).

/// `[APPLICATION 0]`
pub(crate) const FRAME: u8 = 0x60;
/// Kerberos 5's object identifier.
const MECHANISM: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
/// `TOK_ID` of `KRB_AP_REP` and of `KRB_ERROR`.
const ANSWERS: [&[u8]; 2] = [b"\x02\x00", b"\x03\x00"];

/// Whether it can be an acceptor's answer.
pub(crate) fn is_answer(token: &[u8]) -> bool {
    token
        .strip_prefix(&[FRAME])
        .and_then(without_length)
        .and_then(|body| body.strip_prefix(MECHANISM))
        .is_some_and(|body| ANSWERS.iter().any(|id| body.starts_with(id)))
}

/// Whether it can be the header of a message sealed with RC4-HMAC: identifiers, number, checksum and confounder
/// (RFC 4757 section 7.3), and all of them.
pub(crate) fn is_rc4_header(header: &[u8]) -> bool {
    const LENGTH: usize = 32;
    header
        .strip_prefix(&[FRAME])
        .and_then(|rest| Some(length(rest)?.1))
        .and_then(|body| body.strip_prefix(MECHANISM))
        .is_some_and(|body| body.len() == LENGTH)
}

/// What follows a length, if it is as long as that says.
fn without_length(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = length(bytes)?;
    (rest.len() == length).then_some(rest)
}

/// A length and what follows it (ITU-T X.690 sections 8.1.3 and 10.1).
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    const LONG: u8 = 0x80;
    const MOST_DIGITS: usize = 3;
    let (&first, rest) = bytes.split_first()?;
    if first < LONG {
        return Some((first.into(), rest));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(first - LONG))?;
    let is_shortest = match digits {
        [] | [0, ..] => false,
        [digit] => *digit >= LONG,
        _ => digits.len() <= MOST_DIGITS,
    };
    let number = |digits: &[u8]| {
        let digits = digits.iter();
        digits.fold(0, |number, digit| number << 8 | usize::from(*digit))
    };
    is_shortest.then(|| (number(digits), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(length: &[u8], id: &[u8], rest: usize) -> Vec<u8> {
        [&[FRAME], length, MECHANISM, id, &vec![b'x'; rest]].concat()
    }

    #[test]
    fn an_answer_is_framed_as_long_as_it_is() {
        // the identifiers make 13 bytes
        for (length, rest) in [
            (&[13][..], 0),
            (&[0x7f], 114),
            (&[0x81, 0x80], 115),
            (&[0x81, 0xff], 242),
            (&[0x82, 1, 0], 243),
            (&[0x83, 1, 0, 0], 65523),
        ] {
            for id in ANSWERS {
                let token = framed(length, id, rest);
                assert!(is_answer(&token), "{length:x?}");
                assert!(!is_answer(&[&token[..], b"x"].concat()), "{length:x?}");
                for shorter in 0..token.len().min(40) {
                    assert!(!is_answer(&token[..shorter]), "{length:x?} {shorter}");
                }
            }
        }
    }

    #[test]
    fn the_header_of_a_message_is_all_there() {
        for length in [&[50][..], &[0x81, 0xff], &[0x82, 1, 0], &[0x83, 1, 0, 0]] {
            let header = framed(length, b"\x02\x01", 30);
            assert!(is_rc4_header(&header), "{length:x?}");
            for shorter in 0..header.len() {
                assert!(!is_rc4_header(&header[..shorter]), "{length:x?} {shorter}");
            }
            assert!(!is_rc4_header(&[&header[..], b"x"].concat()));
        }
    }

    #[test]
    fn anything_else_is_none() {
        for length in [
            // not the shortest form, or none at all
            &[0x81, 13][..],
            &[0x82, 0, 13],
            &[0x80],
            &[0x84, 0, 0, 0, 13],
            &[0xff],
            &[],
        ] {
            assert!(!is_answer(&framed(length, ANSWERS[0], 0)), "{length:x?}");
        }
        // KRB_AP_REQ, a wrapped message
        for id in [b"\x01\x00", b"\x02\x01"] {
            assert!(!is_answer(&framed(&[13], id, 0)), "{id:x?}");
        }
        let mut ntlm = framed(&[13], ANSWERS[0], 0);
        ntlm[12] ^= 1;
        assert!(!is_answer(&ntlm), "another mechanism");
    }
}
