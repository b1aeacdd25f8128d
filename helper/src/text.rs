//! Reading text from its front, and writing numbers.
//!
//! `core::fmt` and the searches of `str` would do, at several times the size of the exe.

use alloc::vec::Vec;

/// What is still to be read of a text. It goes on when something is not as expected, and remembers that it was not:
/// ask [`Reader::is_bad`] or [`Reader::ended_well`] before anything it gave is used.
pub(crate) struct Reader<'t> {
    rest: &'t [u8],
    bad: bool,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t [u8]) -> Self {
        Reader {
            rest: text,
            bad: false,
        }
    }

    /// Goes over `prefix`; says whether it was there.
    pub fn take(&mut self, prefix: &[u8]) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Goes over `prefix`, which must be there.
    pub fn expect(&mut self, prefix: &[u8]) {
        self.bad |= !self.take(prefix);
    }

    /// Reads a number as it is written in this base: lower case, no leading zero, not above `most`.
    pub fn number(&mut self, base: u32, most: u32) -> u32 {
        let start = self.rest;
        let mut number: u64 = 0;
        while let [byte @ (b'0'..=b'9' | b'a'..=b'f'), rest @ ..] = self.rest {
            let digit = u32::from(if *byte < b'a' {
                byte - b'0'
            } else {
                byte - b'a' + 10
            });
            number = number * u64::from(base) + u64::from(digit);
            if digit >= base || number > most.into() {
                self.bad = true;
                break;
            }
            self.rest = rest;
        }
        let digits = start.len() - self.rest.len();
        if digits == 0 || digits > 1 && start[0] == b'0' {
            self.bad = true;
        }
        number as u32
    }

    /// Reads up to and over the next `end`, or to the end of all.
    pub fn until(&mut self, end: u8) -> &'t [u8] {
        let length = self.rest.iter().position(|byte| *byte == end);
        let (text, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        self.rest = rest.get(1..).unwrap_or_default();
        text
    }

    /// Whether something was not as expected.
    pub fn is_bad(&self) -> bool {
        self.bad
    }

    /// What is still to be read.
    pub fn rest(&self) -> &'t [u8] {
        self.rest
    }

    /// Whether there is nothing more.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether all was as expected, and there is nothing more.
    pub fn ended_well(&self) -> bool {
        !self.bad && self.rest.is_empty()
    }
}

/// The word of this number, the first being 0, among words with blanks between them; empty when there is none.
pub(crate) fn word(words: &'static str, number: u32) -> &'static [u8] {
    let mut reader = Reader::new(words.as_bytes());
    for _ in 0..number {
        reader.until(b' ');
    }
    reader.until(b' ')
}

/// Adds a number in digits of this base, lower case.
pub(crate) fn write_number(text: &mut Vec<u8>, number: u32, base: u32) {
    if number >= base {
        write_number(text, number / base, base);
    }
    let digit = (number % base) as u8;
    text.push(if digit < 10 { b'0' } else { b'a' - 10 } + digit);
}

#[cfg(test)]
mod tests;
