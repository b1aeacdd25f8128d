//! Objects and their properties.

use mapisweep_winrm::psrp::clixml::Value;
use serde_json::json;

use crate::table::{CUSTOM, Row, gives, hold, holds, shows, type_name};

const BUILDER: &str = "System.Text.StringBuilder";

pub fn table() -> Vec<Row> {
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
        holds(
            "object: a property name that is no character",
            CUSTOM,
            json!({ "\u{FFFE}": 1, "\0": 2 }),
        ),
        holds(
            "object: type names that are odd",
            "a b_x0041_\n<c>\u{1F600}\u{FFFD}",
            json!({ "A": 1 }),
        ),
        shows(
            "object: text that is odd",
            Value::display,
            [
                "_x0041_\n<c>\u{1F600}\u{FFFD}\u{FFFF}",
                "'_x0041_\n<c>\u{1F600}\u{FFFD}\u{FFFF}'",
                "a/_x0041_",
                "<a>_x0041_</a>",
            ]
            .map(str::to_owned),
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
        // the specification does not know such sets, and nobody reads them: an element of another name
        shows(
            "object: a set of members",
            |row| ["A", "Set", "B"].map(|name| row.get(name).cloned()),
            [[
                Value::I32(1),
                Value::Other("MS".into(), String::new()),
                Value::I32(3),
            ]
            .map(Some)],
        ),
        shows(
            "object: a property that is nothing",
            |row| ["A", "B", "C", "D"].map(|name| row.get(name).map(Value::display)),
            [[(); 4].map(|()| Some(String::new()))],
        ),
        hold(
            "object: of another session",
            [
                (
                    "Deserialized.System.Text.StringBuilder",
                    json!({ "Capacity": 16, "MaxCapacity": i32::MAX, "Length": 3 }),
                ),
                ("Deserialized.System.DayOfWeek", json!(1)),
            ],
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
