use super::*;
use std::string::String;

fn parse<'a>(arguments: &'a [&'a str]) -> Result<Command<'a>, Error> {
    Command::parse(arguments)
}

fn named<'a>(given: &[&'a str]) -> Images<'a> {
    let mut names = [&b""[..]; NAMES_LIMIT];
    for (place, name) in names.iter_mut().zip(given) {
        *place = name.as_bytes();
    }
    Images::Named(names)
}

#[test]
fn what_is_understood() {
    let exchange = Images::exchange;
    for (arguments, max, images) in [
        (&["list"][..], None, exchange()),
        (&["list", "--all"], None, Images::All),
        (&["list", "--image", "a.exe"], None, named(&["a.exe"])),
        (
            &["list", "--image", "a.exe", "--image", "b c.exe"],
            None,
            named(&["a.exe", "b c.exe"]),
        ),
        (&["close", "--max", "1"], Some(1), exchange()),
        (&["close", "--max", "20000"], Some(20_000), exchange()),
        (
            &["close", "--image", "a.exe", "--max", "7"],
            Some(7),
            named(&["a.exe"]),
        ),
    ] {
        assert_eq!(
            parse(arguments),
            Ok(Command { max, images }),
            "{arguments:?}"
        );
    }
    assert_eq!(
        exchange(),
        named(&[
            "store.exe",
            "Microsoft.Exchange.RpcClientAccess.Service.exe"
        ])
    );
}

#[test]
fn what_is_not_understood() {
    for (arguments, error) in [
        (&[][..], Error::NoCommand),
        (&["kill"], Error::NoCommand),
        (&["LIST"], Error::NoCommand),
        (&["--all"], Error::NoCommand),
        (&["list", "store.exe"], Error::UnknownArgument),
        (&["list", "list"], Error::UnknownArgument),
        (&["list", "--verbose"], Error::UnknownArgument),
        (&["list", ""], Error::UnknownArgument),
        (&["list", "--max", "1"], Error::MisplacedMax),
        (&["list", "--all", "--image", "a.exe"], Error::AllOfSome),
        (&["list", "--image"], Error::BadImage),
        (&["list", "--image", ""], Error::BadImage),
        (&["list", "--image", "*"], Error::BadImage),
        (&["list", "--image", r"C:\a.exe"], Error::BadImage),
        (&["close"], Error::MissingMax),
        (&["close", "--max"], Error::BadMax),
        (&["close", "--max", ""], Error::BadMax),
        (&["close", "--max", "0"], Error::BadMax),
        (&["close", "--max", "-1"], Error::BadMax),
        (&["close", "--max", "+1"], Error::BadMax),
        (&["close", "--max", "01"], Error::BadMax),
        (&["close", "--max", "1x"], Error::BadMax),
        (&["close", "--max", "1.0"], Error::BadMax),
        (&["close", "--max", "20001"], Error::BadMax),
        (&["close", "--max", "4294967297"], Error::BadMax),
        (
            &["close", "--max", "99999999999999999999999"],
            Error::BadMax,
        ),
        (&["close", "--max", "1", "--max", "2"], Error::BadMax),
        (&["close", "--max=1"], Error::UnknownArgument),
        (&["close", "--max", "1", "--all"], Error::MisplacedAll),
        (
            &["close", "--max", "1", "10.1.4.23"],
            Error::UnknownArgument,
        ),
    ] {
        assert_eq!(parse(arguments), Err(error), "{arguments:?}");
    }
}

#[test]
fn at_most_eight_programs() {
    let mut arguments = std::vec!["list"];
    for _ in 0..NAMES_LIMIT {
        arguments.extend(["--image", "a.exe"]);
    }
    assert!(parse(&arguments).is_ok());
    arguments.extend(["--image", "a.exe"]);
    assert_eq!(parse(&arguments), Err(Error::BadImage));
}

#[test]
fn command_lines_are_split_as_the_c_run_time_library_splits_them() {
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
        (r#"h.exe \"a\" b"#, &["h.exe", r#""a""#, "b"]),
        (r#"h.exe "a\\" b"#, &["h.exe", r"a\", "b"]),
        (r#"h.exe "a\\\" b""#, &["h.exe", r#"a\" b"#]),
        (r#"h.exe \\\\"a b""#, &["h.exe", r"\\a b"]),
        ("h.exe größe.exe", &["h.exe", "gr??e.exe"]),
        ("h.exe \u{1f980}", &["h.exe", "??"]),
    ] {
        let units: Vec<u16> = line.encode_utf16().collect();
        let arguments: Vec<String> = split(&units)
            .into_iter()
            .map(|argument| String::from_utf8(argument).unwrap())
            .collect();
        assert_eq!(arguments, expected, "{line:?}");
    }
}

#[test]
fn half_a_surrogate_pair_is_no_argument() {
    let line = [b'h'.into(), b' '.into(), 0xd83e];
    assert_eq!(split(&line), [b"h", b"?"]);
}
