//! Signing in, as steps: a token in, a token out; and what protects the messages afterwards.
//!
//! | file | what it knows |
//! | --- | --- |
//! | [`step`] | what every way of signing in has in common: **implement [`Mechanism`] for another one** |
//! | [`method`] | the ways that can be chosen |
//! | [`ntlm`] | the three NTLM messages, the keys, sealing (\[MS-NLMP\]) |
//! | [`spnego`] | how a Kerberos token travels under `Negotiate` (RFC 4178) |
//! | [`kerberos`] | how a message sealed by Kerberos is cut in two (RFC 4121, RFC 4757) |
//! | [`service`] | a service as Kerberos and Windows name it |
//! | [`basic`] | HTTP Basic |
//! | [`credential`] | who signs in, with a password or a ticket |
//! | [`channel_binding`] | which TLS channel a sign-in is bound to (RFC 5929) |
//! | [`multipart`] | the HTTP body that carries a sealed message (\[MS-WSMV\] 2.2.9.1) |
//!
//! The pieces are symmetrical where the protocol is: the same keys, seals and bodies serve an acceptor.

pub mod basic;
pub mod channel_binding;
pub mod credential;
pub mod kerberos;
pub mod method;
pub mod multipart;
pub mod ntlm;
pub mod service;
pub mod spnego;
pub mod step;

pub use channel_binding::ChannelBinding;
pub use credential::{Credential, UserName};
pub use method::Method;
pub use service::ServiceName;
pub use step::{Context, Error, Mechanism, Opened, Scene, SealError, Sealed, Step, Token};
