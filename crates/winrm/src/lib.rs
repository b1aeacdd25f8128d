//! WinRM and PowerShell remoting without I/O.
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`psrp`] | PowerShell remoting (\[MS-PSRP\]): CLIXML, fragments, the runspace pool and its pipelines |
//! | [`wsman`] | WS-Management (\[MS-WSMV\]): envelopes, the shell resource, faults |
//! | [`auth`] | signing in as steps, token in and token out; sealed messages and the bodies that carry them |
//! | [`endpoint`] | where a server is, and what may be its name |
//! | [`xml`] | a small tree of elements, read within limits and written |
//!
//! Dependencies point downwards: a room uses only rooms listed below it.
//!
//! # Invariants
//!
//! - **No I/O.** No socket, file, environment, thread or terminal. Whoever drives a state machine sends what it gives
//!   and hands back what came.
//! - **No clock.** A time that matters is an argument.
//! - **No randomness of its own.** Whoever needs some is given a generator; with the same one the same bytes come out.
//! - **Nothing from the network is believed.** What came is never indexed, unwrapped or trusted for a size, and what is
//!   kept of it is bounded; each such door is fuzzed (`fuzz/`).
//! - **Secrets** are held in types that do not show them and are wiped when dropped.
//! - **Both sides.** Where the protocol is symmetrical the same code serves a server, because tests are made of it.
//! - It depends on nothing that breaks these: no runtime, no HTTP client, no command line.
#![forbid(unsafe_code)]

pub mod auth;
pub mod endpoint;
pub mod psrp;
pub mod wsman;
pub mod xml;
