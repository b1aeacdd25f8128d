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

    /// \[MS-NLMP\] gives no example; this one is from the public discussion of extended protection for HTTP.
    #[test]
    fn the_bindings_are_hashed_with_their_length() {
        let certificate_hash = [0xe3; 32];
        let data = [b"tls-server-end-point:".as_slice(), &certificate_hash].concat();
        let structure = [[0; 16].as_slice(), &[53, 0, 0, 0], &data].concat();
        assert_eq!(
            ChannelBinding::to_application_data(&data).0,
            <[u8; 16]>::from(Md5::digest(structure))
        );
    }
}
