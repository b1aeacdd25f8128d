//! One name with several addresses, which may be as many computers: the one that answered first is kept.

use std::net::{IpAddr, Ipv4Addr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::*;

const FIRST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// The way to the server by one of its addresses, for as long as this lives.
struct Way(JoinHandle<()>);

impl Way {
    async fn open(at: Ipv4Addr, port: u16, server: &Server) -> (Self, u16) {
        let listener = TcpListener::bind((at, port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = server.port;
        let accepting = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        (Self(accepting), port)
    }

    async fn close(self) {
        self.0.abort();
        _ = self.0.await;
    }
}

fn named(port: u16) -> Arc<Peer> {
    let dial = HostPort {
        host: "mail".into(),
        port,
    };
    let peer = peer(Scheme::Http, "mail", dial, PASSWORD, Options::default()).unwrap();
    peer.addresses.known(&[FIRST, SECOND].map(IpAddr::from));
    Arc::new(peer)
}

async fn exchange(peer: &Arc<Peer>) -> Result<Reply, Error> {
    Connection::new(Arc::clone(peer)).exchange("one").await
}

#[tokio::test]
async fn after_the_first_answer_no_other_address_is_taken() {
    let server = Server::start(good()).await;
    let (first, port) = Way::open(FIRST, 0, &server).await;
    let (_second, _) = Way::open(SECOND, port, &server).await;
    let peer = named(port);
    exchange(&peer).await.unwrap();
    exchange(&peer).await.unwrap();

    first.close().await;
    let error = exchange(&peer).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_dead_address_stops_nobody_and_is_not_taken_when_it_is_alive_again() {
    let server = Server::start(good()).await;
    let (second, port) = Way::open(SECOND, 0, &server).await;
    let peer = named(port);
    exchange(&peer).await.unwrap();

    let (_first, _) = Way::open(FIRST, port, &server).await;
    exchange(&peer).await.unwrap();
    second.close().await;
    let error = exchange(&peer).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}
