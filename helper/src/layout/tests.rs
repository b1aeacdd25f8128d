use super::*;
use alloc::string::{String, ToString};
use std::vec;

/// A word as it is in memory.
fn word(bytes: [u8; 4]) -> u32 {
    u32::from_ne_bytes(bytes)
}

fn told(rows: &[Row]) -> Vec<(String, String, &'static str, u32)> {
    rows.iter()
        .map(|row| {
            let (local, remote) = row.connection.ends();
            (
                local.to_string(),
                remote.to_string(),
                row.state.name(),
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
    let mut rows = Vec::new();
    rows4(&table, &mut rows).unwrap();
    assert_eq!(
        told(&rows),
        [
            (
                "10.0.0.5:6001".to_string(),
                "10.1.4.23:51234".to_string(),
                "established",
                2316
            ),
            (
                "0.0.0.0:6001".to_string(),
                "0.0.0.0:0".to_string(),
                "listen",
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
    let mut rows = Vec::new();
    rows6(&table, &mut rows).unwrap();
    assert_eq!(
        told(&rows),
        [(
            "[fe80::1%4]:6001".to_string(),
            "[2001:db8::2]:51234".to_string(),
            "established",
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
    let mut rows = Vec::new();
    rows4(&table, &mut rows).unwrap();
    let planned = FourTuple::parse("tcp4", "10.0.0.5:6001", "10.1.4.23:51234");
    assert_eq!(Some(rows[0].connection), planned);
}

#[test]
fn a_table_that_says_more_than_it_has_is_refused() {
    let invalid = Err(Code(ERROR_INVALID_DATA));
    for table in [
        &[][..],
        &[1],
        &[1, 0, 0, 0, 0, 0],
        &[2, 0, 0, 0, 0, 0, 0],
        &[u32::MAX, 0],
    ] {
        assert_eq!(rows4(table, &mut Vec::new()), invalid, "{table:?}");
        assert_eq!(rows6(table, &mut Vec::new()), invalid, "{table:?}");
    }
    assert_eq!(rows4(&[0], &mut Vec::new()), Ok(()));
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

/// Calls that answer in turn: an error code, and the size that is said to be needed.
fn read(answers: &[(u32, u32)]) -> (Result<usize, Code>, Vec<usize>) {
    let mut sizes = vec![];
    let mut answers = answers.iter();
    let result = read_table(|buffer, size| {
        assert_eq!(buffer.len() * 4, *size as usize);
        sizes.push(buffer.len());
        let (code, needed) = answers.next().copied().expect("one call too many");
        *size = needed;
        code
    });
    (result.map(|table| table.len()), sizes)
}

#[test]
fn a_table_that_fits_is_read_once() {
    assert_eq!(read(&[(0, 100)]), (Ok(FIRST_WORDS), vec![FIRST_WORDS]));
}

#[test]
fn a_short_buffer_grows_beyond_what_is_needed_now() {
    let needed = 40_000_000;
    let (result, sizes) = read(&[(ERROR_INSUFFICIENT_BUFFER, needed), (0, needed)]);
    assert!(result.unwrap() * 4 > needed as usize);
    assert_eq!(sizes.len(), 2);
}

#[test]
fn a_table_that_keeps_growing_is_read_in_the_end() {
    let mut answers: Vec<_> = (1..8)
        .map(|n| (ERROR_INSUFFICIENT_BUFFER, n * 100_000))
        .collect();
    answers.push((0, 0));
    let (result, sizes) = read(&answers);
    assert!(result.is_ok());
    assert!(sizes.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn a_status_in_place_of_a_code_is_tried_again() {
    let (result, sizes) = read(&[(STATUS_UNSUCCESSFUL, 0), (STATUS_UNSUCCESSFUL, 0), (0, 0)]);
    assert!(result.is_ok());
    assert_eq!(sizes.len(), 3);
}

#[test]
fn other_errors_are_told_at_once() {
    assert_eq!(
        read(&[(50, 0)]),
        (Err(Code::NOT_SUPPORTED), vec![FIRST_WORDS])
    );
}

#[test]
fn it_gives_up_on_a_table_without_end() {
    let (result, sizes) = read(&[(ERROR_INSUFFICIENT_BUFFER, u32::MAX)]);
    assert_eq!(result, Err(Code(ERROR_INSUFFICIENT_BUFFER)));
    assert_eq!(sizes.len(), 1);
    let (result, sizes) = read(&[(STATUS_UNSUCCESSFUL, 0); TRIES]);
    assert_eq!(result, Err(Code(STATUS_UNSUCCESSFUL)));
    assert!(sizes.iter().all(|size| *size <= MOST_WORDS));
}
