//! The program's own client, which hears what was recorded as if a server said it now.

use mapisweep_winrm::{
    psrp::{
        client::{Client, Event, Options, ServerInfo},
        fragment::Fragmenter,
        message::Message,
        pipeline::{Pipeline, PipelineResult},
    },
    wsman::{Body, CommandState, Progress, Received, Response, Shell, Stream},
};
use rand::rngs::OsRng;

use crate::recorded::Conversation;

/// What it makes of the pool, and of each pipeline that ran in it, by name.
pub fn all(conversations: &[Conversation]) -> (ServerInfo, Vec<(&str, PipelineResult)>) {
    let (opening, pipelines) = conversations.split_first().unwrap();
    let mut client = Client::new("http://ex01:5985/wsman", Options::default(), OsRng);
    client.open();
    hear(&mut client, &opening.messages);
    let results = pipelines.iter().map(|conversation| {
        // what was asked does not matter to who hears the answer
        let asked = Pipeline::command(&conversation.asked);
        client.run(asked).unwrap();
        hear(&mut client, &conversation.messages);
        let mut output = Vec::new();
        let finished = std::iter::from_fn(|| client.poll_event()).find_map(|event| match event {
            Event::Output(_, value) => {
                output.push(value);
                None
            }
            Event::Finished(_, result) => Some(*result),
            _ => None,
        });
        let result = PipelineResult {
            output,
            ..finished.unwrap()
        };
        (conversation.name.as_str(), result)
    });
    let results = results.collect();
    (client.server().clone(), results)
}

/// Answers whatever the client sends, the first Receive with everything there is.
fn hear(client: &mut Client, messages: &[Message]) {
    while let Some(request) = client.poll_request() {
        let body = match request.action.rsplit('/').next().unwrap() {
            "Create" => Body::Created(Shell {
                resource_uri: request.resource_uri.clone(),
                id: "1".to_owned(),
            }),
            "Command" => Body::Command(None),
            "Receive" => Body::Received(received(messages)),
            _ => Body::Done,
        };
        let response = Response {
            relates_to: None,
            body,
        };
        client.handle_response(Ok(response)).unwrap();
    }
}

fn received(messages: &[Message]) -> Received {
    let mut fragmenter = Fragmenter::default();
    for message in messages {
        fragmenter.push(message.encode());
    }
    let stream = Stream {
        name: "stdout".to_owned(),
        command: None,
        data: fragmenter.take(usize::MAX),
        end: false,
    };
    let done = CommandState {
        command: None,
        progress: Progress::Done,
        exit_code: None,
    };
    Received {
        streams: vec![stream],
        states: vec![done],
    }
}
