//! From text to [`Element`], within limits.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};
use quick_xml::reader::NsReader;

use super::element::{Element, Name};

/// How large a document may be before it is refused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the whole text, in bytes.
    pub bytes: usize,
    /// How deep elements may be nested.
    pub depth: usize,
    /// How many elements and attributes there may be.
    pub elements: usize,
    /// How long a namespace may be, in bytes. Every element in it has it.
    pub namespace: usize,
}

impl Default for Limits {
    /// Far above what a server sends (500 KB by default, a dozen levels, a few hundred elements).
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            depth: 64,
            elements: 1 << 16,
            namespace: 1 << 10,
        }
    }
}

/// Why a text is not taken for XML.
#[derive(Debug, thiserror::Error)]
pub enum XmlError {
    /// Not well-formed.
    #[error("not well-formed XML near byte {position}")]
    Malformed {
        /// Bytes from the beginning.
        position: u64,
        /// What the parser says.
        #[source]
        source: quick_xml::Error,
    },
    /// Ended before its elements did, or there was none.
    #[error("the XML ends too early")]
    Truncated,
    /// An element or attribute whose name is not one.
    #[error("{0:?} is not a name")]
    Name(String),
    /// A prefix without a declaration.
    #[error("the prefix {0:?} is not bound to a namespace")]
    UnknownPrefix(String),
    /// A document type declaration; none belongs in SOAP, and it could define entities that expand without end.
    #[error("a document type declaration is not accepted")]
    DocumentType,
    /// An entity other than XML's five.
    #[error("the entity {0:?} is not defined")]
    UnknownEntity(String),
    /// Text or an element where none belongs.
    #[error("there is something after the end of the document")]
    Trailing,
    /// Beyond [`Limits`].
    #[error("the XML has more than {limit} {what}")]
    TooLarge {
        /// Which limit.
        what: &'static str,
        /// Its value.
        limit: usize,
    },
}

impl Element {
    /// Reads a whole document within the default [`Limits`].
    pub fn parse(xml: &str) -> Result<Self, XmlError> {
        Self::parse_within(xml, Limits::default())
    }

    /// Reads a whole document; comments and processing instructions are skipped.
    pub fn parse_within(xml: &str, limits: Limits) -> Result<Self, XmlError> {
        within("bytes", xml.len(), limits.bytes)?;
        let mut tree = Tree {
            reader: NsReader::from_str(xml.trim_start_matches('\u{feff}')),
            open: Vec::new(),
            root: None,
            elements: 0,
            limits,
        };
        while tree.step()? {}
        tree.root.ok_or(XmlError::Truncated)
    }
}

struct Tree<'x> {
    reader: NsReader<&'x [u8]>,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    limits: Limits,
}

impl Tree<'_> {
    /// Takes one event in; false at the end of the document.
    fn step(&mut self) -> Result<bool, XmlError> {
        let event = self
            .reader
            .read_event()
            .map_err(|source| XmlError::Malformed {
                position: self.reader.error_position(),
                source,
            })?;
        match event {
            Event::Start(start) => self.start(&start)?,
            Event::Empty(start) => {
                self.start(&start)?;
                self.end()?;
            }
            Event::End(_) => self.end()?,
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let text = self.reference(&reference)?;
                self.text(&text)?;
            }
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => {
                return if self.open.is_empty() {
                    Ok(false)
                } else {
                    Err(XmlError::Truncated)
                };
            }
        }
        Ok(true)
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        if self.root.is_some() {
            return Err(XmlError::Trailing);
        }
        self.count()?;
        within("levels", self.open.len() + 1, self.limits.depth)?;
        let mut element = Element::named(self.resolve(start.name(), true)?);
        // the check for repeated names is quadratic in their number
        for attribute in start.attributes().with_checks(false) {
            self.count()?;
            let attribute = attribute.map_err(|source| self.malformed(source.into()))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let name = self.resolve(attribute.key, false)?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|source| self.malformed(source))?;
            element.attributes.push((name, value.into_owned()));
        }
        self.open.push(element);
        Ok(())
    }

    fn count(&mut self) -> Result<(), XmlError> {
        self.elements += 1;
        within(
            "elements and attributes",
            self.elements,
            self.limits.elements,
        )
    }

    fn end(&mut self) -> Result<(), XmlError> {
        let Some(mut element) = self.open.pop() else {
            return Err(XmlError::Truncated);
        };
        element.value_name = self.value_name(element.text());
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(XmlError::Trailing),
        }
        Ok(())
    }

    fn reference(&self, reference: &BytesRef<'_>) -> Result<String, XmlError> {
        if let Some(character) = reference
            .resolve_char_ref()
            .map_err(|source| self.malformed(source))?
        {
            return Ok(character.to_string());
        }
        let name = reference.xml10_content();
        quick_xml::escape::resolve_xml_entity(&name)
            .map(str::to_owned)
            .ok_or_else(|| XmlError::UnknownEntity(beginning(&name)))
    }

    fn resolve(&self, name: QName<'_>, is_element: bool) -> Result<Name, XmlError> {
        let resolver = self.reader.resolver();
        let (namespace, local) = match is_element {
            true => resolver.resolve_element(name),
            false => resolver.resolve_attribute(name),
        };
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => self.namespace(namespace.0)?,
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => {
                return Err(XmlError::UnknownPrefix(beginning(&prefix)));
            }
        };
        let local = local.as_ref();
        if !is_name(local) {
            return Err(XmlError::Name(beginning(local)));
        }
        Ok(Name {
            namespace: namespace.into(),
            local: local.to_owned().into(),
        })
    }

    /// A namespace as it was declared, its entities resolved.
    fn namespace(&self, declared: &str) -> Result<String, XmlError> {
        within(
            "bytes in a namespace",
            declared.len(),
            self.limits.namespace,
        )?;
        let namespace = quick_xml::escape::unescape(declared)
            .map_err(|source| self.malformed(source.into()))?;
        Ok(namespace.into_owned())
    }

    /// `prefix:local` with the namespaces that are in scope at this element's end tag.
    fn value_name(&self, text: &str) -> Option<Name> {
        let (prefix, local) = text.split_once(':')?;
        if !is_name(prefix) || !is_name(local) {
            return None;
        }
        self.resolve(QName(text), true).ok()
    }

    fn malformed(&self, source: quick_xml::Error) -> XmlError {
        XmlError::Malformed {
            position: self.reader.buffer_position(),
            source,
        }
    }
}

fn within(what: &'static str, value: usize, limit: usize) -> Result<(), XmlError> {
    if value > limit {
        return Err(XmlError::TooLarge { what, limit });
    }
    Ok(())
}

/// Whether this can be the name of an element; the parser takes anything.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.".contains(c))
}

/// As much of a text as an error shows of it.
pub(crate) fn beginning(text: &str) -> String {
    text.chars().take(40).collect()
}
