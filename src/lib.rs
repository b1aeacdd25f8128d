//! mapisweep: find and close the stale MAPI sessions that lock Outlook users out of Exchange.
//!
//! This library is the inside of the command and no public interface: it offers what `main`, the demo and the
//! end-to-end tests need. This page is the map. Each room says what it is for, whether it may touch the outside, and
//! whom it may call: dependencies point downwards, a room uses only rooms listed below it.
//!
//! | room | what it is for | touches |
//! | --- | --- | --- |
//! | `cli` | arguments, one file a verb, the printer, progress, advice | the terminal |
//! | `audit` | the records of what a run did, as it does it | its file |
//! | `servers` | one server: look, act, leave nothing behind; many at once | only through `shell` |
//! | `config` | where the configuration and the state are; all mistakes in the former | their files |
//! | `credentials` | where a password comes from | the OS keyring, environment, standard input |
//! | `shell` | a remote PowerShell: open, run, close | only through `connection` |
//! | `connection` | one authenticated, sealed HTTP connection; the only user of `reqwest` | the network |
//! | `signals` | what asks a program to end | the process's signals |
//! | `kerberos` | whose ticket, and the sign-in by it; the only user of [`mapisweep_gssapi`] | the system's Kerberos library, which asks KDCs |
//! | [`mapisweep_core`] | `plan`, `exchange`, `helper_run`, `batch`, `config`: what is asked, read and decided | nothing |
//! | [`mapisweep_winrm`] | `psrp`, `wsman`, `auth`, `xml`: the protocols | nothing |
//!
//! Rules that hold everywhere: what touches nothing does no I/O, reads no clock and makes no random numbers (it is
//! given them); secrets live in [`secrecy`] types from the moment they are read; what came from the network is never
//! indexed, unwrapped or trusted for a size.
#![forbid(unsafe_code)]

mod audit;
mod cli;
mod config;
mod connection;
mod credentials;
mod kerberos;
mod servers;
mod shell;
mod signals;

pub use cli::{exit::Exit, run};
pub use credentials::memory::is_never_dumped;
