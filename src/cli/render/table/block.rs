//! Rows where there is no room for columns: what a row is about and what comes of it, then the rest, each with its title.

use super::{
    Column, GAP,
    width::{broken, width},
};

/// Each row as a block.
pub fn blocks(columns: &[Column], rows: &[Vec<String>], room: usize) -> String {
    let blocks = rows.iter().map(|row| block(columns, row, room));
    blocks.flatten().map(|line| line + "\n").collect()
}

fn block(columns: &[Column], row: &[String], room: usize) -> Vec<String> {
    let Some((outcome, others)) = row.split_last() else {
        return Vec::new();
    };
    let is_first = others.first().is_some_and(|cell| !cell.is_empty());
    let others = columns.iter().zip(others);
    let others = others.filter(|(_, cell)| !cell.is_empty());
    let (names, facts): (Vec<_>, Vec<_>) = others.partition(|(column, _)| column.is_name);
    let names = names.into_iter().map(|(_, cell)| cell.clone());
    let facts = facts
        .into_iter()
        .map(|(column, cell)| format!("{} {cell}", column.title.to_lowercase()));
    // a row that goes on with whom the one before it has named stands below that name
    let indent = match columns.first() {
        Some(column) if column.is_name && !is_first => 2 * GAP,
        _ => GAP,
    };
    let mut lines = joined(names, "  ", indent, room);
    let label = columns.last().filter(|column| column.is_labelled);
    let outcome = match label {
        Some(column) if !outcome.is_empty() => {
            format!("{}: {outcome}", column.title.to_lowercase())
        }
        _ => outcome.clone(),
    };
    add(&mut lines, &outcome, indent + GAP, room);
    lines.extend(joined(facts, " · ", indent + GAP, room));
    lines
}

/// What comes of it, behind the names where it has room there.
fn add(lines: &mut Vec<String>, outcome: &str, indent: usize, room: usize) {
    if outcome.is_empty() {
        return;
    }
    match lines.last_mut() {
        Some(line) if width(line) + GAP + width(outcome) <= room => {
            line.push_str(&" ".repeat(GAP));
            line.push_str(outcome);
        }
        _ => lines.extend(indented(outcome, indent, room)),
    }
}

/// As many on a line as have room.
fn joined(
    items: impl Iterator<Item = String>,
    between: &str,
    indent: usize,
    room: usize,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if width(line) + width(between) + width(&item) <= room => {
                line.push_str(between);
                line.push_str(&item);
            }
            _ => lines.extend(indented(&item, indent, room)),
        }
    }
    lines
}

fn indented(text: &str, by: usize, room: usize) -> Vec<String> {
    let lines = broken(text, room.saturating_sub(by));
    lines
        .into_iter()
        .map(|line| " ".repeat(by) + &line)
        .collect()
}
