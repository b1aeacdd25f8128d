//! One plan for many people: who is concerned on a server, worst first, and in which pieces it is carried out.

use std::{cmp::Reverse, collections::BTreeSet};

use super::{AddressPlan, Plan, ServerPlan, UserHoldings};
use crate::exchange::ClientAddress;

/// What would be done about one person on one server.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonPlan<'p> {
    /// What they hold there.
    pub holdings: &'p UserHoldings,
    /// How many sessions more than the limit; less than 0 below it, and all of them where there is no limit.
    pub over: i64,
    /// The addresses they come from, most sessions first. One that several of them share is each one's.
    pub addresses: Vec<&'p AddressPlan>,
}

impl Plan {
    /// The servers, those where somebody is most over the limit first.
    pub fn worst_first(&self) -> Vec<&ServerPlan> {
        let mut servers: Vec<_> = self.servers.iter().collect();
        servers.sort_by_cached_key(|server| {
            let worst = server.people().first().map(|person| person.over);
            Reverse(worst)
        });
        servers
    }

    /// How many people have connections that would be closed.
    pub fn people_closed(&self) -> usize {
        let servers = self.servers.iter();
        let people: BTreeSet<_> = servers.flat_map(ServerPlan::people_closed).collect();
        people.len()
    }

    /// How many connections would be closed.
    pub fn connections_closed(&self) -> usize {
        let servers = self.servers.iter();
        servers.map(|server| server.targets().count()).sum()
    }

    /// What is done on some of the servers, in the same order; those that hold the sessions of what is closed there are in
    /// it, too, with nothing to be done.
    pub fn only(&self, is_meant: impl Fn(&ServerPlan) -> bool) -> Self {
        let meant = self.servers.iter().filter(|server| is_meant(server));
        let meant = Self {
            servers: meant.cloned().collect(),
        };
        let servers = self.servers.iter().filter_map(|server| {
            if is_meant(server) {
                return Some(server.clone());
            }
            let is_awaited = !meant.awaited_on(&server.snapshot.server).is_empty();
            is_awaited.then(|| ServerPlan {
                addresses: Vec::new(),
                ..server.clone()
            })
        });
        Self {
            servers: servers.collect(),
        }
    }
}

impl ServerPlan {
    /// Everybody who holds sessions there, or whose connections for sessions elsewhere end there, worst first.
    pub fn people(&self) -> Vec<PersonPlan<'_>> {
        let limit = self.snapshot.limits.mapi.number();
        let limit = i64::try_from(limit.unwrap_or_default()).unwrap_or(i64::MAX);
        let users = self.users.iter().enumerate();
        let people = users.map(|(place, holdings)| PersonPlan {
            holdings,
            over: i64::try_from(holdings.held.count).unwrap_or(i64::MAX) - limit,
            addresses: self.addresses_of(place),
        });
        // connections may carry sessions that other servers hold
        let is_concerned =
            |person: &PersonPlan<'_>| person.holdings.all() > 0 || !person.addresses.is_empty();
        let mut people: Vec<_> = people.filter(is_concerned).collect();
        people.sort_by_key(|person| {
            let account = person.holdings.account.to_lowercase();
            (Reverse(person.over), account)
        });
        people
    }

    fn addresses_of(&self, place: usize) -> Vec<&AddressPlan> {
        let addresses = self.addresses.iter();
        let own = addresses.filter(|address| address.holders.contains(&place));
        own.collect()
    }

    /// The places of those whose connections would be closed.
    pub fn people_closed(&self) -> BTreeSet<usize> {
        let closed = self.closed_addresses();
        closed
            .flat_map(|address| address.holders.iter().copied())
            .collect()
    }

    /// The same in pieces of at most so many connections, each a plan of its own. An address is not divided, for a
    /// client's sessions end with the last of its connections: one that has more is a piece by itself.
    pub fn in_pieces(&self, most: usize) -> Vec<Self> {
        let mut pieces: Vec<Vec<AddressPlan>> = Vec::new();
        let mut room = 0;
        for address in self.closed_addresses() {
            let size = address.connections.len();
            match pieces.last_mut() {
                Some(piece) if size <= room => piece.push(address.clone()),
                _ => {
                    pieces.push(vec![address.clone()]);
                    room = most;
                }
            }
            room = room.saturating_sub(size);
        }
        let mut rest = self.clone();
        let pieces = pieces.into_iter().map(|addresses| {
            let piece = Self {
                addresses,
                ..rest.clone()
            };
            // what ends with this piece is nobody's who stays in the next
            let is_left = |address: &ClientAddress| {
                piece.addresses.iter().all(|plan| plan.address != *address)
            };
            let logons = &mut rest.snapshot.logons;
            logons.retain(|logon| is_left(&logon.client_address));
            piece
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests;
