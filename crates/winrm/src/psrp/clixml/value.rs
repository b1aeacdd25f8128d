//! Values and objects as PowerShell knows them.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    float,
    time::{DateTime, Duration},
};

/// Anything that CLIXML can carry (\[MS-PSRP\] 2.2.5.1, 2.2.5.2).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `<Nil>`.
    Null,
    /// `<S>`.
    String(String),
    /// `<C>`: one UTF-16 unit.
    Char(u16),
    /// `<B>`.
    Bool(bool),
    /// `<DT>`.
    DateTime(DateTime),
    /// `<TS>`.
    Duration(Duration),
    /// `<By>`.
    U8(u8),
    /// `<SB>`.
    I8(i8),
    /// `<U16>`.
    U16(u16),
    /// `<I16>`.
    I16(i16),
    /// `<U32>`.
    U32(u32),
    /// `<I32>`.
    I32(i32),
    /// `<U64>`.
    U64(u64),
    /// `<I64>`.
    I64(i64),
    /// `<Sg>`.
    F32(f32),
    /// `<Db>`.
    F64(f64),
    /// `<D>`, as text: Rust has no decimal of its own.
    Decimal(String),
    /// `<BA>`.
    Bytes(Vec<u8>),
    /// `<G>`.
    Guid(Uuid),
    /// `<URI>`.
    Uri(String),
    /// `<Version>`.
    Version(String),
    /// `<XD>`: an XML document, as text.
    Xml(String),
    /// `<SBK>`: a script block's text.
    ScriptBlock(String),
    /// `<SS>`: a secure string, encrypted with the session key (\[MS-PSRP\] 2.2.5.1.24).
    SecureString(Vec<u8>),
    /// `<Obj>`; several places may share one.
    Object(Arc<Object>),
    /// `<Ref>` to an object that encloses this place, so many levels of objects further out: 0 is the object that holds
    /// this value.
    Enclosing(usize),
    /// An element that the specification does not know: its name and text.
    Other(String, String),
}

/// An object with types, content and properties (\[MS-PSRP\] 2.2.5.2).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object {
    /// Its type names, most specific first; several objects may share one list.
    pub type_names: Option<Arc<[String]>>,
    /// What `ToString()` gave.
    pub to_string: Option<String>,
    /// What it is besides its properties.
    pub content: Content,
    /// `<Props>`: the properties of the type itself.
    pub adapted: Properties,
    /// `<MS>`: properties that were added.
    pub extended: Properties,
}

/// Named values in document order.
pub type Properties = Vec<(String, Value)>;

/// What an object is besides its properties.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Content {
    /// Properties only.
    #[default]
    None,
    /// A primitive with types or properties of its own; an enum is one.
    Primitive(Value),
    /// `<LST>`.
    List(Vec<Value>),
    /// `<IE>`.
    Enumerable(Vec<Value>),
    /// `<STK>`.
    Stack(Vec<Value>),
    /// `<QUE>`.
    Queue(Vec<Value>),
    /// `<DCT>`, in document order.
    Dictionary(Vec<(Value, Value)>),
}

impl Value {
    /// An `ArrayList` of strings.
    pub fn strings<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Self {
        Self::list(items.into_iter().map(|item| Self::String(item.into())))
    }

    /// An `ArrayList`.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::holding(
            "System.Collections.ArrayList",
            Content::List(items.into_iter().collect()),
        )
    }

    /// A `Hashtable`, in the order of its entries (\[MS-PSRP\] 2.2.5.2.6.4).
    pub fn dictionary(entries: impl IntoIterator<Item = (Value, Value)>) -> Self {
        Self::holding(
            "System.Collections.Hashtable",
            Content::Dictionary(entries.into_iter().collect()),
        )
    }

    /// An object of this type and content.
    fn holding(type_name: &str, content: Content) -> Self {
        Object {
            type_names: Some([type_name, "System.Object"].map(String::from).into()),
            content,
            ..Object::default()
        }
        .into()
    }

    /// The property of that name, whatever its case; added properties come before the type's own, as in PowerShell.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let object = self.as_object()?;
        let mut properties = object.extended.iter().chain(&object.adapted);
        let (_, value) = properties.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The primitive inside an object that wraps one, or the value itself.
    pub fn unwrapped(&self) -> &Value {
        match self {
            Self::Object(object) => match &object.content {
                Content::Primitive(value) => value,
                _ => self,
            },
            _ => self,
        }
    }

    /// Text, from a string or anything written like one.
    pub fn as_str(&self) -> Option<&str> {
        match self.unwrapped() {
            Self::String(text)
            | Self::Decimal(text)
            | Self::Uri(text)
            | Self::Version(text)
            | Self::Xml(text)
            | Self::ScriptBlock(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number of any width that fits; also an enum's.
    pub fn as_i64(&self) -> Option<i64> {
        match *self.unwrapped() {
            Self::U8(number) => Some(number.into()),
            Self::I8(number) => Some(number.into()),
            Self::U16(number) => Some(number.into()),
            Self::I16(number) => Some(number.into()),
            Self::U32(number) => Some(number.into()),
            Self::I32(number) => Some(number.into()),
            Self::U64(number) => number.try_into().ok(),
            Self::I64(number) => Some(number),
            _ => None,
        }
    }

    /// A truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match *self.unwrapped() {
            Self::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    /// Bytes.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self.unwrapped() {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The instant of a date.
    pub fn as_timestamp(&self) -> Option<jiff::Timestamp> {
        match self.unwrapped() {
            Self::DateTime(time) => time.timestamp(),
            _ => None,
        }
    }

    /// The items of a list, enumerable, stack or queue.
    pub fn as_list(&self) -> Option<&[Value]> {
        self.as_object()?.content.items()
    }

    /// The items of a list, enumerable, stack or queue, or the value as it was. They are moved, unless somebody else
    /// holds the same object; of what was read that is so only where its document refers to it twice.
    pub fn into_list(self) -> Result<Vec<Value>, Value> {
        match self {
            Self::Object(object) if object.content.items().is_some() => {
                let content = Arc::unwrap_or_clone(object).content;
                Ok(content.into_items().unwrap_or_default())
            }
            other => Err(other),
        }
    }

    /// The entries of a dictionary.
    pub fn as_dictionary(&self) -> Option<&[(Value, Value)]> {
        match &self.as_object()?.content {
            Content::Dictionary(entries) => Some(entries),
            _ => None,
        }
    }

    /// The type names, most specific first; none for a bare primitive.
    pub fn type_names(&self) -> &[String] {
        let names = self
            .as_object()
            .and_then(|object| object.type_names.as_ref());
        names.map_or(&[], |names| names)
    }

    /// What PowerShell would show: `ToString()` where the object has it, else the primitive; nothing for null, nor for
    /// an object with nothing in it.
    pub fn display(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::String(text)
            | Self::Decimal(text)
            | Self::Uri(text)
            | Self::Version(text)
            | Self::Xml(text)
            | Self::ScriptBlock(text)
            | Self::Other(_, text) => text.clone(),
            Self::Char(unit) => String::from_utf16_lossy(&[*unit]),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::DateTime(time) => time.to_string(),
            Self::Duration(duration) => duration.to_string(),
            Self::F32(number) => float::single(*number),
            Self::F64(number) => float::double(*number),
            Self::U64(number) => number.to_string(),
            Self::Guid(guid) => guid.to_string(),
            Self::Bytes(_) => "System.Byte[]".into(),
            Self::SecureString(_) => "System.Security.SecureString".into(),
            Self::Enclosing(_) => String::new(),
            Self::Object(object) => match (&object.to_string, &object.content) {
                (Some(text), _) => text.clone(),
                (None, Content::Primitive(value)) => value.display(),
                // what comes in place of a property that a script left empty
                (None, Content::None)
                    if object.adapted.is_empty() && object.extended.is_empty() =>
                {
                    String::new()
                }
                (None, _) => self.type_names().first().cloned().unwrap_or_default(),
            },
            whole => whole
                .as_i64()
                .map(|number| number.to_string())
                .unwrap_or_default(),
        }
    }
}

impl Content {
    fn items(&self) -> Option<&[Value]> {
        match self {
            Self::List(items)
            | Self::Enumerable(items)
            | Self::Stack(items)
            | Self::Queue(items) => Some(items),
            _ => None,
        }
    }

    fn into_items(self) -> Option<Vec<Value>> {
        match self {
            Self::List(items)
            | Self::Enumerable(items)
            | Self::Stack(items)
            | Self::Queue(items) => Some(items),
            _ => None,
        }
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(Arc::new(object))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::I32(number)
    }
}
