//! Deciding and doing: the plan, the steps on one server, many servers at once, the audit trail.
//!
//! [`mod@plan`] is a pure function from what was seen to what would be done; nothing else in mapisweep decides what is
//! closed. [`host`] runs the steps on one server, [`act()`](act::act) carries a plan out there and verifies, [`fleet`]
//! does it on many. The same [`Plan`] is what `--dry-run` prints, what the prompt asks about, what the helper is given
//! and what the audit log records.

pub mod act;
pub mod error;
pub mod fleet;
pub mod host;

pub use act::ServerResult;
pub use error::ServerError;
pub use fleet::Fleet;
pub use host::{Host, Observer};

#[cfg(test)]
pub(crate) mod tests;
