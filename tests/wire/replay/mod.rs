//! Our client is answered with what real servers said, and its requests are held against the recorded ones.
//!
//! A recording is cut into [`Conversation`]s, one a shell. What the recorded client ran is read out of its messages
//! and run by ours against a [`Server`] that answers from the recording. Then requests and decoded messages of both
//! are compared. Differences that are meant to be are listed with their reason ([`deliberate`]); any other fails.

mod compare;
mod conversation;
mod deliberate;
mod expected;
mod recipe;
mod seen;
mod server;
mod values;

use std::collections::BTreeMap;

use mapisweep_winrm::psrp::client::{Client, Event, Options};
use mapisweep_winrm::psrp::pipeline::PipelineResult;

use compare::Difference;
use conversation::Conversation;
use expected::Expected;
use mapisweep_outside::{folder, recordings, say};
use recipe::Recipe;
use server::Server;

#[test]
fn our_requests_are_those_of_a_client_that_real_servers_answered() {
    let Some(folder) = folder("pypsrp") else {
        return;
    };
    let mut tally = Tally::default();
    for recording in recordings(&folder) {
        tally.files += 1;
        tally.pairs += recording.pairs.len();
        let (conversations, left_out) = conversation::read(&recording);
        for (reason, pairs) in left_out {
            *tally.left_out.entry(reason).or_default() += pairs;
        }
        for conversation in conversations {
            tally.add(&conversation);
        }
    }
    tally.print();
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    assert!(tally.messages > 0);
}

#[derive(Default)]
struct Tally {
    files: usize,
    pairs: usize,
    conversations: usize,
    gone_wrong: usize,
    requests: usize,
    messages: usize,
    left_out: BTreeMap<String, usize>,
    deliberate: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, conversation: &Conversation) {
        let (server, replayed) = replay(conversation);
        let requests = server.differences().into_iter();
        let mut recorded = conversation.messages.as_slice();
        if server.went_wrong() {
            recorded = &recorded[..recorded.len().min(server.messages().len())];
            self.gone_wrong += 1;
        }
        let messages = compare::messages(recorded, server.messages());
        let only_keys = conversation.recipes.iter().any(Recipe::is_only_keys);
        let differences = requests.chain(messages).chain(replayed.err());
        for difference in differences {
            let path = match only_keys && difference.is_about_course() {
                true => "KeysOnly",
                false => &difference.path,
            };
            match deliberate::reason(path) {
                Some(reason) => *self.deliberate.entry(reason).or_default() += 1,
                None => self
                    .failures
                    .push(format!("{}: {difference}", conversation.name)),
            }
        }
        self.conversations += 1;
        self.requests += server.requests();
        self.messages += server.messages().len();
    }

    fn print(&self) {
        say(&format!(
            "{} files, {} pairs; {} conversations with PowerShell replayed, {} of them to a recorded failure: {} \
             requests and {} messages of ours compared, {} failures",
            self.files,
            self.pairs,
            self.conversations,
            self.gone_wrong,
            self.requests,
            self.messages,
            self.failures.len()
        ));
        for (reason, pairs) in &self.left_out {
            say(&format!("  not replayed, {pairs} pairs: {reason}"));
        }
        for (reason, count) in &self.deliberate {
            say(&format!("  deliberate, {count} times: {reason}"));
        }
    }
}

/// Has our client do what the recorded one did; the error is about what came of it.
fn replay(conversation: &Conversation) -> (Server<'_>, Result<(), Difference>) {
    let options = Options {
        resource_uri: conversation.resource_uri().to_owned(),
        max_envelope: conversation.unusual_envelope(),
        ..Options::default()
    };
    let mut client = Client::new(conversation.to(), options, rand::rngs::OsRng);
    let mut server = Server::new(conversation);
    client.open();
    let opened = drive(&mut client, &mut server, None);
    let mut outcomes = Vec::new();
    if opened.is_ok() {
        for recipe in &conversation.recipes {
            match run(&mut client, &mut server, recipe) {
                Some(outcome) => outcomes.push(outcome),
                None => break,
            }
        }
    }
    client.close();
    while drive(&mut client, &mut server, None).is_err() {
        client.close();
    }
    if server.went_wrong() {
        return (server, Ok(()));
    }
    let complete = outcomes.len() == conversation.recipes.len();
    let result = match (opened, complete) {
        (Err(failure), _) => Err(Difference::new("opened", failure, "")),
        (Ok(()), false) => Err(Difference::new(
            "unfinished",
            outcomes.len(),
            conversation.recipes.len(),
        )),
        (Ok(()), true) => same_outcomes(&conversation.expected, &outcomes),
    };
    (server, result)
}

/// Runs one pipeline to the end of what was recorded of it.
fn run(client: &mut Client, server: &mut Server<'_>, recipe: &Recipe) -> Option<PipelineResult> {
    let id = client
        .run(recipe.pipeline())
        .expect("open, and nothing else runs");
    let driven = drive(client, server, Some(recipe));
    let mut events = std::iter::from_fn(|| client.poll_event());
    let mut output = Vec::new();
    let finished = events.find_map(|event| match event {
        Event::Output(own, value) if own == id => {
            output.push(value);
            None
        }
        Event::Finished(own, outcome) if own == id => Some(*outcome),
        _ => None,
    });
    let finished = finished.map(|outcome| PipelineResult { output, ..outcome });
    driven.ok().and(finished)
}

fn drive(
    client: &mut Client,
    server: &mut Server<'_>,
    recipe: Option<&Recipe>,
) -> Result<(), String> {
    loop {
        if recipe.is_some_and(|recipe| server.is_stopped_now(recipe)) {
            client.stop();
        }
        let Some(request) = client.poll_request() else {
            return Ok(());
        };
        let envelope = request.to_xml(client.addressing(), uuid::Uuid::new_v4());
        let Some(answer) = server.answer(&envelope) else {
            client.request_lost();
            return Err("the recording ends".to_owned());
        };
        client
            .handle_response(answer)
            .map_err(|error| error.to_string())?;
    }
}

fn same_outcomes(expected: &Expected, outcomes: &[PipelineResult]) -> Result<(), Difference> {
    let ours = Expected::ours(outcomes);
    match ours == *expected {
        true => Ok(()),
        false => Err(Difference::new(
            "outcome",
            format!("{ours:?}"),
            format!("{expected:?}"),
        )),
    }
}
