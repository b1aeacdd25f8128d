use super::*;
use std::string::String;

#[test]
fn a_number_has_one_text() {
    for (text, most, number, rest) in [
        ("0", 10, 0, ""),
        ("10", 10, 10, ""),
        ("7 store.exe", 10, 7, " store.exe"),
        ("4294967295", u32::MAX, u32::MAX, ""),
    ] {
        let mut reader = Reader::new(text.as_bytes());
        assert_eq!(reader.number(10, most), number, "{text}");
        assert_eq!(reader.rest(), rest.as_bytes(), "{text}");
        assert!(!reader.is_bad(), "{text}");
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
        "a",
    ] {
        let mut reader = Reader::new(text.as_bytes());
        reader.number(10, 10);
        assert!(reader.is_bad(), "{text}");
    }
}

#[test]
fn hexadecimal_numbers_are_lower_case() {
    for (text, number) in [("0", 0), ("db8", 0xdb8), ("ffff", 0xffff)] {
        let mut reader = Reader::new(text.as_bytes());
        assert_eq!(reader.number(16, 0xffff), number);
        assert!(reader.ended_well(), "{text}");
    }
    for text in ["", "0db8", "DB8", "10000", "g", "+1"] {
        let mut reader = Reader::new(text.as_bytes());
        reader.number(16, 0xffff);
        assert!(!reader.ended_well(), "{text}");
    }
}

#[test]
fn once_something_was_wrong_it_stays_so() {
    let mut reader = Reader::new(b"a 1");
    reader.expect(b"b");
    reader.expect(b"a ");
    assert_eq!(reader.number(10, 10), 1);
    assert!(reader.is_at_end() && reader.is_bad() && !reader.ended_well());
}

#[test]
fn pieces_end_where_they_are_told_to() {
    let mut reader = Reader::new(b"one\ntwo\n\nthree");
    for line in ["one", "two", "", "three", ""] {
        assert_eq!(reader.until(b'\n'), line.as_bytes());
    }
    assert!(reader.ended_well());
}

#[test]
fn words_are_counted_from_0() {
    for (number, expected) in [(0, "a"), (1, "bc"), (2, "d"), (3, ""), (9, "")] {
        assert_eq!(word("a bc d", number), expected.as_bytes());
    }
}

#[test]
fn numbers_are_written() {
    for (number, base, expected) in [
        (0, 10, "0"),
        (10, 10, "10"),
        (u32::MAX, 10, "4294967295"),
        (0xdb8, 16, "db8"),
        (0xffff, 16, "ffff"),
    ] {
        let mut text = Vec::new();
        write_number(&mut text, number, base);
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
