//! From text to [`Value`], within limits.

use std::{collections::HashMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
    reader::Reader,
};

use super::{
    escape::unescape,
    time::{DateTime, Duration},
    value::{Content, Object, Properties, Value},
};

/// How large a document may be before it is refused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the whole text, in bytes.
    pub bytes: usize,
    /// How deep elements may be nested.
    pub depth: usize,
    /// How many elements there may be.
    pub elements: usize,
}

impl Default for Limits {
    /// Far above what PowerShell's own serializer writes at its usual depth.
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 100,
            elements: 1 << 20,
        }
    }
}

/// Why a text is not taken for CLIXML.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not well-formed XML.
    #[error("not well-formed XML near byte {position}")]
    Xml {
        /// Bytes from the beginning.
        position: u64,
        /// What the parser says.
        #[source]
        source: quick_xml::Error,
    },
    /// It ended before its elements did, or there was none.
    #[error("the CLIXML ends too early")]
    Truncated,
    /// A document type or an entity other than XML's five.
    #[error("the CLIXML has a document type or an entity, which is not accepted")]
    Entity,
    /// The text of a primitive is not what its type allows.
    #[error("<{element}> holds {text:?}, which is not of its type")]
    Primitive {
        /// The element.
        element: String,
        /// The first characters of its text.
        text: String,
    },
    /// A reference to an object or type list that did not come before.
    #[error("a reference to {0:?}, which did not come before it")]
    UnknownReference(String),
    /// Beyond [`Limits`].
    #[error("the CLIXML has more than {limit} {what}")]
    TooLarge {
        /// Which limit.
        what: &'static str,
        /// Its value.
        limit: usize,
    },
}

/// Objects within objects, references followed.
const REFERENCE_LEVELS: usize = 1000;

/// Reads one value within the default [`Limits`].
pub fn parse(xml: &str) -> Result<Value, Error> {
    parse_within(xml, Limits::default())
}

/// Reads one value; what follows it is ignored, as PowerShell ignores it.
pub fn parse_within(xml: &str, limits: Limits) -> Result<Value, Error> {
    within("bytes", xml.len(), limits.bytes)?;
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut parser = Parser {
        reader,
        limits,
        depth: 0,
        elements: 0,
        objects: HashMap::new(),
        heights: Vec::new(),
        type_lists: HashMap::new(),
    };
    loop {
        match parser.next()? {
            Token::Start(tag) if tag.name == "Objs" => {}
            Token::Start(tag) => return parser.value(tag),
            Token::End => return Err(Error::Truncated),
            Token::Text(_) => {}
        }
    }
}

struct Parser<'x> {
    reader: Reader<&'x [u8]>,
    limits: Limits,
    depth: usize,
    elements: usize,
    /// `None` while the object is still being read; with each, how many levels it has, references followed.
    objects: HashMap<String, Option<(Arc<Object>, usize)>>,
    /// Levels below each object that is being read.
    heights: Vec<usize>,
    type_lists: HashMap<String, Arc<[String]>>,
}

enum Token {
    Start(Tag),
    End,
    Text(String),
}

/// A start tag; an empty element's end is reported as a token of its own.
struct Tag {
    name: String,
    /// `N`, unescaped.
    property: Option<String>,
    ref_id: Option<String>,
}

impl Parser<'_> {
    fn value(&mut self, tag: Tag) -> Result<Value, Error> {
        match tag.name.as_str() {
            "Obj" => self.object(tag.ref_id),
            "Ref" => {
                self.skip()?;
                self.reference(tag.ref_id.unwrap_or_default())
            }
            name => {
                let text = self.text()?;
                primitive(name, text)
            }
        }
    }

    fn reference(&mut self, id: String) -> Result<Value, Error> {
        match self.objects.get(&id).cloned() {
            Some(Some((object, height))) => {
                self.grow(height)?;
                Ok(Value::Object(object))
            }
            Some(None) => Ok(Value::Enclosing(id)),
            None => Err(Error::UnknownReference(id)),
        }
    }

    fn object(&mut self, id: Option<String>) -> Result<Value, Error> {
        if let Some(id) = &id {
            self.objects.insert(id.clone(), None);
        }
        self.heights.push(0);
        let mut object = Object::default();
        while let Some(tag) = self.next_child()? {
            match tag.name.as_str() {
                "TN" => object.type_names = Some(self.type_list(tag.ref_id)?),
                "TNRef" => {
                    self.skip()?;
                    let id = tag.ref_id.unwrap_or_default();
                    let list = self.type_lists.get(&id);
                    object.type_names = Some(list.ok_or(Error::UnknownReference(id))?.clone());
                }
                "ToString" => object.to_string = Some(unescape(&self.text()?)),
                "Props" => object.adapted = self.properties()?,
                "MS" => object.extended = self.properties()?,
                "LST" => object.content = Content::List(self.items()?),
                "IE" => object.content = Content::Enumerable(self.items()?),
                "STK" => object.content = Content::Stack(self.items()?),
                "QUE" => object.content = Content::Queue(self.items()?),
                "DCT" => object.content = Content::Dictionary(self.entries()?),
                _ => object.content = Content::Primitive(self.value(tag)?),
            }
        }
        let object = Arc::new(object);
        let height = self.heights.pop().unwrap_or_default();
        self.grow(height)?;
        if let Some(id) = id {
            self.objects.insert(id, Some((object.clone(), height)));
        }
        Ok(Value::Object(object))
    }

    /// The object being read holds another of this height. Chains of references are bounded because whoever walks
    /// or drops the value does so recursively.
    fn grow(&mut self, height: usize) -> Result<(), Error> {
        within("levels of references", height, REFERENCE_LEVELS)?;
        if let Some(own) = self.heights.last_mut() {
            *own = (*own).max(height + 1);
        }
        Ok(())
    }

    fn type_list(&mut self, id: Option<String>) -> Result<Arc<[String]>, Error> {
        let mut names = Vec::new();
        while self.next_child()?.is_some() {
            names.push(unescape(&self.text()?));
        }
        let names: Arc<[String]> = names.into();
        if let Some(id) = id {
            self.type_lists.insert(id, names.clone());
        }
        Ok(names)
    }

    fn properties(&mut self) -> Result<Properties, Error> {
        let mut properties = Vec::new();
        while let Some(mut tag) = self.next_child()? {
            let name = tag.property.take().unwrap_or_default();
            properties.push((name, self.value(tag)?));
        }
        Ok(properties)
    }

    fn items(&mut self) -> Result<Vec<Value>, Error> {
        let mut items = Vec::new();
        while let Some(tag) = self.next_child()? {
            items.push(self.value(tag)?);
        }
        Ok(items)
    }

    fn entries(&mut self) -> Result<Vec<(Value, Value)>, Error> {
        let mut entries = Vec::new();
        while self.next_child()?.is_some() {
            let mut pair = self.properties()?.into_iter();
            let (mut key, mut value) = (Value::Null, Value::Null);
            for (name, item) in pair.by_ref() {
                match name.as_str() {
                    "Key" => key = item,
                    "Value" => value = item,
                    _ => {}
                }
            }
            entries.push((key, value));
        }
        Ok(entries)
    }

    /// The next child element of the one that is open; `None` at its end.
    fn next_child(&mut self) -> Result<Option<Tag>, Error> {
        loop {
            match self.next()? {
                Token::Start(tag) => return Ok(Some(tag)),
                Token::End => return Ok(None),
                Token::Text(_) => {}
            }
        }
    }

    /// The text of the open element, to its end; child elements are skipped.
    fn text(&mut self) -> Result<String, Error> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Token::Text(more) => text.push_str(&more),
                Token::Start(_) => self.skip()?,
                Token::End => return Ok(text),
            }
        }
    }

    fn skip(&mut self) -> Result<(), Error> {
        self.text().map(drop)
    }

    fn next(&mut self) -> Result<Token, Error> {
        loop {
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(source) => return Err(self.malformed(source)),
            };
            let token = match event {
                Event::Start(start) => Token::Start(self.start(&start)?),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Token::End
                }
                Event::Text(text) => Token::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Token::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => Token::Text(character.to_string()),
                    Ok(None) => {
                        let name = reference.xml10_content();
                        let text = quick_xml::escape::resolve_xml_entity(&name);
                        Token::Text(text.ok_or(Error::Entity)?.to_owned())
                    }
                    Err(source) => return Err(self.malformed(source)),
                },
                Event::DocType(_) => return Err(Error::Entity),
                Event::Eof => return Err(Error::Truncated),
                Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => continue,
            };
            return Ok(token);
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<Tag, Error> {
        self.elements += 1;
        self.depth += 1;
        within("elements", self.elements, self.limits.elements)?;
        within("levels", self.depth, self.limits.depth)?;
        let mut tag = Tag {
            name: start.local_name().as_ref().to_owned(),
            property: None,
            ref_id: None,
        };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|source| self.malformed(source.into()))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|source| self.malformed(source))?;
            match attribute.key.as_ref() {
                "N" => tag.property = Some(unescape(&value)),
                "RefId" => tag.ref_id = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(tag)
    }

    fn malformed(&self, source: quick_xml::Error) -> Error {
        let position = self.reader.buffer_position();
        Error::Xml { position, source }
    }
}

fn primitive(element: &str, text: String) -> Result<Value, Error> {
    let trimmed = text.trim();
    let value = match element {
        "Nil" => Some(Value::Null),
        "S" => Some(Value::String(unescape(&text))),
        "C" => trimmed.parse().ok().map(Value::Char),
        "B" => match trimmed {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        "DT" => Some(Value::DateTime(DateTime::new(text.as_str()))),
        "TS" => Some(Value::Duration(Duration::new(text.as_str()))),
        "By" => trimmed.parse().ok().map(Value::U8),
        "SB" => trimmed.parse().ok().map(Value::I8),
        "U16" => trimmed.parse().ok().map(Value::U16),
        "I16" => trimmed.parse().ok().map(Value::I16),
        "U32" => trimmed.parse().ok().map(Value::U32),
        "I32" => trimmed.parse().ok().map(Value::I32),
        "U64" => trimmed.parse().ok().map(Value::U64),
        "I64" => trimmed.parse().ok().map(Value::I64),
        "Sg" => trimmed.parse().ok().map(Value::F32),
        "Db" => trimmed.parse().ok().map(Value::F64),
        "D" => Some(Value::Decimal(text.clone())),
        "BA" => bytes(trimmed).map(Value::Bytes),
        "G" => trimmed.parse().ok().map(Value::Guid),
        "URI" => Some(Value::Uri(unescape(&text))),
        "Version" => Some(Value::Version(text.clone())),
        "XD" => Some(Value::Xml(unescape(&text))),
        "SBK" => Some(Value::ScriptBlock(unescape(&text))),
        "SS" => bytes(trimmed).map(Value::SecureString),
        other => Some(Value::Other(other.to_owned(), text.clone())),
    };
    value.ok_or_else(|| Error::Primitive {
        element: element.to_owned(),
        text: text.chars().take(40).collect(),
    })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(compact).ok()
}

fn within(what: &'static str, value: usize, limit: usize) -> Result<(), Error> {
    if value > limit {
        return Err(Error::TooLarge { what, limit });
    }
    Ok(())
}
