//! A second look, because a plan ages while a person thinks: what is to be done now, and whether it is more, or other,
//! than what was approved.

use std::{collections::BTreeSet, fmt, net::SocketAddr};

use super::{AddressPlan, Decision, Plan, Policy, ServerPlan, names::distinct};
use crate::exchange::ClientAddress;

/// What is to be done after a second look.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondLook {
    /// As things are now. Servers where something was to be done and that could not be read again are not in it.
    pub plan: Plan,
    /// What a person has to know who approved of the plan before; with none of these, less is done than was approved, or
    /// the same.
    pub changes: Vec<(String, Change)>,
}

/// One thing on a server that is not as it was when the plan was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An address that was to be closed is so no more: its client works, or others share it now.
    NotClosed {
        /// The address.
        address: ClientAddress,
        /// What becomes of it now.
        now: Decision,
    },
    /// An address would be closed that was not to be.
    Added {
        /// The address.
        address: ClientAddress,
    },
    /// Sessions from an address that is to be closed were used since.
    Used {
        /// The address.
        address: ClientAddress,
    },
    /// New connections come from an address that is to be closed: its client is alive.
    Connected {
        /// The address.
        address: ClientAddress,
        /// How many.
        connections: usize,
    },
    /// Closing an address hits accounts that it would not have hit.
    Joined {
        /// The address.
        address: ClientAddress,
        /// Whose sessions come from there besides.
        accounts: Vec<String>,
    },
    /// Sessions from an address that is to be closed are in databases in which none was.
    Moved {
        /// The address.
        address: ClientAddress,
        /// Those databases.
        databases: Vec<String>,
    },
    /// An account has no session on the server any more: they ended, or went elsewhere with its database.
    Left {
        /// The account.
        account: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotClosed { address, .. } => write!(f, "{address} is not to be closed any more"),
            Self::Added { address } => write!(f, "{address} would be closed, too"),
            Self::Used { address } => write!(f, "sessions from {address} were used"),
            Self::Connected { address, .. } => write!(f, "new connections come from {address}"),
            Self::Joined { address, .. } => write!(f, "others share {address}"),
            Self::Moved { address, .. } => write!(f, "sessions from {address} have moved"),
            Self::Left { account } => write!(f, "{account} has no session there any more"),
        }
    }
}

impl Plan {
    /// Compares what was approved with what the same policy makes of what was seen later on the servers where something
    /// was to be done.
    pub fn compared_with(&self, now: &Plan, policy: &Policy) -> SecondLook {
        let mut servers = Vec::new();
        let mut changes = Vec::new();
        for approved in &self.servers {
            let name = &approved.snapshot.server;
            if !self.is_about(name) {
                servers.push(approved.clone());
            } else if let Some(now) = now.for_server(name) {
                let found = approved.changes(now, policy).into_iter();
                changes.extend(found.map(|change| (name.clone(), change)));
                servers.push(now.clone());
            }
        }
        let plan = Plan { servers };
        SecondLook { plan, changes }
    }
}

impl SecondLook {
    /// What was approved of it: an address about which a person would have to be asked anew is not closed. What was to be
    /// closed for many must not hang on the one of them who came back meanwhile.
    pub fn approved_part(mut self) -> Self {
        for server in &mut self.plan.servers {
            let name = &server.snapshot.server;
            let changes = self.changes.iter().filter(|(on, _)| on == name);
            let changed: BTreeSet<_> = changes
                .filter_map(|(_, change)| change.adds_to())
                .cloned()
                .collect();
            let addresses = &mut server.addresses;
            addresses.retain(|plan| {
                plan.decision != Decision::Close || !changed.contains(&plan.address)
            });
        }
        self
    }
}

impl Change {
    /// The address that would be closed in other circumstances than were approved; `None` where less is done.
    fn adds_to(&self) -> Option<&ClientAddress> {
        match self {
            Self::Added { address }
            | Self::Used { address }
            | Self::Connected { address, .. }
            | Self::Joined { address, .. }
            | Self::Moved { address, .. } => Some(address),
            Self::NotClosed { .. } | Self::Left { .. } => None,
        }
    }
}

impl ServerPlan {
    fn changes(&self, now: &Self, policy: &Policy) -> Vec<Change> {
        let mut changes = Vec::new();
        for before in self.closed_addresses() {
            if let Some(after) = now.of_address(&before.address)
                && is_decided_otherwise(&after.decision)
            {
                changes.push(Change::NotClosed {
                    address: after.address.clone(),
                    now: after.decision.clone(),
                });
            }
        }
        for after in now.closed_addresses() {
            let address = || after.address.clone();
            let before = self.of_address(&after.address);
            let Some(before) = before.filter(|before| before.decision == Decision::Close) else {
                changes.push(Change::Added { address: address() });
                continue;
            };
            let was_used = after.last_used > Some(self.snapshot.taken_at());
            // who closes clients at work knows that they are
            if was_used && !policy.close_in_use {
                changes.push(Change::Used { address: address() });
            }
            changes.extend(connected(before, after));
            changes.extend(joined(before, after));
            let known = self.databases_at(before);
            let databases: Vec<_> = now
                .databases_at(after)
                .difference(&known)
                .cloned()
                .collect();
            if !databases.is_empty() {
                changes.push(Change::Moved {
                    address: address(),
                    databases,
                });
            }
        }
        let users = self.users.iter().zip(&now.users);
        let has_left = users.filter(|(before, after)| before.all() > 0 && after.all() == 0);
        changes.extend(has_left.map(|(before, _)| Change::Left {
            account: before.account.clone(),
        }));
        changes
    }

    fn of_address(&self, address: &ClientAddress) -> Option<&AddressPlan> {
        self.addresses.iter().find(|plan| plan.address == *address)
    }

    /// The databases that the logons from an address name.
    fn databases_at(&self, plan: &AddressPlan) -> BTreeSet<String> {
        let logons = self.snapshot.logons.iter();
        let here = logons.filter(|logon| logon.client_address == plan.address);
        here.filter_map(|logon| logon.database.clone()).collect()
    }
}

/// Whether somebody would be harmed by what was approved. Where sessions or connections are merely gone, nobody is.
fn is_decided_otherwise(now: &Decision) -> bool {
    match now {
        Decision::KeepInUse(_)
        | Decision::KeepUnknownUse
        | Decision::Refuse(_)
        | Decision::Through { .. } => true,
        Decision::Close
        | Decision::ServicesOnly
        | Decision::NoAddress
        | Decision::AddressNotUnderstood
        | Decision::Elsewhere { .. }
        | Decision::NoConnection => false,
    }
}

fn connected(before: &AddressPlan, after: &AddressPlan) -> Option<Change> {
    // the state may have changed
    let ends = |plan: &AddressPlan| -> BTreeSet<(SocketAddr, SocketAddr, u32)> {
        let connections = plan.connections.iter();
        let ends = connections.map(|one| (one.local, one.remote, one.pid));
        ends.collect()
    };
    let connections = ends(after).difference(&ends(before)).count();
    (connections > 0).then(|| Change::Connected {
        address: after.address.clone(),
        connections,
    })
}

fn joined(before: &AddressPlan, after: &AddressPlan) -> Option<Change> {
    let accounts = |plan: &AddressPlan| -> BTreeSet<String> {
        let accounts = plan.accounts.iter().chain(&plan.others);
        accounts.map(|name| name.to_lowercase()).collect()
    };
    let known = accounts(before);
    let all = after.accounts.iter().chain(&after.others);
    let new = all.filter(|name| !known.contains(&name.to_lowercase()));
    let accounts = distinct(new.map(String::as_str));
    (!accounts.is_empty()).then(|| Change::Joined {
        address: after.address.clone(),
        accounts,
    })
}

#[cfg(test)]
mod tests;
