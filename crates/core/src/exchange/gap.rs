//! Answers that are not whole: what a cmdlet said or did that means that something may be missing.

use std::fmt;

use mapisweep_winrm::psrp::pipeline::{PipelineResult, State};

use crate::batch::{Answer, End};

/// One reason why an answer may not be whole. The server's words are in its language: they are shown, never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// It warned, as where a database cannot be asked.
    Warned(String),
    /// It failed for a part and went on, or ended there.
    Failed(String),
    /// A database could not be asked.
    Database {
        /// Its name.
        name: String,
        /// What the server said.
        why: String,
    },
    /// It was stopped on the server.
    Stopped,
    /// A script there ended it.
    Exited,
    /// So many of the returned objects are not what was asked for.
    Foreign(usize),
    /// Logons that nothing was done about are gone with those that were to end.
    OthersGone,
}

impl Gap {
    /// Why what a cmdlet returned may not be all.
    pub fn of(answer: &Answer) -> Vec<Self> {
        let failed = answer.errors.iter().chain(&answer.failure);
        let warned = answer.warnings.iter().cloned().map(Self::Warned);
        let mut gaps: Vec<_> = warned.collect();
        gaps.extend(failed.map(|error| Self::Failed(error.message.clone())));
        gaps.extend(Self::of_answers_end(answer));
        gaps
    }

    /// Why a cmdlet did not come to its end, where nobody says more about it.
    pub fn of_answers_end(answer: &Answer) -> Option<Self> {
        match answer.end {
            End::Run | End::Skipped => None,
            _ if answer.failure.is_some() => None,
            End::Stopped => Some(Self::Stopped),
            End::Exited => Some(Self::Exited),
        }
    }

    /// The same of a pipeline.
    pub fn of_end(outcome: &PipelineResult) -> Option<Self> {
        match outcome.state {
            State::Completed if outcome.has_exited => Some(Self::Exited),
            State::Completed => None,
            State::Failed if outcome.failure.is_some() => None,
            State::Failed | State::Stopped => Some(Self::Stopped),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warned(text) => write!(f, "the server warns: {text}"),
            Self::Failed(text) => write!(f, "the server failed in part: {text}"),
            Self::Database { name, why } => write!(f, "{name} could not be read: {why}"),
            Self::Stopped => f.write_str("it was stopped on the server"),
            Self::Exited => f.write_str("a script on the server ended it"),
            Self::Foreign(1) => f.write_str("1 object that came is no logon"),
            Self::Foreign(number) => write!(f, "{number} objects that came are no logons"),
            Self::OthersGone => f.write_str("the logons of others are gone from it as well"),
        }
    }
}
