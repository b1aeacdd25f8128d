//! NTLM version 2 (\[MS-NLMP\]), the client's side; the keys, the seals and the MIC serve an acceptor as well.
//!
//! `ntlmclient` encodes the messages and hashes the password. What it lacks is here: the response to a challenge without
//! randomness of its own, the MIC, the exchange of
//! the session key, signing and sealing, channel binding, and care with what a hostile server sends.
//!
//! ```text
//! step(nothing)     ─► NEGOTIATE
//! step(CHALLENGE)   ─► AUTHENTICATE, and from here on both sides seal with the exported session key
//! ```

mod challenge;
pub mod keys;
pub mod message;
mod seal;
#[cfg(test)]
mod tests;

use ntlmclient::{AuthenticateMessage, Flags, Message, NegotiateMessage, OsVersion};
use rand_core::CryptoRngCore;
use secrecy::{ExposeSecret as _, SecretString};

pub use challenge::Challenge;
pub use keys::Key;
pub use seal::{Channel, Direction, Seal, Signature, Unseal};

use super::{Credential, Mechanism, Scene, Step, UserName};
use crate::auth;

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

/// The client's half of one sign-in. It serves one connection, once.
#[derive(Debug)]
pub struct Ntlm {
    scheme: &'static str,
    user: UserName,
    password: SecretString,
    target: String,
    random: Random,
    negotiate: Vec<u8>,
    stage: Stage,
}

/// What one sign-in takes of chance.
#[derive(Debug, Clone)]
pub struct Random {
    /// What both sides will derive their keys from.
    pub exported_key: Key,
    /// What makes the answer to the same challenge another one each time.
    pub client_challenge: [u8; 8],
}

impl Random {
    /// Fresh.
    pub fn new(random: &mut dyn CryptoRngCore) -> Self {
        let mut client_challenge = [0; 8];
        random.fill_bytes(&mut client_challenge);
        Self {
            exported_key: Key::random(random),
            client_challenge,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Negotiating,
    Done,
}

/// What WinRM offers; it takes bare NTLM messages under this name.
pub const NEGOTIATE: &str = "Negotiate";

/// What a server offers that speaks NTLM only.
pub const NTLM: &str = "NTLM";

impl Ntlm {
    /// Signs in at `target`, the service as Windows names it (`HTTP/ex01.corp.example`), under one of the schemes above.
    pub fn new(
        credential: &Credential,
        target: impl Into<String>,
        scheme: &'static str,
        random: Random,
    ) -> Result<Self, auth::Error> {
        let password = credential
            .password()
            .ok_or(auth::Error::NeedsPassword(NTLM))?;
        let message = Message::Negotiate(NegotiateMessage {
            flags: WANTED,
            supplied_domain: String::new(),
            supplied_workstation: String::new(),
            os_version: VERSION,
        });
        Ok(Self {
            scheme,
            user: credential.user.clone(),
            password: password.clone(),
            target: target.into(),
            random,
            negotiate: message.to_bytes().map_err(Error::encode)?,
            stage: Stage::New,
        })
    }

    /// Answers the server's challenge, given as it came, with the last message.
    fn authenticate(&self, challenge: &[u8], scene: &Scene) -> Result<Vec<u8>, Error> {
        let parsed = Challenge::parse(challenge)?;
        let missing = REQUIRED.difference(parsed.flags());
        if !missing.is_empty() {
            return Err(Error::Weak {
                missing: missing.bits(),
            });
        }

        let target_info = parsed.answer_to_target_info(&self.target, &scene.channel)?;
        let Random {
            exported_key,
            client_challenge,
        } = &self.random;
        let ntowf = keys::ntowf_v2(&self.user, &self.password);
        let response = keys::respond(&parsed, &target_info, scene.now, *client_challenge, &ntowf);
        let flags = parsed
            .flags()
            .intersection(WANTED)
            .difference(Flags::NEGOTIATE_OEM);
        let session_key = exported_key.expose_secret();
        let message = Message::Authenticate(AuthenticateMessage {
            lm_response: response.lm,
            ntlm_response: response.nt,
            domain_name: self.user.domain.clone().unwrap_or_default(),
            user_name: self.user.name.clone(),
            workstation_name: String::new(),
            // ntlmclient would put the session base key here, in clear
            session_key: keys::exchange(&response.session_base_key, session_key).to_vec(),
            flags,
            os_version: VERSION,
        });
        let mut token = message.to_bytes().map_err(Error::encode)?;
        // a server that tells its time expects a MIC ([MS-NLMP] 3.1.5.1.2)
        if parsed.timestamp().is_some() {
            message::make_room_for_mic(&mut token);
            let mic = message::mic(exported_key, &self.negotiate, challenge, &token);
            message::set_mic(&mut token, mic);
        }
        Ok(token)
    }
}

impl Mechanism for Ntlm {
    fn scheme(&self) -> &'static str {
        self.scheme
    }

    fn step(&mut self, received: Option<&[u8]>, scene: &Scene) -> Result<Step, auth::Error> {
        match (self.stage, received) {
            (Stage::New, None) => {
                self.stage = Stage::Negotiating;
                Ok(Step::Send(self.negotiate.clone().into()))
            }
            (Stage::Negotiating, Some(challenge)) => {
                self.stage = Stage::Done;
                Ok(Step::Established {
                    token: Some(self.authenticate(challenge, scene)?.into()),
                    context: Some(Box::new(Channel::of_client(&self.random.exported_key))),
                })
            }
            _ => Err(auth::Error::Complete),
        }
    }

    fn reveals_password(&self) -> bool {
        self.stage != Stage::New
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
