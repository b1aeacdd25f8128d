//! Which certificates are trusted.

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use mapisweep_core::config::Pin;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        Resumption, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem, pem::PemObject as _},
};

use super::{certificate::SeenCertificate, pinned::Pinned};

/// Whose certificates are believed.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// The operating system's roots.
    #[default]
    Platform,
    /// These roots and no others.
    Only(Arc<RootCertStore>),
    /// The servers' own certificates, whoever issued them, and no others.
    Pinned(Arc<[Pin]>),
}

/// All the roots that a system has take a tenth of this.
const LARGEST_FILE: u64 = 4 << 20;

/// A file, and no more of it than tells that it is too large: it may be a device.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Without the byte order marks that some programs of Windows put before a text; of files that were joined there may be
/// several.
fn without_marks(pem: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let lines = pem.split_inclusive(|byte| *byte == b'\n');
    lines
        .flat_map(|line| line.strip_prefix(MARK).unwrap_or(line))
        .copied()
        .collect()
}

impl Trust {
    /// The certificates in a PEM file, and no others.
    pub fn only_file(path: &Path) -> Result<Self, TrustError> {
        let unreadable = |source| TrustError::File {
            path: path.to_owned(),
            source,
        };
        let mut roots = RootCertStore::empty();
        let pem = read(path).map_err(|error| unreadable(pem::Error::Io(error)))?;
        if pem.len() as u64 > LARGEST_FILE {
            return Err(TrustError::TooLarge {
                path: path.to_owned(),
            });
        }
        let pem = without_marks(&pem);
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(unreadable)?;
            roots
                .add(certificate)
                .map_err(|source| TrustError::Certificate {
                    path: path.to_owned(),
                    source,
                })?;
        }
        if roots.is_empty() {
            return Err(TrustError::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Self::Only(Arc::new(roots)))
    }

    pub(super) fn verifier(&self) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
        Ok(match self {
            Self::Platform => Arc::new(
                rustls_platform_verifier::Verifier::new(provider())
                    .map_err(TrustError::Platform)?,
            ),
            Self::Only(roots) => {
                WebPkiServerVerifier::builder_with_provider(roots.clone(), provider())
                    .build()
                    .map_err(TrustError::Roots)?
            }
            Self::Pinned(pins) => Arc::new(Pinned::new(Arc::clone(pins), provider())),
        })
    }
}

/// Why there are no certificates to believe in.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read as PEM.
    #[error("{} cannot be read", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: pem::Error,
    },
    /// The file is no list of certificates, by its size.
    #[error("{} is larger than the {LARGEST_FILE} bytes that a file of certificates can have", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file holds no certificate.
    #[error("{} holds no certificate in PEM form", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something that is not a root certificate.
    #[error("a certificate in {} cannot be used", .path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rustls::Error,
    },
    /// The operating system has no certificates to offer.
    #[error("the system's certificates cannot be used")]
    Platform(#[source] rustls::Error),
    /// The roots given cannot be used.
    #[error("the trusted certificates cannot be used")]
    Roots(#[source] rustls::server::VerifierBuilderError),
    /// TLS itself cannot be set up.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

/// TLS for one socket, with nobody to trust where the endpoint has no TLS.
pub(super) fn config(
    verifier: Option<Arc<dyn ServerCertVerifier>>,
    seen: SeenCertificate,
) -> Result<ClientConfig, TrustError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TrustError::Setup)?;
    let Some(verifier) = verifier else {
        return Ok(builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth());
    };
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Noting { verifier, seen }))
        .with_no_client_auth();
    // a resumed session shows no certificate, and the channel binding needs it
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Ours alone: no process-wide default is set or read.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Leaves every decision to `verifier`, and notes the certificate.
struct Noting {
    verifier: Arc<dyn ServerCertVerifier>,
    seen: SeenCertificate,
}

impl ServerCertVerifier for Noting {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.seen.note(end_entity);
        self.verifier
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.seen.note_version("TLS 1.2");
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.seen.note_version("TLS 1.3");
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

impl fmt::Debug for Noting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Noting").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};

    use super::*;

    #[test]
    fn a_file_of_certificates_is_read_or_refused_by_name() {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["ex01".to_owned()]).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.pem");
        for (text, expected) in [
            (cert.pem(), "2 roots"),
            (format!("\u{feff}{}", cert.pem()), "2 roots"),
            (
                signing_key.serialize_pem(),
                "holds no certificate in PEM form",
            ),
            (String::new(), "holds no certificate in PEM form"),
            (
                "-----BEGIN CERTIFICATE-----\n!!!".to_owned(),
                "cannot be read",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
                "cannot be used",
            ),
        ] {
            std::fs::write(&path, text.repeat(2)).unwrap();
            let found = match Trust::only_file(&path) {
                Ok(Trust::Only(roots)) => format!("{} roots", roots.len()),
                Ok(other) => format!("{other:?}"),
                Err(error) => error.to_string(),
            };
            assert!(found.contains(expected), "{found}");
        }
        assert!(matches!(
            Trust::only_file(&directory.path().join("none.pem")),
            Err(TrustError::File { .. })
        ));
    }
}
