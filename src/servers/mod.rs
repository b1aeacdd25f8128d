//! What is done on servers: look, act, leave nothing behind; on one, and on many at once.
//!
//! What is seen goes into a [`ServerSnapshot`](mapisweep_core::plan::ServerSnapshot), what is done comes from a
//! [`Plan`](mapisweep_core::plan::Plan); nothing here decides what is closed.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `fleet` | many servers: each at its own pace, a bounded number at once |
//! | `visit`, `once` | the first visit to all of them; one under several names is worked on once |
//! | `trial`, `lookup` | what one server does for all: try the password, look the users up |
//! | `server` | one server, from first contact to leaving it |
//! | `ask` | asking it: a batch by its script, or question by question |
//! | `look`, `recognise` | what it is asked; which Exchange it runs |
//! | `examine` | whether it has what is needed, each thing by itself |
//! | `directory` | which servers, DAGs and databases there are, and what is mounted where |
//! | `forest` | having people sought in the whole forest |
//! | `databases` | asking the databases one by one, where the server did not tell all |
//! | `client_log` | from where its log says that people connected |
//! | `victims` | whom its event log says limits have kept out, and who they are |
//! | `act`, `pieces` | carrying a plan out there, a big one bit by bit, and seeing what became of it |
//! | `interval`, `pace` | reading it again and again, in a shell that stays open; how often |
//! | `mounted` | whether databases are still there just before |
//! | `reach` | whether it reaches a server that is said to be dead |
//! | `helper` | running the helper there |
//! | `leave` | leaving nothing behind there |
//! | `remote` | its remote shell: opened once, opened anew where it is gone |
//! | `places` | how many are asked at their own endpoints at once |
//! | `own` | Exchange's own endpoint: when its cmdlets are asked there, and asking them |
//! | `name`, `step`, `error` | whether two names are one server's; what is being done; what can go wrong |
//! | `patience`, `interruption` | how long is waited, and what an interrupt makes of that |

pub mod act;
mod ask;
mod client_log;
mod databases;
mod directory;
mod error;
mod examine;
mod fleet;
mod forest;
mod helper;
mod interruption;
mod interval;
mod leave;
mod look;
mod look_after;
mod lookup;
mod mounted;
mod name;
mod once;
mod own;
mod pace;
mod patience;
mod pieces;
mod places;
mod reach;
mod recognise;
mod remote;
mod server;
mod step;
mod trial;
mod victims;
mod visit;

pub use act::{Basis, ServerResult};
pub use error::{Leftovers, NoOwnEndpoint, Outsider, ServerError};
pub use examine::{BySnapIn, Cmdlets, Computer, Examined};
pub use fleet::Fleet;
pub use interruption::Interruption;
pub use interval::Reading;
pub use lookup::Users;
pub use name::{is_name_of, is_same_name, may_be_same_server};
pub use own::OwnWays;
pub use pace::Change;
pub use patience::Patience;
pub use places::Places;
pub use server::Server;
pub use step::{Observer, Step};
pub use victims::{Now, Person, Told};
pub use visit::{Dag, MakeMember};

/// How each server fared, by the name the admin gave, in the order in which they are shown.
pub type PerServer<T> = Vec<(String, Result<T, ServerError>)>;

/// Something that ends when the admin interrupts.
async fn until<R>(
    cancel: &Interruption,
    step: impl Future<Output = Result<R, ServerError>>,
) -> Result<R, ServerError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ServerError::Interrupted),
        done = step => done,
    }
}

#[cfg(test)]
pub(crate) mod tests;
