use super::*;
use std::string::String;

#[test]
fn a_number_has_one_text() {
    for (text, most, number, rest) in [
        ("0", 10, Some(0), ""),
        ("10", 10, Some(10), ""),
        ("7 store.exe", 10, Some(7), " store.exe"),
        ("4294967295", u32::MAX, Some(u32::MAX), ""),
    ] {
        let mut reader = Reader(text.as_bytes());
        assert_eq!(reader.number(most), number, "{text}");
        assert_eq!(reader.0, rest.as_bytes(), "{text}");
    }
    for text in [
        "",
        " 1",
        "-1",
        "+1",
        "x",
        "00",
        "01",
        "11",
        "4294967296",
        "99999999999999999999",
    ] {
        assert_eq!(Reader(text.as_bytes()).number(10), None, "{text}");
    }
}

#[test]
fn lines_end_in_any_way() {
    let mut reader = Reader(b"one\ntwo\r\n\nthree\r");
    for line in ["one", "two", "", "three"] {
        assert_eq!(reader.line(), line.as_bytes());
    }
    assert!(reader.0.is_empty());
}

#[test]
fn numbers_are_written() {
    for (number, base, width, expected) in [
        (0, 10, 1, "0"),
        (10, 10, 1, "10"),
        (u32::MAX, 10, 1, "4294967295"),
        (0xdb8, 16, 1, "db8"),
        (0xe9, 16, 4, "00e9"),
        (0xffff, 16, 4, "ffff"),
    ] {
        let mut text = Vec::new();
        write_number(&mut text, number, base, width);
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
