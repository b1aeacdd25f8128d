//! The whole program: arguments in, JSON lines out, an exit code.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::arguments::Command;
use crate::close::{close, Outcome, Verdict};
use crate::images::Images;
use crate::look::{Index, Look};
use crate::report::{Object, Report};
use crate::targets::{self, Target};
use crate::{Code, FourTuple, Host, Input, Output, State};
use crate::{INPUT_LIMIT, LISTED_LIMIT, PROTOCOL, VERSION};

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All was listed; all targets are closed, or were gone already.
    Done,
    /// Some target was not closed.
    Incomplete,
    /// The arguments or the target list cannot be understood, or ask for too much. Nothing was done.
    Usage,
    /// Closing needs an elevated administrator. Nothing was done.
    NotElevated,
    /// The connection table or the process list cannot be read. Nothing was done.
    Unreadable,
    /// The report could not be written. When even its first line could not, nothing was done.
    Mute,
}

impl Exit {
    /// The exit code of the process.
    pub fn code(self) -> u32 {
        match self {
            Exit::Done => 0,
            Exit::Incomplete => 1,
            Exit::Usage => 2,
            Exit::NotElevated => 3,
            Exit::Unreadable => 4,
            Exit::Mute => 5,
        }
    }
}

/// Why a run ended before its summary.
enum Stop {
    /// To be said in an `error` line.
    Because(Exit, String),
    /// Nobody can be told.
    Mute,
}

impl From<Code> for Stop {
    /// Only writing the report fails with a bare code.
    fn from(_: Code) -> Self {
        Stop::Mute
    }
}

/// Runs the program. `arguments` are without the program's own name.
///
/// The report ends with a `summary` line, or with an `error` line when nothing was done. One that ends otherwise is
/// that of a run which died: nothing may be concluded from it.
pub fn run<S: AsRef<str>>(
    arguments: &[S],
    input: &mut dyn Input,
    host: &mut dyn Host,
    output: &mut dyn Output,
) -> Exit {
    let command = Command::parse(arguments);
    obey(command, input, host, &mut Report::new(output))
}

fn obey(
    command: Result<Command, &'static str>,
    input: &mut dyn Input,
    host: &mut dyn Host,
    report: &mut Report<'_>,
) -> Exit {
    let ended = match command {
        Err(sentence) => Err(Stop::Because(Exit::Usage, sentence.into())),
        Ok(command) => begin(&command, input, host, report),
    };
    let said = match ended {
        Ok(exit) => report.flush().map(|()| exit),
        Err(Stop::Because(exit, sentence)) => report
            .line(|line| line.text("error", &sentence))
            .and_then(|()| report.flush())
            .map(|()| exit),
        Err(Stop::Mute) => Ok(Exit::Mute),
    };
    said.unwrap_or(Exit::Mute)
}

fn begin(
    command: &Command,
    input: &mut dyn Input,
    host: &mut dyn Host,
    report: &mut Report<'_>,
) -> Result<Exit, Stop> {
    let elevated = host.elevated();
    report.line(|line| {
        line.text("helper", "mapisweep-helper");
        line.number("protocol", PROTOCOL);
        line.text("version", VERSION);
        line.text("command", command.name());
        line.flag("elevated", elevated);
    })?;
    // who cannot say what he does does nothing
    report.flush()?;
    match command {
        Command::List { images } => list(images, host, report),
        Command::Close { .. } if !elevated => Err(Stop::Because(
            Exit::NotElevated,
            "not elevated: closing connections needs an administrator's full rights".into(),
        )),
        Command::Close { max, images } => {
            let targets = targets::parse(&read_all(input)?, *max)
                .map_err(|sentence| Stop::Because(Exit::Usage, sentence))?;
            close_all(&targets, images, host, report)
        }
    }
}

fn read_all(input: &mut dyn Input) -> Result<Vec<u8>, Stop> {
    let mut text = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        let count = input.read(&mut piece).map_err(|code| {
            Stop::Because(
                Exit::Usage,
                format!("standard input cannot be read: error {}", code.0),
            )
        })?;
        if count == 0 {
            return Ok(text);
        }
        text.extend(piece.iter().take(count));
        if text.len() > INPUT_LIMIT {
            return Err(Stop::Because(
                Exit::Usage,
                "the target list is too long".into(),
            ));
        }
    }
}

fn list(images: &Images, host: &mut dyn Host, report: &mut Report<'_>) -> Result<Exit, Stop> {
    let look = Look::take(host).map_err(unreadable)?;
    let mut listed = 0;
    let mut left_out = 0;
    for row in look.rows.iter().filter(|row| row.state != State::LISTEN) {
        let image = look.image_of(row.pid);
        if !images.allow(image) {
            continue;
        }
        if listed as usize == LISTED_LIMIT {
            left_out += 1;
            continue;
        }
        listed += 1;
        report.line(|line| {
            whose(line, &row.connection, row.state, row.pid, image);
        })?;
    }
    report.line(|line| {
        line.object("summary", |summary| {
            summary.number("listed", listed);
            if left_out > 0 {
                summary.number("left_out", left_out);
            }
        });
    })?;
    Ok(Exit::Done)
}

fn close_all(
    targets: &[Target],
    images: &Images,
    host: &mut dyn Host,
    report: &mut Report<'_>,
) -> Result<Exit, Stop> {
    let index = Index::new(targets)
        .ok_or_else(|| Stop::Because(Exit::Usage, "a connection is named twice".into()))?;
    let verdicts = close(targets, &index, images, host).map_err(unreadable)?;
    for (target, verdict) in targets.iter().zip(&verdicts) {
        report.line(|line| {
            whose(
                line,
                &target.connection,
                verdict.state,
                target.pid,
                &target.image,
            );
            line.plain("outcome", &verdict.outcome.name());
            line.number("code", verdict.code.map_or(0, |code| code.0));
            if !verdict.why.is_empty() {
                line.text("why", verdict.why);
            }
        })?;
    }
    report.line(|line| line.object("summary", |summary| count(summary, &verdicts)))?;
    let all_gone = verdicts.iter().all(|verdict| verdict.outcome.is_gone());
    Ok(if all_gone {
        Exit::Done
    } else {
        Exit::Incomplete
    })
}

fn whose(line: &mut Object<'_>, connection: &FourTuple, state: State, pid: u32, image: &str) {
    line.plain("family", &connection.family());
    match connection {
        FourTuple::V4 { local, remote } => {
            line.plain("local", local);
            line.plain("remote", remote);
        }
        FourTuple::V6 { local, remote } => {
            line.plain("local", local);
            line.plain("remote", remote);
        }
    }
    line.plain("state", &state.name());
    line.number("pid", pid);
    line.text("image", image);
}

fn count(summary: &mut Object<'_>, verdicts: &[Verdict]) {
    summary.number("targets", verdicts.len() as u32);
    for outcome in Outcome::ALL {
        let these = verdicts.iter().filter(|verdict| verdict.outcome == outcome);
        summary.number(outcome.name(), these.count() as u32);
    }
}

fn unreadable(code: Code) -> Stop {
    let sentence = format!("the connections cannot be read: error {}", code.0);
    Stop::Because(Exit::Unreadable, sentence)
}

#[cfg(test)]
mod tests;
