//! A certificate authority of the lab's own, and one certificate a server.

use std::{io, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::organization::ServerSpec;

/// Signs the servers' certificates; nothing on the machine trusts it.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What a server's certificate is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Certificate {
    /// Signed by the lab's authority, for the server's names.
    #[default]
    Good,
    /// The same, and its time is over.
    Expired,
    /// For another server's names.
    OfAnother,
    /// Signed by nobody but itself.
    SelfSigned,
}

/// One server's side of TLS.
#[derive(Clone)]
pub(crate) struct ServerTls {
    pub acceptor: TlsAcceptor,
    /// SHA-256 of the certificate, as tls-server-end-point wants it.
    pub certificate_hash: [u8; 32],
}

impl Authority {
    pub fn new() -> io::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "mapisweep lab CA");
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        Ok(Self {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        })
    }

    /// The authority's certificate, PEM, for a client's CA file.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Makes a server's certificate, for its names and for loopback.
    pub fn certify(&self, server: &ServerSpec) -> io::Result<ServerTls> {
        let names = match server.certificate {
            Certificate::OfAnother => vec!["another.corp.example".to_owned()],
            _ => vec![
                server.name.clone(),
                server.fqdn(),
                "localhost".to_owned(),
                "127.0.0.1".to_owned(),
            ],
        };
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let sign = |mut params: CertificateParams| match server.certificate {
            Certificate::Expired => {
                params.not_after = date_time_ymd(2020, 1, 1);
                params.signed_by(&key, &self.issuer)
            }
            Certificate::SelfSigned => params.self_signed(&key),
            Certificate::Good | Certificate::OfAnother => params.signed_by(&key, &self.issuer),
        };
        let certificate = CertificateParams::new(names)
            .and_then(sign)
            .map_err(io::Error::other)?;
        let certificate_hash = Sha256::digest(certificate.der()).into();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(vec![certificate.der().clone()], key)
            })
            .map_err(io::Error::other)?;
        Ok(ServerTls {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            certificate_hash,
        })
    }
}
