//! `_xHHHH_`: characters that XML cannot carry, and text that looks like such an escape ([MS-PSRP] 2.2.5.3.2).

/// Escapes what XML 1.0 cannot carry or would change on the way, and an underscore that would read as an escape.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, character) in text.char_indices() {
        let must = match character {
            '_' => is_escape_start(&text[index..]),
            '\t' | '\n' | '\r' => true,
            '\u{FFFE}' | '\u{FFFF}' => true,
            other => other.is_control(),
        };
        if must {
            escaped.push_str(&format!("_x{:04X}_", character as u32));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Undoes [`escape`]; half a surrogate pair becomes U+FFFD, which is all a Rust string can hold of it.
pub fn unescape(text: &str) -> String {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(unit) = escape_at(rest) {
            units.push(unit);
            rest = rest.get(ESCAPE_LENGTH..).unwrap_or_default();
        } else {
            let mut buffer = [0; 2];
            units.extend_from_slice(character.encode_utf16(&mut buffer));
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    String::from_utf16_lossy(&units)
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

fn is_escape_start(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next() == Some(b'_') && matches!(bytes.next(), Some(b'x' | b'X'))
}
