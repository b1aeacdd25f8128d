//! A web server that offers every way to sign in and keeps what was shown to it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// Listens for as long as the test's process lives.
pub struct Listener {
    address: SocketAddr,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let tokens = Arc::default();
        let kept = Arc::clone(&tokens);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                answer(socket, &kept);
            }
        });
        Self { address, tokens }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What stood in `Authorization`.
    pub fn tokens(&self) -> Vec<String> {
        self.tokens.lock().unwrap().clone()
    }
}

fn answer(socket: TcpStream, tokens: &Mutex<Vec<String>>) {
    for line in BufReader::new(&socket).lines().map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
        if line.to_lowercase().starts_with("authorization:") {
            tokens.lock().unwrap().push(line);
        }
    }
    let offers =
        "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Kerberos\r\nWWW-Authenticate: NTLM\r\n";
    // whoever has gone needs no answer
    _ = write!(
        &socket,
        "HTTP/1.1 401 Unauthorized\r\n{offers}Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
}
