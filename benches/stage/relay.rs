//! A line that takes its time: whatever goes in comes out half a round trip later, in order.
//!
//! Threads, because they wake within a tenth of a millisecond, and a timer of tokio's within one. The handshake of a
//! connection is the kernel's and takes no time, and the line is as wide as can be.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// A listener in front of a server.
pub struct Relay {
    port: u16,
    book: Arc<Mutex<Book>>,
}

/// What has gone through.
#[derive(Default)]
struct Book {
    counted: Counted,
    began: Option<Instant>,
}

/// What has gone through, headers and sign-in included.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    pub connections: u64,
    /// HTTP's.
    pub requests: u64,
    /// Bytes from the client.
    pub sent: u64,
    /// Bytes to the client.
    pub received: u64,
    /// From the first connection to the last byte that the client got.
    pub lasted: Duration,
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    ToServer,
    ToClient,
}

/// Bytes, or their end, and when they are due.
type Due = (Instant, Vec<u8>);

impl Relay {
    /// Holds back by so much each way.
    pub fn start(server: SocketAddr, delay: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let book = Arc::<Mutex<Book>>::default();
        let shared = book.clone();
        // ends with the process
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                note(&shared, |book| {
                    book.counted.connections += 1;
                    book.began.get_or_insert_with(Instant::now);
                });
                // a connection that cannot be made ends on this side, too
                _ = connect(client, server, delay, &shared);
            }
        });
        Ok(Self { port, book })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn counted(&self) -> Counted {
        note(&self.book, |book| book.counted)
    }
}

fn note<T>(book: &Mutex<Book>, write: impl FnOnce(&mut Book) -> T) -> T {
    write(&mut book.lock().unwrap_or_else(PoisonError::into_inner))
}

fn connect(
    client: TcpStream,
    server: SocketAddr,
    delay: Duration,
    book: &Arc<Mutex<Book>>,
) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    for end in [&client, &server] {
        end.set_nodelay(true)?;
    }
    let there = (Way::ToServer, client.try_clone()?, server.try_clone()?);
    for (way, from, to) in [there, (Way::ToClient, server, client)] {
        let (sender, due) = channel();
        thread::spawn(move || take(from, delay, &sender));
        let book = book.clone();
        // whoever is gone is told by the other half
        thread::spawn(move || _ = pass_on(to, way, &due, &book));
    }
    Ok(())
}

fn take(mut from: TcpStream, delay: Duration, due: &Sender<Due>) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = from.read(&mut buffer).unwrap_or(0);
        let bytes = buffer[..count].to_vec();
        if due.send((Instant::now() + delay, bytes)).is_err() || count == 0 {
            return;
        }
    }
}

fn pass_on(mut to: TcpStream, way: Way, due: &Receiver<Due>, book: &Mutex<Book>) -> io::Result<()> {
    let mut requests = Requests::default();
    for (when, bytes) in due {
        thread::sleep(when.saturating_duration_since(Instant::now()));
        if bytes.is_empty() {
            return to.shutdown(Shutdown::Write);
        }
        to.write_all(&bytes)?;
        let begun = match way {
            Way::ToServer => requests.begun_in(&bytes),
            Way::ToClient => 0,
        };
        note(book, |book| {
            let Book { counted, began } = book;
            counted.requests += begun;
            match way {
                Way::ToServer => counted.sent += bytes.len() as u64,
                Way::ToClient => {
                    counted.received += bytes.len() as u64;
                    counted.lasted = began.map_or(Duration::ZERO, |began| began.elapsed());
                }
            }
        });
    }
    Ok(())
}

/// Finds where requests begin, also where that is cut in two.
#[derive(Default)]
struct Requests {
    rest: Vec<u8>,
}

impl Requests {
    const LINE: &[u8] = b"POST /wsman HTTP/1.1\r\n";

    fn begun_in(&mut self, bytes: &[u8]) -> u64 {
        self.rest.extend_from_slice(bytes);
        let windows = self.rest.windows(Self::LINE.len());
        let found = windows.filter(|window| *window == Self::LINE).count();
        let keep = self.rest.len().min(Self::LINE.len() - 1);
        self.rest.drain(..self.rest.len() - keep);
        found as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_millis(40);

    /// What it says of a relay before a server that gives back whatever it is given.
    fn with_echo(talk: impl FnOnce(TcpStream)) -> Counted {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut from, _) = listener.accept().unwrap();
            let mut to = from.try_clone().unwrap();
            io::copy(&mut from, &mut to).unwrap();
            to.shutdown(Shutdown::Write).unwrap();
        });
        let relay = Relay::start(server, DELAY).unwrap();
        talk(TcpStream::connect(("127.0.0.1", relay.port())).unwrap());
        relay.counted()
    }

    #[test]
    fn an_echo_takes_one_round_trip() {
        with_echo(|mut stream| {
            for _ in 0..5 {
                let began = Instant::now();
                stream.write_all(b"ping").unwrap();
                stream.read_exact(&mut [0; 4]).unwrap();
                let took = began.elapsed();
                // on a busy machine it may wake late
                assert!(took >= 2 * DELAY && took < 4 * DELAY, "{took:?}");
            }
        });
    }

    #[test]
    fn many_bytes_come_in_order_and_take_no_longer() {
        let sent: Vec<u8> = (0..2_000_000_u32).map(|at| (at % 251) as u8).collect();
        let length = sent.len();
        let counted = with_echo(|mut stream| {
            let mut received = Vec::new();
            let mut out = stream.try_clone().unwrap();
            let writing = thread::spawn({
                let sent = sent.clone();
                move || {
                    out.write_all(&sent).unwrap();
                    out.shutdown(Shutdown::Write).unwrap();
                }
            });
            let began = Instant::now();
            stream.read_to_end(&mut received).unwrap();
            let took = began.elapsed();
            writing.join().unwrap();
            assert!(received == sent);
            assert!(took < 10 * DELAY, "{took:?}");
        });
        assert_eq!(counted.connections, 1);
        assert_eq!(
            (counted.sent, counted.received),
            (length as u64, length as u64)
        );
    }

    #[test]
    fn requests_are_counted_wherever_they_are_cut() {
        let text = b"POST /wsman HTTP/1.1\r\nHost: ex01\r\n\r\nPOST /wsman HTTP/1.1\r\n";
        for cut in 0..text.len() {
            let mut requests = Requests::default();
            let (one, other) = text.split_at(cut);
            assert_eq!(
                requests.begun_in(one) + requests.begun_in(other),
                2,
                "{cut}"
            );
        }
    }
}
