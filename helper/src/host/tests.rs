use super::*;
use std::format;
use std::string::String;

/// What a JSON reader makes of a process's name.
fn read_back(units: &[u16]) -> String {
    let process = Process::new(4, units.iter().copied());
    assert!(process.image.is_ascii());
    let text = format!("\"{}\"", String::from_utf8(process.image).unwrap());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn any_program_name_survives_and_is_ascii() {
    for name in [
        "",
        "store.exe",
        r#"a"b\c"#,
        "größe.exe",
        "日本.exe",
        "\u{0}\t\r\n\u{1f}\u{7f}\u{80}\u{ff}",
        "\u{100}\u{2022}\u{175c}",
        "🦀\u{ffff}",
    ] {
        let units: Vec<u16> = name.encode_utf16().collect();
        assert_eq!(read_back(&units), name);
    }
}

#[test]
fn a_strange_name_is_never_taken_for_a_plain_one() {
    // the lower byte of each unit spells store.exe
    let units = "store.exe".encode_utf16().map(|unit| unit | 0x100);
    assert!(!Process::new(4, units)
        .image
        .eq_ignore_ascii_case(b"store.exe"));
}

#[test]
fn states_are_those_of_windows() {
    for (number, name, over) in [
        (0, "unknown", false),
        (1, "closed", true),
        (2, "listen", false),
        (3, "syn_sent", false),
        (4, "syn_received", false),
        (5, "established", false),
        (6, "fin_wait_1", false),
        (7, "fin_wait_2", false),
        (8, "close_wait", false),
        (9, "closing", false),
        (10, "last_ack", false),
        (11, "time_wait", true),
        (12, "delete_tcb", true),
        (13, "unknown", false),
        (u32::MAX, "unknown", false),
    ] {
        assert_eq!(
            (State(number).name(), State(number).is_over()),
            (name, over)
        );
    }
}

#[test]
fn input_in_pieces() {
    let mut input = &b"abcde"[..];
    let mut buffer = [0; 3];
    assert_eq!(input.read(&mut buffer), Ok(3));
    assert_eq!(&buffer, b"abc");
    assert_eq!(input.read(&mut buffer), Ok(2));
    assert_eq!(&buffer[..2], b"de");
    assert_eq!(input.read(&mut buffer), Ok(0));
}
