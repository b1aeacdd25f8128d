//! Signing in, as steps: a token in, a token out; and what protects the messages afterwards.
//!
//! | file | what it knows |
//! | --- | --- |
//! | [`step`] | what every way of signing in has in common: **implement [`Mechanism`] for another one** |
//! | [`method`] | the ways that can be chosen |
//! | [`ntlm`] | the three NTLM messages, the keys, sealing (\[MS-NLMP\]) |
//! | [`basic`] | HTTP Basic |
//! | [`credential`] | who signs in, with a password or a ticket |
//! | [`channel_binding`] | which TLS channel a sign-in is bound to (RFC 5929) |
//! | [`multipart`] | the HTTP body that carries a sealed message (\[MS-WSMV\] 2.2.9.1) |
//!
//! The pieces are symmetrical where the protocol is: the same keys, seals and bodies serve an acceptor.

pub mod basic;
pub mod channel_binding;
pub mod credential;
pub mod method;
pub mod multipart;
pub mod ntlm;
pub mod step;

pub use channel_binding::ChannelBinding;
pub use credential::{Credential, UserName};
pub use method::Method;
pub use step::{Context, Error, Mechanism, Scene, SealError, Sealed, Step, Token};
