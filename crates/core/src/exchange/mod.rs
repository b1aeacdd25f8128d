//! Exchange: cmdlets as typed requests, their results as typed rows.
//!
//! Every cmdlet mapisweep runs is built here and every object it returns is read here, so this room is the one to
//! touch for a new column or another Exchange version. Requests are [`Pipeline`]s of cmdlets with parameters, never
//! scripts, because Exchange 2010's own endpoint allows nothing else; results are CLIXML objects, so no text in any
//! language is ever parsed. No I/O.
//!
//! [`Pipeline`]: mapisweep_winrm::psrp::pipeline::Pipeline

mod cmdlet;
pub mod dag;
pub mod failure;
pub mod gap;
pub mod limit;
pub mod logon;
pub mod mailbox;
mod row;
pub mod server;
pub mod snap_in;
pub mod version;

pub use dag::Dag;
pub use failure::Failure;
pub use gap::Gap;
pub use limit::SessionLimit;
pub use logon::{ClientMode, Logon};
pub use mailbox::Mailbox;
pub use row::RowError;
pub use server::ExchangeServer;
pub use snap_in::SnapIn;
pub use version::{Generation, Version};
