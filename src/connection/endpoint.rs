//! Where a server is: its name for certificates, service names and `To`, its address for the TCP connection.

use std::{fmt, net::Ipv6Addr};

use reqwest::{Url, header::HeaderValue};

/// The way in: WinRM's plain or TLS listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP; every message is sealed.
    Http,
    /// HTTP inside TLS; messages are not sealed again.
    Https,
}

impl Scheme {
    /// WinRM's usual port.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 5985,
            Self::Https => 5986,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// A WinRM endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Scheme,
    host: String,
    port: u16,
    path: String,
    connect_to: Option<ConnectTo>,
}

/// Where the TCP connection goes instead of where the server's name points to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectTo {
    /// A name or an address.
    pub host: String,
    /// A TCP port.
    pub port: u16,
}

impl Endpoint {
    /// `/wsman` on the scheme's usual port.
    pub fn new(scheme: Scheme, host: impl Into<String>) -> Result<Self, EndpointError> {
        let host = host.into();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if host.parse::<Ipv6Addr>().is_err() && (host.is_empty() || !host.chars().all(allowed)) {
            return Err(EndpointError::Host(host));
        }
        let endpoint = Self {
            scheme,
            host,
            port: scheme.default_port(),
            path: "/wsman".to_owned(),
            connect_to: None,
        };
        endpoint.checked()
    }

    /// On another port.
    pub fn with_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// At another path, such as Exchange's `/PowerShell/`; a query may follow.
    pub fn with_path(self, path: impl Into<String>) -> Result<Self, EndpointError> {
        let path = path.into();
        if !path.starts_with('/')
            || path.contains(|c: char| c == '#' || c.is_whitespace() || c.is_control())
        {
            return Err(EndpointError::Path(path));
        }
        Self { path, ..self }.checked()
    }

    /// Sends the TCP connection elsewhere; the server keeps its name in everything that is said.
    pub fn with_connect_to(self, connect_to: ConnectTo) -> Result<Self, EndpointError> {
        Self {
            connect_to: Some(connect_to),
            ..self
        }
        .checked()
    }

    /// The way in.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The server's name or address as the user gave it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What the requests name as their destination: always with the port, which WinRM wants even where it is HTTP's
    /// own.
    pub fn to(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority(), self.path)
    }

    /// The service as Windows names it.
    pub(super) fn service(&self) -> String {
        format!("HTTP/{}", self.host)
    }

    fn authority(&self) -> String {
        format!("{}:{}", bracketed(&self.host), self.port)
    }

    /// The `Host` header: the server's name even where the connection goes elsewhere.
    pub(super) fn host_header(&self) -> Result<HeaderValue, EndpointError> {
        HeaderValue::from_str(&self.authority()).map_err(|_| EndpointError::Host(self.host.clone()))
    }

    /// What is asked of `reqwest`: the server's name with the port that the TCP connection goes to.
    pub(super) fn url(&self) -> Result<Url, EndpointError> {
        let port = self
            .connect_to
            .as_ref()
            .map_or(self.port, |connect_to| connect_to.port);
        let text = format!(
            "{}://{}:{port}{}",
            self.scheme,
            bracketed(&self.host),
            self.path
        );
        Url::parse(&text).map_err(|_| EndpointError::Host(self.host.clone()))
    }

    /// The host whose address the TCP connection goes to.
    pub(super) fn dial(&self) -> &str {
        self.connect_to
            .as_ref()
            .map_or(&self.host, |connect_to| &connect_to.host)
    }

    /// Where the TCP connection goes, `host:port`.
    pub(super) fn dial_address(&self) -> String {
        let port = self
            .connect_to
            .as_ref()
            .map_or(self.port, |connect_to| connect_to.port);
        format!("{}:{port}", bracketed(self.dial()))
    }

    fn checked(self) -> Result<Self, EndpointError> {
        // names go through the resolver, addresses do not
        if self.connect_to.is_some() && self.url()?.domain().is_none() {
            return Err(EndpointError::AddressElsewhere(self.host));
        }
        self.url().map(|_| self)
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to())?;
        match &self.connect_to {
            Some(ConnectTo { host, port }) => write!(f, " (at {}:{port})", bracketed(host)),
            None => Ok(()),
        }
    }
}

/// Why something is not an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not a host name or address.
    #[error("{0:?} is not a host name or an IP address")]
    Host(String),
    /// Not a path.
    #[error("{0:?} is not the path of a URL")]
    Path(String),
    /// `connect_to` for a server that is given by address.
    #[error("{0} is an address: only a connection to a name can be sent elsewhere")]
    AddressElsewhere(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_kept_wherever_the_connection_goes() {
        let plain = Endpoint::new(Scheme::Http, "ex01").unwrap();
        let lab = ConnectTo {
            host: "127.0.0.1".into(),
            port: 38211,
        };
        for (endpoint, to, url, dial) in [
            (
                plain.clone(),
                "http://ex01:5985/wsman",
                "http://ex01:5985/wsman",
                "ex01",
            ),
            (
                plain.clone().with_port(80),
                "http://ex01:80/wsman",
                "http://ex01/wsman",
                "ex01",
            ),
            (
                plain.with_connect_to(lab).unwrap(),
                "http://ex01:5985/wsman",
                "http://ex01:38211/wsman",
                "127.0.0.1",
            ),
            (
                Endpoint::new(Scheme::Https, "fe80::1").unwrap(),
                "https://[fe80::1]:5986/wsman",
                "https://[fe80::1]:5986/wsman",
                "fe80::1",
            ),
            (
                Endpoint::new(Scheme::Https, "ex01")
                    .unwrap()
                    .with_path("/PowerShell/?a=b;c")
                    .unwrap(),
                "https://ex01:5986/PowerShell/?a=b;c",
                "https://ex01:5986/PowerShell/?a=b;c",
                "ex01",
            ),
        ] {
            let found = (
                endpoint.to(),
                endpoint.url().unwrap().to_string(),
                endpoint.dial().to_owned(),
            );
            assert_eq!(found, (to.into(), url.into(), dial.into()));
        }
    }

    #[test]
    fn what_is_not_an_endpoint_is_refused() {
        for host in [
            "",
            "ex 01",
            "ex01/x",
            "user@ex01",
            "ex01:80",
            "ex01?x",
            "[::1]",
            "a\nb",
            "1.2.3.999",
        ] {
            assert_eq!(
                Endpoint::new(Scheme::Http, host),
                Err(EndpointError::Host(host.into())),
                "{host:?}"
            );
        }
        let endpoint = Endpoint::new(Scheme::Http, "10.0.0.5").unwrap();
        assert_eq!(
            endpoint.clone().with_path("wsman"),
            Err(EndpointError::Path("wsman".into()))
        );
        let elsewhere = ConnectTo {
            host: "127.0.0.1".into(),
            port: 1,
        };
        assert_eq!(
            endpoint.with_connect_to(elsewhere),
            Err(EndpointError::AddressElsewhere("10.0.0.5".into()))
        );
    }
}
