//! The audit log: append-only JSON lines in the state directory; one before acting, one after.
//!
//! A line is written in one piece to a file opened for appending, so that runs at the same time do not mix. A line
//! names who did what to which connections with which helper; it never holds a secret. What servers said stands in it word
//! for word, but as escapes where a terminal would obey it or nobody would see it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::servers::{ServerError, ServerResult};
use mapisweep_core::helper_run::{HelperExe, Target, TcpConnection};
use mapisweep_core::{batch::script_sha256, plan::Plan, text::escape_json};

/// The version of the lines; it changes when a field changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// An audit log, open for appending.
#[derive(Debug)]
pub struct AuditLog {
    file: File,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    schema: u32,
    /// Of mapisweep.
    version: String,
    time: Timestamp,
    /// The same in both lines of a run.
    run: Uuid,
    /// Who signed in to the servers.
    user: String,
    #[serde(flatten)]
    event: Event,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    Closing {
        helper_sha256: String,
        /// Of all that is run there besides the helper.
        #[serde(default)]
        script_sha256: String,
        servers: Vec<Planned>,
    },
    Closed {
        servers: Vec<Seen>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Planned {
    server: String,
    accounts: Vec<String>,
    targets: Vec<Connection>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Seen {
    server: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    targets: Vec<Connection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    helper_removed: Option<bool>,
    /// Why nothing can be said about this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Connection {
    local: SocketAddr,
    remote: SocketAddr,
    pid: u32,
    image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// The Windows error code of a failed close.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
}

/// One run, which leaves two records with the same id.
#[derive(Debug, Clone)]
pub struct Run {
    id: Uuid,
    user: String,
}

impl Run {
    /// A run of this user.
    pub fn new(user: String) -> Self {
        let id = Uuid::new_v4();
        Self { id, user }
    }

    /// What is about to be done.
    pub fn before(&self, time: Timestamp, plan: &Plan, exe: &HelperExe) -> Record {
        let servers = plan.servers.iter().filter_map(|server| {
            let targets: Vec<_> = server.targets().map(Connection::planned).collect();
            (!targets.is_empty()).then(|| Planned {
                server: server.snapshot.server.clone(),
                accounts: server.closed_accounts(),
                targets,
            })
        });
        self.record(
            time,
            Event::Closing {
                helper_sha256: exe.sha256().to_owned(),
                script_sha256: script_sha256(),
                servers: servers.collect(),
            },
        )
    }

    /// What was seen to become of it.
    pub fn after(
        &self,
        time: Timestamp,
        seen: &[(String, Result<ServerResult, ServerError>)],
    ) -> Record {
        let servers = seen
            .iter()
            .map(|(server, result)| Seen::new(server, result))
            .collect();
        self.record(time, Event::Closed { servers })
    }

    fn record(&self, time: Timestamp, event: Event) -> Record {
        Record {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time,
            run: self.id,
            user: self.user.clone(),
            event,
        }
    }
}

impl Seen {
    fn new(server: &str, result: &Result<ServerResult, ServerError>) -> Self {
        let server = server.to_owned();
        match result {
            Ok(result) => Self {
                server,
                targets: result.targets.iter().map(Connection::seen).collect(),
                helper_removed: Some(result.helper_removed),
                error: None,
            },
            Err(error) => Self {
                server,
                targets: Vec::new(),
                helper_removed: None,
                error: Some(error.to_string()),
            },
        }
    }
}

impl Connection {
    fn planned(connection: &TcpConnection) -> Self {
        Self {
            local: connection.local,
            remote: connection.remote,
            pid: connection.pid,
            image: connection.image.clone(),
            outcome: None,
            code: None,
        }
    }

    fn seen(target: &Target) -> Self {
        Self {
            outcome: target.outcome.map(|outcome| outcome.word().to_owned()),
            code: target.code,
            ..Self::planned(&target.connection)
        }
    }
}

impl AuditLog {
    /// The file's place inside the state directory.
    pub fn path_in(state_dir: &Path) -> PathBuf {
        state_dir.join("audit.jsonl")
    }

    /// Opens the log for appending, and makes it and its directory where there is none; only the owner may read it.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(Self { file })
    }

    /// Appends one record as one line and waits until it is on the disk.
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut line = escape_json(&serde_json::to_string(record)?);
        line.push('\n');
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests;
