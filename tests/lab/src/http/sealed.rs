//! Sealed bodies: `multipart/encrypted` as WinRM writes and reads it. \[MS-WSMV\] 2.2.9.1
//!
//! Written byte for byte after a capture, and read as strictly as http.sys' WinRM does: a body that is not exactly
//! so gets HTTP 400.

use super::seal::Seal;

/// Whether a Content-Type announces a sealed body, and one of the protocol that this connection speaks.
pub(super) fn announced(content_type: &str, protocol: &str) -> Announced {
    if !content_type.starts_with("multipart/encrypted") {
        return Announced::Plain;
    }
    if content_type.contains(protocol) {
        Announced::Sealed
    } else {
        Announced::OtherProtocol
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announced {
    Plain,
    Sealed,
    OtherProtocol,
}

/// The boundary, with or without Exchange's space.
fn boundary(with_space: bool) -> &'static str {
    if with_space {
        "-- Encrypted Boundary"
    } else {
        "--Encrypted Boundary"
    }
}

pub(super) fn content_type(protocol: &str) -> String {
    format!("multipart/encrypted;protocol=\"{protocol}\";boundary=\"Encrypted Boundary\"")
}

/// `None` when it cannot be sealed.
pub(super) fn seal(seal: &mut Seal, plain: &[u8], boundary_with_space: bool) -> Option<Vec<u8>> {
    let boundary = boundary(boundary_with_space);
    let protocol = seal.protocol();
    let (signature, ciphertext) = seal.seal(plain)?;
    let signature_length = u32::try_from(signature.len()).ok()?;
    let mut body = format!(
        "{boundary}\r\n\
         \tContent-Type: {protocol}\r\n\
         \tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={}\r\n\
         {boundary}\r\n\
         \tContent-Type: application/octet-stream\r\n",
        plain.len()
    )
    .into_bytes();
    body.extend(signature_length.to_le_bytes());
    body.extend(signature);
    body.extend(ciphertext);
    body.extend(format!("{boundary}--\r\n").bytes());
    Some(body)
}

/// Changes a sealed body where only its signature tells: one bit of the ciphertext.
pub(super) fn change(body: &mut [u8]) {
    let in_ciphertext = body.len() - "--Encrypted Boundary--\r\n".len() - 3;
    body[in_ciphertext] ^= 1;
}

/// Returns the plaintext, or `None` for a body that a real server answers with HTTP 400.
pub(super) fn unseal(seal: &mut Seal, body: &[u8]) -> Option<Vec<u8>> {
    let body = body.strip_prefix(b"--Encrypted Boundary\r\n")?;
    let (announcement, body) = split_once(body, b"--Encrypted Boundary\r\n")?;
    let length = announced_length(std::str::from_utf8(announcement).ok()?, seal.protocol())?;
    let body = header(body, "Content-Type: application/octet-stream")?;
    let sealed = body.strip_suffix(b"--Encrypted Boundary--\r\n")?;
    let (signature_length, sealed) = sealed.split_first_chunk::<4>()?;
    let signature_length = usize::try_from(u32::from_le_bytes(*signature_length)).ok()?;
    let (signature, ciphertext) = sealed.split_at_checked(signature_length)?;
    if ciphertext.len() != length {
        return None;
    }
    seal.unseal(signature, ciphertext)
}

fn announced_length(headers: &str, expected: &str) -> Option<usize> {
    let mut lines = headers.split("\r\n").map(str::trim);
    let protocol = lines.next()?.strip_prefix("Content-Type: ")?;
    let original = lines.next()?.strip_prefix("OriginalContent: ")?;
    let (kind, length) = original.rsplit_once(";Length=")?;
    (protocol == expected
        && kind == "type=application/soap+xml;charset=UTF-8"
        && lines.all(str::is_empty))
    .then(|| length.parse().ok())
    .flatten()
}

/// What follows a header line, which may begin with white space.
fn header<'a>(body: &'a [u8], expected: &str) -> Option<&'a [u8]> {
    let (line, rest) = split_once(body, b"\r\n")?;
    (line.trim_ascii() == expected.as_bytes()).then_some(rest)
}

fn split_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes
        .windows(separator.len())
        .position(|window| window == separator)?;
    Some((&bytes[..at], &bytes[at + separator.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ntlm::Sealer;

    /// The published NTLM example, in an envelope.
    fn body() -> Vec<u8> {
        let mut body = b"--Encrypted Boundary\r\n\
            \tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n\
            \tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=18\r\n\
            --Encrypted Boundary\r\n\
            \tContent-Type: application/octet-stream\r\n\
            \x10\0\0\0"
            .to_vec();
        body.extend(b"\x01\0\0\0\x7f\xb3\x8e\xc5\xc5\x5d\x49\x76\0\0\0\0");
        body.extend(b"\x54\xe5\x01\x65\xbf\x19\x36\xdc\x99\x60\x20\xc1\x81\x1b\x0f\x06\xfb\x5f");
        body.extend(b"--Encrypted Boundary--\r\n");
        body
    }

    fn unsealed(body: &[u8]) -> Option<Vec<u8>> {
        unseal(&mut Seal::Ntlm(Box::new(Sealer::new(&[0x55; 16]))), body)
    }

    #[test]
    fn a_body_as_captured_is_read() {
        assert_eq!(unsealed(&body()).unwrap(), b"P\0l\0a\0i\0n\0t\0e\0x\0t\0");
    }

    #[test]
    fn a_line_end_before_the_closing_boundary_is_too_much() {
        let body = body();
        let (sealed, end) = body.split_at(body.len() - b"--Encrypted Boundary--\r\n".len());
        assert_eq!(unsealed(&[sealed, b"\r\n", end].concat()), None);
    }

    #[test]
    fn a_wrong_length_is_refused() {
        let text = String::from_utf8_lossy(&body()).find("Length=18").unwrap();
        let mut body = body();
        body[text + 8] = b'9';
        assert_eq!(unsealed(&body), None);
    }

    #[test]
    fn any_cut_of_a_body_is_refused() {
        for length in 0..body().len() {
            assert_eq!(unsealed(&body()[..length]), None, "at {length}");
        }
    }
}
