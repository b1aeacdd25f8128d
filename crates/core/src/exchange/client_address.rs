//! Where a client is, read from whatever a server gives for an address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

/// Where a client is, as far as the server tells. What is given and what is understood are two things: a client whose
/// address is not understood may be anywhere, so that nobody can be said to be alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientAddress {
    /// At the address of one machine.
    Of(IpAddr),
    /// Something is given, this, and which machine it names is not certain.
    NotUnderstood(String),
    /// Nothing is given: blank, as with most of Exchange's own mailboxes, or what stands for "none".
    #[default]
    NotGiven,
}

impl std::fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotGiven => f.write_str("an address that is not given"),
            Self::NotUnderstood(text) => f.write_str(text),
            Self::Of(address) => address.fmt(f),
        }
    }
}

impl ClientAddress {
    /// Reads what a column holds. Several addresses that differ are not understood: whether a list has all of a client's or
    /// one after the other on the way to it, nobody says.
    pub fn read<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let mut given = Vec::new();
        for text in texts {
            let text = text.as_ref().trim();
            let address = address(text);
            if !(text.is_empty() || address.is_some_and(names_none)) {
                given.push((
                    text.to_owned(),
                    address.filter(|address| names_one(*address)),
                ));
            }
        }
        match given.first() {
            None => Self::NotGiven,
            Some((_, Some(first))) if given.iter().all(|(_, other)| *other == Some(*first)) => {
                Self::Of(*first)
            }
            Some(_) => {
                let texts: Vec<_> = given.into_iter().map(|(text, _)| text).collect();
                Self::NotUnderstood(texts.join(", "))
            }
        }
    }

    /// The address, where it is certain.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Of(address) => Some(*address),
            Self::NotUnderstood(_) | Self::NotGiven => None,
        }
    }

    /// What is given and not understood.
    pub fn not_understood(&self) -> Option<&str> {
        match self {
            Self::NotUnderstood(text) => Some(text),
            Self::Of(_) | Self::NotGiven => None,
        }
    }
}

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        Self::read([address.to_string()])
    }
}

/// 0.0.0.0 stands for "no IPv4 address", and 255.255.255.255 is .NET's `IPAddress.None`.
fn names_none(address: IpAddr) -> bool {
    address.is_unspecified() || address == IpAddr::V4(Ipv4Addr::BROADCAST)
}

/// A link-local address without its link could be two machines, and a link's number means something on one machine only.
fn names_one(address: IpAddr) -> bool {
    !matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// An address, alone or with a port, in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let alone = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|end| end.ip());
    let in_brackets = || {
        let inner = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let inner = inner.unwrap_or(text);
        // this form is the one that may have a link's number
        let end = format!("[{inner}]:0").parse::<SocketAddrV6>().ok();
        end.map(|end| IpAddr::V6(*end.ip()))
    };
    let address = alone()
        .or_else(with_port)
        .or_else(in_brackets)
        .or_else(|| padded(text))?;
    Some(address.to_canonical())
}

/// `010.001.004.023`. Zeros before a number make it octal to many programs that *read* addresses, .NET's among them; but
/// where every part has three digits, they come of a program that *writes* in columns, and none writes octal so: .NET's
/// `D3` is decimal, and it has no octal format. Zeros here and there could be either and are not understood.
fn padded(text: &str) -> Option<IpAddr> {
    let address = match text.split_once(':') {
        None => text,
        Some((address, port)) => port.parse::<u16>().ok().map(|_| address)?,
    };
    let part = |part: &str| {
        let is_padded = part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u8>().ok().filter(|_| is_padded)
    };
    let parts: Option<Vec<u8>> = address.split('.').map(part).collect();
    let parts: [u8; 4] = parts?.try_into().ok()?;
    Some(IpAddr::from(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certain_is_read_and_the_rest_is_shown() {
        let of = |text: &str| ClientAddress::Of(text.parse().unwrap());
        let not_understood = |text: &str| ClientAddress::NotUnderstood(text.to_owned());
        let none = ClientAddress::NotGiven;
        for (texts, read) in [
            (&["10.1.4.23"][..], of("10.1.4.23")),
            (&[" 10.1.4.23\r\n"], of("10.1.4.23")),
            (&["10.1.4.23:50000"], of("10.1.4.23")),
            (&["10.1.4.23:0"], of("10.1.4.23")),
            (&["::ffff:10.1.4.23"], of("10.1.4.23")),
            (&["[::ffff:10.1.4.23]:50000"], of("10.1.4.23")),
            (&["010.001.004.023"], of("10.1.4.23")),
            (&["010.001.004.023:50000"], of("10.1.4.23")),
            (&["192.168.100.089"], of("192.168.100.89")),
            (&["127.0.0.1:6001"], of("127.0.0.1")),
            (&["::1"], of("::1")),
            (&["[::1]"], of("::1")),
            (&["[::1]:50000"], of("::1")),
            (&["2001:db8::7"], of("2001:db8::7")),
            (&["2001:DB8::7%4"], of("2001:db8::7")),
            (&["[2001:db8::7]"], of("2001:db8::7")),
            (&["[2001:db8::7]:50000"], of("2001:db8::7")),
            (&["[2001:db8::7%4]:50000"], of("2001:db8::7")),
            (&["10.1.4.23", "10.1.4.23:50000", ""], of("10.1.4.23")),
            (&["0.0.0.0", "10.1.4.23"], of("10.1.4.23")),
            // octal to those who read it so
            (&["010.1.4.23"], not_understood("010.1.4.23")),
            (&["10.1.04.23"], not_understood("10.1.04.23")),
            (&["010.001.004.256"], not_understood("010.001.004.256")),
            (&["010.001.004"], not_understood("010.001.004")),
            (&["010.001.004.+23"], not_understood("010.001.004.+23")),
            // as .NET 2.0 writes an end of an IPv6 connection
            (&["2001:db8::7:50000"], not_understood("2001:db8::7:50000")),
            (&["fe80::1"], not_understood("fe80::1")),
            (&["fe80::1%5"], not_understood("fe80::1%5")),
            (&["[fe80::1%5]:50000"], not_understood("[fe80::1%5]:50000")),
            (&["10.1.4.23:65536"], not_understood("10.1.4.23:65536")),
            (&["10.1.4.23/32"], not_understood("10.1.4.23/32")),
            (
                &["10.1.4.23;10.1.4.24"],
                not_understood("10.1.4.23;10.1.4.24"),
            ),
            (
                &["10.1.4.23", "10.1.4.24"],
                not_understood("10.1.4.23, 10.1.4.24"),
            ),
            (
                &["10.1.4.23", "fe80::1"],
                not_understood("10.1.4.23, fe80::1"),
            ),
            (&["10", "1", "4", "23"], not_understood("10, 1, 4, 23")),
            (&["387187978"], not_understood("387187978")),
            (&["JSMITH-LT"], not_understood("JSMITH-LT")),
            (
                &["System.Net.IPEndPoint"],
                not_understood("System.Net.IPEndPoint"),
            ),
            (&["unknown"], not_understood("unknown")),
            (&["0.0.0.0"], none.clone()),
            (&["000.000.000.000"], none.clone()),
            (&["0.0.0.0:0"], none.clone()),
            (&["255.255.255.255"], none.clone()),
            (&["::"], none.clone()),
            (&["[::]:0"], none.clone()),
            (&["", "  "], none.clone()),
            (&[], none),
        ] {
            assert_eq!(ClientAddress::read(texts), read, "{texts:?}");
        }
    }
}
