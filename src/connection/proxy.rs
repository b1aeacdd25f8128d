//! A TCP connection to a server through a proxy: asked for once, then every byte goes through.
//!
//! NTLM and Kerberos sign in a TCP connection. A proxy that reads requests and sends them on by connections of its own
//! would take the sign-in apart, so only two ways are taken: `CONNECT` of HTTP (RFC 9110 section 9.3.6) and SOCKS 5
//! (RFC 1928). Names are resolved by the proxy, which knows the network on its other side.

use std::{error::Error as StdError, io, time::Duration};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hyper::{
    Request, StatusCode,
    client::conn::http1,
    header::{HOST, HeaderMap, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use mapisweep_core::config::{self, HostPort, ProxyProtocol};
use mapisweep_winrm::endpoint::host_and_port;
use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_socks::tcp::Socks5Stream;
use tokio_util::task::AbortOnDropHandle;

use super::{offers, socket};

/// A proxy, and what is needed to sign in to it.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Where it is, and who signs in.
    pub at: config::Proxy,
    /// The password of who signs in. The proxy gets it in clear, as these protocols have it.
    pub password: Option<SecretString>,
}

/// No way to a server through a proxy. Nothing was sent to the server.
#[derive(Debug, thiserror::Error)]
#[error("no way to {target} through the proxy {proxy}")]
pub struct ProxyError {
    /// The proxy.
    pub proxy: config::Proxy,
    /// The server, `host:port`.
    pub target: String,
    /// Why not.
    #[source]
    pub failure: ProxyFailure,
}

/// Why there is no way through a proxy.
#[derive(Debug, thiserror::Error)]
pub enum ProxyFailure {
    /// The proxy's name has no address.
    #[error("its name cannot be resolved")]
    Unresolved(#[source] io::Error),
    /// No TCP connection to the proxy.
    #[error("it cannot be reached")]
    Unreachable(#[source] io::Error),
    /// The proxy, or the server behind it, took too long.
    #[error("nothing came of it within {0:?}")]
    TimedOut(Duration),
    /// The connection ended before the proxy's answer did.
    #[error("it closed the connection")]
    Closed(#[source] Box<dyn StdError + Send + Sync>),
    /// What answers is no proxy, or another kind.
    #[error("it does not answer as such a proxy does ({0})")]
    NotThatKind(String),
    /// It lets nobody through without a sign-in, or not with this one.
    #[error("it wants a sign-in")]
    SignIn {
        /// Who tried.
        user: Option<String>,
        /// The ways that an HTTP proxy offers.
        offered: Vec<String>,
    },
    /// Its rules forbid this server or this port.
    #[error("its rules forbid it")]
    Forbidden,
    /// It does not know the server's name.
    #[error("it cannot resolve the name")]
    NameUnknown,
    /// It could not connect to the server; often this is all it says of a name that it does not know.
    #[error("it could not connect ({0})")]
    NotConnected(String),
}

/// Either end of a TCP connection, or what stands for it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection to `target`, made by the proxy.
pub(super) async fn connect(
    proxy: &Proxy,
    target: &HostPort,
    within: Duration,
) -> Result<Box<dyn Stream>, Box<ProxyError>> {
    let connecting = async {
        let stream = reach(&proxy.at.address).await?;
        Ok(match proxy.at.protocol {
            ProxyProtocol::Http => {
                Box::new(tunnel(stream, proxy, target).await?) as Box<dyn Stream>
            }
            ProxyProtocol::Socks5 => Box::new(socks(stream, proxy, target).await?),
        })
    };
    let connected = timeout(within, connecting).await;
    let connected = connected.unwrap_or(Err(ProxyFailure::TimedOut(within)));
    connected.map_err(|failure| {
        Box::new(ProxyError {
            proxy: proxy.at.clone(),
            target: host_and_port(&target.host, target.port),
            failure,
        })
    })
}

async fn reach(HostPort { host, port }: &HostPort) -> Result<TcpStream, ProxyFailure> {
    let found = lookup_host((host.as_str(), *port)).await;
    let addresses: Vec<_> = found.map_err(ProxyFailure::Unresolved)?.collect();
    let stream = TcpStream::connect(addresses.as_slice()).await;
    let stream = stream.map_err(ProxyFailure::Unreachable)?;
    let keepalive = TcpKeepalive::new().with_time(socket::KEEPALIVE);
    // without either it works as well, a little later
    _ = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
    _ = stream.set_nodelay(true);
    Ok(stream)
}

async fn tunnel(
    stream: TcpStream,
    proxy: &Proxy,
    target: &HostPort,
) -> Result<impl Stream + use<>, ProxyFailure> {
    let closed = |error: hyper::Error| match error.is_parse() {
        true => ProxyFailure::NotThatKind(error.to_string()),
        false => ProxyFailure::Closed(error.into()),
    };
    let authority = host_and_port(&target.host, target.port);
    let mut request = Request::connect(authority.as_str())
        .header(HOST, authority.as_str())
        .header(USER_AGENT, socket::USER_AGENT)
        .body(String::new())
        .map_err(|error| ProxyFailure::NotThatKind(error.to_string()))?;
    request
        .headers_mut()
        .extend(authorization(proxy).map(|value| (PROXY_AUTHORIZATION, value)));

    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(closed)?;
    let _driven = AbortOnDropHandle::new(tokio::spawn(connection.with_upgrades()));
    let response = sender.send_request(request).await.map_err(closed)?;
    if !response.status().is_success() {
        return Err(refused(response.status(), response.headers(), proxy));
    }
    let upgraded = hyper::upgrade::on(response).await.map_err(closed)?;
    Ok(TokioIo::new(upgraded))
}

fn authorization(proxy: &Proxy) -> Option<HeaderValue> {
    let (user, password) = (proxy.at.user.as_ref()?, proxy.password.as_ref()?);
    let plain = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
    let mut text = Zeroizing::new("Basic ".to_owned());
    BASE64_STANDARD.encode_string(plain.as_bytes(), &mut text);
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// What a proxy means by a status: there is no standard for most of it.
fn refused(status: StatusCode, headers: &HeaderMap, proxy: &Proxy) -> ProxyFailure {
    let texts = |name: &str| {
        let values = headers.get_all(name).into_iter();
        values
            .filter_map(|value| value.to_str().ok())
            .collect::<Vec<_>>()
    };
    // RFC 9209 has `error=dns_error`, Squid `ERR_DNS_FAIL`
    let said = [texts("proxy-status"), texts("x-squid-error")].concat();
    let blames_name = said
        .iter()
        .any(|text| text.to_ascii_lowercase().contains("dns"));
    let is_known = proxy.at.user.is_some();
    match status.as_u16() {
        // tinyproxy answers a wrong password with 401; without one, 401 is a web server's
        code if code == 407 || code == 401 && is_known => ProxyFailure::SignIn {
            user: proxy.at.user.clone(),
            offered: offers::schemes(texts(PROXY_AUTHENTICATE.as_str())),
        },
        403 => ProxyFailure::Forbidden,
        500.. if blames_name => ProxyFailure::NameUnknown,
        500.. => ProxyFailure::NotConnected(format!("HTTP {}", status.as_u16())),
        other => ProxyFailure::NotThatKind(format!("HTTP {other}")),
    }
}

async fn socks(
    stream: TcpStream,
    proxy: &Proxy,
    target: &HostPort,
) -> Result<TcpStream, ProxyFailure> {
    use tokio_socks::Error;

    let target = (target.host.as_str(), target.port);
    let connected = match (&proxy.at.user, &proxy.password) {
        (Some(user), Some(password)) => {
            let password = password.expose_secret();
            Socks5Stream::connect_with_password_and_socket(stream, target, user, password).await
        }
        _ => Socks5Stream::connect_with_socket(stream, target).await,
    };
    connected
        .map(Socks5Stream::into_inner)
        .map_err(|error| match error {
            Error::Io(error) => ProxyFailure::Closed(error.into()),
            Error::NoAcceptableAuthMethods
            | Error::AuthorizationRequired
            | Error::InvalidAuthValues(_)
            | Error::PasswordAuthFailure(_) => ProxyFailure::SignIn {
                user: proxy.at.user.clone(),
                offered: Vec::new(),
            },
            Error::ConnectionNotAllowedByRuleset => ProxyFailure::Forbidden,
            error @ (Error::GeneralSocksServerFailure
            | Error::NetworkUnreachable
            | Error::HostUnreachable
            | Error::ConnectionRefused
            | Error::TtlExpired
            | Error::AddressTypeNotSupported) => {
                ProxyFailure::NotConnected(format!("SOCKS: {}", error.to_string().to_lowercase()))
            }
            error => ProxyFailure::NotThatKind(error.to_string().to_lowercase()),
        })
}
