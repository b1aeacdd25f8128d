//! CLIXML as a table: text, value, and text again.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

fn inner(value: &Value) -> &Object {
    value.as_object().expect("an object")
}

#[test]
fn every_primitive_reads_and_writes() {
    let guid = "792e5b37-4505-47ef-b7d2-8711bb7affa8";
    let cases = [
        ("<Nil/>", Value::Null),
        ("<S>a &lt;b&gt; &amp; c</S>", "a <b> & c".into()),
        ("<S/>", "".into()),
        ("<S> kept </S>", " kept ".into()),
        ("<C>97</C>", Value::Char(97)),
        ("<B>true</B>", true.into()),
        (
            "<DT>2008-04-11T10:42:32.2731993-07:00</DT>",
            Value::DateTime(DateTime::new("2008-04-11T10:42:32.2731993-07:00")),
        ),
        (
            "<TS>PT9.0269026S</TS>",
            Value::Duration(Duration::new("PT9.0269026S")),
        ),
        ("<By>254</By>", Value::U8(254)),
        ("<SB>-127</SB>", Value::I8(-127)),
        ("<U16>65535</U16>", Value::U16(65535)),
        ("<I16>-32767</I16>", Value::I16(-32767)),
        ("<U32>4294967295</U32>", Value::U32(u32::MAX)),
        ("<I32>-2147483648</I32>", Value::I32(i32::MIN)),
        ("<U64>18446744073709551615</U64>", Value::U64(u64::MAX)),
        ("<I64>-9223372036854775808</I64>", Value::I64(i64::MIN)),
        ("<Sg>12.34</Sg>", Value::F32(12.34)),
        ("<Db>-INF</Db>", Value::F64(f64::NEG_INFINITY)),
        ("<D>12.340</D>", Value::Decimal("12.340".into())),
        ("<BA>AQIDBA==</BA>", Value::Bytes(vec![1, 2, 3, 4])),
        (
            &format!("<G>{guid}</G>"),
            Value::Guid(guid.parse().unwrap()),
        ),
        (
            "<URI>http://www.microsoft.com/</URI>",
            Value::Uri("http://www.microsoft.com/".into()),
        ),
        (
            "<Version>6.2.1.3</Version>",
            Value::Version("6.2.1.3".into()),
        ),
        ("<XD>&lt;name/&gt;</XD>", Value::Xml("<name/>".into())),
        (
            "<SBK>get-command</SBK>",
            Value::ScriptBlock("get-command".into()),
        ),
        ("<SS>AQID</SS>", Value::SecureString(vec![1, 2, 3])),
        (
            "<New>thing</New>",
            Value::Other("New".into(), "thing".into()),
        ),
    ];
    for (text, value) in cases {
        assert_eq!(parse(text).unwrap(), value, "{text}");
        assert_eq!(to_xml(&value), text);
    }
    let in_lines = parse("<BA>\r\nAQID\r\nBA==\r\n</BA>");
    assert_eq!(in_lines.unwrap(), Value::Bytes(vec![1, 2, 3, 4]));
}

#[test]
fn what_is_not_of_its_type_is_an_error() {
    for text in [
        "<I32>x</I32>",
        "<By>256</By>",
        "<B>maybe</B>",
        "<BA>%</BA>",
        "<G>1</G>",
        "<C></C>",
    ] {
        assert!(
            matches!(parse(text), Err(Error::Primitive { .. })),
            "{text}"
        );
    }
}

#[test]
fn escapes_hold_what_xml_cannot() {
    for (value, text) in [
        ("a\r\n\tb", "a_x000D__x000A__x0009_b"),
        ("\u{0}", "_x0000_"),
        ("_x0041_", "_x005F_x0041_"),
        ("_plain_", "_plain_"),
        ("😀", "_xD83D__xDE00_"),
        ("\u{85}\u{FFFE}é", "_x0085__xFFFE_é"),
    ] {
        assert_eq!(escape(value), text);
        assert_eq!(unescape(text), value);
    }
    assert_eq!(unescape("_xd83d__xde00_"), "😀", "lower case");
    assert_eq!(unescape("_xD83D_"), "\u{FFFD}", "half a surrogate pair");
    assert_eq!(
        unescape("_x12G4_ _x1_ _x"),
        "_x12G4_ _x1_ _x",
        "not escapes"
    );
    for as_it_is in ["", "plain 😀", "a_b", "_x12G4_ _x1_ _x"] {
        assert!(matches!(unescape(as_it_is), Cow::Borrowed(_)), "{as_it_is}");
    }
}

#[test]
fn an_enum_has_a_name_and_a_number() {
    let mode = parse(
        r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Exchange.ClientMode</T><T>System.Enum</T></TN>
           <ToString>Cached</ToString><I32>2</I32></Obj>"#,
    )
    .unwrap();
    assert_eq!(mode.display(), "Cached");
    assert_eq!(mode.as_i64(), Some(2));
    assert_eq!(
        mode.type_names(),
        ["Microsoft.Exchange.ClientMode", "System.Enum"]
    );
}

#[test]
fn properties_are_found_whatever_their_case_and_kind() {
    let row = parse(
        r#"<Obj RefId="0"><TN RefId="0"><T>Logon</T></TN><Props><S N="UserName">Smith</S><Nil N="Latency"/>
           <Unknown><Deep/></Unknown></Props><MS><S N="PSComputer_x0020_Name">ex01</S></MS></Obj>"#,
    )
    .unwrap();
    assert_eq!(row.get("username").and_then(Value::as_str), Some("Smith"));
    assert_eq!(row.get("Latency"), Some(&Value::Null));
    assert_eq!(
        row.get("PSComputer Name").and_then(Value::as_str),
        Some("ex01")
    );
    assert_eq!(row.get("Absent"), None);
}

#[test]
fn what_is_unknown_displaces_nothing() {
    let list = parse(
        r#"<?xml version="1.0"?><!-- c --><Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">
           <Obj S="output" RefId="0"><LST><I32>1</I32></LST><Future><I32>2</I32></Future></Obj></Objs>"#,
    )
    .unwrap();
    assert_eq!(list.as_list(), Some([Value::I32(1)].as_slice()));
}

#[test]
fn collections_keep_kind_and_order() {
    for (element, content) in [
        ("LST", Content::List as fn(Vec<Value>) -> Content),
        ("IE", Content::Enumerable),
        ("STK", Content::Stack),
        ("QUE", Content::Queue),
    ] {
        let text = format!(r#"<Obj RefId="0"><{element}><I32>1</I32><Nil/></{element}></Obj>"#);
        let value = parse(&text).unwrap();
        assert_eq!(
            inner(&value).content,
            content(vec![Value::I32(1), Value::Null])
        );
        assert_eq!(to_xml(&value), text);
    }
    let dictionary =
        r#"<Obj RefId="0"><DCT><En><I32 N="Key">1</I32><S N="Value">one</S></En></DCT></Obj>"#;
    let value = parse(dictionary).unwrap();
    assert_eq!(
        value.as_dictionary(),
        Some([(Value::I32(1), "one".into())].as_slice())
    );
    assert_eq!(to_xml(&value), dictionary);
}

#[test]
fn what_is_made_here_has_the_types_that_powershell_gives_it() {
    let one = || [(Value::from("a"), Value::I32(1))];
    for (value, text) in [
        (
            Value::list([Value::I32(1)]),
            r#"<Obj RefId="0"><TN RefId="0"><T>System.Collections.ArrayList</T><T>System.Object</T></TN><LST><I32>1</I32></LST></Obj>"#,
        ),
        (
            Value::dictionary(one()),
            r#"<Obj RefId="0"><TN RefId="0"><T>System.Collections.Hashtable</T><T>System.Object</T></TN><DCT><En><S N="Key">a</S><I32 N="Value">1</I32></En></DCT></Obj>"#,
        ),
    ] {
        assert_eq!(to_xml(&value), text);
        assert_eq!(parse(text).unwrap(), value);
    }
    assert_eq!(Value::dictionary(one()).as_dictionary(), Some(&one()[..]));
}

#[test]
fn a_list_is_taken_apart_without_a_copy_unless_somebody_else_has_it() {
    let text = |element: &str| format!("<Obj><{element}><S>a line</S></{element}></Obj>");
    for element in ["LST", "IE", "STK", "QUE"] {
        let list = parse(&text(element)).unwrap();
        let address = list.as_list().map(<[Value]>::as_ptr);
        let items = list.into_list().unwrap();
        assert_eq!(
            (Some(items.as_ptr()), &items[..]),
            (address, &["a line".into()][..])
        );
    }
    let shared = parse(&text("LST")).unwrap();
    assert_eq!(shared.clone().into_list(), Ok(vec!["a line".into()]));
    assert_eq!(shared.into_list(), Ok(vec!["a line".into()]));
    for other in [Value::Null, "a line".into(), Value::dictionary([])] {
        assert_eq!(other.clone().into_list(), Err(other));
    }
}

#[test]
fn shared_objects_and_types_stay_shared() {
    let text = r#"<Obj RefId="0"><TN RefId="0"><T>A</T></TN><LST><Obj RefId="1"><TNRef RefId="0"/><MS><S N="x">1</S></MS></Obj><Ref RefId="1"/></LST></Obj>"#;
    let value = parse(text).unwrap();
    let [first, second] = value.as_list().unwrap() else {
        panic!("two items");
    };
    assert!(std::ptr::eq(inner(first), inner(second)));
    assert_eq!(to_xml(&value), text);
}

#[test]
fn a_reference_to_an_enclosing_object_is_no_endless_loop() {
    let text = r#"<Obj RefId="7"><MS><Ref N="Self" RefId="7"/><Obj N="Child" RefId="9"><MS><Ref N="Parent" RefId="7"/></MS></Obj></MS></Obj>"#;
    let value = parse(text).unwrap();
    assert_eq!(value.get("Self"), Some(&Value::Enclosing(0)));
    let child = value.get("Child").unwrap();
    assert_eq!(child.get("Parent"), Some(&Value::Enclosing(1)));
    let renumbered = text.replace('7', "0").replace('9', "1");
    assert_eq!(to_xml(&value), renumbered);
    let alone = r#"<Obj RefId="0"><MS><Nil N="Parent"/></MS></Obj>"#;
    assert_eq!(to_xml(child), alone, "what it referred to is not there");
}

#[test]
fn hostile_documents_are_refused() {
    let deep = "<Obj><LST>".repeat(80) + &"</LST></Obj>".repeat(80);
    assert!(matches!(
        parse(&deep),
        Err(Error::TooLarge { what: "levels", .. })
    ));
    let tight = Limits {
        bytes: 10,
        ..Limits::default()
    };
    assert!(matches!(
        parse_within("<S>0123456789</S>", tight),
        Err(Error::TooLarge { what: "bytes", .. })
    ));
    let few = Limits {
        elements: 2,
        ..Limits::default()
    };
    assert!(matches!(
        parse_within("<Obj><LST><Nil/></LST></Obj>", few),
        Err(Error::TooLarge {
            what: "elements",
            ..
        })
    ));
    for (text, what) in [
        ("", "nothing"),
        ("<Obj>", "an open element"),
        ("<Obj><LST></Obj></LST>", "crossed elements"),
        ("< />", "an element without a name"),
        ("<a/b/>", "an element whose name cannot be written"),
        (r#"<Ref RefId="7"/>"#, "an unknown reference"),
        (
            r#"<Obj><TNRef RefId="7"/></Obj>"#,
            "an unknown type reference",
        ),
        (r#"<!DOCTYPE a [<!ENTITY b "c">]><S>&b;</S>"#, "an entity"),
    ] {
        assert!(parse(text).is_err(), "{what}");
    }
}

/// A list of objects, each of which refers to the one before so many times.
fn chain(length: usize, references: usize) -> String {
    let mut text = r#"<Obj RefId="0"><LST><Obj RefId="1"/>"#.to_owned();
    for id in 2..=length {
        let reference = format!(r#"<Ref RefId="{}"/>"#, id - 1).repeat(references);
        text += &format!(r#"<Obj RefId="{id}"><LST>{reference}</LST></Obj>"#);
    }
    text + "</LST></Obj>"
}

#[test]
fn references_cost_nothing_but_are_counted_as_what_they_stand_for() {
    for (length, references, refused) in [
        (150, 1, None),
        (151, 1, Some("levels, references followed")),
        (20, 2, None),
        (100, 2, Some("values, references followed")),
    ] {
        let text = chain(length, references);
        match parse(&text) {
            Ok(value) => assert!(refused.is_none() && to_xml(&value) == text, "{length}"),
            Err(Error::TooLarge { what, .. }) => assert_eq!(Some(what), refused, "{length}"),
            Err(other) => panic!("{length}: {other}"),
        }
    }
}

#[test]
fn a_time_names_an_instant() {
    for (text, instant) in [
        (
            "2026-03-02T09:05:00.1234567+01:00",
            Some("2026-03-02T08:05:00.1234567Z"),
        ),
        ("2026-03-02T08:05:00Z", Some("2026-03-02T08:05:00Z")),
        ("2026-03-02T08:05:00", None),
        ("yesterday", None),
    ] {
        let expected = instant.map(|text| text.parse().unwrap());
        assert_eq!(DateTime::new(text).timestamp(), expected, "{text}");
    }
}

fn any_primitive() -> impl Strategy<Value = Value> {
    let text = any::<String>().boxed();
    prop_oneof![
        Just(Value::Null),
        text.clone().prop_map(Value::String),
        any::<u16>().prop_map(Value::Char),
        any::<bool>().prop_map(Value::Bool),
        any::<u8>().prop_map(Value::U8),
        any::<i8>().prop_map(Value::I8),
        any::<u32>().prop_map(Value::U32),
        any::<i64>().prop_map(Value::I64),
        any::<u64>().prop_map(Value::U64),
        // NaN is not equal to itself
        any::<f32>()
            .prop_filter("a number", |number| !number.is_nan())
            .prop_map(Value::F32),
        any::<f64>()
            .prop_filter("a number", |number| !number.is_nan())
            .prop_map(Value::F64),
        any::<Vec<u8>>().prop_map(Value::Bytes),
        any::<Vec<u8>>().prop_map(Value::SecureString),
        any::<u128>().prop_map(|bits| Value::Guid(uuid::Uuid::from_u128(bits))),
        text.clone().prop_map(Value::Uri),
        text.clone().prop_map(Value::Xml),
        text.prop_map(Value::ScriptBlock),
    ]
}

fn any_content(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Content> {
    let values = prop::collection::vec(inner.clone(), 0..6);
    // one object in several places
    let shared = (inner.clone(), 2..4_usize).prop_map(|(value, times)| vec![value; times]);
    prop_oneof![
        Just(Content::None),
        any_primitive().prop_map(Content::Primitive),
        values.clone().prop_map(Content::List),
        shared.prop_map(Content::List),
        values.clone().prop_map(Content::Enumerable),
        values.clone().prop_map(Content::Stack),
        values.prop_map(Content::Queue),
        prop::collection::vec((inner.clone(), inner), 0..4).prop_map(Content::Dictionary),
    ]
}

fn any_object(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Object> {
    let properties = prop::collection::vec((any::<String>(), inner.clone()), 0..4);
    let types = prop::option::of(prop::collection::vec("[A-Z][a-z.`_x]{0,8}", 1..3));
    (
        types,
        any::<Option<String>>(),
        any_content(inner),
        properties.clone(),
        properties,
    )
        .prop_map(|(types, to_string, content, adapted, extended)| Object {
            type_names: types.map(Into::into),
            to_string,
            content,
            adapted,
            extended,
        })
}

fn any_value() -> impl Strategy<Value = Value> {
    any_primitive().prop_recursive(4, 40, 6, |inner| any_object(inner).prop_map(Value::from))
}

proptest! {
    #[test]
    fn any_value_survives_the_journey(value in any_value()) {
        prop_assert_eq!(parse(&to_xml(&value)).unwrap(), value);
    }

    #[test]
    fn any_text_is_read_or_refused_but_never_panics(
        text in r#"(<(Obj|S|LST|DCT|En|MS|Ref|TN|Odd)( N="a")?( RefId="[01]")?/?>|</(Obj|S|LST|MS)>|_x00|a|&(lt|#10|b);){0,30}"#
    ) {
        if let Ok(value) = parse(&text) {
            let written = to_xml(&value);
            prop_assert_eq!(to_xml(&parse(&written).unwrap()), written);
        }
    }
}
