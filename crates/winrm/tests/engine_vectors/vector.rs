//! The recorded vectors, decoded.

use mapisweep_winrm::psrp::message::{Message, MessageType};
use serde::Deserialize;

/// An expression, and what the engine sent when it ran it.
pub struct Vector {
    pub name: String,
    pub expression: String,
    pub messages: Vec<Message>,
}

pub fn vectors() -> Vec<Vector> {
    include_str!("vectors.jsonl").lines().map(vector).collect()
}

#[derive(Deserialize)]
struct Line {
    name: String,
    expression: String,
    messages: Vec<(String, String)>,
}

fn vector(line: &str) -> Vector {
    let line: Line = serde_json::from_str(line).unwrap();
    let message = |(kind, data): &(String, String)| {
        let message = Message::decode(&bytes(kind, data));
        message.unwrap_or_else(|error| panic!("{}: {error:?}", line.name))
    };
    Vector {
        messages: line.messages.iter().map(message).collect(),
        name: line.name,
        expression: line.expression,
    }
}

/// As it was on the wire, but for the ids.
fn bytes(kind: &str, data: &str) -> Vec<u8> {
    const FOR_THE_CLIENT: u32 = 1;
    let [destination, kind] = [FOR_THE_CLIENT, number(kind)].map(u32::to_le_bytes);
    [&destination, &kind, [0; 32].as_slice(), data.as_bytes()].concat()
}

fn number(kind: &str) -> u32 {
    use MessageType::*;
    let kinds = [
        PipelineOutput,
        PipelineState,
        ErrorRecord,
        WarningRecord,
        VerboseRecord,
        DebugRecord,
        ProgressRecord,
        InformationRecord,
    ];
    let known = kinds.into_iter().find(|known| format!("{known:?}") == kind);
    known.unwrap_or_else(|| panic!("{kind}")).number()
}
