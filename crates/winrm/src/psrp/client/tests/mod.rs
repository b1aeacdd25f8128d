//! The client against a server whose answers are written down, answer by answer.

mod opening;
mod running;
mod stopping;
mod trouble;

use super::*;
use crate::psrp::clixml::Object;
use crate::psrp::pipeline::State;
use crate::wsman::{Body, CommandState, Fault, Progress, Received, Response, Stream, number};
use crate::xml::Element;

type Answer = Result<Response, Box<Fault>>;

fn body(body: Body) -> Answer {
    Ok(Response {
        relates_to: None,
        body,
    })
}

fn fault(number: u32) -> Answer {
    Err(Box::new(Fault {
        number: Some(number),
        ..Fault::default()
    }))
}

fn created(id: &str) -> Answer {
    let shell = Shell {
        resource_uri: names::RESOURCE_POWERSHELL.to_owned(),
        id: id.to_owned(),
    };
    body(Body::Created(shell))
}

fn object(properties: &[(&str, Value)]) -> Value {
    let extended = properties
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    Object {
        extended: extended.collect(),
        ..Object::default()
    }
    .into()
}

/// An answer to Receive that brings these messages.
fn received(
    command: Option<&str>,
    messages: &[(MessageType, Value)],
    progress: Option<Progress>,
) -> Answer {
    let mut fragmenter = crate::psrp::fragment::Fragmenter::default();
    for (kind, data) in messages {
        let message = Message {
            destination: Destination::Client,
            kind: *kind,
            pool: Uuid::nil(),
            pipeline: Uuid::nil(),
            data: data.clone(),
        };
        fragmenter.push(message.encode());
    }
    let stream = |data| Stream {
        name: "stdout".to_owned(),
        command: command.map(str::to_owned),
        data,
        end: false,
    };
    let state = |progress| CommandState {
        command: command.map(str::to_owned),
        progress,
        exit_code: None,
    };
    let streams = (!messages.is_empty()).then(|| stream(fragmenter.take(usize::MAX)));
    body(Body::Received(Received {
        streams: streams.into_iter().collect(),
        states: progress.map(state).into_iter().collect(),
    }))
}

fn capability(version: &str) -> (MessageType, Value) {
    (
        MessageType::SessionCapability,
        SessionCapability::speaking(version).to_value(),
    )
}

fn pool_state(state: i32) -> (MessageType, Value) {
    (
        MessageType::RunspacePoolState,
        object(&[("RunspaceState", Value::I32(state))]),
    )
}

fn pipeline_state(state: i32) -> (MessageType, Value) {
    (
        MessageType::PipelineState,
        object(&[("PipelineState", Value::I32(state))]),
    )
}

/// The verb of the next request.
fn next(client: &mut Client) -> Option<(&'static str, Request)> {
    let request = client.poll_request()?;
    Some((
        request.action.rsplit('/').next().unwrap_or_default(),
        request,
    ))
}

/// Expects a request with this verb and answers it.
#[track_caller]
fn answer(client: &mut Client, verb: &str, with: Answer) -> Result<(), Error> {
    let (action, _) = next(client).expect("a request");
    assert_eq!(action, verb);
    client.handle_response(with)
}

fn fails_saying(result: Result<(), Error>, expected: &str) {
    let error = result.unwrap_err().to_string();
    assert!(
        error.contains(expected),
        "{error:?} should say {expected:?}"
    );
}

fn client(options: Options) -> Client {
    Client::new("http://ex01:5985/wsman", options, rand::rngs::OsRng)
}

fn opened() -> Client {
    opened_with("2.1")
}

/// An open client of a server that speaks this version.
fn opened_with(version: &str) -> Client {
    let mut client = client(Options::default());
    client.open();
    answer(&mut client, "Create", created("SHELL")).unwrap();
    answer(
        &mut client,
        "Receive",
        received(None, &[capability(version), pool_state(2)], None),
    )
    .unwrap();
    assert!(matches!(client.poll_event(), Some(Event::Opened)));
    assert!(client.poll_request().is_none(), "an open pool is quiet");
    client
}

fn hello() -> Pipeline {
    Pipeline::command("Write-Output").argument("hello")
}

/// An open client whose pipeline runs as the command "CMD".
fn running() -> Client {
    let mut client = opened();
    client.run(hello()).unwrap();
    answer(
        &mut client,
        "Command",
        body(Body::Command(Some("CMD".to_owned()))),
    )
    .unwrap();
    client
}

/// What the pipeline that has ended said, its output among it.
#[track_caller]
fn finished(client: &mut Client) -> PipelineResult {
    let output = output(client);
    match client.poll_event() {
        Some(Event::Finished(_, outcome)) => {
            assert!(outcome.output.is_empty(), "it was handed over");
            PipelineResult { output, ..*outcome }
        }
        other => panic!("not finished: {other:?}"),
    }
}

/// The objects that can be had before anything else.
fn output(client: &mut Client) -> Vec<Value> {
    let mut output = Vec::new();
    while let Some(Event::Output(..)) = client.events.front() {
        if let Some(Event::Output(_, value)) = client.poll_event() {
            output.push(value);
        }
    }
    output
}

fn selector(request: &Request) -> &str {
    &request.selectors[0].1
}
