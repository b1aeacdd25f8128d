//! The whole program: arguments in, JSON lines out, an exit code.

use alloc::vec;
use alloc::vec::Vec;

use crate::arguments::Command;
use crate::close::close;
use crate::images::Images;
use crate::look::{Index, Look};
use crate::report::Report;
use crate::targets;
use crate::verdict::{Outcome, Verdict};
use crate::{Code, Error, FourTuple, Host, Input, Output, State};
use crate::{INPUT_LIMIT, LISTED_LIMIT, PROTOCOL, VERSION};

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All was listed; all targets are closed, or were gone already.
    Done = 0,
    /// Some target was not closed.
    Incomplete = 1,
    /// The arguments or the target list cannot be understood, or ask for too much. Nothing was done.
    Usage = 2,
    /// Closing needs an elevated administrator. Nothing was done.
    NotElevated = 3,
    /// The connection table or the process list cannot be read. Nothing was done.
    Unreadable = 4,
    /// The report could not be written. When even its first line could not, nothing was done.
    Mute = 5,
}

impl Exit {
    /// The exit code of the process.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// Runs the program. `arguments` are without the program's own name.
///
/// The report ends with a `summary` line, or with an `error` line when nothing was done. One that ends otherwise is
/// that of a run which died: nothing may be concluded from it.
pub fn run<S: AsRef<[u8]>>(
    arguments: &[S],
    input: &mut dyn Input,
    host: &mut dyn Host,
    output: &mut dyn Output,
) -> Exit {
    let mut report = Report::new(output);
    let exit = Command::parse(arguments)
        .and_then(|command| obey(&command, input, host, &mut report))
        .or_else(|error| excuse(error, &mut report));
    exit.unwrap_or(Exit::Mute)
}

fn excuse(error: Error, report: &mut Report<'_>) -> Result<Exit, Code> {
    if error != Error::Mute {
        report.sentence("error", error.sentence(), error.number());
        report.end()?;
        report.flush()?;
    }
    Ok(error.exit())
}

fn obey(
    command: &Command<'_>,
    input: &mut dyn Input,
    host: &mut dyn Host,
    report: &mut Report<'_>,
) -> Result<Exit, Error> {
    let elevated = host.elevated();
    report.text("helper", b"mapisweep-helper");
    report.number("protocol", PROTOCOL);
    report.text("version", VERSION.as_bytes());
    report.text("command", command.name().as_bytes());
    report.flag("elevated", elevated);
    report.end()?;
    // who cannot say what he does does nothing
    report.flush()?;
    let exit = match command.max {
        None => list(&command.images, host, report)?,
        Some(_) if !elevated => return Err(Error::NotElevated),
        Some(max) => close_all(&read_all(input)?, max, &command.images, host, report)?,
    };
    report.flush()?;
    Ok(exit)
}

fn list(images: &Images<'_>, host: &mut dyn Host, report: &mut Report<'_>) -> Result<Exit, Error> {
    let look = Look::take(host).map_err(Error::Unreadable)?;
    let mut listed = 0;
    let mut left_out = 0;
    for row in &look.rows {
        let image = look.image_of(row.pid);
        if row.state == State::LISTEN || !images.allow(image) {
            continue;
        }
        if listed == LISTED_LIMIT {
            left_out += 1;
            continue;
        }
        listed += 1;
        whose(report, &row.connection, row.state, row.pid, image);
        report.end()?;
    }
    report.object("summary");
    report.number("listed", listed);
    if left_out > 0 {
        report.number("left_out", left_out);
    }
    report.end_object()?;
    Ok(Exit::Done)
}

fn close_all(
    text: &[u8],
    max: u32,
    images: &Images<'_>,
    host: &mut dyn Host,
    report: &mut Report<'_>,
) -> Result<Exit, Error> {
    let targets = targets::parse(text, max)?;
    let index = Index::new(&targets).ok_or(Error::SameTarget)?;
    let verdicts = close(&targets, &index, images, host).map_err(Error::Unreadable)?;
    for (target, verdict) in targets.iter().zip(&verdicts) {
        let finding = verdict.finding;
        whose(
            report,
            &target.connection,
            verdict.state,
            target.pid,
            target.image,
        );
        report.text("outcome", finding.outcome().name().as_bytes());
        report.number("code", verdict.code);
        if !finding.why().is_empty() {
            report.text("why", finding.why().as_bytes());
        }
        report.end()?;
    }
    summarize(report, &verdicts)?;
    if verdicts
        .iter()
        .all(|verdict| verdict.finding.outcome().is_gone())
    {
        Ok(Exit::Done)
    } else {
        Ok(Exit::Incomplete)
    }
}

fn read_all(input: &mut dyn Input) -> Result<Vec<u8>, Error> {
    let mut text = vec![0; INPUT_LIMIT];
    let mut length = 0;
    loop {
        let room = text.get_mut(length..).unwrap_or_default();
        if room.is_empty() {
            return Err(Error::InputTooLong);
        }
        let count = input.read(room).map_err(Error::InputUnreadable)?;
        if count == 0 {
            text.truncate(length);
            return Ok(text);
        }
        length += count;
    }
}

fn whose(report: &mut Report<'_>, connection: &FourTuple, state: State, pid: u32, image: &[u8]) {
    report.text("family", connection.family.name().as_bytes());
    report.endpoint("local", connection.family, &connection.local);
    report.endpoint("remote", connection.family, &connection.remote);
    report.text("state", state.name().as_bytes());
    report.number("pid", pid);
    report.text("image", image);
}

fn summarize(report: &mut Report<'_>, verdicts: &[Verdict]) -> Result<(), Code> {
    report.object("summary");
    report.number("targets", verdicts.len() as u32);
    for (outcome, name) in Outcome::ALL {
        let these = verdicts
            .iter()
            .filter(|verdict| verdict.finding.outcome() == outcome);
        report.number(name, these.count() as u32);
    }
    report.end_object()
}

#[cfg(test)]
mod tests;
