//! Numbers, truth, nothing, and what else is written as one element.

use mapisweep_winrm::psrp::clixml::Value::{
    self, Bool, Bytes, Char, Decimal, F32, F64, Guid, I8, I16, I32, I64, Null, SecureString, U8,
    U16, U32, U64, Version,
};
use serde_json::json;

use crate::table::{Row, gives, hold, holds, shows};

pub fn table() -> Vec<Row> {
    let decimals = [
        "0",
        "1.10",
        "-0.0000000000000000000000000001",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
    ];
    let doubles = [
        0.0,
        -0.0,
        1.0,
        0.1 + 0.2,
        1e15,
        1e16,
        1.5e-7,
        f64::MAX,
        f64::MIN,
        // the least that is more than nothing, which is what .NET calls Epsilon
        f64::from_bits(1),
    ];
    let singles = [
        0.0,
        0.1,
        1e7,
        // 16777217 has no single of its own
        16_777_216.0,
        f32::MAX,
        f32::MIN,
        f32::from_bits(1),
    ];
    vec![
        gives("number: sbyte", [i8::MIN, i8::MAX].map(I8)),
        gives("number: byte", [u8::MIN, u8::MAX].map(U8)),
        gives("number: int16", [i16::MIN, i16::MAX].map(I16)),
        gives("number: uint16", [u16::MIN, u16::MAX].map(U16)),
        gives("number: int32", [i32::MIN, i32::MAX].map(I32)),
        gives("number: uint32", [u32::MIN, u32::MAX].map(U32)),
        gives("number: int64", [i64::MIN, i64::MAX].map(I64)),
        gives("number: uint64", [u64::MIN, u64::MAX].map(U64)),
        gives("number: double", doubles.map(F64)),
        gives(
            "number: double, not finite",
            [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(F64),
        ),
        gives("number: single", singles.map(F32)),
        gives(
            "number: single, not finite",
            [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(F32),
        ),
        gives(
            "number: decimal",
            decimals.map(|text| Decimal(text.to_owned())),
        ),
        shows(
            "number: too large for any element",
            Value::display,
            ["1267650600228229401496703205376".to_owned()],
        ),
        hold(
            "number: half and 128 bits",
            [
                ("System.Half", json!("1.5")),
                ("System.Int128", json!(i128::MAX.to_string())),
            ],
        ),
        shows("number: with a note", Value::as_i64, [Some(70000)]),
        // the engine keeps one object for each small number, so what is added to one is added to all
        shows(
            "number: with a note that another has put there",
            |row| {
                let count = row.get("Count")?;
                Some((
                    count.as_i64()?,
                    count.get("Unit")?.display(),
                    row.get("Other")?.as_i64()?,
                ))
            },
            [Some((77, "mailboxes".to_owned(), 78))],
        ),
        gives("truth: both", [Bool(true), Bool(false)]),
        gives("nothing: null", [Null]),
        gives("nothing: no output", []),
        // where a list holds what no pipeline would put out, that is an object with nothing in it
        holds(
            "nothing: in a list",
            "System.Object[]",
            json!([1, null, {}]),
        ),
        shows("nothing: DBNull", Value::display, [String::new()]),
        gives("char: plain", [0x61, 0, 0xFFFF, 0xD83D].map(Char)),
        gives("version: of two to four parts", {
            ["6.2", "15.1.2507", "15.1.2507.17"].map(|text| Version(text.to_owned()))
        }),
        holds(
            "version: semantic",
            "System.Management.Automation.SemanticVersion",
            json!({ "Major": 7, "Minor": 6, "Patch": 0, "PreReleaseLabel": "preview.1", "BuildLabel": "build5" }),
        ),
        gives("guid: plain", {
            let some = "792e5b37-4505-47ef-b7d2-8711bb7affa8".parse().unwrap();
            [some, uuid::Uuid::nil()].map(Guid)
        }),
        gives("bytes: empty", [Bytes(vec![])]),
        gives("bytes: some", [Bytes(vec![0, 1, 127, 128, 255])]),
        gives(
            "bytes: more than a line of base64",
            [Bytes((0..=255).collect())],
        ),
        gives("bytes: one at a time", [1, 2].map(U8)),
        // in whole blocks of the cipher; the recorder has written zeros over it, for the key is another each time
        gives("secret: secure string", [SecureString(vec![0; 32])]),
        gives("secret: empty", [SecureString(vec![0; 16])]),
        holds(
            "secret: credential",
            "System.Management.Automation.PSCredential",
            json!({ "UserName": "EXAMPLE\\admin", "Password": { "cipher": 16 } }),
        ),
        shows(
            "enum: plain",
            named,
            [("System.DayOfWeek".into(), "Tuesday".into(), I32(2))],
        ),
        shows(
            "enum: flags",
            named,
            [(
                "System.IO.FileAttributes".into(),
                "ReadOnly, Hidden".into(),
                I32(3),
            )],
        ),
        shows(
            "enum: a number that has no name",
            named,
            [("System.DayOfWeek".into(), "42".into(), I32(42))],
        ),
        holds(
            "enum: with a note",
            "System.DayOfWeek",
            json!({ "": 5, "Note": "kept" }),
        ),
        shows(
            "enum: of other sizes",
            named,
            [
                ("Small".into(), "One".into(), U8(1)),
                ("Signed".into(), "Less".into(), I8(-1)),
                ("Large".into(), "Most".into(), U64(u64::MAX)),
                ("Long".into(), "Least".into(), I64(i64::MIN)),
            ],
        ),
    ]
}

/// An enum's type, name and number.
fn named(value: &Value) -> (String, String, Value) {
    let [own, kind, ..] = value.type_names() else {
        panic!("{value:?}");
    };
    assert_eq!(kind, "System.Enum");
    (own.clone(), value.display(), value.unwrapped().clone())
}
