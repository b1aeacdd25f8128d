//! Clients whose connections were closed in earlier runs, too; and what other runs closed meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead,
    net::IpAddr,
    path::Path,
};

use jiff::Timestamp;
use uuid::Uuid;

use super::{AuditLog, LogError, Record, record::Event, server::Seen};

/// A client that is back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Where it is.
    pub address: IpAddr,
    /// In how many earlier runs connections of it were seen to be closed.
    pub runs: usize,
    /// When the first of these was.
    pub first: Timestamp,
}

impl Returned {
    /// Those of these addresses that earlier runs closed, since then, as this log tells; who is back most often first.
    ///
    /// # Errors
    /// There is a log, and it cannot be read.
    pub fn among(
        path: &Path,
        addresses: &BTreeSet<IpAddr>,
        this_run: Uuid,
        since: Timestamp,
    ) -> Result<Vec<Self>, LogError> {
        match AuditLog::open_existing(path)? {
            Some(log) => Ok(Self::among_in(log, addresses, this_run, since)?),
            None => Ok(Vec::new()),
        }
    }

    /// The same in these lines.
    pub(super) fn among_in(
        log: impl BufRead,
        addresses: &BTreeSet<IpAddr>,
        this_run: Uuid,
        since: Timestamp,
    ) -> std::io::Result<Vec<Self>> {
        let mut seen: BTreeMap<IpAddr, (BTreeSet<Uuid>, Timestamp)> = BTreeMap::new();
        for closing in closings_of_others(log, this_run, since) {
            let Closing { run, time, servers } = closing?;
            let clients = servers.iter().flat_map(|server| server.closed_clients());
            for client in clients.filter(|client| addresses.contains(client)) {
                let (runs, first) = seen
                    .entry(client)
                    .or_insert_with(|| (BTreeSet::new(), time));
                runs.insert(run);
                *first = time.min(*first);
            }
        }
        let returned = seen.into_iter().map(|(address, (runs, first))| Self {
            address,
            runs: runs.len(),
            first,
        });
        let mut returned: Vec<_> = returned.collect();
        returned.sort_by_key(|client| std::cmp::Reverse(client.runs));
        Ok(returned)
    }
}

/// Where other runs of this computer closed something meanwhile.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// The servers, by the names that were given then.
    pub servers: BTreeSet<String>,
}

impl Beside {
    /// Since then, as this log tells.
    ///
    /// # Errors
    /// There is a log, and it cannot be read.
    pub fn this(path: &Path, this_run: Uuid, since: Timestamp) -> Result<Self, LogError> {
        match AuditLog::open_existing(path)? {
            Some(log) => Ok(Self::this_in(log, this_run, since)?),
            None => Ok(Self::default()),
        }
    }

    /// The same in these lines.
    pub(super) fn this_in(
        log: impl BufRead,
        this_run: Uuid,
        since: Timestamp,
    ) -> std::io::Result<Self> {
        let mut beside = Self::default();
        for closing in closings_of_others(log, this_run, since) {
            let servers = closing?.servers.into_iter();
            let closed = servers.filter(|server| server.closed_clients().next().is_some());
            beside.servers.extend(closed.map(|server| server.server));
        }
        Ok(beside)
    }
}

/// What a run recorded of its closing.
struct Closing {
    run: Uuid,
    time: Timestamp,
    servers: Vec<Seen>,
}

/// Those of other runs, since then. A line that cannot be read is none of ours, or was cut short.
fn closings_of_others(
    log: impl BufRead,
    this_run: Uuid,
    since: Timestamp,
) -> impl Iterator<Item = std::io::Result<Closing>> {
    let of_line = move |line: Vec<u8>| {
        let Record {
            run, time, event, ..
        } = serde_json::from_slice(&line).ok()?;
        match event {
            Event::Closed { servers } if run != this_run && time >= since => {
                Some(Closing { run, time, servers })
            }
            _ => None,
        }
    };
    log.split(b'\n')
        .filter_map(move |line| line.map(of_line).transpose())
}
