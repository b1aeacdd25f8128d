//! Putting things in order and finding them, by their positions.
//!
//! One heap sort for all: never quadratic, no memory of its own, and a twentieth of the size of the sorts of `core`.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// The positions 0 to `count` in the order of what is there.
pub(crate) fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for start in (0..count / 2).rev() {
        sink(&mut order, start, compare);
    }
    for end in (1..count).rev() {
        order.swap(0, end);
        sink(&mut order[..end], 0, compare);
    }
    order
}

/// Moves what is at `at` down the heap until nothing below it is greater.
fn sink(heap: &mut [usize], mut at: usize, compare: &dyn Fn(usize, usize) -> Ordering) {
    loop {
        let mut greatest = at;
        for child in [2 * at + 1, 2 * at + 2] {
            if child < heap.len() && compare(heap[greatest], heap[child]) == Ordering::Less {
                greatest = child;
            }
        }
        if greatest == at {
            return;
        }
        heap.swap(at, greatest);
        at = greatest;
    }
}

/// The position in `order` that compares as equal. `compare` says how what is at a position compares to what is
/// looked for.
pub(crate) fn search(order: &[usize], compare: &dyn Fn(usize) -> Ordering) -> Option<usize> {
    let (mut from, mut to) = (0, order.len());
    while from < to {
        let middle = from + (to - from) / 2;
        match compare(order[middle]) {
            Ordering::Less => from = middle + 1,
            Ordering::Greater => to = middle,
            Ordering::Equal => return Some(order[middle]),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_numbers_are_put_in_order_and_found() {
        // a linear congruence: the same numbers each time, with repetitions, in no order
        let mut seed: u32 = 1;
        for count in 0..200 {
            let numbers: Vec<u32> = (0..count)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    seed >> 24
                })
                .collect();
            let order = order(count, &|a, b| numbers[a].cmp(&numbers[b]));
            let sorted: Vec<u32> = order.iter().map(|position| numbers[*position]).collect();
            let mut expected = numbers.clone();
            expected.sort_unstable();
            assert_eq!(sorted, expected);
            for wanted in 0..256 {
                let found = search(&order, &|position| numbers[position].cmp(&wanted));
                assert_eq!(
                    found.map(|position| numbers[position]),
                    numbers.iter().copied().find(|n| *n == wanted)
                );
            }
        }
    }
}
