//! Which TLS channel a sign-in is bound to: `tls-server-end-point` (RFC 5929 section 4).

use std::sync::Arc;

use md5::Md5;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};
use x509_parser::{
    oid_registry::OID_PKCS1_RSASSAPSS,
    prelude::{FromDer as _, X509Certificate},
    signature_algorithm::RsaSsaPssParams,
    x509::AlgorithmIdentifier,
};

/// The TLS channel that a sign-in is bound to, or none. Kerberos takes the application data, NTLM its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelBinding(Option<Arc<[u8]>>);

impl ChannelBinding {
    /// No channel: what is bound to over plain HTTP.
    pub const NONE: Self = Self(None);

    /// Binds to the server's certificate, given in DER.
    pub fn to_certificate(der: &[u8]) -> Self {
        let data = [b"tls-server-end-point:".as_slice(), &end_point_hash(der)].concat();
        Self(Some(data.into()))
    }

    /// The channel by name and hash, the `application_data` of a `gss_channel_bindings_struct` (RFC 2744 section 3.11).
    pub fn application_data(&self) -> Option<&[u8]> {
        self.0.as_deref()
    }

    /// The hash of a `gss_channel_bindings_struct` without addresses, as NTLM carries it (\[MS-NLMP\] 2.2.2.1,
    /// `MsvAvChannelBindings`): zeros where there is no channel.
    pub fn md5(&self) -> [u8; 16] {
        const NO_ADDRESSES: [u8; 16] = [0; 16];
        let Some(data) = self.application_data() else {
            return [0; 16];
        };
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        Md5::new()
            .chain_update(NO_ADDRESSES)
            .chain_update(length.to_le_bytes())
            .chain_update(data)
            .finalize()
            .into()
    }
}

/// The certificate's hash by the algorithm of its signature; SHA-256 where that is MD5, SHA-1, none or unknown
/// (RFC 5929 section 4.1).
fn end_point_hash(der: &[u8]) -> Vec<u8> {
    match signature_hash(der) {
        Hash::Sha224 => Sha224::digest(der).to_vec(),
        Hash::Sha256 => Sha256::digest(der).to_vec(),
        Hash::Sha384 => Sha384::digest(der).to_vec(),
        Hash::Sha512 => Sha512::digest(der).to_vec(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

fn signature_hash(der: &[u8]) -> Hash {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return Hash::Sha256;
    };
    match hash_identifier(&certificate.signature_algorithm).as_str() {
        // sha224WithRSAEncryption, ecdsa-with-SHA224, id-sha224
        "1.2.840.113549.1.1.14" | "1.2.840.10045.4.3.1" | "2.16.840.1.101.3.4.2.4" => Hash::Sha224,
        // sha384WithRSAEncryption, ecdsa-with-SHA384, id-sha384
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" | "2.16.840.1.101.3.4.2.2" => Hash::Sha384,
        // sha512WithRSAEncryption, ecdsa-with-SHA512, id-sha512
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" | "2.16.840.1.101.3.4.2.3" => Hash::Sha512,
        _ => Hash::Sha256,
    }
}

/// The object identifier that tells the hash: the signature's own, or for RSASSA-PSS the one in its parameters.
fn hash_identifier(signature: &AlgorithmIdentifier<'_>) -> String {
    let pss = (signature.algorithm == OID_PKCS1_RSASSAPSS)
        .then(|| {
            signature
                .parameters
                .as_ref()
                .and_then(|any| RsaSsaPssParams::try_from(any).ok())
        })
        .flatten();
    match pss {
        Some(parameters) => parameters.hash_algorithm_oid().to_id_string(),
        None => signature.algorithm.to_id_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Certificates made with OpenSSL, one a signature algorithm; the hashes are those of pypsrp and pyspnego.
    #[test]
    fn the_hash_follows_the_signature_algorithm() {
        macro_rules! table {
            ($($name:literal: $bytes:literal, $md5:literal;)*) => {
                [$(($name, include_bytes!(concat!("testdata/", $name, ".der")).as_slice(), $bytes, $md5)),*]
            };
        }
        for (name, der, bytes, md5) in table! {
            "ecdsa-sha1": 32, "10f5f5caab2fab7905c8a3f159012786";
            "ecdsa-sha224": 28, "670391b0d5bae07da19f2eb53c31e4e1";
            "ecdsa-sha256": 32, "a09776a23aaf8ed714e92f726902dab9";
            "ecdsa-sha384": 48, "8db2b732473ecfa5b906d7aa6f98540a";
            "ecdsa-sha512": 64, "95beb7b11ade2861aaafb113bbcc627a";
            "ed25519": 32, "b527ed798861ae7bdcb2377bc87fbc7c";
            "rsa-md5": 32, "37fd9ffb361e3e1e1746575eaa191a28";
            "rsa-sha1": 32, "61696c051526169a4b6fdd4c0f708dfa";
            "rsa-sha224": 28, "6ac99f34a38870af59fe902d18bdb40f";
            "rsa-sha256": 32, "a809e1ef7583f5c0919da9d7e823afa4";
            "rsa-sha384": 48, "8b8756271e8a8dec8142d1f269390b33";
            "rsa-sha512": 64, "d1b45d44bce40c93a023043e226d1955";
            "rsa-pss-sha1": 32, "dd276e8d81d8e2c622560b00220044e3";
            "rsa-pss-sha224": 28, "7c9f89f069e2c6171c43d65982756543";
            "rsa-pss-sha256": 32, "5d94eaa3790156ca652bd52db621c43c";
            "rsa-pss-sha384": 48, "844829cb18803a2a3d285b07aac927ee";
            "rsa-pss-sha512": 64, "4d54af644d0c3d06cee80c3ccbaba66f";
        } {
            let binding = ChannelBinding::to_certificate(der);
            let data = binding.application_data().unwrap_or_default();
            let hash = data.strip_prefix(b"tls-server-end-point:");
            assert_eq!(hash.map(<[u8]>::len), Some(bytes), "{name}");
            let found: String = binding
                .md5()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(found, md5, "{name}");
        }
    }

    #[test]
    fn without_a_channel_ntlm_carries_zeros() {
        assert_eq!(ChannelBinding::NONE.application_data(), None);
        assert_eq!(ChannelBinding::NONE.md5(), [0; 16]);
    }

    #[test]
    fn what_is_not_a_certificate_is_hashed_all_the_same() {
        assert_ne!(
            ChannelBinding::to_certificate(b"no certificate"),
            ChannelBinding::NONE
        );
    }
}
