//! What is received: one SOAP envelope a response.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use uuid::Uuid;

use super::fault::Fault;
use super::names;
use super::request::uri;
use super::shell::Shell;
use crate::xml::Element;
use crate::xml::XmlError;

/// A server's answer that is not a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The id of the request it answers, where there was one.
    pub relates_to: Option<String>,
    /// What it says.
    pub body: Body,
}

/// What a response says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// To Create: the shell that was made, to be named in all further requests.
    Created(Shell),
    /// To Command: the command's id, which a server may have chosen itself.
    Command(Option<String>),
    /// To Receive.
    Received(Received),
    /// To Send, Signal and Delete: done, nothing more to say.
    Done,
    /// Something else.
    Other(Box<Element>),
}

/// The output that has gathered. \[MS-WSMV\] 2.2.4.27.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Received {
    /// In the order in which they are to be read.
    pub streams: Vec<Stream>,
    /// How the commands stand.
    pub states: Vec<CommandState>,
}

/// A piece of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// `stdout` for PowerShell.
    pub name: String,
    /// Whose; the shell's own if there is none.
    pub command: Option<String>,
    /// The bytes.
    pub data: Vec<u8>,
    /// Nothing follows on this stream.
    pub end: bool,
}

/// How a command stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandState {
    /// Whose; OMI leaves it out.
    pub command: Option<String>,
    /// How far it is.
    pub progress: Progress,
    /// With which code it ended.
    pub exit_code: Option<i64>,
}

/// How far a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It runs and has more to say.
    Running,
    /// It waits for input.
    Pending,
    /// It has ended and everything was received.
    Done,
}

/// Why there is no [`Response`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused or failed, and said so.
    #[error(transparent)]
    Fault(Box<Fault>),
    /// Not XML, or too much of it.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// XML, but not SOAP.
    #[error("the server's answer is not a SOAP envelope but <{0}>")]
    NotSoap(String),
    /// Something that every such response has is missing or unreadable.
    #[error("the server's answer has no readable {0}")]
    Missing(&'static str),
}

impl Response {
    /// Reads an envelope.
    pub fn parse(xml: &str) -> Result<Self, Error> {
        let envelope = Element::parse(xml)?;
        if !envelope.name.is(names::SOAP, "Envelope") {
            return Err(Error::NotSoap(envelope.name.local.into_owned()));
        }
        let relates_to = envelope
            .get(names::SOAP, "Header")
            .and_then(|header| header.get(names::ADDRESSING, "RelatesTo"));
        let body = envelope
            .get(names::SOAP, "Body")
            .ok_or(Error::Missing("body"))?;
        if let Some(fault) = body.get(names::SOAP, "Fault") {
            return Err(Error::Fault(Box::new(Fault::read(fault))));
        }
        Ok(Self {
            relates_to: relates_to.map(|id| id.text().to_owned()),
            body: Body::read(body)?,
        })
    }
}

impl Response {
    /// Whether it is the answer to the request with this id, as far as it says.
    pub fn answers(&self, message_id: Uuid) -> bool {
        let named = self.relates_to.as_deref();
        named.is_none_or(|named| named.trim().eq_ignore_ascii_case(&uri(message_id)))
    }
}

impl Body {
    fn read(body: &Element) -> Result<Self, Error> {
        if let Some(created) = body.get(names::TRANSFER, "ResourceCreated") {
            return Ok(Self::Created(created_shell(created)?));
        }
        if let Some(received) = body.get(names::SHELL, "ReceiveResponse") {
            return Ok(Self::Received(Received::read(received)?));
        }
        if let Some(command) = body.get(names::SHELL, "CommandResponse") {
            let id = command
                .get(names::SHELL, "CommandId")
                .map(|id| id.text().to_owned());
            return Ok(Self::Command(id));
        }
        let done = ["SendResponse", "SignalResponse"];
        match body.children.first() {
            None => Ok(Self::Done),
            Some(child) if done.iter().any(|local| child.name.is(names::SHELL, local)) => {
                Ok(Self::Done)
            }
            Some(child) => Ok(Self::Other(Box::new(child.clone()))),
        }
    }
}

fn created_shell(created: &Element) -> Result<Shell, Error> {
    let reference = created
        .get(names::ADDRESSING, "ReferenceParameters")
        .ok_or(Error::Missing("reference to the shell"))?;
    let resource_uri = reference
        .get(names::WSMAN, "ResourceURI")
        .ok_or(Error::Missing("resource URI"))?;
    let id = reference
        .get(names::WSMAN, "SelectorSet")
        .and_then(|set| {
            set.all(names::WSMAN, "Selector")
                .find(|selector| selector.attr("Name") == Some("ShellId"))
        })
        .ok_or(Error::Missing("shell id"))?;
    Ok(Shell {
        resource_uri: resource_uri.text().to_owned(),
        id: id.text().to_owned(),
    })
}

impl Received {
    fn read(received: &Element) -> Result<Self, Error> {
        Ok(Self {
            streams: received
                .all(names::SHELL, "Stream")
                .map(Stream::read)
                .collect::<Result<_, _>>()?,
            states: received
                .all(names::SHELL, "CommandState")
                .map(CommandState::read)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl Stream {
    fn read(stream: &Element) -> Result<Self, Error> {
        Ok(Self {
            name: stream.attr("Name").unwrap_or_default().to_owned(),
            command: stream.attr("CommandId").map(str::to_owned),
            data: decode(stream.text())?,
            end: stream
                .attr("End")
                .is_some_and(|end| matches!(end, "1") || end.eq_ignore_ascii_case("true")),
        })
    }
}

impl CommandState {
    fn read(state: &Element) -> Result<Self, Error> {
        let progress = match state.attr("State").and_then(|uri| uri.rsplit('/').next()) {
            Some("Done") => Progress::Done,
            Some("Pending") => Progress::Pending,
            Some("Running") => Progress::Running,
            _ => return Err(Error::Missing("command state")),
        };
        Ok(Self {
            command: state.attr("CommandId").map(str::to_owned),
            progress,
            exit_code: state
                .get(names::SHELL, "ExitCode")
                .and_then(|code| code.text().parse().ok()),
        })
    }
}

/// Base64 as it is met: few servers break it into lines, some leave the padding out.
fn decode(text: &str) -> Result<Vec<u8>, Error> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let broken = |_| LENIENT.decode(text.split_ascii_whitespace().collect::<String>());
    LENIENT
        .decode(text)
        .or_else(broken)
        .map_err(|_| Error::Missing("stream data"))
}
