//! Asking a server: a batch by its script, or question by question where no script runs.

use mapisweep_core::{
    batch::{Answer, Answers, Awaited, Batch, End, Number, Reader, Row, Single},
    exchange::{Failure, Gap, server},
    helper_run::request,
};
use mapisweep_winrm::psrp::pipeline::ErrorRecord;
use tracing::debug;

use super::{Server, ServerError, own::is_exchange_asked};

/// How the script is called in messages.
pub(super) const SCRIPT_NAME: &str = "the script";

impl Server {
    /// Asks what changes nothing there. Where the answer is lost on the way, that is done once more, on a new socket.
    pub(super) async fn ask(&mut self, batch: &Batch) -> Result<Answers, ServerError> {
        let mut reader = Reader::new(batch);
        match self.ask_into(batch, &mut reader).await {
            Err(ServerError::Shell(error)) if error.is_worth_asking_again() => {
                debug!(server = self.name(), %error, "asking again");
                self.asked_again += 1;
                self.remark("an answer was lost on the way; asking once more");
                let mut reader = Reader::new(batch);
                self.ask_into(batch, &mut reader).await
            }
            answers => answers,
        }
    }

    /// The same once only. What came until this ended early, or was dropped, is in the reader.
    pub(super) async fn ask_into(
        &mut self,
        batch: &Batch,
        reader: &mut Reader<'_>,
    ) -> Result<Answers, ServerError> {
        self.in_use = true;
        if self.own.is_taken() && is_exchange_asked(batch) {
            return Box::pin(self.ask_divided(batch, reader)).await;
        }
        // each way is large, and they lie within one another
        let answers = Box::pin(self.ask_here(batch, reader)).await?;
        Box::pin(self.or_at_own_endpoint(batch, answers)).await
    }

    /// Asks all of it on the plain endpoint.
    pub(super) async fn ask_here(
        &mut self,
        batch: &Batch,
        reader: &mut Reader<'_>,
    ) -> Result<Answers, ServerError> {
        // there is no other way to run the helper: a server that runs no scripts says so
        let needs_script = batch.asks(request::FUNCTION);
        if needs_script || self.runs_no_scripts.is_none() {
            match self.ask_by_script(batch, reader).await {
                Err(error) if error.is_refused_script() && !needs_script => {
                    debug!(server = self.name(), %error, "asking one by one");
                    self.runs_no_scripts = Some(error);
                }
                answers => return answers,
            }
        }
        self.ask_one_by_one(batch).await
    }

    async fn ask_by_script(
        &mut self,
        batch: &Batch,
        reader: &mut Reader<'_>,
    ) -> Result<Answers, ServerError> {
        let pipeline = batch.pipeline(self.computer.as_deref());
        reader.only_of(self.computer.as_deref());
        let mut unreadable = None;
        let computer = &mut self.computer;
        let mut take = |output| {
            if unreadable.is_none() {
                unreadable = reader.take(output).err();
            }
            // kept as it comes, for this may end at any time
            if computer.is_none() {
                *computer = reader.computer().map(str::to_owned);
            }
        };
        let ran = self.remote.run_into(pipeline, &mut take).await;
        if self.computer.is_some() {
            self.remote.computer_is_known();
        }
        is_meant(self.computer.as_deref(), reader)
            .inspect_err(|_| self.remote.another_answers())?;
        let outcome = ran.map_err(|error| self.helper_too_slow(error, reader))?;
        if let Some(error) = unreadable {
            return Err(ServerError::Unreadable(error));
        }
        match &outcome.failure {
            Some(failure) if reader.is_empty() => Err(failed(SCRIPT_NAME, failure)),
            _ => Ok(reader.finish(&outcome)),
        }
    }

    /// Whether it was the helper that took too long, as far as that can be told.
    fn helper_too_slow(&self, error: ServerError, reader: &Reader<'_>) -> ServerError {
        let is_it = match reader.awaits(request::FUNCTION) {
            Awaited::Certainly => true,
            Awaited::Perhaps => false,
            Awaited::No => return error,
        };
        match error {
            ServerError::TooSlow { limit } if self.remote.has_begun() => {
                ServerError::HelperTooSlow {
                    limit,
                    is_it,
                    is_gone: false,
                }
            }
            error => error,
        }
    }

    async fn ask_one_by_one(&mut self, batch: &Batch) -> Result<Answers, ServerError> {
        let mut single = Single::new(batch);
        while let Some(question) = single.next_question() {
            let pipeline = question.pipeline(&self.this_computer().await?);
            let mut take = |output| single.take(question, &output);
            let outcome = self.remote.run_into(pipeline, &mut take).await?;
            single.ended(outcome);
        }
        // the last question may have been answered in a shell that was opened for it
        self.this_computer().await?;
        Ok(single.finish())
    }

    /// What the computer calls itself. It is asked in each shell anew, and must be the one of before.
    async fn this_computer(&mut self) -> Result<String, ServerError> {
        self.remote.sign_in().await?;
        match &self.computer {
            Some(name) if self.named_in_shell == self.remote.shells() => return Ok(name.clone()),
            _ => {}
        }
        let question = server::computer_name();
        let mut rows = Vec::new();
        let pipeline = question.pipeline("");
        let mut take = |output| rows.push(Row::of_object(&question, &output));
        let outcome = self.remote.run_into(pipeline, &mut take).await?;
        let row = only(question.cmdlet, &Answer::alone(rows, outcome))?;
        let answered = server::computer_name_from_row(&row)?;
        self.remote.computer_is_known();
        let expected = self.computer.get_or_insert_with(|| answered.clone());
        if !expected.eq_ignore_ascii_case(&answered) {
            let expected = expected.clone();
            self.remote.another_answers();
            return Err(ServerError::AnotherComputer { expected, answered });
        }
        self.named_in_shell = self.remote.shells();
        Ok(answered)
    }

    /// The one object that the answer to a question must consist of.
    pub(super) fn only(
        &self,
        what: &'static str,
        answers: &Answers,
        number: Number,
    ) -> Result<Row, ServerError> {
        let answer = self.checked(what, answers, number)?;
        only(what, answer)
    }

    /// The answer to a question, where it came to its end; an error without any object is a failure. What was said
    /// besides is passed on to whoever watches.
    pub(super) fn checked<'a>(
        &self,
        what: &'static str,
        answers: &'a Answers,
        number: Number,
    ) -> Result<&'a Answer, ServerError> {
        let answer = answers.get(number);
        let answer = answer.ok_or(ServerError::NoAnswer { cmdlet: what })?;
        check(what, answer)?;
        self.pass_on(what, answer);
        Ok(answer)
    }

    /// Passes on what a cmdlet said besides its answer.
    pub(super) fn pass_on(&self, what: &str, answer: &Answer) {
        for gap in Gap::of(answer) {
            self.remark(&format!("{what}: {gap}"));
        }
    }
}

/// Whether the answer is that of the computer that is meant.
pub(super) fn is_meant(computer: Option<&str>, reader: &Reader<'_>) -> Result<(), ServerError> {
    match (computer, reader.other_computer()) {
        (Some(expected), Some(answered)) => Err(ServerError::AnotherComputer {
            expected: expected.to_owned(),
            answered: answered.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Takes an answer for a failure where it is one.
pub(super) fn check(what: &'static str, answer: &Answer) -> Result<(), ServerError> {
    let error = match &answer.failure {
        Some(failure) => Some(failure),
        None if answer.rows.is_empty() => answer.errors.first(),
        None => None,
    };
    if let Some(error) = error {
        return Err(failed(what, error));
    }
    if answer.end == End::Skipped {
        return Err(ServerError::NoAnswer { cmdlet: what });
    }
    match Gap::of_answers_end(answer) {
        Some(gap) => Err(ServerError::CutShort { cmdlet: what, gap }),
        None => Ok(()),
    }
}

fn failed(cmdlet: &'static str, error: &ErrorRecord) -> ServerError {
    ServerError::Cmdlet {
        cmdlet,
        failure: Failure::of(error),
        message: error.message.clone(),
    }
}

/// What kind of failure of a cmdlet it is.
pub(super) fn failed_as(error: &ServerError) -> Option<Failure> {
    match error {
        ServerError::Cmdlet { failure, .. } => Some(*failure),
        _ => None,
    }
}

/// The one object that an answer must consist of.
pub(super) fn only(cmdlet: &'static str, answer: &Answer) -> Result<Row, ServerError> {
    check(cmdlet, answer)?;
    match &answer.rows[..] {
        [row] => Ok(row.clone()),
        [] => Err(ServerError::NoAnswer { cmdlet }),
        several => {
            let count = several.len();
            Err(ServerError::SeveralAnswers { cmdlet, count })
        }
    }
}
