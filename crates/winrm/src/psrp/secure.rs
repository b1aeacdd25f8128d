//! The session key, and the secure strings it encrypts (\[MS-PSRP\] 2.2.2.3 to 2.2.2.4, 2.2.5.1.24).
//!
//! The client makes an RSA key pair, the server answers with an AES-256 key encrypted for it. Both travel as
//! CryptoAPI blobs.

use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit, block_padding::Pkcs7};
use base64::{Engine, engine::general_purpose::STANDARD};
use rand_core::CryptoRngCore;
use rsa::{BigUint, Pkcs1v15Encrypt, RsaPrivateKey, RsaPublicKey, traits::PublicKeyParts};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

/// Why a key or a secure string cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The RSA key pair could not be made.
    #[error("no RSA key pair could be made")]
    KeyPair(#[source] rsa::Error),
    /// The other side's key is not a key blob of the agreed kind.
    #[error("the {0} is not of the agreed form")]
    Blob(&'static str),
    /// The session key could not be encrypted or decrypted.
    #[error("the session key does not belong to the public key")]
    SessionKey(#[source] rsa::Error),
    /// The bytes are not a string encrypted with this session key.
    #[error("the secure string was not encrypted with this session key")]
    SecureString,
}

/// The client's half of the exchange: a key pair that is used once.
pub struct KeyPair(RsaPrivateKey);

/// An AES-256 key that both sides know.
#[derive(Clone)]
pub struct SessionKey(Zeroizing<[u8; 32]>);

const RSA_BITS: usize = 2048;
const RSA_BYTES: usize = RSA_BITS / 8;

/// PUBLICKEYBLOB header for an RSA key-exchange key: type 6, version 2, reserved, CALG_RSA_KEYX, "RSA1", bit length.
const PUBLIC_HEADER: [u8; 16] = [
    0x06, 0x02, 0, 0, 0x00, 0xA4, 0, 0, b'R', b'S', b'A', b'1', 0x00, 0x08, 0, 0,
];
/// SIMPLEBLOB header: type 1, version 2, reserved, CALG_AES_256, encrypted with CALG_RSA_KEYX.
const SESSION_HEADER: [u8; 12] = [0x01, 0x02, 0, 0, 0x10, 0x66, 0, 0, 0x00, 0xA4, 0, 0];

impl KeyPair {
    /// Makes a 2048-bit key pair.
    pub fn generate(random: &mut dyn CryptoRngCore) -> Result<Self, Error> {
        RsaPrivateKey::new(random, RSA_BITS)
            .map(Self)
            .map_err(Error::KeyPair)
    }

    /// The public key as PUBLIC_KEY carries it.
    pub fn public_key(&self) -> String {
        let mut exponent = self.0.e().to_bytes_le();
        exponent.resize(4, 0);
        let mut modulus = self.0.n().to_bytes_le();
        modulus.resize(RSA_BYTES, 0);
        STANDARD.encode([PUBLIC_HEADER.as_slice(), &exponent, &modulus].concat())
    }

    /// Takes the session key out of what ENCRYPTED_SESSION_KEY carries.
    pub fn accept(&self, encrypted: &str) -> Result<SessionKey, Error> {
        let malformed = || Error::Blob("session key");
        let blob = STANDARD.decode(encrypted.trim()).map_err(|_| malformed())?;
        let mut cipher = blob
            .strip_prefix(&SESSION_HEADER)
            .ok_or_else(malformed)?
            .to_vec();
        // CryptoAPI writes numbers with the least significant byte first
        cipher.reverse();
        let key = self
            .0
            .decrypt(Pkcs1v15Encrypt, &cipher)
            .map_err(Error::SessionKey)?;
        let key = Zeroizing::new(key);
        let key = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| malformed())?;
        Ok(SessionKey(Zeroizing::new(key)))
    }
}

impl From<RsaPrivateKey> for KeyPair {
    /// Takes a 2048-bit key that was made elsewhere.
    fn from(key: RsaPrivateKey) -> Self {
        Self(key)
    }
}

impl SessionKey {
    /// A new key and its encrypted form for the client whose public key this is: the server's half.
    pub fn for_public_key(
        public_key: &str,
        mut random: &mut dyn CryptoRngCore,
    ) -> Result<(Self, String), Error> {
        let malformed = || Error::Blob("public key");
        let blob = STANDARD
            .decode(public_key.trim())
            .map_err(|_| malformed())?;
        let key = blob.strip_prefix(&PUBLIC_HEADER).ok_or_else(malformed)?;
        let (exponent, modulus) = key.split_at_checked(4).ok_or_else(malformed)?;
        if modulus.len() != RSA_BYTES {
            return Err(malformed());
        }
        let public = RsaPublicKey::new(
            BigUint::from_bytes_le(modulus),
            BigUint::from_bytes_le(exponent),
        );
        let public = public.map_err(|_| malformed())?;
        let mut key = Self(Zeroizing::new([0; 32]));
        random.fill_bytes(key.0.as_mut_slice());
        let encrypted = public.encrypt(&mut random, Pkcs1v15Encrypt, key.0.as_slice());
        let mut cipher = encrypted.map_err(Error::SessionKey)?;
        cipher.reverse();
        let blob = STANDARD.encode([SESSION_HEADER.as_slice(), &cipher].concat());
        Ok((key, blob))
    }

    /// Encrypts a string as `<SS>` carries it: AES-256 in CBC mode, UTF-16, an initialisation vector of zeros, as the
    /// protocol prescribes.
    pub fn encrypt(&self, secret: &SecretString) -> Vec<u8> {
        let secret = secret.expose_secret();
        // all of it at once: growing would leave copies of the secret behind
        let mut plain = Zeroizing::new(Vec::with_capacity(2 * secret.len()));
        plain.extend(secret.encode_utf16().flat_map(u16::to_le_bytes));
        cbc::Encryptor::<aes::Aes256>::new(self.0.as_slice().into(), &NO_IV.into())
            .encrypt_padded_vec_mut::<Pkcs7>(&plain)
    }

    /// Decrypts what [`SessionKey::encrypt`] wrote.
    pub fn decrypt(&self, cipher: &[u8]) -> Result<SecretString, Error> {
        let plain = cbc::Decryptor::<aes::Aes256>::new(self.0.as_slice().into(), &NO_IV.into())
            .decrypt_padded_vec_mut::<Pkcs7>(cipher)
            .map_err(|_| Error::SecureString)?;
        let plain = Zeroizing::new(plain);
        let (pairs, []) = plain.as_chunks::<2>() else {
            return Err(Error::SecureString);
        };
        let units: Zeroizing<Vec<u16>> =
            Zeroizing::new(pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect());
        let text = String::from_utf16(&units).map_err(|_| Error::SecureString)?;
        Ok(text.into())
    }
}

const NO_IV: [u8; 16] = [0; 16];

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;

    #[test]
    fn a_secret_crosses_and_only_with_the_right_key() {
        let pair = KeyPair::generate(&mut OsRng).unwrap();
        let (server, blob) = SessionKey::for_public_key(&pair.public_key(), &mut OsRng).unwrap();
        let client = pair.accept(&blob).unwrap();
        for secret in [
            "",
            "Pässwörd €",
            "a password of more than one block of the cipher",
        ] {
            let cipher = client.encrypt(&secret.into());
            assert_eq!(server.decrypt(&cipher).unwrap().expose_secret(), secret);
        }
        let (other, _) = SessionKey::for_public_key(&pair.public_key(), &mut OsRng).unwrap();
        let cipher = client.encrypt(&"secret".into());
        let wrong = other.decrypt(&cipher);
        assert!(wrong.is_err() || wrong.is_ok_and(|text| text.expose_secret() != "secret"));
    }

    #[test]
    fn other_blobs_are_refused() {
        let pair = KeyPair::generate(&mut OsRng).unwrap();
        for blob in ["", "!", "AAAA", &pair.public_key()] {
            assert!(matches!(pair.accept(blob), Err(Error::Blob(_))), "{blob}");
        }
        let blob = |modulus: &[u8]| {
            STANDARD.encode([PUBLIC_HEADER.as_slice(), &[1, 0, 1, 0], modulus].concat())
        };
        for public_key in [
            "",
            "AAAA",
            &blob(&[]),
            &blob(&[0xFF; 255]),
            &blob(&[0; 256]),
        ] {
            let refused = SessionKey::for_public_key(public_key, &mut OsRng);
            assert!(matches!(refused, Err(Error::Blob(_))), "{public_key}");
        }
    }
}
