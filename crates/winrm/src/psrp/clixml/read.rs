//! From text to [`Value`], within limits.

use std::{collections::HashMap, sync::Arc};

use super::{
    error::{Error, Limits, within},
    escape::unescape,
    primitive,
    tokens::{Tag, Token, Tokens},
    value::{Content, Object, Properties, Value},
};
use crate::xml::beginning;

/// Reads one value within the default [`Limits`].
pub fn parse(xml: &str) -> Result<Value, Error> {
    parse_within(xml, Limits::default())
}

/// Reads one value, with or without an `Objs` around it; what follows it is ignored, as PowerShell ignores it.
pub fn parse_within(xml: &str, limits: Limits) -> Result<Value, Error> {
    let mut parser = Parser {
        tokens: Tokens::new(xml, limits)?,
        limits,
        open: Vec::new(),
        objects: HashMap::new(),
        type_lists: HashMap::new(),
    };
    loop {
        match parser.tokens.next()? {
            Token::Start(tag) if tag.name() == "Objs" => {}
            Token::Start(tag) => return parser.value(tag),
            Token::End => return Err(Error::Truncated),
            Token::Text(_) => {}
        }
    }
}

struct Parser<'x> {
    tokens: Tokens<'x>,
    limits: Limits,
    /// The objects that are being read, from the outermost to the innermost.
    open: Vec<Open>,
    /// The objects that have been read and can be referred to.
    objects: HashMap<String, (Arc<Object>, Extent)>,
    type_lists: HashMap<String, Arc<[String]>>,
}

struct Open {
    id: Option<String>,
    extent: Extent,
}

/// What an object amounts to when every reference in it is followed. Shared objects cost no memory, but whoever walks
/// a value visits them again at each place, and does so recursively.
#[derive(Clone, Copy, Default)]
struct Extent {
    /// Values in it, itself not counted.
    values: usize,
    /// Levels of objects in it.
    levels: usize,
}

impl Parser<'_> {
    fn value(&mut self, tag: Tag<'_>) -> Result<Value, Error> {
        match tag.name() {
            "Obj" => self.object(tag.ref_id),
            "Ref" => {
                self.tokens.skip()?;
                self.reference(&tag.ref_id.unwrap_or_default())
            }
            element => {
                let text = self.tokens.text()?;
                self.count(Extent::default())?;
                primitive::read(element, &text).ok_or_else(|| Error::Primitive {
                    element: element.to_owned(),
                    text: beginning(&text),
                })
            }
        }
    }

    fn object(&mut self, id: Option<String>) -> Result<Value, Error> {
        self.open.push(Open {
            id,
            extent: Extent::default(),
        });
        let mut object = Object::default();
        while let Some(tag) = self.tokens.next_child()? {
            match tag.name() {
                "TN" => object.type_names = Some(self.type_list(tag.ref_id)?),
                "TNRef" => object.type_names = Some(self.type_reference(tag.ref_id)?),
                "ToString" => object.to_string = Some(unescape(&self.tokens.text()?).into_owned()),
                "Props" => object.adapted.extend(self.properties()?),
                "MS" => object.extended.extend(self.properties()?),
                "LST" => object.content = Content::List(self.items()?),
                "IE" => object.content = Content::Enumerable(self.items()?),
                "STK" => object.content = Content::Stack(self.items()?),
                "QUE" => object.content = Content::Queue(self.items()?),
                "DCT" => object.content = Content::Dictionary(self.entries()?),
                _ => match self.value(tag)? {
                    // what the specification does not know does not displace what it does
                    Value::Other(..) => {}
                    value => object.content = Content::Primitive(value),
                },
            }
        }
        let object = Arc::new(object);
        if let Some(Open { id, extent }) = self.open.pop() {
            self.count(extent)?;
            if let Some(id) = id {
                self.objects.insert(id, (object.clone(), extent));
            }
        }
        Ok(Value::Object(object))
    }

    fn reference(&mut self, id: &str) -> Result<Value, Error> {
        let is_open = |open: &Open| open.id.as_deref() == Some(id);
        if let Some(levels) = self.open.iter().rev().position(is_open) {
            self.count(Extent::default())?;
            return Ok(Value::Enclosing(levels));
        }
        let Some((object, extent)) = self.objects.get(id).cloned() else {
            return Err(Error::UnknownReference(beginning(id)));
        };
        self.count(extent)?;
        Ok(Value::Object(object))
    }

    /// The innermost open object holds a further value, of this extent.
    fn count(&mut self, extent: Extent) -> Result<(), Error> {
        let Some(Open { extent: own, .. }) = self.open.last_mut() else {
            return Ok(());
        };
        own.values = own.values.saturating_add(extent.values).saturating_add(1);
        own.levels = own.levels.max(extent.levels + 1);
        within(
            "values, references followed",
            own.values,
            self.limits.values,
        )?;
        within("levels, references followed", own.levels, self.limits.depth)
    }

    fn type_list(&mut self, id: Option<String>) -> Result<Arc<[String]>, Error> {
        let mut names = Vec::new();
        while self.tokens.next_child()?.is_some() {
            names.push(unescape(&self.tokens.text()?).into_owned());
        }
        let names: Arc<[String]> = names.into();
        if let Some(id) = id {
            self.type_lists.insert(id, names.clone());
        }
        Ok(names)
    }

    fn type_reference(&mut self, id: Option<String>) -> Result<Arc<[String]>, Error> {
        self.tokens.skip()?;
        let id = id.unwrap_or_default();
        let list = self.type_lists.get(&id).cloned();
        list.ok_or_else(|| Error::UnknownReference(beginning(&id)))
    }

    fn properties(&mut self) -> Result<Properties, Error> {
        let mut properties = Vec::new();
        while let Some(mut tag) = self.tokens.next_child()? {
            let name = tag.property.take().unwrap_or_default();
            properties.push((name, self.value(tag)?));
        }
        Ok(properties)
    }

    fn items(&mut self) -> Result<Vec<Value>, Error> {
        let mut items = Vec::new();
        while let Some(tag) = self.tokens.next_child()? {
            items.push(self.value(tag)?);
        }
        Ok(items)
    }

    fn entries(&mut self) -> Result<Vec<(Value, Value)>, Error> {
        let mut entries = Vec::new();
        while self.tokens.next_child()?.is_some() {
            let (mut key, mut value) = (Value::Null, Value::Null);
            for (name, item) in self.properties()? {
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
}
