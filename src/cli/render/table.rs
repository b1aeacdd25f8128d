//! Columns of text, without lines around them, two blanks apart, and what becomes of them where there is little room.
//!
//! What is no terminal gets every cell whole. On a terminal no line is longer than it is wide: names are cut in the middle,
//! titles and cells that have a shorter form take it, details go, the last column, which says what comes of it, is broken
//! between words; and where that is not enough each row becomes a block.

mod block;
mod fit;
mod width;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets::NOTHING};
use fit::{Fit, fit};
pub use width::{broken, cut};

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
    shorter: Option<Shorter>,
}

/// What a column's title and its cells are where there is little room.
type Shorter = (&'static str, fn(&str) -> String);

/// When a column goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    Never,
    /// Before the last column has to be broken much.
    Soon,
    /// The same, after those.
    Then,
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
            shorter: None,
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

    /// It has another title where there is little room.
    pub fn or(self, title: &'static str) -> Self {
        self.or_with(title, str::to_owned)
    }

    /// The same, and its cells are made shorter, too.
    pub fn or_with(self, title: &'static str, cell: fn(&str) -> String) -> Self {
        Self {
            shorter: Some((title, cell)),
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

    /// It goes after the other details.
    pub fn lasting_detail(self) -> Self {
        Self {
            gives: Gives::Then,
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
        Fit::Shorter {
            columns,
            rows,
            widths,
        } => in_columns(page, &columns, &widths, &rows),
        Fit::Blocks(room) => block::blocks(columns, &rows, room),
    }
}

/// Sentences two blanks in, in lines that fit the page. What is there to be copied is never broken: a command between
/// backquotes, which has a line of its own where it takes a whole one, and a line that is indented.
pub fn paragraph(page: Page, text: &str) -> String {
    let lines = text.lines().flat_map(|line| match page.width {
        Some(width) if !line.starts_with(' ') => sentence(line, width.saturating_sub(GAP)),
        _ => vec![line.to_owned()],
    });
    let indent = " ".repeat(GAP);
    let lines = lines.map(|line| format!("{indent}{line}\n"));
    lines.collect()
}

fn sentence(text: &str, room: usize) -> Vec<String> {
    /// No line is broken at it.
    const BLANK: &str = "\u{a0}";
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`')
        && let Some((command, after)) = after.split_once('`')
    {
        let command = format!("`{command}`");
        line.push_str(before);
        rest = after;
        if width::width(&command) < room {
            line.push_str(&command.replace(' ', BLANK));
        } else {
            lines.extend(broken(line.trim_end(), room));
            lines.push(command);
            line.clear();
        }
    }
    line.push_str(rest);
    lines.extend(broken(line.trim_start(), room));
    lines.retain(|line| !line.is_empty());
    lines.iter().map(|line| line.replace(BLANK, " ")).collect()
}

/// So far from the left, and from one another.
const GAP: usize = 2;

fn in_columns(
    page: Page,
    columns: &[Column],
    widths: &[Option<usize>],
    rows: &[Vec<String>],
) -> String {
    let cells = |row: &[String]| -> Vec<Cell> {
        let cells = row.iter().zip(widths);
        let cells = cells.filter_map(|(cell, width)| Some((cell, (*width)?)));
        let cells: Vec<_> = cells.collect();
        let last = cells.len().saturating_sub(1);
        let cells = cells.into_iter().enumerate();
        // the last one is broken between words instead, where it may be coloured
        cells
            .map(|(place, (cell, width))| match place == last {
                true => Cell::new(broken(cell, width).join("\n")),
                false => Cell::new(cut(cell, width)),
            })
            .collect()
    };
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    if page.titles {
        let titles: Vec<_> = columns
            .iter()
            .map(|column| column.title.to_owned())
            .collect();
        table.set_header(cells(&titles));
    }
    for row in rows {
        table.add_row(cells(row));
    }
    let kept = columns.iter().zip(widths);
    let kept = kept.filter(|(_, width)| width.is_some());
    for (column, (shape, _)) in table.column_iter_mut().zip(kept) {
        column.set_padding((GAP as u16, 0));
        if shape.is_right {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = String::new();
    let mut lines = table.lines();
    if page.titles {
        let titles = lines.next().unwrap_or_default();
        text.push_str(&format!("{FAINT}{}{FAINT:#}\n", titles.trim_end()));
    }
    for line in lines {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
