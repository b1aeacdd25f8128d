//! A TCP connection of the server, as the helper sees it.

use std::net::{IpAddr, SocketAddr};

use mapisweep_helper::State;

/// One TCP connection of the server, with the process that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TcpConnection {
    /// The server's end.
    pub local: SocketAddr,
    /// The client's end.
    pub remote: SocketAddr,
    /// Its TCP state.
    pub state: TcpState,
    /// Owning process.
    pub pid: u32,
    /// Image name of the owning process: `store.exe`.
    pub image: String,
}

/// The state of a TCP connection, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TcpState {
    /// Both ends may send.
    Established,
    /// The client has closed, the server's process has not.
    CloseWait,
    /// Listening, opening or already ending: nothing to close.
    Other,
}

impl TcpConnection {
    /// The client's address, an IPv4 one also where it comes mapped into IPv6.
    pub fn client(&self) -> IpAddr {
        self.remote.ip().to_canonical()
    }

    /// Whether closing it could end a session.
    pub fn carries_a_session(&self) -> bool {
        matches!(self.state, TcpState::Established | TcpState::CloseWait)
    }
}

impl From<State> for TcpState {
    fn from(state: State) -> Self {
        match state {
            State::ESTABLISHED => Self::Established,
            State::CLOSE_WAIT => Self::CloseWait,
            _ => Self::Other,
        }
    }
}
