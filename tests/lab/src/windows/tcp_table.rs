//! A machine's table of TCP connections.
//!
//! Endpoints in it are fictional (10.1.4.23:51234 to 10.0.0.11:6001), so that what one may do to loopback addresses
//! never matters; behind each row of a mail client stands a real loopback connection.

use std::net::SocketAddr;

use tokio::sync::oneshot;

/// One row, as `GetExtendedTcpTable` would tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpRow {
    /// The server's endpoint.
    pub local: SocketAddr,
    /// The client's endpoint.
    pub remote: SocketAddr,
    /// MIB_TCP_STATE: 2 listen, 5 established.
    pub state: u32,
    /// Owning process.
    pub pid: u32,
    /// Its image name.
    pub image: String,
}

/// MIB_TCP_STATE_LISTEN.
pub(crate) const LISTEN: u32 = 2;
/// MIB_TCP_STATE_ESTAB.
pub(crate) const ESTABLISHED: u32 = 5;

#[derive(Debug, Default)]
pub(crate) struct TcpTable {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    row: TcpRow,
    /// The real connection lives as long as this; its task notices when it is dropped, and sends RST.
    _connection: Option<oneshot::Sender<()>>,
}

impl TcpTable {
    /// Adds a row without a real connection behind it: a listener, or another program's business.
    pub fn add_scenery(&mut self, row: TcpRow) {
        self.entries.push(Entry {
            row,
            _connection: None,
        });
    }

    /// Adds a row; the returned receiver resolves (with an error) when the row is removed.
    pub fn add(&mut self, row: TcpRow) -> oneshot::Receiver<()> {
        let (sender, removed) = oneshot::channel();
        self.entries.push(Entry {
            row,
            _connection: Some(sender),
        });
        removed
    }

    pub fn rows(&self) -> Vec<TcpRow> {
        self.entries.iter().map(|entry| entry.row.clone()).collect()
    }

    /// Removes the row with these endpoints; `false` when there is none. A listener has no connection to delete.
    pub fn delete(&mut self, local: SocketAddr, remote: SocketAddr) -> bool {
        let before = self.entries.len();
        self.entries.retain(|Entry { row, .. }| {
            row.state == LISTEN || row.local != local || row.remote != remote
        });
        self.entries.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(remote: &str) -> TcpRow {
        TcpRow {
            local: "10.0.0.11:6001".parse().unwrap(),
            remote: remote.parse().unwrap(),
            state: ESTABLISHED,
            pid: 1,
            image: "store.exe".into(),
        }
    }

    #[tokio::test]
    async fn deleting_a_row_ends_its_connection_and_no_other() {
        let mut table = TcpTable::default();
        let first = table.add(row("10.1.4.23:1"));
        let mut second = table.add(row("10.1.4.23:2"));

        assert!(table.delete(row("10.1.4.23:1").local, row("10.1.4.23:1").remote));

        assert!(first.await.is_err());
        assert!(second.try_recv() == Err(oneshot::error::TryRecvError::Empty));
        assert!(!table.delete(row("10.1.4.23:1").local, row("10.1.4.23:1").remote));
    }
}
