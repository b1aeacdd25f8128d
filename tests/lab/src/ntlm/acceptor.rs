//! From a negotiate message to a challenge, from an authenticate message to a verdict.

use jiff::Timestamp;
use rand::RngCore;
use rc4::{KeyInit, Rc4, StreamCipher, consts::U16};

use super::{
    Sealer, hmac_md5, md5,
    message::{Authenticate, Challenge, MIC, av, flag, kind, negotiate_flags},
    ntowf_v2,
};

/// The names a server gives in its challenge.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub netbios_domain: String,
    pub netbios_computer: String,
    pub dns_domain: String,
    pub dns_computer: String,
}

/// A challenge that was sent and waits for its answer.
pub(crate) struct Acceptor {
    negotiate: Vec<u8>,
    challenge: Vec<u8>,
    nonce: [u8; 8],
}

/// Why a client was turned away. The client is never told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("not an NTLM message where one was expected")]
    Malformed,
    #[error("flags {0:#010x} lack what this server asks for")]
    Flags(u32),
    #[error("unknown user {0}")]
    UnknownUser(String),
    #[error("wrong password, or a response to another challenge")]
    WrongResponse,
    #[error("the message integrity code is missing or wrong")]
    Mic,
    #[error("the channel binding is missing or another connection's")]
    ChannelBinding,
}

/// A client that proved who it is.
pub(crate) struct Accepted {
    pub account: String,
    pub sealer: Sealer,
}

/// What the server has to say about channel bindings.
pub(crate) struct Binding<'a> {
    /// SHA-256 of the server's certificate (tls-server-end-point); `None` on plain HTTP.
    pub certificate_hash: Option<&'a [u8; 32]>,
    /// Whether a client that sends none is refused.
    pub required: bool,
}

const REQUIRED: u32 = flag::UNICODE
    | flag::NTLM
    | flag::EXTENDED_SESSION_SECURITY
    | flag::BITS_128
    | flag::KEY_EXCHANGE
    | flag::SIGN
    | flag::SEAL;

impl Acceptor {
    /// Answers a negotiate message with a challenge.
    pub fn challenge(negotiate: &[u8], identity: &Identity) -> Result<(Self, Vec<u8>), Refusal> {
        if kind(negotiate) != Some(1) {
            return Err(Refusal::Malformed);
        }
        let offered = negotiate_flags(negotiate).ok_or(Refusal::Malformed)?;
        if offered & REQUIRED != REQUIRED {
            return Err(Refusal::Flags(offered));
        }
        let mut nonce = [0; 8];
        rand::thread_rng().fill_bytes(&mut nonce);
        let challenge = Challenge {
            flags: REQUIRED
                | flag::REQUEST_TARGET
                | flag::ALWAYS_SIGN
                | flag::TARGET_TYPE_DOMAIN
                | flag::TARGET_INFO
                | flag::VERSION
                | offered & flag::BITS_56,
            nonce,
            netbios_domain: &identity.netbios_domain,
            netbios_computer: &identity.netbios_computer,
            dns_domain: &identity.dns_domain,
            dns_computer: &identity.dns_computer,
            time: filetime(Timestamp::now()),
        }
        .encode();
        let acceptor = Self {
            negotiate: negotiate.to_vec(),
            challenge: challenge.clone(),
            nonce,
        };
        Ok((acceptor, challenge))
    }

    /// The account name in an authenticate message, for the log.
    pub fn claimed_user(authenticate: &[u8]) -> Option<String> {
        Authenticate::decode(authenticate).map(|message| message.user)
    }

    /// Judges an authenticate message. `password_of` takes user and domain as the client wrote them and returns the
    /// account's real name and password.
    pub fn accept(
        self,
        message: &[u8],
        binding: &Binding<'_>,
        password_of: impl FnOnce(&str, &str) -> Option<(String, String)>,
    ) -> Result<Accepted, Refusal> {
        if kind(message) != Some(3) {
            return Err(Refusal::Malformed);
        }
        let authenticate = Authenticate::decode(message).ok_or(Refusal::Malformed)?;
        if authenticate.flags & REQUIRED != REQUIRED {
            return Err(Refusal::Flags(authenticate.flags));
        }
        let (account, password) = password_of(&authenticate.user, &authenticate.domain)
            .ok_or_else(|| Refusal::UnknownUser(authenticate.user.clone()))?;
        let key = ntowf_v2(&password, &authenticate.user, &authenticate.domain);
        let (proof, blob) = authenticate.proof().ok_or(Refusal::Malformed)?;
        if hmac_md5(&key, &[&self.nonce, blob]) != *proof {
            return Err(Refusal::WrongResponse);
        }
        let session_key = exported_session_key(&hmac_md5(&key, &[proof]), &authenticate)?;
        self.check_mic(message, &authenticate, &session_key)?;
        check_binding(&authenticate, binding)?;
        Ok(Accepted {
            account,
            sealer: Sealer::new(&session_key),
        })
    }

    fn check_mic(
        &self,
        message: &[u8],
        authenticate: &Authenticate<'_>,
        key: &[u8; 16],
    ) -> Result<(), Refusal> {
        const MIC_PRESENT: u8 = 2;
        let flags = authenticate.av_pair(av::FLAGS).ok_or(Refusal::Mic)?;
        let mic = message.get(MIC).ok_or(Refusal::Malformed)?;
        let mut unsigned = message.to_vec();
        unsigned[MIC].fill(0);
        let expected = hmac_md5(key, &[&self.negotiate, &self.challenge, &unsigned]);
        if flags.first().is_some_and(|flags| flags & MIC_PRESENT != 0) && mic == expected {
            Ok(())
        } else {
            Err(Refusal::Mic)
        }
    }
}

fn exported_session_key(
    base: &[u8; 16],
    authenticate: &Authenticate<'_>,
) -> Result<[u8; 16], Refusal> {
    let mut key: [u8; 16] = authenticate
        .encrypted_session_key
        .try_into()
        .map_err(|_| Refusal::Malformed)?;
    Rc4::<U16>::new(base.into()).apply_keystream(&mut key);
    Ok(key)
}

/// \[MS-NLMP\] 2.2.2.1 MsvAvChannelBindings: MD5 of a gss_channel_bindings_struct without addresses.
fn check_binding(authenticate: &Authenticate<'_>, binding: &Binding<'_>) -> Result<(), Refusal> {
    let Some(hash) = binding.certificate_hash else {
        return Ok(());
    };
    match authenticate.av_pair(av::CHANNEL_BINDINGS) {
        None | Some([0, ..]) if !binding.required => Ok(()),
        Some(sent) if sent == channel_binding(hash) => Ok(()),
        _ => Err(Refusal::ChannelBinding),
    }
}

fn channel_binding(certificate_hash: &[u8; 32]) -> [u8; 16] {
    let data = [b"tls-server-end-point:".as_slice(), certificate_hash].concat();
    md5(&[&[0; 16], &(data.len() as u32).to_le_bytes(), &data])
}

/// 100 ns since 1601.
fn filetime(time: Timestamp) -> u64 {
    const EPOCH: i128 = 116_444_736_000_000_000;
    u64::try_from(time.as_nanosecond() / 100 + EPOCH).unwrap_or_default()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
