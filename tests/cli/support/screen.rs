//! A terminal's screen, as far as the program makes use of one. It is as high as it needs to be, and never forgets a line.

/// What is on it after this was written, line by line; the empty ones at the end are left out.
pub fn seen(written: &str, columns: usize) -> Vec<String> {
    let mut screen = Screen {
        columns,
        rows: vec![Vec::new()],
        row: 0,
        column: 0,
    };
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => screen.obey(&mut rest),
            '\r' => screen.column = 0,
            '\n' => screen.go_down(),
            c => screen.put(c),
        }
    }
    let lines = screen.rows.iter();
    let lines = lines.map(|row| row.iter().collect::<String>().trim_end().to_owned());
    let mut lines: Vec<_> = lines.collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

struct Screen {
    columns: usize,
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Screen {
    fn put(&mut self, c: char) {
        if self.column == self.columns {
            self.column = 0;
            self.go_down();
        }
        let row = &mut self.rows[self.row];
        row.resize(row.len().max(self.column + 1), ' ');
        row[self.column] = c;
        self.column += 1;
    }

    fn go_down(&mut self) {
        self.row += 1;
        if self.row == self.rows.len() {
            self.rows.push(Vec::new());
        }
    }

    /// Colours, the cursor's way up, and what erases.
    fn obey(&mut self, rest: &mut std::str::Chars<'_>) {
        assert_eq!(rest.next(), Some('['), "an escape that is not known");
        let mut number = String::new();
        let order = loop {
            match rest.next() {
                Some(c) if c.is_ascii_digit() || matches!(c, ';' | '?') => number.push(c),
                order => break order,
            }
        };
        let number = number.parse().unwrap_or(1);
        match order {
            Some('m') => {}
            Some('A') => self.row = self.row.saturating_sub(number),
            // the whole line, or the rest of it
            Some('K') if number == 2 => self.rows[self.row].clear(),
            Some('K') => self.rows[self.row].truncate(self.column),
            Some('J') => {
                self.rows.truncate(self.row + 1);
                self.rows[self.row].truncate(self.column);
            }
            other => panic!("an escape that is not known: {other:?}"),
        }
    }
}
