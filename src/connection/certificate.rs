//! What the server's certificate was, and what a person needs to know of it to judge it.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use mapisweep_core::config::Pin;
use rustls::pki_types::CertificateDer;
use sha1::{Digest as _, Sha1};
use x509_parser::{
    der_parser::{oid, oid::Oid},
    oid_registry::OID_PKCS1_SHA1WITHRSA,
    prelude::{FromDer as _, GeneralName, X509Certificate, X509Version},
    public_key::PublicKey,
};

/// ecdsa-with-SHA1, RFC 3279 section 2.2.3.
const OID_SIG_ECDSA_WITH_SHA1: Oid<'static> = oid!(1.2.840.10045.4.1);

/// The server's certificate on one socket, once TLS has shown it, and which TLS that was.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenCertificate(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    certificate: Option<CertificateDer<'static>>,
    version: Option<&'static str>,
}

impl SeenCertificate {
    /// Keeps it.
    pub fn note(&self, certificate: &CertificateDer<'_>) {
        if let Ok(mut seen) = self.0.lock() {
            seen.certificate = Some(certificate.clone().into_owned());
        }
    }

    /// The server has signed as this version of TLS has it.
    pub fn note_version(&self, version: &'static str) {
        if let Ok(mut seen) = self.0.lock() {
            seen.version = Some(version);
        }
    }

    /// In DER.
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        self.0.lock().ok()?.certificate.clone()
    }

    /// `TLS 1.3`.
    pub fn version(&self) -> Option<&'static str> {
        self.0.lock().ok()?.version
    }

    pub fn facts(&self) -> Option<CertificateFacts> {
        self.certificate().map(|der| CertificateFacts::read(&der))
    }
}

/// What a person needs to know of a certificate to judge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whom it is for, as X.509 text.
    pub subject: String,
    /// Who says so.
    pub issuer: String,
    /// The names and addresses that it is good for.
    pub names: Vec<String>,
    /// The last day on which it is good, in UTC.
    pub expires: Option<Date>,
    /// Its SHA-1 in upper-case hexadecimal: what Windows shows and calls the thumbprint.
    pub thumbprint: String,
    /// Its SHA-256.
    pub pin: Pin,
    /// What keeps it from being believed, whoever issued it.
    pub flaws: Flaws,
}

/// What keeps a certificate from being believed, whoever issued it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flaws {
    /// It is of a version before 3, which cannot say what it is for.
    pub is_old_version: bool,
    /// It is signed with SHA-1.
    pub is_sha1: bool,
    /// It has an RSA key of so many bits, which are too few.
    pub short_rsa: Option<usize>,
    /// It is the certificate of an authority, which vouches for others.
    pub is_authority: bool,
}

impl CertificateFacts {
    /// Whether nobody but its holder vouches for it.
    pub fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }

    fn read(der: &[u8]) -> Self {
        let facts = Self {
            subject: "unreadable".to_owned(),
            issuer: "unknown".to_owned(),
            names: Vec::new(),
            expires: None,
            thumbprint: Sha1::digest(der)
                .iter()
                .map(|byte| format!("{byte:02X}"))
                .collect(),
            pin: Pin::of(der),
            flaws: Flaws::default(),
        };
        let Ok((_, certificate)) = X509Certificate::from_der(der) else {
            return facts;
        };
        let expires = Timestamp::from_second(certificate.validity().not_after.timestamp());
        Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            names: names(&certificate),
            flaws: Flaws::of(&certificate),
            expires: expires
                .ok()
                .map(|end| TimeZone::UTC.to_datetime(end).date()),
            ..facts
        }
    }
}

impl Flaws {
    /// In bits; what is shorter is taken nowhere any more.
    pub const LEAST_RSA: usize = 2048;

    fn of(certificate: &X509Certificate<'_>) -> Self {
        let rsa = match certificate.public_key().parsed() {
            Ok(PublicKey::RSA(key)) => Some(key.key_size()),
            _ => None,
        };
        let signature = certificate.signature_algorithm.oid();
        Self {
            is_old_version: certificate.version() != X509Version::V3,
            is_sha1: [OID_PKCS1_SHA1WITHRSA, OID_SIG_ECDSA_WITH_SHA1].contains(signature),
            short_rsa: rsa.filter(|bits| *bits < Self::LEAST_RSA),
            is_authority: certificate.is_ca(),
        }
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = extension.value.general_names.iter();
    let shown = names.filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    });
    shown.collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};

    use super::*;

    /// The digests are OpenSSL's.
    #[test]
    fn a_certificate_is_described_by_names_dates_and_fingerprints() {
        let der = include_bytes!("../../crates/winrm/src/auth/testdata/ecdsa-sha256.der");
        let facts = CertificateFacts::read(der);
        assert_eq!(
            facts,
            CertificateFacts {
                subject: "CN=ex01".into(),
                issuer: "CN=ex01".into(),
                names: Vec::new(),
                expires: Some(jiff::civil::date(2126, 10, 29)),
                thumbprint: "4007857384606AFF27B4B74278FC1910FA626BFB".into(),
                pin: "331f5fb8ec11b3b88fcc7e1b88155b9d41af637b6e395dd1b4b9cbfe8af82d81"
                    .parse()
                    .unwrap(),
                flaws: Flaws {
                    is_authority: true,
                    ..Flaws::default()
                },
            }
        );
        assert!(facts.is_self_signed());
        let unreadable = CertificateFacts::read(b"nonsense");
        assert!(!unreadable.is_self_signed());
        assert_eq!(unreadable.pin, Pin::of(b"nonsense"));
    }

    #[test]
    fn the_names_are_those_that_a_certificate_is_good_for() {
        let names = [
            "ex01.corp.example",
            "*.corp.example",
            "10.1.0.1",
            "2001:db8::1",
        ];
        let CertifiedKey { cert, .. } =
            generate_simple_self_signed(names.map(str::to_owned)).unwrap();
        assert_eq!(CertificateFacts::read(cert.der()).names, names);
    }
}
