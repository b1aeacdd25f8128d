//! References to objects, and how deep the engine goes into them.

use mapisweep_winrm::psrp::clixml::{Content, Value};
use serde_json::json;

use crate::table::{CUSTOM, Row, hold, holds, shows, type_name};

/// So many objects are written inside each other, and then this text instead of what is in the last.
const DEEPEST: (usize, &str) = (49, "Serialized XML is nested too deeply.");

pub fn table() -> Vec<Row> {
    let mut table = references();
    table.extend(depths());
    table
}

fn references() -> Vec<Row> {
    vec![
        holds(
            "reference: to itself",
            CUSTOM,
            json!({ "Name": "self", "Self": "^0" }),
        ),
        holds(
            "reference: child to its parent",
            CUSTOM,
            json!({ "Name": "parent", "Child": { "Name": "child", "Parent": "^1" } }),
        ),
        // the outermost comes once more inside, and that one holds itself
        holds(
            "reference: a list in itself",
            "System.Collections.ArrayList",
            json!([1, [1, "^0"]]),
        ),
        holds(
            "reference: a dictionary in itself",
            "System.Collections.Hashtable",
            json!([["Self", [["Self", "^0"]]]]),
        ),
        shows(
            "reference: one object twice",
            |row| {
                let list = row.get("C").and_then(Value::as_list).unwrap();
                let places = [
                    row.get("A").unwrap(),
                    row.get("B").unwrap(),
                    &list[0],
                    &list[1],
                ];
                are_one(places).then(|| places[0].get("Name").cloned())
            },
            [Some(Some("shared".into()))],
        ),
        shows(
            "reference: one list twice",
            |row| are_one([row.get("A").unwrap(), row.get("B").unwrap()]),
            [true],
        ),
        // each is a message of its own
        hold(
            "reference: one object in two records",
            [
                (CUSTOM, json!({ "Name": "shared" })),
                (CUSTOM, json!({ "Name": "shared" })),
            ],
        ),
        shows(
            "reference: types that are shared",
            |list| {
                list.as_list()
                    .unwrap()
                    .iter()
                    .map(|item| (type_name(item).to_owned(), item.get("A").cloned()))
                    .collect()
            },
            [vec![
                (CUSTOM.to_owned(), Some(Value::I32(1))),
                (CUSTOM.to_owned(), Some(Value::I32(2))),
            ]],
        ),
    ]
}

fn are_one<const N: usize>(values: [&Value; N]) -> bool {
    let address = |value: &Value| std::ptr::from_ref(value.as_object().unwrap());
    values
        .iter()
        .all(|value| address(value) == address(values[0]))
}

fn depths() -> Vec<Row> {
    let deepest = (DEEPEST.0, DEEPEST.1.to_owned());
    vec![
        shows("depth: plain objects", depth, [(9, "0".to_owned())]),
        shows(
            "depth: plain objects, more than the engine writes",
            depth,
            [deepest.clone()],
        ),
        shows(
            "depth: lists, more than the engine writes",
            depth,
            [deepest.clone()],
        ),
        shows(
            "depth: dictionaries, more than the engine writes",
            depth,
            [deepest.clone()],
        ),
        shows(
            "depth: dictionaries in lists in objects, more than the engine writes",
            depth,
            [deepest],
        ),
        // one level, and of the next its name
        holds(
            "depth: objects of a type",
            "Chain",
            json!({ "Level": 0, "Inner": "Chain" }),
        ),
        holds(
            "depth: objects of a type that has a depth of its own",
            "Chain",
            json!({ "Level": 0, "Inner": { "Level": 1, "Inner": { "Level": 2, "Inner": { "Level": 3, "Inner": null } } } }),
        ),
        // neither lists nor custom objects count
        hold(
            "depth: objects of a type in lists",
            [
                (
                    CUSTOM,
                    json!({ "Chains": [{ "Level": 0, "Inner": "Chain" }] }),
                ),
                (
                    "System.Object[]",
                    json!([[{ "Level": 0, "Inner": "Chain" }]]),
                ),
            ],
        ),
    ]
}

/// How many objects there are inside each other, each the last thing in the one before, and what the innermost ends with.
fn depth(value: &Value) -> (usize, String) {
    let Some(object) = value.as_object() else {
        return (0, value.display());
    };
    let last = match &object.content {
        Content::List(items) => items.last(),
        Content::Dictionary(entries) => entries.last().map(|(_, value)| value),
        _ => object.extended.last().map(|(_, value)| value),
    };
    let (levels, end) = depth(last.unwrap());
    (levels + 1, end)
}
