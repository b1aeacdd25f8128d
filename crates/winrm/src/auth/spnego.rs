//! SPNEGO around one mechanism (RFC 4178, \[MS-SPNG\]): how a Kerberos token travels under `Negotiate`.
//!
//! One mechanism is proposed and none is negotiated, so there is no list to protect and no `mechListMIC`. Errors stay
//! the mechanism's own that way: a library's SPNEGO turns each of them into "no mechanism".

use der::{
    Decode as _, Encode as _, Enumerated, Header, Reader as _, Sequence, SliceReader, Tag, TagMode,
    TagNumber, Writer as _,
    asn1::{
        AnyRef, BitStringRef, ContextSpecific, ContextSpecificRef, ObjectIdentifier, OctetStringRef,
    },
};

/// SPNEGO itself.
const SPNEGO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.2");

/// Kerberos, version 5 (RFC 4121 section 1).
pub const KERBEROS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113554.1.2.2");

/// Kerberos with the number that Windows 2000 gave it by mistake, and that its successors still propose first
/// (\[MS-SPNG\] 1.9).
pub const KERBEROS_OF_WINDOWS: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.48018.1.2.2");

/// Proposes one mechanism, with its first token.
///
/// # Errors
/// The token is longer than a length can say.
pub fn propose(mechanism: ObjectIdentifier, token: &[u8]) -> Result<Vec<u8>, Error> {
    let proposal = NegTokenInit {
        mechanisms: vec![mechanism],
        flags: None,
        token: Some(OctetStringRef::new(token)?),
        hints: None,
    };
    let proposal = explicit(TagNumber::N0, &proposal).to_der()?;
    let length = (SPNEGO.encoded_len()? + proposal.len())?;
    let mut framed = Vec::with_capacity(proposal.len() + 32);
    Header::new(FRAME, length)?.encode(&mut framed)?;
    SPNEGO.encode(&mut framed)?;
    framed.write(&proposal)?;
    Ok(framed)
}

/// What is proposed, as a server reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// In the order of preference.
    pub mechanisms: Vec<ObjectIdentifier>,
    /// The first one's token.
    pub token: Option<Vec<u8>>,
}

/// Reads a proposal. It may come from anyone.
pub fn read_proposal(framed: &[u8]) -> Result<Proposal, Error> {
    let mut reader = SliceReader::new(framed)?;
    let header = Header::decode(&mut reader)?;
    header.tag.assert_eq(FRAME)?;
    if header.length != reader.remaining_len() || ObjectIdentifier::decode(&mut reader)? != SPNEGO {
        return Err(Error::NotSpnego);
    }
    let proposal: ContextSpecific<NegTokenInit<'_>> = reader.decode()?;
    let proposal = reader.finish(proposal)?;
    if proposal.tag_number != TagNumber::N0 {
        return Err(Error::NotSpnego);
    }
    let NegTokenInit {
        mechanisms, token, ..
    } = proposal.value;
    Ok(Proposal {
        mechanisms,
        token: token.map(|token| token.as_bytes().to_vec()),
    })
}

/// How far a negotiation is (RFC 4178 section 4.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enumerated)]
#[asn1(type = "ENUMERATED")]
#[repr(u8)]
pub enum State {
    /// Done.
    Completed = 0,
    /// The mechanism has more to say.
    Incomplete = 1,
    /// Refused.
    Reject = 2,
    /// A `mechListMIC` is wanted.
    RequestMic = 3,
}

/// What the server says to a proposal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// How far it is.
    pub state: Option<State>,
    /// The mechanism that the server takes.
    pub mechanism: Option<ObjectIdentifier>,
    /// The mechanism's token.
    pub token: Option<Vec<u8>>,
}

impl Answer {
    /// Whether the server would go on with something else than what was proposed, such as NTLM.
    pub fn wants_another_than_kerberos(&self) -> bool {
        self.mechanism
            .is_some_and(|wanted| ![KERBEROS, KERBEROS_OF_WINDOWS].contains(&wanted))
    }
}

/// Writes what the server says.
///
/// # Errors
/// The token is longer than a length can say.
pub fn answer(answer: &Answer) -> Result<Vec<u8>, Error> {
    let token = answer.token.as_deref().map(OctetStringRef::new);
    let response = NegTokenResp {
        state: answer.state,
        mechanism: answer.mechanism,
        token: token.transpose()?,
        mic: None,
    };
    Ok(explicit(TagNumber::N1, &response).to_der()?)
}

/// Reads what the server says. It may come from anyone.
pub fn read_answer(bytes: &[u8]) -> Result<Answer, Error> {
    let response = ContextSpecific::<NegTokenResp<'_>>::from_der(bytes)?;
    if response.tag_number != TagNumber::N1 {
        return Err(Error::NotSpnego);
    }
    let NegTokenResp {
        state,
        mechanism,
        token,
        ..
    } = response.value;
    Ok(Answer {
        state,
        mechanism,
        token: token.map(|token| token.as_bytes().to_vec()),
    })
}

/// What frames a mechanism's first token (RFC 2743 section 3.1).
const FRAME: Tag = Tag::Application {
    constructed: true,
    number: TagNumber::N0,
};

#[derive(Sequence)]
struct NegTokenInit<'a> {
    #[asn1(context_specific = "0")]
    mechanisms: Vec<ObjectIdentifier>,
    #[asn1(context_specific = "1", optional = "true")]
    flags: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", optional = "true")]
    token: Option<OctetStringRef<'a>>,
    /// `mechListMIC` in the standard, hints in Windows (\[MS-SPNG\] 2.2.1).
    #[asn1(context_specific = "3", optional = "true")]
    hints: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct NegTokenResp<'a> {
    #[asn1(context_specific = "0", optional = "true")]
    state: Option<State>,
    #[asn1(context_specific = "1", optional = "true")]
    mechanism: Option<ObjectIdentifier>,
    #[asn1(context_specific = "2", optional = "true")]
    token: Option<OctetStringRef<'a>>,
    #[asn1(context_specific = "3", optional = "true")]
    mic: Option<OctetStringRef<'a>>,
}

fn explicit<T>(tag_number: TagNumber, value: &T) -> ContextSpecificRef<'_, T> {
    ContextSpecificRef {
        tag_number,
        tag_mode: TagMode::Explicit,
        value,
    }
}

/// Why something is not SPNEGO's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is framed as another mechanism's, or not whole.
    #[error("the token is not SPNEGO's")]
    NotSpnego,
    /// It is not in DER, or not what is due.
    #[error("the SPNEGO token cannot be read ({0})")]
    Malformed(der::Error),
}

impl From<der::Error> for Error {
    fn from(error: der::Error) -> Self {
        Self::Malformed(error)
    }
}

#[cfg(test)]
mod tests;
