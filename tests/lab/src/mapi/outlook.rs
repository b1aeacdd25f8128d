//! Simulated mail clients, with real TCP connections.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use super::hello::{Answer, Client, ClientMode, Hello, Logon, PING, PONG, Refusal};
use crate::wine::{self, Testbed};

/// How long a ping may take on loopback before its connection counts as dead.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where clients of one lab are: their source ports, and the connections of those that lost their network.
#[derive(Debug, Default)]
pub(crate) struct Field {
    ports: AtomicU16,
    silent: Mutex<Vec<BufReader<TcpStream>>>,
}

impl Field {
    /// A source port from the dynamic range, in turn.
    fn next_port(&self) -> u16 {
        const FIRST: u16 = 49152;
        FIRST + self.ports.fetch_add(1, Ordering::Relaxed) % (u16::MAX - FIRST)
    }
}

/// How the process to connect to is reached.
#[derive(Clone)]
pub(crate) enum Route {
    /// Where it really listens.
    Loopback(SocketAddr),
    /// Under Wine.
    Testbed(Arc<Testbed>),
}

/// A mail client about to connect: `lab.outlook("jsmith").from("10.1.4.23").sessions(3).connect()`.
#[derive(Clone)]
pub struct OutlookSpec {
    pub(crate) field: Arc<Field>,
    pub(crate) server: Route,
    account: String,
    mailbox: String,
    from: IpAddr,
    connections: usize,
    sessions: usize,
    logons_per_session: usize,
    client: Client,
    says_its_address: bool,
    logged_on_ago: Duration,
    idle: Duration,
}

impl OutlookSpec {
    pub(crate) fn new(field: Arc<Field>, server: Route, account: &str) -> Self {
        Self {
            field,
            server,
            account: account.to_owned(),
            mailbox: account.to_owned(),
            from: IpAddr::from([10, 1, 4, 23]),
            connections: 1,
            sessions: 1,
            logons_per_session: 1,
            client: Client {
                name: format!("{}-PC", account.to_ascii_uppercase()),
                version: "12.6504.5000".to_owned(),
                mode: ClientMode::Cached,
                address: None,
            },
            says_its_address: true,
            logged_on_ago: Duration::ZERO,
            idle: Duration::ZERO,
        }
    }

    /// The address it connects from: a fictional one, under Wine a real one.
    ///
    /// # Panics
    /// When the text is not an IP address.
    pub fn from(mut self, address: &str) -> Self {
        self.from = address.parse().expect("an IP address");
        self
    }

    /// Opens another user's mailbox.
    pub fn mailbox(mut self, account: &str) -> Self {
        self.mailbox = account.to_owned();
        self
    }

    /// TCP connections of its association; one unless said otherwise.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Sessions it opens; one unless said otherwise.
    pub fn sessions(mut self, sessions: usize) -> Self {
        self.sessions = sessions;
        self
    }

    /// Rows of `Get-LogonStatistics` for each session; one unless said otherwise.
    pub fn logons_per_session(mut self, logons: usize) -> Self {
        self.logons_per_session = logons;
        self
    }

    /// The computer's name.
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.client.name);
        self
    }

    /// Cached mode unless said otherwise.
    pub fn mode(mut self, mode: ClientMode) -> Self {
        self.client.mode = mode;
        self
    }

    /// Says another address of itself than the one it connects from, as behind NAT.
    ///
    /// # Panics
    /// When the text is not an IP address.
    pub fn claiming(mut self, address: &str) -> Self {
        self.client.address = Some(address.parse().expect("an IP address"));
        self
    }

    /// Says no address of itself.
    pub fn claiming_nothing(mut self) -> Self {
        self.says_its_address = false;
        self
    }

    /// It logged on that long ago, and has been idle since.
    pub fn since(mut self, ago: Duration) -> Self {
        self.logged_on_ago = ago;
        self.idle = ago;
        self
    }

    /// It last did something that long ago.
    pub fn idle(mut self, ago: Duration) -> Self {
        self.idle = ago;
        self
    }

    /// Connects and logs on.
    ///
    /// # Errors
    /// [`ConnectError::Refused`] when the store does not let it in, above all at the session limit.
    pub async fn connect(self) -> Result<Outlook, ConnectError> {
        let (first, association) = self.open(|from| Hello::Logon(self.logon(from))).await?;
        let mut connections = vec![first];
        for _ in 1..self.connections {
            let (further, _) = self.open(|from| Hello::Join { association, from }).await?;
            connections.push(further);
        }
        Ok(Outlook {
            field: self.field,
            connections,
        })
    }

    async fn open(
        &self,
        hello: impl FnOnce(SocketAddr) -> Hello,
    ) -> Result<(BufReader<TcpStream>, u64), ConnectError> {
        let (stream, from) = match &self.server {
            Route::Loopback(server) => {
                let from = SocketAddr::new(self.from, self.field.next_port());
                (TcpStream::connect(server).await?, from)
            }
            Route::Testbed(testbed) => wine::connect(testbed.clone(), self.from).await?,
        };
        let mut stream = BufReader::new(stream);
        let mut text = serde_json::to_vec(&hello(from)).map_err(io::Error::from)?;
        text.push(b'\n');
        stream.write_all(&text).await?;
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match serde_json::from_str(&line).map_err(io::Error::from)? {
            Answer::Welcome { association } => Ok((stream, association)),
            Answer::Refused(refusal) => Err(ConnectError::Refused(refusal)),
        }
    }

    fn logon(&self, from: SocketAddr) -> Logon {
        let mut client = self.client.clone();
        client.address = client
            .address
            .or(Some(self.from))
            .filter(|_| self.says_its_address);
        let now = Timestamp::now();
        Logon {
            from,
            account: self.account.clone(),
            mailbox: self.mailbox.clone(),
            sessions: self.sessions,
            logons_per_session: self.logons_per_session,
            client,
            logged_on: now - jiff::SignedDuration::try_from(self.logged_on_ago).unwrap_or_default(),
            last_access: now - jiff::SignedDuration::try_from(self.idle).unwrap_or_default(),
        }
    }
}

/// Why a mail client could not log on.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The store said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The connection failed.
    #[error("cannot connect to the store")]
    Io(#[from] io::Error),
}

/// A mail client that is logged on. Dropping it closes its connections in good order.
#[derive(Debug)]
pub struct Outlook {
    field: Arc<Field>,
    connections: Vec<BufReader<TcpStream>>,
}

impl Outlook {
    /// Does something on every connection; `true` when the store answered on all of them. Counts as use.
    pub async fn is_alive(&mut self) -> bool {
        for connection in &mut self.connections {
            if !matches!(timeout(PATIENCE, ping(connection)).await, Ok(Ok(()))) {
                return false;
            }
        }
        true
    }

    /// Waits until the server has reset every connection; `false` when one is still there after ten seconds, or
    /// ended otherwise.
    pub async fn wait_reset(&mut self) -> bool {
        for connection in &mut self.connections {
            let mut rest = Vec::new();
            match timeout(PATIENCE, connection.read_to_end(&mut rest)).await {
                Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => {}
                _ => return false,
            }
        }
        true
    }

    /// The client's network is gone: nobody reads or answers any more, and nobody hangs up either. The server goes
    /// on believing in the connections, which stay for as long as the lab does.
    pub fn lose_network(self) {
        self.field
            .silent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(self.connections);
    }
}

async fn ping(connection: &mut BufReader<TcpStream>) -> io::Result<()> {
    connection.write_all(format!("{PING}\n").as_bytes()).await?;
    let mut line = String::new();
    connection.read_line(&mut line).await?;
    if line.trim_end() == PONG {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
