//! What the program needs of the machine it runs on.
//!
//! The exe implements [`Host`] with Windows calls; the lab implements it over a simulated table; the unit tests
//! over scripted ones.

use alloc::vec::Vec;

use crate::text::{word, Reader};
use crate::FourTuple;

/// A Win32 error code, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u32);

impl Code {
    /// `ERROR_ACCESS_DENIED`.
    pub const ACCESS_DENIED: Code = Code(5);
    /// `ERROR_NOT_SUPPORTED`: what a machine answers that has no way to do this at all.
    pub const NOT_SUPPORTED: Code = Code(50);
    /// What `SetTcpEntry` answers both when the caller is not elevated and when there is no such connection.
    pub const NOT_ELEVATED_OR_NO_SUCH_CONNECTION: Code = Code(317);
}

/// The state of a connection as Windows counts it (`MIB_TCP_STATE`), 1 to 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State(pub u32);

impl State {
    /// Not looked at. Windows has no such number.
    pub const UNKNOWN: State = State(0);
    /// No connection at all.
    pub const CLOSED: State = State(1);
    /// Not a connection but a socket that waits for one.
    pub const LISTEN: State = State(2);
    /// The normal state.
    pub const ESTABLISHED: State = State(5);
    /// The client has closed, the process has not.
    pub const CLOSE_WAIT: State = State(8);
    /// Ended; the system remembers the address pair for a while.
    pub const TIME_WAIT: State = State(11);

    /// The name used in reports; `unknown` for a number that is not of the table.
    pub fn name(self) -> &'static [u8] {
        word(
            "unknown closed listen syn_sent syn_received established fin_wait_1 fin_wait_2 close_wait closing \
             last_ack time_wait delete_tcb",
            if self.0 > 12 { 0 } else { self.0 },
        )
    }

    /// The state of this name; for the client, which reads it.
    #[cfg(any(test, feature = "std"))]
    pub fn named(name: &str) -> Option<Self> {
        let is_it = |state: &State| state.name() == name.as_bytes();
        (0..=12).map(State).find(is_it)
    }

    /// Whether no process holds this any longer: closed, time-wait, or being deleted.
    pub fn is_over(self) -> bool {
        matches!(self.0, 1 | 11 | 12)
    }
}

/// One row of the connection table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Both ends. A listening socket has an unspecified remote end.
    pub connection: FourTuple,
    /// Its state.
    pub state: State,
    /// The process that owns it; 0 where the system names none.
    pub pid: u32,
}

/// The running processes, and the file names of their programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processes {
    /// One after the other: the number, in four bytes, the name, and a zero byte.
    text: Vec<u8>,
}

impl Processes {
    /// Adds a process: its number, and the file name of its program without the directory, in UTF-16. Of that visible
    /// ASCII characters are kept; each other becomes a `?`. As no file name has one, such a name is the same as none
    /// that the caller can give.
    ///
    /// ```
    /// let mut processes = mapisweep_helper::Processes::default();
    /// processes.add(2316, "store.exe".encode_utf16());
    /// ```
    pub fn add(&mut self, pid: u32, image: impl IntoIterator<Item = u16>) {
        self.text.extend_from_slice(&pid.to_ne_bytes());
        for unit in image {
            self.text.push(match u8::try_from(unit) {
                Ok(byte @ b' '..=b'~') if byte != b'"' && byte != b'\\' => byte,
                _ => b'?',
            });
        }
        self.text.push(0);
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
    }

    /// The program of a process; empty when there is no such process, or none that can be seen. A machine has some
    /// hundred processes, too few to be put in order.
    pub(crate) fn image_of(&self, pid: u32) -> &[u8] {
        let mut text = &self.text[..];
        while let [a, b, c, d, rest @ ..] = text {
            let mut rest = Reader::new(rest);
            let image = rest.until(0);
            if u32::from_ne_bytes([*a, *b, *c, *d]) == pid {
                return image;
            }
            text = rest.rest();
        }
        b""
    }
}

/// The machine: what it shows, and the one thing that may be done to it.
pub trait Host {
    /// Whether this process has the rights of an administrator *now*, not only the membership.
    fn elevated(&mut self) -> bool;

    /// Shows every TCP connection of the machine, IPv4 and IPv6, as it is now. After an error what was shown counts for
    /// nothing.
    fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code>;

    /// Adds every process of the machine, as it is now.
    fn processes(&mut self, processes: &mut Processes) -> Result<(), Code>;

    /// Asks the system to end this connection. `Ok` says only that the system took the order.
    fn close(&mut self, connection: &FourTuple) -> Result<(), Code>;

    /// Waits.
    fn pause(&mut self, milliseconds: u32);
}

/// Where the target list comes from.
pub trait Input {
    /// Fills the front of `buffer`; 0 bytes is the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Code>;
}

/// Where the report goes.
pub trait Output {
    /// Writes all of it.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Code>;
}

impl Input for &[u8] {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Code> {
        let count = self.len().min(buffer.len());
        let (now, later) = self.split_at(count);
        for (slot, byte) in buffer.iter_mut().zip(now) {
            *slot = *byte;
        }
        *self = later;
        Ok(count)
    }
}

impl Output for Vec<u8> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Code> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
