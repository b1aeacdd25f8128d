//! Messages: one value, what it is for, and whom it concerns (\[MS-PSRP\] 2.2.1).

use uuid::Uuid;

use super::clixml::{self, Value};

/// One PSRP message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who is to receive it.
    pub destination: Destination,
    /// What it is for.
    pub kind: MessageType,
    /// The runspace pool's id (RPID).
    pub pool: Uuid,
    /// The pipeline's id (PID); nil for messages that concern the pool.
    pub pipeline: Uuid,
    /// What it carries; null for [`MessageType::EndOfPipelineInput`], which carries nothing, and an empty string for
    /// [`MessageType::PublicKeyRequest`].
    pub data: Value,
}

/// Who is to receive a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// Why bytes are not a message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Shorter than its header.
    #[error("a PSRP message ends too early")]
    Truncated,
    /// Neither client nor server.
    #[error("a PSRP message for destination {0}")]
    Destination(u32),
    /// The data is not UTF-8.
    #[error("the data of a PSRP message is not UTF-8")]
    Utf8(#[from] std::str::Utf8Error),
    /// The data is not CLIXML.
    #[error("the data of a PSRP message of type {kind:?} is not CLIXML")]
    Clixml {
        /// What the message is for.
        kind: MessageType,
        /// What is wrong.
        #[source]
        source: clixml::Error,
    },
}

impl Message {
    /// Header and data as bytes, with the byte order mark that Windows writes.
    pub fn encode(&self) -> Vec<u8> {
        let destination: u32 = match self.destination {
            Destination::Client => 1,
            Destination::Server => 2,
        };
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&destination.to_le_bytes());
        bytes.extend_from_slice(&self.kind.number().to_le_bytes());
        bytes.extend_from_slice(&self.pool.to_bytes_le());
        bytes.extend_from_slice(&self.pipeline.to_bytes_le());
        if self.kind != MessageType::EndOfPipelineInput {
            bytes.extend_from_slice("\u{feff}".as_bytes());
            bytes.extend_from_slice(clixml::to_xml(&self.data).as_bytes());
        }
        bytes
    }

    /// Reads header and data.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (destination, bytes) = bytes.split_first_chunk().ok_or(Error::Truncated)?;
        let (kind, bytes) = bytes.split_first_chunk().ok_or(Error::Truncated)?;
        let (pool, bytes) = bytes.split_first_chunk().ok_or(Error::Truncated)?;
        let (pipeline, data) = bytes.split_first_chunk().ok_or(Error::Truncated)?;
        let destination = match u32::from_le_bytes(*destination) {
            1 => Destination::Client,
            2 => Destination::Server,
            other => return Err(Error::Destination(other)),
        };
        let kind = MessageType::from_number(u32::from_le_bytes(*kind));
        let text = std::str::from_utf8(data)?.trim_start_matches('\u{feff}');
        let data = match text.trim().is_empty() {
            true => Value::Null,
            false => clixml::parse(text).map_err(|source| Error::Clixml { kind, source })?,
        };
        Ok(Self {
            destination,
            kind,
            pool: Uuid::from_bytes_le(*pool),
            pipeline: Uuid::from_bytes_le(*pipeline),
            data,
        })
    }
}

macro_rules! message_types {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal,)+) => {
        /// What a message is for (\[MS-PSRP\] 2.2.1, MessageType).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum MessageType {
            $($(#[doc = $doc])+ $name,)+
            /// A number that the specification does not know.
            Unknown(u32),
        }

        impl MessageType {
            /// The number on the wire.
            pub fn number(self) -> u32 {
                match self {
                    $(Self::$name => $number,)+
                    Self::Unknown(number) => number,
                }
            }

            /// The type with this number.
            pub fn from_number(number: u32) -> Self {
                match number {
                    $($number => Self::$name,)+
                    other => Self::Unknown(other),
                }
            }
        }
    };
}

message_types! {
    /// Versions, both ways, first of all (2.2.2.1).
    SessionCapability = 0x0001_0002,
    /// Opens the pool (2.2.2.2).
    InitRunspacePool = 0x0001_0004,
    /// The client's public key (2.2.2.3).
    PublicKey = 0x0001_0005,
    /// The session key, encrypted with it (2.2.2.4).
    EncryptedSessionKey = 0x0001_0006,
    /// The server asks for a public key (2.2.2.5).
    PublicKeyRequest = 0x0001_0007,
    /// Attaches to a disconnected pool (2.2.2.28).
    ConnectRunspacePool = 0x0001_0008,
    /// What the server made of the pool (2.2.2.30).
    RunspacePoolInitData = 0x0002_100B,
    /// Sets a runspace back (2.2.2.31).
    ResetRunspaceState = 0x0002_100C,
    /// Changes the most runspaces (2.2.2.6).
    SetMaxRunspaces = 0x0002_1002,
    /// Changes the fewest runspaces (2.2.2.7).
    SetMinRunspaces = 0x0002_1003,
    /// The answer to a question about runspaces (2.2.2.8).
    RunspaceAvailability = 0x0002_1004,
    /// The pool's state (2.2.2.9).
    RunspacePoolState = 0x0002_1005,
    /// Makes and starts a pipeline (2.2.2.10).
    CreatePipeline = 0x0002_1006,
    /// Asks how many runspaces are free (2.2.2.11).
    GetAvailableRunspaces = 0x0002_1007,
    /// An event of the pool (2.2.2.12).
    UserEvent = 0x0002_1008,
    /// The server's private data (2.2.2.13).
    ApplicationPrivateData = 0x0002_1009,
    /// Asks for a command's metadata (2.2.2.14).
    GetCommandMetadata = 0x0002_100A,
    /// A call to the client's host, from the pool (2.2.2.15).
    RunspacePoolHostCall = 0x0002_1100,
    /// The answer to it (2.2.2.16).
    RunspacePoolHostResponse = 0x0002_1101,
    /// An input object for a pipeline (2.2.2.17).
    PipelineInput = 0x0004_1002,
    /// No more input (2.2.2.18).
    EndOfPipelineInput = 0x0004_1003,
    /// An output object (2.2.2.19).
    PipelineOutput = 0x0004_1004,
    /// An error record (2.2.2.20).
    ErrorRecord = 0x0004_1005,
    /// The pipeline's state (2.2.2.21).
    PipelineState = 0x0004_1006,
    /// A debug record (2.2.2.22).
    DebugRecord = 0x0004_1007,
    /// A verbose record (2.2.2.23).
    VerboseRecord = 0x0004_1008,
    /// A warning record (2.2.2.24).
    WarningRecord = 0x0004_1009,
    /// A progress record (2.2.2.25).
    ProgressRecord = 0x0004_1010,
    /// An information record (2.2.2.26).
    InformationRecord = 0x0004_1011,
    /// A call to the client's host, from a pipeline (2.2.2.27).
    PipelineHostCall = 0x0004_1100,
    /// The answer to it.
    PipelineHostResponse = 0x0004_1101,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: MessageType, data: Value) -> Message {
        Message {
            destination: Destination::Server,
            kind,
            pool: Uuid::from_u128(0x00112233_4455_6677_8899_aabbccddeeff),
            pipeline: Uuid::nil(),
            data,
        }
    }

    #[test]
    fn the_header_is_as_specified() {
        let bytes = message(MessageType::CreatePipeline, "é".into()).encode();
        let header = [
            &[2, 0, 0, 0][..],
            &[0x06, 0x10, 0x02, 0x00],
            &[0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66],
            &[0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff],
            &[0; 16],
        ];
        let data = "\u{feff}<S>é</S>".as_bytes();
        assert_eq!(bytes, [&header.concat(), data].concat());
    }

    #[test]
    fn messages_survive_the_journey() {
        for (kind, data) in [
            (MessageType::PublicKeyRequest, "".into()),
            (MessageType::EndOfPipelineInput, Value::Null),
            (MessageType::PipelineInput, Value::Null),
            (MessageType::Unknown(7), Value::I32(1)),
        ] {
            let message = message(kind, data);
            assert_eq!(Message::decode(&message.encode()).unwrap(), message);
        }
    }

    #[test]
    fn what_is_not_a_message_is_refused() {
        let whole = message(MessageType::PipelineInput, "text".into()).encode();
        let mut nobody = whole.clone();
        nobody[0] = 3;
        let mut binary = whole.clone();
        binary.push(0xFF);
        for (bytes, error) in [
            (&whole[..39], "a PSRP message ends too early"),
            (&nobody, "a PSRP message for destination 3"),
            (&binary, "the data of a PSRP message is not UTF-8"),
            (
                &whole[..50],
                "the data of a PSRP message of type PipelineInput is not CLIXML",
            ),
        ] {
            assert_eq!(Message::decode(bytes).unwrap_err().to_string(), error);
        }
    }
}
