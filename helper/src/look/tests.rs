use super::*;
use crate::{FourTuple, State};
use std::format;

fn connection(port: usize) -> FourTuple {
    FourTuple::parse("tcp4", "10.0.0.5:6001", &format!("10.1.4.23:{port}")).unwrap()
}

fn target(port: usize) -> Target<'static> {
    Target {
        connection: connection(port),
        pid: 2316,
        image: b"store.exe",
    }
}

fn row(port: usize, state: State) -> Row {
    Row {
        connection: connection(port),
        state,
        pid: 2316,
    }
}

#[test]
fn each_target_finds_its_row_and_no_other() {
    let targets: Vec<Target<'_>> = [3, 1, 4, 15, 9, 2, 6].map(target).into();
    let index = Index::new(&targets).unwrap();
    let rows: Vec<Row> = [9, 8, 7, 6, 5, 4, 3]
        .map(|port| row(port, State::ESTABLISHED))
        .into();
    let found: Vec<_> = index
        .find(&rows)
        .into_iter()
        .map(|row| row.map(|row| row.connection))
        .collect();
    let expected = [Some(3), None, Some(4), None, Some(9), None, Some(6)];
    assert_eq!(found, expected.map(|port| port.map(connection)));
}

#[test]
fn nothing_like_a_target_is_one() {
    let targets = [target(5)];
    let index = Index::new(&targets).unwrap();
    for (family, local, remote) in [
        ("tcp4", "10.0.0.5:6001", "10.1.4.23:6"),
        ("tcp4", "10.0.0.5:6001", "10.1.4.24:5"),
        ("tcp4", "10.0.0.5:6002", "10.1.4.23:5"),
        ("tcp4", "10.0.0.6:6001", "10.1.4.23:5"),
        ("tcp4", "10.1.4.23:5", "10.0.0.5:6001"),
        ("tcp6", "[::ffff:10.0.0.5]:6001", "[::ffff:10.1.4.23]:5"),
    ] {
        let connection = FourTuple::parse(family, local, remote).unwrap();
        let rows = [Row {
            connection,
            ..row(5, State::ESTABLISHED)
        }];
        assert_eq!(index.find(&rows), [None], "{family} {local} {remote}");
    }
    for scope in ["", "%3", "%5"] {
        let planned = FourTuple::parse("tcp6", "[fe80::1%4]:6001", "[fe80::2%4]:5").unwrap();
        let targets = [Target {
            connection: planned,
            ..target(5)
        }];
        let there = format!("[fe80::1{scope}]:6001");
        let connection = FourTuple::parse("tcp6", &there, "[fe80::2%4]:5").unwrap();
        let rows = [Row {
            connection,
            ..row(5, State::ESTABLISHED)
        }];
        assert_eq!(Index::new(&targets).unwrap().find(&rows), [None], "{there}");
    }
}

#[test]
fn a_row_that_is_over_does_not_hide_one_that_is_not() {
    let targets = [target(5)];
    let index = Index::new(&targets).unwrap();
    let (old, new) = (row(5, State::TIME_WAIT), row(5, State::ESTABLISHED));
    for rows in [[old, new], [new, old]] {
        assert_eq!(index.find(&rows), [Some(&new)]);
    }
    assert_eq!(index.find(&[old]), [Some(&old)]);
}

#[test]
fn the_same_connection_twice_is_no_index() {
    assert!(Index::new(&[target(1), target(2), target(3)]).is_some());
    assert!(Index::new(&[target(1), target(2), target(1)]).is_none());
    let other_owner = Target {
        pid: 4,
        ..target(1)
    };
    assert!(Index::new(&[target(1), other_owner]).is_none());
    assert!(Index::new(&[]).is_some());
}
