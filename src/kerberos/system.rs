//! The system's Kerberos library, made ready, and the tickets that it keeps.

use std::{io, time::Duration};

use mapisweep_core::config::Realm;
use mapisweep_gssapi::{self as gssapi, Credential, Library, Missing, Principal};
use mapisweep_winrm::auth::UserName;

use super::{
    RealmFrom, Wishes,
    configuration::File,
    realm::{Candidate, Realms, account},
};

/// The library, the configuration that it reads, and the realms that are known.
#[derive(Debug)]
pub struct System {
    pub(super) library: Library,
    pub(super) realms: Realms,
    _configuration: File,
}

/// What Debian's configuration names as it is installed. No Exchange is there, and nobody's name is to go there.
const PLACEHOLDER: &str = "ATHENA.MIT.EDU";

/// Why there is no Kerberos.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No library.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The configuration cannot be written.
    #[error("the configuration of Kerberos cannot be written")]
    Configuration(#[source] io::Error),
    /// The environment, where the library looks for its configuration, cannot be changed any more.
    #[error(transparent)]
    Environment(#[from] gssapi::environment::Error),
}

/// What a search for a ticket came to.
#[derive(Debug)]
pub enum Ticket {
    /// There is one.
    Found {
        /// Whose it is: `ann@CORP.EXAMPLE`.
        principal: String,
        /// It.
        credential: Credential,
        /// How long it is good for, where the library tells.
        left: Option<Duration>,
    },
    /// There was one.
    RunOut {
        /// Whose it was.
        principal: String,
    },
    /// There is none of this person's.
    None(Option<gssapi::Error>),
}

impl System {
    /// Finds the library and puts what was asked for in front of its configuration.
    ///
    /// To be called before any thread exists: a library reads its configuration's place from the environment.
    pub fn start(wishes: &Wishes, from: RealmFrom) -> Result<Self, StartError> {
        let library = Library::load()?;
        let configuration = File::new(wishes).map_err(StartError::Configuration)?;
        gssapi::environment::prepend_configuration(&library, &configuration.path())?;
        let system = library.default_realm().filter(|realm| realm != PLACEHOLDER);
        Ok(Self {
            realms: Realms {
                given: wishes.realm.clone().map(|realm| (realm, from)),
                system: system.and_then(|realm| realm.parse::<Realm>().ok()),
            },
            library,
            _configuration: configuration,
        })
    }

    /// Looks for a ticket of this person, to be used at these servers, in all of the system's caches; without a name
    /// for the default one. Never takes another person's.
    pub fn find_ticket(&self, user: Option<&UserName>, hosts: &[&str]) -> Ticket {
        let Some(user) = user else {
            return match Credential::from_cache(&self.library, None) {
                Ok(credential) => Ticket::of(credential),
                Err(error) => Ticket::None(Some(error)),
            };
        };
        let candidates = self.candidates(user, hosts);
        for candidate in &candidates {
            for principal in spellings(&candidate.principal) {
                let Ok(credential) = Credential::from_cache(&self.library, Some(&principal)) else {
                    continue;
                };
                if credential.name().is_ok_and(|name| candidate.is(&name)) {
                    return Ticket::of(credential);
                }
            }
        }
        match Credential::from_cache(&self.library, None) {
            Ok(credential) => {
                let is_theirs = |name: String| {
                    candidates.iter().any(|candidate| candidate.is(&name)) || is_called(user, &name)
                };
                match credential.name().is_ok_and(is_theirs) {
                    true => Ticket::of(credential),
                    false => Ticket::None(None),
                }
            }
            Err(error) => Ticket::None(Some(error)),
        }
    }

    /// The realm that this person would be looked up in first, and where it came from.
    pub fn realm_of(&self, user: &UserName, host: &str) -> Option<(Realm, RealmFrom)> {
        let candidate = self.realms.candidates(user, host).into_iter().next()?;
        Some((candidate.is_called.1, candidate.from))
    }

    fn candidates(&self, user: &UserName, hosts: &[&str]) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::new();
        for host in hosts {
            for candidate in self.realms.candidates(user, host) {
                if all
                    .iter()
                    .all(|known| known.is_called != candidate.is_called)
                {
                    all.push(candidate);
                }
            }
        }
        all
    }
}

impl Ticket {
    fn of(credential: Credential) -> Self {
        let principal = match credential.name() {
            Ok(principal) => principal,
            Err(error) => return Self::None(Some(error)),
        };
        match credential.lifetime() {
            Ok(left) if left.is_none_or(|left| !left.is_zero()) => Self::Found {
                principal,
                credential,
                left,
            },
            Ok(_) => Self::RunOut { principal },
            Err(error) => Self::None(Some(error)),
        }
    }
}

/// A principal as it is, and as somebody else may have typed it: a cache is searched with regard to case.
fn spellings(principal: &Principal) -> Vec<Principal> {
    let (account, realm) = principal
        .name
        .rsplit_once('@')
        .unwrap_or((&principal.name, ""));
    let mut spellings = vec![principal.clone()];
    for account in [account.to_lowercase(), account.to_uppercase()] {
        let name = format!("{account}@{realm}");
        if spellings.iter().all(|known| known.name != name) {
            spellings.push(Principal {
                name,
                ..principal.clone()
            });
        }
    }
    spellings
}

/// Whether `CORP\ann` is the one whose ticket says `ann@CORP.EXAMPLE`: Windows calls a domain by the first part of its
/// name, unless told otherwise.
fn is_called(user: &UserName, ticket: &str) -> bool {
    let (Some(domain), Some((name, realm))) = (&user.domain, ticket.rsplit_once('@')) else {
        return false;
    };
    let short = realm.split('.').next().unwrap_or(realm);
    short.eq_ignore_ascii_case(domain) && name.to_lowercase() == account(user).0.to_lowercase()
}
