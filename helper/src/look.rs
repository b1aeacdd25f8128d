//! The machine at one moment, and finding targets in it.

use alloc::vec;
use alloc::vec::Vec;

use crate::targets::Target;
use crate::{Code, Host, Process, Row};

/// The connections, and then the processes, of one moment.
pub struct Look {
    /// Every connection.
    pub rows: Vec<Row>,
    processes: Vec<Process>,
}

impl Look {
    /// Looks.
    pub fn take(host: &mut dyn Host) -> Result<Self, Code> {
        let rows = host.connections()?;
        let mut processes = host.processes()?;
        processes.sort_unstable_by_key(|process| process.pid);
        Ok(Look { rows, processes })
    }

    /// The program of a process; empty when there is no such process, or none that can be seen.
    pub fn image_of(&self, pid: u32) -> &str {
        self.processes
            .binary_search_by_key(&pid, |process| process.pid)
            .ok()
            .and_then(|index| self.processes.get(index))
            .map_or("", |process| &process.image)
    }
}

/// Targets, arranged so that each row of a table is looked up among them in logarithmic time.
pub struct Index<'t> {
    targets: &'t [Target],
    /// Positions in `targets`, in the order of their connections.
    order: Vec<usize>,
}

impl<'t> Index<'t> {
    /// Arranges the targets. `None` when two of them are the same connection.
    pub fn new(targets: &'t [Target]) -> Option<Self> {
        let mut order: Vec<usize> = (0..targets.len()).collect();
        let connection = |position: &usize| targets.get(*position).map(|target| target.connection);
        order.sort_unstable_by_key(connection);
        let twice = order.windows(2).any(|pair| match pair {
            [one, other] => connection(one) == connection(other),
            _ => false,
        });
        if twice {
            return None;
        }
        Some(Index { targets, order })
    }

    /// What the table says of each target: one answer a target, in their own order. A row that is over counts only
    /// when there is no other.
    pub fn find<'r>(&self, rows: &'r [Row]) -> Vec<Option<&'r Row>> {
        let mut found: Vec<Option<&Row>> = vec![None; self.targets.len()];
        for row in rows {
            let position = self.order.binary_search_by(|position| {
                let target = self.targets.get(*position).map(|target| target.connection);
                target.cmp(&Some(row.connection))
            });
            let slot = position
                .ok()
                .and_then(|position| self.order.get(position))
                .and_then(|position| found.get_mut(*position));
            if let Some(slot) = slot {
                if slot.map_or(true, |earlier| earlier.state.is_over()) {
                    *slot = Some(row);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
