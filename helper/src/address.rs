//! Addresses, ports and 4-tuples, and the one way each is written.
//!
//! `core::net` is younger than the compiler that builds the exe, so the few rules are here. Each end has exactly one
//! text, which is among those that `std::net::SocketAddr` reads: an IPv6 address has all its eight groups, as numbers
//! without leading zeros.

use alloc::vec::Vec;

use crate::text::{write_number, Reader};

#[cfg(any(test, feature = "std"))]
mod net;

/// The protocol that carries a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
            *word = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FourTuple {
    /// What carries it.
    pub family: Family,
    /// This machine's end.
    pub local: Endpoint,
    /// The other end.
    pub remote: Endpoint,
}

impl FourTuple {
    /// Reads `tcp4 10.0.0.5:6001 10.1.4.23:51234`.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        reader.expect(b"tcp");
        let family = match reader.take(b"6 ") {
            true => Family::Tcp6,
            false => {
                reader.expect(b"4 ");
                Family::Tcp4
            }
        };
        let local = read_end(family, reader);
        reader.expect(b" ");
        let remote = read_end(family, reader);
        FourTuple {
            family,
            local,
            remote,
        }
    }

    /// Whether both ends are one address and one port, rather than "any".
    pub fn is_exact(&self) -> bool {
        self.local.is_exact() && self.remote.is_exact()
    }

    /// A number that differs between almost all connections: made of the client's port and the end of its address.
    pub(crate) fn hash(&self) -> u16 {
        let [.., address, _, port] = self.remote.0;
        let end = u64::from(address) << 16 | u64::from(port);
        (end.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as u16
    }

    /// Whether the connection never leaves this machine: an end is a loopback address, or both ends are the same
    /// address.
    pub fn is_internal(&self) -> bool {
        self.local.is_loopback()
            || self.remote.is_loopback()
            || self.local.0[..4] == self.remote.0[..4]
    }
}

/// How the ends of a family are written: groups of so many bits, from some word of the address on.
struct Form {
    first: usize,
    bits: u32,
    base: u32,
    open: &'static str,
    between: &'static str,
    close: &'static str,
}

impl Family {
    fn form(self) -> &'static Form {
        match self {
            Family::Tcp4 => &Form {
                first: 3,
                bits: 8,
                base: 10,
                open: "",
                between: ".",
                close: ":",
            },
            Family::Tcp6 => &Form {
                first: 0,
                bits: 16,
                base: 16,
                open: "[",
                between: ":",
                close: "]:",
            },
        }
    }
}

/// Reads `10.0.0.5:6001`, or `[fe80:0:0:0:0:0:0:1%4]:6001`.
fn read_end(family: Family, reader: &mut Reader<'_>) -> Endpoint {
    let form = family.form();
    let mut words = [0, 0, MAPPED, 0, 0, 0];
    let mut before = form.open;
    for word in &mut words[form.first..4] {
        let mut value = 0;
        for _ in 0..32 / form.bits {
            reader.expect(before.as_bytes());
            before = form.between;
            value = value << form.bits | reader.number(form.base, (1 << form.bits) - 1);
        }
        *word = value.to_be();
    }
    if family == Family::Tcp6 && reader.take(b"%") {
        words[4] = reader.number(10, u32::MAX);
    }
    reader.expect(form.close.as_bytes());
    words[5] = reader.number(10, u16::MAX.into()).to_be() >> 16;
    Endpoint(words)
}

/// Writes `10.0.0.5:6001`, or `[fe80:0:0:0:0:0:0:1%4]:6001`.
pub(crate) fn write(text: &mut Vec<u8>, family: Family, end: &Endpoint) {
    let form = family.form();
    let mut before = form.open;
    for word in &end.0[form.first..4] {
        let mut value = u32::from_be(*word);
        for _ in 0..32 / form.bits {
            text.extend_from_slice(before.as_bytes());
            before = form.between;
            write_number(text, value >> (32 - form.bits), form.base);
            value <<= form.bits;
        }
    }
    if end.0[4] != 0 {
        text.push(b'%');
        write_number(text, end.0[4], 10);
    }
    text.extend_from_slice(form.close.as_bytes());
    write_number(text, end.port().into(), 10);
}

#[cfg(test)]
mod tests;
