//! A service as Kerberos and Windows name it: `HTTP/ex01.corp.example`, `HTTP/ex01:5985`.

use std::{fmt, str::FromStr};

use serde::Deserialize;

use crate::endpoint::is_host;

/// Which service a ticket is for: the kind of service, and where it is not the server's own name, the host and port.
/// It is never taken from what a server says: that would let the network choose whom a sign-in, and with it a ticket
/// for everything, is given to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ServiceName {
    kind: String,
    host: Option<String>,
    port: Option<u16>,
}

impl Default for ServiceName {
    /// `HTTP`, which Windows gives every computer as a part of `HOST`.
    fn default() -> Self {
        Self {
            kind: "HTTP".to_owned(),
            host: None,
            port: None,
        }
    }
}

impl ServiceName {
    /// As Windows writes it, for this server: `HTTP/ex01`.
    pub fn of(&self, host: &str) -> String {
        self.joined('/', host)
    }

    /// As GSSAPI calls a host-based service: `HTTP@ex01` (RFC 2743 section 4.1).
    pub fn host_based(&self, host: &str) -> String {
        self.joined('@', host)
    }

    fn joined(&self, separator: char, host: &str) -> String {
        let Self { kind, port, .. } = self;
        // a name that DNS is not to complete; services are registered without the dot
        let host = self.host.as_deref().unwrap_or(host).trim_end_matches('.');
        match port {
            Some(port) => format!("{kind}{separator}{host}:{port}"),
            None => format!("{kind}{separator}{host}"),
        }
    }
}

impl FromStr for ServiceName {
    type Err = InvalidServiceName;

    /// `SERVICE`, `SERVICE/HOST` or `SERVICE/HOST:PORT`.
    fn from_str(text: &str) -> Result<Self, InvalidServiceName> {
        let invalid = || InvalidServiceName(text.to_owned());
        let (kind, place) = match text.split_once('/') {
            Some((kind, place)) => (kind, Some(place)),
            None => (text, None),
        };
        if kind.is_empty() || !kind.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(invalid());
        }
        let (host, port) = match place.map(|place| place.split_once(':').unwrap_or((place, ""))) {
            None => (None, None),
            Some((host, _)) if !is_host(host) => return Err(invalid()),
            Some((host, "")) if !text.ends_with(':') => (Some(host), None),
            Some((host, port)) => (Some(host), Some(port.parse().map_err(|_| invalid())?)),
        };
        Ok(Self {
            kind: kind.to_owned(),
            host: host.map(str::to_owned),
            port,
        })
    }
}

impl TryFrom<String> for ServiceName {
    type Error = InvalidServiceName;

    fn try_from(text: String) -> Result<Self, InvalidServiceName> {
        text.parse()
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => f.write_str(&self.of(host)),
            None => f.write_str(&self.kind),
        }
    }
}

/// A text that names no service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no service: write HTTP, host, WSMAN, HTTP/ex01 or HTTP/ex01:5985")]
pub struct InvalidServiceName(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_as_windows_and_as_gssapi_name_them() {
        for (text, windows, gssapi) in [
            ("HTTP", "HTTP/ex01", "HTTP@ex01"),
            ("host", "host/ex01", "host@ex01"),
            (
                "WSMAN/ex02.corp.example",
                "WSMAN/ex02.corp.example",
                "WSMAN@ex02.corp.example",
            ),
            ("HTTP/ex01:5985", "HTTP/ex01:5985", "HTTP@ex01:5985"),
        ] {
            let service: ServiceName = text.parse().unwrap();
            assert_eq!(service.of("ex01"), windows);
            assert_eq!(service.host_based("ex01"), gssapi);
            assert_eq!(service.to_string(), text);
        }
        for host in ["ex01.corp.example", "ex01.corp.example."] {
            let service = ServiceName::default().of(host);
            assert_eq!(service, "HTTP/ex01.corp.example");
        }
    }

    #[test]
    fn what_names_no_service_is_refused() {
        for text in [
            "",
            "/ex01",
            "HTTP/",
            "HTTP/ex 01",
            "HTTP/ex01:",
            "HTTP/ex01:x",
            "HTTP/ex01:99999",
            "HTTP@ex01",
            "HT TP",
            "HTTP/ex01@EVIL",
        ] {
            assert!(text.parse::<ServiceName>().is_err(), "{text:?}");
        }
    }
}
