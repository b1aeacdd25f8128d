//! In place of `wine.rs` where there is no Linux: there is no such site, so nothing is ever asked of one.

use std::{
    future::Ready,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use tokio::net::TcpStream;

use crate::{fault::HelperFault, organization::ServerSpec, windows::helper::Ended, world::World};

/// A server under Wine, which there is on Linux only.
pub enum Site {}

impl Site {
    /// Says that there is none.
    pub fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// What is not there that a [`Site`] needs.
pub fn missing() -> Option<&'static str> {
    Some("not Linux, which has network namespaces")
}

pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

pub(crate) struct Store;

impl Store {
    pub async fn start(
        site: Arc<Site>,
        _: Arc<World>,
        _: ServerSpec,
    ) -> io::Result<(Self, Ready<()>)> {
        match *site {}
    }
}

pub(crate) async fn connect(site: Arc<Site>, _: IpAddr) -> io::Result<(TcpStream, SocketAddr)> {
    match *site {}
}

pub(crate) async fn run_helper(
    site: &Site,
    _: &[u8],
    _: &[String],
    _: &str,
    _: HelperFault,
) -> io::Result<Ended> {
    match *site {}
}
