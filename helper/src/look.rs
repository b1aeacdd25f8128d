//! The machine at one moment, and finding targets in it.

use alloc::vec;
use alloc::vec::Vec;

use crate::sort;
use crate::targets::Target;
use crate::{Code, Host, Process, Row};

/// The connections, and then the processes, of one moment.
pub struct Look {
    /// Every connection.
    pub rows: Vec<Row>,
    processes: Vec<Process>,
    by_pid: Vec<usize>,
}

impl Look {
    /// Looks.
    pub fn take(host: &mut dyn Host) -> Result<Self, Code> {
        let rows = host.connections()?;
        let processes = host.processes()?;
        let by_pid = sort::order(processes.len(), &|a, b| {
            processes[a].pid.cmp(&processes[b].pid)
        });
        Ok(Look {
            rows,
            processes,
            by_pid,
        })
    }

    /// The program of a process; empty when there is no such process, or none that can be seen.
    pub fn image_of(&self, pid: u32) -> &[u8] {
        match sort::search(&self.by_pid, &|at| self.processes[at].pid.cmp(&pid)) {
            Some(at) => &self.processes[at].image,
            None => b"",
        }
    }
}

/// Targets, arranged so that each row of a table is looked up among them in logarithmic time.
pub struct Index<'t> {
    targets: &'t [Target<'t>],
    by_connection: Vec<usize>,
}

impl<'t> Index<'t> {
    /// Arranges the targets. `None` when two of them are the same connection.
    pub fn new(targets: &'t [Target<'t>]) -> Option<Self> {
        let compare = |a: usize, b: usize| targets[a].connection.cmp(&targets[b].connection);
        let by_connection = sort::order(targets.len(), &compare);
        let same = |pair: &[usize]| compare(pair[0], pair[1]).is_eq();
        if by_connection.windows(2).any(same) {
            return None;
        }
        Some(Index {
            targets,
            by_connection,
        })
    }

    /// What the table says of each target: one answer a target, in their own order. A row that is over counts only
    /// when there is no other.
    pub fn find<'r>(&self, rows: &'r [Row]) -> Vec<Option<&'r Row>> {
        let mut found: Vec<Option<&Row>> = vec![None; self.targets.len()];
        for row in rows {
            let compare = |at: usize| self.targets[at].connection.cmp(&row.connection);
            if let Some(at) = sort::search(&self.by_connection, &compare) {
                if found[at].map_or(true, |earlier| earlier.state.is_over()) {
                    found[at] = Some(row);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
