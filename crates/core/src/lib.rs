//! What mapisweep asks, reads and decides, as pure functions and typed values; nothing is done here.
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`plan`] | what was seen, what an admin allows, and so what would be closed, kept or refused, and why |
//! | [`exchange`] | cmdlets as typed questions, their results as typed rows |
//! | [`batch`] | questions that are asked together: the script that runs them on a server, the lines in which it answers |
//! | [`helper_run`] | the helper .exe, what it is asked, what it says |
//! | [`config`] | what the configuration file may say |
//! | [`text`] | what came from elsewhere, made safe to write |
//!
//! Dependencies point downwards. The command, the lab and the fuzz targets build on this crate, and it builds on
//! [`mapisweep_winrm`] and on what the helper and its client agree on, [`mapisweep_helper::contract`]: it does no I/O,
//! reads no clock and makes nothing up.
#![forbid(unsafe_code)]

pub mod batch;
pub mod config;
pub mod exchange;
pub mod helper_run;
pub mod plan;
pub mod text;
