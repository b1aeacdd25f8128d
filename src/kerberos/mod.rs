//! Kerberos: whose ticket, and the sign-in by it. The only user of [`mapisweep_gssapi`], and so of the system's library.
//!
//! With NTLM a server knows who somebody is and cannot go on in that name; Exchange's cmdlets, which read Active
//! Directory, mostly fail there. With Kerberos a ticket can go along (delegation), and they work.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `system` | the library, made ready before any thread exists |
//! | `configuration` | what is put in front of the system's configuration |
//! | `profile` | where the system's configuration does not fit its format |
//! | `ticket` | the tickets that are there already |
//! | `cache` | why there is none |
//! | `realm` | which principals a person may be |
//! | `person` | the person's ticket-granting ticket, had once a run |
//! | `mechanism` | a sign-in on one connection |
//! | `sealing` | messages sealed by Kerberos |
//! | `cause`, `error` | what went wrong, from a library's number to what it comes down to |

mod cache;
mod cause;
mod configuration;
mod error;
mod mechanism;
mod person;
mod profile;
mod realm;
mod sealing;
mod system;
mod ticket;

pub use cache::{NoTicket, State as CacheState};
pub use cause::{Cause, protocol_number};
pub use configuration::Wishes;
pub use error::Error;
pub use mechanism::{Delegation, Kerberos, Terms};
pub use person::{Granted, Person};
#[cfg(test)]
pub use profile::{Fault, Flaw};
pub use realm::{RealmFrom, is_evident, realm_named_by};
pub use system::{StartError, System};
pub use ticket::Ticket;
