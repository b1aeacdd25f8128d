//! CSV, which people open in spreadsheets: a cell is text that can be seen, or a number, and never a formula.

use std::fmt;

use mapisweep_core::text::visible;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

/// A head line, where it is to have one, and a line for each record.
pub fn csv<R: Serialize + Default>(records: &[R], has_head: bool) -> String {
    // writing to memory does not fail, and a record is flat but for lists
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = row(&R::default());
    if has_head && !head.0.is_empty() {
        _ = writer.write_record(head.0.iter().map(|(name, _)| name));
    }
    for record in records.iter().map(row) {
        _ = writer.write_record(record.0.iter().map(|(_, value)| cell(&text(value))));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// The fields of a record in their order, which a map of JSON would not keep.
#[derive(Default)]
struct Row(Vec<(String, Value)>);

fn row(record: &impl Serialize) -> Row {
    let json = serde_json::to_string(record).unwrap_or_default();
    serde_json::from_str(&json).unwrap_or_default()
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Row(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// No name that stands in a list has a semicolon in it.
const BETWEEN: &str = ";";

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts: Vec<_> = values.iter().map(text).collect();
            texts.join(BETWEEN)
        }
        other => other.to_string(),
    }
}

/// A cell that a spreadsheet takes for what it is.
fn cell(text: &str) -> String {
    let text = visible(text);
    // the wide ones are typed in East Asia, and mean the same there
    let begins_formula = text.starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    match begins_formula && !is_number(&text) && !is_flag(&text) {
        true => format!("'{text}"),
        false => text,
    }
}

/// `--all`: one of ours, which programs read; without a cell or a call in it, it computes nothing.
fn is_flag(text: &str) -> bool {
    let word = text.strip_prefix("--");
    word.is_some_and(|word| {
        word.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    })
}

fn is_number(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    text.chars().all(is_digit) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_text_or_a_number() {
        for (text, shown) in [
            ("JSMITH-LT", "JSMITH-LT"),
            ("", ""),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+SUM(1,2)", "'+SUM(1,2)"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("\t=1", "<U+0009>=1"),
            ("\r=1", "<U+000D>=1"),
            ("two\nlines", "two<U+000A>lines"),
            ("\u{1b}[2J", "<U+001B>[2J"),
            ("a=b", "a=b"),
            ("--include-shared", "--include-shared"),
            ("--A1", "'--A1"),
            ("-5", "-5"),
            ("+5.25", "+5.25"),
            ("-1e5", "-1e5"),
            ("-", "'-"),
            ("-inf", "'-inf"),
            ("-1-1", "'-1-1"),
        ] {
            assert_eq!(cell(text), shown, "{text:?}");
        }
    }

    #[test]
    fn numbers_stay_numbers() {
        #[derive(Serialize, Default)]
        struct Record {
            text: &'static str,
            number: i64,
            fraction: f64,
            none: Option<u32>,
            list: Vec<&'static str>,
        }
        let record = |text| Record {
            text,
            number: -3,
            fraction: -0.5,
            none: None,
            list: vec!["one two", "three"],
        };
        assert_eq!(
            csv(&[record("=1"), record("two\r\nlines, \"quoted\"")], true),
            "text,number,fraction,none,list\n'=1,-3,-0.5,,one two;three\n\"two<U+000D><U+000A>lines, \"\"quoted\"\"\",-3,-0.5,,one two;three\n"
        );
        assert_eq!(csv::<Record>(&[], true), "text,number,fraction,none,list\n");
        assert_eq!(csv::<Record>(&[], false), "");
    }
}
