//! A TCP connection to a server through a proxy: asked for once, then every byte goes through.
//!
//! NTLM and Kerberos sign in a TCP connection. A proxy that reads requests and sends them on by connections of its own
//! would take the sign-in apart, so only two ways are taken: `CONNECT` of HTTP (RFC 9110 section 9.3.6) and SOCKS 5
//! (RFC 1928). Names are resolved by the proxy, which knows the network on its other side.

mod http;
mod socks;

use std::{error::Error as StdError, io, time::Duration};

use mapisweep_core::config::{self, HostPort, ProxyProtocol};
use mapisweep_winrm::endpoint::host_and_port;
use secrecy::SecretString;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::socket::KEEPALIVE;

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
                Box::new(http::connect(stream, proxy, target).await?) as Box<dyn Stream>
            }
            ProxyProtocol::Socks5 => Box::new(socks::connect(stream, proxy, target).await?),
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
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    // without either it works as well, a little later
    _ = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
    _ = stream.set_nodelay(true);
    Ok(stream)
}
