//! A proxy that the servers are reached through.

use std::fmt;

use mapisweep_winrm::endpoint::host_and_port;
use serde::Deserialize;

use super::value::HostPort;

/// What `--proxy` or `proxy` says. Reading it never fails: what cannot be used is kept as a reason without the text, for
/// an error of the command line or of the file would show the text, and somebody may have put a password into it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct ProxyChoice(Result<Option<Proxy>, BadProxy>);

/// A proxy that connects to a server and then lets every byte through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// How it is asked.
    pub protocol: ProxyProtocol,
    /// Where it is.
    pub address: HostPort,
    /// Who signs in to it.
    pub user: Option<String>,
}

/// How a proxy is asked for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyProtocol {
    /// `CONNECT` (RFC 9110 section 9.3.6).
    Http,
    /// SOCKS 5 (RFC 1928), with names that the proxy resolves.
    Socks5,
}

/// Why a text names no proxy that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    /// It is not as described.
    #[error("a proxy is given as http://HOST:PORT, socks5://HOST:PORT or none")]
    Form,
    /// It holds a password, which others could read there.
    #[error("a proxy's password is not taken from its URL")]
    PasswordInside,
}

impl ProxyChoice {
    /// The proxy to use; `None` where there is to be none.
    pub fn proxy(&self) -> Result<Option<&Proxy>, BadProxy> {
        self.0.as_ref().map(Option::as_ref).map_err(|bad| *bad)
    }
}

impl From<String> for ProxyChoice {
    fn from(text: String) -> Self {
        Self(match text.as_str() {
            "none" => Ok(None),
            url => Proxy::parse(url).map(Some),
        })
    }
}

impl Proxy {
    fn parse(url: &str) -> Result<Self, BadProxy> {
        let (scheme, rest) = url.split_once("://").ok_or(BadProxy::Form)?;
        let (user, address) = match rest.rsplit_once('@') {
            Some((user, _)) if user.contains(':') => return Err(BadProxy::PasswordInside),
            Some((user, address)) => (Some(user.to_owned()), address),
            None => (None, rest),
        };
        let protocol = match scheme {
            "http" => ProxyProtocol::Http,
            "socks5" | "socks5h" => ProxyProtocol::Socks5,
            _ => return Err(BadProxy::Form),
        };
        let address = address.strip_suffix('/').unwrap_or(address);
        Ok(Self {
            protocol,
            address: address.parse().map_err(|_| BadProxy::Form)?,
            user: user.filter(|user| !user.is_empty()),
        })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&host_and_port(&self.address.host, self.address.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ProxyChoice {
        ProxyChoice::from(text.to_owned())
    }

    #[test]
    fn proxies() {
        use ProxyProtocol::*;
        for (text, protocol, address, user) in [
            ("http://proxy:3128", Http, "proxy:3128", None),
            ("http://10.0.0.1:80/", Http, "10.0.0.1:80", None),
            (
                "socks5://[2001:db8::1]:1080",
                Socks5,
                "[2001:db8::1]:1080",
                None,
            ),
            ("socks5h://proxy:1080", Socks5, "proxy:1080", None),
            (
                r"http://CORP\ann@proxy:3128",
                Http,
                "proxy:3128",
                Some(r"CORP\ann"),
            ),
            (
                "http://ann@corp.example@proxy:3128",
                Http,
                "proxy:3128",
                Some("ann@corp.example"),
            ),
            ("http://@proxy:3128", Http, "proxy:3128", None),
        ] {
            let choice = read(text);
            let proxy = choice.proxy().unwrap().unwrap();
            assert_eq!(
                (proxy.protocol, proxy.to_string()),
                (protocol, address.to_owned()),
                "{text}"
            );
            assert_eq!(proxy.user.as_deref(), user, "{text}");
        }
        assert_eq!(read("none").proxy(), Ok(None));
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_a_password_is_not_kept() {
        for (text, why) in [
            ("", BadProxy::Form),
            ("proxy:3128", BadProxy::Form),
            ("http://proxy", BadProxy::Form),
            ("http://proxy:99999", BadProxy::Form),
            ("http://proxy:3128/path", BadProxy::Form),
            ("https://proxy:3128", BadProxy::Form),
            ("socks4://proxy:1080", BadProxy::Form),
            ("http://ann:hunter2@proxy:3128", BadProxy::PasswordInside),
            ("https://ann:hunter2@proxy", BadProxy::PasswordInside),
            ("http://:hunter2@proxy:3128", BadProxy::PasswordInside),
        ] {
            let choice = read(text);
            assert_eq!(choice.proxy(), Err(why), "{text}");
            assert!(!format!("{choice:?}").contains("hunter2"));
        }
    }
}
