//! mapisweep: find and close the stale MAPI sessions that lock Outlook users out of Exchange.
//!
//! This page is the map. Each room below says what it is for, whether it may touch the outside, and whom it may
//! call. Dependencies point downwards: a room uses only rooms listed below it.
//!
//! | room | what it is for | touches |
//! | --- | --- | --- |
//! | [`cli`] | arguments, one file a verb, the printer, progress, advice | the terminal |
//! | [`sweep`] | the plan (pure), the steps on one server, many servers at once, the audit trail | the audit file |
//! | [`config`] | profiles, protected addresses, defaults | its file |
//! | [`credentials`] | where a password comes from | the OS keyring, environment, standard input |
//! | [`exchange`] | cmdlets as typed requests, their results as typed rows | nothing |
//! | [`push`] | the embedded helper .exe, the script that runs it, what it reports | nothing |
//! | [`session`] | drives a runspace pool over a connection: open, run, close | only through `connection` |
//! | [`remoting`] | PowerShell remoting (\[MS-PSRP\]): CLIXML, fragments, runspace pool, pipeline | nothing |
//! | [`wsman`] | WS-Management (\[MS-WSMV\]): envelopes, the shell resource, faults | nothing |
//! | [`connection`] | one authenticated, sealed HTTP connection; the only user of `reqwest` | the network |
//! | [`auth`] | NTLM and Basic: tokens in, tokens out; seal and unseal | nothing |
//!
//! Rules that hold everywhere: rooms that touch nothing do no I/O and read no clock (they are given one); secrets
//! live in [`secrecy`] types from the moment they are read; what came from the network is never indexed, unwrapped
//! or trusted for a size.
#![forbid(unsafe_code)]

pub mod auth;
pub mod cli;
pub mod config;
pub mod connection;
pub mod credentials;
pub mod exchange;
pub mod push;
pub mod remoting;
pub mod session;
pub mod sweep;
pub mod wsman;
