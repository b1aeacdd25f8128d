//! Exchange: cmdlets as typed questions, their results as typed rows.
//!
//! Every cmdlet mapisweep runs is named here and every object it returns is read here, so this room is the one to
//! touch for a new column or another Exchange version. How questions travel, and in which form rows come, is
//! [`batch`](crate::batch)'s; no text in any language is ever parsed. No I/O.

pub mod client_access_array;
pub mod client_address;
pub mod client_log;
pub mod clock;
pub mod dag;
pub mod database;
pub mod event;
pub mod failure;
pub mod forest;
pub mod gap;
pub mod identity;
pub mod keep_alive;
pub mod limit;
pub mod logon;
pub mod mailbox;
pub mod organization;
pub mod own;
pub mod people;
pub mod reach;
pub mod remoting;
pub mod server;
mod setting;
pub mod snap_in;
pub mod throttled;
pub mod version;

pub use client_access_array::ClientAccessArray;
pub use client_address::ClientAddress;
pub use client_log::Connected;
pub use clock::Clock;
pub use dag::Dag;
pub use database::Database;
pub use failure::Failure;
pub use gap::Gap;
pub use keep_alive::KeepAlive;
pub use limit::{Limits, SessionLimit};
pub use logon::{ClientMode, Logon};
pub use mailbox::Mailbox;
pub use organization::{Directory, KnownDag, Organization, Standing, Telling};
pub use people::People;
pub use reach::Reach;
pub use server::{ExchangeServer, Role};
pub use snap_in::SnapIn;
pub use throttled::Throttled;
pub use version::{Generation, Version};
