//! `_xHHHH_`: characters that XML cannot carry, and text that looks like such an escape (\[MS-PSRP\] 2.2.5.3.2).

use std::borrow::Cow;

/// Escapes what PowerShell escapes: control characters, halves of surrogate pairs, and an underscore that could be
/// read as the beginning of an escape; and besides the two characters that XML 1.0 cannot carry.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let must = match character {
            '_' => matches!(characters.peek(), Some('x' | 'X')),
            '\u{FFFE}' | '\u{FFFF}' => true,
            other => other.is_control() || other.len_utf16() == 2,
        };
        if must {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("_x{unit:04X}_"));
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Undoes [`escape`]; half a surrogate pair becomes U+FFFD, which is all that a Rust string can hold of it. Most texts have
/// no escape in them: they are not copied.
pub fn unescape(text: &str) -> Cow<'_, str> {
    let is_escape = |(at, _)| text.get(at..).and_then(escape_at).is_some();
    if !text.match_indices('_').any(is_escape) {
        return Cow::Borrowed(text);
    }
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let read = match escape_at(rest) {
            Some(unit) => {
                units.push(unit);
                ESCAPE_LENGTH
            }
            None => {
                units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
                character.len_utf8()
            }
        };
        rest = rest.get(read..).unwrap_or_default();
    }
    Cow::Owned(String::from_utf16_lossy(&units))
}

/// `_x` + four digits + `_`.
const ESCAPE_LENGTH: usize = 7;

fn escape_at(text: &str) -> Option<u16> {
    let escape = text.as_bytes().get(..ESCAPE_LENGTH)?;
    let [b'_', b'x' | b'X', digits @ .., b'_'] = escape else {
        return None;
    };
    let digits = std::str::from_utf8(digits).ok()?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}
