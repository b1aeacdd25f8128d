//! Reading text from its front, and writing numbers.
//!
//! `core::fmt` and the searches of `str` would do, at several times the size of the exe.

use alloc::vec::Vec;

/// What is still to be read of a text.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'t>(pub &'t [u8]);

impl<'t> Reader<'t> {
    /// Goes over `prefix`; says whether it was there.
    pub fn take(&mut self, prefix: &str) -> bool {
        match self.0.strip_prefix(prefix.as_bytes()) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// Goes over `prefix`; `None` when it is not there.
    pub fn expect(&mut self, prefix: &str) -> Option<()> {
        self.take(prefix).then_some(())
    }

    /// Reads a number as it is written: digits, no leading zero, not above `most`.
    pub fn number(&mut self, most: u32) -> Option<u32> {
        let start = self.0;
        let mut number: u32 = 0;
        while let Some(digit) = self.digit(10) {
            number = number.checked_mul(10)?.checked_add(digit)?;
        }
        match self.0.len() {
            rest if rest == start.len() || number > most => None,
            rest if rest + 1 < start.len() && start.first() == Some(&b'0') => None,
            _ => Some(number),
        }
    }

    /// Reads one digit of this base.
    pub fn digit(&mut self, base: u32) -> Option<u32> {
        let (first, rest) = self.0.split_first()?;
        let digit = char::from(*first).to_digit(base)?;
        self.0 = rest;
        Some(digit)
    }

    /// Reads up to and over the next line end, CRLF or LF, or to the end.
    pub fn line(&mut self) -> &'t [u8] {
        let end = self.0.iter().position(|byte| *byte == b'\n');
        let (line, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

/// Adds a number in digits of this base, lower case, at least `width` of them.
pub(crate) fn write_number(text: &mut Vec<u8>, number: u32, base: u32, width: u32) {
    if number >= base || width > 1 {
        write_number(text, number / base, base, width.saturating_sub(1));
    }
    let digit = (number % base) as u8;
    text.push(if digit < 10 { b'0' } else { b'a' - 10 } + digit);
}

#[cfg(test)]
mod tests;
