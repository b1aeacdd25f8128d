//! Fragments as a table, and cut in any way.

use proptest::prelude::*;

use super::*;

/// A fragment as the specification draws it.
fn fragment(object: u64, number: u64, flags: u8, blob: &[u8]) -> Vec<u8> {
    let mut bytes = [object.to_be_bytes(), number.to_be_bytes()].concat();
    bytes.push(flags);
    bytes.extend_from_slice(&(blob.len() as u32).to_be_bytes());
    bytes.extend_from_slice(blob);
    bytes
}

#[test]
fn a_message_is_cut_to_the_room_there_is() {
    let mut fragmenter = Fragmenter::default();
    fragmenter.push(b"abcdef".to_vec());
    fragmenter.push(b"xy".to_vec());
    let first = fragment(1, 0, START, b"abcd");
    assert!(fragmenter.take(HEADER).is_empty(), "no room for a byte");
    assert_eq!(fragmenter.take(HEADER + 4), first);
    let rest = [
        fragment(1, 1, END, b"ef"),
        fragment(2, 0, START | END, b"xy"),
    ];
    assert_eq!(fragmenter.take(1000), rest.concat());
    assert!(fragmenter.is_empty());
}

#[test]
fn fragments_that_do_not_belong_together_are_refused() {
    let start = fragment(1, 0, START, b"a");
    for (fragments, error) in [
        (
            vec![fragment(1, 1, END, b"b")],
            Error::NotBegun {
                object: 1,
                fragment: 1,
            },
        ),
        (
            vec![fragment(1, 0, 0, b"a")],
            Error::NotBegun {
                object: 1,
                fragment: 0,
            },
        ),
        (
            vec![start.clone(), fragment(2, 0, START, b"b")],
            Error::Interleaved { object: 2, open: 1 },
        ),
        (
            vec![start.clone(), fragment(1, 2, END, b"c")],
            Error::OutOfOrder {
                object: 1,
                fragment: 2,
                expected: 1,
            },
        ),
        (
            vec![start.clone(), start.clone()],
            Error::OutOfOrder {
                object: 1,
                fragment: 0,
                expected: 1,
            },
        ),
        (
            vec![start.clone(), fragment(1, 1, START, b"b")],
            Error::OutOfOrder {
                object: 1,
                fragment: 1,
                expected: 1,
            },
        ),
    ] {
        let refused = Defragmenter::default().push(&fragments.concat());
        assert_eq!(refused, Err(error));
    }
}

#[test]
fn messages_are_bounded_before_they_have_come() {
    let mut defragmenter = Defragmenter::with_limit(3);
    let exact = fragment(1, 0, START | END, b"abc");
    assert_eq!(defragmenter.push(&exact), Ok(vec![b"abc".to_vec()]));
    let grown = [fragment(2, 0, START, b"abc"), fragment(2, 1, END, b"d")];
    let refused = Err(Error::TooLarge { limit: 3 });
    assert_eq!(defragmenter.push(&grown.concat()), refused);
    let mut announced = fragment(3, 0, START, b"");
    announced[17..].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(defragmenter.push(&announced), refused);
}

proptest! {
    #[test]
    fn messages_survive_any_cut(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..6),
        room in HEADER + 1..HEADER + 300,
        piece in 1_usize..100,
    ) {
        let mut fragmenter = Fragmenter::default();
        for message in &messages {
            fragmenter.push(message.clone());
        }
        let mut wire = Vec::new();
        while !fragmenter.is_empty() {
            let taken = fragmenter.take(room);
            prop_assert!(!taken.is_empty() && taken.len() <= room);
            wire.extend(taken);
        }
        let mut defragmenter = Defragmenter::default();
        let mut received = Vec::new();
        for piece in wire.chunks(piece) {
            received.extend(defragmenter.push(piece).unwrap());
        }
        prop_assert_eq!(received, messages);
    }

    #[test]
    fn no_order_of_fragments_makes_another_message(
        message in prop::collection::vec(any::<u8>(), 3..50),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..12),
    ) {
        let mut fragmenter = Fragmenter::default();
        fragmenter.push(message.clone());
        let mut fragments = Vec::new();
        while !fragmenter.is_empty() {
            fragments.push(fragmenter.take(HEADER + message.len() / 3));
        }
        let shuffled: Vec<_> = order.iter().flat_map(|index| index.get(&fragments).clone()).collect();
        if let Ok(received) = Defragmenter::default().push(&shuffled) {
            prop_assert!(received.iter().all(|one| *one == message));
        }
    }
}
