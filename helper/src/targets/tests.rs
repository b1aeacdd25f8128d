use super::*;
use crate::{Processes, Row};
use std::format;
use std::string::{String, ToString};

const ONE: &str = "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe\n";
const TWO: &str =
    "tcp6 [fe80:0:0:0:0:0:0:1%4]:6001 [2001:db8:0:0:0:0:0:2]:51234 4 Name with blanks.exe\r\n";

/// What is planned: connection, process, program.
type Plan = (FourTuple, u32, String);

fn parse(text: &[u8], max: u32) -> Result<Vec<Plan>, Error> {
    let mut targets = Targets::default();
    targets.read(text, max)?;
    let plan = |target: &Target<'_>| {
        let image = String::from_utf8(target.image.to_vec()).unwrap();
        (target.connection, target.pid, image)
    };
    Ok(targets.list.iter().map(plan).collect())
}

fn planned(family: &str, local: &str, remote: &str) -> FourTuple {
    FourTuple::parse(family, local, remote).unwrap()
}

#[test]
fn a_whole_list_is_read() {
    let one = planned("tcp4", "10.0.0.5:6001", "10.1.4.23:51234");
    let two = planned("tcp6", "[fe80::1%4]:6001", "[2001:db8::2]:51234");
    let expected = [
        (one, 2316, "store.exe".to_string()),
        (two, 4, "Name with blanks.exe".to_string()),
    ];
    for text in [
        format!("{ONE}{TWO}end 2\n"),
        format!("\u{feff}{ONE}{TWO}end 2"),
        format!("{ONE}{TWO}end 2\r\n"),
    ] {
        assert_eq!(
            parse(text.as_bytes(), 2).as_deref(),
            Ok(&expected[..]),
            "{text:?}"
        );
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
                error.kind,
                ErrorKind::ListCutOff | ErrorKind::NotATarget | ErrorKind::ListOfOtherLength
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
        "tcp4 [0:0:0:0:0:0:0:1]:6001 [0:0:0:0:0:0:0:2]:51234 2316 store.exe",
        "tcp6 [::1]:6001 [::2]:51234 2316 store.exe",
        // not one exact connection
        "tcp4 10.0.0.5:6001 10.1.4.23:* 2316 store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.* 2316 store.exe",
        "tcp4 * 10.1.4.23:51234 2316 store.exe",
        "tcp4 10.0.0.5 10.1.4.23 2316 store.exe",
        "tcp4 10.0.0.5:6001 10.1.4.23:0 2316 store.exe",
        "tcp4 10.0.0.5:0 10.1.4.23:51234 2316 store.exe",
        "tcp4 0.0.0.0:6001 10.1.4.23:51234 2316 store.exe",
        "tcp4 0.0.0.0:6001 0.0.0.0:0 2316 store.exe",
        "tcp6 [0:0:0:0:0:0:0:0]:6001 [2001:db8:0:0:0:0:0:2]:51234 2316 store.exe",
        "tcp6 [0:0:0:0:0:ffff:0:0]:6001 [2001:db8:0:0:0:0:0:2]:51234 2316 store.exe",
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
            Err(ErrorKind::NotATarget.with(2)),
            "{line:?}"
        );
    }
}

#[test]
fn a_line_without_end_is_refused() {
    let long = "x".repeat(100_000);
    let text = format!("{ONE}tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 {long}\nend 2\n");
    assert_eq!(
        parse(text.as_bytes(), 10),
        Err(ErrorKind::NotATarget.with(2))
    );
}

#[test]
fn what_is_not_text_is_refused() {
    assert_eq!(
        parse(b"\xff\xfe\x00\x01\nend 1\n", 10),
        Err(ErrorKind::NotATarget.with(1))
    );
    // UTF-16, as PowerShell's redirection would write it
    let utf16: Vec<u8> = ONE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(parse(&utf16, 10).is_err());
}

#[test]
fn the_end_is_exact() {
    for (end, error) in [
        ("end 1", ErrorKind::ListOfOtherLength),
        ("end 3", ErrorKind::ListOfOtherLength),
        ("end 02", ErrorKind::ListOfOtherLength),
        ("end ", ErrorKind::ListOfOtherLength),
        ("end x", ErrorKind::ListOfOtherLength),
        ("end -2", ErrorKind::ListOfOtherLength),
        ("end 2x", ErrorKind::ListOfOtherLength),
        ("end 2 ", ErrorKind::ListOfOtherLength),
        ("end 2\nend 2", ErrorKind::ListGoesOn),
        ("end 2\ntcp4", ErrorKind::ListGoesOn),
        ("end 2\n\n", ErrorKind::ListGoesOn),
    ] {
        let text = format!("{ONE}{TWO}{end}");
        assert_eq!(parse(text.as_bytes(), 10), Err(error.into()), "{end:?}");
    }
}

#[test]
fn no_targets_is_not_a_list() {
    assert_eq!(parse(b"", 10), Err(ErrorKind::ListCutOff.into()));
    assert_eq!(parse(b"end 0\n", 10), Err(ErrorKind::NoTargets.into()));
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
    assert_eq!(
        parse(list(6).as_bytes(), 5),
        Err(ErrorKind::TooManyTargets.into())
    );
}

fn connection(port: u16) -> FourTuple {
    planned("tcp4", "10.0.0.5:6001", &format!("10.1.4.23:{port}"))
}

fn targets(connections: &[FourTuple]) -> Targets<'static> {
    let mut targets = Targets::default();
    for connection in connections {
        targets.add(*connection, 2316, b"store.exe").unwrap();
    }
    targets
}

/// What a machine with these rows shows of the targets: state and owner of each.
fn seen(targets: &mut Targets<'_>, rows: &[(FourTuple, State, u32)]) -> Vec<(State, u32)> {
    struct Machine<'r>(&'r [(FourTuple, State, u32)]);
    impl Host for Machine<'_> {
        fn elevated(&mut self) -> bool {
            true
        }
        fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code> {
            for (connection, state, pid) in self.0.iter().copied() {
                show(&Row {
                    connection,
                    state,
                    pid,
                });
            }
            Ok(())
        }
        fn processes(&mut self, _: &mut Processes) -> Result<(), Code> {
            panic!("only the table is looked at")
        }
        fn close(&mut self, _: &FourTuple) -> Result<(), Code> {
            panic!("only the table is looked at")
        }
        fn pause(&mut self, _: u32) {}
    }
    targets.look(&mut Machine(rows)).unwrap();
    let of = |target: &Target<'_>| (target.state, target.owner);
    targets.list.iter().map(of).collect()
}

const UP: State = State::ESTABLISHED;
const NOT_THERE: (State, u32) = (State::CLOSED, 0);

#[test]
fn each_target_finds_its_row_and_no_other() {
    let mut targets = targets(&[3, 1, 4, 15, 9, 2, 6].map(connection));
    let rows = [9, 8, 7, 6, 5, 4, 3].map(|port| (connection(port), UP, port.into()));
    let there = |pid| (UP, pid);
    let expected = [
        there(3),
        NOT_THERE,
        there(4),
        NOT_THERE,
        there(9),
        NOT_THERE,
        there(6),
    ];
    assert_eq!(seen(&mut targets, &rows), expected);
    assert_eq!(
        seen(&mut targets, &[]),
        [NOT_THERE; 7],
        "nothing is left of the look before"
    );
}

#[test]
fn many_targets_find_their_rows() {
    let all: Vec<FourTuple> = (1..=TARGETS_LIMIT as u16).map(connection).collect();
    let mut targets = targets(&all);
    let rows: Vec<_> = all
        .iter()
        .rev()
        .map(|row| (*row, UP, row.remote.port().into()))
        .collect();
    for (position, (state, pid)) in seen(&mut targets, &rows).into_iter().enumerate() {
        assert_eq!((state, pid), (UP, position as u32 + 1));
    }
}

#[test]
fn nothing_like_a_target_is_one() {
    for (target, row) in [
        (connection(5), connection(6)),
        (
            connection(5),
            planned("tcp4", "10.0.0.5:6001", "10.1.4.24:5"),
        ),
        (
            connection(5),
            planned("tcp4", "10.0.0.5:6002", "10.1.4.23:5"),
        ),
        (
            connection(5),
            planned("tcp4", "10.0.0.6:6001", "10.1.4.23:5"),
        ),
        (
            connection(5),
            planned("tcp4", "10.1.4.23:5", "10.0.0.5:6001"),
        ),
        (
            connection(5),
            planned("tcp6", "[::ffff:10.0.0.5]:6001", "[::ffff:10.1.4.23]:5"),
        ),
        (
            planned("tcp6", "[fe80::1%4]:6001", "[fe80::2%4]:5"),
            planned("tcp6", "[fe80::1%5]:6001", "[fe80::2%4]:5"),
        ),
        (
            planned("tcp6", "[fe80::1%4]:6001", "[fe80::2%4]:5"),
            planned("tcp6", "[fe80::1]:6001", "[fe80::2%4]:5"),
        ),
    ] {
        assert_eq!(
            seen(&mut targets(&[target]), &[(row, UP, 2316)]),
            [NOT_THERE],
            "{row:?}"
        );
    }
}

#[test]
fn a_row_that_is_over_does_not_hide_one_that_is_not() {
    let (old, new) = (
        (connection(5), State::TIME_WAIT, 0),
        (connection(5), UP, 2316),
    );
    for rows in [[old, new], [new, old]] {
        assert_eq!(seen(&mut targets(&[connection(5)]), &rows), [(UP, 2316)]);
    }
    let mut targets = targets(&[connection(5)]);
    assert_eq!(seen(&mut targets, &[old]), [(State::TIME_WAIT, 0)]);
}

#[test]
fn the_same_connection_twice_is_refused() {
    let mut targets = targets(&[1, 2, 3].map(connection));
    let same = Err(ErrorKind::SameTarget);
    assert_eq!(targets.add(connection(1), 2316, b"store.exe"), same);
    assert_eq!(targets.add(connection(1), 4, b"other.exe"), same);
    assert_eq!(targets.add(connection(4), 2316, b"store.exe"), Ok(()));
    assert_eq!(targets.list.len(), 4);
}
