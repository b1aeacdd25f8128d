//! The rooms of mapisweep that read what others wrote, compiled without those that touch the outside: no network,
//! no keyring, no terminal, and so in a fraction of the time; and a [`machine`] for the helper to run on.
#![forbid(unsafe_code)]
#![allow(dead_code, reason = "what only the other rooms use")]

pub mod machine;

#[path = "../../src/auth/mod.rs"]
pub mod auth;
#[path = "../../src/config/mod.rs"]
pub mod config;
#[path = "../../src/push/mod.rs"]
pub mod push;
#[path = "../../src/remoting/mod.rs"]
pub mod remoting;
#[path = "../../src/wsman/mod.rs"]
pub mod wsman;
