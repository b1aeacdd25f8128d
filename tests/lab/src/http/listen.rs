//! The port: accepting connections, refusing them, and resetting one.

use std::{io, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use socket2::{SockRef, Socket};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Mutex,
    task::JoinSet,
};

use super::{Connection, sign_in::SignIn, tls::ServerTls};
use crate::winrm::WinRm;

/// How long new connections are refused at least.
const REFUSING: Duration = Duration::from_millis(300);

/// Accepts HTTP and, on the same port, HTTPS, until it is dropped.
pub(crate) async fn serve(winrm: Arc<WinRm>, tls: ServerTls, mut listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                connections.spawn(welcome(winrm.clone(), tls.clone(), stream));
                while connections.try_join_next().is_some() {}
            }
            () = winrm.refuses.notified() => {
                connections.shutdown().await;
                let Ok(opened_anew) = refuse(&winrm, listener).await else { return };
                listener = opened_anew;
            }
        }
    }
}

/// Nothing listens any more, and the port stays ours.
async fn refuse(winrm: &WinRm, listener: TcpListener) -> io::Result<TcpListener> {
    let address = listener.local_addr()?;
    drop(listener);
    let reserved = TcpSocket::new_v4()?;
    reserved.set_reuseaddr(true)?;
    reserved.bind(address)?;
    tokio::time::sleep(REFUSING).await;
    while winrm.faults().from_exchange.is_some() {
        tokio::time::sleep(REFUSING).await;
    }
    drop(reserved);
    TcpListener::bind(address).await
}

/// Tells TLS from plain HTTP by the first byte.
async fn welcome(winrm: Arc<WinRm>, tls: ServerTls, stream: TcpStream) -> io::Result<()> {
    const TLS_HANDSHAKE: u8 = 0x16;
    stream.set_nodelay(true)?;
    let line = SockRef::from(&stream).try_clone()?;
    let mut first = [0];
    stream.peek(&mut first).await?;
    if first == [TLS_HANDSHAKE] {
        let stream = tls.acceptor.accept(stream).await?;
        serve_connection(winrm, Some(tls.certificate_hash), line, stream).await
    } else {
        serve_connection(winrm, None, line, stream).await
    }
}

async fn serve_connection(
    winrm: Arc<WinRm>,
    certificate_hash: Option<[u8; 32]>,
    line: Socket,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<()> {
    let connection = Arc::new(Connection {
        winrm,
        certificate_hash,
        sign_in: Mutex::new(SignIn::Anonymous),
        reset: Arc::default(),
    });
    let reset = connection.reset.clone();
    let service = service_fn(move |request| {
        let connection = connection.clone();
        async move { connection.answer(request).await }
    });
    tokio::select! {
        ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service) => {
            ended.map_err(io::Error::other)
        }
        // without lingering, closing is a reset
        () = reset.notified() => line.set_linger(Some(Duration::ZERO)),
    }
}
