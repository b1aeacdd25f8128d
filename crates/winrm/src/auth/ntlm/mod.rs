//! NTLM version 2 (\[MS-NLMP\]), the client's side; the keys, the seals and the MIC serve an acceptor as well.
//!
//! `ntlmclient` encodes the messages and computes the response. What it lacks is here: the MIC, the exchange of
//! the session key, signing and sealing, channel binding, and care with what a hostile server sends.
//!
//! ```text
//! Handshake::new ── negotiate() ──> server
//!                <── challenge ───
//! authenticate(challenge, ..)  ──> server      and from here on both sides seal with the exported session key
//! ```

mod challenge;
pub mod keys;
pub mod message;
mod seal;
#[cfg(test)]
mod tests;

use ntlmclient::{AuthenticateMessage, Flags, Message, NegotiateMessage, OsVersion};
use secrecy::ExposeSecret as _;

pub use challenge::Challenge;
pub use keys::Key;
pub use seal::{Direction, Seal, SealError, Signature, Unseal};

use super::{Credential, channel_binding::ChannelBinding};

/// What a current Windows asks for: Unicode, target information, sign, seal, key exchange, 128 bits.
const WANTED: Flags = Flags::NEGOTIATE_UNICODE
    .union(Flags::NEGOTIATE_OEM)
    .union(Flags::REQUEST_TARGET)
    .union(Flags::NEGOTIATE_TARGET_INFO)
    .union(Flags::NEGOTIATE_VERSION)
    .union(Flags::NEGOTIATE_NTLM)
    .union(Flags::NEGOTIATE_ALWAYS_SIGN)
    .union(Flags::NEGOTIATE_56BIT)
    .union(REQUIRED);

/// Without these there is no sealing that deserves the name: a server that does not agree to them is refused.
const REQUIRED: Flags = Flags::NEGOTIATE_UNICODE
    .union(Flags::NEGOTIATE_SIGN)
    .union(Flags::NEGOTIATE_SEAL)
    .union(Flags::NEGOTIATE_NTLM2_KEY)
    .union(Flags::NEGOTIATE_128BIT)
    .union(Flags::NEGOTIATE_KEY_EXCHANGE);

/// Windows 10, NTLMSSP revision 15. Meant for debugging only (\[MS-NLMP\] 2.2.2.10).
const VERSION: OsVersion = OsVersion {
    major_version: 10,
    minor_version: 0,
    build_number: 17763,
    reserved: [0; 3],
    ntlm_revision: 15,
};

/// The client's half of one handshake. It serves one connection, once.
#[derive(Debug)]
pub struct Handshake {
    negotiate: Vec<u8>,
}

/// What the client brings to its answer beside the credential.
#[derive(Clone, Debug)]
pub struct Circumstances<'a> {
    /// The service as Windows names it, `HTTP/ex01.corp.example`.
    pub target: &'a str,
    /// The TLS channel, or [`ChannelBinding::NONE`].
    pub channel: ChannelBinding,
    /// Now, in 100 ns since 1601 (FILETIME). Used only if the server does not tell its own time.
    pub now: i64,
    /// Sixteen fresh random bytes: what both sides will derive their keys from.
    pub exported_key: Key,
}

/// The last message, and the two directions of the channel that it opens. Not for display: from the message a weak
/// password can be guessed.
pub struct Authenticated {
    /// The AUTHENTICATE message.
    pub token: Vec<u8>,
    /// Seals what the client sends.
    pub seal: Seal,
    /// Opens what the server sends.
    pub unseal: Unseal,
}

impl Handshake {
    /// Starts a handshake.
    pub fn new() -> Result<Self, Error> {
        let message = Message::Negotiate(NegotiateMessage {
            flags: WANTED,
            supplied_domain: String::new(),
            supplied_workstation: String::new(),
            os_version: VERSION,
        });
        Ok(Self {
            negotiate: message.to_bytes().map_err(Error::encode)?,
        })
    }

    /// The first message, NEGOTIATE.
    pub fn negotiate(&self) -> &[u8] {
        &self.negotiate
    }

    /// Answers the server's challenge, given as it came.
    pub fn authenticate(
        self,
        challenge: &[u8],
        credential: &Credential,
        circumstances: Circumstances<'_>,
    ) -> Result<Authenticated, Error> {
        let parsed = Challenge::parse(challenge)?;
        let missing = REQUIRED.difference(parsed.flags());
        if !missing.is_empty() {
            return Err(Error::Weak {
                missing: missing.bits(),
            });
        }

        let target_info =
            parsed.answer_to_target_info(circumstances.target, circumstances.channel)?;
        let response = keys::respond(&parsed, &target_info, circumstances.now, credential);
        let exported_key = circumstances.exported_key;
        let flags = parsed
            .flags()
            .intersection(WANTED)
            .difference(Flags::NEGOTIATE_OEM);
        let message = Message::Authenticate(AuthenticateMessage {
            lm_response: response.lm,
            ntlm_response: response.nt,
            domain_name: credential.user.domain.clone().unwrap_or_default(),
            user_name: credential.user.name.clone(),
            workstation_name: String::new(),
            // ntlmclient would put the session base key here, in clear
            session_key: keys::exchange(&response.session_base_key, exported_key.expose_secret())
                .to_vec(),
            flags,
            os_version: VERSION,
        });
        let mut token = message.to_bytes().map_err(Error::encode)?;
        // a server that tells its time expects a MIC ([MS-NLMP] 3.1.5.1.2)
        if parsed.timestamp().is_some() {
            message::make_room_for_mic(&mut token);
            let mic = message::mic(&exported_key, &self.negotiate, challenge, &token);
            message::set_mic(&mut token, mic);
        }
        Ok(Authenticated {
            token,
            seal: Seal::new(&exported_key, Direction::ClientToServer),
            unseal: Unseal::new(&exported_key, Direction::ServerToClient),
        })
    }
}

/// Why a handshake cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server's challenge is not a message that can be read.
    #[error("the server's NTLM challenge is malformed: {0}")]
    Malformed(String),
    /// The challenge is longer than any honest server's.
    #[error(
        "the server's NTLM challenge has {length} bytes, more than the {} accepted",
        Challenge::MAX_LENGTH
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The server does not agree to 128-bit sealing with key exchange.
    #[error("the server does not offer 128-bit NTLM sealing (flags missing: {missing:#010x})")]
    Weak {
        /// The NTLM flags (\[MS-NLMP\] 2.2.2.5) it left out.
        missing: u32,
    },
    /// A message of ours cannot be encoded.
    #[error("an NTLM message cannot be encoded: {0}")]
    Encode(String),
}

impl Error {
    fn malformed(error: ntlmclient::ParsingError) -> Self {
        Self::Malformed(error.to_string())
    }

    fn encode(error: ntlmclient::StoringError) -> Self {
        Self::Encode(error.to_string())
    }
}
