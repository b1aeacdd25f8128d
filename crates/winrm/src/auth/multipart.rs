//! The HTTP body that carries a sealed message (\[MS-WSMV\] 2.2.9.1.1).
//!
//! ```text
//! --Encrypted Boundary\r\n
//! \tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n
//! \tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=N\r\n
//! --Encrypted Boundary\r\n
//! \tContent-Type: application/octet-stream\r\n
//! <u32 LE length of signature><signature><N bytes>--Encrypted Boundary--\r\n
//! ```
//! There is no line break before the last boundary, and the payload may contain anything: only its length tells
//! where it ends. Exchange writes the boundary with a space after the dashes. A message may come in several such
//! pairs of parts, each sealed by itself.

use super::{Context, SealError};

/// What the `Content-Type` of a sealed body begins with; the second where a message is split.
const CONTENT_TYPES: [&str; 2] = ["multipart/encrypted", "multipart/x-multi-encrypted"];

/// More than any mechanism's signature has, in bytes.
const MAX_SIGNATURE: usize = 1024;

const BOUNDARIES: [&[u8]; 2] = [b"--Encrypted Boundary", b"-- Encrypted Boundary"];

/// Tells a sealed body by its `Content-Type`.
pub fn is_sealed(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    CONTENT_TYPES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(essence))
}

/// The `Content-Type` of a body sealed under this protocol.
pub fn content_type(protocol: &str) -> String {
    format!(r#"multipart/encrypted;protocol="{protocol}";boundary="Encrypted Boundary""#)
}

/// Seals a message and wraps it as an HTTP body.
///
/// # Errors
/// Nothing can be sealed any more.
pub fn seal(context: &mut dyn Context, message: &[u8]) -> Result<Vec<u8>, SealError> {
    let sealed = context.seal(message)?;
    let part = Part {
        signature: &sealed.signature,
        // with the padding, as other clients announce it
        length: sealed.ciphertext.len(),
        ciphertext: &sealed.ciphertext,
    };
    Ok(encode(context.protocol(), &[part]))
}

/// Opens an HTTP body: the messages of all its parts, one after the other.
pub fn open(context: &mut dyn Context, body: &[u8]) -> Result<Vec<u8>, Error> {
    let mut message = Vec::with_capacity(body.len());
    for part in decode(body)? {
        let opened = context.open(part.signature, part.ciphertext)?;
        if opened.message.len() + opened.padding != part.length {
            return Err(Error::Length {
                announced: part.length,
                opened: opened.message.len(),
            });
        }
        message.extend_from_slice(&opened.message);
    }
    Ok(message)
}

/// One sealed piece of a body: what a header part and a payload part say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The signature in front of the ciphertext.
    pub signature: &'a [u8],
    /// How many bytes the ciphertext has; those of the message, and of its padding where it has any.
    pub length: usize,
    /// The message, sealed.
    pub ciphertext: &'a [u8],
}

/// Writes a body, byte for byte as Windows does.
pub fn encode(protocol: &str, parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        let header = format!(
            "--Encrypted Boundary\r\n\
             \tContent-Type: {protocol}\r\n\
             \tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={}\r\n\
             --Encrypted Boundary\r\n\
             \tContent-Type: application/octet-stream\r\n",
            part.length
        );
        body.extend_from_slice(header.as_bytes());
        // bounded by what any mechanism writes
        let length = u32::try_from(part.signature.len()).unwrap_or(u32::MAX);
        body.extend_from_slice(&length.to_le_bytes());
        body.extend_from_slice(part.signature);
        body.extend_from_slice(part.ciphertext);
    }
    body.extend_from_slice(b"--Encrypted Boundary--\r\n");
    body
}

/// Reads a body. It may come from anyone.
pub fn decode(body: &[u8]) -> Result<Vec<Part<'_>>, Error> {
    let mut reader = Reader { rest: body };
    reader.boundary()?;
    let mut parts = Vec::new();
    loop {
        reader.line_end()?;
        let length = reader.header_part()?;
        reader.line_end()?;
        parts.push(reader.payload_part(length)?);
        if reader.take_prefix(b"--") {
            return if reader.rest.trim_ascii().is_empty() {
                Ok(parts)
            } else {
                Err(Error::TrailingBytes)
            };
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// The headers that announce a payload, and the boundary after them; returns the message's length.
    fn header_part(&mut self) -> Result<usize, Error> {
        let mut length = None;
        while !self.take_boundary() {
            let (name, value) = self.header()?;
            if name.eq_ignore_ascii_case("OriginalContent") {
                length = Some(original_length(value)?);
            }
        }
        length.ok_or(Error::NoLength)
    }

    /// The payload's own header, the payload, and the boundary after it.
    fn payload_part(&mut self, length: usize) -> Result<Part<'a>, Error> {
        let (name, value) = self.header()?;
        if !name.eq_ignore_ascii_case("Content-Type")
            || !value.eq_ignore_ascii_case("application/octet-stream")
        {
            return Err(Error::NoPayload);
        }
        let signature_length = self
            .take(4)?
            .try_into()
            .map(u32::from_le_bytes)
            .map_err(|_| Error::Truncated)?;
        let signature_bytes = usize::try_from(signature_length)
            .ok()
            .filter(|bytes| (1..=MAX_SIGNATURE).contains(bytes))
            .ok_or(Error::SignatureLength(signature_length))?;
        let signature = self.take(signature_bytes)?;
        let ciphertext = self.take(length)?;
        self.boundary()?;
        Ok(Part {
            signature,
            length,
            ciphertext,
        })
    }

    fn header(&mut self) -> Result<(&'a str, &'a str), Error> {
        /// Longer than any header here.
        const MAX_LINE: usize = 512;

        let window = self
            .rest
            .get(..MAX_LINE.min(self.rest.len()))
            .unwrap_or_default();
        let end = window
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .ok_or(Error::Header)?;
        let line = str::from_utf8(self.take(end)?).map_err(|_| Error::Header)?;
        self.line_end()?;
        let (name, value) = line.split_once(':').ok_or(Error::Header)?;
        Ok((name.trim(), value.trim()))
    }

    fn boundary(&mut self) -> Result<(), Error> {
        if self.take_boundary() {
            Ok(())
        } else {
            Err(Error::NoBoundary)
        }
    }

    fn take_boundary(&mut self) -> bool {
        BOUNDARIES.iter().any(|boundary| self.take_prefix(boundary))
    }

    fn line_end(&mut self) -> Result<(), Error> {
        if self.take_prefix(b"\r\n") {
            Ok(())
        } else {
            Err(Error::NoBoundary)
        }
    }

    fn take_prefix(&mut self, prefix: &[u8]) -> bool {
        self.rest
            .strip_prefix(prefix)
            .map(|rest| self.rest = rest)
            .is_some()
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// `N` of `type=application/soap+xml;charset=UTF-8;Length=N`.
fn original_length(value: &str) -> Result<usize, Error> {
    let pairs = value.split(';').filter_map(|pair| pair.split_once('='));
    let mut lengths = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("Length"));
    let (_, length) = lengths.next().ok_or(Error::NoLength)?;
    length.trim().parse().map_err(|_| Error::NoLength)
}

/// Why a body cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No boundary where one is due: the length is wrong, or this is something else.
    #[error("no boundary stands where one is due in the encrypted body")]
    NoBoundary,
    /// A line that is not a header.
    #[error("a header of the encrypted body cannot be read")]
    Header,
    /// `OriginalContent` is missing or does not tell the length.
    #[error("the encrypted body does not tell the length of its message")]
    NoLength,
    /// The payload part is not one.
    #[error("the encrypted body has no payload part")]
    NoPayload,
    /// A signature of a length that none has.
    #[error("the signature in the encrypted body has {0} bytes, which none has")]
    SignatureLength(u32),
    /// What was opened is not as long as was announced.
    #[error("the encrypted body holds {opened} bytes where {announced} were announced")]
    Length {
        /// Bytes announced.
        announced: usize,
        /// Bytes there are.
        opened: usize,
    },
    /// The body ends too early.
    #[error("the encrypted body is cut off")]
    Truncated,
    /// Something stands after the last boundary.
    #[error("the encrypted body goes on after its last boundary")]
    TrailingBytes,
    /// The body is well formed, its seal is not.
    #[error(transparent)]
    Seal(#[from] SealError),
}

#[cfg(test)]
mod tests;
