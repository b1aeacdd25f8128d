//! Lines are an answer only where they are as agreed: what was read is written as the very lines, and without any one of
//! them no answer after it is whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_core::batch::{Answers, Batch, End, Number, Question, Reader, line::head};
use mapisweep_winrm::psrp::{clixml::Value, pipeline::PipelineResult};

fuzz_target!(|text: &str| {
    let batch = batch();
    let lines: Vec<_> = text.split('\u{1}').collect();
    let Some(answers) = read(&batch, &lines) else {
        return;
    };
    let rows: usize = numbers(&batch)
        .filter_map(|number| answers.get(number))
        .flat_map(|answer| &answer.rows)
        .inspect(|row| assert!(!row.fields().contains('\u{1}')))
        .count();
    assert!(rows <= lines.len());
    if !is_whole(&batch, &answers) {
        return;
    }
    for left_out in 0..lines.len() {
        let mut rest = lines.clone();
        rest.remove(left_out);
        let rest = read(&batch, &rest);
        // a warning or an error may be left out unseen, a row or an end may not
        let is_heard = matches!(kind(lines[left_out]), Some('w' | 'e' | 'f'));
        assert!(is_heard || rest.is_none_or(|rest| !is_whole(&batch, &rest)));
    }
});

fn batch() -> Batch {
    let mut batch = Batch::of(Question::of("Get-Mailbox", &["Name", "Seen"]));
    batch.ask(Question::of("Get-Date", &[Question::ITSELF]));
    batch
}

fn read(batch: &Batch, lines: &[&str]) -> Option<Answers> {
    let mut reader = Reader::new(batch);
    let head = head("EX01");
    let lines = [head.as_str()].into_iter().chain(lines.iter().copied());
    reader.take(Value::strings(lines)).ok()?;
    Some(reader.finish(&PipelineResult::default()))
}

fn is_whole(batch: &Batch, answers: &Answers) -> bool {
    let mut answers = numbers(batch).filter_map(|number| answers.get(number));
    answers.all(|answer| matches!(answer.end, End::Run | End::Skipped))
}

fn numbers(batch: &Batch) -> impl Iterator<Item = Number> {
    let mut number = Batch::default();
    batch
        .steps()
        .iter()
        .map(move |step| number.ask(step.question.clone()))
}

fn kind(line: &str) -> Option<char> {
    line.split('|').nth(1)?.chars().next()
}
