//! What came of each question.

use mapisweep_winrm::psrp::pipeline::{ErrorRecord, PipelineResult};

use super::{question::Number, row::Row};
use crate::exchange::Gap;

/// What came of one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The objects that the cmdlet returned, each with the wanted columns.
    pub rows: Vec<Row>,
    /// What it warned of.
    pub warnings: Vec<String>,
    /// Errors that did not end it.
    pub errors: Vec<ErrorRecord>,
    /// The error that ended it.
    pub failure: Option<ErrorRecord>,
    /// How it ended.
    pub end: End,
}

/// How the answer to a question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The cmdlet was run: to its end, or to its [`failure`](Answer::failure).
    Run,
    /// It was not run, for what it depends on.
    Skipped,
    /// It was stopped on the server.
    Stopped,
    /// A script there ended everything.
    Exited,
}

impl Answer {
    /// Nothing yet: it ends as everything does that is never heard of again.
    pub(super) fn new() -> Self {
        Self {
            rows: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
            failure: None,
            end: End::Stopped,
        }
    }

    /// That of a question that was not asked.
    pub(super) fn skipped() -> Self {
        Self {
            end: End::Skipped,
            ..Self::new()
        }
    }

    /// That of a cmdlet that ran in a pipeline of its own.
    pub fn alone(rows: Vec<Row>, outcome: PipelineResult) -> Self {
        Self {
            rows,
            end: match Gap::of_end(&outcome) {
                None => End::Run,
                Some(Gap::Exited) => End::Exited,
                Some(_) => End::Stopped,
            },
            warnings: outcome.warnings,
            errors: outcome.errors,
            failure: outcome.failure,
        }
    }

    /// Whether the question was not asked, for what it depends on.
    pub fn is_skipped(&self) -> bool {
        self.end == End::Skipped
    }

    /// Whether it returned something, or came to its end without an error.
    pub fn has_succeeded(&self) -> bool {
        let is_faultless = self.errors.is_empty() && self.failure.is_none();
        !self.rows.is_empty() || (self.end == End::Run && is_faultless)
    }
}

/// The answers to a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    pub(super) answers: Vec<Answer>,
    /// What was said beside them, and so may concern any.
    pub beside: Vec<Gap>,
}

impl Answers {
    /// Those of a batch whose questions were asked one by one.
    pub(super) fn singly(answers: Vec<Answer>) -> Self {
        let beside = Vec::new();
        Self { answers, beside }
    }

    /// Takes the answer to a question out.
    pub fn take(&mut self, number: Number) -> Answer {
        let answer = self.answers.get_mut(number.index());
        answer.map_or_else(Answer::new, |answer| {
            std::mem::replace(answer, Answer::new())
        })
    }

    /// The answer to a question; `None` for one of another batch.
    pub fn get(&self, number: Number) -> Option<&Answer> {
        self.answers.get(number.index())
    }
}
