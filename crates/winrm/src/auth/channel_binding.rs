//! Which TLS channel a sign-in is bound to: `tls-server-end-point` (RFC 5929 section 4).

use md5::Md5;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_parser::{
    oid_registry::OID_PKCS1_RSASSAPSS,
    prelude::{FromDer as _, X509Certificate},
    signature_algorithm::RsaSsaPssParams,
    x509::AlgorithmIdentifier,
};

/// The MD5 hash of the channel bindings, as NTLM carries it (\[MS-NLMP\] 2.2.2.1, `MsvAvChannelBindings`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelBinding(pub [u8; 16]);

impl ChannelBinding {
    /// No channel: what is sent over plain HTTP.
    pub const NONE: Self = Self([0; 16]);

    /// Binds to the server's certificate, given in DER.
    pub fn to_certificate(der: &[u8]) -> Self {
        Self::to_application_data(
            &[b"tls-server-end-point:".as_slice(), &end_point_hash(der)].concat(),
        )
    }

    /// Binds to any application data: a `gss_channel_bindings_struct` without addresses (RFC 2744 section 3.11).
    fn to_application_data(data: &[u8]) -> Self {
        const NO_ADDRESSES: [u8; 16] = [0; 16];
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        Self(
            Md5::new()
                .chain_update(NO_ADDRESSES)
                .chain_update(length.to_le_bytes())
                .chain_update(data)
                .finalize()
                .into(),
        )
    }
}

/// The certificate's hash by the algorithm of its signature; SHA-256 where that is MD5, SHA-1 or unknown.
fn end_point_hash(der: &[u8]) -> Vec<u8> {
    match signature_hash(der) {
        Hash::Sha256 => Sha256::digest(der).to_vec(),
        Hash::Sha384 => Sha384::digest(der).to_vec(),
        Hash::Sha512 => Sha512::digest(der).to_vec(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

fn signature_hash(der: &[u8]) -> Hash {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return Hash::Sha256;
    };
    match hash_identifier(&certificate.signature_algorithm).as_str() {
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

    /// Certificates made with OpenSSL, one a signature algorithm; the hashes are pyspnego's.
    #[test]
    fn the_hash_follows_the_signature_algorithm() {
        macro_rules! certificate {
            ($name:literal) => {
                (
                    $name,
                    include_bytes!(concat!("testdata/", $name, ".der")).as_slice(),
                )
            };
        }
        for ((name, der), expected) in [
            (
                certificate!("ecdsa-sha1"),
                "10f5f5caab2fab7905c8a3f159012786",
            ),
            (
                certificate!("ecdsa-sha256"),
                "a09776a23aaf8ed714e92f726902dab9",
            ),
            (
                certificate!("ecdsa-sha384"),
                "8db2b732473ecfa5b906d7aa6f98540a",
            ),
            (
                certificate!("ecdsa-sha512"),
                "95beb7b11ade2861aaafb113bbcc627a",
            ),
            (certificate!("ed25519"), "b527ed798861ae7bdcb2377bc87fbc7c"),
            (
                certificate!("rsa-sha384"),
                "8b8756271e8a8dec8142d1f269390b33",
            ),
            (
                certificate!("rsa-sha512"),
                "d1b45d44bce40c93a023043e226d1955",
            ),
            (
                certificate!("rsa-pss-sha384"),
                "844829cb18803a2a3d285b07aac927ee",
            ),
        ] {
            let ChannelBinding(hash) = ChannelBinding::to_certificate(der);
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, expected, "{name}");
        }
    }

    #[test]
    fn what_is_not_a_certificate_is_hashed_all_the_same() {
        assert_ne!(
            ChannelBinding::to_certificate(b"no certificate"),
            ChannelBinding::NONE
        );
    }
}
