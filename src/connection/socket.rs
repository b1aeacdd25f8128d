//! One HTTP client on exactly one TCP connection.
//!
//! An HTTP client opens connections as it pleases: when an idle one turns out to be closed, it sends the request on
//! a new one. Here that would deliver sealed bytes to a server that knows neither user nor keys. So each socket has
//! a client of its own, whose connector opens once and never again ([`OnlyOnce`]).

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::{
    Client, Response,
    cookie::Jar,
    header::{
        ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
        HeaderValue,
    },
    redirect, retry,
};
use tower::{BoxError, filter::AsyncFilterLayer, filter::AsyncPredicate};

use super::{
    Error, Peer,
    certificate::{CertificateFacts, SeenCertificate},
    failure::{SocketSpent, explain},
    proxy, tls,
    tunnel::{Joined, Tunnel},
};

/// How this program names itself to servers and proxies.
pub(super) const USER_AGENT: &str = concat!("mapisweep/", env!("CARGO_PKG_VERSION"));

/// A connection on which nothing has been said for so long is checked.
pub(super) const KEEPALIVE: Duration = Duration::from_secs(30);

/// A TCP connection that is opened by the first request and dies with this value.
#[derive(Debug)]
pub(super) struct Socket {
    peer: Arc<Peer>,
    client: Client,
    seen: SeenCertificate,
    /// The way through the proxy, until it is taken.
    tunnel: Option<Tunnel>,
    joined: Option<Joined>,
    answers: usize,
    closing: bool,
}

/// An HTTP answer, read to its end.
#[derive(Debug)]
pub(super) struct HttpAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Socket {
    /// Some servers close without a word right after an answer, be it the challenge or the first reply. What is sent
    /// before that is noticed may or may not have been delivered, so a young socket is given the time to show it.
    const PROBATION: Duration = Duration::from_millis(10);

    pub fn new(peer: &Arc<Peer>, cookies: &Arc<Jar>) -> Result<Self, Error> {
        let seen = SeenCertificate::default();
        let tunnel = peer.options.proxy.as_ref().map(|_| Tunnel::new());
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls::config(peer.verifier.clone(), seen.clone())?)
            .connector_layer(AsyncFilterLayer::new(OnlyOnce::default()))
            .dns_resolver(peer.addresses.clone())
            .http1_only()
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(None)
            .retry(retry::never())
            .redirect(redirect::Policy::none())
            // the environment's proxies: over plain HTTP they would forward each request by a connection of theirs
            .no_proxy()
            .referer(false)
            .cookie_provider(Arc::clone(cookies))
            .user_agent(USER_AGENT)
            .connect_timeout(peer.options.connect_timeout)
            .read_timeout(peer.options.response_timeout)
            .tcp_keepalive(KEEPALIVE);
        if let Some(tunnel) = &tunnel {
            client = client.unix_socket(tunnel.near_end());
        }
        Ok(Self {
            peer: Arc::clone(peer),
            client: client.build().map_err(Error::Client)?,
            seen,
            tunnel,
            joined: None,
            answers: 0,
            closing: false,
        })
    }

    /// The certificate that the server showed, in DER; none before the first answer and without TLS.
    pub fn certificate(&self) -> Option<Vec<u8>> {
        self.seen.certificate().map(|der| der.to_vec())
    }

    /// What TLS has shown; nothing without TLS.
    pub fn tls(&self) -> Option<(&'static str, CertificateFacts)> {
        self.seen.version().zip(self.seen.facts())
    }

    /// Whether nothing has been answered on it yet.
    pub fn is_unused(&self) -> bool {
        self.answers == 0
    }

    /// Whether the server has announced that it closes the connection.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Sends a request and reads the answer. An empty body carries nothing that could be delivered twice.
    pub async fn post(
        &mut self,
        headers: &[(HeaderName, HeaderValue)],
        body: Vec<u8>,
    ) -> Result<HttpAnswer, Error> {
        if self.closing {
            return Err(Error::Lost {
                maybe_delivered: false,
            });
        }
        self.open_tunnel().await?;
        if matches!(self.answers, 1 | 2) {
            tokio::time::sleep(Self::PROBATION).await;
        }
        let carries_request = !body.is_empty();
        let mut request = self
            .client
            .post(self.peer.url.clone())
            .header(HOST, self.peer.host_header.clone())
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            // HTTP.SYS wants a length even of nothing, and hyper leaves that one out
            .header(CONTENT_LENGTH, HeaderValue::from(body.len()))
            .body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let explain = |error| explain(error, &self.peer, &self.seen, carries_request);
        self.peer.count_request();
        let response = request.send().await.map_err(explain)?;
        // through a proxy there is none
        if let Some(address) = response.remote_addr() {
            self.peer.addresses.keep(address);
        }
        let closing = says(response.headers(), &CONNECTION, "close");
        let answer = read(response, self.peer.options.max_response, explain).await;
        self.closing = closing;
        self.answers += 1;
        answer
    }

    async fn open_tunnel(&mut self) -> Result<(), Error> {
        let options = &self.peer.options;
        if let (Some(tunnel), Some(proxy)) = (self.tunnel.take(), &options.proxy) {
            let far = proxy::connect(proxy, self.peer.dial(), options.connect_timeout).await?;
            self.joined = Some(tunnel.open(far).map_err(Error::Tunnel)?);
        }
        Ok(())
    }
}

async fn read(
    mut response: Response,
    limit: usize,
    explain: impl Fn(reqwest::Error) -> Error,
) -> Result<HttpAnswer, Error> {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(&explain)? {
        if body.len() + chunk.len() > limit {
            return Err(Error::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(HttpAnswer {
        status,
        headers,
        body,
    })
}

impl HttpAnswer {
    /// The texts of all headers of this name.
    pub fn texts(&self, name: &HeaderName) -> impl Iterator<Item = &str> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
    }

    pub fn text(&self, name: &HeaderName) -> Option<&str> {
        self.texts(name).next()
    }

    pub fn content_type(&self) -> &str {
        self.text(&CONTENT_TYPE).unwrap_or_default()
    }

    /// Whether the answer says that the sign-in was for one request only.
    pub fn ends_sign_in(&self) -> bool {
        says(
            &self.headers,
            &HeaderName::from_static("persistent-auth"),
            "false",
        )
    }
}

fn says(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(word))
}

/// Lets one connection be opened.
#[derive(Clone, Debug, Default)]
struct OnlyOnce {
    opened: Arc<AtomicBool>,
}

impl OnlyOnce {
    /// After an answer has been read, the HTTP client takes a moment to find its connection idle; asked for it in
    /// that moment, it begins to open another, and prefers the idle one when that turns up. Refusing at once would
    /// turn the moment into a lost connection; refusing late costs only time when the connection is really gone.
    const PATIENCE: Duration = Duration::from_millis(250);
}

impl<R: Send + 'static> AsyncPredicate<R> for OnlyOnce {
    type Future = Pin<Box<dyn Future<Output = Result<R, BoxError>> + Send>>;
    type Request = R;

    fn check(&mut self, request: R) -> Self::Future {
        let first = !self.opened.swap(true, Ordering::SeqCst);
        Box::pin(async move {
            if first {
                return Ok(request);
            }
            tokio::time::sleep(Self::PATIENCE).await;
            Err(SocketSpent.into())
        })
    }
}
