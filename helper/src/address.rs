//! Addresses, ports and 4-tuples, and the one way each is written.
//!
//! `core::net` is younger than the compiler that builds the exe, so the few rules are here. The text is that of
//! `std::net::SocketAddr`: what this writes, `std` reads and writes alike (tested). What this reads is stricter:
//! exactly one text for each IPv4 address and each port.

use alloc::vec::Vec;

use crate::text::{write_number, Reader};

#[cfg(any(test, feature = "std"))]
mod net;

/// The protocol that carries a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// TCP over IPv4.
    Tcp4,
    /// TCP over IPv6.
    Tcp6,
}

impl Family {
    /// `tcp4` or `tcp6`.
    pub fn name(self) -> &'static str {
        match self {
            Family::Tcp4 => "tcp4",
            Family::Tcp6 => "tcp6",
        }
    }
}

/// An address and a port, kept as Windows keeps those of an IPv6 connection: four words of address, its scope, and
/// the port in network order. An IPv4 address is kept as the IPv6 address `::ffff:a.b.c.d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint(pub(crate) [u32; 6]);

/// The third word of an IPv4 address that is kept as an IPv6 address; the two before are zero.
pub(crate) const MAPPED: u32 = u32::from_ne_bytes([0, 0, 0xff, 0xff]);
const ONE: u32 = u32::from_ne_bytes([0, 0, 0, 1]);

impl Endpoint {
    /// An IPv4 address, in the order in which it is written, and a port.
    pub fn v4(address: [u8; 4], port: u16) -> Self {
        let address = u32::from_ne_bytes(address);
        Endpoint([0, 0, MAPPED, address, 0, port.to_be().into()])
    }

    /// An IPv6 address, in the order in which it is written, the number of the interface that it belongs to if it is
    /// a link-local one and 0 otherwise, and a port.
    pub fn v6(address: [u8; 16], scope: u32, port: u16) -> Self {
        let mut words = [0, 0, 0, 0, scope, port.to_be().into()];
        for (word, bytes) in words.iter_mut().zip(address.chunks_exact(4)) {
            *word = bytes
                .iter()
                .rev()
                .fold(0, |word, byte| word << 8 | u32::from(*byte))
                .to_le();
        }
        Endpoint(words)
    }

    /// The address, in the order in which it is written.
    pub fn address(&self) -> [u8; 16] {
        let mut address = [0; 16];
        for (bytes, word) in address.chunks_exact_mut(4).zip(self.0) {
            bytes.copy_from_slice(&word.to_ne_bytes());
        }
        address
    }

    /// The port.
    pub fn port(&self) -> u16 {
        u16::from_be(self.0[5] as u16)
    }

    /// The IPv4 address that this is, or that it is as an IPv6 address.
    pub fn ipv4(&self) -> Option<[u8; 4]> {
        match self.0 {
            [0, 0, MAPPED, address, ..] => Some(address.to_ne_bytes()),
            _ => None,
        }
    }

    /// Whether this is one address and one port, rather than "any".
    fn is_exact(&self) -> bool {
        !matches!(self.0, [0, 0, 0 | MAPPED, 0, ..] | [_, _, _, _, _, 0])
    }

    fn is_loopback(&self) -> bool {
        matches!(self.0, [0, 0, 0, ONE, ..]) || matches!(self.ipv4(), Some([127, ..]))
    }
}

/// One TCP connection as the network knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FourTuple {
    /// What carries it.
    pub family: Family,
    /// This machine's end.
    pub local: Endpoint,
    /// The other end.
    pub remote: Endpoint,
}

impl FourTuple {
    /// Reads `tcp4 10.0.0.5:6001 10.1.4.23:51234` or `tcp6 [fe80::1%4]:6001 [fe80::2%4]:51234`, given in its three
    /// parts. `None` for any other text.
    pub fn parse(family: &str, local: &str, remote: &str) -> Option<Self> {
        let text = [family, local, remote].join(" ");
        let mut reader = Reader(text.as_bytes());
        let connection = FourTuple::read(&mut reader)?;
        reader.0.is_empty().then_some(connection)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let family = match () {
            _ if reader.take("tcp4 ") => Family::Tcp4,
            _ if reader.take("tcp6 ") => Family::Tcp6,
            _ => return None,
        };
        let local = endpoint(family, reader)?;
        reader.expect(" ")?;
        let remote = endpoint(family, reader)?;
        Some(FourTuple {
            family,
            local,
            remote,
        })
    }

    /// Whether both ends are one address and one port, rather than "any".
    pub fn is_exact(&self) -> bool {
        self.local.is_exact() && self.remote.is_exact()
    }

    /// Whether the connection never leaves this machine: an end is a loopback address, or both ends are the same
    /// address.
    pub fn is_internal(&self) -> bool {
        self.local.is_loopback()
            || self.remote.is_loopback()
            || self.local.0[..4] == self.remote.0[..4]
    }
}

/// Reads `10.0.0.5:6001`, or `[2001:db8::2]:51234`, or `[fe80::1%4]:6001`.
fn endpoint(family: Family, reader: &mut Reader<'_>) -> Option<Endpoint> {
    let mut words = [0, 0, MAPPED, 0, 0, 0];
    match family {
        Family::Tcp4 => words[3] = ipv4(reader)?,
        Family::Tcp6 => {
            reader.expect("[")?;
            let groups = ipv6(reader)?;
            for (word, pair) in words.iter_mut().zip(groups.chunks_exact(2)) {
                *word = (u32::from(pair[0]) << 16 | u32::from(pair[1])).to_be();
            }
            if reader.take("%") {
                words[4] = reader.number(u32::MAX)?;
            }
            reader.expect("]")?;
        }
    }
    reader.expect(":")?;
    let port = reader.number(u16::MAX.into())?;
    words[5] = (port as u16).to_be().into();
    Some(Endpoint(words))
}

/// Reads `10.0.0.5` into a word in network order.
fn ipv4(reader: &mut Reader<'_>) -> Option<u32> {
    let mut address = 0;
    for index in 0..4 {
        if index > 0 {
            reader.expect(".")?;
        }
        address = address << 8 | reader.number(u8::MAX.into())?;
    }
    Some(address.to_be())
}

/// Reads the eight groups of an IPv6 address.
fn ipv6(reader: &mut Reader<'_>) -> Option<[u16; 8]> {
    let mut groups = [0; 8];
    let mut count = 0;
    let mut gap = if reader.take("::") { Some(0) } else { None };
    // the groups after a gap may be none, those after a colon not
    let mut optional = gap.is_some();
    loop {
        let start = *reader;
        match group(reader) {
            None if optional => break,
            None => return None,
            Some(_) if reader.take(".") => {
                *reader = start;
                let address = u32::from_be(ipv4(reader)?);
                *groups.get_mut(count)? = (address >> 16) as u16;
                *groups.get_mut(count + 1)? = address as u16;
                count += 2;
                break;
            }
            Some(group) => {
                *groups.get_mut(count)? = group;
                count += 1;
            }
        }
        optional = gap.is_none() && reader.take("::");
        if optional {
            gap = Some(count);
        } else if !reader.take(":") {
            break;
        }
    }
    match gap {
        None if count == 8 => {}
        // what is after the gap belongs to the end; the gap is one group at least
        Some(gap) if count < 8 => {
            for index in (gap..count).rev() {
                groups.swap(index, index + 8 - count);
            }
        }
        _ => return None,
    }
    Some(groups)
}

fn group(reader: &mut Reader<'_>) -> Option<u16> {
    let mut number = reader.digit(16)?;
    for _ in 1..4 {
        match reader.digit(16) {
            Some(digit) => number = number << 4 | digit,
            None => break,
        }
    }
    Some(number as u16)
}

/// Writes `10.0.0.5:6001`, or `[2001:db8::2]:51234`, or `[fe80::1%4]:6001`.
pub(crate) fn write(text: &mut Vec<u8>, family: Family, end: &Endpoint) {
    let (before, mapped, after) = match family {
        Family::Tcp4 => ("", "", ":"),
        Family::Tcp6 => ("[", "::ffff:", "]:"),
    };
    text.extend_from_slice(before.as_bytes());
    match end.ipv4() {
        Some(address) => {
            text.extend_from_slice(mapped.as_bytes());
            for (index, octet) in address.iter().enumerate() {
                if index > 0 {
                    text.push(b'.');
                }
                write_number(text, (*octet).into(), 10, 1);
            }
        }
        None => write_ipv6(text, &end.address()),
    }
    if end.0[4] != 0 {
        text.push(b'%');
        write_number(text, end.0[4], 10, 1);
    }
    text.extend_from_slice(after.as_bytes());
    write_number(text, end.port().into(), 10, 1);
}

/// RFC 5952: lower case, no leading zeros, and the longest run of two or more zero groups, the first of equals, is
/// `::`.
fn write_ipv6(text: &mut Vec<u8>, address: &[u8; 16]) {
    let (gap, gap_end) = longest_zero_run(address);
    for index in 0..8 {
        if index == gap {
            text.extend_from_slice(b"::");
        }
        if index < gap || index >= gap_end {
            if index > 0 && index != gap_end {
                text.push(b':');
            }
            write_number(text, group_at(address, index), 16, 1);
        }
    }
}

fn group_at(address: &[u8; 16], index: usize) -> u32 {
    let pair = address.iter().skip(index * 2).take(2);
    pair.fold(0, |high, low| high << 8 | u32::from(*low))
}

/// Begin and end; beyond all groups when there is no run of two or more.
fn longest_zero_run(address: &[u8; 16]) -> (usize, usize) {
    let mut best = (9, 10);
    let mut start = 0;
    for index in 0..8 {
        if group_at(address, index) != 0 {
            start = index + 1;
        } else if index + 1 - start > best.1 - best.0 {
            best = (start, index + 1);
        }
    }
    best
}

#[cfg(test)]
mod tests;
