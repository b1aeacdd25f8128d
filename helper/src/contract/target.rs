//! The target list: a connection to close a line, `tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe`, then `end N` with
//! their number. Lines end in CRLF or LF.
//!
//! The last line is what tells a whole list from one that was cut off on its way; without it nothing is closed.

use crate::images::is_image_name;
use crate::text::Reader;
use crate::FourTuple;

#[cfg(any(test, feature = "std"))]
mod list;

#[cfg(any(test, feature = "std"))]
pub use list::List;

/// What the last line begins with; the number of targets follows.
pub(crate) const END: &str = "end ";

/// A connection that the client plans to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned<'t> {
    /// Both ends.
    pub connection: FourTuple,
    /// The process that owns it.
    pub pid: u32,
    /// That process's program.
    pub image: &'t [u8],
}

impl<'t> Planned<'t> {
    /// Reads a line, without its end. `None` when it is anything but an exact connection, a number and the name of a
    /// program.
    pub(crate) fn read(line: &'t [u8]) -> Option<Self> {
        let mut reader = Reader::new(line);
        let connection = FourTuple::read(&mut reader);
        reader.expect(b" ");
        let pid = reader.number(10, u32::MAX);
        reader.expect(b" ");
        let image = reader.rest();
        if reader.is_bad() || !connection.is_exact() || !is_image_name(image) {
            return None;
        }
        Some(Planned {
            connection,
            pid,
            image,
        })
    }
}
