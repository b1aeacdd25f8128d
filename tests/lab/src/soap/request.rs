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
    /// Parses an envelope; an error is the fault to answer with.
    pub fn parse(xml: &str) -> Result<Self, Fault> {
        let envelope = Element::parse(xml).ok_or_else(|| Fault::schema("it is not well-formed"))?;
        let mut header = None;
        let mut body = None;
        for child in envelope.children {
            if child.is(ns::SOAP, "Header") {
                header = Some(Header(child));
            } else if child.is(ns::SOAP, "Body") {
                body = Some(child);
            }
        }
        let header = header.ok_or_else(|| Fault::schema("there is no SOAP header"))?;
        let body = body.ok_or_else(|| Fault::schema("there is no SOAP body"))?;
        let message_id = header.required(ns::ADDRESSING, "MessageID")?;
        let read = Self::read(&header, body, &message_id);
        read.map_err(|fault| fault.relating_to(&message_id))
    }

    fn read(header: &Header, body: Element, message_id: &str) -> Result<Self, Fault> {
        let timeout = header.text(ns::WSMAN, "OperationTimeout");
        let timeout =
            timeout.map(|text| duration(&text).ok_or_else(|| Fault::invalid_timeout(&text)));
        let max_envelope = header.text(ns::WSMAN, "MaxEnvelopeSize");
        let max_envelope = max_envelope.and_then(|size| size.parse().ok());
        let selectors = header.set("SelectorSet", "Selector");
        let shell = selectors.into_iter().find(|(name, _)| name == "ShellId");
        Ok(Self {
            action: header.required(ns::ADDRESSING, "Action")?,
            message_id: message_id.to_owned(),
            to: header.required(ns::ADDRESSING, "To")?,
            resource_uri: header.required(ns::WSMAN, "ResourceURI")?,
            max_envelope: max_envelope.unwrap_or(DEFAULT_ENVELOPE),
            operation_timeout: timeout.unwrap_or(Ok(DEFAULT_TIMEOUT))?,
            shell: shell.map(|(_, id)| id),
            options: header.set("OptionSet", "Option"),
            body,
        })
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

struct Header(Element);

impl Header {
    fn text(&self, namespace: &str, name: &str) -> Option<String> {
        let element = self.0.child(namespace, name)?;
        Some(element.text.trim().to_owned())
    }

    fn required(&self, namespace: &str, name: &str) -> Result<String, Fault> {
        let text = self.text(namespace, name).filter(|text| !text.is_empty());
        text.ok_or_else(|| Fault::missing_header(name))
    }

    /// Names and values of a set's items.
    fn set(&self, set: &str, item: &str) -> Vec<(String, String)> {
        let set = self.0.child(ns::WSMAN, set);
        set.into_iter()
            .flat_map(|set| set.all(ns::WSMAN, item))
            .map(|item| {
                let name = item.attribute("Name").unwrap_or_default();
                (name.to_owned(), item.text.trim().to_owned())
            })
            .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_negative_ones_are_not() {
        for (text, milliseconds) in [
            ("PT20S", Some(20_000)),
            ("PT1M30.5S", Some(90_500)),
            ("P0DT0H0M20S", Some(20_000)),
            ("PT0.000S", Some(0)),
            ("PT-1S", None),
            ("-PT1S", None),
            ("20", None),
        ] {
            let expected = milliseconds.map(Duration::from_millis);
            assert_eq!(duration(text), expected, "{text}");
        }
    }
}
