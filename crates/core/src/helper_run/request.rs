//! What the helper is asked to do, and the pipeline that asks it.

use std::{net::SocketAddr, time::Duration};

use super::{exe::HelperExe, tcp::TcpConnection};
use mapisweep_winrm::psrp::{clixml::Value, pipeline::Pipeline};

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

    /// The helper's command line, without its own name.
    pub fn arguments(&self) -> Vec<String> {
        match self {
            Self::List { all: false } => vec!["list".into()],
            Self::List { all: true } => vec!["list".into(), "--all".into()],
            Self::Close(targets) => {
                vec!["close".into(), "--max".into(), targets.len().to_string()]
            }
        }
    }

    /// The helper's standard input: a target a line, then how many there were, so that a list cut short closes nothing.
    pub fn input(&self) -> String {
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
    let (local, remote) = (end(local), end(remote));
    format!("{family} {local} {remote} {pid} {image}\r\n")
}

/// An address and a port as the helper reads them: an IPv6 address has all its eight groups.
fn end(end: &SocketAddr) -> String {
    let SocketAddr::V6(end) = end else {
        return end.to_string();
    };
    let groups = end.ip().segments().map(|group| format!("{group:x}"));
    let scope = match end.scope_id() {
        0 => String::new(),
        scope => format!("%{scope}"),
    };
    format!("[{}{scope}]:{}", groups.join(":"), end.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::helper_run::TcpState;

    fn target(local: &str, remote: &str, image: &str) -> TcpConnection {
        TcpConnection {
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
            state: TcpState::Established,
            pid: 2316,
            image: image.into(),
        }
    }

    #[test]
    fn each_request_is_what_the_helper_expects() {
        let close = Request::Close(vec![
            target("10.0.0.11:6001", "10.1.4.23:50001", "store.exe"),
            target("[fe80::1%4]:6001", "[2001:db8::2]:50001", "a b.exe"),
        ]);
        let input = "tcp4 10.0.0.11:6001 10.1.4.23:50001 2316 store.exe\r\n\
                     tcp6 [fe80:0:0:0:0:0:0:1%4]:6001 [2001:db8:0:0:0:0:0:2]:50001 2316 a b.exe\r\n\
                     end 2\r\n";
        for (request, arguments, text) in [
            (Request::List { all: false }, "list", ""),
            (Request::List { all: true }, "list --all", ""),
            (close, "close --max 2", input),
        ] {
            assert_eq!(request.arguments().join(" "), arguments);
            assert_eq!(request.input(), text);
        }
    }
}
