//! What a record says of one server.

use std::net::{IpAddr, SocketAddr};

use mapisweep_core::{
    exchange::Gap,
    helper_run::{Outcome, Target, TcpConnection},
    plan::{ServerPlan, UserHoldings},
    text::with_causes,
};
use serde::{Deserialize, Serialize};

use crate::servers::{ServerError, ServerResult, act::After};

/// What is about to be closed on a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Planned {
    pub(super) server: String,
    accounts: Vec<String>,
    /// Other servers whose sessions end by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    held_on: Vec<String>,
    /// Clients whose address the server does not give: closed by what DNS says of their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    by_name: Vec<Named>,
    targets: Vec<Connection>,
}

/// A client by the name of its computer, and the address that it has by DNS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Named {
    client: String,
    address: IpAddr,
}

/// What was seen to become of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    pub(super) server: String,
    /// Everything planned was seen done.
    pub(super) verified: bool,
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
    /// Why some of what was approved was left alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_alone: Vec<String>,
    /// Why nothing can be said about this server; with targets, why what became of them was only seen afterwards.
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

impl Planned {
    /// Nothing is said of a server where nothing is to be closed.
    pub fn of(plan: &ServerPlan) -> Option<Self> {
        let targets: Vec<_> = plan.targets().map(Connection::planned).collect();
        (!targets.is_empty()).then(|| Self {
            server: plan.snapshot.server.clone(),
            accounts: plan.closed_accounts(),
            held_on: plan.held_elsewhere(),
            by_name: Named::all(plan),
            targets,
        })
    }
}

impl Named {
    fn all(plan: &ServerPlan) -> Vec<Self> {
        let closed = plan.closed_addresses().flat_map(|plan| &plan.by_name);
        let named = closed.filter_map(|hint| {
            let client = hint.client.clone();
            hint.address.map(|address| Self { client, address })
        });
        named.collect()
    }
}

impl Seen {
    pub fn of(server: &str, result: &Result<ServerResult, ServerError>) -> Self {
        match result {
            Ok(result) => Self::done(result),
            Err(error) => Self {
                server: server.to_owned(),
                may_be_closed: Some(!error.is_before_closing()),
                error: Some(with_causes(error)),
                ..Self::default()
            },
        }
    }

    /// The clients of which a connection was seen to be closed, once for each.
    pub(super) fn closed_clients(&self) -> impl Iterator<Item = IpAddr> {
        let is_closed =
            |target: &&Connection| target.outcome.as_deref() == Some(Outcome::Closed.word());
        let closed = self.targets.iter().filter(is_closed);
        closed.map(|target| target.remote.ip().to_canonical())
    }

    fn done(result: &ServerResult) -> Self {
        let whole_after = result.after.as_ref().ok().filter(|after| after.is_whole());
        let gaps = result.after.as_ref().map_or(&[][..], |after| &after.gaps);
        Self {
            server: result.server.clone(),
            verified: result.is_verified(),
            may_be_closed: None,
            targets: result.targets.iter().map(Connection::seen).collect(),
            helper_path: result.acted().then(|| result.helper_path.clone()),
            helper_removed: result.acted().then_some(result.helper_removed),
            users: Holdings::all(&result.before, whole_after),
            lingering: whole_after.map(|after| after.lingering),
            gaps: gaps.iter().map(Gap::to_string).collect(),
            unseen: result.after.as_ref().err().map(|error| with_causes(error)),
            left_alone: result.left_alone.clone(),
            seconds: Some(result.took.as_secs_f64()),
            error: result.failed.as_ref().map(|error| with_causes(error)),
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
            why: target.why.told(),
            ..Self::planned(&target.connection)
        }
    }
}
