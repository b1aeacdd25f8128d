//! What the script says about one run of the helper.

use super::report::{Report, ReportError};
use crate::batch::Row;

/// The script's result object, typed.
#[derive(Debug, Clone, PartialEq)]
pub struct HelperRun {
    /// Where the helper was on the server.
    pub path: String,
    /// The server looked after the run and the file was gone.
    pub removed: bool,
    /// What the helper reported, or why there is no report.
    pub report: Result<Report, RunError>,
}

/// Why there is no report of the helper.
#[derive(Debug, Clone, thiserror::Error, PartialEq)]
pub enum RunError {
    /// A helper's file is there and cannot be removed, as that of another run that is at work.
    #[error("a helper is there already and cannot be removed: {0}")]
    AlreadyThere(String),
    /// The file could not be written.
    #[error("the helper could not be written: {0}")]
    NotWritten(String),
    /// The file could not be read back, for its hash to be compared.
    #[error("the helper could not be checked: {0}")]
    NotChecked(String),
    /// The bytes that arrived are not those that were sent.
    #[error("the helper was refused: {0}")]
    HashDiffers(String),
    /// Windows would not start it.
    #[error("the helper was not started: {message} (Windows error {code})")]
    NotStarted {
        /// Windows's own words.
        message: String,
        /// Win32 error: 5 access denied, 225 virus scanner, 1260 software restriction or AppLocker policy.
        code: i64,
    },
    /// It was started but did not come to its end.
    #[error("running the helper failed: {0}")]
    DidNotFinish(String),
    /// What it said could not be understood.
    #[error("the helper's report could not be read")]
    Report(#[from] ReportError),
    /// The script's own result object is not one.
    #[error("the script on the server returned no usable result")]
    NoResult,
}

/// What the script itself says where the file is another.
const HASH_DIFFERS: &str = "the SHA-256 of the file on the server differs";

impl RunError {
    /// Whether a security product or policy kept the helper from starting.
    pub fn is_blocked_by_policy(&self) -> bool {
        const ACCESS_DENIED: i64 = 5;
        const VIRUS_INFECTED: i64 = 225;
        const DISABLED_BY_POLICY: i64 = 1260;
        const BLOCKED_BY_APP_CONTROL: i64 = 4551;
        matches!(
            self,
            Self::NotStarted {
                code: ACCESS_DENIED | VIRUS_INFECTED | DISABLED_BY_POLICY | BLOCKED_BY_APP_CONTROL,
                ..
            }
        )
    }

    /// Whether the helper has certainly done nothing, because it was not run, or said so.
    pub fn is_before_its_work(&self) -> bool {
        match self {
            Self::AlreadyThere(_)
            | Self::NotWritten(_)
            | Self::HashDiffers(_)
            | Self::NotChecked(_)
            | Self::NotStarted { .. } => true,
            Self::Report(error) => {
                matches!(error, ReportError::Refused(_) | ReportError::NotElevated)
            }
            Self::DidNotFinish(_) | Self::NoResult => false,
        }
    }
}

impl HelperRun {
    /// Reads the object that the script's function returned.
    pub fn from_row(row: &Row) -> Result<Self, RunError> {
        let text = |name| row.text(name).unwrap_or_default();
        let step = text("Step");
        let failure = text("Failure");
        let report = match step.as_str() {
            // without bytes to run, the script ends at its first step
            "stale" if failure.is_empty() => Err(RunError::NoResult),
            "stale" => Err(RunError::AlreadyThere(failure)),
            "write" => Err(RunError::NotWritten(failure)),
            "hash" if failure == HASH_DIFFERS => Err(RunError::HashDiffers(failure)),
            "hash" => Err(RunError::NotChecked(failure)),
            "start" => Err(RunError::NotStarted {
                message: failure,
                code: row.number("FailureCode").unwrap_or_default(),
            }),
            "run" => Err(RunError::DidNotFinish(failure)),
            "done" => {
                let exit_code = row.number("ExitCode");
                Report::parse(&row.texts("Output").join("\n"), exit_code).map_err(RunError::from)
            }
            _ => return Err(RunError::NoResult),
        };
        Ok(Self {
            path: text("Path"),
            removed: row.truth("Removed") == Some(true),
            report,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::SCRIPT;

    #[test]
    fn the_script_says_so_where_the_hash_differs() {
        assert!(SCRIPT.contains(&format!("throw '{HASH_DIFFERS}'")));
    }
}
