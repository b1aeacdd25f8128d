//! To and from `std::net`.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::{Endpoint, Family, FourTuple};

impl From<SocketAddr> for Endpoint {
    fn from(socket: SocketAddr) -> Self {
        match socket {
            SocketAddr::V4(socket) => Endpoint::v4(socket.ip().octets(), socket.port()),
            SocketAddr::V6(socket) => {
                Endpoint::v6(socket.ip().octets(), socket.scope_id(), socket.port())
            }
        }
    }
}

impl Family {
    /// The one to which an address belongs.
    pub fn of(end: SocketAddr) -> Self {
        match end {
            SocketAddr::V4(_) => Family::Tcp4,
            SocketAddr::V6(_) => Family::Tcp6,
        }
    }
}

impl FourTuple {
    /// The connection between these; `None` when they are not of one family.
    pub fn between(local: SocketAddr, remote: SocketAddr) -> Option<Self> {
        let family = Family::of(local);
        (family == Family::of(remote)).then(|| FourTuple {
            family,
            local: local.into(),
            remote: remote.into(),
        })
    }

    /// Reads `tcp4`, `10.0.0.5:6001`, `10.1.4.23:51234`, or their like with `tcp6` and any text of an IPv6 address.
    pub fn parse(family: &str, local: &str, remote: &str) -> Option<Self> {
        let connection = FourTuple::between(local.parse().ok()?, remote.parse().ok()?)?;
        (connection.family.name() == family).then_some(connection)
    }

    /// Its ends, local and remote.
    pub fn ends(&self) -> (SocketAddr, SocketAddr) {
        let socket = |end: Endpoint| match (self.family, end.ipv4()) {
            (Family::Tcp4, Some(address)) => {
                SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::from(address), end.port()))
            }
            _ => {
                let address = Ipv6Addr::from(end.address());
                SocketAddr::V6(SocketAddrV6::new(address, end.port(), 0, end.0[4]))
            }
        };
        (socket(self.local), socket(self.remote))
    }
}
