//! What protects the messages of one connection.

use crate::{kerberos, ntlm};

/// The protocol string under the `Negotiate` and `NTLM` schemes.
pub(super) const SPNEGO: &str = "application/HTTP-SPNEGO-session-encrypted";
/// The protocol string under the `Kerberos` scheme.
const KERBEROS: &str = "application/HTTP-Kerberos-session-encrypted";

/// What a sign-in leaves behind to seal with. \[MS-WSMV\] 2.2.9.1.1.2
pub(super) enum Seal {
    Ntlm(Box<ntlm::Sealer>),
    /// Under `Negotiate`.
    NegotiatedKerberos(kerberos::Sealer),
    /// Under `Kerberos`.
    BareKerberos(kerberos::Sealer),
}

impl Seal {
    /// What a body says that is sealed by it.
    pub fn protocol(&self) -> &'static str {
        match self {
            Self::Ntlm(_) | Self::NegotiatedKerberos(_) => SPNEGO,
            Self::BareKerberos(_) => KERBEROS,
        }
    }

    /// Returns signature and ciphertext.
    pub fn seal(&mut self, plain: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        match self {
            Self::Ntlm(sealer) => {
                let (signature, ciphertext) = sealer.seal(plain);
                Some((signature.to_vec(), ciphertext))
            }
            Self::NegotiatedKerberos(sealer) | Self::BareKerberos(sealer) => sealer.seal(plain),
        }
    }

    /// Returns the plaintext, or `None` when it is not the client's next message.
    pub fn unseal(&mut self, signature: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Ntlm(sealer) => sealer.unseal(signature.try_into().ok()?, ciphertext),
            Self::NegotiatedKerberos(sealer) | Self::BareKerberos(sealer) => {
                sealer.unseal(signature, ciphertext)
            }
        }
    }
}
