//! What the helper decides and says, without Windows.
//!
//! The helper is the program that mapisweep runs on the mail server for a few seconds: it lists TCP connections
//! with their owners, or ends exactly those it is given. It runs as administrator on a production server and
//! trusts nobody, its caller included. Everything that can be decided without Windows is decided here, so that it
//! is tested natively, and so that the lab runs the same logic over its simulated connection table; the program
//! in `windows/` only adds the system calls.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`contract`] | what both sides agree on: numbers, words, the forms of lines |
//! | [`run`](mod@run) | the whole program: arguments in, JSON lines out, an exit code |
//! | [`arguments`] | the command line |
//! | [`targets`] | the connections to close, and finding them in the table |
//! | [`address`] | addresses, ports and 4-tuples, and their text |
//! | [`images`] | which processes may lose a connection |
//! | [`host`] | what the program needs of the machine: **implement this to run it elsewhere** |
//! | [`layout`] | how Windows lays out tables and orders, as plain words |
//! | [`close`] | check, close, look again |
//! | [`detail`] | what may be claimed of each target |
//! | [`report`] | JSON lines |
//!
//! To run it over a table of one's own:
//!
//! ```
//! use mapisweep_helper::{run, Code, Endpoint, Family, FourTuple, Host, Processes, Row, State};
//!
//! struct Machine(Vec<Row>);
//!
//! impl Host for Machine {
//!     fn elevated(&mut self) -> bool {
//!         true
//!     }
//!     fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code> {
//!         self.0.iter().for_each(show);
//!         Ok(())
//!     }
//!     fn processes(&mut self, processes: &mut Processes) -> Result<(), Code> {
//!         processes.add(2316, "store.exe".encode_utf16());
//!         Ok(())
//!     }
//!     fn close(&mut self, connection: &FourTuple) -> Result<(), Code> {
//!         self.0.retain(|row| row.connection != *connection);
//!         Ok(())
//!     }
//!     fn pause(&mut self, _milliseconds: u32) {}
//! }
//!
//! let connection = FourTuple {
//!     family: Family::Tcp4,
//!     local: Endpoint::v4([10, 0, 0, 5], 6001),
//!     remote: Endpoint::v4([10, 1, 4, 23], 51234),
//! };
//! let mut machine = Machine(vec![Row { connection, state: State::ESTABLISHED, pid: 2316 }]);
//! let mut input = "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe\nend 1\n".as_bytes();
//! let mut output = Vec::new();
//! let exit = run(b"close\0--max\x001\0", &mut input, &mut machine, &mut output);
//! assert_eq!(exit.code(), 0);
//! assert!(String::from_utf8(output).unwrap().contains(r#""outcome":"closed""#));
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod address;
pub mod arguments;
pub mod close;
pub mod contract;
pub mod detail;
mod error;
pub mod host;
pub mod images;
pub mod layout;
pub mod report;
pub mod run;
pub mod targets;
mod text;

pub use address::{Endpoint, Family, FourTuple};
pub use contract::{Exit, Outcome};
pub use error::{Error, ErrorKind};
pub use host::{Code, Host, Input, Output, Processes, Row, State};
pub use run::run;

/// The helper's own version. It is not the client's: the exe, which administrators sign and allow by its hash,
/// changes only when this does.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
