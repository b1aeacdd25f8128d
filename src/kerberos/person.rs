//! One person's way to tickets: the ticket-granting ticket, had once a run, from a cache or for the password.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mapisweep_gssapi::{Credential, Family, Library};
use mapisweep_winrm::auth::UserName;
use secrecy::SecretString;

use super::{Error, RealmFrom, System, realm::Candidate};

/// A person, and what proves it to a KDC. Asking blocks.
pub struct Person {
    system: Arc<System>,
    user: UserName,
    /// Who this may be: the same at all servers of a run.
    candidates: Vec<Candidate>,
    proof: Proof,
    /// What came of asking a KDC, by principal: nobody is asked for twice.
    asked: Mutex<HashMap<String, Asked>>,
    is_known: AtomicBool,
    /// How long was waited in vain.
    silent: OnceLock<Duration>,
}

enum Proof {
    Ticket(Credential),
    Password(SecretString),
}

type Asked = Result<Credential, Arc<Error>>;

/// A ticket-granting ticket, whose it is, and how the realm was known.
#[derive(Clone)]
pub struct Granted {
    /// The ticket.
    pub credential: Credential,
    /// `ann@CORP.EXAMPLE`.
    pub principal: String,
    /// Where the realm came from; nothing where the ticket was there already.
    pub realm_from: Option<RealmFrom>,
}

impl Person {
    /// Somebody who has a ticket.
    pub fn with_ticket(system: &Arc<System>, user: UserName, ticket: Credential) -> Self {
        Self::new(system, user, Vec::new(), Proof::Ticket(ticket))
    }

    /// Somebody who has a password, to be used at these servers.
    pub fn with_password(
        system: &Arc<System>,
        user: UserName,
        hosts: &[&str],
        password: SecretString,
    ) -> Self {
        let candidates = system.realms.candidates(&user, hosts);
        Self::new(system, user, candidates, Proof::Password(password))
    }

    fn new(system: &Arc<System>, user: UserName, candidates: Vec<Candidate>, proof: Proof) -> Self {
        Self {
            system: Arc::clone(system),
            user,
            candidates,
            is_known: AtomicBool::new(matches!(proof, Proof::Ticket(_))),
            proof,
            asked: Mutex::default(),
            silent: OnceLock::new(),
        }
    }

    /// The library that knows the person.
    pub fn library(&self) -> &Library {
        &self.system.library
    }

    /// Whether no KDC is to be shown the password any more.
    pub fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Acquire)
    }

    /// Whether anything tells a KDC who this is.
    pub fn has_realm(&self) -> bool {
        matches!(self.proof, Proof::Ticket(_)) || !self.candidates.is_empty()
    }

    /// What to say where nothing does.
    pub fn has_no_realm(&self) -> Error {
        Error::NoRealm {
            user: self.user.to_string(),
        }
    }

    /// No KDC has answered in all that time: from now on none is waited for.
    pub fn give_up(&self, after: Duration) {
        if !self.is_known() {
            _ = self.silent.set(after);
        }
    }

    /// The person's ticket-granting ticket.
    ///
    /// # Errors
    /// Nobody knows the person's realm, or no KDC of it gives a ticket: the first answer that is about the person, or
    /// else the first.
    pub fn ticket(&self) -> Result<Granted, Arc<Error>> {
        let password = match &self.proof {
            Proof::Ticket(credential) => return self.granted(credential, None),
            Proof::Password(password) => password,
        };
        if let Some(&after) = self.silent.get() {
            return Err(Arc::new(Error::Silent { after }));
        }
        let mut first = None;
        for candidate in &self.candidates {
            match self.ask(candidate, password) {
                Ok(credential) => {
                    self.is_known.store(true, Ordering::Release);
                    return self.granted(&credential, Some(candidate.from));
                }
                Err(error) if error.is_about_the_person() => return Err(error),
                Err(error) => _ = first.get_or_insert(error),
            }
        }
        Err(first.unwrap_or_else(|| Arc::new(self.has_no_realm())))
    }

    fn granted(
        &self,
        credential: &Credential,
        realm_from: Option<RealmFrom>,
    ) -> Result<Granted, Arc<Error>> {
        let principal = credential.name().map_err(|source| Error::Person {
            principal: self.user.to_string(),
            twice: false,
            source,
        })?;
        Ok(Granted {
            credential: credential.clone(),
            principal,
            realm_from,
        })
    }

    /// Asks the KDC, once; again only where the ticket is about to run out.
    fn ask(&self, candidate: &Candidate, password: &SecretString) -> Asked {
        // whoever else asks meanwhile wants the same
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let principal = &candidate.principal;
        if let Some(before) = asked.get(&principal.name) {
            let is_usable = |ticket: &Credential| {
                ticket
                    .lifetime()
                    .is_ok_and(|left| left.is_none_or(|left| left > SPARE))
            };
            if before.as_ref().map_or(true, is_usable) {
                return before.clone();
            }
        }
        let credential = Credential::from_password(&self.system.library, principal, password);
        let answer = credential.map_err(|source| {
            Arc::new(Error::Person {
                principal: principal.to_string(),
                // where a KDC does not offer FAST, Heimdal asks once more without
                twice: self.library().family() != Family::Mit,
                source,
            })
        });
        asked.insert(principal.name.clone(), answer.clone());
        answer
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("user", &self.user).finish()
    }
}

/// A ticket with less than this left is as good as run out.
const SPARE: Duration = Duration::from_secs(60);
