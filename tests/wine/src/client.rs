//! A client's end of a connection.

use std::{
    fmt,
    fs::File,
    io::{self, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use nix::sched::{CloneFlags, setns};
use socket2::{Domain, Socket, Type};

/// A connection as its client has it.
#[derive(Debug)]
pub struct Client {
    /// The server's end.
    pub server: SocketAddr,
    /// This end.
    pub address: SocketAddr,
    stream: TcpStream,
}

impl Client {
    /// Connects within a namespace.
    pub(crate) fn connect(namespace: File, from: IpAddr, to: SocketAddr) -> io::Result<Self> {
        // a thread is in a namespace, and a socket stays in that of the thread that made it
        let stream = thread::spawn(move || {
            setns(namespace, CloneFlags::CLONE_NEWNET)?;
            let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
            socket.bind(&SocketAddr::new(from, 0).into())?;
            socket.connect_timeout(&to.into(), Duration::from_secs(5))?;
            Ok::<_, io::Error>(TcpStream::from(socket))
        });
        let stream = stream.join().expect("connecting does not panic")?;
        stream.set_nonblocking(true)?;
        Ok(Client {
            server: to,
            address: stream.local_addr()?,
            stream,
        })
    }

    /// Says a line to the program that holds the connection.
    pub fn say(&mut self, line: impl fmt::Display) -> io::Result<()> {
        writeln!(self.stream, "{line}")
    }

    /// Its socket, which does not block.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Whether it was reset.
    pub fn is_reset(&mut self) -> bool {
        self.state() == Some(io::ErrorKind::ConnectionReset)
    }

    /// Whether it is reset within two seconds.
    pub fn gets_reset(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(2);
        while Instant::now() < deadline {
            if self.is_reset() {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// Whether it is open: neither reset nor ended.
    pub fn is_open(&mut self) -> bool {
        self.state() == Some(io::ErrorKind::WouldBlock)
    }

    /// Why nothing can be read: the server never sends anything.
    fn state(&mut self) -> Option<io::ErrorKind> {
        let mut byte = [0];
        self.stream
            .read_exact(&mut byte)
            .err()
            .map(|error| error.kind())
    }
}
