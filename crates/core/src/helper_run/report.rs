//! The helper's JSON lines: a head, one line a connection, a summary.

use std::net::SocketAddr;

use serde::Deserialize;

use super::tcp::{TcpConnection, TcpState};

/// The protocol this client speaks with the helper; a helper of another one is refused.
pub const PROTOCOL: u32 = 1;

/// Everything a helper said in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The helper's version.
    pub version: String,
    /// A line for each connection listed or targeted.
    pub targets: Vec<Target>,
}

/// One connection, and in close mode what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The connection.
    pub connection: TcpConnection,
    /// What the helper *saw* become of it; `None` in list mode.
    pub outcome: Option<Outcome>,
}

/// What the helper saw become of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Closed, and seen gone from the table.
    Closed,
    /// It was no longer there when the helper looked.
    AlreadyGone,
    /// Windows accepted the call, but the connection was still in the table at the end.
    StillOpen,
    /// Windows denied it.
    Denied,
    /// It now belongs to another process than planned, so it was left alone.
    Changed,
    /// One of the helper's own rules forbids it.
    Refused,
    /// Windows failed with this error code.
    Failed(u32),
}

impl Outcome {
    /// The helper's own word for it, which the audit log and the data formats use too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::AlreadyGone => "already_gone",
            Self::StillOpen => "still_open",
            Self::Denied => "denied",
            Self::Changed => "changed",
            Self::Refused => "refused",
            Self::Failed(_) => "failed",
        }
    }

    /// The Windows error code, where it failed with one.
    pub fn code(self) -> Option<u32> {
        match self {
            Self::Failed(code) => Some(code),
            _ => None,
        }
    }
}

/// Why a report is not one.
#[derive(Debug, Clone, thiserror::Error, PartialEq)]
pub enum ReportError {
    /// The helper refused its arguments.
    #[error("the helper refused the request: {0}")]
    Refused(String),
    /// The process has no administrator's rights.
    #[error("the helper is not running as administrator")]
    NotElevated,
    /// The helper could not read the connection table.
    #[error("the helper could not read the connection table")]
    TableUnreadable,
    /// Another version of the protocol.
    #[error("the helper speaks protocol {0}, not {PROTOCOL}")]
    OtherProtocol(u32),
    /// A line is not what the protocol says.
    #[error("line {line} of the helper's output is not as agreed: {reason}")]
    BadLine {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A line before the head, a second head, or a line after the summary: more than one run's output, or not all of
    /// one.
    #[error("line {line} of the helper's output is not where it belongs")]
    Misplaced {
        /// Counted from 1.
        line: usize,
    },
    /// The summary is missing or disagrees with the lines: the helper died, or the output was cut.
    #[error(
        "the helper's output ends early ({lines} lines): nothing can be said about what it did"
    )]
    Truncated {
        /// How many lines there were.
        lines: usize,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Head {
        protocol: u32,
        version: String,
        elevated: bool,
    },
    Error {
        error: String,
    },
    Summary {
        summary: Summary,
    },
    Connection(ConnectionLine),
}

#[derive(Deserialize)]
struct Summary {
    listed: Option<usize>,
    targets: Option<usize>,
}

#[derive(Deserialize)]
struct ConnectionLine {
    local: SocketAddr,
    remote: SocketAddr,
    state: String,
    pid: u32,
    image: String,
    outcome: Option<String>,
    #[serde(default)]
    code: u32,
}

impl Report {
    /// Reads standard output and the exit code of one run.
    pub fn parse(output: &str, exit_code: Option<i64>) -> Result<Self, ReportError> {
        const NOT_ELEVATED: i64 = 3;
        const TABLE_UNREADABLE: i64 = 4;
        match exit_code {
            Some(NOT_ELEVATED) => return Err(ReportError::NotElevated),
            Some(TABLE_UNREADABLE) => return Err(ReportError::TableUnreadable),
            _ => {}
        }
        let mut report: Option<Self> = None;
        let mut summary = None;
        let lines = output.lines().filter(|line| !line.trim().is_empty());
        let mut count = 0;
        for (index, text) in lines.enumerate() {
            count = index + 1;
            match (read_line(text, count)?, &mut report, summary) {
                (Line::Error { error }, ..) => return Err(ReportError::Refused(error)),
                (
                    Line::Head {
                        protocol,
                        version,
                        elevated,
                    },
                    None,
                    None,
                ) => {
                    if protocol != PROTOCOL {
                        return Err(ReportError::OtherProtocol(protocol));
                    }
                    if !elevated {
                        return Err(ReportError::NotElevated);
                    }
                    report = Some(Self {
                        version,
                        targets: Vec::new(),
                    });
                }
                (Line::Connection(line), Some(report), None) => {
                    report.targets.push(target(line, count)?);
                }
                (Line::Summary { summary: counts }, Some(_), None) => {
                    summary = Some(counts.targets.or(counts.listed));
                }
                _ => return Err(ReportError::Misplaced { line: count }),
            }
        }
        report
            .filter(|report| summary == Some(Some(report.targets.len())))
            .ok_or(ReportError::Truncated { lines: count })
    }
}

fn read_line(text: &str, line: usize) -> Result<Line, ReportError> {
    serde_json::from_str(text).map_err(|error| ReportError::BadLine {
        line,
        reason: error.to_string(),
    })
}

fn target(line: ConnectionLine, number: usize) -> Result<Target, ReportError> {
    let outcome = match line.outcome.as_deref() {
        None => None,
        Some("closed") => Some(Outcome::Closed),
        Some("already_gone") => Some(Outcome::AlreadyGone),
        Some("still_open") => Some(Outcome::StillOpen),
        Some("denied") => Some(Outcome::Denied),
        Some("changed") => Some(Outcome::Changed),
        Some("refused") => Some(Outcome::Refused),
        Some("failed") => Some(Outcome::Failed(line.code)),
        Some(other) => {
            return Err(ReportError::BadLine {
                line: number,
                reason: format!("unknown outcome {other}"),
            });
        }
    };
    Ok(Target {
        connection: TcpConnection {
            local: line.local,
            remote: line.remote,
            state: TcpState::named(&line.state),
            pid: line.pid,
            image: line.image,
        },
        outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"{"helper":"mapisweep-helper","protocol":1,"version":"0.1.0","command":"close","elevated":true}"#;

    fn target_with(outcome: &str) -> String {
        format!(
            r#"{{"family":"tcp4","local":"10.0.0.11:6001","remote":"10.1.4.23:50001","state":"established","pid":2316,"image":"store.exe","outcome":"{outcome}","code":317}}"#
        )
    }

    fn summary(targets: usize) -> String {
        format!(r#"{{"summary":{{"targets":{targets},"closed":1}}}}"#)
    }

    #[test]
    fn every_outcome_is_understood() {
        for (word, outcome) in [
            ("closed", Outcome::Closed),
            ("already_gone", Outcome::AlreadyGone),
            ("still_open", Outcome::StillOpen),
            ("denied", Outcome::Denied),
            ("changed", Outcome::Changed),
            ("refused", Outcome::Refused),
            ("failed", Outcome::Failed(317)),
        ] {
            let output = [HEAD, &target_with(word), &summary(1)].join("\r\n");
            let report = Report::parse(&output, Some(1)).unwrap();
            assert_eq!(report.targets[0].outcome, Some(outcome), "{word}");
        }
    }

    #[test]
    fn a_report_that_is_not_whole_says_nothing() {
        let closed = target_with("closed");
        let truncated = |lines| ReportError::Truncated { lines };
        let misplaced = |line| ReportError::Misplaced { line };
        let other = HEAD.replace(r#""protocol":1"#, r#""protocol":2"#);
        let user = HEAD.replace(r#""elevated":true"#, r#""elevated":false"#);
        let refused = r#"{"error":"the list ends early"}"#;
        for (lines, exit_code, error) in [
            (vec![], 0, truncated(0)),
            (vec![HEAD], 0, truncated(1)),
            (vec![HEAD, &closed], 0, truncated(2)),
            (vec![HEAD, &closed, &summary(2)], 0, truncated(3)),
            (vec![&closed, &summary(1)], 0, misplaced(1)),
            (vec![HEAD, HEAD, &summary(0)], 0, misplaced(2)),
            (vec![HEAD, &summary(1), &closed], 0, misplaced(3)),
            (vec![HEAD, &summary(0), &summary(0)], 0, misplaced(3)),
            (
                vec![HEAD, refused],
                2,
                ReportError::Refused("the list ends early".into()),
            ),
            (vec![&other, &summary(0)], 0, ReportError::OtherProtocol(2)),
            (vec![&user, &summary(0)], 0, ReportError::NotElevated),
            (vec![HEAD, &summary(0)], 3, ReportError::NotElevated),
            (vec![HEAD, &summary(0)], 4, ReportError::TableUnreadable),
        ] {
            let output = lines.join("\n");
            assert_eq!(
                Report::parse(&output, Some(exit_code)),
                Err(error),
                "{output}"
            );
        }
        for line in [
            "nonsense",
            "{}",
            &target_with("vaporised"),
            &closed.replace("10.1.4.23", "x"),
        ] {
            let output = [HEAD, line, &summary(1)].join("\n");
            let parsed = Report::parse(&output, Some(0));
            assert!(
                matches!(parsed, Err(ReportError::BadLine { line: 2, .. })),
                "{line}"
            );
        }
    }
}
