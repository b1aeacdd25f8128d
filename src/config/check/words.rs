//! What the reader of TOML says, for people.

use std::ops::Range;

use super::line;

/// What the reader of TOML has to say, in words for people who know neither it nor Rust.
pub fn in_words(error: &toml::de::Error) -> String {
    const WORDS: [(&str, &str); 10] = [
        ("struct Protect", "a table"),
        ("a nonzero usize", "a whole number of 1 or more"),
        ("usize", "a whole number of 0 or more"),
        ("a sequence", "a list in square brackets"),
        ("invalid type: sequence", "invalid type: list"),
        ("a map", "a table"),
        ("invalid type: map", "invalid type: table"),
        ("a boolean", "true or false"),
        ("expected a string", "expected text in quotes"),
        ("invalid type: string", "invalid type: text"),
    ];
    let said = error.message();
    if let Some((number, _)) = said.split_once(" as i128").or(said.split_once(" as u128")) {
        let number = number.trim_start_matches("invalid type: integer ");
        return format!("{number} is too large a number");
    }
    let reword = |said: String, (theirs, ours): (&str, &str)| said.replace(theirs, ours);
    match said.starts_with("invalid ") {
        true => WORDS.into_iter().fold(said.to_owned(), reword),
        false => said.replace("unknown variant", "unknown value"),
    }
}

/// Whether the line in which an error is has a backslash in it, which may be the reason.
pub fn is_at_backslash(text: &str, error: &toml::de::Error) -> bool {
    if error.message().starts_with("unknown field") {
        return false;
    }
    let line = error.span().map(|Range { start, .. }| line(text, start));
    let line = line.and_then(|line| text.lines().nth(line - 1));
    line.is_some_and(|line| line.contains('\\'))
}
