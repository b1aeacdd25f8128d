//! The command line: `list [--all | NAME...]` and `close --max N [NAME...]`.

use alloc::vec::Vec;

use crate::contract::TARGETS_LIMIT;
use crate::images::{is_image_name, Images};
use crate::text::Reader;
use crate::{Error, ErrorKind};

#[cfg(any(test, feature = "std"))]
mod write;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// For closing, the most targets that may be given; none is closed when there are more. `None` is listing.
    pub max: Option<u32>,
    /// Of which programs. For closing never [`Images::All`].
    pub images: Images<'a>,
}

impl<'a> Command<'a> {
    /// Reads the arguments, without the program's own name, each ended by a zero byte.
    pub fn parse(arguments: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(arguments);
        let mut command = Command {
            max: None,
            images: Images::EXCHANGE,
        };
        if reader.take(b"close\0") {
            reader.expect(b"--max\0");
            let number = reader.number(10, TARGETS_LIMIT);
            reader.expect(b"\0");
            if number == 0 || reader.is_bad() {
                return Err(ErrorKind::BadMax.into());
            }
            command.max = Some(number);
        } else if !reader.take(b"list\0") {
            return Err(ErrorKind::NoCommand.into());
        } else if reader.take(b"--all\0") {
            command.images = Images::All;
        }
        let names = reader.rest();
        while !reader.is_at_end() {
            if command.images == Images::All || !is_image_name(reader.until(0)) {
                return Err(ErrorKind::BadImage.into());
            }
            command.images = Images::Named(names);
        }
        Ok(command)
    }

    /// Its first word.
    pub fn name(&self) -> &'static str {
        match self.max {
            None => "list",
            Some(_) => "close",
        }
    }
}

/// Splits a Windows command line into its arguments, the first of which is the program: each is ended by a zero byte.
/// Blanks separate and quotes hold together. A backslash is only itself, for no argument can have quotes in it. Only
/// ASCII has a meaning to this program; any other character becomes `?`, which is no part of any argument.
pub fn split(line: &[u16]) -> Vec<u8> {
    let mut arguments = Vec::new();
    let mut quoted = false;
    let mut inside = false;
    for unit in line {
        let byte = if *unit < 0x80 { *unit as u8 } else { b'?' };
        let blank = matches!(byte, b' ' | b'\t') && !quoted;
        if byte == b'"' {
            quoted = !quoted;
        } else if !blank {
            arguments.push(byte);
        } else if inside {
            arguments.push(0);
        }
        inside = !blank;
    }
    if inside {
        arguments.push(0);
    }
    arguments
}

#[cfg(test)]
mod tests;
