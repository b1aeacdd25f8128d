//! A table that is kept up to date, on a screen of its own: the terminal's second one, so that nothing of it stays behind
//! however the terminal is resized, and what was there before comes back.

use std::sync::Arc;

use crate::cli::{
    echo::Unechoed,
    printer::Printer,
    render::table::{Page, broken},
    style::FAINT,
    text::{coloured_lines, count},
};

/// The terminal's second screen, until this is dropped. What is said meanwhile is kept, and said then.
pub struct Live {
    printer: Arc<Printer>,
    drawn: String,
    size: (usize, usize),
    _unechoed: Option<Unechoed>,
}

/// To the second screen, without a cursor, where lines that are too long are cut; and back.
const BEGIN: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l";
const END: &str = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l";
const ERASE_ALL: &str = "\u{1b}[2J";
const TO_THE_TOP: &str = "\u{1b}[H";
const ERASE_LINE: &str = "\u{1b}[K";
const ERASE_BELOW: &str = "\u{1b}[J";

/// Messages that stand below the table.
const MESSAGES: usize = 3;

impl Live {
    /// Takes the screen over; `None` where results do not go to a terminal that can be.
    pub fn begin(printer: &Arc<Printer>) -> Option<Self> {
        let size = printer.screen()?;
        printer.take_screen();
        printer.draw(BEGIN, "", "");
        Some(Self {
            printer: Arc::clone(printer),
            drawn: String::new(),
            size,
            _unechoed: Unechoed::begin(),
        })
    }

    /// Draws what has changed, and nothing where nothing has. The table is given how many lines it may have.
    pub fn draw(&mut self, table: impl FnOnce(Page, usize) -> String) {
        let size = self.printer.screen().unwrap_or(self.size);
        let below = below(&self.printer.said_last(MESSAGES), size);
        let room = size.0.saturating_sub(below.len());
        let text = table(Page::of_width(size.1), room);
        let frame = frame(&text, &below, room);
        if frame == self.drawn && size == self.size {
            return;
        }
        let before = match size == self.size {
            true => TO_THE_TOP.to_owned(),
            false => format!("{ERASE_ALL}{TO_THE_TOP}"),
        };
        // one write, each line over the one that was there: nothing flickers
        let lines = coloured_lines(&frame).replace('\n', &format!("{ERASE_LINE}\r\n"));
        self.printer
            .draw(&before, &lines, &format!("{ERASE_LINE}{ERASE_BELOW}"));
        (self.drawn, self.size) = (frame, size);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.printer.draw("", "", END);
        self.printer.free_screen();
    }
}

/// How to get out of it, as nothing else on the screen tells.
const HOW_TO_END: &str = "Ctrl-C ends it.";

/// A window that is lower has room for nothing but the table.
const LOW: usize = 5;

/// What stands below the table: what was said last, which takes no more than half of the screen, and how to end it.
fn below(said: &[String], (rows, columns): (usize, usize)) -> Vec<String> {
    if rows < LOW {
        return Vec::new();
    }
    let said = said.iter().flat_map(|said| said.lines());
    let said = said.flat_map(|line| broken(line, columns));
    let said = said.take(rows / 2 - 1);
    let end = format!("{FAINT}{HOW_TO_END}{FAINT:#}");
    [String::new()]
        .into_iter()
        .chain(said)
        .chain([end])
        .collect()
}

/// Both, where the table has no more lines than there is room for.
fn frame(text: &str, below: &[String], room: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    let room = room.max(2);
    let mut frame: Vec<String> = Vec::new();
    match lines.len() > room {
        false => frame.extend(lines.iter().map(|line| (*line).to_owned())),
        true => {
            let shown = lines.iter().take(room - 1);
            frame.extend(shown.map(|line| (*line).to_owned()));
            let more = count(lines.len() + 1 - room, "line");
            frame.push(format!("… {more} more; make the window higher"));
        }
    }
    frame.extend(below.iter().cloned());
    frame.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_no_higher_than_the_terminal_and_says_how_to_end_it() {
        let said = ["ex01: slow".to_owned()];
        let long = ["error: ex01: no connection: connection refused".to_owned()];
        for (rows, said, shown) in [
            (9, &[][..], "a\nb\nc\nd\n\nCtrl-C ends it."),
            (
                9,
                &long,
                "a\nb\nc\nd\n\nerror: ex01: no connection:\nconnection refused\nCtrl-C ends it.",
            ),
            (6, &[], "a\nb\nc\nd\n\nCtrl-C ends it."),
            (4, &[], "a\nb\nc\nd"),
            (3, &[], "a\nb\n… 2 lines more; make the window higher"),
            (9, &said, "a\nb\nc\nd\n\nex01: slow\nCtrl-C ends it."),
            (
                5,
                &said,
                "a\n… 3 lines more; make the window higher\n\nex01: slow\nCtrl-C ends it.",
            ),
        ] {
            let below = below(said, (rows, 30));
            let room = rows - below.len();
            let frame = frame("a\nb\nc\nd\n", &below, room);
            let frame = anstream::adapter::strip_str(&frame).to_string();
            assert_eq!(frame, shown, "{rows} rows");
            assert!(frame.lines().count() <= rows, "{rows} rows");
        }
    }
}
