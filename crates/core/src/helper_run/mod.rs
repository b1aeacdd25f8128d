//! The helper's way to the server and back: the embedded .exe, what it is asked, what it reports. What runs it there is a
//! function of [`batch`](crate::batch)'s script.
//!
//! This room has two contracts with the outside: the function's result object, which [`run::HelperRun`] reads, and the
//! helper's arguments, target list and JSON lines, which are [`mapisweep_helper::contract`]. No I/O.

pub use mapisweep_helper::Outcome;

pub mod exe;
pub mod report;
pub mod request;
pub mod run;
mod signed;
pub mod tcp;

pub use exe::HelperExe;
pub use report::{Listed, Report, ReportError, Target, Why};
pub use request::HelperRequest;
pub use run::{HelperRun, RunError};
pub use tcp::{TcpConnection, TcpState};

#[cfg(test)]
mod tests;
