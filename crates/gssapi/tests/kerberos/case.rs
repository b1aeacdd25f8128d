//! What a case is made of.

use mapisweep_outside::{Kdc, KdcLog};

use crate::stage::Stage;

/// A case, which is run with each library.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    pub realm: Realm,
    /// Whether its default cache is a collection.
    pub is_collection: bool,
    /// Puts tickets into its default cache.
    pub tickets: fn(&Kdc, cache: &str),
    /// What happens, in a process of its own.
    pub run: fn(&Stage),
    /// What the KDC must have seen of it; names end in the library's family.
    pub seen: fn(&KdcLog, family: &str),
}

/// Which KDC it wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Realm {
    /// With AES.
    Aes,
    /// With RC4-HMAC alone, as Server 2003's.
    Rc4,
    /// Of which nobody says where its KDC is.
    Lost,
    /// Whose KDC takes what is sent to it, and does not answer.
    Silent,
}

impl Case {
    pub fn new(name: &'static str, run: fn(&Stage)) -> Self {
        Self {
            name,
            realm: Realm::Aes,
            is_collection: false,
            tickets: |_, _| (),
            run,
            seen: |_, _| (),
        }
    }

    pub fn realm(self, realm: Realm) -> Self {
        Self { realm, ..self }
    }

    pub fn tickets(self, tickets: fn(&Kdc, &str)) -> Self {
        Self { tickets, ..self }
    }

    pub fn collection(self, tickets: fn(&Kdc, &str)) -> Self {
        Self {
            is_collection: true,
            tickets,
            ..self
        }
    }

    pub fn seen(self, seen: fn(&KdcLog, &str)) -> Self {
        Self { seen, ..self }
    }
}
