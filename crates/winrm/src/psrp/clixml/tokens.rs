//! XML as a stream of what CLIXML is made of: start tags, end tags, text; within limits.

use std::borrow::Cow;

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
    reader::Reader,
};

use super::{
    error::{Error, Limits, within},
    escape::unescape,
};
use crate::xml::{beginning, is_name};

/// What is not changed by being read is borrowed from the document.
pub(super) enum Token<'x> {
    Start(Tag<'x>),
    End,
    Text(Cow<'x, str>),
}

/// A start tag; an empty element's end is reported as a token of its own.
pub(super) struct Tag<'x> {
    start: BytesStart<'x>,
    /// `N`, unescaped.
    pub(super) property: Option<String>,
    pub(super) ref_id: Option<String>,
}

impl Tag<'_> {
    /// Its name, without a prefix.
    pub(super) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }
}

pub(super) struct Tokens<'x> {
    reader: Reader<&'x [u8]>,
    limits: Limits,
    depth: usize,
    elements: usize,
}

impl<'x> Tokens<'x> {
    pub(super) fn new(xml: &'x str, limits: Limits) -> Result<Self, Error> {
        within("bytes", xml.len(), limits.bytes)?;
        let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        Ok(Self {
            reader,
            limits,
            depth: 0,
            elements: 0,
        })
    }

    /// The next child element of the one that is open; `None` at its end.
    pub(super) fn next_child(&mut self) -> Result<Option<Tag<'x>>, Error> {
        loop {
            match self.next()? {
                Token::Start(tag) => return Ok(Some(tag)),
                Token::End => return Ok(None),
                Token::Text(_) => {}
            }
        }
    }

    /// The text of the open element, to its end; child elements are skipped.
    pub(super) fn text(&mut self) -> Result<Cow<'x, str>, Error> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Token::Text(more) => text += more,
                Token::Start(_) => self.skip()?,
                Token::End => return Ok(text),
            }
        }
    }

    /// Past the end of the open element.
    pub(super) fn skip(&mut self) -> Result<(), Error> {
        self.text().map(drop)
    }

    pub(super) fn next(&mut self) -> Result<Token<'x>, Error> {
        loop {
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(source) => return Err(self.malformed(source)),
            };
            let token = match event {
                Event::Start(start) => Token::Start(self.start(start)?),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Token::End
                }
                Event::Text(text) => Token::Text(text.xml10_content()),
                Event::CData(text) => Token::Text(text.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => Token::Text(character.to_string().into()),
                    Ok(None) => {
                        let name = reference.xml10_content();
                        let text = quick_xml::escape::resolve_xml_entity(&name);
                        Token::Text(text.ok_or(Error::Entity)?.into())
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

    fn start(&mut self, start: BytesStart<'x>) -> Result<Tag<'x>, Error> {
        self.elements += 1;
        self.depth += 1;
        within("elements", self.elements, self.limits.elements)?;
        within("levels", self.depth, self.limits.depth)?;
        let mut tag = Tag {
            start,
            property: None,
            ref_id: None,
        };
        if !is_name(tag.name()) {
            return Err(Error::Name(beginning(tag.name())));
        }
        // looking for duplicates takes time that grows with the square of their number
        for attribute in tag.start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|source| self.malformed(source.into()))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|source| self.malformed(source))?;
            match attribute.key.as_ref() {
                "N" => tag.property = Some(unescape(&value).into_owned()),
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
