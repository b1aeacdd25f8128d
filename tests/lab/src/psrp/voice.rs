//! How a pool or a pipeline speaks to the client.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use mapisweep_winrm::psrp::{
    clixml::Value,
    message::{Destination, Message, MessageType},
};
use uuid::Uuid;

use super::Outbox;
use crate::powershell::{
    ErrorRecord,
    object::{Builder, object, one_level_deep},
};

/// Writes messages into an outbox, in fragments.
#[derive(Clone)]
pub(crate) struct Voice {
    pub pool: Uuid,
    pub pipeline: Uuid,
    pub outbox: Arc<Outbox>,
    /// Shared by everything that one pool says.
    pub objects: Arc<AtomicU64>,
    /// Most bytes of one fragment, header included.
    pub fragment_size: usize,
    /// The only properties that objects on the output stream keep, where `Select-Object` stands behind a cmdlet.
    pub selection: Option<Arc<[String]>>,
    /// Who hears objects, errors and warnings in place of the client.
    pub listener: Option<Arc<dyn Listener>>,
}

/// A script that runs a cmdlet and takes up what it says. Objects are whole: nothing has been flattened for the wire.
pub(crate) trait Listener: Send + Sync {
    /// An object on the output stream.
    fn output(&self, object: &Value);

    /// A non-terminating error.
    fn error(&self, record: &ErrorRecord);

    /// A warning.
    fn warning(&self, text: &str);
}

impl Voice {
    pub fn output(&self, value: impl Into<Value>) {
        let value = value.into();
        if let Some(listener) = &self.listener {
            return listener.output(&value);
        }
        let value = match &self.selection {
            Some(properties) => selected(&value, properties),
            None => one_level_deep(value),
        };
        self.say(MessageType::PipelineOutput, value);
    }

    /// The same voice, for a cmdlet with `Select-Object -Property` behind it.
    pub fn selecting(&self, properties: Vec<String>) -> Self {
        Self {
            selection: Some(properties.into()),
            ..self.clone()
        }
    }

    /// The same voice, for a cmdlet that a script runs.
    pub fn heard_by(&self, listener: Arc<dyn Listener>) -> Self {
        Self {
            listener: Some(listener),
            ..self.clone()
        }
    }

    /// A non-terminating error.
    pub fn error(&self, record: &ErrorRecord) {
        match &self.listener {
            Some(listener) => listener.error(record),
            None => self.say(MessageType::ErrorRecord, record.to_value()),
        }
    }

    /// A warning, verbose or debug record. \[MS-PSRP\] 2.2.3.16
    pub fn inform(&self, kind: MessageType, text: &str) {
        if let (Some(listener), MessageType::WarningRecord) = (&self.listener, kind) {
            return listener.warning(text);
        }
        let type_name = match kind {
            MessageType::VerboseRecord => "System.Management.Automation.VerboseRecord",
            MessageType::DebugRecord => "System.Management.Automation.DebugRecord",
            _ => "System.Management.Automation.WarningRecord",
        };
        let base = "System.Management.Automation.InformationalRecord";
        let record = object(&[type_name, base, "System.Object"])
            .shown_as(text)
            .note("InformationalRecord_Message", text)
            .note("InformationalRecord_SerializeInvocationInfo", false);
        self.say(kind, record.build());
    }

    pub fn say(&self, kind: MessageType, data: Value) {
        let message = Message {
            destination: Destination::Client,
            kind,
            pool: self.pool,
            pipeline: self.pipeline,
            data,
        };
        let object = self.objects.fetch_add(1, Ordering::Relaxed) + 1;
        self.outbox
            .push(fragments(object, &message.encode(), self.fragment_size));
    }
}

/// What `Select-Object` makes of an object: the properties asked for, null where there is none of that name.
fn selected(value: &Value, properties: &[String]) -> Value {
    let first = value.type_names().first().map_or("", String::as_str);
    let kind = format!("Selected.{first}");
    let bag = object(&[
        kind.as_str(),
        "System.Management.Automation.PSCustomObject",
        "System.Object",
    ]);
    let keep = |bag: Builder, name: &String| {
        bag.note(name, value.get(name).cloned().unwrap_or(Value::Null))
    };
    properties.iter().fold(bag, keep).build()
}

/// Cuts a message into fragments, each of which Windows sends as a stream of its own. \[MS-PSRP\] 2.2.4
fn fragments(object: u64, message: &[u8], size: usize) -> Vec<Vec<u8>> {
    const HEADER: usize = 21;
    let pieces: Vec<_> = message.chunks(size - HEADER).collect();
    let last = pieces.len() - 1;
    pieces
        .into_iter()
        .enumerate()
        .map(|(index, piece)| {
            let (is_start, is_end) = (u8::from(index == 0), u8::from(index == last));
            let flags = is_start + 2 * is_end;
            let mut fragment = object.to_be_bytes().to_vec();
            fragment.extend((index as u64).to_be_bytes());
            fragment.push(flags);
            fragment.extend((piece.len() as u32).to_be_bytes());
            fragment.extend(piece);
            fragment
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_where_the_size_says() {
        let cut = fragments(7, b"abcde", 23);

        let header = |fragment: u8, flags: u8, length: u8| {
            [&[
                0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, fragment, flags, 0, 0, 0, length,
            ][..]]
            .concat()
        };
        assert_eq!(
            cut,
            [
                [header(0, 1, 2), b"ab".to_vec()].concat(),
                [header(1, 0, 2), b"cd".to_vec()].concat(),
                [header(2, 2, 1), b"e".to_vec()].concat(),
            ]
        );
        assert_eq!(
            fragments(7, b"ab", 23),
            [[header(0, 3, 2), b"ab".to_vec()].concat()]
        );
    }
}
