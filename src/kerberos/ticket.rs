//! The tickets that are there already.

use std::time::Duration;

use mapisweep_gssapi::{self as gssapi, Credential, Principal};
use mapisweep_winrm::auth::UserName;

use super::{
    CacheState, NoTicket, System,
    realm::{Candidate, account, is_local, is_short_for},
};

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
    /// There is none of this person's, or none any more.
    None(NoTicket),
}

impl System {
    /// Looks for a ticket of this person, to be used at these servers, in all of the system's caches; without a name
    /// for the default one. Never takes another person's.
    pub fn find_ticket(&self, user: Option<&UserName>, hosts: &[&str]) -> Ticket {
        if let Some(no_ticket) = NoTicket::unfit(&self.library) {
            return Ticket::None(no_ticket);
        }
        let default = || {
            let credential = Credential::from_cache(&self.library, None).ok()?;
            Ticket::of(credential).ok()
        };
        let Some(user) = user else {
            return default().unwrap_or_else(|| Ticket::None(NoTicket::look(&self.library)));
        };
        let candidates = self.realms.candidates(user, hosts);
        let mut misses = Vec::new();
        for candidate in &candidates {
            match self.search(candidate) {
                Ok(ticket) => return ticket,
                Err(miss) => misses.push(miss),
            }
        }
        let is_theirs = |principal: &str| {
            candidates.iter().any(|candidate| candidate.is(principal))
                || self.is_called(user, hosts, principal)
        };
        let whose = match default() {
            Some(Ticket::Found { principal, .. }) if !is_theirs(&principal) => Some(principal),
            Some(ticket) => return ticket,
            None => None,
        };
        let ran_out = misses.iter().find_map(|miss| match miss {
            Miss::RanOut { principal } => Some(principal.clone()),
            Miss::Nothing | Miss::Unsearched => None,
        });
        let state = match (ran_out, whose) {
            (Some(principal), _) => CacheState::Stale { principal },
            (None, Some(principal)) if misses.contains(&Miss::Unsearched) => {
                CacheState::OthersOutOfReach { principal }
            }
            (None, Some(principal)) => CacheState::OfSomebodyElse { principal },
            (None, None) => return Ticket::None(NoTicket::look(&self.library)),
        };
        Ticket::None(NoTicket::new(&self.library, state))
    }

    /// Looks for one candidate's ticket in all caches.
    fn search(&self, candidate: &Candidate) -> Result<Ticket, Miss> {
        let mut miss = Miss::Nothing;
        for principal in spellings(&candidate.principal) {
            match Credential::from_cache(&self.library, Some(&principal)).map(Ticket::of) {
                Ok(Ok(ticket)) if ticket.is(candidate) => return Ok(ticket),
                Ok(Err(RanOut)) => {
                    let principal = principal.to_string();
                    miss = Miss::RanOut { principal };
                }
                Err(gssapi::Error::CannotSearch { .. }) => miss = Miss::Unsearched,
                Ok(Ok(_)) | Err(_) => {}
            }
        }
        Err(miss)
    }

    /// What gets this person a ticket; nothing for a server's own account, which no KDC knows.
    pub fn kinit(&self, user: &UserName, hosts: &[&str]) -> Option<String> {
        let candidates = self.realms.candidates(user, hosts);
        if let Some(Candidate { principal, .. }) = candidates.first() {
            let (account, realm) = principal.name.rsplit_once('@')?;
            return Some(match principal.is_enterprise {
                true => format!("kinit -f -E {account}"),
                false => format!("kinit -f {account}@{realm}"),
            });
        }
        let is_a_servers = user.domain.is_none() || is_local(user, hosts);
        (!is_a_servers).then(|| format!("kinit -f {}@REALM", account(user).0))
    }

    /// Whether `CORP\ann` is the one whose ticket says `ann@CORP.EXAMPLE`, where nobody says otherwise.
    fn is_called(&self, user: &UserName, hosts: &[&str], ticket: &str) -> bool {
        let candidates = self.realms.candidates(user, hosts);
        let is_known = |one: &Candidate| is_short_for(user, one.is_called.1.as_str());
        let is_open = self.realms.given.is_none() && !is_local(user, hosts);
        is_open
            && !candidates.iter().any(is_known)
            && ticket.rsplit_once('@').is_some_and(|(name, realm)| {
                is_short_for(user, realm) && name.to_lowercase() == account(user).0.to_lowercase()
            })
    }
}

/// Why somebody's ticket was not found.
#[derive(Debug, PartialEq, Eq)]
enum Miss {
    Nothing,
    RanOut {
        principal: String,
    },
    /// The library can look into one cache only.
    Unsearched,
}

/// No time is left.
struct RanOut;

impl Ticket {
    fn of(credential: Credential) -> Result<Self, RanOut> {
        let left = credential.lifetime().map_err(|_| RanOut)?;
        if left.is_some_and(|left| left.is_zero()) {
            return Err(RanOut);
        }
        Ok(Self::Found {
            principal: credential.name().map_err(|_| RanOut)?,
            credential,
            left,
        })
    }

    fn is(&self, candidate: &Candidate) -> bool {
        matches!(self, Self::Found { principal, .. } if candidate.is(principal))
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
