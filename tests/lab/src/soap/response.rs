//! Writing responses.

use quick_xml::escape::escape;
use uuid::Uuid;

use super::{ns, request::upper};

/// An element to be written; names carry the prefixes that [`envelope`] declares.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Node>,
}

impl Node {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attributes: Vec::new(),
            text: String::new(),
            children: Vec::new(),
        }
    }

    /// An element with nothing but text in it.
    pub fn leaf(name: &str, text: impl Into<String>) -> Self {
        let mut node = Self::new(name);
        node.text = text.into();
        node
    }

    pub fn attribute(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    fn write(&self, xml: &mut String) {
        xml.push('<');
        xml.push_str(&self.name);
        for (name, value) in &self.attributes {
            xml.push(' ');
            xml.push_str(name);
            xml.push_str("=\"");
            xml.push_str(&escape(value));
            xml.push('"');
        }
        if self.text.is_empty() && self.children.is_empty() {
            xml.push_str("/>");
            return;
        }
        xml.push('>');
        xml.push_str(&escape(&self.text));
        for child in &self.children {
            child.write(xml);
        }
        xml.push_str("</");
        xml.push_str(&self.name);
        xml.push('>');
    }
}

/// An envelope as Windows writes it.
pub(crate) fn envelope(
    action: &str,
    relates_to: &str,
    body: impl IntoIterator<Item = Node>,
) -> String {
    const ANONYMOUS: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";
    let message_id = format!("uuid:{}", upper(Uuid::new_v4()));
    let header = Node::new("s:Header")
        .child(Node::leaf("a:Action", action))
        .child(Node::leaf("a:MessageID", message_id))
        .child(Node::leaf("a:To", ANONYMOUS))
        .child(Node::leaf("a:RelatesTo", relates_to));
    let envelope = Node::new("s:Envelope")
        .attribute("xml:lang", "en-US")
        .attribute("xmlns:s", ns::SOAP)
        .attribute("xmlns:a", ns::ADDRESSING)
        .attribute("xmlns:x", ns::TRANSFER)
        .attribute("xmlns:w", ns::WSMAN)
        .attribute("xmlns:rsp", ns::SHELL)
        .attribute("xmlns:p", ns::WSMAN_MS)
        .child(header)
        .child(Node::new("s:Body").children(body));
    let mut xml = String::new();
    envelope.write(&mut xml);
    xml
}
