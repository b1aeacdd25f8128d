//! To and from `std::net`.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::{Endpoint4, Endpoint6, FourTuple};

impl From<SocketAddrV4> for Endpoint4 {
    fn from(socket: SocketAddrV4) -> Self {
        Endpoint4 {
            address: socket.ip().octets(),
            port: socket.port(),
        }
    }
}

impl From<Endpoint4> for SocketAddrV4 {
    fn from(end: Endpoint4) -> Self {
        SocketAddrV4::new(Ipv4Addr::from(end.address), end.port)
    }
}

impl From<SocketAddrV6> for Endpoint6 {
    fn from(socket: SocketAddrV6) -> Self {
        Endpoint6 {
            address: socket.ip().octets(),
            scope: socket.scope_id(),
            port: socket.port(),
        }
    }
}

impl From<Endpoint6> for SocketAddrV6 {
    fn from(end: Endpoint6) -> Self {
        SocketAddrV6::new(Ipv6Addr::from(end.address), end.port, 0, end.scope)
    }
}

impl FourTuple {
    /// The connection between these; `None` when they are not of one family.
    pub fn between(local: SocketAddr, remote: SocketAddr) -> Option<Self> {
        match (local, remote) {
            (SocketAddr::V4(local), SocketAddr::V4(remote)) => Some(FourTuple::V4 {
                local: local.into(),
                remote: remote.into(),
            }),
            (SocketAddr::V6(local), SocketAddr::V6(remote)) => Some(FourTuple::V6 {
                local: local.into(),
                remote: remote.into(),
            }),
            _ => None,
        }
    }

    /// Its ends, local and remote.
    pub fn ends(&self) -> (SocketAddr, SocketAddr) {
        match *self {
            FourTuple::V4 { local, remote } => {
                (SocketAddr::V4(local.into()), SocketAddr::V4(remote.into()))
            }
            FourTuple::V6 { local, remote } => {
                (SocketAddr::V6(local.into()), SocketAddr::V6(remote.into()))
            }
        }
    }
}
