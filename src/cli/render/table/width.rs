//! How much of a line a text takes, and how it is made to take less.

use anstream::adapter::strip_str;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands for what was cut out.
const CUT: char = '…';

/// The cells of a terminal that a text takes; colours take none.
pub fn width(text: &str) -> usize {
    strip_str(text).to_string().width()
}

/// With its middle cut out where it takes more: the beginning and the end tell names apart.
pub fn cut(text: &str, to: usize) -> String {
    if width(text) <= to {
        return text.to_owned();
    }
    let kept = to.saturating_sub(1);
    let head = beginning(text, kept.div_ceil(2));
    let tail = ending(text, kept - width(head));
    format!("{head}{CUT}{tail}")
}

/// As much of the beginning as takes no more than this.
fn beginning(text: &str, room: usize) -> &str {
    let mut used = 0;
    let fits = text.char_indices().take_while(|(_, c)| {
        used += cells(*c);
        used <= room
    });
    let end = fits.last().map_or(0, |(at, c)| at + c.len_utf8());
    &text[..end]
}

/// As much of the end as takes no more than this, and does not begin with what belongs to the character before.
fn ending(text: &str, room: usize) -> &str {
    let mut used = 0;
    let fits = text.char_indices().rev().take_while(|(_, c)| {
        used += cells(*c);
        used <= room
    });
    let start = fits.filter(|(_, c)| cells(*c) > 0).last();
    &text[start.map_or(text.len(), |(at, _)| at)..]
}

fn cells(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// In lines no wider than this, broken between words, and within a word only where it has no line to itself. A colour ends
/// with its line and begins again on the next.
pub fn broken(text: &str, room: usize) -> Vec<String> {
    if width(text) <= room {
        return vec![text.to_owned()];
    }
    let mut lines = Lines::new(room);
    for word in text.split(' ') {
        lines.push_word(word);
    }
    lines.end()
}

struct Lines {
    room: usize,
    done: Vec<String>,
    line: String,
    /// The colours that are on at the end of the line.
    colours: String,
}

const COLOURLESS: &str = "\u{1b}[0m";

impl Lines {
    fn new(room: usize) -> Self {
        Self {
            room: room.max(2),
            done: Vec::new(),
            line: String::new(),
            colours: String::new(),
        }
    }

    fn push_word(&mut self, word: &str) {
        let used = width(&self.line);
        let blank = usize::from(used > 0);
        if used + blank + width(word) > self.room {
            if used > 0 {
                self.break_line();
            }
        } else if blank > 0 {
            self.line.push(' ');
        }
        let mut rest = word;
        while let Some((escape, more)) = next_piece(rest) {
            match escape {
                Piece::Colour(colour) => {
                    self.line.push_str(colour);
                    match colour == COLOURLESS {
                        true => self.colours.clear(),
                        false => self.colours.push_str(colour),
                    }
                }
                Piece::Character(c) => {
                    if width(&self.line) + cells(c) > self.room {
                        self.break_line();
                    }
                    self.line.push(c);
                }
            }
            rest = more;
        }
    }

    fn break_line(&mut self) {
        let mut line = std::mem::replace(&mut self.line, self.colours.clone());
        if !self.colours.is_empty() {
            line.push_str(COLOURLESS);
        }
        self.done.push(line);
    }

    fn end(mut self) -> Vec<String> {
        self.done.push(self.line);
        self.done
    }
}

enum Piece<'a> {
    Colour(&'a str),
    Character(char),
}

fn next_piece(text: &str) -> Option<(Piece<'_>, &str)> {
    let mut rest = text.chars();
    let first = rest.next()?;
    // our own colours are all there is: what came from elsewhere is plain
    Some(match text.find('m') {
        Some(end) if first == '\u{1b}' => {
            let (colour, rest) = text.split_at(end + 1);
            (Piece::Colour(colour), rest)
        }
        _ => (Piece::Character(first), rest.as_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::style::CAREFUL;

    #[test]
    fn names_are_cut_in_the_middle_and_measured_as_they_are_shown() {
        for (text, to, shown) in [
            ("JSMITH-LT cached", 16, "JSMITH-LT cached"),
            ("JSMITH-LT cached", 11, "JSMIT…ached"),
            ("JSMITH-LT cached", 10, "JSMIT…ched"),
            ("山田太郎のパソコン", 18, "山田太郎のパソコン"),
            ("山田太郎のパソコン", 11, "山田…ソコン"),
            ("山田太郎のパソコン", 10, "山田…コン"),
            ("cafe\u{301}s are open", 8, "cafe\u{301}…pen"),
            ("ope\u{301}n the cafe\u{301}", 7, "ope\u{301}…afe\u{301}"),
            ("abc", 1, "…"),
        ] {
            assert_eq!(cut(text, to), shown, "{text} in {to}");
            assert!(width(&cut(text, to)) <= to);
        }
    }

    #[test]
    fn sentences_are_broken_between_words_and_stay_coloured() {
        let on = CAREFUL.render().to_string();
        let coloured = |text: &str| format!("{CAREFUL}{text}{CAREFUL:#}");
        for (text, room, lines) in [
            ("refuse: shared", 14, vec!["refuse: shared".to_owned()]),
            (
                "refuse: shared",
                13,
                vec!["refuse:".into(), "shared".into()],
            ),
            (
                &coloured("refuse: shared"),
                7,
                vec![coloured("refuse:"), coloured("shared")],
            ),
            (
                "see /o=Example/ou=First",
                9,
                vec![
                    "see".into(),
                    "/o=Exampl".into(),
                    "e/ou=Firs".into(),
                    "t".into(),
                ],
            ),
            (
                "東京の山田",
                5,
                vec!["東京".into(), "の山".into(), "田".into()],
            ),
        ] {
            assert_eq!(broken(text, room), lines, "{text:?} in {room}");
        }
        assert!(on.ends_with('m'));
    }
}
