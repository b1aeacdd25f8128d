//! XML as a tree, read without any of the program's own code, so that it can bear witness about that.

use quick_xml::{
    XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesStart, Event},
    reader::Reader,
};

/// An element: names without prefixes, text of its own only.
#[derive(Debug, Default)]
pub struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
    pub text: String,
}

impl Node {
    /// The document's root element.
    pub fn parse(xml: &str) -> Result<Self, quick_xml::Error> {
        let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        // what is at the bottom stands for the document
        let mut open = vec![Node::default()];
        loop {
            let top = open.last_mut().expect("ends are matched with starts");
            match reader.read_event()? {
                Event::Start(start) => open.push(Node::start(&start)?),
                Event::End(_) => {
                    let node = open.pop().expect("ends are matched with starts");
                    let parent = open.last_mut().expect("ends are matched with starts");
                    parent.children.push(node);
                }
                Event::Text(text) => top.text.push_str(&text.xml10_content()),
                Event::CData(text) => top.text.push_str(&text.xml10_content()),
                Event::GeneralRef(name) => match name.resolve_char_ref()? {
                    Some(character) => top.text.push(character),
                    None => {
                        let text = resolve_xml_entity(&name.xml10_content());
                        top.text.push_str(text.expect("one of XML's five entities"));
                    }
                },
                Event::Eof => {
                    return Ok(open
                        .pop()
                        .and_then(|mut document| document.children.pop())
                        .unwrap_or_default());
                }
                _ => {}
            }
        }
    }

    fn start(start: &BytesStart<'_>) -> Result<Self, quick_xml::Error> {
        let mut node = Node {
            name: start.local_name().as_ref().to_owned(),
            ..Node::default()
        };
        for attribute in start.attributes() {
            let attribute = attribute?;
            let name = attribute.key.local_name().as_ref().to_owned();
            let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
            node.attributes.push((name, value.into_owned()));
        }
        Ok(node)
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(own, _)| own == name)?;
        Some(value)
    }
}
