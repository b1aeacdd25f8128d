//! What an admin reads about TLS and the server's certificate.

use std::{io, sync::Arc};

use mapisweep_core::config::Pin;
use rustls::{
    AlertDescription, CertificateError, Error as TlsError, InvalidMessage, OtherError,
    PeerIncompatible,
};

use super::about_ex02;
use crate::connection::{CertificateFacts, Error, Flaws};

fn issued() -> CertificateFacts {
    CertificateFacts {
        subject: "CN=ex02.corp.example".into(),
        issuer: "CN=Corp CA".into(),
        names: vec!["ex02.corp.example".into(), "mail.corp.example".into()],
        expires: Some(jiff::civil::date(2026, 5, 1)),
        thumbprint: "A9993E364706816ABA3E25717850C26C9CD0D89D".into(),
        pin: Pin::of(b"abc"),
        flaws: Flaws::default(),
    }
}

fn self_signed() -> CertificateFacts {
    CertificateFacts {
        issuer: "CN=ex02.corp.example".into(),
        names: Vec::new(),
        ..issued()
    }
}

fn flawed(change: impl FnOnce(&mut Flaws)) -> CertificateFacts {
    let mut found = issued();
    change(&mut found.flaws);
    found
}

fn unsupported_signature() -> CertificateError {
    CertificateError::UnsupportedSignatureAlgorithmContext {
        signature_algorithm_id: vec![6, 9, 42],
        supported_algorithms: Vec::new(),
    }
}

fn other() -> CertificateError {
    CertificateError::Other(OtherError(Arc::new(io::Error::other(
        "what a library says",
    ))))
}

fn untrusted(found: CertificateFacts, why: CertificateError) -> Error {
    Error::Untrusted {
        host: "ex02".into(),
        certificate: Some(Box::new(found)),
        source: TlsError::InvalidCertificate(why),
    }
}

fn failed(source: TlsError) -> Error {
    let host = "ex02".into();
    Error::Tls { host, source }
}

#[test]
fn certificates() {
    use CertificateError::*;
    insta::assert_snapshot!(about_ex02([
        ("unknown issuer", untrusted(issued(), UnknownIssuer)),
        ("self-signed", untrusted(self_signed(), UnknownIssuer)),
        ("expired", untrusted(issued(), Expired)),
        ("not valid yet", untrusted(issued(), NotValidYet)),
        ("other name", untrusted(issued(), NotValidForName)),
        (
            "other name, without names",
            untrusted(self_signed(), NotValidForName)
        ),
        ("revoked", untrusted(issued(), Revoked)),
        ("key not proven", untrusted(issued(), BadSignature)),
        ("for another purpose", untrusted(issued(), InvalidPurpose)),
        (
            "SHA-1",
            untrusted(
                flawed(|flaws| flaws.is_sha1 = true),
                unsupported_signature()
            )
        ),
        (
            "another algorithm",
            untrusted(issued(), unsupported_signature())
        ),
        (
            "short key",
            untrusted(flawed(|flaws| flaws.short_rsa = Some(1024)), BadSignature)
        ),
        (
            "version 1",
            untrusted(flawed(|flaws| flaws.is_old_version = true), other())
        ),
        (
            "an authority's",
            untrusted(flawed(|flaws| flaws.is_authority = true), other())
        ),
        ("something else", untrusted(issued(), other())),
        (
            "wrong pin",
            Error::WrongPin {
                host: "ex02".into(),
                expected: vec![Pin::of(b"what was pinned")],
                found: Box::new(self_signed()),
            }
        ),
        (
            "none of two pins",
            Error::WrongPin {
                host: "ex02".into(),
                expected: vec![Pin::of(b"what was pinned"), Pin::of(b"for ex01")],
                found: Box::new(issued()),
            }
        ),
    ]));
}

#[test]
fn agreeing_on_tls() {
    insta::assert_snapshot!(about_ex02([
        (
            "no version in common, said by the server",
            failed(TlsError::AlertReceived(AlertDescription::ProtocolVersion))
        ),
        (
            "no version in common, seen here",
            failed(PeerIncompatible::ServerDoesNotSupportTls12Or13.into())
        ),
        (
            "no cipher suite in common",
            failed(TlsError::AlertReceived(AlertDescription::HandshakeFailure))
        ),
        ("broken off", Error::TlsBrokenOff),
        (
            "no TLS at all",
            failed(InvalidMessage::InvalidContentType.into())
        ),
    ]));
}
