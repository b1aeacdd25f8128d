//! The server on the other side, and how to deal with it: what all connections to it have in common.

use std::{fmt, io, net::SocketAddr, sync::Arc};

use mapisweep_core::config::HostPort;
use mapisweep_winrm::{
    auth::{Credential, Method},
    endpoint::{Endpoint, EndpointError, Scheme, host_and_port},
};
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderValue,
};
use rustls::client::danger::ServerCertVerifier;
use tokio::sync::OnceCell;

use super::{Error, Options};

/// A server, by name and by address; who signs in there, and how.
pub struct Peer {
    pub(super) endpoint: Endpoint,
    pub(super) credential: Credential,
    pub(super) options: Options,
    pub(super) url: Url,
    pub(super) host_header: HeaderValue,
    pub(super) verifier: Option<Arc<dyn ServerCertVerifier>>,
    dial: HostPort,
    pub(super) addresses: Addresses,
}

impl Peer {
    /// A server whose TCP connections go to `dial`, or to its own name and port. Nothing is sent.
    ///
    /// # Errors
    /// It cannot be dealt with like this: Basic over plain HTTP, nobody's certificates to trust.
    pub fn new(
        endpoint: Endpoint,
        dial: Option<HostPort>,
        credential: Credential,
        options: Options,
    ) -> Result<Self, Error> {
        let own = || HostPort {
            host: endpoint.host().to_owned(),
            port: endpoint.port(),
        };
        let is_elsewhere = dial.is_some();
        let dial = dial.unwrap_or_else(own);
        let url = endpoint.url(dial.port)?;
        // names go through the resolver, addresses do not
        if is_elsewhere && url.domain().is_none() {
            return Err(EndpointError::AddressElsewhere(endpoint.host().to_owned()).into());
        }
        let verifier = match (endpoint.scheme(), options.method) {
            (Scheme::Http, Method::Basic) => return Err(Error::BasicOverHttp),
            (Scheme::Http, Method::Ntlm) => None,
            (Scheme::Https, _) => Some(options.trust.verifier()?),
        };
        let unfit = |_| EndpointError::Host(endpoint.host().to_owned());
        Ok(Self {
            host_header: HeaderValue::from_str(&endpoint.authority()).map_err(unfit)?,
            addresses: Addresses::of(&dial.host),
            url,
            verifier,
            dial,
            endpoint,
            credential,
            options,
        })
    }

    /// Where the TCP connection goes.
    pub(super) fn dial(&self) -> &HostPort {
        &self.dial
    }

    /// The host whose address the TCP connection goes to.
    pub(super) fn dial_host(&self) -> &str {
        &self.dial.host
    }

    /// Where the TCP connection goes, `host:port`.
    pub(super) fn dial_address(&self) -> String {
        host_and_port(&self.dial.host, self.dial.port)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("endpoint", &self.endpoint)
            .field("user", &self.credential.user)
            .finish()
    }
}

/// The addresses of one host, whatever name is asked for; looked up once.
#[derive(Clone)]
pub(super) struct Addresses {
    host: String,
    known: Arc<OnceCell<Vec<SocketAddr>>>,
}

impl Addresses {
    fn of(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            known: Arc::default(),
        }
    }
}

impl Resolve for Addresses {
    fn resolve(&self, _name: Name) -> Resolving {
        let Self { host, known } = self.clone();
        Box::pin(async move {
            let look_up = async || {
                // the port comes from the URL
                let found = tokio::net::lookup_host((host, 0)).await?;
                Ok::<_, std::io::Error>(found.collect())
            };
            let found = known.get_or_try_init(look_up).await.map_err(Unresolved)?;
            Ok(Box::new(found.clone().into_iter()) as Addrs)
        })
    }
}

/// The name has no address.
#[derive(Debug, thiserror::Error)]
#[error("the name cannot be resolved")]
pub(super) struct Unresolved(#[source] pub io::Error);
