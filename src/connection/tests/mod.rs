//! What a connection does when the server, or something between, behaves badly.

mod addresses;
mod proxies;
mod reaching;
mod refusals;
mod replies;
mod server;
mod sockets;
mod tls;

use std::{
    io::{Read as _, Write as _},
    sync::Arc,
    time::{Duration, Instant},
};

use mapisweep_core::config::{HostPort, Pin};
use mapisweep_winrm::{
    auth::{ChannelBinding, Credential, SealError, UserName, multipart, ntlm::NEGOTIATE},
    endpoint::{Endpoint, Scheme},
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::TlsAcceptor;

use super::{Connection, Error, Options, Peer, Reply, SignIn, Trust};
use server::{After, Behaviour, Mishap, Server, Wire};

const PASSWORD: &str = "Pa$$w0rd-hunter2";

fn good() -> Behaviour {
    Behaviour::good(ann(PASSWORD))
}

fn ann(password: &str) -> Credential {
    Credential::new(UserName::parse("CORP\\ann").unwrap(), password)
}

fn connect(server: &Server) -> Connection {
    connect_with(server, PASSWORD, Options::default())
}

fn connect_with(server: &Server, password: &str, options: Options) -> Connection {
    connect_to(Scheme::Http, "ex01", server.port, password, options)
}

fn connect_tls(server: &Server, name: &str, password: &str, options: Options) -> Connection {
    connect_to(Scheme::Https, name, server.port, password, options)
}

fn connect_to(
    scheme: Scheme,
    name: &str,
    port: u16,
    password: &str,
    options: Options,
) -> Connection {
    let peer = peer(scheme, name, here(port), password, options);
    Connection::new(Arc::new(peer.unwrap()))
}

/// Two messages in a row are answered, each with its own reply.
async fn answers_two(connection: &mut Connection) {
    for message in ["one", "two"] {
        assert_eq!(
            connection.exchange(message).await.unwrap().body,
            format!("<reply to='{message}'/>")
        );
    }
}

fn here(port: u16) -> HostPort {
    HostPort {
        host: "127.0.0.1".into(),
        port,
    }
}

fn peer(
    scheme: Scheme,
    name: &str,
    dial: HostPort,
    password: &str,
    options: Options,
) -> Result<Peer, Error> {
    let endpoint = Endpoint::new(scheme, name).unwrap();
    Peer::new(endpoint, Some(dial), ann(password), options)
}

/// A self-signed certificate and the trust in it.
fn certificate(name: &str) -> (CertifiedKey<rcgen::KeyPair>, Trust) {
    let key = generate_simple_self_signed([name.to_owned()]).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(key.cert.der().clone()).unwrap();
    (key, Trust::Only(Arc::new(roots)))
}

fn acceptor(key: &CertifiedKey<rcgen::KeyPair>) -> TlsAcceptor {
    acceptor_with(&key.cert, &key.signing_key)
}

/// Shows a certificate and signs with a key, which need not be that certificate's.
fn acceptor_with(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> TlsAcceptor {
    let private = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let signer = provider.key_provider.load_private_key(private).unwrap();
    let shown = rustls::sign::CertifiedKey::new(vec![certificate.der().clone()], signer);
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(shown)));
    TlsAcceptor::from(Arc::new(config))
}
