//! Objects: their properties, references to them, and how deep the engine goes into them.

use mapisweep_winrm::psrp::clixml::{Content, Value};
use serde_json::json;

use crate::table::{Row, gives, hold, holds, shows, type_name};

const CUSTOM: &str = "System.Management.Automation.PSCustomObject";
const BUILDER: &str = "System.Text.StringBuilder";
/// So many objects are written inside each other, and then this text instead of what is in the last.
const DEEPEST: (usize, &str) = (49, "Serialized XML is nested too deeply.");

pub fn table() -> Vec<Row> {
    let mut table = properties();
    table.extend(references());
    table.extend(depths());
    table
}

fn properties() -> Vec<Row> {
    vec![
        holds(
            "object: custom",
            CUSTOM,
            json!({ "UserName": "Smith", "Count": 3, "Latency": null }),
        ),
        holds(
            "object: custom, with a list",
            CUSTOM,
            json!({ "Servers": ["ex01", "ex02"], "One": ["ex01"], "None": [] }),
        ),
        hold(
            "object: empty",
            [
                (CUSTOM, json!({})),
                ("System.Object", json!("System.Object")),
            ],
        ),
        holds(
            "object: property names that are odd",
            CUSTOM,
            json!({ "a b": 1, "c\nd": 2, "_x0041_": 3, "<>&\"": 4, "\u{1F600}": 5, "\u{FFFD}": 6 }),
        ),
        holds(
            "object: property names that XML would change",
            CUSTOM,
            json!({ " a  b ": 1, "c\td": 2, "\u{A0}": 3 }),
        ),
        hold(
            "object: selected",
            [
                (
                    "Selected.System.IO.FileAttributes",
                    json!({ "Length": null, "Text": "Hidden" }),
                ),
                (
                    "Selected.System.String",
                    json!({ "Length": 3, "Text": "abc" }),
                ),
            ],
        ),
        // methods stay behind
        holds(
            "object: script property and method",
            CUSTOM,
            json!({ "Side": 3, "Area": 9 }),
        ),
        holds(
            "object: alias property and type name",
            "Vectors.Row",
            json!({ "Length": 3, "Size": 3 }),
        ),
        shows(
            "object: property set and default display",
            |row| ["A", "B"].map(|name| row.get(name).and_then(Value::as_i64)),
            [[Some(1), Some(2)]],
        ),
        // as if it were not there; scripts that give nothing give an object with an empty text
        shows(
            "object: a getter that throws",
            |row| {
                ["Good", "Bad", "Name", "Length", "User"]
                    .map(|name| row.get(name).map(Value::display))
            },
            [
                [None, None, Some("all.txt"), None, Some("")].map(|text| text.map(str::to_owned)),
                [Some("1"), None, None, None, None].map(|text| text.map(str::to_owned)),
            ],
        ),
        // no custom object's text is written, not even its own
        holds("object: ToString of its own", CUSTOM, json!({ "A": 1 })),
        holds("object: ToString that throws", CUSTOM, json!({ "A": 1 })),
        holds(
            "object: of a class",
            "Mailbox",
            json!({ "Name": "jsmith", "Items": 4, "Archive": "Mailbox", "Secret": 5 }),
        ),
        hold(
            "object: adapted and added",
            [
                ("", json!({ "": "1.2", "Note": "added" })),
                (
                    BUILDER,
                    json!({ "Capacity": 16, "MaxCapacity": i32::MAX, "Length": 3, "Note": "added" }),
                ),
            ],
        ),
        shows(
            "object: an added name that the type has",
            |text| (text.display(), text.get("Length").map(Value::display)),
            [("abc".to_owned(), Some("shadow".to_owned()))],
        ),
        holds(
            "object: file",
            "Selected.System.IO.FileInfo",
            json!({
                "PSPath": "Microsoft.PowerShell.Core\\FileSystem::/tmp/mapisweep-vectors/file.txt",
                "Name": "file.txt", "Length": 5, "Mode": "-----", "Exists": true, "PSIsContainer": false,
                "LastWriteTime": "2026-03-02T09:05:00+01:00", "LastWriteTimeUtc": "2026-03-02T08:05:00Z",
            }),
        ),
        holds(
            "object: drive, a type with its own depth",
            "System.Management.Automation.PSDriveInfo",
            json!({
                "CurrentLocation": "", "Name": "Variable", "Provider": "Microsoft.PowerShell.Core\\Variable", "Root": "",
                "Description": "Drive that contains a view of those variables stored in a session state",
                "MaximumSize": null, "Credential": { "UserName": null, "Password": null }, "DisplayRoot": null,
                "VolumeSeparatedByColon": true, "Used": "", "Free": "",
            }),
        ),
        holds(
            "object: process, selected",
            "Selected.System.Diagnostics.Process",
            json!({ "Name": "pwsh", "IsId": true, "HasExited": false, "PriorityClass": 32 }),
        ),
        hold(
            "object: row of a table",
            [
                (
                    "System.Data.DataRow",
                    json!({ "Server": "ex01", "Count": 3 }),
                ),
                (
                    "System.Data.DataRow",
                    json!({ "Server": "ex02", "Count": "" }),
                ),
            ],
        ),
        shows(
            "object: table",
            |table| {
                let rows = table.get("Rows").and_then(Value::as_list);
                (
                    type_name(table).to_owned(),
                    rows == table.as_list(),
                    rows.map(|rows| rows[0].get("Server").cloned()),
                )
            },
            [(
                "System.Data.DataTable".to_owned(),
                true,
                Some(Some("ex01".into())),
            )],
        ),
        shows(
            "object: address",
            |address| {
                (
                    address.display(),
                    address.get("IPAddressToString").map(Value::display),
                )
            },
            [("10.0.0.7".to_owned(), Some("10.0.0.7".to_owned()))],
        ),
        holds(
            "object: match",
            "Selected.System.Text.RegularExpressions.Match",
            json!({ "Value": "ab", "Index": 0, "Success": true }),
        ),
        shows(
            "object: type, selected",
            |row| row.get("IsValueType").and_then(Value::as_bool),
            [Some(true), Some(false)],
        ),
        shows(
            "object: nullable and tuple",
            |value| (value.as_i64(), value.get("Item2").map(Value::display)),
            [(Some(7), None), (None, Some("two".to_owned()))],
        ),
        holds(
            "object: culture",
            "Selected.System.Globalization.CultureInfo",
            json!({ "Name": "de-DE", "LCID": 1031 }),
        ),
        gives("type: a string only", ["abc".into()]),
        holds(
            "type: some properties only",
            BUILDER,
            json!({ "Length": 3 }),
        ),
    ]
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
