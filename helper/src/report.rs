//! JSON lines, in ASCII, so that no code page between here and the client can change them.
//!
//! A few fixed shapes do not need a JSON writer: each is spelled out, with a `#` wherever a value goes.

use alloc::vec::Vec;

use crate::address::{self, Endpoint, Family};
use crate::text::{write_number, Reader};
use crate::{Code, Output};

/// Text is handed over in pieces of about this size.
const PIECE: usize = 16 * 1024;

/// The report on its way out. What cannot be handed over is dropped, and [`Report::flush`] says so.
pub struct Report<'o> {
    output: &'o mut dyn Output,
    pending: Vec<u8>,
    /// What is still to be filled in.
    shape: Reader<'static>,
    broken: Option<Code>,
}

impl<'o> Report<'o> {
    /// An empty report that goes to `output`.
    pub fn new(output: &'o mut dyn Output) -> Self {
        Report {
            output,
            pending: Vec::new(),
            shape: Reader::new(b""),
            broken: None,
        }
    }

    /// Goes on with this shape, after the one before has got all its values.
    pub fn shape(&mut self, shape: &'static str) {
        self.shape = Reader::new(shape.as_bytes());
        self.go_on();
    }

    /// Fills in text that needs no escapes.
    pub fn text(&mut self, text: &[u8]) {
        self.pending.extend_from_slice(text);
        self.go_on();
    }

    /// Fills in a number.
    pub fn number(&mut self, number: u32) {
        write_number(&mut self.pending, number, 10);
        self.go_on();
    }

    /// Fills in an address and a port.
    pub fn end(&mut self, family: Family, end: &Endpoint) {
        address::write(&mut self.pending, family, end);
        self.go_on();
    }

    /// Hands over what there is so far; the error is the first there was.
    pub fn flush(&mut self) -> Result<(), Code> {
        if self.broken.is_none() {
            self.broken = self.output.write(&self.pending).err();
        }
        self.pending.clear();
        self.broken.map_or(Ok(()), Err)
    }

    /// Adds the shape up to its next value, and hands over what has become long.
    fn go_on(&mut self) {
        self.pending.extend_from_slice(self.shape.until(b'#'));
        if self.pending.len() >= PIECE {
            let _ = self.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn report(write: impl FnOnce(&mut Report<'_>)) -> String {
        let mut bytes = Vec::new();
        let mut report = Report::new(&mut bytes);
        write(&mut report);
        report.flush().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn shapes_are_filled_in() {
        let text = report(|report| {
            report.shape("{\"a\":#,\"b\":\"#\",\"c\":\"#\"");
            report.number(u32::MAX);
            report.text(b"x#y");
            report.end(Family::Tcp4, &Endpoint::v4([10, 0, 0, 5], 6001));
            report.shape("}\n");
            report.shape("{}\n");
        });
        let expected = "{\"a\":4294967295,\"b\":\"x#y\",\"c\":\"10.0.0.5:6001\"}\n{}\n";
        assert_eq!(text, expected);
    }

    /// Takes so many pieces, then breaks.
    struct Pieces(Vec<usize>, usize);

    impl Output for Pieces {
        fn write(&mut self, bytes: &[u8]) -> Result<(), Code> {
            if self.0.len() == self.1 {
                return Err(Code(232));
            }
            self.0.push(bytes.len());
            Ok(())
        }
    }

    fn long_report(report: &mut Report<'_>) {
        for _ in 0..10_000 {
            report.shape("{\"number\":#}\n");
            report.number(12345);
        }
    }

    #[test]
    fn long_reports_go_out_in_pieces() {
        const LINE: usize = "{\"number\":12345}\n".len();
        let mut pieces = Pieces(Vec::new(), usize::MAX);
        let mut report = Report::new(&mut pieces);
        long_report(&mut report);
        report.flush().unwrap();
        assert_eq!(pieces.0.iter().sum::<usize>(), 10_000 * LINE);
        assert!(pieces.0.iter().all(|length| *length < PIECE + LINE));
        assert!(pieces.0.len() > 10);
    }

    #[test]
    fn after_the_first_failure_nothing_more_goes_out() {
        let mut pieces = Pieces(Vec::new(), 2);
        let mut report = Report::new(&mut pieces);
        long_report(&mut report);
        assert!(report.pending.len() < PIECE);
        assert_eq!(report.flush(), Err(Code(232)));
        assert_eq!(pieces.0.len(), 2);
    }
}
