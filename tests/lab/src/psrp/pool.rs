//! A runspace pool: its handshake, its state, and the pipelines that it makes. \[MS-PSRP\] 3.2

use rand::rngs::OsRng;
use std::sync::Arc;

use mapisweep_winrm::psrp::{
    clixml::{Content, Value},
    fragment::Defragmenter,
    message::{Message, MessageType},
    secure::SessionKey,
};
use uuid::Uuid;

use super::{Malformed, Outbox, Pipeline, Voice, messages};
use crate::powershell::{Runspace, object::object};

/// One shell's runspace pool.
pub(crate) struct Pool {
    runspace: Arc<Runspace>,
    defragmenter: Defragmenter,
    voice: Voice,
}

/// RunspacePoolState. \[MS-PSRP\] 2.2.3.4
const OPENED: i32 = 2;

impl Pool {
    /// A pool whose fragments have at most `fragment_size` bytes.
    pub fn new(runspace: Runspace, fragment_size: usize) -> Self {
        const WINDOWS_SENDS_NO_MORE: usize = 32 * 1024;
        const SMALLEST: usize = 256;
        Self {
            runspace: Arc::new(runspace),
            defragmenter: Defragmenter::default(),
            voice: Voice {
                pool: Uuid::nil(),
                pipeline: Uuid::nil(),
                outbox: Arc::default(),
                objects: Arc::default(),
                fragment_size: fragment_size.clamp(SMALLEST, WINDOWS_SENDS_NO_MORE),
                selection: None,
                listener: None,
            },
        }
    }

    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.voice.outbox
    }

    /// A pipeline that waits for its messages.
    pub fn pipeline(&self) -> Pipeline {
        let voice = Voice {
            outbox: Arc::default(),
            ..self.voice.clone()
        };
        Pipeline::new(self.runspace.clone(), voice)
    }

    /// Takes messages that concern the pool.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        for message in messages(&mut self.defragmenter, bytes)? {
            self.take(&message)?;
        }
        Ok(())
    }

    fn take(&mut self, message: &Message) -> Result<(), Malformed> {
        match message.kind {
            MessageType::SessionCapability => {
                let version = message.data.get("protocolversion").and_then(Value::as_str);
                if !version.is_some_and(|version| version.starts_with("2.")) {
                    return Err(Malformed);
                }
                self.voice
                    .say(MessageType::SessionCapability, self.capability());
                self.voice.pool = message.pool;
            }
            MessageType::InitRunspacePool => {
                self.voice
                    .say(MessageType::ApplicationPrivateData, self.private_data());
                let state = object(&[]).note("RunspaceState", OPENED);
                self.voice
                    .say(MessageType::RunspacePoolState, state.build());
            }
            MessageType::PublicKey => {
                let key = message.data.get("PublicKey").and_then(Value::as_str);
                let (key, encrypted) =
                    SessionKey::for_public_key(key.ok_or(Malformed)?, &mut OsRng)
                        .map_err(|_| Malformed)?;
                self.runspace.share(key);
                let answer = object(&[]).note("EncryptedSessionKey", encrypted);
                self.voice
                    .say(MessageType::EncryptedSessionKey, answer.build());
            }
            MessageType::GetAvailableRunspaces => self.tell_availability(message, Value::I64(1)),
            MessageType::SetMaxRunspaces | MessageType::SetMinRunspaces => {
                self.tell_availability(message, Value::Bool(true));
            }
            _ => {}
        }
        Ok(())
    }

    fn capability(&self) -> Value {
        let version = |text: &str| Value::Version(text.to_owned());
        object(&[])
            .note(
                "protocolversion",
                version(self.runspace.server.version.protocol_version()),
            )
            .note("PSVersion", version("2.0"))
            .note("SerializationVersion", version("1.1.0.1"))
            .build()
    }

    /// What a server says of its PowerShell. \[MS-PSRP\] 2.2.2.13
    fn private_data(&self) -> Value {
        let version = self.runspace.server.version.powershell();
        let dictionary = |entries| {
            object(&[
                "System.Management.Automation.PSPrimitiveDictionary",
                "System.Collections.Hashtable",
                "System.Object",
            ])
            .holding(Content::Dictionary(entries))
        };
        let table = dictionary(vec![
            ("PSVersion".into(), Value::Version(version.to_owned())),
            (
                "SerializationVersion".into(),
                Value::Version("1.1.0.1".to_owned()),
            ),
        ]);
        let data = dictionary(vec![("PSVersionTable".into(), table.build())]);
        object(&[]).note("ApplicationPrivateData", data).build()
    }

    fn tell_availability(&self, question: &Message, answer: Value) {
        let call = question.data.get("ci").cloned().unwrap_or(Value::Null);
        let data = object(&[])
            .note("SetMinMaxRunspacesResponse", answer)
            .note("ci", call);
        self.voice
            .say(MessageType::RunspaceAvailability, data.build());
    }
}
