//! Sealing and unsealing, the server's side (RFC 4121 section 4.2.4, \[MS-WSMV\] 2.2.9.1.1.2).

use mapisweep_gssapi::Context;
use mapisweep_winrm::auth::kerberos::split;

/// One security context.
pub(crate) struct Sealer(Context);

impl Sealer {
    pub fn new(context: Context) -> Self {
        Self(context)
    }

    /// Returns signature and ciphertext; `None` when the library does not seal.
    pub fn seal(&mut self, plain: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let token = self.0.seal(plain).ok()?;
        let sealed = split(token, plain.len()).ok()?;
        Some((sealed.signature, sealed.ciphertext))
    }

    /// Returns the plaintext, or `None` when this is not the client's next message, sealed as Windows has it: all that
    /// is not the message's own stands in front of it.
    pub fn unseal(&mut self, signature: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        /// The token's own header and the confounder (RFC 4121 section 4.2.6.2).
        const NOT_ROTATED: usize = 16 + 16;
        let rotated = signature.get(6..8)?.try_into().ok()?;
        let rotated = usize::from(u16::from_be_bytes(rotated));
        if signature.len() != NOT_ROTATED + rotated {
            return None;
        }
        self.0.open(&[signature, ciphertext].concat()).ok()
    }
}
