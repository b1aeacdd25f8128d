//! The recorded conversations, decoded.

use std::{fs, path::Path};

use mapisweep_winrm::psrp::message::{Message, MessageType};
use serde::Deserialize;
use uuid::Uuid;

/// The name of the first one: what the pool says before any pipeline.
pub const OPENING: &str = "a pool opens";

/// What was asked, and what the engine answered.
pub struct Conversation {
    pub name: String,
    pub asked: String,
    pub messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    asked: String,
    messages: Vec<(String, String, String)>,
}

/// Those with a version of Exchange, in their order.
pub fn conversations(version: &str) -> Vec<Conversation> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/conversations");
    let lines = fs::read_to_string(folder.join(format!("{version}.jsonl"))).unwrap();
    lines.lines().map(conversation).collect()
}

fn conversation(line: &str) -> Conversation {
    let line: Line = serde_json::from_str(line).unwrap();
    let message = |(kind, whose, data): &(String, String, String)| {
        Message::decode(&bytes(kind, whose, data))
            .unwrap_or_else(|error| panic!("{}: {error:?}", line.name))
    };
    Conversation {
        messages: line.messages.iter().map(message).collect(),
        name: line.name,
        asked: line.asked,
    }
}

/// As it was on the wire, but for the ids, of which only that there is one is known.
fn bytes(kind: &str, whose: &str, data: &str) -> Vec<u8> {
    const FOR_THE_CLIENT: u32 = 1;
    let pipeline = match whose {
        "pool" => Uuid::nil(),
        _ => Uuid::max(),
    };
    let [destination, kind] = [FOR_THE_CLIENT, number(kind)].map(u32::to_le_bytes);
    let ids = [Uuid::max(), pipeline].map(|id| id.to_bytes_le()).concat();
    [&destination, &kind, ids.as_slice(), data.as_bytes()].concat()
}

fn number(kind: &str) -> u32 {
    use MessageType::*;
    let kinds = [
        SessionCapability,
        ApplicationPrivateData,
        RunspacePoolState,
        PipelineOutput,
        PipelineState,
        ErrorRecord,
        WarningRecord,
        VerboseRecord,
        ProgressRecord,
        InformationRecord,
    ];
    let known = kinds.into_iter().find(|known| format!("{known:?}") == kind);
    known.unwrap_or_else(|| panic!("{kind}")).number()
}
