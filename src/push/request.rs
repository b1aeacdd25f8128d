//! What the helper is asked to do, and the pipeline that asks it.

use std::time::Duration;

use super::{exe::HelperExe, tcp::TcpConnection};
use crate::remoting::{clixml::Value, pipeline::Pipeline};

/// One run of the helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// List the connections of the Exchange processes, or of every process.
    List {
        /// Every process, not just Exchange's.
        all: bool,
    },
    /// Close exactly these connections.
    Close(Vec<TcpConnection>),
}

/// What is run on the server; PowerShell 2.0.
pub const SCRIPT: &str = include_str!("run-helper.ps1");

/// The helper's own work is bounded to seconds; beyond this it is stuck and is killed.
const TIMEOUT: Duration = Duration::from_secs(60);

impl Request {
    /// The pipeline that pushes the helper, runs it with this request and removes it.
    pub fn pipeline(&self, exe: &HelperExe) -> Pipeline {
        script()
            .parameter("Bytes", Value::Bytes(exe.bytes().to_vec()))
            .parameter("Sha256", exe.sha256())
            .parameter("Arguments", Value::strings(self.arguments()))
            .parameter("InputText", self.input())
            .parameter("TimeoutSeconds", Value::I32(TIMEOUT.as_secs() as i32))
    }

    /// The pipeline that removes what an interrupted run may have left, and runs nothing.
    pub fn clean_up() -> Pipeline {
        script()
    }

    fn arguments(&self) -> Vec<String> {
        match self {
            Self::List { all: false } => vec!["list".into()],
            Self::List { all: true } => vec!["list".into(), "--all".into()],
            Self::Close(targets) => {
                vec!["close".into(), "--max".into(), targets.len().to_string()]
            }
        }
    }

    /// Standard input: a target a line, then how many there were, so that a list cut short closes nothing.
    fn input(&self) -> String {
        let Self::Close(targets) = self else {
            return String::new();
        };
        let mut lines: String = targets.iter().map(target_line).collect();
        lines.push_str(&format!("end {}\r\n", targets.len()));
        lines
    }
}

fn script() -> Pipeline {
    Pipeline::script(SCRIPT)
}

fn target_line(target: &TcpConnection) -> String {
    let TcpConnection {
        local,
        remote,
        pid,
        image,
        ..
    } = target;
    let family = if local.is_ipv4() { "tcp4" } else { "tcp6" };
    format!("{family} {local} {remote} {pid} {image}\r\n")
}
