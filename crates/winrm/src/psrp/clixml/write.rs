//! From [`Value`] to text, as PowerShell's own serializer writes it.

use std::{collections::HashMap, io, sync::Arc};

use quick_xml::{
    Writer,
    events::{BytesEnd, BytesStart, BytesText, Event},
};

use super::{
    escape::escape,
    primitive,
    value::{Content, Object, Properties, Value},
};

/// Writes one value, without an `Objs` around it.
pub fn to_xml(value: &Value) -> String {
    let mut serializer = Serializer {
        writer: Writer::new(Vec::new()),
        open: Vec::new(),
        objects: HashMap::new(),
        type_lists: HashMap::new(),
    };
    serializer
        .value(value, None)
        .expect("writing to memory does not fail");
    String::from_utf8(serializer.writer.into_inner()).expect("made of strings only")
}

struct Serializer {
    writer: Writer<Vec<u8>>,
    /// RefIds of the objects that are being written, from the outermost to the innermost.
    open: Vec<usize>,
    /// RefIds of objects by address: a shared object is written once.
    objects: HashMap<*const Object, usize>,
    type_lists: HashMap<Arc<[String]>, usize>,
}

impl Serializer {
    fn value(&mut self, value: &Value, name: Option<&str>) -> io::Result<()> {
        match value {
            Value::Object(object) => self.object(object, name),
            Value::Enclosing(levels) => self.enclosing(*levels, name),
            primitive => match primitive::write(primitive) {
                Some((element, text)) => self.leaf(element, name, &text),
                None => self.leaf("Nil", name, ""),
            },
        }
    }

    fn enclosing(&mut self, levels: usize, name: Option<&str>) -> io::Result<()> {
        match self.open.iter().rev().nth(levels) {
            Some(id) => self.reference("Ref", name, &id.to_string()),
            // taken out of the object that it refers to
            None => self.leaf("Nil", name, ""),
        }
    }

    fn object(&mut self, object: &Arc<Object>, name: Option<&str>) -> io::Result<()> {
        let address = Arc::as_ptr(object);
        if let Some(id) = self.objects.get(&address) {
            return self.reference("Ref", name, &id.to_string());
        }
        let id = self.objects.len();
        self.objects.insert(address, id);
        let mut tag = start("Obj", name);
        tag.push_attribute(("RefId", id.to_string().as_str()));
        if **object == Object::default() {
            return self.writer.write_event(Event::Empty(tag));
        }
        self.writer.write_event(Event::Start(tag))?;
        self.open.push(id);
        if let Some(names) = &object.type_names {
            self.type_list(names)?;
        }
        if let Some(text) = &object.to_string {
            self.leaf("ToString", None, &escape(text))?;
        }
        self.content(&object.content)?;
        self.properties("Props", &object.adapted)?;
        self.properties("MS", &object.extended)?;
        self.open.pop();
        self.end("Obj")
    }

    fn content(&mut self, content: &Content) -> io::Result<()> {
        match content {
            Content::None => Ok(()),
            Content::Primitive(value) => self.value(value, None),
            Content::List(items) => self.items("LST", items),
            Content::Enumerable(items) => self.items("IE", items),
            Content::Stack(items) => self.items("STK", items),
            Content::Queue(items) => self.items("QUE", items),
            Content::Dictionary(entries) => self.entries(entries),
        }
    }

    fn type_list(&mut self, names: &Arc<[String]>) -> io::Result<()> {
        if let Some(id) = self.type_lists.get(names) {
            return self.reference("TNRef", None, &id.to_string());
        }
        let id = self.type_lists.len();
        self.type_lists.insert(names.clone(), id);
        let mut tag = start("TN", None);
        tag.push_attribute(("RefId", id.to_string().as_str()));
        self.writer.write_event(Event::Start(tag))?;
        for name in names.iter() {
            self.leaf("T", None, &escape(name))?;
        }
        self.end("TN")
    }

    fn properties(&mut self, element: &str, properties: &Properties) -> io::Result<()> {
        if properties.is_empty() {
            return Ok(());
        }
        self.writer
            .write_event(Event::Start(start(element, None)))?;
        for (name, value) in properties {
            self.value(value, Some(name))?;
        }
        self.end(element)
    }

    fn items(&mut self, element: &str, items: &[Value]) -> io::Result<()> {
        self.writer
            .write_event(Event::Start(start(element, None)))?;
        for item in items {
            self.value(item, None)?;
        }
        self.end(element)
    }

    fn entries(&mut self, entries: &[(Value, Value)]) -> io::Result<()> {
        self.writer.write_event(Event::Start(start("DCT", None)))?;
        for (key, value) in entries {
            self.writer.write_event(Event::Start(start("En", None)))?;
            self.value(key, Some("Key"))?;
            self.value(value, Some("Value"))?;
            self.end("En")?;
        }
        self.end("DCT")
    }

    fn reference(&mut self, element: &str, name: Option<&str>, id: &str) -> io::Result<()> {
        let mut tag = start(element, name);
        tag.push_attribute(("RefId", id));
        self.writer.write_event(Event::Empty(tag))
    }

    /// An element that holds text only; the text is already escaped as CLIXML wants it.
    fn leaf(&mut self, element: &str, name: Option<&str>, text: &str) -> io::Result<()> {
        let tag = start(element, name);
        if text.is_empty() {
            return self.writer.write_event(Event::Empty(tag));
        }
        self.writer.write_event(Event::Start(tag))?;
        self.writer.write_event(Event::Text(BytesText::new(text)))?;
        self.end(element)
    }

    fn end(&mut self, element: &str) -> io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(element)))
    }
}

fn start(element: &str, name: Option<&str>) -> BytesStart<'static> {
    let mut tag = BytesStart::new(element.to_owned());
    if let Some(name) = name {
        tag.push_attribute(("N", escape(name).as_str()));
    }
    tag
}
