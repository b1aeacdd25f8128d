use super::*;
use alloc::string::{String, ToString};
use std::vec;

fn rows(family: Family, table: &[u32]) -> Vec<Row> {
    let mut rows = Vec::new();
    show_rows(family, table, &mut |row| rows.push(*row));
    rows
}

/// A word as it is in memory.
fn word(bytes: [u8; 4]) -> u32 {
    u32::from_ne_bytes(bytes)
}

fn told(rows: &[Row]) -> Vec<(String, String, String, u32)> {
    rows.iter()
        .map(|row| {
            let (local, remote) = row.connection.ends();
            (
                local.to_string(),
                remote.to_string(),
                String::from_utf8(row.state.name().to_vec()).unwrap(),
                row.pid,
            )
        })
        .collect()
}

#[test]
fn ipv4_rows() {
    // the upper halves of the ports hold rubbish, as the documentation warns
    let table = [
        2,
        5,
        word([10, 0, 0, 5]),
        word([0x17, 0x71, 0xde, 0xad]),
        word([10, 1, 4, 23]),
        word([0xc8, 0x22, 0xbe, 0xef]),
        2316,
        2,
        0,
        word([0x17, 0x71, 0, 0]),
        0,
        0,
        2316,
        // what is behind the last row is not read
        99,
    ];
    let rows = rows(Family::Tcp4, &table);
    assert_eq!(
        told(&rows),
        [
            (
                "10.0.0.5:6001".to_string(),
                "10.1.4.23:51234".to_string(),
                "established".to_string(),
                2316
            ),
            (
                "0.0.0.0:6001".to_string(),
                "0.0.0.0:0".to_string(),
                "listen".to_string(),
                2316
            ),
        ]
    );
}

#[test]
fn ipv6_rows() {
    let table = [
        1,
        word([0xfe, 0x80, 0, 0]),
        0,
        0,
        word([0, 0, 0, 1]),
        4,
        word([0x17, 0x71, 0xde, 0xad]),
        word([0x20, 0x01, 0x0d, 0xb8]),
        0,
        0,
        word([0, 0, 0, 2]),
        0,
        word([0xc8, 0x22, 0, 0]),
        5,
        2316,
    ];
    let rows = rows(Family::Tcp6, &table);
    assert_eq!(
        told(&rows),
        [(
            "[fe80::1%4]:6001".to_string(),
            "[2001:db8::2]:51234".to_string(),
            "established".to_string(),
            2316
        )]
    );
}

#[test]
fn a_row_is_found_by_its_text() {
    let table = [
        1,
        5,
        word([10, 0, 0, 5]),
        word([0x17, 0x71, 0, 0]),
        word([10, 1, 4, 23]),
        word([0xc8, 0x22, 0, 0]),
        1,
    ];
    let rows = rows(Family::Tcp4, &table);
    let planned = FourTuple::parse("tcp4", "10.0.0.5:6001", "10.1.4.23:51234");
    assert_eq!(Some(rows[0].connection), planned);
}

#[test]
fn a_table_that_says_more_than_it_has_is_refused() {
    for table in [
        &[][..],
        &[1],
        &[1, 0, 0, 0, 0, 0],
        &[2, 0, 0, 0, 0, 0, 0],
        &[u32::MAX, 0],
    ] {
        for family in [Family::Tcp4, Family::Tcp6] {
            let result = read_table(family, &mut table.to_vec(), &mut |_| 0);
            assert_eq!(result, Err(Code(ERROR_INVALID_DATA)), "{table:?}");
            assert_eq!(rows(family, table), []);
        }
    }
    assert_eq!(read_table(Family::Tcp4, &mut vec![0], &mut |_| 0), Ok(()));
}

#[test]
fn the_order_for_ipv4() {
    let connection = FourTuple::parse("tcp4", "10.0.0.5:6001", "10.1.4.23:51234").unwrap();
    let expected = [
        12,
        word([10, 0, 0, 5]),
        word([0x17, 0x71, 0, 0]),
        word([10, 1, 4, 23]),
        word([0xc8, 0x22, 0, 0]),
    ];
    assert_eq!(order4(&connection), expected);
}

#[test]
fn the_key_for_ipv6() {
    let connection = FourTuple::parse("tcp6", "[fe80::1%4]:6001", "[2001:db8::2]:51234").unwrap();
    let bytes: Vec<u8> = key6(&connection)
        .iter()
        .flat_map(|word| word.to_ne_bytes())
        .collect();
    let expected: [&[u8]; 6] = [
        &[23, 0, 0x17, 0x71, 0, 0, 0, 0],
        &[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        &[4, 0, 0, 0],
        &[23, 0, 0xc8, 0x22, 0, 0, 0, 0],
        &[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
        &[0, 0, 0, 0],
    ];
    assert_eq!(bytes, expected.concat());
    assert_eq!(bytes.len(), 56);
}

/// Reads with calls that answer in turn; says also how large the buffer was each time, in words.
fn read(answers: &[u32]) -> (Result<(), Code>, Vec<usize>) {
    let mut sizes = vec![];
    let mut answers = answers.iter();
    let result = read_table(Family::Tcp4, &mut vec![], &mut |buffer| {
        sizes.push(buffer.len());
        *answers.next().expect("one call too many")
    });
    (result, sizes)
}

const SHORT: u32 = ERROR_INSUFFICIENT_BUFFER;

#[test]
fn the_buffer_grows_until_the_table_fits() {
    let first = FIRST_WORDS;
    for (answers, result, sizes) in [
        (&[SHORT, 0][..], Ok(()), &[0, first][..]),
        (&[SHORT, SHORT, 0], Ok(()), &[0, first, 2 * first]),
        // the table grew while it was copied
        (
            &[SHORT, STATUS_UNSUCCESSFUL, 0],
            Ok(()),
            &[0, first, 2 * first],
        ),
        (&[50], Err(Code::NOT_SUPPORTED), &[0]),
        (&[SHORT, 8], Err(Code(8)), &[0, first]),
    ] {
        assert_eq!(read(answers), (result, sizes.to_vec()), "{answers:?}");
    }
}

#[test]
fn a_buffer_is_used_again() {
    let mut buffer = vec![0; 100];
    let result = read_table(Family::Tcp6, &mut buffer, &mut |buffer| {
        assert_eq!(buffer.len(), 100);
        0
    });
    assert_eq!((result, buffer.len()), (Ok(()), 100));
}

#[test]
fn it_gives_up_on_a_table_without_end() {
    for code in [SHORT, STATUS_UNSUCCESSFUL] {
        let (result, sizes) = read(&[code; 14]);
        assert_eq!(result, Err(Code(code)));
        assert_eq!(sizes.last(), Some(&MOST_WORDS));
    }
}
