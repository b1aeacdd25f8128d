//! The helper's way to the server and back: the embedded .exe, the one script that runs it there, what it reports.
//!
//! The script and the report are this room's two contracts with the outside: the script's result object is read by
//! [`run::HelperRun`], the helper's JSON lines by [`report`]. No I/O.

pub mod exe;
pub mod report;
pub mod request;
pub mod run;
pub mod tcp;

pub use exe::HelperExe;
pub use report::{Outcome, Report, ReportError, Target};
pub use request::Request;
pub use run::{HelperRun, RunError};
pub use tcp::{TcpConnection, TcpState};
