//! The real program against the lab: what it does, what it says, how it ends.
#![cfg(unix)]

mod aged;
mod audit;
mod chosen;
mod close;
mod dag;
mod databases;
#[cfg(target_os = "linux")]
mod dumps;
mod failures;
mod fleet;
mod https;
mod interrupted;
mod kerberos;
mod keyring;
mod kinds_of_loss;
mod local;
mod login;
mod logons;
mod lost;
mod many;
mod names;
mod own_endpoint;
mod proxies;
mod secrets;
mod servers_from;
mod signed;
mod support;
mod sweep;
#[cfg(target_os = "linux")]
mod terminal;
mod through;
mod victims;
mod watch;
#[cfg(target_os = "linux")]
mod wine;
