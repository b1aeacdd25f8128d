//! A WS-Management request, parsed.

use std::time::Duration;

use uuid::Uuid;

use super::{Element, Fault, ns};

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct Request {
    pub action: String,
    pub message_id: String,
    pub to: String,
    pub resource_uri: String,
    /// Largest response the client takes, in bytes.
    pub max_envelope: usize,
    pub operation_timeout: Duration,
    pub shell: Option<String>,
    pub options: Vec<(String, String)>,
    pub body: Element,
}

/// The actions of a shell.
pub(crate) mod action {
    pub const CREATE: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create";
    pub const DELETE: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete";
    pub const COMMAND: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command";
    pub const SEND: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Send";
    pub const RECEIVE: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Receive";
    pub const SIGNAL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Signal";
}

/// What Windows assumes where the header says nothing.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_ENVELOPE: usize = 150 * 1024;

impl Request {
    /// Parses an envelope. `Err` carries the fault to answer with; `None` is not even SOAP, which WinRM answers with
    /// HTTP 400.
    pub fn parse(xml: &str) -> Option<Result<Self, Fault>> {
        let envelope = Element::parse(xml)?;
        let header = envelope.child(ns::SOAP, "Header")?;
        let body = envelope
            .children
            .iter()
            .position(|child| child.is(ns::SOAP, "Body"))?;
        let text = |namespace, name| {
            let element = header.child(namespace, name)?;
            Some(element.text.trim().to_owned())
        };
        let message_id = text(ns::ADDRESSING, "MessageID").unwrap_or_default();
        let missing = |name: &str| Err(Fault::missing_header(name).relating_to(&message_id));
        let Some(action) = text(ns::ADDRESSING, "Action") else {
            return Some(missing("wsa:Action"));
        };
        let Some(to) = text(ns::ADDRESSING, "To") else {
            return Some(missing("wsa:To"));
        };
        let Some(resource_uri) = text(ns::WSMAN, "ResourceURI") else {
            return Some(missing("wsman:ResourceURI"));
        };
        if message_id.is_empty() {
            return Some(missing("wsa:MessageID"));
        }
        let timeout = text(ns::WSMAN, "OperationTimeout");
        let operation_timeout = match timeout.as_deref().map(duration) {
            None => DEFAULT_TIMEOUT,
            Some(Some(timeout)) => timeout,
            Some(None) => {
                let fault = Fault::invalid_timeout(&timeout.unwrap_or_default());
                return Some(Err(fault.relating_to(&message_id)));
            }
        };
        let max_envelope = text(ns::WSMAN, "MaxEnvelopeSize").and_then(|size| size.parse().ok());
        let set = |set, item| {
            let set: Option<&Element> = header.child(ns::WSMAN, set);
            set.into_iter()
                .flat_map(move |set| set.all(ns::WSMAN, item))
                .map(|item| {
                    let name = item.attribute("Name").unwrap_or_default();
                    (name.to_owned(), item.text.trim().to_owned())
                })
                .collect::<Vec<_>>()
        };
        let shell = set("SelectorSet", "Selector")
            .into_iter()
            .find_map(|(name, value)| (name == "ShellId").then_some(value));
        let options = set("OptionSet", "Option");
        let body = envelope.children.into_iter().nth(body)?;
        Some(Ok(Self {
            action,
            message_id,
            to,
            resource_uri,
            max_envelope: max_envelope.unwrap_or(DEFAULT_ENVELOPE),
            operation_timeout,
            shell,
            options,
            body,
        }))
    }

    /// The last segment of the action, for people.
    pub fn verb(&self) -> &str {
        self.action.rsplit('/').next().unwrap_or(&self.action)
    }

    /// The body's element of that name in the shell namespace.
    pub fn shell_element(&self, name: &str) -> Result<&Element, Fault> {
        self.body
            .child(ns::SHELL, name)
            .ok_or_else(|| Fault::schema(&format!("the body has no {name}")))
    }
}

/// `PT20S`, `PT1M30.5S`, `P0DT0H0M20S`; never negative.
fn duration(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.parse().ok()?;
    let days_are_24_hours = jiff::SpanRelativeTo::days_are_24_hours();
    let duration = span.to_duration(days_are_24_hours).ok()?;
    Duration::try_from(duration).ok()
}

/// An id in the upper-case form that Windows writes.
pub(crate) fn upper(id: Uuid) -> String {
    id.to_string().to_ascii_uppercase()
}
