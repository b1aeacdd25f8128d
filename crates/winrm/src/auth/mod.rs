//! NTLM and Basic: tokens in, tokens out; seal and unseal. No I/O, no clock.
//!
//! | file | what it knows |
//! | --- | --- |
//! | [`credential`] | a user's name and password |
//! | [`basic`] | the header of HTTP Basic |
//! | [`ntlm`] | the three NTLM messages, the keys, sealing (\[MS-NLMP\]) |
//! | [`channel_binding`] | which TLS channel a sign-in is bound to (RFC 5929) |
//! | [`multipart`] | the HTTP body that carries a sealed message (\[MS-WSMV\] 2.2.9.1) |
//!
//! The pieces are symmetrical where the protocol is: the same keys, seals and bodies serve an acceptor.

pub mod basic;
pub mod channel_binding;
pub mod credential;
pub mod multipart;
pub mod ntlm;

pub use credential::{Credential, UserName};
