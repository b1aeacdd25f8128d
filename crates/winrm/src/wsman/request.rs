//! What is sent: one SOAP envelope a request.

use std::time::Duration;

use uuid::Uuid;

use super::names;
use crate::xml::{Element, XML};

/// What all envelopes of one session have in common.
#[derive(Debug, Clone)]
pub struct Addressing {
    /// The address the server knows itself by, always with its port: `http://ex01:5985/wsman`. \[MS-WSMV\] 2.2.4.
    pub to: String,
    /// Names the session in the server's logs.
    pub session_id: Uuid,
    /// The language wanted for messages, such as `en-US`. A server answers in it only when it has it.
    pub locale: String,
    /// The largest envelope, in bytes, that the server may answer with: 153,600 on WinRM 2.0, 512,000 on 3.0 and later.
    pub max_envelope: usize,
}

/// One setting among the request's `w:OptionSet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestOption {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// The server has to refuse the request if it does not know the option.
    pub must_comply: bool,
}

/// One request, before it is given an id and an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// One of [`names`]' actions.
    pub action: &'static str,
    /// The kind of thing it is for.
    pub resource_uri: String,
    /// Which one of that kind, as name and value.
    pub selectors: Vec<(&'static str, String)>,
    /// Its settings.
    pub options: Vec<RequestOption>,
    /// When the server gives up and answers with a timeout.
    pub operation_timeout: Duration,
    /// The content of `s:Body`; Delete has none.
    pub body: Option<Element>,
}

impl Request {
    /// Whether it may run something there, so that to send it twice may run it twice.
    pub fn runs_something(&self) -> bool {
        [names::ACTION_COMMAND, names::ACTION_SEND].contains(&self.action)
    }

    /// The envelope's text. `message_id` is new for each envelope sent, also when a request is sent again.
    pub fn to_xml(&self, addressing: &Addressing, message_id: Uuid) -> String {
        Element::new(names::SOAP, "Envelope")
            .child(
                Element::new(names::SOAP, "Header").children(self.header(addressing, message_id)),
            )
            .child(Element::new(names::SOAP, "Body").children(self.body.clone()))
            .to_xml(&names::PREFIXES)
    }

    /// \[MS-WSMV\] 2.2.4, in the order in which Windows' own client writes it.
    fn header(&self, addressing: &Addressing, message_id: Uuid) -> Vec<Element> {
        let mut header = vec![
            Element::new(names::ADDRESSING, "To").with_text(&addressing.to),
            must_understand(Element::new(names::WSMAN, "ResourceURI"))
                .with_text(&self.resource_uri),
            Element::new(names::ADDRESSING, "ReplyTo").child(
                must_understand(Element::new(names::ADDRESSING, "Address"))
                    .with_text(names::ANONYMOUS),
            ),
            must_understand(Element::new(names::ADDRESSING, "Action")).with_text(self.action),
            must_understand(Element::new(names::WSMAN, "MaxEnvelopeSize"))
                .with_text(addressing.max_envelope.to_string()),
            Element::new(names::ADDRESSING, "MessageID").with_text(uri(message_id)),
            locale(Element::new(names::WSMAN, "Locale"), addressing),
            locale(Element::new(names::WSMV, "DataLocale"), addressing),
            may_ignore(Element::new(names::WSMV, "SessionId"))
                .with_text(uri(addressing.session_id)),
        ];
        if !self.selectors.is_empty() {
            let selectors = self.selectors.iter().map(|(name, value)| {
                Element::new(names::WSMAN, "Selector")
                    .attribute("Name", *name)
                    .with_text(value)
            });
            header.push(Element::new(names::WSMAN, "SelectorSet").children(selectors));
        }
        if !self.options.is_empty() {
            let options = self.options.iter().map(RequestOption::element);
            header.push(must_understand(Element::new(names::WSMAN, "OptionSet")).children(options));
        }
        header.push(
            Element::new(names::WSMAN, "OperationTimeout")
                .with_text(duration(self.operation_timeout)),
        );
        header
    }
}

impl RequestOption {
    fn element(&self) -> Element {
        let option = Element::new(names::WSMAN, "Option")
            .attribute("Name", self.name)
            .with_text(&self.value);
        match self.must_comply {
            true => option.attribute("MustComply", "true"),
            false => option,
        }
    }
}

fn must_understand(element: Element) -> Element {
    element.attribute_in(names::SOAP, "mustUnderstand", "true")
}

fn may_ignore(element: Element) -> Element {
    element.attribute_in(names::SOAP, "mustUnderstand", "false")
}

fn locale(element: Element, addressing: &Addressing) -> Element {
    may_ignore(element).attribute_in(XML, "lang", &addressing.locale)
}

/// Ids are written as Windows writes them: `uuid:` and upper case.
pub(super) fn uri(id: Uuid) -> String {
    format!("uuid:{}", upper(id))
}

/// An id in upper case.
pub(crate) fn upper(id: Uuid) -> String {
    id.hyphenated()
        .encode_upper(&mut Uuid::encode_buffer())
        .to_owned()
}

/// xs:duration in seconds.
fn duration(time: Duration) -> String {
    format!("PT{}.{:03}S", time.as_secs(), time.subsec_millis())
}
