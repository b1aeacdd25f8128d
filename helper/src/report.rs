//! JSON lines, in ASCII, so that no code page between here and the client can change them.

use alloc::vec::Vec;

use crate::address::{self, Endpoint, Family};
use crate::text::write_number;
use crate::{Code, Output};

/// Text is handed over in pieces of about this size.
const PIECE: usize = 16 * 1024;

/// The report on its way out: fields are added to the line until it is ended.
pub struct Report<'o> {
    output: &'o mut dyn Output,
    pending: Vec<u8>,
}

impl<'o> Report<'o> {
    /// An empty report that goes to `output`.
    pub fn new(output: &'o mut dyn Output) -> Self {
        Report {
            output,
            pending: Vec::new(),
        }
    }

    /// Adds a string that needs no escapes, or has them.
    pub fn text(&mut self, key: &str, value: &[u8]) {
        self.begin(key, b'"');
        self.pending.extend_from_slice(value);
        self.pending.push(b'"');
    }

    /// Adds a sentence that ends in a number, unless that is 0.
    pub fn sentence(&mut self, key: &str, sentence: &str, number: u32) {
        self.begin(key, b'"');
        self.pending.extend_from_slice(sentence.as_bytes());
        if number != 0 {
            write_number(&mut self.pending, number, 10, 1);
        }
        self.pending.push(b'"');
    }

    /// Adds an address and a port.
    pub fn endpoint(&mut self, key: &str, family: Family, end: &Endpoint) {
        self.begin(key, b'"');
        address::write(&mut self.pending, family, end);
        self.pending.push(b'"');
    }

    /// Adds a number.
    pub fn number(&mut self, key: &str, value: u32) {
        self.begin(key, b' ');
        write_number(&mut self.pending, value, 10, 1);
    }

    /// Adds true or false.
    pub fn flag(&mut self, key: &str, value: bool) {
        self.begin(key, b' ');
        let value = if value { "true" } else { "false" };
        self.pending.extend_from_slice(value.as_bytes());
    }

    /// Begins an object; what is added from now on is its fields.
    pub fn object(&mut self, key: &str) {
        self.begin(key, b'{');
    }

    /// Ends the line.
    pub fn end(&mut self) -> Result<(), Code> {
        self.close("}\n")
    }

    /// Ends an object, and the line.
    pub fn end_object(&mut self) -> Result<(), Code> {
        self.close("}}\n")
    }

    /// Hands over what was added so far.
    pub fn flush(&mut self) -> Result<(), Code> {
        self.output.write(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    /// Adds a key, which is the program's own and needs no escapes, and the first character of its value.
    fn begin(&mut self, key: &str, value: u8) {
        let before = match self.pending.last() {
            None | Some(b'\n') => "{\"",
            Some(b'{') => "\"",
            Some(_) => ",\"",
        };
        for piece in [before, key, "\":"] {
            self.pending.extend_from_slice(piece.as_bytes());
        }
        if value != b' ' {
            self.pending.push(value);
        }
    }

    fn close(&mut self, end: &str) -> Result<(), Code> {
        self.pending.extend_from_slice(end.as_bytes());
        if self.pending.len() < PIECE {
            return Ok(());
        }
        self.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn report(write: impl FnOnce(&mut Report<'_>) -> Result<(), Code>) -> String {
        let mut bytes = Vec::new();
        let mut report = Report::new(&mut bytes);
        write(&mut report).unwrap();
        report.flush().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn fields_lines_and_objects() {
        let text = report(|report| {
            report.number("a", 1);
            report.flag("b", true);
            report.text("c", b"x");
            report.end()?;
            report.sentence("error", "line ", 7);
            report.end()?;
            report.sentence("error", "all", 0);
            report.end()?;
            report.object("summary");
            report.number("listed", 0);
            report.number("left_out", u32::MAX);
            report.end_object()
        });
        let expected = r#"{"a":1,"b":true,"c":"x"}
{"error":"line 7"}
{"error":"all"}
{"summary":{"listed":0,"left_out":4294967295}}
"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn long_reports_go_out_in_pieces() {
        const LINE: &str = "{\"number\":12345}\n";
        struct Pieces(Vec<usize>);
        impl Output for Pieces {
            fn write(&mut self, bytes: &[u8]) -> Result<(), Code> {
                self.0.push(bytes.len());
                Ok(())
            }
        }
        let mut pieces = Pieces(Vec::new());
        let mut report = Report::new(&mut pieces);
        for _ in 0..10_000 {
            report.number("number", 12345);
            report.end().unwrap();
        }
        report.flush().unwrap();
        assert_eq!(pieces.0.iter().sum::<usize>(), 10_000 * LINE.len());
        assert!(pieces.0.iter().all(|length| *length < PIECE + LINE.len()));
        assert!(pieces.0.len() > 10);
    }
}
