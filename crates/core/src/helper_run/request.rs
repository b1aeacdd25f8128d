//! What the helper is asked to do, and the question that asks it.

use std::time::Duration;

use mapisweep_helper::{arguments::Command, contract::target::List, images::Images};
use mapisweep_winrm::psrp::clixml::Value;

use super::{exe::HelperExe, tcp::TcpConnection};
use crate::batch::Question;

/// One run of the helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelperRequest {
    /// List the connections of the Exchange processes, or of every process.
    List {
        /// Every process, not just Exchange's.
        all: bool,
    },
    /// Close exactly these connections.
    Close(Vec<TcpConnection>),
}

/// The function of the script that pushes, runs and removes the helper.
pub const FUNCTION: &str = "Invoke-MapisweepHelper";

/// What the function's result object has.
const COLUMNS: [&str; 8] = [
    "Path",
    "Step",
    "Failure",
    "FailureCode",
    "StaleRemoved",
    "ExitCode",
    "Output",
    "Removed",
];

/// The helper's own work is bounded to seconds; beyond this it is stuck and is killed.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a run waits for another administrator's to end: most take a second.
const WAIT: Duration = Duration::from_secs(15);

/// The same for cleaning up, which is asked for more than once.
const SHORT_WAIT: Duration = Duration::from_secs(2);

impl HelperRequest {
    /// Has the helper pushed, run with this request, and removed.
    pub fn question(&self, exe: &HelperExe) -> Question {
        waiting(WAIT)
            .parameter("Bytes", Value::Bytes(exe.bytes().to_vec()))
            .parameter("Sha256", exe.sha256())
            .parameter("Arguments", Value::strings(self.arguments()))
            .parameter("InputText", self.input())
            .parameter("TimeoutSeconds", seconds(TIMEOUT))
    }

    /// Has removed what an interrupted run may have left, and runs nothing.
    pub fn clean_up() -> Question {
        waiting(SHORT_WAIT)
    }

    /// The helper's command line, without its own name.
    pub fn arguments(&self) -> Vec<String> {
        let command = match self {
            Self::List { all } => Command {
                max: None,
                images: if *all { Images::All } else { Images::EXCHANGE },
            },
            Self::Close(targets) => Command {
                // more than it accepts it refuses
                max: Some(targets.len().try_into().unwrap_or(u32::MAX)),
                images: Images::EXCHANGE,
            },
        };
        command.to_arguments()
    }

    /// The helper's standard input: the targets of closing.
    pub fn input(&self) -> String {
        let Self::Close(targets) = self else {
            return String::new();
        };
        let mut list = List::default();
        for target in targets {
            list.add(target.local, target.remote, target.pid, &target.image);
        }
        list.end()
    }
}

fn waiting(limit: Duration) -> Question {
    Question::of(FUNCTION, &COLUMNS).parameter("WaitSeconds", seconds(limit))
}

fn seconds(duration: Duration) -> Value {
    Value::I32(duration.as_secs() as i32)
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
        let close = HelperRequest::Close(vec![
            target("10.0.0.11:6001", "10.1.4.23:50001", "store.exe"),
            target("[fe80::1%4]:6001", "[2001:db8::2]:50001", "a b.exe"),
        ]);
        let input = "tcp4 10.0.0.11:6001 10.1.4.23:50001 2316 store.exe\r\n\
                     tcp6 [fe80:0:0:0:0:0:0:1%4]:6001 [2001:db8:0:0:0:0:0:2]:50001 2316 a b.exe\r\n\
                     end 2\r\n";
        for (request, arguments, text) in [
            (HelperRequest::List { all: false }, "list", ""),
            (HelperRequest::List { all: true }, "list --all", ""),
            (close, "close --max 2", input),
        ] {
            assert_eq!(request.arguments().join(" "), arguments);
            assert_eq!(request.input(), text);
        }
    }
}
