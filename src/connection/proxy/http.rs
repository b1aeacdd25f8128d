//! `CONNECT` of HTTP (RFC 9110 section 9.3.6).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hyper::{
    Request, StatusCode,
    client::conn::http1,
    header::{HOST, HeaderMap, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use mapisweep_core::config::HostPort;
use mapisweep_winrm::endpoint::host_and_port;
use secrecy::{ExposeSecret as _, zeroize::Zeroizing};
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

use super::{Proxy, ProxyFailure, Stream};
use crate::connection::{offers, socket};

/// Has the proxy connect to `target`.
pub(super) async fn connect(
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
