use super::*;
use std::string::String;

/// Each ended by a zero byte.
fn zeroed(arguments: &[&str]) -> String {
    arguments
        .iter()
        .flat_map(|argument| [argument, "\0"])
        .collect()
}

#[test]
fn what_is_understood() {
    let exchange = Images::EXCHANGE;
    for (arguments, max, images) in [
        (&["list"][..], None, exchange),
        (&["list", "--all"], None, Images::All),
        (&["list", "a.exe"], None, Images::Named(b"a.exe\0")),
        (
            &["list", "a.exe", "b c.exe"],
            None,
            Images::Named(b"a.exe\0b c.exe\0"),
        ),
        (&["close", "--max", "1"], Some(1), exchange),
        (&["close", "--max", "20000"], Some(20_000), exchange),
        (
            &["close", "--max", "7", "a.exe"],
            Some(7),
            Images::Named(b"a.exe\0"),
        ),
    ] {
        let expected = Command { max, images };
        assert_eq!(
            Command::parse(zeroed(arguments).as_bytes()),
            Ok(expected),
            "{arguments:?}"
        );
        assert_eq!(expected.to_arguments(), arguments);
    }
}

#[test]
fn what_is_not_understood() {
    for (arguments, error) in [
        (&[][..], ErrorKind::NoCommand),
        (&["kill"], ErrorKind::NoCommand),
        (&["LIST"], ErrorKind::NoCommand),
        (&["--all"], ErrorKind::NoCommand),
        (&["lists"], ErrorKind::NoCommand),
        (&["list", "--verbose"], ErrorKind::BadImage),
        (&["list", ""], ErrorKind::BadImage),
        (&["list", "*"], ErrorKind::BadImage),
        (&["list", r"C:\a.exe"], ErrorKind::BadImage),
        (&["list", "--max", "1"], ErrorKind::BadImage),
        (&["list", "a.exe", "--all"], ErrorKind::BadImage),
        (&["list", "--all", "a.exe"], ErrorKind::BadImage),
        (&["close"], ErrorKind::BadMax),
        (&["close", "a.exe"], ErrorKind::BadMax),
        (&["close", "--max"], ErrorKind::BadMax),
        (&["close", "--max", ""], ErrorKind::BadMax),
        (&["close", "--max", "0"], ErrorKind::BadMax),
        (&["close", "--max", "-1"], ErrorKind::BadMax),
        (&["close", "--max", "+1"], ErrorKind::BadMax),
        (&["close", "--max", "01"], ErrorKind::BadMax),
        (&["close", "--max", "1x"], ErrorKind::BadMax),
        (&["close", "--max", "1.0"], ErrorKind::BadMax),
        (&["close", "--max", "20001"], ErrorKind::BadMax),
        (&["close", "--max", "4294967297"], ErrorKind::BadMax),
        (
            &["close", "--max", "99999999999999999999999"],
            ErrorKind::BadMax,
        ),
        (&["close", "--max=1"], ErrorKind::BadMax),
        (&["close", "--max", "1", "--max", "2"], ErrorKind::BadImage),
        (&["close", "--max", "1", "--all"], ErrorKind::BadImage),
        (
            &["close", "--max", "1", "10.1.4.23/24"],
            ErrorKind::BadImage,
        ),
    ] {
        let given = zeroed(arguments);
        let result = Command::parse(given.as_bytes());
        assert_eq!(result, Err(error.into()), "{arguments:?}");
    }
}

#[test]
fn the_sentence_names_the_limit() {
    use std::string::ToString;
    let sentence = ErrorKind::BadMax.sentence();
    assert!(sentence.contains(&TARGETS_LIMIT.to_string()), "{sentence}");
}

#[test]
fn command_lines_are_split_at_blanks_outside_quotes() {
    for (line, expected) in [
        ("", &[][..]),
        ("  ", &[]),
        ("h.exe", &["h.exe"]),
        ("h.exe list", &["h.exe", "list"]),
        ("h.exe\t list  --all ", &["h.exe", "list", "--all"]),
        (
            r#""C:\Program Files\mapisweep\h.exe" list"#,
            &[r"C:\Program Files\mapisweep\h.exe", "list"],
        ),
        (
            r#"h.exe --image "a b.exe" c"#,
            &["h.exe", "--image", "a b.exe", "c"],
        ),
        (r#"h.exe """#, &["h.exe", ""]),
        (r#"h.exe a"b c"d"#, &["h.exe", "ab cd"]),
        (r#"h.exe "open end"#, &["h.exe", "open end"]),
        (r#"h.exe "open "#, &["h.exe", "open "]),
        (r"h.exe a\b\\c", &["h.exe", r"a\b\\c"]),
        // what no argument has stays what no argument has
        (r#"h.exe \"a\" b"#, &["h.exe", r"\a\", "b"]),
        ("h.exe größe.exe", &["h.exe", "gr??e.exe"]),
        ("h.exe \u{1f980}", &["h.exe", "??"]),
    ] {
        let units: Vec<u16> = line.encode_utf16().collect();
        assert_eq!(split(&units), zeroed(expected).as_bytes(), "{line:?}");
    }
}

#[test]
fn half_a_surrogate_pair_is_no_argument() {
    let line = [b'h'.into(), b' '.into(), 0xd83e];
    assert_eq!(split(&line), b"h\0?\0");
}
