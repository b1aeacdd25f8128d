//! What a line of the audit log says.
//!
//! Version 2 tells of one server in each `closed`, in a list as version 1 told of all at the end, so that one reader reads
//! both. What version 1 lacks is optional.

use jiff::Timestamp;
use mapisweep_core::{
    batch::script_sha256,
    helper_run::HelperExe,
    plan::{Plan, Policy},
    text::with_causes,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    meant::Meant,
    server::{Planned, Seen},
};
use crate::servers::{ServerError, ServerResult};

/// The version of the lines; it changes when a field changes its meaning or goes.
pub const SCHEMA: u32 = 2;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    schema: u32,
    /// Of mapisweep.
    version: String,
    pub(super) time: Timestamp,
    /// The same in all lines of a run.
    pub(super) run: Uuid,
    /// Who signed in to the servers.
    user: String,
    #[serde(flatten)]
    pub(super) event: Event,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event {
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
        /// For whom, and where: by which a run that was cut off is gone on with. Optional since version 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        meant: Option<Meant>,
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
    /// The run that this one went on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumes: Option<Uuid>,
    /// What may be left on servers.
    pub left: Vec<Left>,
}

/// What runs on servers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Programs {
    helper_sha256: String,
    /// Of all that is run there besides the helper.
    #[serde(default)]
    script_sha256: String,
}

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Rules {
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

    /// By what its records are known.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Where the helper was run to list connections.
    pub fn looked(&self, time: Timestamp, servers: Vec<Looked>) -> Record {
        let programs = self.programs.clone();
        self.record(time, Event::Looked { programs, servers })
    }

    /// What is about to be done.
    pub fn before(&self, time: Timestamp, plan: &Plan, policy: &Policy) -> Record {
        let servers = plan.servers.iter().filter_map(Planned::of);
        self.record(
            time,
            Event::Closing {
                programs: self.programs.clone(),
                policy: Some(Rules::of(policy)),
                servers: servers.collect(),
                meant: None,
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
        let servers = vec![Seen::of(server, result)];
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

impl Record {
    /// With for whom it is, where connections are about to be closed.
    pub fn meaning(mut self, whom: Option<Meant>) -> Self {
        if let Event::Closing { meant, .. } = &mut self.event {
            *meant = whom;
        }
        self
    }
}

impl Looked {
    /// On a server by the name the admin gave.
    pub fn on(server: &str, listed: Result<usize, &ServerError>) -> Self {
        Self {
            server: server.to_owned(),
            connections: listed.ok(),
            error: listed.err().map(|error| with_causes(error)),
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
