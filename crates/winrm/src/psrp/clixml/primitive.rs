//! Primitives: an element's name and its text (\[MS-PSRP\] 2.2.5.1).

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    escape::{escape, unescape},
    float,
    time::{DateTime, Duration},
    value::Value,
};

/// The value that this element with this text stands for; `None` if the text is not of the element's type. Elements
/// that the specification does not know give [`Value::Other`].
pub(super) fn read(element: &str, text: &str) -> Option<Value> {
    let trimmed = text.trim();
    match element {
        "Nil" => Some(Value::Null),
        "S" => Some(Value::String(unescape(text).into_owned())),
        "C" => trimmed.parse().ok().map(Value::Char),
        "B" => match trimmed {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        "DT" => Some(Value::DateTime(DateTime::new(text))),
        "TS" => Some(Value::Duration(Duration::new(text))),
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
        "D" => Some(Value::Decimal(text.to_owned())),
        "BA" => bytes(trimmed).map(Value::Bytes),
        "G" => trimmed.parse().ok().map(Value::Guid),
        "URI" => Some(Value::Uri(unescape(text).into_owned())),
        "Version" => Some(Value::Version(text.to_owned())),
        "XD" => Some(Value::Xml(unescape(text).into_owned())),
        "SBK" => Some(Value::ScriptBlock(unescape(text).into_owned())),
        "SS" => bytes(trimmed).map(Value::SecureString),
        other => Some(Value::Other(other.to_owned(), text.to_owned())),
    }
}

/// The element and the text that stand for a value; `None` for values that are more than an element with text.
pub(super) fn write(value: &Value) -> Option<(&str, String)> {
    Some(match value {
        Value::String(text) => ("S", escape(text)),
        Value::Char(unit) => ("C", unit.to_string()),
        Value::Bool(truth) => ("B", truth.to_string()),
        Value::DateTime(time) => ("DT", time.to_string()),
        Value::Duration(duration) => ("TS", duration.to_string()),
        Value::U8(number) => ("By", number.to_string()),
        Value::I8(number) => ("SB", number.to_string()),
        Value::U16(number) => ("U16", number.to_string()),
        Value::I16(number) => ("I16", number.to_string()),
        Value::U32(number) => ("U32", number.to_string()),
        Value::I32(number) => ("I32", number.to_string()),
        Value::U64(number) => ("U64", number.to_string()),
        Value::I64(number) => ("I64", number.to_string()),
        Value::F32(number) => ("Sg", float::single(*number)),
        Value::F64(number) => ("Db", float::double(*number)),
        Value::Decimal(text) => ("D", text.clone()),
        Value::Bytes(bytes) => ("BA", STANDARD.encode(bytes)),
        Value::Guid(guid) => ("G", guid.to_string()),
        Value::Uri(text) => ("URI", escape(text)),
        Value::Version(text) => ("Version", text.clone()),
        Value::Xml(text) => ("XD", escape(text)),
        Value::ScriptBlock(text) => ("SBK", escape(text)),
        Value::SecureString(cipher) => ("SS", STANDARD.encode(cipher)),
        Value::Other(element, text) => (element, text.clone()),
        Value::Null | Value::Object(_) | Value::Enclosing(_) => return None,
    })
}

/// Base64, which may be broken into lines and mostly is not.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let broken = |_| STANDARD.decode(text.split_ascii_whitespace().collect::<String>());
    STANDARD.decode(text).or_else(broken).ok()
}
