//! WS-Management as Windows speaks it (\[MS-WSMV\]): envelopes, the shell resource, faults. No I/O.
//!
//! A [`Request`] becomes text with [`Request::to_xml`]; what the server answered is read by [`Response::parse`],
//! which gives a [`Response`] or, as an error, the [`Fault`]. [`Shell`] makes the six requests of a shell's life:
//! Create, Command, Send, Receive, Signal, Delete.
//!
//! Names are always compared with their namespace, never by prefix: Windows writes `s:` and `w:`, OMI writes
//! `SOAP-ENV:` and `wsman:` for the same things.

mod fault;
pub mod names;
mod request;
mod response;
mod shell;

pub use fault::{Fault, ProviderFault, number};
pub(crate) use request::upper;
pub use request::{Addressing, Request, RequestOption};
pub use response::{Body, CommandState, Error, Progress, Received, Response, Stream};
pub use shell::{InputStream, Shell, Signal};

/// Asks what the server is (DSP0226 section 11): it needs no resource, changes nothing, and anybody who has signed in may
/// ask it. So it shows whether a sign-in is taken.
pub const IDENTIFY: &str = concat!(
    r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" "#,
    r#"xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">"#,
    "<s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>",
);

#[cfg(test)]
mod tests;
