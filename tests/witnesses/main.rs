//! The real program against a WinRM server that is made of other people's protocol code (`server/`, in Python): NTLM by
//! pyspnego or, in C, by gss-ntlmssp, PowerShell remoting and CLIXML by psrpcore.
//!
//! Without the virtual environment of `scripts/witnesses` every test here says that it was skipped; with
//! `MAPISWEEP_TEST_ALL=1` it fails instead. Each ends with its counts.
#![cfg(unix)]

mod attacks;
mod kerberos;
mod runs;
mod server;
mod variants;
