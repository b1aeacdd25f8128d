//! Markdown as a type: what came from elsewhere gets into it by being escaped, and in no other way.
//!
//! Renderers differ (GitHub, GitLab, wikis), so what is only marked in one of them is escaped, too: HTML, bars of tables,
//! mentions, addresses that become links.

use crate::cli::text::plain;

/// A piece of a text in Markdown, within a line.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Marked(String);

/// Our own words, with marks in them.
pub fn own(words: &'static str) -> Marked {
    Marked(words.to_owned())
}

/// Anybody's words. What nobody would see is marked; nothing begins a line, a cell or a link.
pub fn text(words: &str) -> Marked {
    let plain = plain(words).replace("://", "\u{0}//");
    let plain = plain.replace("www.", "www\u{1}");
    let mut marked = String::with_capacity(plain.len());
    for (at, c) in plain.chars().enumerate() {
        match c {
            '&' => marked.push_str("&amp;"),
            '<' => marked.push_str("&lt;"),
            '>' => marked.push_str("&gt;"),
            '|' => marked.push_str("&#124;"),
            '@' => marked.push_str("&#64;"),
            // none is left of what came, for `plain` has marked them
            '\u{0}' => marked.push_str("&#58;"),
            '\u{1}' => marked.push_str("&#46;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '!' | '$' => marked.extend(['\\', c]),
            '-' | '+' | '=' | ':' if at == 0 => marked.extend(['\\', c]),
            '.' | ')' if is_number(&plain, at) => marked.extend(['\\', c]),
            c => marked.push(c),
        }
    }
    Marked(marked)
}

/// Whether all that stands before is digits, and nothing, or a blank, follows: a list would begin there.
fn is_number(text: &str, at: usize) -> bool {
    let begins = text.as_bytes().get(..at).unwrap_or_default();
    let follows = text.as_bytes().get(at + 1);
    !begins.is_empty()
        && begins.iter().all(u8::is_ascii_digit)
        && follows.is_none_or(u8::is_ascii_whitespace)
}

impl Marked {
    /// As it is written.
    pub fn into_text(self) -> String {
        self.0
    }

    /// Bold.
    pub fn bold(self) -> Self {
        match self.0.is_empty() {
            true => self,
            false => Self(format!("**{}**", self.0)),
        }
    }
}

impl FromIterator<Marked> for Marked {
    fn from_iter<T: IntoIterator<Item = Marked>>(pieces: T) -> Self {
        Self(pieces.into_iter().map(|piece| piece.0).collect())
    }
}

/// A table; nothing where there are no rows.
pub fn table(titles: &[&'static str], rows: Vec<Vec<Marked>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = line(titles.iter().map(|&title| title.to_owned()).collect());
    let rule = line(titles.iter().map(|_| "---".to_owned()).collect());
    let rows = rows
        .into_iter()
        .map(|row| line(row.into_iter().map(Marked::into_text).collect()));
    head + &rule + &rows.collect::<String>() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_somebody_is_called_is_text() {
        for (words, written) in [
            ("<script>", "&lt;script&gt;"),
            ("a|b", "a&#124;b"),
            ("`rm`", "\\`rm\\`"),
            ("**x** _y_ ~~z~~", "\\*\\*x\\*\\* \\_y\\_ \\~\\~z\\~\\~"),
            ("[x](javascript:y)", "\\[x\\](javascript:y)"),
            ("![x](y)", "\\!\\[x\\](y)"),
            ("https://evil.example", "https&#58;//evil.example"),
            ("www.evil.example", "www&#46;evil.example"),
            ("ann@corp.example", "ann&#64;corp.example"),
            (r"CORP\jsmith", r"CORP\\jsmith"),
            ("one\ntwo\r\n# three", "one two  \\# three"),
            ("fdp\u{202e}exe", "fdp&lt;U+202E&gt;exe"),
            ("- a", "\\- a"),
            ("12. a", "12\\. a"),
            ("10.1.4.23", "10.1.4.23"),
            ("&lt;", "&amp;lt;"),
        ] {
            assert_eq!(text(words), Marked(written.into()), "{words}");
        }
    }
}
