//! Lines as the script writes them: for the lab, which has no script, and for tests.

use mapisweep_winrm::psrp::{clixml::Value, pipeline::ErrorRecord};

use super::{line, row};

/// Writes one answer.
#[derive(Debug)]
pub struct Writer {
    lines: Vec<String>,
    number: usize,
}

impl Writer {
    /// Begins with the head: this computer answers.
    pub fn of(computer: &str) -> Self {
        Self {
            lines: vec![line::head(computer)],
            number: 0,
        }
    }

    /// These columns of an object that the question being answered has returned.
    pub fn row<'c>(&mut self, columns: impl IntoIterator<Item = &'c str>, object: &Value) {
        self.line('r', &row::fields_of(columns, object));
    }

    /// A warning.
    pub fn warning(&mut self, text: &str) {
        self.fields('w', &[Some(text)]);
    }

    /// An error that did not end the cmdlet.
    pub fn error(&mut self, error: &ErrorRecord) {
        self.record('e', error);
    }

    /// The error that ended it.
    pub fn failure(&mut self, error: &ErrorRecord) {
        self.record('f', error);
    }

    /// The cmdlet was run, and returned so many objects; what follows is about the next question.
    pub fn end(&mut self, rows: usize) {
        self.line('.', &format!("|{rows}"));
        self.number += 1;
    }

    /// It was not run; what follows is about the next question.
    pub fn skipped(&mut self) {
        self.line('x', "");
        self.number += 1;
    }

    /// How many lines there are that were not taken.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Takes the lines out that there are so far.
    pub fn take_lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    fn record(&mut self, kind: char, error: &ErrorRecord) {
        let category = error.category.0.to_string();
        let fields = [
            Some(error.message.as_str()),
            error.exception_type.as_deref(),
            error.fully_qualified_id.as_deref(),
            error.category_reason.as_deref(),
            Some(&category),
            error.target.as_deref(),
        ];
        self.fields(kind, &fields);
    }

    fn fields(&mut self, kind: char, texts: &[Option<&str>]) {
        let mut fields = String::new();
        for text in texts {
            line::write(Some(&Value::from(text.unwrap_or_default())), &mut fields);
        }
        self.line(kind, &fields);
    }

    fn line(&mut self, kind: char, fields: &str) {
        let number = self.number;
        self.lines.push(format!("{number}|{kind}{fields}"));
    }
}
