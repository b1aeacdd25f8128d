//! The helper as a process of a simulated machine: its own logic, over the machine's connection table.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mapisweep_helper::{Code, FourTuple, Host, Processes, Row, State};

use super::{files::PROGRAM_FILES, tcp_table::TcpRow};
use crate::{fault::HelperFault, organization::ServerSpec, world::World};

/// The program's file name.
const IMAGE: &str = "mapisweep-helper.exe";

/// Where mapisweep puts it.
pub(crate) fn path() -> String {
    format!(r"{PROGRAM_FILES}\mapisweep\{IMAGE}")
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub exit_code: i32,
    pub output: String,
}

impl Ended {
    /// It got so far, then broke.
    pub fn crashed(output: String) -> Self {
        const ACCESS_VIOLATION: i32 = 0xc000_0005_u32.cast_signed();
        Self {
            exit_code: ACCESS_VIOLATION,
            output,
        }
    }

    /// The same run, had it said that it did nothing.
    pub fn of_nothing(mut self) -> Self {
        let head = self.output.lines().next().unwrap_or_default();
        self.output = format!("{head}\r\n{{\"summary\":{{\"targets\":0}}}}\r\n");
        self
    }

    /// The same run, had it said of its first target that it was another client's.
    pub fn of_another(mut self) -> Self {
        const REMOTE: &str = r#""remote":""#;
        if let Some(at) = self.output.find(REMOTE) {
            let client = at + REMOTE.len();
            let end = self.output[client..].find('"').unwrap_or_default();
            self.output
                .replace_range(client..client + end, "10.9.9.9:9");
        }
        self
    }

    /// The same run, had it broken in the middle of its last line.
    pub fn cut_short(mut self) -> Self {
        let last_line = self.output.trim_end().rfind('\n').map_or(0, |end| end + 1);
        self.output.truncate(last_line + 5);
        Self::crashed(self.output)
    }
}

/// The machine as the helper sees it.
pub(crate) struct Machine {
    pub world: Arc<World>,
    pub server: ServerSpec,
    pub fault: HelperFault,
    /// Set when the process is killed: nothing more happens to the machine.
    pub killed: Arc<AtomicBool>,
    /// Closed only in the eyes of the helper.
    hidden: Vec<SocketAddr>,
}

impl Machine {
    pub fn new(world: Arc<World>, server: ServerSpec, fault: HelperFault) -> Self {
        Self {
            world,
            server,
            fault,
            killed: Arc::default(),
            hidden: Vec::new(),
        }
    }

    /// Runs the helper to its end.
    pub fn run(mut self, arguments: &[String], input: &str) -> Ended {
        let mut output = Vec::new();
        let arguments: String = arguments
            .iter()
            .flat_map(|argument| [argument, "\0"])
            .collect();
        let exit = mapisweep_helper::run(
            arguments.as_bytes(),
            &mut input.as_bytes(),
            &mut self,
            &mut output,
        );
        Ended {
            exit_code: exit.code().cast_signed(),
            output: String::from_utf8_lossy(&output).into_owned(),
        }
    }

    fn rows(&self) -> Vec<TcpRow> {
        let mut rows = self.world.state().machine(&self.server).tcp.rows();
        rows.retain(|row| !self.hidden.contains(&row.remote));
        rows
    }

    fn survives(&mut self, remote: SocketAddr) -> bool {
        match self.fault {
            HelperFault::ClosesNothing => true,
            HelperFault::OneSurvives => {
                let first = self.rows().into_iter().find(|row| row.remote.port() != 0);
                first.is_some_and(|first| first.remote == remote)
            }
            HelperFault::OnlyClaims => {
                self.hidden.push(remote);
                true
            }
            _ => false,
        }
    }
}

impl Host for Machine {
    fn elevated(&mut self) -> bool {
        self.fault != HelperFault::NotElevated
    }

    fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code> {
        for row in self.rows().iter().filter_map(to_helper) {
            show(&row);
        }
        Ok(())
    }

    fn processes(&mut self, processes: &mut Processes) -> Result<(), Code> {
        let mut rows = self.world.state().machine(&self.server).tcp.rows();
        rows.sort_by_key(|row| row.pid);
        rows.dedup_by_key(|row| row.pid);
        for TcpRow { pid, image, .. } in rows {
            processes.add(pid, image.encode_utf16());
        }
        Ok(())
    }

    fn close(&mut self, connection: &FourTuple) -> Result<(), Code> {
        if self.fault == HelperFault::Denied || self.killed.load(Ordering::Relaxed) {
            return Err(Code::ACCESS_DENIED);
        }
        let rows = self.rows();
        let row = rows
            .iter()
            .find(|row| to_helper(row).is_some_and(|row| row.connection == *connection))
            .ok_or(Code::NOT_ELEVATED_OR_NO_SUCH_CONNECTION)?;
        if self.survives(row.remote) {
            return Ok(());
        }
        let mut state = self.world.state();
        if state.delete_connection(&self.server, row.local, row.remote) {
            Ok(())
        } else {
            Err(Code::NOT_ELEVATED_OR_NO_SUCH_CONNECTION)
        }
    }

    fn pause(&mut self, milliseconds: u32) {
        std::thread::sleep(Duration::from_millis(milliseconds.into()));
    }
}

fn to_helper(row: &TcpRow) -> Option<Row> {
    Some(Row {
        connection: FourTuple::between(row.local, row.remote)?,
        state: State(row.state),
        pid: row.pid,
    })
}
