//! The recorded answers, read by the program's own types: a line for each conversation.

use mapisweep_core::{
    batch::{Answers, Batch, Number, Question, Reader, Row},
    exchange::{
        Clock, Dag, ExchangeServer, Failure, Limits, Logon, Mailbox, SnapIn,
        server::{computer_name, computer_name_from_row},
    },
    helper_run::{HelperRequest, HelperRun, Report, RunError},
};
use mapisweep_winrm::psrp::{
    clixml::Value,
    pipeline::{PipelineResult, State},
};

use crate::{
    asked::{ANOTHER, together},
    expected, heard,
    recorded::conversations,
};

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
    ("the computer's name", |said, _| assert_eq!(computer_name_from_row(&row(said, computer_name())), Ok("EX01".to_owned()))),
    ("a variable that is not there", |said, _| goes_on(said, Failure::Other)),
    ("the clock", |said, _| assert_eq!(Clock::from_row(&row(said, Clock::question())).map(|clock| clock.now), Ok("2026-03-02T08:05:00.1234567Z".parse().unwrap()))),
    ("the session limit", |said, _| assert_eq!(Limits::from_row(&row(said, Limits::from_registry())), Limits::DEFAULT)),
    ("a registry key that is not there", |said, _| goes_on(said, Failure::Other)),
    ("snap-ins", |said, version| assert_eq!(SnapIn::newest_of(&rows(said, SnapIn::registered())).unwrap().generation, expected::server(version).version.unwrap().generation())),
    ("a cmdlet without its snap-in", |said, _| ends(said, Failure::UnknownCommand)),
    ("a snap-in that is not there", |said, _| goes_on(said, Failure::NoSnapIn)),
    ("a parameter that is missing", |said, _| ends(said, Failure::Other)),
    ("the snap-in", |said, _| assert_eq!(output(said), [])),
    ("a server", |said, version| assert_eq!(ExchangeServer::from_row(&row(said, ExchangeServer::all())), Ok(expected::server(version)))),
    ("servers", |said, version| assert_eq!(ExchangeServer::from_row(&row(said, ExchangeServer::all())), Ok(expected::server(version)))),
    ("a server that is not there", |said, _| goes_on(said, Failure::NotFound)),
    ("a mailbox", |said, _| assert_eq!(Mailbox::from_row(&row(said, Mailbox::identified_by(""))), Ok(expected::mailbox("jsmith")))),
    ("mailboxes", |said, _| assert_eq!(mailboxes(said), ["jsmith", "jsmith2"].map(expected::mailbox))),
    ("a mailbox that is not there", |said, _| goes_on(said, Failure::NotFound)),
    ("a parameter that is not there", |said, _| ends(said, Failure::Other)),
    ("logons", |said, version| assert_eq!(logons(output(said)), expected::logons(version))),
    ("a DAG", |said, version| match version {
        "2007" => ends(said, Failure::UnknownCommand),
        _ => assert_eq!(Dag::from_row(&row(said, Dag::named(""))), Ok(expected::dag())),
    }),
    ("a DAG that is not there", |said, version| match version {
        "2007" => ends(said, Failure::UnknownCommand),
        _ => goes_on(said, Failure::NotFound),
    }),
    ("a command that is not there", |said, _| ends(said, Failure::UnknownCommand)),
    ("questions asked together", |said, version| {
        let (batch, [name, limit, snap_in, server, mailboxes]) = together(version);
        let mut answers = answers(&batch, said);
        let mut rows = |number| answers.take(number).rows;
        assert_eq!(computer_name_from_row(&rows(name)[0]), Ok("EX01".to_owned()));
        assert_eq!(Limits::from_row(&rows(limit)[0]), Limits::DEFAULT);
        assert_eq!(ExchangeServer::from_row(&rows(server)[0]), Ok(expected::server(version)));
        let mailboxes: Result<Vec<_>, _> = rows(mailboxes).iter().map(Mailbox::from_row).collect();
        assert_eq!(mailboxes, Ok(["jsmith", "jsmith2"].map(expected::mailbox).to_vec()));
        assert!(answers.take(snap_in).is_skipped());
    }),
    ("questions for another computer", |said, version| {
        let (batch, _) = together(version);
        let mut reader = Reader::new(&batch);
        reader.only_of(Some(ANOTHER));
        let [head] = output(said) else { panic!("{said:?}") };
        reader.take(head.clone()).unwrap();
        assert_eq!(reader.other_computer(), Some("EX01"));
    }),
    ("the helper: cleaned up", |said, _| assert_eq!(helper(said), Err(RunError::NoResult))),
    ("the helper: connections", |said, _| assert_eq!(helper(said), Ok(Report::default()))),
    ("the helper: spoiled on the way", |said, _| assert_eq!(helper(said), Err(RunError::HashDiffers("the SHA-256 of the file on the server differs".to_owned())))),
    ("the helper: no program", |said, _| assert!(matches!(helper(said), Err(RunError::NotStarted { code: 193, .. })))),
    ("output", |said, _| assert_eq!(output(said), ["one", "two"].map(Value::from))),
    ("a warning", |said, _| assert_eq!((output(said), &said.warnings[..]), (&[][..], &["careful".to_owned()][..]))),
    ("a word more", |said, _| assert_eq!((output(said), &said.verbose[..]), (&[][..], &["careful".to_owned()][..]))),
    ("an error", |said, _| goes_on(said, Failure::Other)),
    ("an error that ends it", |said, _| ends(said, Failure::Other)),
    ("a pipeline that is stopped", |said, _| assert_eq!((said.state, &said.output[..]), (State::Stopped, &[][..]))),
    ("logons, and a warning", |said, version| {
        assert_eq!(logons(output(said)), expected::logons(version));
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
        assert_eq!(logons(output(said)), expected::logons(version));
        assert_eq!(said.progress, [expected::progress()]);
    }),
    ("logons, and information", |said, version| {
        assert_eq!(logons(output(said)), expected::logons(version));
        let [information] = &said.information[..] else { panic!("{:?}", said.information) };
        assert_eq!(information.get("MessageData"), Some(&"careful".into()));
    }),
];

/// Everything that it put out, where nothing went wrong.
fn output(said: &PipelineResult) -> &[Value] {
    assert_eq!(said.state, State::Completed);
    assert_eq!((&said.failure, &said.errors[..]), (&None, &[][..]));
    &said.output
}

/// The same, as the answer to a question.
fn rows(said: &PipelineResult, question: Question) -> Vec<Row> {
    let row = |object| Row::of_object(&question, object);
    output(said).iter().map(row).collect()
}

fn row(said: &PipelineResult, question: Question) -> Row {
    let mut rows = rows(said, question);
    assert_eq!(rows.len(), 1, "{said:?}");
    rows.remove(0)
}

/// What the script answered.
fn answers(batch: &Batch, said: &PipelineResult) -> Answers {
    let mut reader = Reader::new(batch);
    for lines in output(said) {
        reader.take(lines.clone()).unwrap();
    }
    reader.finish(said)
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
    let rows = rows(said, Mailbox::identified_by(""));
    let rows = rows.iter();
    rows.map(|row| Mailbox::from_row(row).unwrap()).collect()
}

fn logons(objects: &[Value]) -> Vec<Logon> {
    let question = Logon::on_this_server();
    let rows = objects.iter().map(|row| Row::of_object(&question, row));
    let clock = Clock {
        now: "2026-03-02T08:05:00.1234567Z".parse().unwrap(),
        utc_offset: None,
    };
    rows.filter_map(|row| Logon::from_row(&row, &clock))
        .collect()
}

fn helper(said: &PipelineResult) -> Result<Report, RunError> {
    // what is asked of the helper does not matter to who reads its answer
    let batch = Batch::of(HelperRequest::clean_up());
    let answer = answers(&batch, said).take(Number::FIRST);
    let run = HelperRun::from_row(&answer.rows[0]).unwrap();
    assert!(run.removed);
    assert_eq!(run.path, r"C:\Program Files\mapisweep\mapisweep-helper.exe");
    run.report
}
