//! Which columns have room, and how much.

use super::{Column, GAP, Gives, Page, width::width};

/// How rows are laid out.
pub enum Fit {
    /// In columns of these widths; without one a column is not shown.
    Columns(Vec<Option<usize>>),
    /// The same with shorter titles and cells.
    Shorter {
        columns: Vec<Column>,
        rows: Vec<Vec<String>>,
        widths: Vec<Option<usize>>,
    },
    /// Each as a block, with so much room.
    Blocks(usize),
}

/// Terminals that are no wider get blocks where not all fits.
const NARROW: usize = 64;
/// The last column is not broken into lines shorter than this while a detail takes the room.
const COMFORTABLE: usize = 36;
/// Nor into shorter ones than this at all.
const SHORTEST: usize = 20;

/// What fits on this page.
pub fn fit(page: Page, columns: &[Column], rows: &[Vec<String>]) -> Fit {
    let natural = natural(page, columns, rows);
    let Some(room) = page.width else {
        return Fit::Columns(natural.into_iter().map(Some).collect());
    };
    let all: Vec<_> = natural.iter().copied().map(Some).collect();
    if taken(&all) <= room {
        return Fit::Columns(all);
    }
    if room <= NARROW {
        return Fit::Blocks(room);
    }
    if let Some(fitting) = squeezed(&all, columns, room, COMFORTABLE) {
        return Fit::Columns(fitting);
    }
    let rows: Vec<_> = rows.iter().map(|row| shorter_row(columns, row)).collect();
    let columns: Vec<_> = columns.iter().map(shorter).collect();
    let natural = self::natural(page, &columns, &rows);
    match fewer(natural, &columns, room) {
        Some(widths) => Fit::Shorter {
            columns,
            rows,
            widths,
        },
        None => Fit::Blocks(room),
    }
}

/// As many of the columns as have room, those that matter in any case.
fn fewer(natural: Vec<usize>, columns: &[Column], room: usize) -> Option<Vec<Option<usize>>> {
    let mut widths: Vec<_> = natural.into_iter().map(Some).collect();
    for (gives, shortest) in [
        (Gives::Soon, COMFORTABLE),
        (Gives::Then, COMFORTABLE),
        (Gives::Late, SHORTEST),
    ] {
        loop {
            if let Some(fitting) = squeezed(&widths, columns, room, shortest) {
                return Some(fitting);
            }
            let before_last = columns.len().saturating_sub(1);
            let mut shown = columns.iter().zip(&mut widths).take(before_last);
            match shown.find(|(column, width)| column.gives == gives && width.is_some()) {
                Some((_, width)) => *width = None,
                None => break,
            }
        }
    }
    squeezed(&widths, columns, room, SHORTEST)
}

fn shorter(column: &Column) -> Column {
    let title = column.shorter.map_or(column.title, |(title, _)| title);
    Column { title, ..*column }
}

fn shorter_row(columns: &[Column], row: &[String]) -> Vec<String> {
    let cells = columns.iter().zip(row);
    let cells = cells.map(|(column, cell)| match column.shorter {
        Some((_, shorter)) => shorter(cell),
        None => cell.clone(),
    });
    cells.collect()
}

fn natural(page: Page, columns: &[Column], rows: &[Vec<String>]) -> Vec<usize> {
    let widest = |index: usize, column: &Column| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        let title = if page.titles { width(column.title) } else { 0 };
        cells.map(|cell| width(cell)).fold(title, usize::max)
    };
    let columns = columns.iter().enumerate();
    columns
        .map(|(index, column)| widest(index, column))
        .collect()
}

fn taken(widths: &[Option<usize>]) -> usize {
    widths.iter().flatten().map(|width| width + GAP).sum()
}

/// The same columns in this room: names cut, and the last one broken, but not into lines that are shorter. None where that
/// is not enough.
fn squeezed(
    widths: &[Option<usize>],
    columns: &[Column],
    room: usize,
    shortest: usize,
) -> Option<Vec<Option<usize>>> {
    let mut widths = widths.to_vec();
    let (last, others) = widths.split_last_mut()?;
    let natural_of_last = (*last)?;
    let least_of_last = natural_of_last.min(shortest);
    let room = room.checked_sub(GAP + least_of_last)?;
    while taken(others) > room {
        let can_be_cut = others
            .iter_mut()
            .zip(columns)
            .filter_map(|(width, column)| {
                let width = width.as_mut()?;
                (*width > column.least?).then_some(width)
            });
        *can_be_cut.max()? -= 1;
    }
    *last = Some(natural_of_last.min(least_of_last + room - taken(others)));
    Some(widths)
}
