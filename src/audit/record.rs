//! What a line of the audit log says.
//!
//! Version 2 tells of one server in each `closed`, in a list as version 1 told of all at the end, so that one reader reads
//! both. What version 1 lacks is optional.

use std::{error::Error, net::SocketAddr};

use jiff::Timestamp;
use mapisweep_core::{
    batch::script_sha256,
    exchange::Gap,
    helper_run::{HelperExe, RunError, Target, TcpConnection},
    plan::{Plan, Policy, UserHoldings},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::servers::{ServerError, ServerResult, act::After};

/// The version of the lines; it changes when a field changes its meaning or goes.
pub const SCHEMA: u32 = 2;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    schema: u32,
    /// Of mapisweep.
    version: String,
    time: Timestamp,
    /// The same in all lines of a run.
    run: Uuid,
    /// Who signed in to the servers.
    user: String,
    #[serde(flatten)]
    event: Event,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    /// The helper listed connections; that closes none.
    Looked {
        #[serde(flatten)]
        programs: Programs,
        servers: Vec<Looked>,
    },
    /// Connections are about to be closed.
    Closing {
        #[serde(flatten)]
        programs: Programs,
        #[serde(default)]
        policy: Option<Rules>,
        servers: Vec<Planned>,
    },
    /// What was seen to become of that.
    Closed { servers: Vec<Seen> },
    /// The run is over.
    Ended(Ending),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// What it was to do.
    pub command: String,
    /// The exit code.
    pub exit: u8,
    /// Why it came to no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// No server was told to close anything.
    pub nothing_closed: bool,
    /// What may be left on servers.
    pub left: Vec<Left>,
}

/// What runs on servers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Programs {
    helper_sha256: String,
    /// Of all that is run there besides the helper.
    #[serde(default)]
    script_sha256: String,
}

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rules {
    idle_seconds: u64,
    close_in_use: bool,
    close_shared: bool,
    max_connections: usize,
    protected: Vec<Network>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Network {
    network: String,
    reason: String,
}

/// How listing connections on a server ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// The server, by the name the admin gave.
    server: String,
    /// How many connections the helper listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<usize>,
    /// Why none were: then the helper may have run or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Planned {
    server: String,
    accounts: Vec<String>,
    targets: Vec<Connection>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Seen {
    server: String,
    /// Everything planned was seen done.
    verified: bool,
    /// With an error: whether connections may be closed nevertheless.
    #[serde(skip_serializing_if = "Option::is_none")]
    may_be_closed: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    targets: Vec<Connection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    helper_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    helper_removed: Option<bool>,
    /// What the users held and hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<Holdings>,
    /// Old logons from closed addresses that are still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    lingering: Option<usize>,
    /// Why logons may be missing from what was seen afterwards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<String>,
    /// Why the logons could not be seen afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    unseen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    /// Why nothing can be said about this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Sessions, or logons where the server does not tell sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Holdings {
    account: String,
    before: usize,
    after: Option<usize>,
    /// Those of Exchange's own services, which are not in the others.
    service_before: usize,
    service_after: Option<usize>,
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
    /// The helper's own reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// What may be left on a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The server, by the name the admin gave.
    pub server: String,
    /// What, and why that is not known better.
    pub what: String,
}

/// One run, whose records have the same id.
#[derive(Debug, Clone)]
pub struct Run {
    id: Uuid,
    user: String,
    programs: Programs,
}

impl Run {
    /// A run of this user, with this helper.
    pub fn new(user: String, exe: &HelperExe) -> Self {
        Self {
            id: Uuid::new_v4(),
            user,
            programs: Programs {
                helper_sha256: exe.sha256().to_owned(),
                script_sha256: script_sha256(),
            },
        }
    }

    /// Where the helper was run to list connections.
    pub fn looked(&self, time: Timestamp, servers: Vec<Looked>) -> Record {
        let programs = self.programs.clone();
        self.record(time, Event::Looked { programs, servers })
    }

    /// What is about to be done.
    pub fn before(&self, time: Timestamp, plan: &Plan, policy: &Policy) -> Record {
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
                programs: self.programs.clone(),
                policy: Some(Rules::of(policy)),
                servers: servers.collect(),
            },
        )
    }

    /// What was seen to become of it on one server.
    pub fn after(
        &self,
        time: Timestamp,
        server: &str,
        result: &Result<ServerResult, ServerError>,
    ) -> Record {
        let seen = match result {
            Ok(result) => Seen::of(result),
            Err(error) => Seen {
                server: server.to_owned(),
                may_be_closed: Some(may_be_closed(error)),
                error: Some(whole(error)),
                ..Seen::default()
            },
        };
        let servers = vec![seen];
        self.record(time, Event::Closed { servers })
    }

    /// How it ended.
    pub fn ended(&self, time: Timestamp, ending: Ending) -> Record {
        self.record(time, Event::Ended(ending))
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

impl Looked {
    /// On a server by the name the admin gave.
    pub fn on(server: &str, listed: Result<usize, &ServerError>) -> Self {
        Self {
            server: server.to_owned(),
            connections: listed.ok(),
            error: listed.err().map(|error| whole(error)),
        }
    }
}

impl Rules {
    fn of(policy: &Policy) -> Self {
        let protected = policy.protected.iter().map(|rule| Network {
            network: rule.network.to_string(),
            reason: rule.reason.clone(),
        });
        Self {
            idle_seconds: policy.idle.as_secs(),
            close_in_use: policy.close_in_use,
            close_shared: policy.close_shared,
            max_connections: policy.max_connections,
            protected: protected.collect(),
        }
    }
}

impl Seen {
    fn of(result: &ServerResult) -> Self {
        let whole_after = result.after.as_ref().ok().filter(|after| after.is_whole());
        let gaps = result.after.as_ref().map_or(&[][..], |after| &after.gaps);
        Self {
            server: result.server.clone(),
            verified: result.is_verified(),
            may_be_closed: None,
            targets: result.targets.iter().map(Connection::seen).collect(),
            helper_path: Some(result.helper_path.clone()),
            helper_removed: Some(result.helper_removed),
            users: Holdings::all(&result.before, whole_after),
            lingering: whole_after.map(|after| after.lingering),
            gaps: gaps.iter().map(Gap::to_string).collect(),
            unseen: result.after.as_ref().err().map(|error| whole(error)),
            seconds: Some(result.took.as_secs_f64()),
            error: None,
        }
    }
}

impl Holdings {
    fn all(before: &[UserHoldings], after: Option<&After>) -> Vec<Self> {
        let users = before.iter().enumerate();
        let user = |(index, before): (usize, &UserHoldings)| {
            let after = after.and_then(|after| after.users.get(index));
            Self {
                account: before.account.clone(),
                before: before.held.count,
                after: after.map(|after| after.held.count),
                service_before: before.services.count,
                service_after: after.map(|after| after.services.count),
            }
        };
        users.map(user).collect()
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
            why: None,
        }
    }

    fn seen(target: &Target) -> Self {
        Self {
            outcome: target.outcome.map(|outcome| outcome.word().to_owned()),
            code: target.code,
            why: (!target.why.is_empty()).then(|| target.why.clone()),
            ..Self::planned(&target.connection)
        }
    }
}

/// Whether that nothing was closed is not certain. What is not known to come before the helper's work may come after it.
fn may_be_closed(error: &ServerError) -> bool {
    match error {
        ServerError::Interrupted | ServerError::NotTried { .. } => false,
        ServerError::Helper(error) => !matches!(
            error,
            RunError::AlreadyThere(_)
                | RunError::NotWritten(_)
                | RunError::HashDiffers(_)
                | RunError::NotStarted { .. }
        ),
        error => !error.is_refused_pipeline(),
    }
}

/// An error and its causes, in one line.
pub fn whole(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // an error that is shown as its own cause is told once
        if !line.ends_with(text.trim_end()) {
            line.push_str(": ");
            line.push_str(text.trim_end());
        }
        cause = error.source();
    }
    line
}
