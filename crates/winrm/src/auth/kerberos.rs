//! Kerberos's sealed messages as WinRM carries them (\[MS-WSMV\] 2.2.9.1.1.2, RFC 4121, RFC 4757).
//!
//! GSSAPI seals a message into one token; WinRM wants it in two pieces, a header and a ciphertext of the message's own
//! length. With AES the token has a trailer, too (filler and checksum): Windows rotates that to the front, so that the
//! header is 60 bytes for AES with SHA-1. RFC 4121 leaves the rotation to the sender and says in the token how far it
//! went; some libraries rotate themselves, others do not. With RC4-HMAC nothing is rotated, the message has one byte of
//! padding behind it, and the header is 46 bytes.

use super::Sealed;

/// `HTTP-Kerberos-session-encrypted` goes with bare Kerberos tokens only.
pub const PROTOCOL: &str = "application/HTTP-Kerberos-session-encrypted";

/// The scheme of bare Kerberos tokens.
pub const SCHEME: &str = "Kerberos";

/// Splits a sealed token of RFC 4121 or RFC 4757, as GSSAPI gives it, for a message of `length` bytes.
///
/// # Errors
/// It is none of these, signs only, or cannot hold such a message.
pub fn split(token: Vec<u8>, length: usize) -> Result<Sealed, SplitError> {
    match token.as_slice() {
        [5, 4, flags, ..] if flags & SEALED == 0 => Err(SplitError::NotSealed),
        [5, 4, ..] => split_aes(token, length),
        [RC4_FRAME, ..] => split_rc4(token, length),
        _ => Err(SplitError::Unknown),
    }
}

/// Whether this is the header of a message sealed with RC4-HMAC, which tells nothing of how the message is padded.
pub fn is_rc4(header: &[u8]) -> bool {
    header.first() == Some(&RC4_FRAME)
}

/// The flag of RFC 4121 section 4.2.2.
const SEALED: u8 = 2;

/// What frames a token of RFC 1964 (RFC 2743 section 3.1), on which RC4-HMAC's build.
const RC4_FRAME: u8 = 0x60;

/// The token's own header in front of what is rotated (RFC 4121 section 4.2.6.2).
const AES_HEADER: usize = 16;

/// A random block that is sealed in front of the message; a block of AES (RFC 3962).
const CONFOUNDER: usize = 16;

/// The copy of the header that is sealed behind the message (RFC 4121 section 4.2.4); the checksum follows.
const SEALED_HEADER: usize = 16;

/// What RC4-HMAC always pads a message with, in bytes (RFC 4757 section 7.3).
const RC4_PADDING: usize = 1;

fn split_aes(mut token: Vec<u8>, length: usize) -> Result<Sealed, SplitError> {
    let field = |at: usize| {
        let bytes = token.get(at..at + 2)?.try_into().ok()?;
        Some(usize::from(u16::from_be_bytes(bytes)))
    };
    let (Some(filler), Some(rotated)) = (field(4), field(6)) else {
        return Err(SplitError::Unknown);
    };
    // in front of the message stand the header and the confounder, behind it filler, the sealed header and the checksum
    let front = token.len().checked_sub(filler + length);
    let front = front.filter(|front| *front > AES_HEADER + CONFOUNDER + SEALED_HEADER);
    let front = front.ok_or(SplitError::Length)?;
    let rotation = u16::try_from(front - AES_HEADER - CONFOUNDER + filler);
    let rotation = rotation.map_err(|_| SplitError::Length)?;
    let (header, rest) = token.split_at_mut(AES_HEADER);
    let all = rest.len();
    rest.rotate_left(rotated % all);
    rest.rotate_right(usize::from(rotation) % all);
    header[6..8].copy_from_slice(&rotation.to_be_bytes());
    Ok(cut(token, front + filler))
}

fn split_rc4(token: Vec<u8>, length: usize) -> Result<Sealed, SplitError> {
    let front = token.len().checked_sub(length + RC4_PADDING);
    let front = front.filter(|front| *front > 0).ok_or(SplitError::Length)?;
    Ok(cut(token, front))
}

fn cut(mut token: Vec<u8>, front: usize) -> Sealed {
    let ciphertext = token.split_off(front);
    Sealed {
        signature: token,
        ciphertext,
    }
}

/// Why a token cannot be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The library signed the message and did not seal it.
    #[error("the kerberos library signed a message but did not seal it")]
    NotSealed,
    /// A token of neither RFC.
    #[error("the kerberos library seals in a way that is not known here")]
    Unknown,
    /// Too short for the message, or longer than a header can be.
    #[error("the kerberos library's sealed message has a length that it cannot have")]
    Length,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"message";
    const CONFOUNDER: &[u8] = b"confounder-16-by";
    const TRAILER: &[u8] = b"header, sealed..checksum, 12";

    /// A sealed token of RFC 4121, readable, rotated by so much.
    fn aes(filler: &[u8], rotated: usize) -> Vec<u8> {
        let mut sealed = [CONFOUNDER, MESSAGE, filler, TRAILER].concat();
        sealed.rotate_right(rotated);
        let numbers = [0, filler.len() as u8, 0, rotated as u8];
        let header = [&[5, 4, SEALED, 0xff][..], &numbers, b"sequence"].concat();
        [header, sealed].concat()
    }

    #[test]
    fn an_aes_token_becomes_what_windows_writes_however_the_library_turned_it() {
        for (library, filler, rotated, header) in [
            ("MIT", "", 0, 60),
            ("Heimdal", "", 28, 60),
            ("turned further", "", 30, 60),
            ("with filler", "0123456789abcdef", 0, 76),
        ] {
            let sealed = split(aes(filler.as_bytes(), rotated), MESSAGE.len()).unwrap();
            assert_eq!(sealed.ciphertext, MESSAGE, "{library}");
            assert_eq!(sealed.signature.len(), header, "{library}");
            let turned = (header - 32) as u8;
            assert_eq!(sealed.signature[6..8], [0, turned], "{library}");
            let behind = [filler.as_bytes(), TRAILER, CONFOUNDER].concat();
            assert_eq!(sealed.signature[16..], behind, "{library}");
        }
    }

    #[test]
    fn an_rc4_token_is_cut_before_the_message_and_its_padding() {
        let token = [&[RC4_FRAME; 46][..], MESSAGE, b"\x01"].concat();
        let sealed = split(token, MESSAGE.len()).unwrap();
        assert!(is_rc4(&sealed.signature));
        assert_eq!((sealed.signature.len(), sealed.ciphertext.len()), (46, 8));
    }

    #[test]
    fn what_cannot_be_split_is_said() {
        for (what, token, error) in [
            (
                "signed only",
                [&[5, 4, 1][..], &[0; 80]].concat(),
                SplitError::NotSealed,
            ),
            ("nothing", Vec::new(), SplitError::Unknown),
            ("of another mechanism", vec![1; 80], SplitError::Unknown),
            ("a beginning", vec![5, 4, SEALED], SplitError::Unknown),
            (
                "too short for the message",
                aes(b"", 0)[..50].to_vec(),
                SplitError::Length,
            ),
            (
                "filler without end",
                [&[5, 4, SEALED, 0, 0xff, 0xff][..], &[0; 80]].concat(),
                SplitError::Length,
            ),
            ("RC4, too short", vec![RC4_FRAME; 8], SplitError::Length),
        ] {
            assert_eq!(split(token, MESSAGE.len()), Err(error), "{what}");
        }
    }
}
