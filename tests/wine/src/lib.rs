//! The helper exe under Wine, on real connections.
//!
//! A [`Testbed`] is a server and its clients: two network namespaces with addresses of their own, so that the helper's rule
//! "never loopback" stays on; a Wine prefix of its own, whose processes live in the server's namespace; and programs
//! that hold connections there, under the name of `store.exe` or any other, and pass on what is said on them. All of it
//! is removed when the testbed is dropped.
//!
//! Wine's own `iphlpapi.dll` lists the real connections, but names no owners, and its `SetTcpEntry` says yes and does
//! nothing. Two stand-ins written in C (`c/`) fill in the owners and, if wanted, make the close real by having the
//! kernel end the socket. They are what is *not* Windows here; the exe is the very one that is shipped.
//!
//! ```no_run
//! use mapisweep_wine::{CLIENTS_V4, SERVER_V4, Testbed, System};
//!
//! # fn main() -> std::io::Result<()> {
//! let testbed = Testbed::new()?;
//! let _store = testbed.start("store.exe", &[6001])?;
//! let client = testbed.connect(CLIENTS_V4[0], (SERVER_V4, 6001))?;
//! let exe = std::fs::read("helper/dist/mapisweep-helper.exe")?;
//! let output = testbed.run_helper(&exe, &["list"], b"", System::Closing)?;
//! # let _ = (client, output); Ok(()) }
//! ```
//!
//! It needs root, Wine and a C compiler for Windows: [`missing`] says what is not there. Who uses it: the helper's own
//! tests, and the lab when it is told to (`mapisweep-lab --wine`).
#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

mod client;
mod closer;
mod network;
mod prefix;
mod program;
mod testbed;

pub use client::Client;
pub use network::{CLIENTS_V4, CLIENTS_V6, SERVER_V4, SERVER_V6};
pub use program::{Program, Told};
pub use testbed::{Installed, System, Testbed, missing};

use std::{
    io,
    process::{Command, Stdio},
};

/// Runs a command that must succeed, and returns what it said.
fn run(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!(
        "{command:?}: {}: {said}",
        output.status
    )))
}
