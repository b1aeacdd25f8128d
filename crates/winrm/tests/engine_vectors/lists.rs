//! Lists of every kind, and dictionaries.

use mapisweep_winrm::psrp::clixml::Content::{self, *};
use mapisweep_winrm::psrp::clixml::Value::{self, I32};
use serde_json::json;

use crate::table::{Row, gives, holds, shows, type_name};

const ARRAY: &str = "System.Object[]";
const HASHTABLE: &str = "System.Collections.Hashtable";
const ORDERED: &str = "System.Collections.Specialized.OrderedDictionary";

pub fn table() -> Vec<Row> {
    vec![
        holds("list: array", ARRAY, json!([1, "two", null, 3.5])),
        holds("list: empty", ARRAY, json!([])),
        holds("list: nested", ARRAY, json!([1, [2, [3, []]]])),
        holds("list: typed", "System.Int32[]", json!([1, 2])),
        // row by row; that there were rows is lost
        holds(
            "list: two dimensions",
            "System.Int32[,]",
            json!([0, 1, 2, 0]),
        ),
        holds(
            "list: ArrayList",
            "System.Collections.ArrayList",
            json!([1, "two"]),
        ),
        kinds(
            "list: generic",
            [("List", List(["a", "b"].map(Value::from).into()))],
        ),
        kinds("list: Queue", [("Queue", Queue([1, 2, 3].map(I32).into()))]),
        kinds("list: Stack", [("Stack", Stack([3, 2, 1].map(I32).into()))]),
        kinds(
            "list: generic Queue and Stack",
            [
                ("Queue", Queue([1, 2, 3].map(I32).into())),
                ("Stack", Stack([3, 2, 1].map(I32).into())),
            ],
        ),
        kinds(
            "list: HashSet",
            [("HashSet", Enumerable([3, 1].map(I32).into()))],
        ),
        shows(
            "list: what is only enumerable",
            |list| list.as_list().map(<[Value]>::to_vec),
            [Some([1, 2, 3].map(I32).into())],
        ),
        gives("list: lazily from a pipeline", [1, 3].map(I32)),
        holds(
            "list: with a note",
            "System.Collections.ArrayList",
            json!({ "": [1, 2], "Note": "kept" }),
        ),
        holds("list: of characters", "System.Char[]", json!(["a", "b"])),
        holds(
            "dictionary: Hashtable",
            HASHTABLE,
            json!([["Name", "jsmith"]]),
        ),
        holds("dictionary: empty", HASHTABLE, json!([])),
        holds(
            "dictionary: ordered",
            ORDERED,
            json!([["z", 1], ["a", null], ["with space", [1, 2]]]),
        ),
        shows(
            "dictionary: keys of other types",
            |table| {
                let entries = table.as_dictionary().unwrap().iter();
                entries
                    .map(|(key, value)| (key.clone(), value.display()))
                    .collect()
            },
            [vec![
                (I32(7), "seven".to_owned()),
                (I32(-1), HASHTABLE.to_owned()),
            ]],
        ),
        holds(
            "dictionary: keys that are objects",
            ORDERED,
            json!([
                [1, 1],
                ["792e5b37-4505-47ef-b7d2-8711bb7affa8", 2],
                ["2026-03-02T08:05:00Z", 3]
            ]),
        ),
        holds(
            "dictionary: with a note",
            HASHTABLE,
            json!({ "": [["A", 1]], "Note": "kept" }),
        ),
        holds(
            "dictionary: of a dictionary",
            HASHTABLE,
            json!([["outer", [["inner", [["innermost", 1]]]]]]),
        ),
        shows(
            "dictionary: keys that differ in case",
            |table| table.as_dictionary().map(<[(Value, Value)]>::to_vec),
            [Some(vec![("a".into(), I32(1)), ("A".into(), I32(2))])],
        ),
    ]
}

/// What follows the last dot of the type, and the content with its kind.
fn kinds<const N: usize>(name: &'static str, expected: [(&str, Content); N]) -> Row {
    let look = |value: &Value| {
        let whole = type_name(value).split('`').next().unwrap_or_default();
        let last = whole.rsplit('.').next().unwrap_or_default();
        (
            last.to_owned(),
            value.as_object().map(|object| object.content.clone()),
        )
    };
    shows(
        name,
        look,
        expected.map(|(kind, content)| (kind.to_owned(), Some(content))),
    )
}
