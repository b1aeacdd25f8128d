//! PowerShell remoting (\[MS-PSRP\]) without I/O: bytes and values in, bytes and values out.
//!
//! From the bottom up: [`clixml`] is how values are written; a [`message`] carries one value and says what it is for;
//! [`fragment`]s carry a message in pieces that fit the envelope; a [`client`] is the runspace pool that sends and
//! receives them to run a [`pipeline`].

pub mod client;
pub mod clixml;
pub mod fragment;
pub mod message;
pub mod payload;
pub mod pipeline;
pub mod secure;
