//! The server's side of PowerShell remoting: a runspace pool, its pipelines, and what they say. \[MS-PSRP\]
//!
//! Values and message headers are read and written by the client's own code; what stands against both being wrong in
//! the same way are recorded traffic and clients that others wrote (see `tests/witnesses`).

mod outbox;
mod pipeline;
mod pool;
mod voice;

pub(crate) use outbox::Outbox;
pub(crate) use pipeline::Pipeline;
pub(crate) use pool::Pool;
pub(crate) use voice::{Listener, Voice};

use mapisweep_winrm::psrp::{
    fragment::Defragmenter,
    message::{Message, MessageType},
};

/// The client sent what is not PSRP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Turns fragments into messages.
fn messages(defragmenter: &mut Defragmenter, bytes: &[u8]) -> Result<Vec<Message>, Malformed> {
    let complete = defragmenter.push(bytes).map_err(|_| Malformed)?;
    complete
        .iter()
        .map(|message| Message::decode(message).map_err(|_| Malformed))
        .filter(|message| !matches!(message, Ok(message) if matches!(message.kind, MessageType::Unknown(_))))
        .collect()
}
