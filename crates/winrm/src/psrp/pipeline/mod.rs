//! What is run on a server, and what came of it.

mod error_record;
mod result;

pub use error_record::{ErrorCategory, ErrorRecord};
pub use result::{PipelineResult, ProgressRecord, State};

use secrecy::SecretString;

use super::clixml::Value;
use super::payload::{CommandSpec, CreatePipeline};
use super::secure::SessionKey;

/// Commands joined by pipes, with typed arguments: nothing in them is parsed by PowerShell but the text of scripts.
///
/// ```
/// use mapisweep_winrm::psrp::pipeline::Pipeline;
///
/// let members = Pipeline::command("Get-DatabaseAvailabilityGroup")
///     .parameter("Identity", "DAG1")
///     .switch("Status")
///     .then("Select-Object")
///     .parameter("ExpandProperty", "Servers");
/// assert_eq!(members.commands().len(), 2);
/// ```
#[derive(Debug, Clone)]
pub struct Pipeline {
    first: Command,
    rest: Vec<Command>,
    input: Option<Vec<Value>>,
}

/// One command of a pipeline.
#[derive(Debug, Clone)]
pub struct Command {
    /// A command's name, or the text of a script.
    pub text: String,
    /// Which of the two.
    pub is_script: bool,
    /// In the order in which they were given.
    pub arguments: Vec<Argument>,
}

/// An argument of a command.
#[derive(Debug, Clone)]
pub struct Argument {
    /// The parameter it is for; positional if there is none.
    pub name: Option<String>,
    /// Its value.
    pub value: ArgumentValue,
}

/// What an argument is.
#[derive(Debug, Clone)]
pub enum ArgumentValue {
    /// A value.
    Value(Value),
    /// A SecureString, encrypted with the session key just before it is sent.
    Secret(SecretString),
}

impl Pipeline {
    /// Begins with a command (cmdlet or function).
    pub fn command(name: impl Into<String>) -> Self {
        Self::begin(name.into(), false)
    }

    /// Begins with a script.
    pub fn script(text: impl Into<String>) -> Self {
        Self::begin(text.into(), true)
    }

    fn begin(text: String, is_script: bool) -> Self {
        Self {
            first: Command::new(text, is_script),
            rest: Vec::new(),
            input: None,
        }
    }

    /// Pipes into a further command (cmdlet or function); what follows is for that one.
    pub fn then(self, name: impl Into<String>) -> Self {
        self.pipe(Command::new(name.into(), false))
    }

    /// Pipes into a further command of any kind; what follows is for that one.
    pub fn pipe(mut self, command: Command) -> Self {
        self.rest.push(command);
        self
    }

    /// A named argument for the last command.
    pub fn parameter(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.add(Some(name.into()), ArgumentValue::Value(value.into()))
    }

    /// A positional argument for the last command.
    pub fn argument(self, value: impl Into<Value>) -> Self {
        self.add(None, ArgumentValue::Value(value.into()))
    }

    /// A switch for the last command. Said as `true`: one without a value is set for a compiled cmdlet, but not set for a
    /// function, which the commands of a restricted endpoint are (seen of PowerShell 7.6).
    pub fn switch(self, name: impl Into<String>) -> Self {
        self.parameter(name, true)
    }

    /// A SecureString for the last command. It has the session's keys exchanged first, where that is not yet done.
    pub fn secret(self, name: impl Into<String>, secret: SecretString) -> Self {
        self.add(Some(name.into()), ArgumentValue::Secret(secret))
    }

    fn add(mut self, name: Option<String>, value: ArgumentValue) -> Self {
        let last = self.rest.last_mut().unwrap_or(&mut self.first);
        last.arguments.push(Argument { name, value });
        self
    }

    /// Objects that are piped into the first command.
    pub fn input(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.input = Some(values.into_iter().collect());
        self
    }

    /// The commands in their order; there is always one.
    pub fn commands(&self) -> Vec<&Command> {
        std::iter::once(&self.first).chain(&self.rest).collect()
    }

    /// What is piped in; `None` if the pipeline has no input at all.
    pub(super) fn input_values(&self) -> Option<&[Value]> {
        self.input.as_deref()
    }

    /// Whether a session key is needed to send it.
    pub(super) fn has_secrets(&self) -> bool {
        let is_secret = |argument: &Argument| matches!(argument.value, ArgumentValue::Secret(_));
        self.commands()
            .iter()
            .any(|command| command.arguments.iter().any(is_secret))
    }

    /// As it is sent; `None` if it has secrets and there is no key.
    pub(super) fn payload(&self, key: Option<&SessionKey>) -> Option<CreatePipeline> {
        let commands: Option<_> = self
            .commands()
            .into_iter()
            .map(|command| command.spec(key))
            .collect();
        Some(CreatePipeline {
            no_input: self.input.is_none(),
            commands: commands?,
        })
    }
}

impl Command {
    fn spec(&self, key: Option<&SessionKey>) -> Option<CommandSpec> {
        let parameter = |argument: &Argument| {
            let value = match &argument.value {
                ArgumentValue::Value(value) => value.clone(),
                ArgumentValue::Secret(secret) => Value::SecureString(key?.encrypt(secret)),
            };
            Some((argument.name.clone(), value))
        };
        let parameters: Option<_> = self.arguments.iter().map(parameter).collect();
        Some(CommandSpec {
            text: self.text.clone(),
            is_script: self.is_script,
            parameters: parameters?,
        })
    }

    fn new(text: String, is_script: bool) -> Self {
        Self {
            text,
            is_script,
            arguments: Vec::new(),
        }
    }
}
