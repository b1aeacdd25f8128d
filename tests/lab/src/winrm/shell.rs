//! One remote shell: a runspace pool, and a command for each of its pipelines.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use uuid::Uuid;

use crate::{
    organization::ExchangeVersion,
    powershell::Runspace,
    psrp::{Outbox, Pipeline, Pool},
    site::Running,
    soap::{Element, Fault, Node, Request, ns, upper},
};

pub(super) struct Shell {
    pub id: String,
    pub account: String,
    /// WinRM 2.0 chooses the ids of commands too.
    chooses_ids: bool,
    state: Mutex<State>,
}

struct State {
    pool: Pool,
    commands: BTreeMap<String, Command>,
}

/// A pipeline as WS-Management knows it: there until it is terminated.
struct Command {
    pipeline: Pipeline,
    /// The client has fetched its last word, and nothing can be asked of it any more but to go.
    is_done: bool,
    /// While it counts for a policy.
    running: Option<Running>,
}

/// Room that an envelope's own text takes beside the streams.
const ENVELOPE_OVERHEAD: usize = 4096;

impl Shell {
    /// Opens the shell that a Create request describes.
    pub fn open(
        id: String,
        account: &str,
        runspace: Runspace,
        request: &Request,
    ) -> Result<Self, Fault> {
        let shell = request.shell_element("Shell")?;
        let creation = shell
            .child(ns::POWERSHELL, "creationXml")
            .ok_or_else(|| Fault::schema("the shell has no creationXml"))?;
        let budget = request.max_envelope.saturating_sub(ENVELOPE_OVERHEAD) / 4 * 3;
        let chooses_ids = runspace.server.version < ExchangeVersion::Exchange2013;
        let mut pool = Pool::new(runspace, budget);
        pool.feed(&fragments(creation)?)
            .map_err(|_| Fault::invalid_parameter())?;
        Ok(Self {
            id,
            account: account.to_owned(),
            chooses_ids,
            state: Mutex::new(State {
                pool,
                commands: BTreeMap::new(),
            }),
        })
    }

    /// Begins a pipeline. Its messages may continue in Send requests.
    pub fn command(&self, request: &Request, running: Option<Running>) -> Result<Node, Fault> {
        let line = request.shell_element("CommandLine")?;
        let arguments = line
            .child(ns::SHELL, "Arguments")
            .ok_or_else(|| Fault::schema("the command line has no arguments"))?;
        let asked = line.attribute("CommandId").map(str::to_owned);
        let id = asked
            .filter(|_| !self.chooses_ids)
            .unwrap_or_else(|| upper(Uuid::new_v4()));
        let mut state = self.state();
        let mut pipeline = state.pool.pipeline();
        pipeline
            .feed(&fragments(arguments)?)
            .map_err(|_| Fault::invalid_parameter())?;
        let command = Command {
            pipeline,
            is_done: false,
            running,
        };
        state.commands.insert(id.clone(), command);
        Ok(Node::new("rsp:CommandResponse").child(Node::leaf("rsp:CommandId", id)))
    }

    pub fn send(&self, request: &Request) -> Result<Node, Fault> {
        let mut state = self.state();
        for stream in request.shell_element("Send")?.all(ns::SHELL, "Stream") {
            let bytes = fragments(stream)?;
            let fed = match stream.attribute("CommandId") {
                None => state.pool.feed(&bytes),
                Some(id) => {
                    let command = state.commands.get_mut(id);
                    let command = command.filter(|command| !command.is_done);
                    let command = command.ok_or_else(Fault::invalid_parameter)?;
                    command.pipeline.feed(&bytes)
                }
            };
            fed.map_err(|_| Fault::invalid_parameter())?;
        }
        Ok(Node::new("rsp:SendResponse"))
    }

    /// Waits for output, as long as the request allows.
    pub async fn receive(&self, request: &Request, quota: usize) -> Result<Node, Fault> {
        let desired = request
            .shell_element("Receive")?
            .child(ns::SHELL, "DesiredStream");
        let command = desired.and_then(|stream| stream.attribute("CommandId"));
        let outbox = self.outbox(command)?;
        let budget = quota
            .min(request.max_envelope)
            .saturating_sub(ENVELOPE_OVERHEAD);
        let output = tokio::time::timeout(request.operation_timeout, outbox.take(budget))
            .await
            .map_err(|_| Fault::timed_out())?
            .ok_or_else(Fault::aborted)?;
        let streams = output.fragments.into_iter().map(|fragment| {
            let stream = Node::leaf("rsp:Stream", BASE64_STANDARD.encode(fragment))
                .attribute("Name", "stdout");
            match command {
                Some(id) => stream.attribute("CommandId", id),
                None => stream,
            }
        });
        let response = Node::new("rsp:ReceiveResponse").children(streams);
        Ok(match command {
            Some(id) if output.finished => {
                if let Some(command) = self.state().commands.get_mut(id) {
                    command.is_done = true;
                    command.running = None;
                }
                response.child(done(id))
            }
            _ => response,
        })
    }

    /// Stops a pipeline, or ends it. A command that is already gone is no mistake: it may have ended on the way.
    pub fn signal(&self, request: &Request) -> Result<Node, Fault> {
        // PowerShell's own spelling, and everybody else's
        const STOP: [&str; 2] = ["powershell/signal/crtl_c", "powershell/signal/ctrl_c"];
        const TERMINATE: &str =
            "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/terminate";
        let signal = request.shell_element("Signal")?;
        let id = signal
            .attribute("CommandId")
            .ok_or_else(|| Fault::schema("the signal names no command"))?;
        let code = signal
            .child(ns::SHELL, "Code")
            .map_or("", |code| code.text.trim());
        let mut state = self.state();
        if STOP.contains(&code) {
            if let Some(command) = state.commands.get_mut(id) {
                command.pipeline.stop();
            }
        } else if code.eq_ignore_ascii_case(TERMINATE) {
            state.commands.remove(id);
        } else {
            return Err(Fault::invalid_parameter());
        }
        Ok(Node::new("rsp:SignalResponse"))
    }

    /// How many commands there are, ended ones among them.
    pub fn commands(&self) -> usize {
        self.state().commands.len()
    }

    /// Ends every pipeline; whoever waits for output is told.
    pub fn close(&self) {
        let mut state = self.state();
        state.commands.clear();
        state.pool.outbox().abort();
    }

    fn outbox(&self, command: Option<&str>) -> Result<Arc<Outbox>, Fault> {
        let state = self.state();
        match command {
            None => Ok(state.pool.outbox().clone()),
            Some(id) => state
                .commands
                .get(id)
                .filter(|command| !command.is_done)
                .map(|command| command.pipeline.outbox().clone())
                .ok_or_else(Fault::invalid_parameter),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fragments(element: &Element) -> Result<Vec<u8>, Fault> {
    BASE64_STANDARD
        .decode(element.text.trim())
        .map_err(|_| Fault::invalid_parameter())
}

fn done(command: &str) -> Node {
    const DONE: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done";
    Node::new("rsp:CommandState")
        .attribute("CommandId", command)
        .attribute("State", DONE)
        .child(Node::leaf("rsp:ExitCode", "0"))
}
