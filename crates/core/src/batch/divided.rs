//! A batch of which a part is asked elsewhere: Exchange's cmdlets one by one at Exchange's own endpoint, everything else by
//! the script on the plain one.

use super::{
    answers::{Answer, Answers},
    question::{Batch, Number, Question, Step},
};
use crate::exchange::{Gap, own};

/// A batch that is asked part by part, in its order. Whoever drives it asks what [`Self::next_part`] gives and hands back
/// what came.
#[derive(Debug)]
pub struct Divided<'b> {
    batch: &'b Batch,
    answers: Vec<Option<Answer>>,
    beside: Vec<Gap>,
}

/// What is asked next.
#[derive(Debug, Clone, PartialEq)]
pub enum Part<'b> {
    /// One question, at Exchange's own endpoint.
    There(Number, &'b Question),
    /// On the plain endpoint: a batch of the same numbers, in which all that is not to be asked now is skipped.
    Here(Batch),
}

impl<'b> Divided<'b> {
    /// Nothing has been asked.
    pub fn new(batch: &'b Batch) -> Self {
        Self {
            answers: batch.steps().iter().map(|_| None).collect(),
            batch,
            beside: Vec::new(),
        }
    }

    /// The next part; `None` after the last.
    pub fn next_part(&mut self) -> Option<Part<'b>> {
        loop {
            let place = self.answers.iter().position(Option::is_none)?;
            let step = self.batch.steps().get(place)?;
            match own::place_of(step.question.cmdlet) {
                own::Place::There if !self.is_skipped(step, |_| false) => {
                    return Some(Part::There(Number(place), &step.question));
                }
                own::Place::Here => {
                    let part = self.here(place);
                    if !is_never(place, part.steps().get(place)?) {
                        return Some(Part::Here(part));
                    }
                }
                own::Place::There | own::Place::Nowhere => {}
            }
            self.skip(place);
        }
    }

    /// What came of the question that was asked there.
    pub fn told_there(&mut self, number: Number, answer: Answer) {
        if let Some(place) = self.answers.get_mut(number.index()) {
            *place = Some(answer);
        }
    }

    /// What came of the part that was asked here.
    pub fn told_here(&mut self, part: &Batch, mut answers: Answers) {
        self.beside.append(&mut answers.beside);
        for (place, step) in part.steps().iter().enumerate() {
            if self.answers.get(place).is_some_and(Option::is_none) && !is_never(place, step) {
                self.told_there(Number(place), answers.take(Number(place)));
            }
        }
    }

    /// The part cannot be asked: its questions count as not asked.
    pub fn not_here(&mut self, part: &Batch) {
        for (place, step) in part.steps().iter().enumerate() {
            if !is_never(place, step) {
                self.skip(place);
            }
        }
    }

    /// All answers.
    pub fn finish(self) -> Answers {
        let answers = self.answers.into_iter();
        let answers = answers.map(|answer| answer.unwrap_or_else(Answer::skipped));
        Answers {
            answers: answers.collect(),
            beside: self.beside,
        }
    }

    /// The questions from this place on that are to be asked here, as far as nothing in between is asked there.
    fn here(&self, from: usize) -> Batch {
        let mut part = Batch::default();
        let mut due: Vec<usize> = Vec::new();
        let mut is_over = false;
        for (place, step) in self.batch.steps().iter().enumerate() {
            let own = own::place_of(step.question.cmdlet);
            is_over |= place >= from && own == own::Place::There;
            let is_among = |number: &Number| due.contains(&number.index());
            let is_here = place >= from && !is_over && own == own::Place::Here;
            if is_here && !self.is_skipped(step, is_among) {
                let needs = match step.needs.iter().any(|number| self.has_succeeded(number)) {
                    true => Vec::new(),
                    false => only(&step.needs, is_among),
                };
                part.ask_if(step.question.clone(), &needs, &only(&step.unless, is_among));
                due.push(place);
            } else {
                // what needs itself is never asked, and its number stays
                part.ask_if(step.question.clone(), &[Number(place)], &[]);
            }
        }
        part
    }

    /// Whether it is not asked, by what is known; these may still be answered before it.
    fn is_skipped(&self, step: &Step, is_open: impl Fn(&Number) -> bool) -> bool {
        let has_succeeded = |number: &Number| self.has_succeeded(number);
        let may_succeed = |number: &Number| is_open(number) || self.has_succeeded(number);
        step.unless.iter().any(has_succeeded)
            || !(step.needs.is_empty() || step.needs.iter().any(may_succeed))
    }

    fn has_succeeded(&self, number: &Number) -> bool {
        let answer = self.answers.get(number.index()).and_then(Option::as_ref);
        answer.is_some_and(Answer::has_succeeded)
    }

    fn skip(&mut self, place: usize) {
        self.told_there(Number(place), Answer::skipped());
    }
}

fn only(numbers: &[Number], is_among: impl Fn(&Number) -> bool) -> Vec<Number> {
    numbers.iter().copied().filter(is_among).collect()
}

fn is_never(place: usize, step: &Step) -> bool {
    step.needs == [Number(place)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        batch::{End, Row},
        exchange::{Clock, ExchangeServer, Limits, Logon, Mailbox, SnapIn},
    };
    use mapisweep_winrm::psrp::clixml::Object;

    fn succeeded(question: &Question) -> Answer {
        Answer {
            rows: vec![Row::of_object(question, &Object::default().into())],
            end: End::Run,
            ..Answer::skipped()
        }
    }

    fn failed() -> Answer {
        Answer {
            end: End::Stopped,
            ..Answer::skipped()
        }
    }

    /// Answers all that is asked but for these cmdlets, which fail; what was asked where.
    fn driven(batch: &Batch, fails: &[&str]) -> (Vec<String>, Answers) {
        let mut divided = Divided::new(batch);
        let mut asked = Vec::new();
        let answer = |question: &Question| match fails.contains(&question.cmdlet) {
            true => failed(),
            false => succeeded(question),
        };
        while let Some(part) = divided.next_part() {
            match part {
                Part::There(number, question) => {
                    asked.push(format!("there: {}", question.cmdlet));
                    divided.told_there(number, answer(question));
                }
                Part::Here(part) => {
                    let mut answers = Vec::new();
                    let mut names = Vec::new();
                    for step in part.steps() {
                        let has = |number: &Number| {
                            let answer: Option<&Answer> = answers.get(number.index());
                            answer.is_some_and(Answer::has_succeeded)
                        };
                        let is_asked = (step.needs.is_empty() || step.needs.iter().any(has))
                            && !step.unless.iter().any(has);
                        let answer = match is_asked {
                            true => {
                                names.push(step.question.cmdlet);
                                answer(&step.question)
                            }
                            false => Answer::skipped(),
                        };
                        answers.push(answer);
                    }
                    asked.push(format!("here: {}", names.join(" ")));
                    divided.told_here(&part, Answers::singly(answers));
                }
            }
        }
        (asked, divided.finish())
    }

    /// As a look asks.
    fn look() -> Batch {
        let mut batch = Batch::default();
        batch.ask(SnapIn::registered());
        let about = batch.ask(ExchangeServer::itself());
        let user = batch.ask_if(Mailbox::identified_by("jsmith"), &[about], &[]);
        batch.ask_if(Limits::from_registry(), &[user], &[]);
        batch.ask_if(Clock::question(), &[user], &[]);
        let logons = batch.ask_if(Logon::on_this_server(), &[user], &[]);
        batch.ask_if(ExchangeServer::all(), &[], &[logons]);
        let helper = Question::of("Invoke-MapisweepHelper", &[]);
        let helper = batch.ask_if(helper, &[logons], &[]);
        batch.ask_if(Clock::question(), &[helper], &[]);
        batch
    }

    #[test]
    fn each_part_is_asked_where_it_belongs_and_in_order() {
        for (fails, asked) in [
            (
                &[][..],
                &[
                    "there: Get-ExchangeServer",
                    "there: Get-Mailbox",
                    "here: Get-ItemProperty Get-Date",
                    "there: Get-LogonStatistics",
                    "here: Invoke-MapisweepHelper Get-Date",
                ][..],
            ),
            (
                &["Get-Mailbox"],
                // what is asked unless something else succeeded
                &[
                    "there: Get-ExchangeServer",
                    "there: Get-Mailbox",
                    "there: Get-ExchangeServer",
                ],
            ),
            (
                &["Get-ExchangeServer"],
                &["there: Get-ExchangeServer", "there: Get-ExchangeServer"],
            ),
            (
                &["Invoke-MapisweepHelper"],
                &[
                    "there: Get-ExchangeServer",
                    "there: Get-Mailbox",
                    "here: Get-ItemProperty Get-Date",
                    "there: Get-LogonStatistics",
                    "here: Invoke-MapisweepHelper",
                ],
            ),
        ] {
            let batch = look();
            let (driven, answers) = driven(&batch, fails);
            assert_eq!(driven, asked, "{fails:?}");
            assert_eq!(answers.answers.len(), batch.steps().len());
            assert!(answers.answers[0].is_skipped(), "there are no snap-ins");
        }
    }

    #[test]
    fn what_cannot_be_asked_here_counts_as_not_asked() {
        let batch = look();
        let mut divided = Divided::new(&batch);
        let mut there = Vec::new();
        while let Some(part) = divided.next_part() {
            match part {
                Part::There(number, question) => {
                    there.push(question.cmdlet);
                    divided.told_there(number, succeeded(question));
                }
                Part::Here(part) => divided.not_here(&part),
            }
        }
        assert_eq!(
            there,
            ["Get-ExchangeServer", "Get-Mailbox", "Get-LogonStatistics"]
        );
        let answers = divided.finish();
        let skipped = |place: usize| answers.answers[place].is_skipped();
        assert!(skipped(3) && skipped(4) && skipped(7) && !skipped(5));
    }
}
