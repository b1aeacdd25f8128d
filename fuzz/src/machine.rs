//! A machine for the helper that changes behind its back, and remembers what it had shown when it was told to close a
//! connection.

use arbitrary::Arbitrary;
use mapisweep_helper::{Code, Exit, FourTuple, Host, Processes, Row, State};

/// Runs the helper with arguments that are each ended by a zero byte: how it ended, and what it wrote.
pub fn run(arguments: &[u8], mut input: &[u8], machine: &mut Machine) -> (Exit, String) {
    let mut output = Vec::new();
    let exit = mapisweep_helper::run(arguments, &mut input, machine, &mut output);
    assert!(output.is_ascii());
    (exit, String::from_utf8(output).expect("ASCII is UTF-8"))
}

/// The machine.
#[derive(Debug, Default)]
pub struct Machine {
    /// Whether the helper has an administrator's rights.
    pub elevated: bool,
    /// What it has, and shows when asked.
    pub now: Scene,
    /// What it last showed.
    pub shown: Scene,
    /// What happens before each of the helper's calls; the last one comes first.
    pub events: Vec<Event>,
    /// What it was told to close.
    pub orders: Vec<Order>,
    /// It agrees to close connections and does not.
    pub idles: bool,
}

/// Connections, and processes with their programs.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The connection table.
    pub rows: Vec<Row>,
    /// The processes.
    pub processes: Vec<(u32, String)>,
}

/// What happens behind the helper's back, to the row or process of this number.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Event {
    /// Nothing.
    Quiet,
    /// The call fails.
    Failure,
    /// From now on nothing is closed, whatever the answer.
    Idles,
    /// A connection ends, its row stays.
    Ends(u8),
    /// A row goes.
    Vanishes(u8),
    /// A connection goes to another process.
    ChangesHands(u8),
    /// A process makes way for another of its number.
    IsReplaced(u8),
}

/// An order to close a connection, and what the helper had been shown by then.
#[derive(Debug)]
pub struct Order {
    /// What to close.
    pub connection: FourTuple,
    /// Whether the machine agreed to.
    pub taken: bool,
    /// What was shown last.
    pub shown: Scene,
}

impl Scene {
    /// The connection's row, unless it is over.
    pub fn live(&self, connection: &FourTuple) -> Option<&Row> {
        let is_it = |row: &&Row| row.connection == *connection && !row.state.is_over();
        self.rows.iter().find(is_it)
    }

    /// The program of a process.
    pub fn image(&self, pid: u32) -> Option<&str> {
        let (_, image) = self.processes.iter().find(|(own, _)| *own == pid)?;
        Some(image)
    }
}

impl Machine {
    fn something_happens(&mut self) -> Result<(), Code> {
        let Scene { rows, processes } = &mut self.now;
        match self.events.pop().unwrap_or(Event::Quiet) {
            Event::Quiet => {}
            Event::Failure => return Err(Code(87)),
            Event::Idles => self.idles = true,
            Event::Ends(index) => {
                if let Some(row) = rows.get_mut(usize::from(index)) {
                    row.state = State::TIME_WAIT;
                }
            }
            Event::Vanishes(index) if usize::from(index) < rows.len() => {
                rows.remove(index.into());
            }
            Event::Vanishes(_) => {}
            Event::ChangesHands(index) => {
                if let Some(row) = rows.get_mut(usize::from(index)) {
                    row.pid ^= 1;
                }
            }
            Event::IsReplaced(index) => {
                if let Some((_, image)) = processes.get_mut(usize::from(index)) {
                    *image = "another.exe".to_owned();
                }
            }
        }
        Ok(())
    }
}

impl Host for Machine {
    fn elevated(&mut self) -> bool {
        self.elevated
    }

    fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code> {
        self.something_happens()?;
        self.shown.rows = self.now.rows.clone();
        self.shown.rows.iter().for_each(show);
        Ok(())
    }

    fn processes(&mut self, processes: &mut Processes) -> Result<(), Code> {
        self.something_happens()?;
        self.shown.processes = self.now.processes.clone();
        for (pid, image) in &self.shown.processes {
            processes.add(*pid, image.encode_utf16());
        }
        Ok(())
    }

    fn close(&mut self, connection: &FourTuple) -> Result<(), Code> {
        let answer = self.something_happens();
        self.orders.push(Order {
            connection: *connection,
            taken: answer.is_ok(),
            shown: self.shown.clone(),
        });
        if answer.is_ok() && !self.idles {
            self.now.rows.retain(|row| row.connection != *connection);
        }
        answer
    }

    fn pause(&mut self, _: u32) {}
}
