//! What the KDC was asked, from its log.

use std::{fs, path::Path};

/// The log at one moment.
pub struct Log {
    text: String,
    realm: String,
}

impl Log {
    pub(super) fn read(path: &Path, realm: &str) -> Self {
        Self {
            text: fs::read_to_string(path).expect("the KDC's log"),
            realm: realm.to_owned(),
        }
    }

    /// As the KDC wrote it: an `AS_REQ` or `TGS_REQ` a line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tickets that a person got for a password.
    pub fn ticket_granting_tickets(&self, person: &str) -> usize {
        self.count("AS_REQ", "ISSUE", &format!("{} for ", self.full(person)))
    }

    /// Passwords of a person that were wrong.
    pub fn refused_passwords(&self, person: &str) -> usize {
        self.count(
            "AS_REQ",
            "PREAUTH_FAILED",
            &format!("{} for ", self.full(person)),
        )
    }

    /// Tickets for a service (`HTTP/ex01.corp.example`) that somebody got.
    pub fn service_tickets(&self, service: &str) -> usize {
        self.count("TGS_REQ", "ISSUE", &format!(" for {}", self.full(service)))
    }

    /// Tickets to be delegated.
    pub fn forwarded_tickets(&self, person: &str) -> usize {
        let realm = &self.realm;
        let what = format!("{} for krbtgt/{realm}@{realm}", self.full(person));
        self.count("TGS_REQ", "ISSUE", &what)
    }

    fn count(&self, kind: &str, outcome: &str, what: &str) -> usize {
        let outcome = format!(": {outcome}: ");
        let lines = self.text.lines();
        lines
            .filter(|line| line.contains(kind) && line.contains(&outcome) && line.contains(what))
            .count()
    }

    fn full(&self, name: &str) -> String {
        if name.contains('@') {
            return name.to_owned();
        }
        format!("{name}@{}", self.realm)
    }
}
