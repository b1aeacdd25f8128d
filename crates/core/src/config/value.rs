//! The values of the configuration file and the command line: server names, networks, lengths of time.

use std::{fmt, net::IpAddr, str::FromStr, time::Duration};

use ipnet::{IpNet, Ipv4Net};
use mapisweep_winrm::endpoint::is_host;
use serde::Deserialize;

use crate::text::visible;

/// An address, or a network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(pub IpNet);

/// A server's name, and its port where it is not the usual one: `ex01`, `ex01:15985`, `[2001:db8::1]:5985`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ServerAddress {
    /// The name or address, without brackets.
    pub host: String,
    /// The port, where one is given.
    pub port: Option<u16>,
}

/// A host and a port: `127.0.0.1:15985`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HostPort {
    /// The name or address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// `--connect-to NAME=HOST:PORT`, or `NAME:PORT=HOST:PORT` for what goes to that port there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectTo {
    /// The server's name, as it is given with `--server` or found in a DAG.
    pub name: String,
    /// For connections to this port there only; otherwise for those to WinRM, whichever port it has.
    pub port: Option<u16>,
    /// Where its TCP connection goes.
    pub target: HostPort,
}

/// A length of time as a person writes it: `15m`, `2h 30m`, `1d`. A day has 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HumanDuration(pub Duration);

/// The same, and not none at all: `0s` to wait would be never to have waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SomeTime(pub Duration);

/// A value that cannot be read, with an example of one that can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is not {expected}", visible(.value))]
pub struct InvalidValue {
    value: String,
    expected: &'static str,
}

impl FromStr for Network {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let one_address = || text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse().or_else(|_| one_address());
        let network =
            network.map_err(|_| invalid(text, "an address or a network such as 10.1.8.0/24"))?;
        of_its_own_family(network).map(Self).ok_or_else(|| {
            invalid(
                text,
                "a network of IPv4 addresses alone, which ::ffff: stands for: write it as 10.1.8.0/24, or with a \
                 prefix of 96 or more",
            )
        })
    }
}

impl FromStr for ServerAddress {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let whole_is_v6 = text.parse::<std::net::Ipv6Addr>().is_ok();
        let (host, port) = match split_port(text) {
            Some((host, port)) if !whole_is_v6 => (host, Some(port)),
            _ => (text, None),
        };
        let host = unbracket(host);
        if is_host(host) {
            let host = host.to_owned();
            return Ok(Self { host, port });
        }
        if has_zone(host) {
            return Err(invalid(
                text,
                "a server that can be named in a request: leave the zone away (% and what follows), or give the server's name",
            ));
        }
        Err(invalid(
            text,
            "a server name such as ex01 or ex01.corp.example:5985",
        ))
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            None => f.write_str(&self.host),
            Some(port) if self.host.contains(':') => write!(f, "[{}]:{port}", self.host),
            Some(port) => write!(f, "{}:{port}", self.host),
        }
    }
}

impl FromStr for HostPort {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        split_port(text)
            .map(|(host, port)| (unbracket(host), port))
            .filter(|(host, _)| is_host(host))
            .map(|(host, port)| Self {
                host: host.to_owned(),
                port,
            })
            .ok_or_else(|| invalid(text, "a host and a port such as 127.0.0.1:15985"))
    }
}

impl FromStr for ConnectTo {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let parse = || {
            let (name, target) = text.split_once('=')?;
            let target = target.parse().ok()?;
            let ServerAddress { host, port } = name.parse().ok()?;
            Some(Self {
                name: host,
                port,
                target,
            })
        };
        parse().ok_or_else(|| invalid(text, "NAME=HOST:PORT such as ex01=127.0.0.1:15985"))
    }
}

impl FromStr for HumanDuration {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let parse = || {
            let span: jiff::Span = text.parse().ok()?;
            let duration = span
                .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
                .ok()?;
            Duration::try_from(duration).ok().map(Self)
        };
        parse().ok_or_else(|| invalid(text, "a length of time such as 30s, 15m or 2h"))
    }
}

impl FromStr for SomeTime {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let HumanDuration(time) = text.parse()?;
        match time.is_zero() {
            true => Err(invalid(
                text,
                "a length of time above zero, such as 30s, 15m or 2h",
            )),
            false => Ok(Self(time)),
        }
    }
}

macro_rules! from_string {
    ($($type:ty),*) => {$(
        impl TryFrom<String> for $type {
            type Error = InvalidValue;
            fn try_from(text: String) -> Result<Self, InvalidValue> {
                text.parse()
            }
        }
    )*};
}
from_string!(Network, ServerAddress, HostPort, HumanDuration, SomeTime);

pub(super) fn invalid(value: &str, expected: &'static str) -> InvalidValue {
    InvalidValue {
        value: value.to_owned(),
        expected,
    }
}

/// Addresses are compared as what they are, so an IPv4 network that is written as an IPv6 one has to become one; `None`
/// where it holds addresses of both kinds.
fn of_its_own_family(network: IpNet) -> Option<IpNet> {
    const MAPPED: u8 = 96;
    let IpNet::V6(v6) = network else {
        return Some(network);
    };
    let Some(v4) = v6.addr().to_ipv4_mapped() else {
        return Some(network);
    };
    let prefix = v6.prefix_len().checked_sub(MAPPED)?;
    Ipv4Net::new(v4, prefix).ok().map(IpNet::V4)
}

/// `fe80::1%eth0`: the zone says which of this computer's networks is meant, and is nothing to the server.
fn has_zone(host: &str) -> bool {
    let address = host.split_once('%').map(|(address, _)| address);
    address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

fn split_port(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|&port| port > 0);
    Some((host, port?))
}

fn unbracket(host: &str) -> &str {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for (text, expected) in [
            ("10.1.8.0/24", Some("10.1.8.0/24")),
            ("10.1.8.9", Some("10.1.8.9/32")),
            ("10.1.8.9/0", Some("10.1.8.9/0")),
            ("2001:db8::/32", Some("2001:db8::/32")),
            ("2001:db8::1", Some("2001:db8::1/128")),
            ("", None),
            ("ex01", None),
            ("10.1.8.0/", None),
            ("10.1.8.0/33", None),
            ("10.1.8.0/-1", None),
            ("10.1.8/24", None),
            ("2001:db8::/129", None),
            ("10.1.8.0/24/24", None),
            ("::ffff:10.1.4.0/120", Some("10.1.4.0/24")),
            ("::ffff:a01:400/120", Some("10.1.4.0/24")),
            ("::ffff:10.1.4.9/128", Some("10.1.4.9/32")),
            ("::ffff:10.1.4.9", Some("10.1.4.9/32")),
            ("::ffff:0:0/96", Some("0.0.0.0/0")),
            ("::ffff:10.1.4.0/95", None),
            ("::ffff:10.1.4.0/24", None),
            ("::ffff:10.1.4.0/0", None),
            // which is no IPv4 network
            ("::/0", Some("::/0")),
            ("64:ff9b::10.1.4.0/120", Some("64:ff9b::a01:400/120")),
        ] {
            let parsed = text.parse::<Network>().ok();
            let parsed = parsed.map(|network| network.0.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn server_addresses() {
        for (text, expected) in [
            ("ex01", Some(("ex01", None))),
            (
                "ex01.corp.example:15985",
                Some(("ex01.corp.example", Some(15985))),
            ),
            ("10.1.0.1:80", Some(("10.1.0.1", Some(80)))),
            ("2001:db8::1", Some(("2001:db8::1", None))),
            ("[2001:db8::1]", Some(("2001:db8::1", None))),
            ("[2001:db8::1]:5985", Some(("2001:db8::1", Some(5985)))),
            ("", None),
            ("ex01:99999", None),
            ("ex01/wsman", None),
            ("user@ex01", None),
            ("http://ex01", None),
            ("ex 01", None),
        ] {
            let parsed = text.parse::<ServerAddress>().ok();
            let parsed = parsed
                .as_ref()
                .map(|server| (server.host.as_str(), server.port));
            assert_eq!(parsed, expected, "{text}");
        }
    }

    #[test]
    fn a_zone_is_refused_by_name() {
        for (text, is_zone) in [
            ("fe80::1%eth0", true),
            ("[fe80::1%eth0]:5985", true),
            ("fe80::1%25eth0", true),
            ("ex01%eth0", false),
            ("%eth0", false),
        ] {
            let error = text.parse::<ServerAddress>().unwrap_err();
            assert_eq!(error.to_string().contains("zone"), is_zone, "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_shown_as_it_was_written() {
        let error = r"\\ex01\c$".parse::<ServerAddress>().unwrap_err();
        assert!(
            error.to_string().starts_with(r#""\\ex01\c$" is not "#),
            "{error}"
        );
    }

    #[test]
    fn names_are_no_longer_than_in_dns() {
        for (length, is_one) in [(1, true), (254, true), (255, false), (70_000, false)] {
            let parsed = "x".repeat(length).parse::<ServerAddress>();
            assert_eq!(parsed.is_ok(), is_one, "{length}");
        }
    }

    #[test]
    fn connections_sent_elsewhere() {
        let to: ConnectTo = "ex01=127.0.0.1:15985".parse().unwrap();
        assert_eq!(
            (to.name.as_str(), to.target.host.as_str(), to.target.port),
            ("ex01", "127.0.0.1", 15985)
        );
        let to: ConnectTo = "ex01:80=127.0.0.1:15080".parse().unwrap();
        assert_eq!(
            (to.name.as_str(), to.port, to.target.port),
            ("ex01", Some(80), 15080)
        );
        for text in [
            "ex01",
            "ex01=",
            "ex01:=127.0.0.1:1",
            "ex01:99999=127.0.0.1:1",
            "=127.0.0.1:1",
            "ex01=127.0.0.1",
            "ex01=::1",
        ] {
            assert!(text.parse::<ConnectTo>().is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_of_time() {
        for (text, seconds) in [
            ("15m", Some(900)),
            ("2h 30m", Some(9000)),
            ("1d", Some(86400)),
            ("0s", Some(0)),
            ("-5m", None),
            ("15", None),
            ("1mo", None),
            ("", None),
        ] {
            let some = text.parse::<SomeTime>().ok().map(|time| time.0.as_secs());
            assert_eq!(some, seconds.filter(|&seconds| seconds > 0), "{text:?}");
            let parsed = text.parse::<HumanDuration>().ok();
            assert_eq!(
                parsed.map(|duration| duration.0.as_secs()),
                seconds,
                "{text:?}"
            );
        }
    }
}
