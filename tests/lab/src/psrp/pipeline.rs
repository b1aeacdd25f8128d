//! One pipeline: from its messages to its last state. \[MS-PSRP\] 3.2.5.4

use std::sync::Arc;

use mapisweep_winrm::psrp::{
    clixml::Value,
    fragment::Defragmenter,
    message::{Message, MessageType},
};
use tokio::{
    sync::{
        Notify,
        mpsc::{self, UnboundedSender},
    },
    task::JoinHandle,
};

use super::{Malformed, Outbox, Voice, messages};
use crate::{
    event::What,
    powershell::{Command, ErrorRecord, Runspace, object::object},
    site::Site,
};

/// A pipeline on the server; dropping it ends it, without a word to the client.
pub(crate) struct Pipeline {
    runspace: Arc<Runspace>,
    defragmenter: Defragmenter,
    voice: Voice,
    running: Option<Running>,
}

struct Running {
    task: JoinHandle<()>,
    stop: Arc<Notify>,
    /// Gone once the client has said that nothing more comes.
    input: Option<UnboundedSender<Value>>,
}

/// PSInvocationState. \[MS-PSRP\] 2.2.3.5
#[derive(Clone, Copy)]
enum State {
    Stopped = 3,
    Completed = 4,
    Failed = 5,
}

impl Pipeline {
    pub(super) fn new(runspace: Arc<Runspace>, voice: Voice) -> Self {
        Self {
            runspace,
            defragmenter: Defragmenter::default(),
            voice,
            running: None,
        }
    }

    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.voice.outbox
    }

    /// Takes messages that concern this pipeline.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        for message in messages(&mut self.defragmenter, bytes)? {
            match message.kind {
                MessageType::CreatePipeline => self.start(&message)?,
                MessageType::PipelineInput => {
                    if let Some(input) = self
                        .running
                        .as_ref()
                        .and_then(|running| running.input.as_ref())
                    {
                        // a pipeline that no longer reads does not mind
                        let _ = input.send(message.data);
                    }
                }
                MessageType::EndOfPipelineInput => {
                    if let Some(running) = &mut self.running {
                        running.input = None;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Asks the pipeline to stop; it will say so when it has.
    pub fn stop(&mut self) {
        if let Some(running) = &self.running {
            running.stop.notify_one();
        }
    }

    fn start(&mut self, create: &Message) -> Result<(), Malformed> {
        let commands = Command::read_all(&create.data).ok_or(Malformed)?;
        let no_input = create
            .data
            .get("NoInput")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        self.voice.pool = create.pool;
        self.voice.pipeline = create.pipeline;
        let what = commands
            .iter()
            .map(Command::summary)
            .collect::<Vec<_>>()
            .join(" | ");
        let Runspace {
            world,
            server,
            site,
            ..
        } = &*self.runspace;
        let what = match site {
            Site::Plain => what,
            Site::Exchange => format!("/PowerShell: {what}"),
        };
        world.tell(server, What::Pipeline { what });
        let (input, inbox) = mpsc::unbounded_channel();
        let stop = Arc::<Notify>::default();
        let task = {
            let runspace = self.runspace.clone();
            let voice = self.voice.clone();
            let stop = stop.clone();
            async move {
                let outcome = tokio::select! {
                    biased;
                    () = stop.notified() => Err((State::Stopped, ErrorRecord::stopped())),
                    outcome = runspace.run(&commands, inbox, &voice) => outcome.map_err(|error| (State::Failed, error)),
                };
                conclude(&voice, outcome);
            }
        };
        self.running = Some(Running {
            task: tokio::spawn(task),
            stop,
            input: (!no_input).then_some(input),
        });
        Ok(())
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.task.abort();
        }
        self.voice.outbox.abort();
    }
}

fn conclude(voice: &Voice, outcome: Result<(), (State, ErrorRecord)>) {
    let (state, error) = match outcome {
        Ok(()) => (State::Completed, None),
        Err((state, error)) => (state, Some(error)),
    };
    let mut data = object(&[]).note("PipelineState", state as i32);
    if let Some(error) = error {
        data = data.note("ExceptionAsErrorRecord", error.to_value());
    }
    voice.say(MessageType::PipelineState, data.build());
    voice.outbox.finish();
}
