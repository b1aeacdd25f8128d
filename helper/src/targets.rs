//! The list of connections to close.
//!
//! One a line, `tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe`, then `end N` with their number. The last line
//! is what tells a whole list from one that was cut off on its way; without it nothing is closed.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::address::decimal;
use crate::images::is_image_name;
use crate::FourTuple;

/// A connection that its client planned to close, and whose it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Both ends, exact.
    pub connection: FourTuple,
    /// The process that owned it.
    pub pid: u32,
    /// That process's program.
    pub image: String,
}

impl Target {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.splitn(5, ' ');
        let connection = FourTuple::parse(words.next()?, words.next()?, words.next()?)?;
        let pid = decimal(words.next()?, u32::MAX)?;
        let image = words.next()?;
        if !connection.is_exact() || !is_image_name(image) {
            return None;
        }
        Some(Target {
            connection,
            pid,
            image: image.to_owned(),
        })
    }
}

/// Reads a whole list. Lines may end in CRLF or LF, and a byte order mark at the front is skipped. The error is a
/// sentence; then no line of the list may be acted upon, whatever the others say.
pub fn parse(text: &[u8], max: u32) -> Result<Vec<Target>, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let text = core::str::from_utf8(text).map_err(|_| "the target list is not UTF-8")?;
    let mut targets = Vec::new();
    let mut lines = text.lines();
    let announced = loop {
        let line = lines
            .next()
            .ok_or("the target list is cut off: it has no `end` line")?;
        if let Some(count) = line.strip_prefix("end ") {
            break count;
        }
        if targets.len() >= max as usize {
            return Err("there are more targets than --max allows".to_owned());
        }
        let target = Target::parse(line).ok_or_else(|| {
            format!(
                "line {} of the target list is not a target",
                targets.len() + 1
            )
        })?;
        targets.push(target);
    };
    if decimal(announced, u32::MAX) != Some(targets.len() as u32) {
        return Err("the target list is cut off: its `end` line gives another number".to_owned());
    }
    if lines.any(|line| !line.is_empty()) {
        return Err("there is text after the `end` line".to_owned());
    }
    if targets.is_empty() {
        return Err("there are no targets".to_owned());
    }
    Ok(targets)
}

#[cfg(test)]
mod tests;
