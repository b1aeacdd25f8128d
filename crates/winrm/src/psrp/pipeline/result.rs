//! Everything a pipeline said until it ended.

use super::error_record::ErrorRecord;
use crate::psrp::clixml::Value;

/// How a pipeline ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// To its end; there may have been errors on the way.
    Completed,
    /// With a terminating error.
    Failed,
    /// Because it was told to stop.
    Stopped,
}

/// What a pipeline returned on all its streams, each in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineResult {
    /// How it ended.
    pub state: State,
    /// The output stream; empty where each object was handed over as it came.
    pub output: Vec<Value>,
    /// Errors that did not end it.
    pub errors: Vec<ErrorRecord>,
    /// The warning stream's texts.
    pub warnings: Vec<String>,
    /// The verbose stream's texts.
    pub verbose: Vec<String>,
    /// The debug stream's texts.
    pub debug: Vec<String>,
    /// Progress as it was reported.
    pub progress: Vec<ProgressRecord>,
    /// The information stream: PowerShell 5.0 and later, protocol version 2.3. `Write-Host` writes there.
    pub information: Vec<Value>,
    /// The error that ended it.
    pub failure: Option<ErrorRecord>,
    /// A script in it ran `exit`: it ended early and says nothing else about it, not even in its state.
    pub has_exited: bool,
}

impl Default for PipelineResult {
    /// That of a pipeline that completed and said nothing.
    fn default() -> Self {
        Self {
            state: State::Completed,
            output: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
            verbose: Vec::new(),
            debug: Vec::new(),
            progress: Vec::new(),
            information: Vec::new(),
            failure: None,
            has_exited: false,
        }
    }
}

/// One report of progress. \[MS-PSRP\] 2.2.2.25.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgressRecord {
    /// What is being done.
    pub activity: String,
    /// How it stands.
    pub status: Option<String>,
    /// What it is busy with right now.
    pub current_operation: Option<String>,
    /// 0 to 100; `None` when not known.
    pub percent: Option<u8>,
    /// `None` when not known.
    pub seconds_remaining: Option<u32>,
    /// The activity has ended.
    pub completed: bool,
}

impl ProgressRecord {
    pub(crate) fn read(value: &Value) -> Self {
        let text = |name| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name| value.get(name).and_then(Value::as_i64);
        Self {
            activity: text("Activity").unwrap_or_default(),
            status: text("StatusDescription"),
            current_operation: text("CurrentOperation"),
            percent: number("PercentComplete").and_then(|percent| percent.try_into().ok()),
            seconds_remaining: number("SecondsRemaining")
                .and_then(|seconds| seconds.try_into().ok()),
            completed: number("Type") == Some(1),
        }
    }
}
