//! Columns of text, without lines around them, two blanks apart.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets::NOTHING};

use crate::cli::style::FAINT;

/// A column's title and on which side its cells stand.
#[derive(Clone, Copy)]
pub enum Column {
    /// Text.
    Left(&'static str),
    /// Numbers.
    Right(&'static str),
}

/// Lays rows out under their titles, two blanks in. Cells must be plain; only the last of a row may be coloured.
pub fn lay_out(columns: &[Column], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| Cell::new(column.title())));
    for row in rows {
        table.add_row(row.into_iter().map(Cell::new));
    }
    for (column, shape) in table.column_iter_mut().zip(columns) {
        column.set_padding((2, 0));
        if let Column::Right(_) = shape {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut lines = table.lines();
    let head = lines.next().unwrap_or_default();
    let mut text = format!("{FAINT}{}{FAINT:#}\n", head.trim_end());
    for line in lines {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::Left(title) | Self::Right(title) => title,
        }
    }
}
