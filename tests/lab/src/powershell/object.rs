//! Making the objects that cmdlets put out.

use std::sync::Arc;

use jiff::{Timestamp, tz};
use mapisweep_winrm::psrp::clixml::{Content, DateTime, Object, Value};

/// Begins an object of a .NET type and its base types, most specific first; without any, a bare property bag.
pub(crate) fn object(types: &[&str]) -> Builder {
    let names: Arc<[String]> = types.iter().map(|&name| name.to_owned()).collect();
    Builder(Object {
        type_names: Some(names).filter(|names| !names.is_empty()),
        ..Object::default()
    })
}

pub(crate) struct Builder(Object);

impl Builder {
    /// A property of the type itself.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.adapted.push((name.to_owned(), value.into()));
        self
    }

    /// A property that was added to the object.
    pub fn note(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extended.push((name.to_owned(), value.into()));
        self
    }

    /// What `ToString()` gives.
    pub fn shown_as(mut self, text: &str) -> Self {
        self.0.to_string = Some(text.to_owned());
        self
    }

    /// What the object wraps.
    pub fn holding(mut self, content: Content) -> Self {
        self.0.content = content;
        self
    }

    pub fn build(self) -> Value {
        self.0.into()
    }
}

impl From<Builder> for Value {
    fn from(builder: Builder) -> Self {
        builder.build()
    }
}

/// A value of an enum type.
pub(crate) fn enumeration(type_name: &str, shown: &str, number: i32) -> Value {
    object(&[
        type_name,
        "System.Enum",
        "System.ValueType",
        "System.Object",
    ])
    .shown_as(shown)
    .holding(Content::Primitive(Value::I32(number)))
    .build()
}

/// Text, or null.
pub(crate) fn text_or_null(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::String)
}

/// As the serialiser leaves an object: one level deep, so that what its properties hold comes as text, an enum, too. What
/// was added to it keeps its form.
pub(crate) fn one_level_deep(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut object = Arc::unwrap_or_clone(object);
            for (_, value) in &mut object.adapted {
                *value = as_property(value);
            }
            object.into()
        }
        primitive => primitive,
    }
}

fn as_property(value: &Value) -> Value {
    let Some(object) = value.as_object() else {
        return value.clone();
    };
    match &object.content {
        Content::None | Content::Primitive(_) => Value::String(value.display()),
        Content::List(items) => {
            let content = Content::List(items.iter().map(as_property).collect());
            Object {
                content,
                ..object.clone()
            }
            .into()
        }
        _ => value.clone(),
    }
}

/// An array of a type.
pub(crate) fn array(of: &str, items: impl IntoIterator<Item = Value>) -> Value {
    object(&[&format!("{of}[]"), "System.Array", "System.Object"])
        .holding(Content::List(items.into_iter().collect()))
        .build()
}

/// A time as a server one hour east of Greenwich writes it: local, to the last tick, with the offset.
pub(crate) fn local_time(time: Timestamp) -> Value {
    let local = time.to_zoned_datetime(tz::TimeZone::fixed(tz::offset(1)));
    let text = local.strftime("%Y-%m-%dT%H:%M:%S.%7f").to_string();
    // no more decimals than are needed
    let text = text.trim_end_matches('0').trim_end_matches('.');
    Value::DateTime(DateTime::new(format!("{text}{}", local.strftime("%:z"))))
}
