//! What an admin reads about proxies.

use std::{io, time::Duration};

use mapisweep_core::config::{BadProxy, ProxyChoice};

use super::{about_ex02, sentences};
use crate::connection::{Error, ProxyError, ProxyFailure};

fn at(url: &str, failure: ProxyFailure) -> Error {
    let choice = ProxyChoice::from(url.to_owned());
    let proxy = choice.proxy().unwrap().unwrap().clone();
    Error::from(Box::new(ProxyError {
        proxy,
        target: "ex02:5985".into(),
        failure,
    }))
}

#[test]
fn proxies() {
    use ProxyFailure::*;
    let http = |failure| at("http://proxy:3128", failure);
    let socks = |failure| at("socks5://proxy:1080", failure);
    let sign_in = |user: Option<&str>, offered: &[&str]| SignIn {
        user: user.map(str::to_owned),
        offered: offered.iter().map(|scheme| (*scheme).to_owned()).collect(),
    };
    let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
    insta::assert_snapshot!(about_ex02([
        (
            "unknown proxy",
            http(Unresolved(io::Error::other("Name or service not known")))
        ),
        ("dead proxy", http(Unreachable(refused()))),
        ("silent", http(TimedOut(Duration::from_secs(15)))),
        ("HTTP to what closes", http(Closed(refused().into()))),
        ("SOCKS to what closes", socks(Closed(refused().into()))),
        ("a web server", http(NotThatKind("HTTP 404".into()))),
        (
            "no SOCKS",
            socks(NotThatKind("invalid response version".into()))
        ),
        ("sign-in wanted", http(sign_in(None, &["Basic"]))),
        ("SOCKS sign-in wanted", socks(sign_in(None, &[]))),
        ("sign-in refused", http(sign_in(Some("ann"), &["Basic"]))),
        ("SOCKS sign-in refused", socks(sign_in(Some("ann"), &[]))),
        (
            "no Basic",
            http(sign_in(Some("ann"), &["Negotiate", "NTLM"]))
        ),
        ("forbidden", http(Forbidden)),
        ("unknown server", http(NameUnknown)),
        ("not connected", http(NotConnected("HTTP 502".into()))),
        (
            "SOCKS not connected",
            socks(NotConnected("SOCKS: host unreachable".into()))
        ),
        (
            "no folder",
            Error::Tunnel(io::ErrorKind::PermissionDenied.into())
        ),
    ]));
}

#[test]
fn proxy_urls() {
    insta::assert_snapshot!(sentences([
        ("no URL of a proxy", BadProxy::Form),
        ("password in it", BadProxy::PasswordInside),
    ]));
}
