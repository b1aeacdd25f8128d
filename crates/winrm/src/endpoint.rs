//! Where a server is: its name for certificates, service names and `To`.

use std::{fmt, net::IpAddr};

use url::Url;

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
}

impl Endpoint {
    /// `/wsman` on the scheme's usual port.
    pub fn new(scheme: Scheme, host: impl Into<String>) -> Result<Self, EndpointError> {
        let host = host.into();
        if !is_host(&host) {
            return Err(EndpointError::Host(host));
        }
        let endpoint = Self {
            scheme,
            host,
            port: scheme.default_port(),
            path: "/wsman".to_owned(),
        };
        endpoint.checked()
    }

    /// Exchange's own, of Exchange 2010 and later: IIS serves it, on HTTP's own ports. The name is written in lower case,
    /// as Exchange has it in its own configuration.
    pub fn of_exchange(scheme: Scheme, host: &str) -> Result<Self, EndpointError> {
        let port = match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        Self::new(scheme, host)?
            .with_port(port)
            .with_path("/PowerShell/")
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

    /// The way in.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The server's name or address as the user gave it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the requests name as their destination: always with the port, which WinRM wants even where it is HTTP's
    /// own.
    pub fn to(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority(), self.path)
    }

    /// The service as Windows names it: `HTTP/ex01.corp.example`.
    pub fn service(&self) -> String {
        format!("HTTP/{}", self.host)
    }

    /// The `Host` header: the server's name even where the connection goes elsewhere.
    pub fn authority(&self) -> String {
        host_and_port(&self.host, self.port)
    }

    /// The URL of this endpoint, its port replaced by the one that the TCP connection goes to.
    pub fn url(&self, port: u16) -> Result<Url, EndpointError> {
        let authority = host_and_port(&self.host, port);
        let text = format!("{}://{authority}{}", self.scheme, self.path);
        Url::parse(&text).map_err(|_| EndpointError::Host(self.host.clone()))
    }

    fn checked(self) -> Result<Self, EndpointError> {
        self.url(self.port).map(|_| self)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to())
    }
}

/// Host names, IPv4 and IPv6 addresses (without brackets); never anything that would mean something else inside a URL.
pub fn is_host(host: &str) -> bool {
    /// No name in DNS is longer.
    const LONGEST: usize = 254;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_name = (1..=LONGEST).contains(&host.len()) && host.chars().all(allowed);
    host.parse::<IpAddr>().is_ok() || is_name
}

/// `ex01:5985`, `[2001:db8::1]:5985`.
pub fn host_and_port(host: &str, port: u16) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
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
    /// Another place to connect to for a server that is given by address.
    #[error("{0} is an address: only a connection to a name can be sent elsewhere")]
    AddressElsewhere(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_always_has_the_port_and_the_url_that_of_the_connection() {
        let plain = Endpoint::new(Scheme::Http, "ex01").unwrap();
        for (endpoint, port, to, url) in [
            (
                plain.clone(),
                5985,
                "http://ex01:5985/wsman",
                "http://ex01:5985/wsman",
            ),
            (
                plain.clone().with_port(80),
                80,
                "http://ex01:80/wsman",
                "http://ex01/wsman",
            ),
            (
                plain,
                38211,
                "http://ex01:5985/wsman",
                "http://ex01:38211/wsman",
            ),
            (
                Endpoint::new(Scheme::Https, "fe80::1").unwrap(),
                5986,
                "https://[fe80::1]:5986/wsman",
                "https://[fe80::1]:5986/wsman",
            ),
            (
                Endpoint::new(Scheme::Https, "ex01")
                    .unwrap()
                    .with_path("/PowerShell/?a=b;c")
                    .unwrap(),
                5986,
                "https://ex01:5986/PowerShell/?a=b;c",
                "https://ex01:5986/PowerShell/?a=b;c",
            ),
        ] {
            assert_eq!(endpoint.to(), to);
            assert_eq!(endpoint.url(port).unwrap().to_string(), url);
        }
    }

    #[test]
    fn exchanges_own_is_in_lower_case_and_says_its_port() {
        for (scheme, host, to) in [
            (
                Scheme::Http,
                "EX01.Corp.Example",
                "http://ex01.corp.example:80/PowerShell/",
            ),
            (
                Scheme::Https,
                "ex01.corp.example.",
                "https://ex01.corp.example:443/PowerShell/",
            ),
        ] {
            assert_eq!(Endpoint::of_exchange(scheme, host).unwrap().to(), to);
        }
        assert!(Endpoint::of_exchange(Scheme::Http, "ex01/x").is_err());
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
            endpoint.with_path("wsman"),
            Err(EndpointError::Path("wsman".into()))
        );
    }
}
