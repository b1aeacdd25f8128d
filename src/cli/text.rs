//! Small texts for people: ages, counts, words that came from elsewhere.

use std::{fmt, time::Duration};

/// A text from a server, safe to show: control characters, with which a terminal could be told to do things, are
/// made visible instead.
pub fn plain(text: &str) -> String {
    let show = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        c if c.is_control() || is_direction_override(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(show).collect()
}

/// Characters that make a text read differently from what it says.
fn is_direction_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How long ago, in at most two units: `3d 4h`, `40m`, `12s`.
pub fn age(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
    let two = |large: u64, large_unit, small: u64, small_unit| match small {
        0 => format!("{large}{large_unit}"),
        small => format!("{large}{large_unit} {small}{small_unit}"),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, minutes) => two(hours, 'h', minutes, 'm'),
        (days, hours, _) => two(days, 'd', hours, 'h'),
    }
}

/// `1 connection`, `2 connections`.
pub fn count(number: usize, one: &str) -> String {
    match (number, one.strip_suffix("ss")) {
        (1, _) => format!("1 {one}"),
        (_, Some(_)) => format!("{number} {one}es"),
        (_, None) => format!("{number} {one}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_talk_to_the_terminal() {
        assert_eq!(
            plain("JSMITH-LT\u{1b}[2J\u{7}"),
            "JSMITH-LT\u{fffd}[2J\u{fffd}"
        );
        assert_eq!(plain("two\r\nlines\tand é"), "two  lines and é");
        assert_eq!(plain("fdp\u{202e}exe"), "fdp\u{fffd}exe");
    }

    #[test]
    fn ages_have_at_most_two_units() {
        for (seconds, shown) in [
            (0, "0s"),
            (59, "59s"),
            (2 * 60 + 30, "2m"),
            (3600, "1h"),
            (3600 + 40 * 60, "1h 40m"),
            (3 * 86400 + 4 * 3600 + 59 * 60, "3d 4h"),
            (86400 + 30 * 60, "1d"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn words_agree_with_numbers() {
        assert_eq!(count(1, "connection"), "1 connection");
        assert_eq!(count(0, "connection"), "0 connections");
        assert_eq!(count(2, "address"), "2 addresses");
        assert_eq!(list(["a", "b", "c"]), "a, b and c");
        assert_eq!(list(["a"]), "a");
    }
}
