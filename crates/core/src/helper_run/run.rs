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
    /// Another run has not come to its end in the time that was waited for it.
    #[error("another mapisweep is at work there: {0}")]
    AtWork(String),
    /// Whether another run is at work could not be found out.
    #[error("it cannot be told whether another mapisweep is at work there: {0}")]
    NoTurn(String),
    /// A helper's file is there that somebody is using, as a run that nothing here was told of.
    #[error("a helper is there already and cannot be removed: {0}")]
    AlreadyThere(String),
    /// What is in the way of the file could not be cleared away.
    #[error("there is no place for the helper: {0}")]
    NotCleared(String),
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
/// Windows' error where somebody has a file in use.
const SHARING_VIOLATION: i64 = 32;

impl RunError {
    /// Whether it ended before the helper was there: a file that is, is another's.
    pub fn is_before_writing(&self) -> bool {
        matches!(
            self,
            Self::AtWork(_) | Self::NoTurn(_) | Self::AlreadyThere(_) | Self::NotCleared(_)
        )
    }

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
            Self::AtWork(_)
            | Self::NoTurn(_)
            | Self::AlreadyThere(_)
            | Self::NotCleared(_)
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
        let code = row.number("FailureCode").unwrap_or_default();
        let report = match step.as_str() {
            "wait" if code == 0 => Err(RunError::AtWork(failure)),
            "wait" => Err(RunError::NoTurn(failure)),
            // without bytes to run, the script ends at this step
            "stale" if failure.is_empty() => Err(RunError::NoResult),
            "stale" if code == SHARING_VIOLATION => Err(RunError::AlreadyThere(failure)),
            "stale" => Err(RunError::NotCleared(failure)),
            "write" => Err(RunError::NotWritten(failure)),
            "hash" if failure == HASH_DIFFERS => Err(RunError::HashDiffers(failure)),
            "hash" => Err(RunError::NotChecked(failure)),
            "start" => Err(RunError::NotStarted {
                message: failure,
                code,
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
    use mapisweep_winrm::psrp::clixml::{Object, Value};

    use super::*;
    use crate::{batch::SCRIPT, helper_run::HelperRequest};

    #[test]
    fn the_script_says_so_where_the_hash_differs() {
        assert!(SCRIPT.contains(&format!("throw '{HASH_DIFFERS}'")));
    }

    #[test]
    fn whose_fault_it_is_is_told_by_step_and_error() {
        let why = || "why".to_owned();
        for (step, code, error, is_before_writing) in [
            ("wait", 0, RunError::AtWork(why()), true),
            ("wait", 5, RunError::NoTurn(why()), true),
            ("stale", 32, RunError::AlreadyThere(why()), true),
            ("stale", 5, RunError::NotCleared(why()), true),
            ("stale", 0, RunError::NotCleared(why()), true),
            ("write", 5, RunError::NotWritten(why()), false),
            ("write", 32, RunError::NotWritten(why()), false),
        ] {
            let mut object = Object::default();
            object.extended.extend([
                ("Step".into(), step.into()),
                ("Failure".into(), "why".into()),
                ("FailureCode".into(), Value::I32(code)),
            ]);
            let row = Row::of_object(&HelperRequest::clean_up(), &object.into());
            let report = HelperRun::from_row(&row).unwrap().report;
            assert_eq!(report, Err(error.clone()), "{step} {code}");
            assert_eq!(
                error.is_before_writing(),
                is_before_writing,
                "{step} {code}"
            );
        }
    }
}
