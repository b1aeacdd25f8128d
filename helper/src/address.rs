//! Addresses, ports and 4-tuples, and the one way each is written.
//!
//! `core::net` is younger than the compiler that builds the exe, so the few rules are here. The text is that of
//! `std::net::SocketAddr`: what this writes, `std` reads and writes alike (tested). What this reads is stricter:
//! exactly one text for each IPv4 address and each port.

use core::fmt;

#[cfg(any(test, feature = "std"))]
mod net;

/// An IPv4 address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint4 {
    /// In the order in which it is written.
    pub address: [u8; 4],
    /// In the machine's own byte order.
    pub port: u16,
}

/// An IPv6 address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint6 {
    /// In the order in which it is written.
    pub address: [u8; 16],
    /// The number of the interface that a link-local address belongs to; 0 for others.
    pub scope: u32,
    /// In the machine's own byte order.
    pub port: u16,
}

/// One TCP connection as the network knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FourTuple {
    /// Over IPv4.
    V4 {
        /// This machine's end.
        local: Endpoint4,
        /// The other end.
        remote: Endpoint4,
    },
    /// Over IPv6.
    V6 {
        /// This machine's end.
        local: Endpoint6,
        /// The other end.
        remote: Endpoint6,
    },
}

impl FourTuple {
    /// Reads `tcp4 10.0.0.5:6001 10.1.4.23:51234` or `tcp6 [fe80::1%4]:6001 [fe80::2%4]:51234`, given in its three
    /// parts. `None` for any other text.
    pub fn parse(family: &str, local: &str, remote: &str) -> Option<Self> {
        match family {
            "tcp4" => Some(FourTuple::V4 {
                local: Endpoint4::parse(local)?,
                remote: Endpoint4::parse(remote)?,
            }),
            "tcp6" => Some(FourTuple::V6 {
                local: Endpoint6::parse(local)?,
                remote: Endpoint6::parse(remote)?,
            }),
            _ => None,
        }
    }

    /// `tcp4` or `tcp6`.
    pub fn family(&self) -> &'static str {
        match self {
            FourTuple::V4 { .. } => "tcp4",
            FourTuple::V6 { .. } => "tcp6",
        }
    }

    /// Whether both ends are one address and one port, rather than "any".
    pub fn is_exact(&self) -> bool {
        let (local, remote) = self.addresses();
        let (local_port, remote_port) = match self {
            FourTuple::V4 { local, remote } => (local.port, remote.port),
            FourTuple::V6 { local, remote } => (local.port, remote.port),
        };
        local_port != 0 && remote_port != 0 && !local.is_unspecified() && !remote.is_unspecified()
    }

    /// Whether the connection never leaves this machine: an end is a loopback address, or both ends are the same
    /// address.
    pub fn is_internal(&self) -> bool {
        let (local, remote) = self.addresses();
        local == remote || local.is_loopback() || remote.is_loopback()
    }

    fn addresses(&self) -> (Address, Address) {
        match self {
            FourTuple::V4 { local, remote } => {
                (Address::V4(local.address), Address::V4(remote.address))
            }
            FourTuple::V6 { local, remote } => (
                Address::of_v6(local.address),
                Address::of_v6(remote.address),
            ),
        }
    }
}

/// An address for the rules: an IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`) is an IPv4 address.
#[derive(PartialEq, Eq)]
enum Address {
    V4([u8; 4]),
    V6([u8; 16]),
}

impl Address {
    fn of_v6(address: [u8; 16]) -> Self {
        match address {
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => Address::V4([a, b, c, d]),
            other => Address::V6(other),
        }
    }

    fn is_unspecified(&self) -> bool {
        matches!(self, Address::V4([0, 0, 0, 0])) || *self == Address::V6([0; 16])
    }

    fn is_loopback(&self) -> bool {
        const LOOPBACK: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        matches!(self, Address::V4([127, ..])) || *self == Address::V6(LOOPBACK)
    }
}

impl Endpoint4 {
    /// Reads `10.0.0.5:6001`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, port) = text.split_once(':')?;
        Some(Endpoint4 {
            address: ipv4(address)?,
            port: decimal(port, u16::MAX.into())? as u16,
        })
    }
}

impl Endpoint6 {
    /// Reads `[2001:db8::2]:51234` and `[fe80::1%4]:6001`.
    pub fn parse(text: &str) -> Option<Self> {
        let (inside, port) = text.strip_prefix('[')?.split_once("]:")?;
        let (address, scope) = match inside.split_once('%') {
            Some((address, scope)) => (address, decimal(scope, u32::MAX)?),
            None => (inside, 0),
        };
        Some(Endpoint6 {
            address: ipv6(address)?,
            scope,
            port: decimal(port, u16::MAX.into())? as u16,
        })
    }
}

/// A number as it is written: digits only, no leading zero, not above `most`.
pub(crate) fn decimal(text: &str, most: u32) -> Option<u32> {
    if text.is_empty() || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    let mut number: u32 = 0;
    for digit in text.bytes() {
        let digit = char::from(digit).to_digit(10)?;
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    if number > most {
        return None;
    }
    Some(number)
}

fn ipv4(text: &str) -> Option<[u8; 4]> {
    let mut parts = text.split('.');
    let mut address = [0; 4];
    for octet in &mut address {
        *octet = decimal(parts.next()?, u8::MAX.into())? as u8;
    }
    if parts.next().is_some() {
        return None;
    }
    Some(address)
}

fn ipv6(text: &str) -> Option<[u8; 16]> {
    let mut address = [0; 16];
    match text.split_once("::") {
        None => {
            if groups(text, &mut address)? != address.len() {
                return None;
            }
        }
        Some((front, back)) => {
            let (mut head, mut tail) = ([0; 14], [0; 14]);
            let head_length = groups(front, &mut head)?;
            let tail_length = groups(back, &mut tail)?;
            // "::" stands for at least one group; an IPv4 address stands at the very end only
            if head_length + tail_length > 14 || front.contains('.') {
                return None;
            }
            for (slot, byte) in address.iter_mut().zip(head) {
                *slot = byte;
            }
            for (slot, byte) in address.iter_mut().skip(16 - tail_length).zip(tail) {
                *slot = byte;
            }
        }
    }
    Some(address)
}

/// Writes the bytes of colon-separated groups, the last of which may be an IPv4 address, to the front of `bytes`.
/// Says how many; `None` when they do not fit.
fn groups(text: &str, bytes: &mut [u8]) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    let mut length = 0;
    let mut parts = text.split(':').peekable();
    while let Some(part) = parts.next() {
        let four;
        let two;
        let value: &[u8] = if part.contains('.') && parts.peek().is_none() {
            four = ipv4(part)?;
            &four
        } else {
            two = group(part)?.to_be_bytes();
            &two
        };
        bytes
            .get_mut(length..length + value.len())?
            .copy_from_slice(value);
        length += value.len();
    }
    Some(length)
}

fn group(text: &str) -> Option<u16> {
    if text.is_empty() || text.len() > 4 {
        return None;
    }
    let mut number = 0;
    for digit in text.bytes() {
        number = number << 4 | char::from(digit).to_digit(16)? as u16;
    }
    Some(number)
}

impl fmt::Display for Endpoint4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.address;
        write!(f, "{}.{}.{}.{}:{}", a, b, c, d, self.port)
    }
}

impl fmt::Display for Endpoint6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        match Address::of_v6(self.address) {
            Address::V4([a, b, c, d]) => write!(f, "::ffff:{}.{}.{}.{}", a, b, c, d)?,
            Address::V6(address) => write_groups(f, address)?,
        }
        if self.scope != 0 {
            write!(f, "%{}", self.scope)?;
        }
        write!(f, "]:{}", self.port)
    }
}

/// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`.
fn write_groups(f: &mut fmt::Formatter<'_>, address: [u8; 16]) -> fmt::Result {
    let mut groups = [0; 8];
    for (group, pair) in groups.iter_mut().zip(address.chunks(2)) {
        *group = pair
            .iter()
            .fold(0, |high: u16, low| high << 8 | u16::from(*low));
    }
    let (gap, gap_length) = longest_zero_run(&groups);
    for (index, group) in groups.iter().enumerate() {
        if index == gap && gap_length > 1 {
            f.write_str("::")?;
        } else if gap_length > 1 && index > gap && index < gap + gap_length {
            continue;
        } else if index > 0 && !(gap_length > 1 && index == gap + gap_length) {
            write!(f, ":{:x}", group)?;
        } else {
            write!(f, "{:x}", group)?;
        }
    }
    Ok(())
}

fn longest_zero_run(groups: &[u16; 8]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut run = (0, 0);
    for (index, group) in groups.iter().enumerate() {
        if *group != 0 {
            run = (index + 1, 0);
            continue;
        }
        run.1 += 1;
        if run.1 > best.1 {
            best = run;
        }
    }
    best
}

#[cfg(test)]
mod tests;
