//! What is asked: cmdlets with typed parameters and wanted columns, and what depends on what.

use mapisweep_winrm::psrp::{clixml::Value, pipeline::Pipeline};

use super::SCRIPT;

/// One cmdlet to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its name. The script knows those that it runs.
    pub cmdlet: &'static str,
    /// Its parameters by name.
    pub parameters: Vec<(&'static str, Argument)>,
    /// The columns wanted of each object that it returns; [`Question::ITSELF`] is the object itself.
    pub columns: &'static [&'static str],
}

/// What a parameter is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// This.
    Value(Value),
    /// The name of the computer that runs the cmdlet.
    ThisComputer,
}

impl Question {
    /// The column that stands for the object itself.
    pub const ITSELF: &'static str = ".";

    /// Asks for these columns of what a cmdlet returns.
    pub fn of(cmdlet: &'static str, columns: &'static [&'static str]) -> Self {
        Self {
            cmdlet,
            parameters: Vec::new(),
            columns,
        }
    }

    /// A parameter of the cmdlet.
    pub fn parameter(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.parameters.push((name, Argument::Value(value.into())));
        self
    }

    /// A parameter that gets the name of the computer that runs the cmdlet.
    pub fn here(mut self, name: &'static str) -> Self {
        self.parameters.push((name, Argument::ThisComputer));
        self
    }

    /// A switch, said as `true`: see [`Pipeline::switch`].
    pub fn switch(self, name: &'static str) -> Self {
        self.parameter(name, true)
    }
}

/// Questions that are asked together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    steps: Vec<Step>,
}

/// A question's place in its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(pub(super) usize);

/// A question, and what it depends on. A question has *succeeded* when it returned something, or came to its end
/// without an error.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is asked.
    pub question: Question,
    /// Asked only if one of these has succeeded; always, if there are none.
    pub needs: Vec<Number>,
    /// Not asked if one of these has succeeded.
    pub unless: Vec<Number>,
}

impl Batch {
    /// One question alone.
    pub fn of(question: Question) -> Self {
        let mut batch = Self::default();
        batch.ask(question);
        batch
    }

    /// Asks this as well.
    pub fn ask(&mut self, question: Question) -> Number {
        self.ask_if(question, &[], &[])
    }

    /// Asks this only if one of `needs` has succeeded and none of `unless`.
    pub fn ask_if(&mut self, question: Question, needs: &[Number], unless: &[Number]) -> Number {
        self.steps.push(Step {
            question,
            needs: needs.to_vec(),
            unless: unless.to_vec(),
        });
        Number(self.steps.len() - 1)
    }

    /// The questions in their order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether a question of this name is among them.
    pub fn asks(&self, cmdlet: &str) -> bool {
        self.number_of(|question| question.cmdlet == cmdlet)
            .is_some()
    }

    /// The first question of this kind.
    pub fn number_of(&self, is_it: impl Fn(&Question) -> bool) -> Option<Number> {
        let mut questions = self.steps.iter().map(|step| &step.question);
        questions.position(is_it).map(Number)
    }

    /// The pipeline that runs all of it by [`SCRIPT`], on the computer that is meant and on no other; on any where that is
    /// not known yet.
    pub fn pipeline(&self, computer: Option<&str>) -> Pipeline {
        let requests = self.steps.iter().map(Step::to_value);
        Pipeline::script(SCRIPT)
            .parameter("Requests", Value::list(requests))
            .parameter("Computer", computer.unwrap_or_default())
    }
}

impl Number {
    /// That of the only question of [`Batch::of`].
    pub const FIRST: Self = Self(0);

    /// Counted from 0.
    pub fn index(self) -> usize {
        self.0
    }
}

impl Step {
    /// As the script takes it.
    fn to_value(&self) -> Value {
        let Question {
            cmdlet,
            parameters,
            columns,
        } = &self.question;
        let given = parameters
            .iter()
            .filter_map(|(name, argument)| match argument {
                Argument::Value(value) => Some((Value::from(*name), value.clone())),
                Argument::ThisComputer => None,
            });
        let here = parameters
            .iter()
            .filter_map(|(name, argument)| match argument {
                Argument::Value(_) => None,
                Argument::ThisComputer => Some(*name),
            });
        let entries = [
            ("Cmdlet", Value::from(*cmdlet)),
            ("Parameters", Value::dictionary(given)),
            ("Here", Value::strings(here)),
            ("Columns", Value::strings(columns.iter().copied())),
            ("Needs", numbers(&self.needs)),
            ("Unless", numbers(&self.unless)),
        ];
        Value::dictionary(entries.map(|(name, value)| (Value::from(name), value)))
    }
}

fn numbers(numbers: &[Number]) -> Value {
    let number = |number: &Number| i32::try_from(number.0).map_or(Value::Null, Value::I32);
    Value::list(numbers.iter().map(number))
}
