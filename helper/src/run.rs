//! The whole program: arguments in, JSON lines out, an exit code.

use alloc::vec;
use alloc::vec::Vec;

use crate::arguments::Command;
use crate::close::close;
use crate::contract::{lines, Exit, Outcome, INPUT_LIMIT, LISTED_LIMIT, PROTOCOL};
use crate::images::Images;
use crate::report::Report;
use crate::targets::{Target, Targets};
use crate::{Error, ErrorKind, FourTuple, Host, Input, Output, Processes, State, VERSION};

/// Runs the program. `arguments` are without the program's own name, each ended by a zero byte.
///
/// The report ends with a `summary` line, or with an `error` line when nothing was done. One that ends otherwise is
/// that of a run which died: nothing may be concluded from it.
pub fn run(
    arguments: &[u8],
    input: &mut dyn Input,
    host: &mut dyn Host,
    output: &mut dyn Output,
) -> Exit {
    let mut report = Report::new(output);
    let mut exit = Exit::Done;
    if let Err(error) = obey(arguments, input, host, &mut report, &mut exit) {
        report.shape(lines::ERROR);
        report.text(error.kind.sentence().as_bytes());
        if error.number != 0 {
            report.shape(lines::ERROR_NUMBER);
            report.number(error.number);
        }
        report.shape(lines::ERROR_END);
        exit = error.kind.exit();
    }
    match report.flush() {
        Ok(()) => exit,
        Err(_) => Exit::Mute,
    }
}

fn obey(
    arguments: &[u8],
    input: &mut dyn Input,
    host: &mut dyn Host,
    report: &mut Report<'_>,
    exit: &mut Exit,
) -> Result<(), Error> {
    let command = Command::parse(arguments)?;
    let elevated = host.elevated();
    report.shape(lines::HEAD);
    report.number(PROTOCOL);
    report.text(VERSION.as_bytes());
    report.text(command.name().as_bytes());
    report.text(if elevated { b"true" } else { b"false" });
    // who cannot say what he does does nothing
    if report.flush().is_err() {
        return Ok(());
    }
    match command.max {
        None => list(command.images, host, report),
        Some(_) if !elevated => Err(ErrorKind::NotElevated.into()),
        Some(max) => {
            let text = read_all(input)?;
            let mut targets = Targets::default();
            targets.read(&text, max)?;
            close(&mut targets, command.images, host).map_err(ErrorKind::Unreadable.because())?;
            if !tell(&targets.list, report) {
                *exit = Exit::Incomplete;
            }
            Ok(())
        }
    }
}

fn list(images: Images<'_>, host: &mut dyn Host, report: &mut Report<'_>) -> Result<(), Error> {
    let mut processes = Processes::default();
    host.processes(&mut processes)
        .map_err(ErrorKind::Unreadable.because())?;
    let mut listed = 0;
    let mut left_out = 0;
    host.connections(&mut |row| {
        let image = processes.image_of(row.pid);
        if row.state == State::LISTEN || !images.allow(image) {
            return;
        }
        if listed == LISTED_LIMIT {
            left_out += 1;
            return;
        }
        listed += 1;
        put_row(report, &row.connection, row.state, row.pid, image);
        report.shape(lines::ROW_END);
    })
    .map_err(ErrorKind::Unreadable.because())?;
    report.shape(lines::SUMMARY_OF_LIST);
    report.number(listed);
    if left_out > 0 {
        report.shape(lines::SUMMARY_LEFT_OUT);
        report.number(left_out);
    }
    report.shape(lines::SUMMARY_END);
    Ok(())
}

/// Tells what came of the targets; says whether all are gone.
fn tell(targets: &[Target<'_>], report: &mut Report<'_>) -> bool {
    let mut counts = [0; Outcome::COUNT];
    let mut all_gone = true;
    for target in targets {
        let outcome = target.detail.outcome();
        counts[outcome as usize] += 1;
        all_gone &= outcome.is_gone();
        put_row(
            report,
            &target.connection,
            target.state_before,
            target.pid,
            target.image,
        );
        report.shape(lines::ROW_OUTCOME);
        report.text(outcome.name());
        report.number(target.code);
        let why = target.detail.why();
        if !why.is_empty() {
            report.shape(lines::ROW_WHY);
            report.text(why.as_bytes());
        }
        report.shape(lines::ROW_END);
    }
    report.shape(lines::SUMMARY_OF_CLOSE);
    report.number(targets.len() as u32);
    for (place, count) in counts.iter().enumerate() {
        report.shape(lines::SUMMARY_OUTCOME);
        report.text(Outcome::name_of(place as u32));
        report.number(*count);
    }
    report.shape(lines::SUMMARY_END);
    all_gone
}

fn read_all(input: &mut dyn Input) -> Result<Vec<u8>, Error> {
    let mut text = vec![0; INPUT_LIMIT];
    let mut length = 0;
    loop {
        let room = text.get_mut(length..).unwrap_or_default();
        if room.is_empty() {
            return Err(ErrorKind::InputTooLong.into());
        }
        let count = input
            .read(room)
            .map_err(ErrorKind::InputUnreadable.because())?;
        if count == 0 {
            text.truncate(length);
            return Ok(text);
        }
        length += count;
    }
}

/// All of a line that speaks of a connection, but for its end.
fn put_row(report: &mut Report<'_>, connection: &FourTuple, state: State, pid: u32, image: &[u8]) {
    report.shape(lines::ROW);
    report.text(connection.family.name().as_bytes());
    report.end(connection.family, &connection.local);
    report.end(connection.family, &connection.remote);
    report.text(state.name());
    report.number(pid);
    report.text(image);
}

#[cfg(test)]
mod tests;
