//! The helper's answer, whole or not at all: a head, one line a connection, a summary.

use std::fmt;

use mapisweep_helper::{
    Exit, Outcome, State,
    contract::{
        PROTOCOL,
        answer::{Line, Row},
    },
};

use super::tcp::{TcpConnection, TcpState};

/// What a helper said in one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// A line for each connection listed or targeted.
    pub targets: Vec<Target>,
    /// Connections that a list does not hold, because it would be too long.
    pub left_out: usize,
}

/// One connection, and in close mode what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The connection.
    pub connection: TcpConnection,
    /// What the helper *saw* become of it; `None` in list mode.
    pub outcome: Option<Outcome>,
    /// The Windows error with which it failed, if it did and there was one.
    pub code: Option<u32>,
    /// Why that is its outcome.
    pub why: Why,
}

/// Why an outcome is what it is; for people, as it is displayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The helper's own clause; empty where the outcome says it all.
    Said(String),
    /// The helper called it closed, and a second list has it.
    StillListed,
    /// The helper called it closed, and nobody else tells.
    SaidAlone,
    /// The helper did not tell; it was listed afterwards.
    SeenAfterwards,
    /// Nothing was done, for something went wrong before.
    NotBegun,
    /// Nothing is known of it.
    NotSeen,
}

impl Why {
    /// The outcome says it all.
    pub const PLAIN: Self = Self::Said(String::new());

    /// What there is to be said.
    pub fn told(&self) -> Option<String> {
        (*self != Self::PLAIN).then(|| self.to_string())
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Said(clause) => clause,
            Self::StillListed => "closed, says the helper, but it is listed afterwards",
            Self::SaidAlone => "closed, says the helper alone",
            Self::SeenAfterwards => "as seen afterwards",
            Self::NotBegun => "not begun, for something went wrong before",
            Self::NotSeen => "it was not seen what became of it",
        })
    }
}

/// Connections of a server, as far as the helper lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Those that it lists.
    pub connections: Vec<TcpConnection>,
    /// How many more there are.
    pub left_out: usize,
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
    /// It is about other connections than those that were to be closed, or not about each of them once.
    #[error("the helper reports on other connections than those that were to be closed")]
    OtherTargets,
    /// It is about some of those that were to be closed, and nothing else.
    #[error("the helper reports on {} of the {planned} connections that were to be closed", none_or(*.told))]
    FewerTargets {
        /// So many.
        told: usize,
        /// Of so many.
        planned: usize,
    },
    /// It did not come to its own end: it crashed, or somebody or something ended it.
    #[error("the helper {} ({}, {lines} lines said)", how_ended(*.code), exit_code(*.code))]
    Ended {
        /// The exit code that it was ended with.
        code: i64,
        /// How many lines there were.
        lines: usize,
    },
    /// The summary is missing or disagrees with the lines, though it ended by itself: the output was cut.
    #[error("the helper's output ends early ({lines} lines)")]
    Truncated {
        /// How many lines there were.
        lines: usize,
    },
}

impl ReportError {
    /// Whether it ended as a program does that crashes by its own doing.
    pub fn is_crash(&self) -> bool {
        matches!(self, Self::Ended { code, .. } if crash(*code).is_some())
    }
}

impl Report {
    /// Reads standard output and the exit code of one run.
    pub fn parse(output: &str, exit_code: Option<i64>) -> Result<Self, ReportError> {
        let ended = |exit: Exit| exit_code == Some(exit.code().into());
        if ended(Exit::NotElevated) {
            return Err(ReportError::NotElevated);
        }
        if ended(Exit::Unreadable) {
            return Err(ReportError::TableUnreadable);
        }
        let mut report: Option<Self> = None;
        let mut summary = None;
        let lines = output.lines().filter(|line| !line.trim().is_empty());
        let mut count = 0;
        for (index, text) in lines.enumerate() {
            let line = match read_line(text, index + 1) {
                // half a line is where the helper was ended
                Err(_) if output.ends_with(text) => {
                    return Err(cut(index, summary.is_some(), exit_code));
                }
                line => line?,
            };
            count = index + 1;
            match (line, &mut report, summary) {
                (Line::Error { error }, ..) => return Err(ReportError::Refused(error)),
                (Line::Head { protocol, elevated }, None, None) => {
                    if protocol != PROTOCOL {
                        return Err(ReportError::OtherProtocol(protocol));
                    }
                    if !elevated {
                        return Err(ReportError::NotElevated);
                    }
                    report = Some(Self::default());
                }
                (Line::Row(row), Some(report), None) => {
                    report.targets.push(target(row, count)?);
                }
                (Line::Summary { summary: counts }, Some(report), None) => {
                    summary = Some(counts.targets.or(counts.listed));
                    report.left_out = counts.left_out;
                }
                _ => return Err(ReportError::Misplaced { line: count }),
            }
        }
        report
            .filter(|report| summary == Some(Some(report.targets.len())))
            .ok_or_else(|| cut(count, summary.is_some(), exit_code))
    }

    /// The report, where it is about exactly these targets, each once, in whatever order.
    pub fn on(self, planned: &[TcpConnection]) -> Result<Self, ReportError> {
        let key =
            |connection: &TcpConnection| (connection.local, connection.remote, connection.pid);
        let sorted = |keys: &mut dyn Iterator<Item = _>| {
            let mut keys: Vec<_> = keys.collect();
            keys.sort_unstable();
            keys
        };
        let planned = sorted(&mut planned.iter().map(key));
        let reported = sorted(&mut self.targets.iter().map(|target| key(&target.connection)));
        let is_told = self.targets.iter().all(|target| target.outcome.is_some());
        match is_told {
            true if planned == reported => Ok(self),
            true if is_part(&reported, &planned) => Err(ReportError::FewerTargets {
                told: reported.len(),
                planned: planned.len(),
            }),
            _ => Err(ReportError::OtherTargets),
        }
    }

    /// The connections, where listing them was all that was asked for.
    pub fn into_listed(self) -> Listed {
        let targets = self.targets.into_iter();
        Listed {
            connections: targets.map(|target| target.connection).collect(),
            left_out: self.left_out,
        }
    }
}

/// Whether the one has nothing that the other does not have, both sorted.
fn is_part<T: PartialEq>(part: &[T], whole: &[T]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|one| whole.any(|other| other == one))
}

fn none_or(number: usize) -> String {
    match number {
        0 => "none".to_owned(),
        number => number.to_string(),
    }
}

/// Why there are no more than so many lines. The helper's own end has a summary, unless it could not write: whoever ends a
/// process chooses its exit code, which may be one of the helper's.
fn cut(lines: usize, has_summary: bool, exit_code: Option<i64>) -> ReportError {
    let mute = i64::from(Exit::Mute.code());
    match exit_code {
        Some(code) if !has_summary && code != mute => ReportError::Ended { code, lines },
        _ => ReportError::Truncated { lines },
    }
}

/// What Windows calls the crashes that it ends a process for, by the status that is its exit code then. Whoever ends a process
/// may choose one of these, too, which hardly anybody does.
const CRASHES: [(u32, &str); 8] = [
    (0x8000_0003, "breakpoint"),
    (0xC000_0005, "access violation"),
    (0xC000_001D, "illegal instruction"),
    (0xC000_0094, "division by zero"),
    (0xC000_0096, "privileged instruction"),
    (0xC000_00FD, "stack overflow"),
    (0xC000_0374, "heap corruption"),
    (0xC000_0409, "stack buffer overrun"),
];

fn crash(code: i64) -> Option<&'static str> {
    let status = i32::try_from(code).ok()?.cast_unsigned();
    let mut crashes = CRASHES.into_iter();
    crashes.find_map(|(crash, name)| (crash == status).then_some(name))
}

fn how_ended(code: i64) -> &'static str {
    match crash(code) {
        Some(_) => "crashed",
        None => "was ended from outside",
    }
}

/// As Windows shows it, a status of its own in hexadecimal, with what it calls a crash: `access violation, exit code
/// 0xC0000005`.
fn exit_code(code: i64) -> String {
    let number = match i32::try_from(code) {
        Ok(code) if code < 0 => format!("0x{:08X}", code.cast_unsigned()),
        _ => code.to_string(),
    };
    match crash(code) {
        Some(crash) => format!("{crash}, exit code {number}"),
        None => format!("exit code {number}"),
    }
}

fn read_line(text: &str, line: usize) -> Result<Line, ReportError> {
    serde_json::from_str(text).map_err(|error| ReportError::BadLine {
        line,
        reason: error.to_string(),
    })
}

fn target(row: Row, line: usize) -> Result<Target, ReportError> {
    let outcome = match row.outcome {
        None => None,
        Some(word) => Some(Outcome::named(&word).ok_or_else(|| ReportError::BadLine {
            line,
            reason: format!("unknown outcome {word}"),
        })?),
    };
    let failed = outcome == Some(Outcome::Failed) && row.code != 0;
    Ok(Target {
        connection: TcpConnection {
            local: row.local,
            remote: row.remote,
            state: State::named(&row.state).map_or(TcpState::Other, TcpState::from),
            pid: row.pid,
            image: row.image,
        },
        outcome,
        code: failed.then_some(row.code),
        why: Why::Said(row.why),
    })
}

#[cfg(test)]
mod tests;
