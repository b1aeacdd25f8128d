//! The same questions where no script runs, as on Exchange's own endpoint: each alone, as a structured command.

use mapisweep_winrm::psrp::{
    clixml::Value,
    pipeline::{Pipeline, PipelineResult},
};

use super::{
    answers::{Answer, Answers},
    question::{Argument, Batch, Number, Question},
    row::Row,
};

/// A batch that is asked question by question. Whoever drives it runs what [`Self::next_question`] gives and hands back
/// what came.
#[derive(Debug)]
pub struct Single<'b> {
    batch: &'b Batch,
    answers: Vec<Answer>,
    rows: Vec<Row>,
}

impl<'b> Single<'b> {
    /// Nothing has been asked.
    pub fn new(batch: &'b Batch) -> Self {
        Self {
            batch,
            answers: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// The next question; `None` after the last.
    pub fn next_question(&mut self) -> Option<&'b Question> {
        loop {
            let step = self.batch.steps().get(self.answers.len())?;
            let has_succeeded = |number: &Number| {
                let answer = self.answers.get(number.index());
                answer.is_some_and(Answer::has_succeeded)
            };
            let is_skipped = step.unless.iter().any(has_succeeded)
                || !(step.needs.is_empty() || step.needs.iter().any(has_succeeded));
            if !is_skipped {
                return Some(&step.question);
            }
            self.answers.push(Answer::skipped());
        }
    }

    /// Takes an object in that the question's cmdlet returned.
    pub fn take(&mut self, question: &Question, object: &Value) {
        self.rows.push(Row::of_object(question, object));
    }

    /// The question's pipeline has ended.
    pub fn ended(&mut self, outcome: PipelineResult) {
        let rows = std::mem::take(&mut self.rows);
        self.answers.push(Answer::alone(rows, outcome));
    }

    /// All answers.
    pub fn finish(self) -> Answers {
        Answers::singly(self.answers)
    }
}

impl Question {
    /// As a command of its own; the computer's name is given, for nothing there computes it.
    pub fn pipeline(&self, this_computer: &str) -> Pipeline {
        let command = Pipeline::command(self.cmdlet);
        self.parameters
            .iter()
            .fold(command, |command, (name, argument)| match argument {
                Argument::Value(value) => command.parameter(*name, value.clone()),
                Argument::ThisComputer => command.parameter(*name, this_computer),
            })
    }
}
