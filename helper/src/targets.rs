//! The list of connections to close.
//!
//! One a line, `tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe`, then `end N` with their number. The last line
//! is what tells a whole list from one that was cut off on its way; without it nothing is closed.

use alloc::vec::Vec;

use crate::images::is_image_name;
use crate::text::Reader;
use crate::{Error, FourTuple};

/// A connection that the client planned to close, and whose it was then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'t> {
    /// Both ends, exact.
    pub connection: FourTuple,
    /// The process that owned it.
    pub pid: u32,
    /// That process's program.
    pub image: &'t [u8],
}

impl<'t> Target<'t> {
    fn parse(line: &'t [u8]) -> Option<Self> {
        let mut reader = Reader(line);
        let connection = FourTuple::read(&mut reader)?;
        reader.expect(" ")?;
        let pid = reader.number(u32::MAX)?;
        reader.expect(" ")?;
        let image = reader.0;
        if !connection.is_exact() || !is_image_name(image) {
            return None;
        }
        Some(Target {
            connection,
            pid,
            image,
        })
    }
}

/// Reads a whole list. Lines may end in CRLF or LF, and a byte order mark at the front is skipped. After an error no
/// line of the list may be acted upon, whatever the others say.
pub fn parse(text: &[u8], max: u32) -> Result<Vec<Target<'_>>, Error> {
    let mut reader = Reader(text);
    let mut targets = Vec::new();
    reader.take("\u{feff}");
    while !reader.0.is_empty() {
        let count = targets.len() as u32;
        if reader.take("end ") {
            return match reader.number(u32::MAX) {
                announced if announced != Some(count) => Err(Error::ListOfOtherLength),
                _ if !reader.0.iter().all(|byte| matches!(byte, b'\r' | b'\n')) => {
                    Err(Error::ListGoesOn)
                }
                _ if count == 0 => Err(Error::NoTargets),
                _ => Ok(targets),
            };
        }
        if count == max {
            return Err(Error::TooManyTargets);
        }
        targets.push(Target::parse(reader.line()).ok_or(Error::NotATarget(count + 1))?);
    }
    Err(Error::ListCutOff)
}

#[cfg(test)]
mod tests;
