//! SOCKS 5 (RFC 1928), with a user and a password where there is one (RFC 1929).

use mapisweep_core::config::HostPort;
use secrecy::ExposeSecret as _;
use tokio::net::TcpStream;
use tokio_socks::{Error, tcp::Socks5Stream};

use super::{Proxy, ProxyFailure};

/// Has the proxy connect to `target`.
pub(super) async fn connect(
    stream: TcpStream,
    proxy: &Proxy,
    target: &HostPort,
) -> Result<TcpStream, ProxyFailure> {
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
