//! The form of an answer: what is read, what is refused, and that one side reads what the other writes.

use mapisweep_winrm::psrp::{
    clixml::{Content, DateTime, Object, Value},
    pipeline::{ErrorCategory, ErrorRecord, PipelineResult},
};
use proptest::prelude::*;

use super::{
    line::{self, Field, Item, LineError},
    *,
};

const COLUMNS: &[&str] = &["Name", "Seen"];

fn two_questions() -> Batch {
    let mut batch = Batch::of(Question::of("Get-Mailbox", COLUMNS));
    batch.ask(Question::of("Get-Date", &[Question::ITSELF]));
    batch
}

/// What comes of lines in one list, the head before them, in a pipeline that completed.
fn read(lines: &[&str]) -> Result<Answers, LineError> {
    let batch = two_questions();
    let mut reader = Reader::new(&batch);
    let lines = lines.iter().map(|line| (*line).to_owned());
    reader.take(Value::strings(
        [line::head("EX01")].into_iter().chain(lines),
    ))?;
    Ok(reader.finish(&completed()))
}

fn completed() -> PipelineResult {
    PipelineResult::default()
}

#[test]
fn fields_are_read() {
    let text = |text| Field::Item(Item::Text(std::borrow::Cow::Borrowed(text)));
    let item = |text| Item::Text(std::borrow::Cow::Borrowed(text));
    for (written, field) in [
        ("", Some(Field::Absent)),
        ("-", Some(Field::Item(Item::Null))),
        ("=", Some(text(""))),
        ("=-", Some(text("-"))),
        (r"=CORP\ann", Some(text(r"CORP\ann"))),
        ("=a~pb~~p", Some(text("a|b~p"))),
        ("=~~~~~p", Some(text("~~|"))),
        ("=line\r\nline", Some(text("line\r\nline"))),
        (
            "@2009-06-15T14:30:00.0000000+02:00",
            Some(Field::Item(Item::Date("2009-06-15T14:30:00.0000000+02:00"))),
        ),
        ("*", Some(Field::List(vec![]))),
        ("*=", Some(Field::List(vec![item("")]))),
        (
            "*=a~,-~,=b~~,c",
            Some(Field::List(vec![item("a"), Item::Null, item("b~,c")])),
        ),
        ("a", None),
        ("--", None),
        ("=a~", None),
        ("=a~q", None),
        ("=a~~~", None),
        ("@2009~p", None),
        ("*=a~,", None),
        ("*~,=a", None),
        ("**", None),
    ] {
        assert_eq!(Field::parse(written).ok(), field, "{written}");
    }
}

#[test]
fn answers_are_read() {
    let mut answers = read(&[
        "0|r|=ann|@2009-06-15T14:30:00.0000000+02:00",
        "0|r||-",
        "0|w|=careful",
        "0|e|=gone|=A.B|=id,C|=B|=13|=ann",
        "0|.|2",
        "1|f|=no|=|=|=|=|=",
        "1|.|0",
    ])
    .unwrap();
    let [first, second] = [0, 1].map(|number| answers.take(Number(number)));
    assert_eq!(first.rows[0].text("name").as_deref(), Some("ann"));
    let seen = first.rows[0].date("Seen").unwrap();
    assert_eq!(seen.as_str(), "2009-06-15T14:30:00.0000000+02:00");
    assert_eq!(first.rows[1].text("Name"), None);
    assert!(!first.rows[1].is_foreign());
    assert_eq!(first.warnings, ["careful"]);
    let gone = &first.errors[0];
    assert_eq!(
        (gone.message.as_str(), gone.category, gone.target.as_deref()),
        ("gone", ErrorCategory(13), Some("ann"))
    );
    assert_eq!((first.end, first.has_succeeded()), (End::Run, true));
    assert_eq!(second.failure.as_ref().unwrap().message, "no");
    assert!(!second.has_succeeded());
}

#[test]
fn what_did_not_come_is_not_taken_for_an_answer() {
    let mut answers = read(&["0|r|=ann|", "0|.|1", "1|r|=12"]).unwrap();
    assert_eq!(answers.take(Number(0)).end, End::Run);
    let cut = answers.take(Number(1));
    assert_eq!((cut.rows.len(), cut.end), (1, End::Stopped));
    assert_eq!(answers.take(Number(7)).end, End::Stopped);
}

#[test]
fn what_is_not_as_agreed_is_refused() {
    for (lines, line, reason) in [
        (&["r|=a|"][..], 2, "its number is none"),
        (&["+0|r|=a|"], 2, "its number is none"),
        (&["0"], 2, "it has no number"),
        (&["0|"], 2, "it says nothing"),
        (&["0|q"], 2, "it is of no known kind"),
        (&["0|row"], 2, "it is of no known kind"),
        (
            &["0|r|=a"],
            2,
            "it has another number of columns than were asked for",
        ),
        (
            &["0|r|=a||"],
            2,
            "it has another number of columns than were asked for",
        ),
        (&["0|r|=a|b"], 2, "a field is none"),
        (&["0|w"], 2, "it has too few fields"),
        (&["0|w|=a|=b"], 2, "it has too many fields"),
        (&["0|w|@2009"], 2, "a field is no text"),
        (
            &["0|r|=a|", "0|.|2"],
            3,
            "it tells another number of rows than came",
        ),
        (&["0|.|-0"], 2, "it tells another number of rows than came"),
        (&["0|.|0", "0|r|=a|"], 3, "it is out of order"),
        (&["1|.|0"], 2, "it is out of order"),
        (&["0|r|=a|", "0|x"], 3, "what was begun was not skipped"),
        (&["0|x|"], 2, "what was begun was not skipped"),
        (
            &["0|f|=|=|=|=|=|=", "0|r|=a|"],
            3,
            "it comes after the end of its cmdlet",
        ),
        (&["0|x", "1|x", "2|x"], 4, "it answers what was not asked"),
    ] {
        assert_eq!(
            read(lines).unwrap_err(),
            LineError { line, reason },
            "{lines:?}"
        );
    }
    let batch = two_questions();
    for (output, reason) in [
        (
            Value::from("mapisweep 1"),
            "it is not the first line of the form that is known here",
        ),
        (
            Value::from("mapisweep 2"),
            "it is not the first line of the form that is known here",
        ),
        (
            Value::from("mapisweep 2|="),
            "it does not name the computer that answers",
        ),
        (
            Value::from("mapisweep 2|-"),
            "it does not name the computer that answers",
        ),
        (Value::from("mapisweep 2|EX01"), "a field is none"),
        (Value::from("mapisweep 2|=EX01|=EX02"), "a field is none"),
        (Value::Null, "it is no text"),
        (Value::list([Value::I32(1)]), "it is no text"),
    ] {
        let refused = Reader::new(&batch).take(output).unwrap_err();
        assert_eq!(refused, LineError { line: 1, reason });
    }
}

#[test]
fn each_answer_says_whose_it_is_and_another_ones_is_none() {
    let batch = two_questions();
    for (meant, answers, other) in [
        (None, "EX01", None),
        (Some("EX01"), "EX01", None),
        (Some("EX01"), "ex01", None),
        (Some("EX01"), "EX02", Some("EX02")),
        (Some("a|~"), "a|~", None),
    ] {
        let mut reader = Reader::new(&batch);
        reader.only_of(meant);
        assert_eq!(reader.computer(), None);
        reader.take(line::head(answers).as_str().into()).unwrap();
        assert_eq!(reader.computer(), Some(answers));
        assert_eq!(reader.other_computer(), other, "{meant:?} {answers}");
        let more = reader.take("0|.|0".into()).err();
        let refused = other.map(|_| LineError {
            line: 2,
            reason: "it comes from another computer than was asked",
        });
        assert_eq!(more, refused);
        let is_whole = reader.whole(Number(0)).is_some();
        assert_eq!(is_whole, other.is_none());
    }
}

/// Which question takes long is known by what came before it, where that came.
#[test]
fn what_the_script_is_at_is_told_as_far_as_that_is_known() {
    let batch = two_questions();
    for (lines, first, second) in [
        (&[][..], Awaited::Certainly, Awaited::Perhaps),
        (&["0|r|=ann|"], Awaited::Perhaps, Awaited::Perhaps),
        (&["0|.|0"], Awaited::No, Awaited::Certainly),
        (&["0|x"], Awaited::No, Awaited::Certainly),
        (&["0|.|0", "1|.|0"], Awaited::No, Awaited::No),
    ] {
        let mut reader = Reader::new(&batch);
        let head = line::head("EX01");
        let lines = [head.as_str()].into_iter().chain(lines.iter().copied());
        reader.take(Value::strings(lines)).unwrap();
        let awaited = (reader.awaits("Get-Mailbox"), reader.awaits("Get-Date"));
        assert_eq!(awaited, (first, second));
        assert_eq!(reader.awaits("Get-Item"), Awaited::No);
    }
}

#[test]
fn an_object_becomes_a_row() {
    let shown = |text: &str, types: &[&str]| -> Value {
        Object {
            to_string: Some(text.to_owned()),
            type_names: Some(types.iter().map(|&name| name.to_owned()).collect()),
            ..Object::default()
        }
        .into()
    };
    let at = |text: &str| Some(Value::DateTime(DateTime::new(text)));
    let dated = DateTime::new("2009-06-15T14:30:00+02:00");
    let mut offset = Object {
        type_names: Some(["Deserialized.System.DateTimeOffset".to_owned()].into()),
        ..Object::default()
    };
    offset
        .adapted
        .push(("UtcDateTime".into(), Value::DateTime(dated.clone())));
    for (value, field) in [
        (None, "|"),
        (Some(Value::Null), "|-"),
        (Some("a|b~".into()), "|=a~pb~~"),
        (Some(Value::I32(-1)), "|=-1"),
        (Some(true.into()), "|=True"),
        (Some(shown("Cached", &["Mode"])), "|=Cached"),
        (
            Some(Value::DateTime(dated)),
            "|@2009-06-15T14:30:00.0000000+02:00",
        ),
        (Some(offset.into()), "|@2009-06-15T14:30:00.0000000+02:00"),
        (
            at("2009-06-15T14:30:00.25Z"),
            "|@2009-06-15T14:30:00.2500000Z",
        ),
        (at("0001-01-01T00:00:00"), "|@0001-01-01T00:00:00.0000000"),
        (at("2009-06-15T14:30:00|=a~"), "|=2009-06-15T14:30:00~p=a~~"),
        (at("tomorrow"), "|=tomorrow"),
        (Some(Value::strings(["a", "b"])), "|*=a~,=b"),
        (Some(Value::list([])), "|*"),
    ] {
        let mut object = Object::default();
        object
            .extended
            .extend(value.map(|value| ("Name".to_owned(), value)));
        let row = Row::of_object(&Question::of("Get-Mailbox", &["Name"]), &object.into());
        assert_eq!(row.fields(), field);
    }
}

/// The questions that were asked, where each fails that is named.
fn asked_singly(batch: &Batch, failing: &[&str]) -> Vec<&'static str> {
    let mut single = Single::new(batch);
    let mut asked = Vec::new();
    while let Some(question) = single.next_question() {
        asked.push(question.cmdlet);
        let mut outcome = completed();
        if failing.contains(&question.cmdlet) {
            outcome.errors.push(failure());
        }
        single.ended(outcome);
    }
    asked
}

fn failure() -> ErrorRecord {
    ErrorRecord {
        message: "no".into(),
        exception_type: None,
        fully_qualified_id: None,
        category: ErrorCategory(0),
        category_reason: None,
        target: None,
    }
}

#[test]
fn what_depends_on_what_failed_is_not_asked() {
    let mut batch = Batch::default();
    let one = batch.ask(Question::of("One", &[]));
    let two = batch.ask_if(Question::of("Two", &[]), &[], &[one]);
    batch.ask_if(Question::of("Three", &[]), &[one, two], &[]);
    for (failing, asked) in [
        (&[][..], &["One", "Three"][..]),
        (&["One"], &["One", "Two", "Three"]),
        (&["One", "Two"], &["One", "Two"]),
    ] {
        assert_eq!(asked_singly(&batch, failing), asked);
    }
}

fn value() -> impl Strategy<Value = Value> {
    let item = || {
        prop_oneof![
            Just(Value::Null),
            any::<String>().prop_map(Value::String),
            "[|~,=@*.x-]{0,6}".prop_map(Value::String),
            any::<i32>().prop_map(Value::I32),
            Just(Value::DateTime(DateTime::new(
                "2009-06-15T14:30:00.0000000Z"
            ))),
            "[0-9T]{0,20}[|~][0-9]{0,9}".prop_map(|text| Value::DateTime(DateTime::new(text))),
        ]
    };
    prop_oneof![
        4 => item(),
        1 => prop::collection::vec(item(), 0..4).prop_map(Value::list),
    ]
}

proptest! {
    /// Whatever is in an object, its fields stay in their places.
    #[test]
    fn what_is_written_is_read(names in prop::collection::vec(value(), 0..5), seen in value()) {
        let batch = two_questions();
        let mut writer = Writer::of("EX01");
        let objects: Vec<Value> = names.iter().map(|name| {
            let extended = vec![("Name".to_owned(), name.clone()), ("Seen".to_owned(), seen.clone())];
            Object { content: Content::None, extended, ..Object::default() }.into()
        }).collect();
        for object in &objects {
            writer.row(COLUMNS.iter().copied(), object);
        }
        writer.end(objects.len());
        writer.skipped();
        let mut reader = Reader::new(&batch);
        reader.take(Value::strings(writer.take_lines())).unwrap();
        let mut answers = reader.finish(&completed());
        let rows = answers.take(Number(0)).rows;
        prop_assert_eq!(rows.len(), names.len());
        for (row, name) in rows.iter().zip(&names) {
            let texts = match name.as_list() {
                Some(items) => items.iter().filter(|item| **item != Value::Null).map(Value::display).collect(),
                None if *name == Value::Null => vec![],
                None => vec![name.display()],
            };
            prop_assert_eq!(row.texts("Name"), texts);
        }
    }

    /// Nothing that a server sends makes it do more than refuse.
    #[test]
    fn anything_may_come(lines in prop::collection::vec("[0-2][|][rwef.x]([|][=@*~p,-]{0,4}){0,7}|.{0,8}", 0..12)) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        _ = read(&lines);
    }
}
