//! A table that is kept up to date, on a screen of its own: the terminal's second one, so that nothing of it stays behind
//! however the terminal is resized, and what was there before comes back.

use std::sync::Arc;

use crate::cli::{
    echo::Unechoed,
    printer::Printer,
    render::table::{Page, broken},
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

    /// Draws what has changed, and nothing where nothing has.
    pub fn draw(&mut self, table: impl FnOnce(Page) -> String) {
        let size = self.printer.screen().unwrap_or(self.size);
        let text = table(Page::of_width(size.1));
        let frame = frame(&text, &self.printer.said_last(MESSAGES), size);
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

/// As many lines of the table as there is room for, and below it what was said last, which takes no more than half of it.
fn frame(text: &str, said: &[String], (rows, columns): (usize, usize)) -> String {
    let said = said.iter().flat_map(|said| said.lines());
    let said = said.flat_map(|line| broken(line, columns));
    let said: Vec<_> = said.take(rows / 2).collect();
    let below = match said.len() {
        0 => 0,
        lines => lines + 1,
    };
    let room = rows.saturating_sub(below).max(2);
    let lines: Vec<_> = text.lines().collect();
    let mut frame: Vec<String> = Vec::new();
    match lines.len() > room {
        false => frame.extend(lines.iter().map(|line| (*line).to_owned())),
        true => {
            let shown = lines.iter().take(room - 1);
            frame.extend(shown.map(|line| (*line).to_owned()));
            let more = count(lines.len() + 1 - room, "line");
            frame.push(format!("… {more} more; the terminal is not high enough"));
        }
    }
    if below > 0 {
        frame.push(String::new());
        frame.extend(said);
    }
    frame.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_no_higher_than_the_terminal() {
        let said = ["ex01: slow".to_owned()];
        let long = ["error: ex01: no connection: connection refused".to_owned()];
        for (rows, said, shown) in [
            (9, &[][..], "a\nb\nc\nd"),
            (
                9,
                &long,
                "a\nb\nc\nd\n\nerror: ex01: no connection:\nconnection refused",
            ),
            (4, &[], "a\nb\nc\nd"),
            (
                3,
                &[],
                "a\nb\n… 2 lines more; the terminal is not high enough",
            ),
            (9, &said, "a\nb\nc\nd\n\nex01: slow"),
            (
                5,
                &said,
                "a\nb\n… 2 lines more; the terminal is not high enough\n\nex01: slow",
            ),
        ] {
            assert_eq!(
                frame("a\nb\nc\nd\n", said, (rows, 30)),
                shown,
                "{rows} rows"
            );
        }
    }
}
