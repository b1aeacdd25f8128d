//! As much of the live table as a low window holds: the worst, and how many more there are.

use std::cmp::Reverse;

use super::Watch;
use crate::cli::{
    render::{
        View,
        table::{Page, cut},
    },
    style::{CAREFUL, FAINT},
    text::count,
    watching::known::{Known, Near, Told},
};

impl Watch<'_> {
    /// The table in no more than so many lines. Of what is said of servers the first stays, and no more than half of the room
    /// is for that; of the people those stay who hold the most, in the order that they have in the whole table.
    pub fn within(&self, page: Page, lines: usize) -> String {
        let whole = self.table(page);
        if whole.lines().count() <= lines {
            return whole;
        }
        let above = self.head(page) + &first(&self.of_servers(page), (lines / 2).max(1), page);
        let room = lines.saturating_sub(above.lines().count());
        let near = self.watched.near();
        if fits(&self.people(page, &near), room) {
            return above + &self.people(page, &near);
        }
        // a line says how many more there are
        let room = room.saturating_sub(1);
        let mut shown = near.len().min(room);
        let mut people = self.people(page, &worst(&near, shown));
        while shown > 0 && !fits(&people, room) {
            shown -= 1;
            people = self.people(page, &worst(&near, shown));
        }
        let more = near.len() - shown;
        let told = [
            format!(
                "… {more} more are not shown, none of them worse: make the window higher, or see all with --once"
            ),
            format!("… {more} more are not shown: make the window higher"),
        ];
        let told = in_width(told, page);
        format!("{above}{people}{CAREFUL}{told}{CAREFUL:#}\n")
    }
}

fn fits(text: &str, lines: usize) -> bool {
    text.lines().count() <= lines
}

/// So many of these lines, the last of which may say how many more there are.
fn first(text: &str, most: usize, page: Page) -> String {
    let number = text.lines().count();
    if number <= most {
        return text.to_owned();
    }
    let shown = text.lines().take(most - 1);
    let shown: String = shown.map(|line| line.to_owned() + "\n").collect();
    let more = count(number - (most - 1), "line");
    let told = [
        format!("… {more} more about servers: make the window higher, or see all with --once"),
        format!("… {more} more about servers"),
    ];
    let told = in_width(told, page);
    format!("{shown}{FAINT}{told}{FAINT:#}\n")
}

/// The first that is not too wide; the last is cut.
fn in_width([long, short]: [String; 2], page: Page) -> String {
    match page.width {
        Some(width) if long.chars().count() > width => cut(&short, width),
        _ => long,
    }
}

/// So many of them: those who hold the most by what is known now, in the order that all of them have.
fn worst<'a>(
    near: &[(&'a Known, &'a Told, &'a Near)],
    number: usize,
) -> Vec<(&'a Known, &'a Told, &'a Near)> {
    let mut ranked: Vec<_> = near.iter().enumerate().collect();
    ranked.sort_by_key(|(_, (known, _, near))| (known.down.is_some(), Reverse(near.held.count)));
    ranked.truncate(number);
    ranked.sort_by_key(|(place, _)| *place);
    ranked.into_iter().map(|(_, near)| *near).collect()
}
