//! The pipelines that a recorded client ran, for ours to run.

use mapisweep_winrm::psrp::clixml::Value;
use mapisweep_winrm::psrp::message::{Message, MessageType};
use mapisweep_winrm::psrp::payload::{CommandSpec, CreatePipeline};
use mapisweep_winrm::psrp::pipeline::{Command, Pipeline};
use uuid::Uuid;

/// One pipeline.
pub struct Recipe {
    id: Uuid,
    /// The command's id as the server named it, in upper case.
    pub command: String,
    payload: Option<CreatePipeline>,
    input: Vec<Value>,
}

/// Reads the pipelines out of what a client sent; `commands` are the ids that the server gave them.
pub fn read(messages: &[Message], commands: impl IntoIterator<Item = String>) -> Vec<Recipe> {
    let mut recipes = Vec::<Recipe>::new();
    let mut commands = commands.into_iter();
    for message in messages {
        match message.kind {
            MessageType::CreatePipeline => recipes.push(Recipe {
                id: message.pipeline,
                command: commands.next().unwrap_or_default(),
                payload: Some(payload(message)),
                input: Vec::new(),
            }),
            MessageType::PipelineInput => {
                let own = recipes
                    .iter_mut()
                    .rfind(|recipe| recipe.id == message.pipeline);
                own.expect("input is for a pipeline")
                    .input
                    .push(message.data.clone());
            }
            _ => {}
        }
    }
    if recipes.is_empty()
        && messages
            .iter()
            .any(|message| message.kind == MessageType::PublicKey)
    {
        recipes.push(Recipe::only_keys());
    }
    recipes
}

/// Whether our client would have the session's keys exchanged for what these messages run.
pub fn wants_keys(messages: &[Message]) -> bool {
    let mut pipelines = messages
        .iter()
        .filter(|message| message.kind == MessageType::CreatePipeline)
        .peekable();
    let is_secret = |(_, value): &(Option<String>, Value)| matches!(value, Value::SecureString(_));
    let has_secret = |command: &CommandSpec| command.parameters.iter().any(is_secret);
    pipelines.peek().is_none()
        || pipelines.any(|message| payload(message).commands.iter().any(has_secret))
}

fn payload(message: &Message) -> CreatePipeline {
    CreatePipeline::from_value(&message.data).expect("a pipeline that a real server ran")
}

impl Recipe {
    /// Where the recorded client exchanged keys and ran nothing.
    fn only_keys() -> Self {
        Self {
            id: Uuid::nil(),
            command: String::new(),
            payload: None,
            input: Vec::new(),
        }
    }

    /// Whether there is no pipeline to it.
    pub fn is_only_keys(&self) -> bool {
        self.payload.is_none()
    }

    /// The same for our client.
    pub fn pipeline(&self) -> Pipeline {
        let Some(payload) = &self.payload else {
            return Pipeline::command("Out-Null").secret("InputObject", "secret".into());
        };
        let mut commands = payload.commands.iter();
        let first = commands.next().expect("a pipeline has a command");
        let begin = match first.is_script {
            true => Pipeline::script(&first.text),
            false => Pipeline::command(&first.text),
        };
        let pipeline = commands.fold(with_arguments(begin, first), |pipeline, command| {
            let next = Command {
                text: command.text.clone(),
                is_script: command.is_script,
                arguments: Vec::new(),
            };
            with_arguments(pipeline.pipe(next), command)
        });
        match payload.no_input {
            true => pipeline,
            false => pipeline.input(self.input.iter().cloned()),
        }
    }
}

fn with_arguments(pipeline: Pipeline, command: &CommandSpec) -> Pipeline {
    command
        .parameters
        .iter()
        .fold(pipeline, |pipeline, (name, value)| match (name, value) {
            (Some(name), Value::SecureString(_)) => pipeline.secret(name, "secret".into()),
            (Some(name), value) => pipeline.parameter(name, value.clone()),
            (None, value) => pipeline.argument(value.clone()),
        })
}
