//! Whatever a server answers, the client asks one thing at a time, believes a pipeline's end only if it was told of it,
//! and comes to an end once it is closed.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use mapisweep_winrm::psrp::client::{Client, Event, Options};
use mapisweep_winrm::psrp::clixml::{self, Value};
use mapisweep_winrm::psrp::fragment::Fragmenter;
use mapisweep_winrm::psrp::message::{Destination, Message, MessageType};
use mapisweep_winrm::psrp::payload::SessionCapability;
use mapisweep_winrm::psrp::pipeline::{Pipeline, State};
use mapisweep_winrm::wsman::{
    Body, CommandState, Fault, Progress, Received, Response, Shell, Stream, names,
};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng as _;
use uuid::Uuid;

#[derive(Arbitrary, Debug)]
enum Step<'x> {
    Run,
    Stop,
    Close,
    Lost,
    Unsent,
    Created,
    Command(bool),
    Done,
    Fault(u32),
    Received(bool, Vec<Said<'x>>, Option<bool>),
}

impl Step<'_> {
    fn is_answer(&self) -> bool {
        !matches!(
            self,
            Step::Run | Step::Stop | Step::Close | Step::Lost | Step::Unsent
        )
    }
}

/// A message to the client.
#[derive(Arbitrary, Debug)]
enum Said<'x> {
    Capability,
    PoolState(u8),
    PipelineState(u8),
    Other(u8, &'x str),
}

const COMMAND: &str = "CMD";

/// Receives of what is still said, a Send to a busy server repeated, signals, and Delete.
const MOST_REQUESTS_TO_CLOSE: usize = 100;

const KINDS: [MessageType; 9] = [
    MessageType::PipelineOutput,
    MessageType::ErrorRecord,
    MessageType::ProgressRecord,
    MessageType::WarningRecord,
    MessageType::PipelineHostCall,
    MessageType::RunspacePoolHostCall,
    MessageType::EncryptedSessionKey,
    MessageType::ApplicationPrivateData,
    MessageType::PipelineState,
];

fuzz_target!(|steps: Vec<Step>| {
    // longer conversations only take longer
    let steps = &steps[..steps.len().min(40)];
    let mut client = Client::new(
        "http://ex01:5985/wsman",
        Options::default(),
        ChaCha8Rng::from_seed([7; 32]),
    );
    let mut server = Server::default();
    client.open();
    for step in steps {
        if client.poll_request().is_some() {
            assert!(client.poll_request().is_none());
        }
        match step {
            answer if answer.is_answer() => drop(client.handle_response(server.answer(answer))),
            Step::Run => server.runs += usize::from(client.run(hello()).is_ok()),
            Step::Stop => client.stop(),
            Step::Lost => client.request_lost(),
            Step::Unsent => client.request_unsent(),
            _ => client.close(),
        }
        server.check(&mut client);
    }

    client.close();
    let last = steps.iter().rev().find(|step| step.is_answer());
    for _ in 0..MOST_REQUESTS_TO_CLOSE {
        let Some(request) = client.poll_request() else {
            server.check(&mut client);
            return assert!(!client.is_running());
        };
        let step = last.filter(|_| request.action == names::ACTION_RECEIVE);
        let answer = server.answer(step.unwrap_or(&Step::Done));
        // whoever drives it gives up then
        if client.handle_response(answer).is_err() {
            return;
        }
    }
    panic!("it goes on and on");
});

fn hello() -> Pipeline {
    Pipeline::command("Write-Output")
        .argument("hello")
        .input([Value::Null])
}

/// What it has said and heard.
#[derive(Default)]
struct Server {
    fragmenter: Fragmenter,
    runs: usize,
    ends: usize,
    finished: usize,
}

impl Server {
    fn answer(&mut self, step: &Step) -> Result<Response, Box<Fault>> {
        let body = match step {
            Step::Created => Body::Created(Shell {
                resource_uri: names::RESOURCE_POWERSHELL.to_owned(),
                id: "SHELL".to_owned(),
            }),
            Step::Command(named) => Body::Command(named.then(|| COMMAND.to_owned())),
            Step::Received(to_run, said, done) => {
                Body::Received(self.received(*to_run, said, *done))
            }
            Step::Fault(number) => {
                return Err(Box::new(Fault {
                    number: Some(*number),
                    ..Fault::default()
                }));
            }
            _ => Body::Done,
        };
        Ok(Response {
            relates_to: None,
            body,
        })
    }

    fn received(&mut self, to_run: bool, said: &[Said], done: Option<bool>) -> Received {
        let command = to_run.then(|| COMMAND.to_owned());
        for said in said {
            let message = self.message(said);
            self.fragmenter.push(message.encode());
        }
        let stream = Stream {
            name: "stdout".to_owned(),
            command: command.clone(),
            data: self.fragmenter.take(usize::MAX),
            end: false,
        };
        let state = |done| CommandState {
            command,
            progress: if done {
                Progress::Done
            } else {
                Progress::Running
            },
            exit_code: None,
        };
        Received {
            streams: (!said.is_empty()).then_some(stream).into_iter().collect(),
            states: done.map(state).into_iter().collect(),
        }
    }

    fn message(&mut self, said: &Said) -> Message {
        let state = |name: &str, number: u8| {
            let text = format!(r#"<Obj RefId="0"><MS><I32 N="{name}">{number}</I32></MS></Obj>"#);
            clixml::parse(&text).expect("CLIXML")
        };
        let (kind, data) = match said {
            Said::Capability => (
                MessageType::SessionCapability,
                SessionCapability::speaking("2.3").to_value(),
            ),
            Said::PoolState(number) => (
                MessageType::RunspacePoolState,
                state("RunspaceState", number % 8),
            ),
            Said::PipelineState(number) => (
                MessageType::PipelineState,
                state("PipelineState", number % 8),
            ),
            Said::Other(kind, text) => (
                KINDS[usize::from(*kind) % KINDS.len()],
                clixml::parse(text).unwrap_or(Value::Null),
            ),
        };
        self.ends += usize::from(kind == MessageType::PipelineState);
        Message {
            destination: Destination::Client,
            kind,
            pool: Uuid::nil(),
            pipeline: Uuid::nil(),
            data,
        }
    }

    fn check(&mut self, client: &mut Client) {
        while let Some(event) = client.poll_event() {
            if let Event::Finished(_, outcome) = event {
                self.finished += 1;
                self.ends = match outcome.state {
                    State::Stopped => self.ends,
                    _ => self.ends.checked_sub(1).expect("the server said so"),
                };
            }
        }
        assert!(self.finished <= self.runs);
    }
}
