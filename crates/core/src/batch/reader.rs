//! Lines as they come, put together to an answer for each question.

use mapisweep_winrm::psrp::{
    clixml::Value,
    pipeline::{ErrorCategory, ErrorRecord, PipelineResult},
};

use super::{
    answers::{Answer, Answers, End},
    line::{self, ERROR_FIELDS, Field, Kind, LineError},
    question::{Batch, Number},
    row::Row,
};
use crate::exchange::Gap;

/// Takes the script's output in, object by object.
#[derive(Debug)]
pub struct Reader<'b> {
    batch: &'b Batch,
    answers: Vec<Answer>,
    /// The computer that is meant, where that is known.
    meant: Option<String>,
    /// The one that answers, once it has said so.
    computer: Option<String>,
    /// Lines so far.
    lines: usize,
    /// The question whose answer has begun and not ended.
    open: Option<usize>,
    /// Questions whose answer has ended.
    ended: usize,
}

/// Whether something is what the script is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// All before it has ended.
    Certainly,
    /// Or at something before it.
    Perhaps,
    /// It is not asked for, or has ended.
    No,
}

impl<'b> Reader<'b> {
    /// Nothing has come.
    pub fn new(batch: &'b Batch) -> Self {
        Self {
            answers: batch.steps().iter().map(|_| Answer::new()).collect(),
            batch,
            meant: None,
            computer: None,
            lines: 0,
            open: None,
            ended: 0,
        }
    }

    /// Only this computer is meant: another one has nothing to say but its name.
    pub fn only_of(&mut self, computer: Option<&str>) {
        self.meant = computer.map(str::to_owned);
    }

    /// The computer that answers, once it has said so.
    pub fn computer(&self) -> Option<&str> {
        self.computer.as_deref()
    }

    /// The computer that answers where another one is meant: nothing was done there.
    pub fn other_computer(&self) -> Option<&str> {
        let (meant, answers) = (self.meant.as_deref()?, self.computer()?);
        (!meant.eq_ignore_ascii_case(answers)).then_some(answers)
    }

    /// Takes an object of the script's output in: a list of lines, or a single line.
    pub fn take(&mut self, output: Value) -> Result<(), LineError> {
        match output.into_list() {
            Ok(lines) => lines.iter().try_for_each(|line| self.take_line(line)),
            Err(line) => self.take_line(&line),
        }
    }

    fn take_line(&mut self, line: &Value) -> Result<(), LineError> {
        self.lines += 1;
        let read = match (line.as_str(), self.lines) {
            (Some(line), 1) => line::computer(line).map(|name| self.computer = Some(name)),
            (Some(_), _) if self.other_computer().is_some() => {
                Err("it comes from another computer than was asked")
            }
            (Some(line), _) => self.read(line),
            (None, _) => Err("it is no text"),
        };
        let line = self.lines;
        read.map_err(|reason| LineError { line, reason })
    }

    fn read(&mut self, line: &str) -> Result<(), &'static str> {
        let (number, kind, fields) = line::split(line)?;
        if number != self.ended {
            return Err("it is out of order");
        }
        let (Some(answer), Some(step)) =
            (self.answers.get_mut(number), self.batch.steps().get(number))
        else {
            return Err("it answers what was not asked");
        };
        let is_first = self.open.replace(number).is_none();
        if answer.failure.is_some() && kind != Kind::End {
            return Err("it comes after the end of its cmdlet");
        }
        match kind {
            Kind::Row => answer.rows.push(Row::parse(&step.question, fields)?),
            Kind::Warning => {
                let [text] = texts(fields)?;
                answer.warnings.push(text.unwrap_or_default());
            }
            Kind::Error => answer.errors.push(error(fields)?),
            Kind::Failure => answer.failure = Some(error(fields)?),
            Kind::Skipped if !is_first || !fields.is_empty() => {
                return Err("what was begun was not skipped");
            }
            Kind::Skipped => self.end(number, End::Skipped),
            Kind::End => {
                let told = fields.strip_prefix('|').and_then(|rows| rows.parse().ok());
                if told != Some(answer.rows.len()) {
                    return Err("it tells another number of rows than came");
                }
                self.end(number, End::Run);
            }
        }
        Ok(())
    }

    fn end(&mut self, number: usize, end: End) {
        if let Some(answer) = self.answers.get_mut(number) {
            answer.end = end;
        }
        self.open = None;
        self.ended = number + 1;
    }

    /// Whether this cmdlet is what the script is at, once it has begun, as far as can be told: what it said of the questions
    /// before that may not have come.
    pub fn awaits(&self, cmdlet: &str) -> Awaited {
        let steps = self.batch.steps();
        let mut open = steps
            .iter()
            .skip(self.ended)
            .map(|step| step.question.cmdlet);
        match open.next() {
            Some(next) if next == cmdlet && self.open.is_none() => Awaited::Certainly,
            next => match next.into_iter().chain(open).any(|later| later == cmdlet) {
                true => Awaited::Perhaps,
                false => Awaited::No,
            },
        }
    }

    /// Whether nothing has come.
    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// The answer to a question, once all of it has come, whatever becomes of the others.
    pub fn whole(&self, number: Number) -> Option<&Answer> {
        let answer = self.answers.get(number.index());
        answer.filter(|_| number.index() < self.ended)
    }

    /// Has these again that it has finished: what is asked elsewhere after them may fail.
    pub fn keep(&mut self, answers: &Answers) {
        self.answers.clone_from(&answers.answers);
    }

    /// All that came, once the script's pipeline has ended. What has not ended by then ended as the pipeline did.
    pub fn finish(&mut self, outcome: &PipelineResult) -> Answers {
        let end = match Gap::of_end(outcome) {
            Some(Gap::Exited) => End::Exited,
            _ => End::Stopped,
        };
        let mut answers = std::mem::take(&mut self.answers);
        for answer in answers.iter_mut().skip(self.ended) {
            answer.end = end;
        }
        if let Some(open) = answers.get_mut(self.ended) {
            open.failure = open.failure.take().or_else(|| outcome.failure.clone());
        }
        let warned = outcome.warnings.iter().cloned().map(Gap::Warned);
        let failed = outcome.errors.iter();
        let failed = failed.map(|error| Gap::Failed(error.message.clone()));
        Answers {
            answers,
            beside: warned.chain(failed).collect(),
        }
    }
}

fn texts<const COUNT: usize>(fields: &str) -> Result<[Option<String>; COUNT], &'static str> {
    let mut texts = [const { None }; COUNT];
    let mut fields = line::fields(fields);
    for text in &mut texts {
        let field = fields.next().ok_or("it has too few fields")?;
        *text = match Field::parse(field)? {
            Field::Item(line::Item::Text(text)) => Some(text.into_owned()),
            Field::Item(line::Item::Null) => None,
            _ => return Err("a field is no text"),
        };
    }
    match fields.next() {
        None => Ok(texts),
        Some(_) => Err("it has too many fields"),
    }
}

fn error(fields: &str) -> Result<ErrorRecord, &'static str> {
    let [message, exception_type, id, reason, category, target] = texts::<ERROR_FIELDS>(fields)?;
    let present = |text: Option<String>| text.filter(|text| !text.is_empty());
    let category = category.and_then(|number| number.parse().ok());
    Ok(ErrorRecord {
        message: message.unwrap_or_default(),
        exception_type: present(exception_type),
        fully_qualified_id: present(id),
        category: ErrorCategory(category.unwrap_or_default()),
        category_reason: present(reason),
        target: present(target),
    })
}
