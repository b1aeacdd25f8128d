//! The helper .exe itself: the one built into mapisweep, or a signed copy of it.

use sha2::{Digest, Sha256};

use super::signed::is_signed_copy;

/// The bytes of a helper .exe and their SHA-256, computed from these very bytes.
#[derive(Clone)]
pub struct HelperExe {
    bytes: Vec<u8>,
    sha256: String,
}

/// Why a file cannot be the helper.
#[derive(Debug, thiserror::Error)]
pub enum ExeError {
    /// It does not begin as a Windows program does.
    #[error("not a Windows program")]
    NotAProgram,
    /// It is one, but not this helper with a signature added: another version's, or no helper at all.
    #[error("more than a signature is different from the helper of this version")]
    Another,
    /// It is larger than any helper, signed or not.
    #[error("larger than the {MAX_SIZE} bytes a signed helper can have")]
    TooLarge,
}

/// A signature adds some ten kilobytes; more than this no longer fits one WinRM 2.0 message.
pub const MAX_SIZE: usize = 64 * 1024;

const EMBEDDED: &[u8] = include_bytes!("../../../../helper/dist/mapisweep-helper.exe");

impl HelperExe {
    /// The helper that was built into this mapisweep.
    pub fn embedded() -> Self {
        Self::unchecked(EMBEDDED.to_vec())
    }

    /// A copy that the admin supplies, signed or not. By whom it is signed, and whether rightly, is for the server to say.
    ///
    /// # Errors
    /// It is anything else than the built-in helper with a signature added.
    pub fn supplied(bytes: Vec<u8>) -> Result<Self, ExeError> {
        if bytes.len() > MAX_SIZE {
            return Err(ExeError::TooLarge);
        }
        if !bytes.starts_with(b"MZ") {
            return Err(ExeError::NotAProgram);
        }
        if !is_signed_copy(&bytes, EMBEDDED) {
            return Err(ExeError::Another);
        }
        Ok(Self::unchecked(bytes))
    }

    fn unchecked(bytes: Vec<u8>) -> Self {
        let digest = Sha256::digest(&bytes);
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { bytes, sha256 }
    }

    /// The program.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 in lower-case hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl std::fmt::Debug for HelperExe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "HelperExe({} bytes, sha256 {})",
            self.bytes.len(),
            self.sha256
        )
    }
}
