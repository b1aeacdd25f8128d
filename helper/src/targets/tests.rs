use super::*;
use std::format;
use std::string::{String, ToString};

const ONE: &str = "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe\n";
const TWO: &str = "tcp6 [fe80::1%4]:6001 [2001:db8::2]:51234 4 Name with blanks.exe\r\n";

#[test]
fn a_whole_list_is_read() {
    for text in [
        format!("{ONE}{TWO}end 2\n"),
        format!("\u{feff}{ONE}{TWO}end 2"),
        format!("{ONE}{TWO}end 2\r\n"),
        format!("{ONE}{TWO}end 2\r\n\r\n"),
    ] {
        let targets = parse(text.as_bytes(), 2).unwrap();
        let expected = [
            Target {
                connection: FourTuple::parse("tcp4", "10.0.0.5:6001", "10.1.4.23:51234").unwrap(),
                pid: 2316,
                image: b"store.exe",
            },
            Target {
                connection: FourTuple::parse("tcp6", "[fe80::1%4]:6001", "[2001:db8::2]:51234")
                    .unwrap(),
                pid: 4,
                image: b"Name with blanks.exe",
            },
        ];
        assert_eq!(targets, expected, "{text:?}");
    }
}

/// Cut off anywhere, it is not a list any more, unless only the last line end is missing.
#[test]
fn a_list_that_is_cut_off_is_refused() {
    let text = format!("{ONE}{TWO}end 2\r\n");
    let whole = text.trim_end().len();
    for length in 0..whole {
        let error = parse(&text.as_bytes()[..length], 10).unwrap_err();
        assert!(
            matches!(
                error,
                Error::ListCutOff | Error::NotATarget(_) | Error::ListOfOtherLength
            ),
            "{length}: {error:?}"
        );
    }
    for length in whole..=text.len() {
        assert_eq!(
            parse(&text.as_bytes()[..length], 10).map(|targets| targets.len()),
            Ok(2)
        );
    }
}

#[test]
fn one_wrong_line_refuses_all() {
    for line in [
        "",
        " ",
        "tcp4",
        "tcp4 10.0.0.5:6001",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 ",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 -1 store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 4294967296 store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 02316 store.exe",
        "tcp4  10.0.0.5:6001 10.1.4.23:51234 2316 store.exe",
        "tcp4 10.0.0.5:6001  10.1.4.23:51234 2316 store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234  2316 store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316  store.exe",
        "tcp4\t10.0.0.5:6001 10.1.4.23:51234 2316 store.exe",
        " tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe",
        "TCP4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe",
        "udp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe",
        "tcp6 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe",
        "tcp4 [::1]:6001 [::2]:51234 2316 store.exe",
        // not one exact connection
        "tcp4 10.0.0.5:6001 10.1.4.23:* 2316 store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.* 2316 store.exe",
        "tcp4 * 10.1.4.23:51234 2316 store.exe",
        "tcp4 10.0.0.5 10.1.4.23 2316 store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:0 2316 store.exe",
        "tcp4 10.0.0.5:0 10.1.4.23:51234 2316 store.exe",
        "tcp4 0.0.0.0:6001 10.1.4.23:51234 2316 store.exe",
        "tcp4 0.0.0.0:6001 0.0.0.0:0 2316 store.exe",
        "tcp6 [::]:6001 [2001:db8::2]:51234 2316 store.exe",
        "tcp6 [::ffff:0.0.0.0]:6001 [2001:db8::2]:51234 2316 store.exe",
        "tcp4 10.1.4.0/24 10.0.0.5:6001 2316 store.exe",
        // no program's file name
        r"tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 C:\store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 *",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store\u{0}.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 größe.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe ",
        "END 1",
        "end",
    ] {
        let text = format!("{ONE}{line}\n{TWO}end 3\n");
        assert_eq!(
            parse(text.as_bytes(), 10),
            Err(Error::NotATarget(2)),
            "{line:?}"
        );
    }
}

#[test]
fn a_line_without_end_is_refused() {
    let long = "x".repeat(100_000);
    let text = format!("{ONE}tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 {long}\nend 2\n");
    assert_eq!(parse(text.as_bytes(), 10), Err(Error::NotATarget(2)));
}

#[test]
fn what_is_not_text_is_refused() {
    assert_eq!(
        parse(b"\xff\xfe\x00\x01\nend 1\n", 10),
        Err(Error::NotATarget(1))
    );
    // UTF-16, as PowerShell's redirection would write it
    let utf16: Vec<u8> = ONE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(parse(&utf16, 10).is_err());
}

#[test]
fn the_end_is_exact() {
    for (end, error) in [
        ("end 1", Error::ListOfOtherLength),
        ("end 3", Error::ListOfOtherLength),
        ("end 02", Error::ListOfOtherLength),
        ("end ", Error::ListOfOtherLength),
        ("end x", Error::ListOfOtherLength),
        ("end -2", Error::ListOfOtherLength),
        ("end 2x", Error::ListGoesOn),
        ("end 2 ", Error::ListGoesOn),
        ("end 2\nend 2", Error::ListGoesOn),
        ("end 2\ntcp4", Error::ListGoesOn),
    ] {
        let text = format!("{ONE}{TWO}{end}");
        assert_eq!(parse(text.as_bytes(), 10), Err(error), "{end:?}");
    }
}

#[test]
fn no_targets_is_not_a_list() {
    assert_eq!(parse(b"", 10), Err(Error::ListCutOff));
    assert_eq!(parse(b"end 0\n", 10), Err(Error::NoTargets));
}

#[test]
fn not_more_than_the_maximum() {
    let list = |count: usize| -> String {
        let lines: String = (0..count)
            .map(|n| format!("tcp4 10.0.0.5:6001 10.1.4.23:{} 2316 store.exe\n", n + 1))
            .collect();
        lines + "end " + &count.to_string() + "\n"
    };
    assert_eq!(
        parse(list(5).as_bytes(), 5).map(|targets| targets.len()),
        Ok(5)
    );
    assert_eq!(parse(list(6).as_bytes(), 5), Err(Error::TooManyTargets));
}
