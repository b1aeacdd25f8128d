//! What is run on a server, and what came of it.

mod error_record;
mod outcome;

pub use error_record::{ErrorCategory, ErrorRecord};
pub use outcome::{Outcome, ProgressRecord, State};

use super::clixml::Value;

/// Commands joined by pipes, with typed arguments: nothing in them is parsed by PowerShell but the text of scripts.
///
/// ```
/// use mapisweep::remoting::pipeline::Pipeline;
///
/// let members = Pipeline::command("Get-DatabaseAvailabilityGroup")
///     .parameter("Identity", "DAG1")
///     .switch("Status")
///     .then("Select-Object")
///     .parameter("ExpandProperty", "Servers");
/// assert_eq!(members.commands().len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    first: Command,
    rest: Vec<Command>,
    input: Option<Vec<Value>>,
}

/// One command of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// A command's name, or the text of a script.
    pub text: String,
    /// Which of the two.
    pub is_script: bool,
    /// In the order in which they were given.
    pub arguments: Vec<Argument>,
}

/// An argument of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// The parameter it is for; positional if there is none.
    pub name: Option<String>,
    /// Its value; `None` for a switch.
    pub value: Option<Value>,
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

    /// Pipes into a further command; what follows is for that one.
    pub fn then(mut self, name: impl Into<String>) -> Self {
        self.rest.push(Command::new(name.into(), false));
        self
    }

    /// A named argument for the last command.
    pub fn parameter(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.add(Some(name.into()), Some(value.into()))
    }

    /// A positional argument for the last command.
    pub fn argument(self, value: impl Into<Value>) -> Self {
        self.add(None, Some(value.into()))
    }

    /// A switch for the last command.
    pub fn switch(self, name: impl Into<String>) -> Self {
        self.add(Some(name.into()), None)
    }

    fn add(mut self, name: Option<String>, value: Option<Value>) -> Self {
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
    pub fn input_values(&self) -> Option<&[Value]> {
        self.input.as_deref()
    }
}

impl Command {
    fn new(text: String, is_script: bool) -> Self {
        Self {
            text,
            is_script,
            arguments: Vec::new(),
        }
    }
}
