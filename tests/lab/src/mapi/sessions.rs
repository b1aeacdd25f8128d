//! Who is logged on: associations, their sessions, and the limit.

use std::{collections::BTreeMap, net::SocketAddr};

use jiff::Timestamp;

use super::hello::{Client, Logon};

/// One MAPI session in one store.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub id: u64,
    pub account: String,
    pub mailbox: String,
    pub database: String,
    /// The mailbox server whose store holds the session.
    pub store: String,
    pub logons: usize,
    pub client: Client,
    pub logged_on: Timestamp,
    pub last_access: Timestamp,
}

/// One client process on one server: several connections, several sessions.
#[derive(Debug)]
struct Association {
    connections: Vec<SocketAddr>,
    /// The connection between the servers that its sessions run over, by the client access server's end, where that is not
    /// the mailbox server.
    leg: Option<SocketAddr>,
    sessions: Vec<Session>,
}

/// Every association of the organisation.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    associations: BTreeMap<u64, Association>,
    last_association: u64,
    last_session: u64,
}

impl Sessions {
    pub fn all(&self) -> impl Iterator<Item = &Session> {
        self.associations
            .values()
            .flat_map(|association| &association.sessions)
    }

    /// How many sessions a user holds in one store.
    pub fn held_by(&self, account: &str, store: &str) -> usize {
        self.all()
            .filter(|session| session.account.eq_ignore_ascii_case(account))
            .filter(|session| session.store == store)
            .count()
    }

    pub fn open(
        &mut self,
        logon: &Logon,
        database: &str,
        store: &str,
        leg: Option<SocketAddr>,
    ) -> u64 {
        let sessions = (0..logon.sessions)
            .map(|_| {
                self.last_session += 1;
                Session {
                    id: self.last_session,
                    account: logon.account.clone(),
                    mailbox: logon.mailbox.clone(),
                    database: database.to_owned(),
                    store: store.to_owned(),
                    logons: logon.logons_per_session,
                    client: logon.client.clone(),
                    logged_on: logon.logged_on,
                    last_access: logon.last_access,
                }
            })
            .collect();
        self.last_association += 1;
        self.associations.insert(
            self.last_association,
            Association {
                connections: vec![logon.from],
                leg,
                sessions,
            },
        );
        self.last_association
    }

    /// Adds a connection; `false` when there is no such association.
    pub fn join(&mut self, association: u64, from: SocketAddr) -> bool {
        match self.associations.get_mut(&association) {
            Some(association) => {
                association.connections.push(from);
                true
            }
            None => false,
        }
    }

    /// Notes that the client did something.
    pub fn touch(&mut self, association: u64, now: Timestamp) {
        if let Some(association) = self.associations.get_mut(&association) {
            for session in &mut association.sessions {
                session.last_access = now;
            }
        }
    }

    /// Takes away a connection from whichever association has it; with its last one go the association's sessions. With one
    /// between servers go those of all whose sessions run over it: at once, which is unverified.
    pub fn lose(&mut self, connection: SocketAddr) {
        self.associations.retain(|_, association| {
            association.connections.retain(|held| *held != connection);
            !association.connections.is_empty() && association.leg != Some(connection)
        });
    }

    /// Ends the sessions of a database that is dismounted.
    pub fn dismount(&mut self, database: &str) {
        for association in self.associations.values_mut() {
            association
                .sessions
                .retain(|session| session.database != database);
        }
    }
}
