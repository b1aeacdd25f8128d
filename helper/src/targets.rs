//! The connections to close: as they were planned, as they are seen, and what came of them.

use alloc::vec;
use alloc::vec::Vec;

use crate::contract::target::{Planned, END};
use crate::contract::TARGETS_LIMIT;
use crate::detail::Detail;
use crate::text::Reader;
use crate::{Code, Error, ErrorKind, FourTuple, Host, State};

/// A connection that the client planned to close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'t> {
    /// Both ends, exact.
    pub connection: FourTuple,
    /// The process that owned it when it was planned.
    pub pid: u32,
    /// That process's program.
    pub image: &'t [u8],
    /// Its state when the table was last looked at; closed when it was not there.
    pub state: State,
    /// The process that owned it then.
    pub owner: u32,
    /// What came of it.
    pub detail: Detail,
    /// Its state before anything was done.
    pub state_before: State,
    /// The Win32 error that the system answered to the order to close it, or to look at it; 0 if there was none.
    pub code: u32,
}

/// The targets of a run, arranged so that each row of a table is looked up among them at once, however many there are.
pub struct Targets<'t> {
    /// In the order in which they were given.
    pub list: Vec<Target<'t>>,
    /// For each place the target that stands there, its position plus one; 0 is an empty place. A target whose place
    /// is taken stands in the next free one. Most places are empty, whatever the number of targets.
    places: Vec<u32>,
}

const PLACES: usize = 1 << 16;
const _: () = assert!(TARGETS_LIMIT as usize * 2 < PLACES);

impl Default for Targets<'_> {
    fn default() -> Self {
        Targets {
            list: Vec::new(),
            places: vec![0; PLACES],
        }
    }
}

impl<'t> Targets<'t> {
    /// Adds a whole list. Lines may end in CRLF or LF, and a byte order mark at the front is skipped. After an error
    /// no line of the list may be acted upon, whatever the others say.
    pub fn read(&mut self, text: &'t [u8], max: u32) -> Result<(), Error> {
        let mut reader = Reader::new(text);
        reader.take("\u{feff}".as_bytes());
        while !reader.is_at_end() {
            let count = self.list.len() as u32;
            let mut line = reader.until(b'\n');
            if let [front @ .., b'\r'] = line {
                line = front;
            }
            let mut end = Reader::new(line);
            if end.take(END.as_bytes()) {
                if end.number(10, u32::MAX) != count || !end.ended_well() {
                    return Err(ErrorKind::ListOfOtherLength.into());
                }
                if !reader.is_at_end() {
                    return Err(ErrorKind::ListGoesOn.into());
                }
                if count == 0 {
                    return Err(ErrorKind::NoTargets.into());
                }
                return Ok(());
            }
            if count == max {
                return Err(ErrorKind::TooManyTargets.into());
            }
            self.read_line(line).map_err(|kind| kind.with(count + 1))?;
        }
        Err(ErrorKind::ListCutOff.into())
    }

    fn read_line(&mut self, line: &'t [u8]) -> Result<(), ErrorKind> {
        let planned = Planned::read(line).ok_or(ErrorKind::NotATarget)?;
        self.add(planned.connection, planned.pid, planned.image)
    }

    /// Adds a target as it was planned, unless its connection is there already. Nothing is seen of it, and nothing came
    /// of it yet.
    pub fn add(
        &mut self,
        connection: FourTuple,
        pid: u32,
        image: &'t [u8],
    ) -> Result<(), ErrorKind> {
        let place = self.place(&connection);
        if self.places[place] != 0 {
            return Err(ErrorKind::SameTarget);
        }
        self.list.push(Target {
            connection,
            pid,
            image,
            state: State::CLOSED,
            owner: 0,
            detail: Detail::NotLookedAt,
            state_before: State::UNKNOWN,
            code: 0,
        });
        self.places[place] = self.list.len() as u32;
        Ok(())
    }

    /// Looks for all of them in the machine's table. A row that is over counts only when there is no other.
    pub fn look(&mut self, host: &mut dyn Host) -> Result<(), Code> {
        for target in &mut self.list {
            target.state = State::CLOSED;
            target.owner = 0;
        }
        host.connections(&mut |row| {
            let place = self.places[self.place(&row.connection)];
            if let Some(target) = self.list.get_mut((place as usize).wrapping_sub(1)) {
                if target.state.is_over() {
                    target.state = row.state;
                    target.owner = row.pid;
                }
            }
        })
    }

    /// The place where this connection stands, or would stand.
    fn place(&self, connection: &FourTuple) -> usize {
        let mut place = connection.hash();
        loop {
            match self.places[place as usize] {
                0 => return place.into(),
                target if self.list[target as usize - 1].connection == *connection => {
                    return place.into()
                }
                _ => place = place.wrapping_add(1),
            }
        }
    }
}

#[cfg(test)]
mod tests;
