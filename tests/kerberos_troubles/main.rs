//! What goes wrong with Kerberos before a server is asked for anything, planted one by one: the real program with MIT's
//! library and with Heimdal's, and MIT's KDC (`mapisweep_outside::Kdc`). What needs a server that takes tickets is in
//! `../kerberos`.
//!
//! | file | what it shows |
//! | --- | --- |
//! | `caches` | each state of a ticket cache, and what is said of it |
//! | `configuration` | a configuration that the library does not take is named with its line |
//! | `refused` | a password that the KDC refused goes nowhere else |
#![cfg(target_os = "linux")]

mod caches;
mod configuration;
mod listener;
mod place;
mod refused;
