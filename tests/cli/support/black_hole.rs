//! A server that drops packets.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use rustix::{
    fd::OwnedFd,
    net::{AddressFamily, SocketType, bind, getsockname, listen, socket},
};

/// A listener whose backlog is full: whoever connects hears nothing at all.
pub struct BlackHole {
    _listener: OwnedFd,
    _waiting: Vec<TcpStream>,
    address: SocketAddr,
}

impl BlackHole {
    /// On a free loopback port.
    pub fn new() -> Self {
        let listener = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        bind(&listener, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        listen(&listener, 0).expect("a listener");
        let address = getsockname(&listener).expect("an address");
        let address = SocketAddr::try_from(address).expect("an IPv4 address");
        let mut waiting = Vec::new();
        let patience = std::time::Duration::from_millis(200);
        while let Ok(stream) = TcpStream::connect_timeout(&address, patience) {
            waiting.push(stream);
        }
        Self {
            _listener: listener,
            _waiting: waiting,
            address,
        }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The argument that sends the connection to a server of this name here.
    pub fn instead_of(&self, server: &str) -> String {
        format!("--connect-to={server}={}", self.address())
    }
}
