//! Sign-in by Kerberos, from the ticket to the closed connection: the real program, MIT's KDC (`mapisweep_outside::Kdc`)
//! and the server of others (`../witnesses/server`), whose Kerberos and SPNEGO are MIT's. The program uses MIT's library
//! and Heimdal's in turn.
//!
//! | file | what it shows |
//! | --- | --- |
//! | `ways` | password or ticket, AES or RC4, each scheme, each library: the whole job, one ticket a run |
//! | `attacks` | spoiled answers, and answers in clear, are refused |
//! | `channel` | HTTPS: bound to the channel, and to no other |
//! | `delegation` | a ticket goes along where it is needed, may and can |
//! | `realms` | how a person's realm and its KDC are found; people of another realm |
//! | `secrets` | what proves who somebody is stays in memory |
//! | `size` | tickets of 70 KB, and servers that take none such |
//! | `crowd` | two people at once do not meet |
//! | `tickets` | why no ticket is to be had, and the sentence for it |
//! | `interrupted` | Ctrl-C while a KDC is silent |
//! | `servers` | what servers do with a ticket, and the sentence for it |
//!
//! What only a domain controller does (see `Kdc`) is not shown here.
#![cfg(target_os = "linux")]

mod attacks;
mod channel;
mod crowd;
mod delegation;
mod house;
mod interrupted;
mod realms;
#[allow(dead_code)] // what its own tests need of it
#[path = "../witnesses/runs.rs"]
mod runs;
mod said;
mod secrets;
#[allow(dead_code)]
#[path = "../witnesses/server.rs"]
mod server;
mod servers;
mod size;
mod tickets;
mod ways;
