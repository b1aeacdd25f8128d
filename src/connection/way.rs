//! Which way a person signs in to a server, and why.

use std::{fmt, sync::Arc};

use crate::kerberos::{self, Delegation, Person, RealmFrom};

/// The ways that a person may take.
#[derive(Clone, Debug, Default)]
pub enum SignIn {
    /// Kerberos where a ticket can be had, otherwise NTLM.
    Auto(Arc<Person>),
    /// Kerberos and nothing else.
    Kerberos(Arc<Person>),
    /// NTLM.
    #[default]
    Ntlm,
    /// The password itself, inside TLS.
    Basic,
}

/// The way that is taken to one server.
#[derive(Clone, Debug)]
pub enum Way {
    /// With a ticket.
    Kerberos {
        /// Whose.
        principal: String,
        /// Where the realm came from; nothing where the ticket was there already.
        realm_from: Option<RealmFrom>,
        /// What it is for, as Windows names it.
        service: String,
        /// Whether a ticket in the person's name goes along.
        delegation: Delegation,
    },
    /// By NTLM, with the password.
    Ntlm {
        /// What Kerberos came to, where that was tried.
        instead: Option<Arc<kerberos::Error>>,
    },
    /// By Basic, with the password itself.
    Basic,
}

impl Way {
    /// Whether there is nothing new in this one.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Kerberos { principal: one, .. }, Self::Kerberos { principal, .. }) => {
                one == principal
            }
            (Self::Ntlm { .. }, Self::Ntlm { .. }) => true,
            _ => false,
        }
    }
}

/// Told how servers are signed in to.
pub trait Watch: Send + Sync {
    /// This server is signed in to this way: before it is sent anything that a person might want to know of.
    fn signs_in(&self, server: &str, way: &Way);
}

impl fmt::Debug for dyn Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}
