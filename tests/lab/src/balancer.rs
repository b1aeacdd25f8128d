//! A load balancer: one address before several servers.

use std::{io, net::SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Passes connections on, each to its own server; dropping it closes the address, and leaves the connections.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Balancer {
    /// The first connection goes to the first of these, the next to the next, and all that are left to the last.
    pub async fn before(servers: &[SocketAddr]) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let servers = servers.to_vec();
        let accepting = tokio::spawn(async move {
            let mut next = 0;
            while let (Ok((mut client, _)), Some(&server)) =
                (listener.accept().await, servers.get(next))
            {
                next = (next + 1).min(servers.len() - 1);
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(server).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        Ok(Self { address, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
