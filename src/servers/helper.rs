//! Running the helper on a server.

use mapisweep_core::{
    batch::{Answer, Answers, Number},
    helper_run::{HelperRun, Listed},
};

use super::{Server, ServerError, ask::only};

/// How what runs it is called in messages.
pub(super) const HELPER: &str = "the helper script";

impl Server {
    /// Asks something that has the helper pushed: from now on it may be there, unless nothing was run at all.
    pub(super) async fn with_helper<T>(
        &mut self,
        ask: impl AsyncFnOnce(&mut Self) -> Result<T, ServerError>,
    ) -> Result<T, ServerError> {
        self.pushed_before = self.helper_pushed;
        self.may_hold_helper(true);
        let asked_again = self.asked_again;
        self.remote.begin();
        let lost_before = self.remote.has_lost_one_in_use();
        let asked = ask(self).await;
        self.helper_lost |= !lost_before && self.remote.has_lost_one_in_use();
        // what is asked once more may have been run before its answer was lost
        self.pushed_before |= self.asked_again > asked_again;
        let has_begun = self.remote.has_begun();
        let is_not_there = |error: &ServerError| error.is_refused_batch() || !has_begun;
        if asked.as_ref().is_err_and(is_not_there) {
            self.may_hold_helper(self.pushed_before);
        }
        asked
    }

    /// What the script says of the helper's run, and so whether the helper is gone again.
    pub(super) fn helper_run(
        &mut self,
        answers: &Answers,
        number: Number,
    ) -> Result<HelperRun, ServerError> {
        let answer = answers.get(number);
        self.helper_run_in(answer.ok_or(ServerError::NoAnswer { cmdlet: HELPER })?)
    }

    /// The same of the answer alone.
    pub(super) fn helper_run_in(&mut self, answer: &Answer) -> Result<HelperRun, ServerError> {
        if answer.is_skipped() {
            self.may_hold_helper(self.pushed_before);
        }
        let run = HelperRun::from_row(&only(HELPER, answer)?).map_err(ServerError::Helper)?;
        self.may_hold_helper(match run.report {
            // a file that is in the way of ours is not ours, unless an earlier run left it
            Err(ref error) if error.is_before_writing() => self.pushed_before,
            _ => !run.removed,
        });
        Ok(run)
    }

    /// What the helper lists, where it is gone again.
    pub(super) fn listed(&self, run: HelperRun) -> Result<Listed, ServerError> {
        let report = run.report.map_err(ServerError::Listing)?;
        match run.removed {
            true => Ok(report.into_listed()),
            false => Err(ServerError::HelperLeft { path: run.path }),
        }
    }
}
