//! The PSRP messages that SOAP envelopes carry.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use mapisweep_winrm::psrp::fragment::{Defragmenter, HEADER};

use crate::node::Node;

/// The elements that may carry fragments (\[MS-PSRP\] 2.2.5.3, 3.1.5.3).
const CARRIERS: [&str; 5] = [
    "creationXml",
    "Arguments",
    "Stream",
    "connectXml",
    "connectResponseXml",
];

/// Puts the messages of one recording together: one stream for each direction and each command.
#[derive(Default)]
pub struct Streams {
    streams: BTreeMap<(bool, String), Defragmenter>,
    /// How many messages have begun, by the fragments' own flags.
    pub begun: usize,
    /// How many have been put together.
    pub complete: usize,
    /// Carriers that hold something else: the streams of a cmd shell.
    pub others: usize,
}

impl Streams {
    /// The messages that this envelope completes.
    pub fn push(&mut self, envelope: &Node, is_request: bool) -> Result<Vec<Vec<u8>>, String> {
        let mut messages = Vec::new();
        self.visit(envelope, is_request, "", &mut messages)?;
        self.complete += messages.len();
        Ok(messages)
    }

    fn visit(
        &mut self,
        node: &Node,
        is_request: bool,
        command: &str,
        messages: &mut Vec<Vec<u8>>,
    ) -> Result<(), String> {
        let command = node.attribute("CommandId").unwrap_or(command);
        if CARRIERS.contains(&node.name.as_str()) {
            let compact: String = node.text.split_ascii_whitespace().collect();
            match STANDARD.decode(compact) {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) if begins_as_fragment(&bytes) => {
                    self.begun += begun(&bytes);
                    // a connection begins object ids anew
                    let is_connecting = node.name.starts_with("connect");
                    let key = format!("{} {is_connecting}", command.to_uppercase());
                    let stream = self.streams.entry((is_request, key)).or_default();
                    let complete = stream.push(&bytes).map_err(|error| error.to_string())?;
                    messages.extend(complete);
                }
                _ => self.others += 1,
            }
        }
        for child in &node.children {
            self.visit(child, is_request, command, messages)?;
        }
        Ok(())
    }
}

/// Whether these bytes begin as fragments do: small object ids, no reserved flags, and the length fits.
fn begins_as_fragment(bytes: &[u8]) -> bool {
    bytes.len() > HEADER
        && bytes.starts_with(&[0; 4])
        && bytes[16] < 4
        && length(bytes) <= bytes.len() - HEADER
}

/// How many of these fragments begin a message.
fn begun(mut bytes: &[u8]) -> usize {
    let mut begun = 0;
    while bytes.len() >= HEADER {
        begun += usize::from(bytes[16] & 1);
        bytes = bytes.get(HEADER + length(bytes)..).unwrap_or_default();
    }
    begun
}

fn length(header: &[u8]) -> usize {
    let length = header[HEADER - 4..HEADER].try_into();
    u32::from_be_bytes(length.expect("four bytes")) as usize
}
