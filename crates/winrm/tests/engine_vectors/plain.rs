//! A value as JSON: its content without types and kinds, so that a table can be read.

use mapisweep_winrm::psrp::clixml::{Content, Object, Value};
use serde_json::{Map, Value as Json, json};

/// An object with properties is a map of them, and its content, if it has any, goes by the empty name. A dictionary is
/// a list of pairs, for its order and its keys. What JSON has no form for is its text; a reference to an enclosing
/// object is "^0", "^1", …
pub fn plain(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::F32(number) => json!(number),
        Value::F64(number) => json!(number),
        Value::U64(number) => json!(number),
        Value::Bytes(bytes) => json!(bytes),
        Value::SecureString(cipher) => json!({ "cipher": cipher.len() }),
        Value::Enclosing(levels) => json!(format!("^{levels}")),
        Value::Object(object) => plain_object(object),
        other => match other.as_i64() {
            Some(number) => json!(number),
            None => json!(other.display()),
        },
    }
}

fn plain_object(object: &Object) -> Json {
    let mut properties: Map<String, Json> = Map::new();
    for (name, value) in object.adapted.iter().chain(&object.extended) {
        let before = properties.insert(name.clone(), plain(value));
        assert!(before.is_none(), "{name} twice");
    }
    let Some(content) = content(&object.content).or_else(|| text(object, &properties)) else {
        return properties.into();
    };
    if properties.is_empty() {
        return content;
    }
    properties.insert(String::new(), content);
    properties.into()
}

fn content(content: &Content) -> Option<Json> {
    match content {
        Content::None => None,
        Content::Primitive(value) => Some(plain(value)),
        Content::List(items)
        | Content::Enumerable(items)
        | Content::Stack(items)
        | Content::Queue(items) => Some(items.iter().map(plain).collect()),
        Content::Dictionary(entries) => {
            let entry = |(key, value): &(Value, Value)| json!([plain(key), plain(value)]);
            Some(entries.iter().map(entry).collect())
        }
    }
}

/// All that there is of some objects.
fn text(object: &Object, properties: &Map<String, Json>) -> Option<Json> {
    let text = object.to_string.as_ref()?;
    properties.is_empty().then(|| json!(text))
}
