//! What came from elsewhere, made safe to write: a terminal obeys some characters, and others make a text read
//! differently from what it says.
//!
//! For people such a character becomes a mark that says which it is, `<U+202E>`; in JSON it becomes an escape, from
//! which a reader gets the very same text back.

use std::{error::Error, fmt::Write as _};

/// Whether a character does something other than being seen: a control character, one that turns the direction of
/// writing, one that ends a line, or one that shows as nothing (Unicode's default ignorable code points).
pub fn is_unseen(c: char) -> bool {
    c.is_control() || is_direction(c) || is_line_end(c) || is_invisible(c)
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Those that are no control characters besides.
fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'                        // soft hyphen
        | '\u{34f}'                     // grapheme joiner
        | '\u{115f}' | '\u{1160}'       // Hangul fillers, as are U+3164 and U+FFA0
        | '\u{17b4}' | '\u{17b5}'       // Khmer inherent vowels
        | '\u{180b}'..='\u{180f}'       // Mongolian selectors
        | '\u{200b}'..='\u{200d}'       // zero width
        | '\u{2060}'..='\u{2065}'       // joiners and invisible operators
        | '\u{206a}'..='\u{206f}'       // deprecated formatting
        | '\u{2800}'                    // Braille without dots
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'       // variation selectors
        | '\u{feff}'                    // byte order mark
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'       // unassigned, and interlinear annotation
        | '\u{1bca0}'..='\u{1bca3}'     // shorthand
        | '\u{1d173}'..='\u{1d17a}'     // music
        | '\u{e0000}'..='\u{e0fff}'     // tags, more variation selectors
    )
}

/// `<U+202E>`
pub fn mark(c: char) -> String {
    format!("<U+{:04X}>", u32::from(c))
}

/// A text in which every character is seen.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match is_unseen(c) {
            true => shown.push_str(&mark(c)),
            false => shown.push(c),
        }
    }
    shown
}

/// JSON that says the same without any such character. Only its own line ends stay.
pub fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    // outside of its strings JSON has line ends and no other such character; inside it has those beyond U+007E
    for c in json.chars() {
        match c {
            '\n' => escaped.push(c),
            c if is_unseen(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // writing to memory does not fail
                    _ = write!(escaped, "\\u{unit:04x}");
                }
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// An error and its causes: `cannot read x: No such file or directory`. In one line where their words are.
pub fn with_causes(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // an error that shows its cause is told once
        if !line.contains(text.trim_end()) {
            line.push_str(": ");
            line.push_str(text.trim_end());
        }
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Said once more, in the words of the Unicode standard rather than as ranges of the code above.
    const UNSEEN: [(&str, &[u32]); 8] = [
        ("C0 and DEL", &[0, 7, 8, 9, 0xa, 0xd, 0x1b, 0x1f, 0x7f]),
        (
            "C1, NEL and CSI among them",
            &[0x80, 0x85, 0x9b, 0x9d, 0x9f],
        ),
        (
            "bidirectional controls",
            &[
                0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067,
                0x2068, 0x2069,
            ],
        ),
        ("separators of lines", &[0x2028, 0x2029]),
        (
            "zero width",
            &[0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad],
        ),
        ("fillers", &[0x115f, 0x1160, 0x3164, 0xffa0, 0x2800]),
        ("variation selectors", &[0xfe00, 0xfe0f, 0xe0100, 0xe01ef]),
        ("tags", &[0xe0000, 0xe0001, 0xe0020, 0xe0041, 0xe007f]),
    ];

    #[test]
    fn what_is_not_seen_is_marked() {
        for (kind, characters) in UNSEEN {
            for c in characters.iter().filter_map(|c| char::from_u32(*c)) {
                assert_eq!(
                    visible(&format!("a{c}b")),
                    format!("a{}b", mark(c)),
                    "{kind}"
                );
                let json = serde_json::to_string(&c.to_string()).unwrap();
                let escaped = escape_json(&json);
                assert!(escaped.is_ascii(), "{kind}: {escaped}");
                assert_eq!(
                    serde_json::from_str::<String>(&escaped).unwrap(),
                    c.to_string()
                );
            }
        }
        assert_eq!(visible("fdp\u{202e}exe"), "fdp<U+202E>exe");
        assert_eq!(visible("\u{e0041}"), "<U+E0041>");
        assert_eq!(escape_json("\"\u{e0041}\""), r#""\udb40\udc41""#);
    }

    #[test]
    fn what_is_seen_stays() {
        let text = "é ü ß Ω Ж 山田 שלום سلام हिन्दी ไทย 😀 – “x” \u{a0}|~";
        assert_eq!(visible(text), text);
        assert_eq!(escape_json(text), text);
    }

    /// Any text, with a lot of what is meant here.
    fn any_text() -> impl Strategy<Value = String> {
        let unseen = UNSEEN.iter().flat_map(|(_, characters)| *characters);
        let unseen: Vec<_> = unseen.filter_map(|c| char::from_u32(*c)).collect();
        let one = prop_oneof![any::<char>(), proptest::sample::select(unseen)];
        proptest::collection::vec(one, 0..20).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn any_text_is_seen(text in any_text()) {
            prop_assert!(!visible(&text).chars().any(is_unseen));
        }

        #[test]
        fn json_says_the_same(text in any_text()) {
            for json in [serde_json::to_string(&text), serde_json::to_string_pretty(&[(&text, &text)])] {
                let json = json.unwrap();
                let escaped = escape_json(&json);
                prop_assert!(!escaped.chars().any(|c| c != '\n' && is_unseen(c)));
                let (said, meant): (serde_json::Value, serde_json::Value) =
                    (serde_json::from_str(&escaped).unwrap(), serde_json::from_str(&json).unwrap());
                prop_assert_eq!(said, meant);
            }
        }
    }
}
