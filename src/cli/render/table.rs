//! Columns of text, without lines around them, two blanks apart, and what becomes of them where there is little room.
//!
//! What is no terminal gets every cell whole. On a terminal no line is longer than it is wide: names are cut in the middle,
//! details go, the last column, which says what comes of it, is broken between words; and where that is not enough each row
//! becomes a block.

mod block;
mod fit;
mod width;

use fit::{Fit, fit};
use width::{broken, cut, padded};

use crate::cli::style::FAINT;

/// What a table is written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many cells of the terminal a line may take; without, nothing is ever cut.
    pub width: Option<usize>,
    /// Whether the columns' titles stand over them.
    pub titles: bool,
}

impl Page {
    /// A file or a program: nothing is cut.
    pub const ENDLESS: Self = Self {
        width: None,
        titles: true,
    };

    /// The same with or without titles.
    pub fn titled(self, titles: bool) -> Self {
        Self { titles, ..self }
    }

    /// A terminal so many cells wide.
    pub fn of_width(width: usize) -> Self {
        Self {
            width: Some(width),
            ..Self::ENDLESS
        }
    }
}

/// A column: its title, and what becomes of it where there is little room.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    title: &'static str,
    is_right: bool,
    gives: Gives,
    /// Cells are cut in the middle down to this.
    least: Option<usize>,
    is_name: bool,
    is_labelled: bool,
}

/// When a column goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    Never,
    /// Before the last column has to be broken much.
    Soon,
    /// Before the rows become blocks.
    Late,
}

impl Column {
    /// Of text.
    pub fn left(title: &'static str) -> Self {
        Self {
            title,
            is_right: false,
            gives: Gives::Never,
            least: None,
            is_name: false,
            is_labelled: false,
        }
    }

    /// Of numbers.
    pub fn right(title: &'static str) -> Self {
        Self {
            is_right: true,
            ..Self::left(title)
        }
    }

    /// What the row is about: in a block it stands at its head.
    pub fn name(self) -> Self {
        Self {
            is_name: true,
            ..self
        }
    }

    /// As the last of a block it says nothing without its title.
    pub fn labelled(self) -> Self {
        Self {
            is_labelled: true,
            ..self
        }
    }

    /// It goes where there is little room, those on the left first.
    pub fn detail(self) -> Self {
        Self {
            gives: Gives::Soon,
            ..self
        }
    }

    /// It goes once all details have gone.
    pub fn last_to_go(self) -> Self {
        Self {
            gives: Gives::Late,
            ..self
        }
    }

    /// Its cells are cut in the middle where there is little room, and keep so much. They must be plain.
    pub fn at_least(self, width: usize) -> Self {
        Self {
            least: Some(width),
            ..self
        }
    }
}

/// Lays rows out under their titles, two blanks in. Cells are one line each, of which only the last of a row may be
/// coloured.
pub fn lay_out(
    page: Page,
    columns: &[Column],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    match fit(page, columns, &rows) {
        Fit::Columns(widths) => in_columns(page, columns, &widths, &rows),
        Fit::Blocks(room) => block::blocks(columns, &rows, room),
    }
}

/// So far from the left, and from one another.
const GAP: usize = 2;

fn in_columns(
    page: Page,
    columns: &[Column],
    widths: &[Option<usize>],
    rows: &[Vec<String>],
) -> String {
    let mut text = String::new();
    if page.titles {
        let titles: Vec<_> = columns.iter().map(|column| column.title).collect();
        for line in row(columns, widths, &titles) {
            text.push_str(&format!("{FAINT}{line}{FAINT:#}\n"));
        }
    }
    for cells in rows {
        for line in row(columns, widths, cells) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// The lines of a row, more than one where its last cell is broken.
fn row(columns: &[Column], widths: &[Option<usize>], cells: &[impl AsRef<str>]) -> Vec<String> {
    let shown = columns.iter().zip(widths).zip(cells);
    let mut shown: Vec<_> = shown
        .filter_map(|((column, width), cell)| Some((column, (*width)?, cell.as_ref())))
        .collect();
    let Some((_, room, last)) = shown.pop() else {
        return Vec::new();
    };
    let mut line = String::new();
    let mut indent = GAP;
    for (column, width, cell) in shown {
        line.push_str(&" ".repeat(GAP));
        line.push_str(&padded(&cut(cell, width), width, column.is_right));
        indent += width + GAP;
    }
    line.push_str(&" ".repeat(GAP));
    let is_right = columns.last().is_some_and(|column| column.is_right);
    let mut lines = Vec::new();
    for piece in broken(last, room) {
        let before = match lines.is_empty() {
            true => std::mem::take(&mut line),
            false => " ".repeat(indent),
        };
        let piece = match is_right {
            true => padded(&piece, room, true),
            false => piece,
        };
        lines.push((before + &piece).trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests;
