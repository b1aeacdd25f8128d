use super::*;
use std::string::String;

fn image_of(units: &[u16]) -> Vec<u8> {
    let mut processes = Processes::default();
    processes.add(4, units.iter().copied());
    processes.image_of(4).to_vec()
}

#[test]
fn a_program_name_is_visible_ascii_without_escapes() {
    for (name, expected) in [
        ("", ""),
        ("store.exe", "store.exe"),
        ("a b~.exe", "a b~.exe"),
        (r#"a"b\c"#, "a?b?c"),
        ("größe.exe", "gr??e.exe"),
        ("\t\r\n\u{1f}\u{7f}\u{80}\u{ff}", "???????"),
        ("🦀", "??"),
    ] {
        let units: Vec<u16> = name.encode_utf16().collect();
        assert_eq!(image_of(&units), expected.as_bytes());
    }
}

#[test]
fn a_state_is_known_by_its_name() {
    for number in 0..=12 {
        let name = String::from_utf8(State(number).name().to_vec()).unwrap();
        assert_eq!(State::named(&name), Some(State(number)), "{name}");
    }
    assert_eq!(State::named("established"), Some(State::ESTABLISHED));
    assert_eq!(State::named("close_wait"), Some(State::CLOSE_WAIT));
    assert_eq!(State::named("open"), None);
}

#[test]
fn a_strange_name_is_never_taken_for_a_plain_one() {
    // the lower byte of each unit spells store.exe
    let units: Vec<u16> = "store.exe"
        .encode_utf16()
        .map(|unit| unit | 0x100)
        .collect();
    assert_eq!(image_of(&units), b"?????????");
}

#[test]
fn each_process_has_its_own_name() {
    let mut processes = Processes::default();
    for (pid, image) in [
        (0, ""),
        (4, "System"),
        (0x0401_0000, "a.exe"),
        (u32::MAX, "b.exe"),
    ] {
        processes.add(pid, image.encode_utf16());
    }
    for (pid, image) in [
        (0, ""),
        (4, "System"),
        (0x0401_0000, "a.exe"),
        (u32::MAX, "b.exe"),
        (1, ""),
    ] {
        assert_eq!(processes.image_of(pid), image.as_bytes(), "{pid}");
    }
    processes.clear();
    assert_eq!(processes.image_of(4), b"");
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
            (name.as_bytes(), over)
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
