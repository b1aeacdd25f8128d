//! What the messages carry, typed (\[MS-PSRP\] 2.2.2), for both sides: the client and the simulated server.

mod create_pipeline;
mod enums;
mod pool;
mod state;

pub use create_pipeline::{CommandSpec, CreatePipeline};
pub use enums::enumeration;
pub use pool::{
    ApplicationPrivateData, EncryptedSessionKey, InitRunspacePool, PublicKey, SessionCapability,
};
pub use state::{PipelineState, PipelineStateMessage, RunspacePoolState, RunspacePoolStateMessage};

use super::clixml::{Object, Value};

/// A payload that is not what its message type requires.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{message} without a usable {property}")]
pub struct Error {
    /// The message.
    pub message: &'static str,
    /// The property that is missing or of another type.
    pub property: &'static str,
}

/// An object of added properties only, which is what nearly every message carries.
pub(super) fn properties<const N: usize>(properties: [(&str, Value); N]) -> Value {
    Object {
        extended: properties
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        ..Object::default()
    }
    .into()
}

/// The client has no host to call: nobody sits at a console on its side (\[MS-PSRP\] 2.2.3.14).
fn no_host() -> Value {
    properties([
        ("_isHostNull", true.into()),
        ("_isHostUINull", true.into()),
        ("_isHostRawUINull", true.into()),
        ("_useRunspaceHost", true.into()),
    ])
}

#[cfg(test)]
mod tests;
