//! The recorded answers, read by the program's own types: a line for each conversation.

use mapisweep_core::{
    exchange::{
        Dag, ExchangeServer, Failure, Logon, Mailbox, SessionLimit, SnapIn,
        server::{clock_from_value, computer_name_from_value},
    },
    helper_run::{HelperRun, Report, RunError},
};
use mapisweep_winrm::psrp::{
    clixml::Value,
    pipeline::{PipelineResult, State},
};

use crate::{expected, heard, recorded::conversations};

#[test]
fn what_the_engine_said_of_2007_is_read() {
    is_read("2007");
}

#[test]
fn what_the_engine_said_of_2010_is_read() {
    is_read("2010");
}

fn is_read(version: &str) {
    let recorded = conversations(version);
    let (server, results) = heard::all(&recorded);
    assert_eq!(server.protocol, "2.3");
    assert_eq!(server.powershell.as_deref(), Some("7.6.9"));

    let heard: Vec<_> = results.iter().map(|(name, _)| *name).collect();
    let expected: Vec<_> = TABLE.iter().map(|(name, _)| *name).collect();
    assert_eq!(heard, expected);
    for ((_, result), (_, judge)) in results.iter().zip(TABLE) {
        judge(result, version);
    }
}

type Judge = fn(&PipelineResult, &str);

#[rustfmt::skip]
const TABLE: &[(&str, Judge)] = &[
    ("the computer's name", |said, _| assert_eq!(computer_name_from_value(row(said)), Ok("EX01".to_owned()))),
    ("a variable that is not there", |said, _| goes_on(said, Failure::Other)),
    ("the clock", |said, _| assert_eq!(clock_from_value(row(said)), Ok("2026-03-02T08:05:00.1234567Z".parse().unwrap()))),
    ("the session limit", |said, _| assert_eq!(SessionLimit::from_value(row(said)), SessionLimit::AtMost(32))),
    ("a registry key that is not there", |said, _| goes_on(said, Failure::Other)),
    ("snap-ins", |said, version| assert_eq!(SnapIn::newest_of(&said.output).unwrap().generation, expected::server(version).version.unwrap().generation())),
    ("a cmdlet without its snap-in", |said, _| ends(said, Failure::UnknownCommand)),
    ("a snap-in that is not there", |said, _| goes_on(said, Failure::NoSnapIn)),
    ("a parameter that is missing", |said, _| ends(said, Failure::Other)),
    ("the snap-in", |said, _| assert_eq!(rows(said), [])),
    ("a server", |said, version| assert_eq!(ExchangeServer::from_value(row(said)), Ok(expected::server(version)))),
    ("servers", |said, version| assert_eq!(ExchangeServer::from_value(row(said)), Ok(expected::server(version)))),
    ("a server that is not there", |said, _| goes_on(said, Failure::NotFound)),
    ("a mailbox", |said, _| assert_eq!(Mailbox::from_value(row(said)), Ok(expected::mailbox("jsmith")))),
    ("mailboxes", |said, _| assert_eq!(mailboxes(said), ["jsmith", "jsmith2"].map(expected::mailbox))),
    ("a mailbox that is not there", |said, _| goes_on(said, Failure::NotFound)),
    ("a parameter that is not there", |said, _| ends(said, Failure::Other)),
    ("logons", |said, version| assert_eq!(logons(rows(said)), expected::logons(version))),
    ("a DAG", |said, version| match version {
        "2007" => ends(said, Failure::UnknownCommand),
        _ => assert_eq!(Dag::from_value(row(said)), Ok(Dag { name: "DAG1".to_owned(), servers: vec!["EX01".to_owned()] })),
    }),
    ("a DAG that is not there", |said, version| match version {
        "2007" => ends(said, Failure::UnknownCommand),
        _ => goes_on(said, Failure::NotFound),
    }),
    ("a command that is not there", |said, _| ends(said, Failure::UnknownCommand)),
    ("the helper: cleaned up", |said, _| assert_eq!(helper(said), Err(RunError::NoResult))),
    ("the helper: connections", |said, _| assert_eq!(helper(said), Ok(Report::default()))),
    ("the helper: spoiled on the way", |said, _| assert_eq!(helper(said), Err(RunError::HashDiffers("the SHA-256 of the file on the server differs".to_owned())))),
    ("the helper: no program", |said, _| assert!(matches!(helper(said), Err(RunError::NotStarted { code: 193, .. })))),
    ("output", |said, _| assert_eq!(rows(said), ["one", "two"].map(Value::from))),
    ("a warning", |said, _| assert_eq!((rows(said), &said.warnings[..]), (&[][..], &["careful".to_owned()][..]))),
    ("a word more", |said, _| assert_eq!((rows(said), &said.verbose[..]), (&[][..], &["careful".to_owned()][..]))),
    ("an error", |said, _| goes_on(said, Failure::Other)),
    ("an error that ends it", |said, _| ends(said, Failure::Other)),
    ("a pipeline that is stopped", |said, _| assert_eq!((said.state, &said.output[..]), (State::Stopped, &[][..]))),
    ("logons, and a warning", |said, version| {
        assert_eq!(logons(rows(said)), expected::logons(version));
        assert_eq!(said.warnings, ["careful"]);
    }),
    ("logons, and an error", |said, version| {
        assert_eq!(logons(&said.output), expected::logons(version));
        goes_on(said, Failure::NotFound);
    }),
    ("logons, then the end", |said, version| {
        assert_eq!(logons(&said.output), expected::logons(version));
        ends(said, Failure::Other);
    }),
    ("logons, and progress", |said, version| {
        assert_eq!(logons(rows(said)), expected::logons(version));
        assert_eq!(said.progress, [expected::progress()]);
    }),
    ("logons, and information", |said, version| {
        assert_eq!(logons(rows(said)), expected::logons(version));
        let [information] = &said.information[..] else { panic!("{:?}", said.information) };
        assert_eq!(information.get("MessageData"), Some(&"careful".into()));
    }),
];

/// Everything that it put out, where nothing went wrong.
fn rows(said: &PipelineResult) -> &[Value] {
    assert_eq!(said.state, State::Completed);
    assert_eq!((&said.failure, &said.errors[..]), (&None, &[][..]));
    &said.output
}

fn row(said: &PipelineResult) -> &Value {
    let [row] = rows(said) else {
        panic!("not one row: {said:?}");
    };
    row
}

/// There was an error, and the pipeline ran to its end all the same.
fn goes_on(said: &PipelineResult, expected: Failure) {
    let [error] = &said.errors[..] else {
        panic!("not one error: {said:?}");
    };
    assert_eq!((said.state, &said.failure), (State::Completed, &None));
    assert_eq!(Failure::of(error), expected);
}

/// An error ended it.
fn ends(said: &PipelineResult, expected: Failure) {
    assert_eq!((said.state, &said.errors[..]), (State::Failed, &[][..]));
    assert_eq!(said.failure.as_ref().map(Failure::of), Some(expected));
}

fn mailboxes(said: &PipelineResult) -> Vec<Mailbox> {
    let rows = rows(said).iter();
    rows.map(|row| Mailbox::from_value(row).unwrap()).collect()
}

fn logons(rows: &[Value]) -> Vec<Logon> {
    rows.iter().filter_map(Logon::from_value).collect()
}

fn helper(said: &PipelineResult) -> Result<Report, RunError> {
    let run = HelperRun::from_value(row(said)).unwrap();
    assert!(run.removed);
    assert_eq!(run.path, r"C:\Program Files\mapisweep\mapisweep-helper.exe");
    run.report
}
