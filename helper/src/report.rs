//! JSON lines, in ASCII, so that no code page between here and the client can change them.

use alloc::string::String;
use core::fmt::{self, Write};

use crate::{Code, Output};

/// Text is handed over in pieces of about this size.
const PIECE: usize = 16 * 1024;

/// The report on its way out.
pub struct Report<'o> {
    output: &'o mut dyn Output,
    pending: String,
}

impl<'o> Report<'o> {
    /// An empty report that goes to `output`.
    pub fn new(output: &'o mut dyn Output) -> Self {
        Report {
            output,
            pending: String::new(),
        }
    }

    /// Adds a line: one object, whose fields `fields` writes.
    pub fn line(&mut self, fields: impl FnOnce(&mut Object<'_>)) -> Result<(), Code> {
        object(&mut self.pending, fields);
        self.pending.push('\n');
        if self.pending.len() < PIECE {
            return Ok(());
        }
        self.flush()
    }

    /// Hands over what was added so far.
    pub fn flush(&mut self) -> Result<(), Code> {
        self.output.write(self.pending.as_bytes())?;
        self.pending.clear();
        Ok(())
    }
}

fn object(text: &mut String, fields: impl FnOnce(&mut Object<'_>)) {
    text.push('{');
    fields(&mut Object { text, empty: true });
    text.push('}');
}

/// A JSON object that is being written. Keys are the program's own and need no escapes.
pub struct Object<'t> {
    text: &'t mut String,
    empty: bool,
}

impl Object<'_> {
    /// A string field.
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.text.push('"');
        for c in value.chars() {
            self.character(c);
        }
        self.text.push('"');
    }

    /// A string field whose text needs no escapes.
    pub fn plain(&mut self, key: &str, value: &dyn fmt::Display) {
        self.write(key, format_args!("\"{}\"", value));
    }

    /// A number field.
    pub fn number(&mut self, key: &str, value: u32) {
        self.write(key, format_args!("{}", value));
    }

    /// A field that is true or false.
    pub fn flag(&mut self, key: &str, value: bool) {
        self.key(key);
        self.text.push_str(if value { "true" } else { "false" });
    }

    /// A field that is an object itself.
    pub fn object(&mut self, key: &str, fields: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        object(self.text, fields);
    }

    fn key(&mut self, key: &str) {
        if !self.empty {
            self.text.push(',');
        }
        self.empty = false;
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
    }

    fn write(&mut self, key: &str, value: fmt::Arguments<'_>) {
        self.key(key);
        // a String takes everything
        let _ = self.text.write_fmt(value);
    }

    fn character(&mut self, c: char) {
        match c {
            '"' | '\\' => {
                self.text.push('\\');
                self.text.push(c);
            }
            ' '..='~' => self.text.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(self.text, "\\u{:04x}", unit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use std::string::ToString;

    fn line(fields: impl FnOnce(&mut Object<'_>)) -> String {
        let mut bytes = Vec::new();
        let mut report = Report::new(&mut bytes);
        report.line(fields).unwrap();
        report.flush().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn fields_are_separated_and_nested() {
        assert_eq!(line(|_| ()), "{}\n");
        let text = line(|object| {
            object.number("a", 1);
            object.flag("b", true);
            object.object("c", |inner| inner.plain("d", &2));
        });
        assert_eq!(text, "{\"a\":1,\"b\":true,\"c\":{\"d\":\"2\"}}\n");
    }

    #[test]
    fn any_text_survives_and_is_ascii() {
        for text in [
            "",
            "store.exe",
            r#"a"b\c"#,
            "größe.exe",
            "日本",
            "\u{0}\t\r\n\u{1f}\u{7f}",
            "🦀\u{ffff}",
        ] {
            let written = line(|object| object.text("image", text));
            assert!(written.is_ascii(), "{written}");
            let read: serde_json::Value = serde_json::from_str(&written).unwrap();
            assert_eq!(read["image"], text.to_string());
        }
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
            report
                .line(|object| object.number("number", 12345))
                .unwrap();
        }
        report.flush().unwrap();
        assert_eq!(pieces.0.iter().sum::<usize>(), 10_000 * LINE.len());
        assert!(pieces.0.iter().all(|length| *length < PIECE + LINE.len()));
        assert!(pieces.0.len() > 10);
    }
}
