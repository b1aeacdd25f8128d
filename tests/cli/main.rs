//! The real program against the lab: what it does, what it says, how it ends.
#![cfg(unix)]

mod afterwards;
mod aged;
mod audit;
mod by_name;
mod chosen;
mod close;
mod configuration;
mod contract;
mod dag;
mod databases;
mod doctor;
#[cfg(target_os = "linux")]
mod dumps;
mod examples;
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
mod manual;
mod many;
mod names;
mod own_endpoint;
mod passed_on;
mod promises;
mod proxies;
mod readme_lines;
mod report;
mod secrets;
mod servers_from;
mod signed;
mod support;
mod sweep;
#[cfg(target_os = "linux")]
mod terminal;
mod through;
mod versions;
mod victims;
mod watch;
mod whose;
#[cfg(target_os = "linux")]
mod wine;
