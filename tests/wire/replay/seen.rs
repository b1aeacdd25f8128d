//! A request, ours or a recorded one, reduced to what matters in it.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mapisweep_winrm::{wsman::names, xml::Element};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Create,
    Command,
    Send,
    Receive,
    Stop,
    Terminate,
    Delete,
    Other,
}

#[derive(Debug, Clone)]
pub struct Seen {
    pub kind: Kind,
    pub action: String,
    pub to: String,
    pub resource_uri: String,
    pub max_envelope: usize,
    pub selectors: BTreeMap<String, String>,
    /// Values in upper case; an exclamation mark where the server must comply.
    pub options: BTreeMap<String, String>,
    /// The command it is for, in upper case; what Command itself proposes is left out.
    pub command: Option<String>,
    pub signal: Option<String>,
    /// The stream that Send is for.
    pub stream: Option<String>,
    /// What Create says of the shell besides its id and messages.
    pub shell: BTreeMap<String, String>,
    pub fragments: Vec<u8>,
}

impl Seen {
    pub fn read(xml: &str) -> Self {
        let envelope = Element::parse(xml).expect("a request is well-formed");
        let header = envelope
            .get(names::SOAP, "Header")
            .expect("a request has a header");
        let body = envelope
            .get(names::SOAP, "Body")
            .expect("a request has a body");
        let text = |namespace, local| {
            header
                .get(namespace, local)
                .map(Element::text)
                .unwrap_or_default()
                .to_owned()
        };
        let action = text(names::ADDRESSING, "Action");
        let body = body.children.first();
        let signal = body
            .and_then(|body| body.get(names::SHELL, "Code"))
            .map(|code| code.text().to_owned());
        let kind = kind(&action, signal.as_deref());
        let stream = body.and_then(|body| body.get(names::SHELL, "Stream")?.attr("Name"));
        Self {
            kind,
            to: text(names::ADDRESSING, "To"),
            resource_uri: text(names::WSMAN, "ResourceURI"),
            max_envelope: text(names::WSMAN, "MaxEnvelopeSize")
                .parse()
                .unwrap_or_default(),
            selectors: set(header, "SelectorSet", "Selector"),
            options: set(header, "OptionSet", "Option")
                .into_iter()
                .map(|(name, value)| (name, value.to_uppercase()))
                .collect(),
            command: body.filter(|_| kind != Kind::Command).and_then(command),
            signal,
            stream: stream.map(str::to_owned),
            shell: body
                .filter(|_| kind == Kind::Create)
                .map(shell)
                .unwrap_or_default(),
            fragments: body.map(fragments).unwrap_or_default(),
            action,
        }
    }

    /// Whether a recorded answer to the one can be the answer to the other.
    pub fn asks_the_same_as(&self, other: &Self) -> bool {
        let is_prompt = |seen: &Self| seen.stream.as_deref() == Some("pr");
        // the message names the pipeline; whether the stream does too is compared later
        let same_target = self.command == other.command || (is_prompt(self) && is_prompt(other));
        self.kind == other.kind && same_target
    }
}

fn kind(action: &str, signal: Option<&str>) -> Kind {
    match (action, signal) {
        (names::ACTION_CREATE, _) => Kind::Create,
        (names::ACTION_COMMAND, _) => Kind::Command,
        (names::ACTION_SEND, _) => Kind::Send,
        (names::ACTION_RECEIVE, _) => Kind::Receive,
        (names::ACTION_DELETE, _) => Kind::Delete,
        (names::ACTION_SIGNAL, Some(code)) if code.to_lowercase().ends_with("/terminate") => {
            Kind::Terminate
        }
        (names::ACTION_SIGNAL, _) => Kind::Stop,
        _ => Kind::Other,
    }
}

fn set(header: &Element, set: &str, entry: &str) -> BTreeMap<String, String> {
    let Some(set) = header.get(names::WSMAN, set) else {
        return BTreeMap::new();
    };
    let entries = set.all(names::WSMAN, entry).map(|entry| {
        let must_comply = if entry.attr("MustComply") == Some("true") {
            "!"
        } else {
            ""
        };
        let name = entry.attr("Name").unwrap_or_default().to_owned();
        (name, format!("{}{must_comply}", entry.text()))
    });
    entries.collect()
}

/// The CommandId of the body or of the first element in it.
fn command(body: &Element) -> Option<String> {
    let elements = std::iter::once(body).chain(&body.children);
    elements
        .filter_map(|element| element.attr("CommandId"))
        .next()
        .map(str::to_uppercase)
}

fn shell(shell: &Element) -> BTreeMap<String, String> {
    let mut said: BTreeMap<_, _> = shell
        .children
        .iter()
        .map(|child| (child.name.local.to_string(), child.text().to_owned()))
        .collect();
    said.remove("creationXml");
    let attributes = shell
        .attributes
        .iter()
        .filter(|(name, _)| name.local != "ShellId");
    said.extend(attributes.map(|(name, value)| (name.local.to_string(), value.clone())));
    said
}

/// What creationXml, Arguments and Stream carry.
fn fragments(body: &Element) -> Vec<u8> {
    let carriers = body.children.iter().filter(|child| {
        ["creationXml", "Arguments", "Stream"].contains(&child.name.local.as_ref())
    });
    let texts = carriers.map(|carrier| carrier.text().split_ascii_whitespace().collect::<String>());
    // what a cmd shell is told is not base64, and of no concern here
    texts
        .flat_map(|text| STANDARD.decode(text).unwrap_or_default())
        .collect()
}
