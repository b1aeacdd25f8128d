//! `Invoke-MapisweepHelper`, a function of the script of [`batch`](super::batch), done as its text says: write the
//! helper, check it, run it, remove it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mapisweep_winrm::psrp::clixml::Value;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;

use super::parameters;
use crate::{
    event::What,
    fault::HelperFault,
    powershell::{
        Command, Outcome, Runspace,
        object::{array, object, text_or_null},
    },
    psrp::Voice,
    windows::{
        helper::{self, Ended, Machine},
        pe,
    },
    wine::{self, Testbed},
};

/// Windows Server 2008, the oldest that the simulated servers run.
const WINDOWS: (u16, u16) = (6, 0);

/// What the function puts out.
struct Report {
    path: String,
    step: &'static str,
    failure: Option<Failure>,
    stale_removed: bool,
    ended: Option<Ended>,
}

/// Why a step failed: Windows' words, and a Win32 error where there is one.
#[derive(Clone)]
struct Failure {
    message: String,
    code: i32,
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            code: 0,
        }
    }
}

pub(super) async fn run(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    parameters::check(parameters::HELPER, command)?;
    let mut report = Report {
        path: helper::path(),
        step: "wait",
        failure: None,
        stale_removed: false,
        ended: None,
    };
    let turn = take_turn(runspace, command).await;
    report.failure = match turn {
        Ok(_) => run_steps(runspace, command, &mut report).await.err(),
        Err(ref failure) => Some(failure.clone()),
    };
    voice.output(report.to_value(runspace));
    Ok(())
}

/// One run at a time: the others wait, but not for ever.
async fn take_turn(runspace: &Runspace, command: &Command) -> Result<OwnedMutexGuard<()>, Failure> {
    let turn = {
        let mut state = runspace.world.state();
        state.machine(&runspace.server).turn.clone()
    };
    let limit = seconds(command, "WaitSeconds");
    let waited = tokio::time::timeout(limit, turn.lock_owned()).await;
    waited.map_err(|_| {
        let message = format!("it has not ended within {} s", limit.as_secs());
        Failure::from(message.as_str())
    })
}

fn seconds(command: &Command, parameter: &str) -> Duration {
    let seconds = command.number(parameter);
    let seconds = seconds.and_then(|seconds| seconds.try_into().ok());
    Duration::from_secs(seconds.unwrap_or_default())
}

async fn run_steps(
    runspace: &Runspace,
    command: &Command,
    report: &mut Report,
) -> Result<(), Failure> {
    const SHARING_VIOLATION: i32 = 32;
    report.step = "stale";
    let removed = runspace
        .world
        .state()
        .machine(&runspace.server)
        .files
        .remove(&report.path);
    report.stale_removed = removed.map_err(|in_use| Failure {
        message: in_use.to_string(),
        code: SHARING_VIOLATION,
    })?;
    let Some(bytes) = command.parameter("Bytes").and_then(Value::as_bytes) else {
        return Ok(());
    };
    let fault = runspace
        .world
        .state()
        .machine(&runspace.server)
        .faults()
        .helper;
    report.step = "write";
    let pushed = Pushed::write(runspace, &report.path, bytes);
    report.step = "hash";
    let wanted = command.text_of("Sha256");
    if fault == HelperFault::HashMismatch || !pushed.sha256().eq_ignore_ascii_case(&wanted) {
        return Err("the SHA-256 of the file on the server differs".into());
    }
    report.step = "start";
    start(bytes, fault)?;
    report.step = "run";
    let timeout = seconds(command, "TimeoutSeconds");
    let arguments = command
        .parameter("Arguments")
        .map(texts)
        .unwrap_or_default();
    let input = command.text_of("InputText");
    let ended = tokio::time::timeout(timeout, pushed.run(fault, arguments, input))
        .await
        .map_err(|_| "the helper did not finish in time")?;
    report.ended = Some(ended);
    report.step = "done";
    Ok(())
}

/// Whether Windows would start the file.
fn start(bytes: &[u8], fault: HelperFault) -> Result<(), Failure> {
    if fault == HelperFault::BlockedByPolicy {
        const DISABLED_BY_POLICY: i32 = 1260;
        return Err(Failure {
            message: "This program is blocked by group policy. For more information, contact your system administrator"
                .to_owned(),
            code: DISABLED_BY_POLICY,
        });
    }
    pe::check(bytes, WINDOWS).map_err(|not_a_program| Failure {
        message: "The specified executable is not a valid application for this OS platform."
            .to_owned(),
        code: not_a_program.win32_code(),
    })
}

fn texts(value: &Value) -> Vec<String> {
    match value.as_list() {
        Some(items) => items.iter().map(Value::display).collect(),
        None => vec![value.display()],
    }
}

/// The file on the server, and the process that runs from it. Dropping it is the function's `finally`: it happens also
/// when the pipeline is stopped or its shell deleted.
struct Pushed<'a> {
    runspace: &'a Runspace,
    path: &'a str,
    killed: Arc<AtomicBool>,
}

impl<'a> Pushed<'a> {
    fn write(runspace: &'a Runspace, path: &'a str, bytes: &[u8]) -> Self {
        let mut state = runspace.world.state();
        state.machine(&runspace.server).files.write(path, bytes);
        drop(state);
        Self {
            runspace,
            path,
            killed: Arc::default(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut state = self.runspace.world.state();
        let bytes = state.machine(&self.runspace.server).files.read(self.path);
        bytes.unwrap_or_default().to_vec()
    }

    fn sha256(&self) -> String {
        let digest = Sha256::digest(self.bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    async fn run(&self, fault: HelperFault, arguments: Vec<String>, input: String) -> Ended {
        self.hold(true);
        if fault == HelperFault::Hangs {
            std::future::pending::<()>().await;
        }
        let is_closing = arguments.first().is_some_and(|verb| verb == "close");
        let Runspace { world, server, .. } = self.runspace;
        let ended = match &world.testbed {
            Some(testbed) => {
                self.run_under_wine(testbed, fault, &arguments, &input)
                    .await
            }
            None => self.run_natively(fault, arguments.clone(), input).await,
        };
        let ended = match fault {
            HelperFault::Dies => ended.cut_short(),
            // a list it can be relied upon for
            HelperFault::ReportsNothing if is_closing => ended.of_nothing(),
            HelperFault::ReportsAnother if is_closing => ended.of_another(),
            _ => ended,
        };
        let exit_code = ended.exit_code;
        world.tell(
            server,
            What::Helper {
                arguments,
                exit_code,
            },
        );
        ended
    }

    /// Runs the helper's own logic on the simulated table.
    async fn run_natively(
        &self,
        fault: HelperFault,
        arguments: Vec<String>,
        input: String,
    ) -> Ended {
        let Runspace { world, server, .. } = self.runspace;
        let mut machine = Machine::new(world.clone(), server.clone(), fault);
        machine.killed = self.killed.clone();
        let task = tokio::task::spawn_blocking(move || machine.run(&arguments, &input));
        task.await.unwrap_or_else(|_| Ended::crashed(String::new()))
    }

    /// Runs the bytes that are on the server now.
    async fn run_under_wine(
        &self,
        testbed: &Testbed,
        fault: HelperFault,
        arguments: &[String],
        input: &str,
    ) -> Ended {
        let run = wine::run_helper(testbed, &self.bytes(), arguments, input, fault).await;
        run.unwrap_or_else(|error| Ended::crashed(error.to_string()))
    }

    /// The file is in use, and the process there, as long as it runs.
    fn hold(&self, running: bool) {
        let mut state = self.runspace.world.state();
        let machine = state.machine(&self.runspace.server);
        machine.files.hold(self.path, running);
        machine.helpers_running = usize::from(running);
    }
}

impl Drop for Pushed<'_> {
    fn drop(&mut self) {
        self.killed.store(true, Ordering::Relaxed);
        self.hold(false);
        let mut state = self.runspace.world.state();
        // it was just let go of, so it is not in use
        let _ = state.machine(&self.runspace.server).files.remove(self.path);
    }
}

impl Report {
    fn to_value(&self, runspace: &Runspace) -> Value {
        let mut state = runspace.world.state();
        let removed = state
            .machine(&runspace.server)
            .files
            .read(&self.path)
            .is_none();
        let failure = self.failure.as_ref();
        let exit_code = self
            .ended
            .as_ref()
            .map_or(Value::Null, |ended| Value::I32(ended.exit_code));
        let output = self.ended.as_ref().map(|ended| lines(&ended.output));
        object(&[
            "System.Management.Automation.PSCustomObject",
            "System.Object",
        ])
        .note("Path", self.path.as_str())
        .note("Step", self.step)
        .note(
            "Failure",
            text_or_null(failure.map(|failure| failure.message.clone())),
        )
        .note("FailureCode", failure.map_or(0, |failure| failure.code))
        .note("StaleRemoved", self.stale_removed)
        .note("ExitCode", exit_code)
        .note("Output", array("System.String", output.unwrap_or_default()))
        .note("Removed", removed)
        .build()
    }
}

/// What was printed, in lines without their ends.
fn lines(output: &str) -> Vec<Value> {
    let output = output.replace('\r', "");
    output.split('\n').map(Value::from).collect()
}
