//! Strings, and what else is text.

use mapisweep_winrm::psrp::clixml::Value;
use serde_json::json;

use crate::table::{Row, gives, holds, shows};

pub fn table() -> Vec<Row> {
    let controls: String = (0..32)
        .chain(127..=160)
        .filter_map(char::from_u32)
        .collect();
    vec![
        strings("text: empty", [""]),
        strings("text: blank", [" ", "  a\u{A0}"]),
        strings("text: markup", [r#"<a b="c">&amp; 'd' ]]></a>"#]),
        strings("text: lines and tabs", ["a\r\nb\nc\rd\te"]),
        strings("text: control characters", [controls.as_str()]),
        strings(
            "text: what looks like an escape",
            [
                "_x0041_",
                "_X0041_",
                "_x005F_",
                "a_x",
                "__x0041__",
                "_x00",
                "_",
                "_x0041_x0041_",
            ],
        ),
        strings("text: what is no character", ["a\u{FFFE}b\u{FFFF}c"]),
        strings("text: byte order mark", ["\u{FEFF}a"]),
        // no Rust string can hold one half of a pair; two that are no pair stay two
        strings(
            "text: lone surrogates",
            ["a\u{FFFD}b", "a\u{FFFD}b", "\u{FFFD}\u{FFFD}"],
        ),
        strings(
            "text: beyond the first plane",
            ["\u{1F600}\u{10FFFF}", "e\u{301}", "\u{2028}\u{85}"],
        ),
        strings("text: very long", ["0123456789".repeat(4000).as_str()]),
        shows(
            "text: with a note",
            |text| {
                (
                    text.as_str().map(str::to_owned),
                    text.get("Server").map(Value::display),
                )
            },
            [(Some("jsmith".to_owned()), Some("ex01".to_owned()))],
        ),
        gives(
            "xml: document",
            [Value::Xml(
                "<a b=\"1\"><!-- c --><d>é\n</d><e /></a>".into(),
            )],
        ),
        // its children, and their text, at which a node has no more to tell but its name
        holds(
            "xml: element",
            "System.Xml.XmlElement",
            json!({ "b": "1", "d": "e", "": [{ "#text": "e", "": ["#text"] }] }),
        ),
        gives(
            "uri: absolute",
            // as a person would read it: the engine does not escape the space again
            [Value::Uri(
                "https://ex01.example.com/PowerShell?a=1&b= ".into(),
            )],
        ),
        gives(
            "uri: relative, and with letters of others",
            ["a/b", "http://grüße.example/ü"].map(|text| Value::Uri(text.into())),
        ),
        gives(
            "script: block",
            [Value::ScriptBlock(r#" param($Name) "<$Name>" "#.into())],
        ),
    ]
}

fn strings<const N: usize>(name: &'static str, strings: [&str; N]) -> Row {
    gives(name, strings.map(Value::from))
}
