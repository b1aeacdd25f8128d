//! Small texts for people: ages, counts, words that came from elsewhere.

use std::{fmt, time::Duration};

use mapisweep_core::text::{mark, visible};

/// A text from a server, safe to show in a line: what a terminal would obey, or nobody would see, is marked, and the
/// server's own ends of lines are blanks.
pub fn plain(text: &str) -> String {
    visible(&text.replace(['\n', '\r', '\t'], " "))
}

/// What somebody wrote, in quotes, as it was written: nothing is doubled in it, and a tab is no blank.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", visible(text))
}

/// Lines of text, safe to show.
pub fn lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(visible).collect();
    lines.join("\n")
}

/// The same with colours in it. No more of a terminal's language is spoken here than its few colours.
pub fn coloured_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut pieces = text.split(ESCAPE);
    shown.push_str(&lines(pieces.next().unwrap_or_default()));
    for piece in pieces {
        match colour(piece) {
            Some((colour, text)) => {
                shown.extend([&ESCAPE.to_string(), "[", colour, "m", &lines(text)])
            }
            None => shown.extend([mark(ESCAPE), lines(piece)]),
        }
    }
    shown
}

const ESCAPE: char = '\u{1b}';

/// What follows an escape, split behind the colour that it begins with, if it does.
fn colour(text: &str) -> Option<(&str, &str)> {
    let (codes, text) = text.strip_prefix('[')?.split_once('m')?;
    let is_known = |code: &str| {
        // none, bold, faint, italic, underlined, and the colours but black: nothing that hides
        matches!(code, "" | "0" | "1" | "2" | "3" | "4")
            || matches!(code, "31" | "32" | "33" | "34" | "35" | "36" | "39")
    };
    codes.split(';').all(is_known).then_some((codes, text))
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

/// `none of the 38 logons matches`.
pub fn none_matches(number: usize, one: &str) -> String {
    match number {
        1 => format!("the only {one} does not match"),
        number => format!("none of the {} matches", count(number, one)),
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

/// The same of the first so many, and how many more there are: `a, b and 3 more`.
pub fn list_first<T: fmt::Display>(items: impl IntoIterator<Item = T>, most: usize) -> String {
    let items = items.into_iter().map(|item| item.to_string());
    let mut items: Vec<_> = items.collect();
    let more = items.len().saturating_sub(most);
    items.truncate(most);
    items.extend((more > 0).then(|| format!("{more} more")));
    list(items)
}

#[cfg(test)]
mod tests {
    use mapisweep_core::text::is_unseen;

    use super::*;

    #[test]
    fn a_server_cannot_talk_to_the_terminal() {
        for (text, shown) in [
            ("JSMITH-LT\u{1b}[2J\u{7}", "JSMITH-LT<U+001B>[2J<U+0007>"),
            ("\u{1b}[31mred", "<U+001B>[31mred"),
            ("two\r\nlines\tand é", "two  lines and é"),
            (
                "three\u{85}more\u{2028}lines",
                "three<U+0085>more<U+2028>lines",
            ),
            ("fdp\u{202e}exe", "fdp<U+202E>exe"),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn what_is_quoted_is_as_it_was_written() {
        assert_eq!(quoted(r"CORP\jsmith"), r#""CORP\jsmith""#);
        assert_eq!(quoted("a\u{1b}b"), "\"a<U+001B>b\"");
    }

    #[test]
    fn only_our_own_colours_reach_the_terminal() {
        for (text, shown) in [
            ("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m no\nmore", None),
            ("\u{1b}[1;31mx\u{1b}[my", None),
            ("a\u{1b}", Some("a<U+001B>")),
            ("\u{1b}\u{1b}[31mx", Some("<U+001B>\u{1b}[31mx")),
            ("\u{1b}[8mhidden", Some("<U+001B>[8mhidden")),
            ("\u{1b}[30;40mhidden", Some("<U+001B>[30;40mhidden")),
            ("\u{1b}[2Jm", Some("<U+001B>[2Jm")),
            ("\u{1b}]0;title\u{7}", Some("<U+001B>]0;title<U+0007>")),
            ("\u{9b}31m\r\t", Some("<U+009B>31m<U+000D><U+0009>")),
            ("\u{1b}[31\u{202e}m", Some("<U+001B>[31<U+202E>m")),
        ] {
            assert_eq!(coloured_lines(text), shown.unwrap_or(text));
            let without = lines(text);
            assert!(
                !without.contains(|c| c != '\n' && is_unseen(c)),
                "{without:?}"
            );
        }
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
        assert_eq!(list_first(["a", "b"], 2), "a and b");
        assert_eq!(list_first(["a", "b", "c", "d"], 2), "a, b and 2 more");
    }
}
