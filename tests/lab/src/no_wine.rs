//! In place of `wine.rs` where there is no Linux: there is no such testbed, so nothing is ever asked of one.

use std::{
    future::Ready,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use tokio::net::TcpStream;

use crate::{fault::HelperFault, organization::ServerSpec, windows::helper::Ended, world::World};

/// A server under Wine, which there is on Linux only.
pub enum Testbed {}

impl Testbed {
    /// Says that there is none.
    pub fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// What is not there that a [`Testbed`] needs.
pub fn missing() -> Option<&'static str> {
    Some("not Linux, which has network namespaces")
}

pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

pub(crate) struct Store;

impl Store {
    pub async fn start(
        testbed: Arc<Testbed>,
        _: Arc<World>,
        _: ServerSpec,
    ) -> io::Result<(Self, Ready<()>)> {
        match *testbed {}
    }
}

pub(crate) async fn connect(
    testbed: Arc<Testbed>,
    _: IpAddr,
) -> io::Result<(TcpStream, SocketAddr)> {
    match *testbed {}
}

pub(crate) async fn run_helper(
    testbed: &Testbed,
    _: &[u8],
    _: &[String],
    _: &str,
    _: HelperFault,
) -> io::Result<Ended> {
    match *testbed {}
}
