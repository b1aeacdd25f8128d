//! A parsed XML element with its namespaces resolved.

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
    name::ResolveResult,
    reader::NsReader,
};

/// An element; comments, processing instructions and mixed content's order are not kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub namespace: String,
    pub name: String,
    /// By local name.
    attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

/// Real requests are 6 deep.
const MAX_DEPTH: usize = 50;

impl Element {
    /// Parses a document; `None` when it is not well-formed, or deeper than any request.
    pub fn parse(xml: &str) -> Option<Self> {
        let mut reader = NsReader::from_str(xml);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    if open.len() > MAX_DEPTH {
                        return None;
                    }
                    let element = Self::begin(&reader, &start)?;
                    open.push(element);
                }
                Event::Empty(start) => {
                    let element = Self::begin(&reader, &start)?;
                    open.last_mut()?.children.push(element);
                }
                Event::End(_) => {
                    let closed = open.pop()?;
                    open.last_mut()?.children.push(closed);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
                Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().ok()? {
                        Some(character) => character,
                        None => named(&reference)?,
                    };
                    open.last_mut()?.text.push(character);
                }
                Event::DocType(_) => return None,
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
        let [document] = open.try_into().ok()?;
        document.children.into_iter().next()
    }

    fn begin(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Option<Self> {
        let (namespace, local) = reader.resolver().resolve_element(start.name());
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(_) => return None,
        };
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let name = attribute.key.local_name();
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            attributes.push((name.into_inner().to_owned(), value.into_owned()));
        }
        Some(Self {
            namespace,
            name: local.into_inner().to_owned(),
            attributes,
            ..Self::default()
        })
    }

    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The first child of that name.
    pub fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.all(namespace, name).next()
    }

    pub fn all(&self, namespace: &str, name: &str) -> impl Iterator<Item = &Self> {
        self.children
            .iter()
            .filter(move |child| child.is(namespace, name))
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(key, _)| key == name)?;
        Some(value)
    }
}

/// The five entities that XML knows without a DTD.
fn named(entity: &str) -> Option<char> {
    match entity {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_attributes_text_and_references_are_read() {
        let element = Element::parse(
            r#"<a:x xmlns:a="urn:a" b="1 &amp; 2"><y>p &lt;&#65;<![CDATA[<]]></y></a:x>"#,
        )
        .unwrap();

        assert!(element.is("urn:a", "x"));
        assert_eq!(element.attribute("b"), Some("1 & 2"));
        assert_eq!(element.child("", "y").unwrap().text, "p <A<");
    }

    #[test]
    fn what_is_not_well_formed_or_too_deep_is_refused() {
        let deep = "<a>".repeat(200) + &"</a>".repeat(200);
        for text in [
            "",
            "<a>",
            "<a></b>",
            "<a:b/>",
            "<!DOCTYPE a []><a/>",
            "<a>&x;</a>",
            &deep,
        ] {
            assert_eq!(
                Element::parse(text),
                None,
                "{}",
                &text[..text.len().min(20)]
            );
        }
    }
}
