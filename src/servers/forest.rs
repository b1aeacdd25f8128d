//! Having people sought in the whole forest: who is in another domain than the server is not without a mailbox.

use mapisweep_core::{
    batch::{Answer, Answers, Batch, Number},
    exchange::{Failure, forest},
};

use super::{
    Server, ServerError,
    ask::{check, failed_as},
};

/// Where the questions stand in their batch.
pub(super) struct Forest {
    /// Of Exchange 2010 and later.
    cmdlet: Number,
    /// Of Exchange 2007.
    function: Number,
}

impl Server {
    /// Asks for it before people are asked for; it holds for this shell, and the next batch may run in another. At
    /// Exchange's own endpoint each shell begins with it.
    pub(super) fn ask_for_whole_forest(
        &self,
        batch: &mut Batch,
        needs: &[Number],
    ) -> Option<Forest> {
        if self.own.is_taken() {
            return None;
        }
        let cmdlet = batch.ask_if(forest::whole_forest(), needs, &[]);
        let function = batch.ask_if(forest::whole_forest_on_2007(), needs, &[cmdlet]);
        Some(Forest { cmdlet, function })
    }

    /// Says where people are sought in one domain only.
    pub(super) fn tell_where_sought(&self, answers: &Answers, forest: Option<&Forest>) {
        let why = forest.and_then(|forest| forest.why_not(answers));
        if let Some(why) = why {
            self.seeks_in_own_domain(&why);
        }
    }

    /// Says it, and why.
    pub(super) fn seeks_in_own_domain(&self, why: &ServerError) {
        self.remark(&format!(
            "recipients are sought in the server's own domain only: {why}"
        ));
    }
}

impl Forest {
    /// Nothing where one of the two did, and where neither was asked.
    fn why_not(&self, answers: &Answers) -> Option<ServerError> {
        let asked = |number| answers.get(number).filter(|answer| !answer.is_skipped());
        let cmdlet = asked(self.cmdlet)?;
        let function = asked(self.function)?;
        if [cmdlet, function].into_iter().any(Answer::has_succeeded) {
            return None;
        }
        let by_cmdlet = check(forest::CMDLET, cmdlet).err()?;
        match failed_as(&by_cmdlet) {
            Some(Failure::UnknownCommand) => check(forest::FUNCTION, function).err(),
            _ => Some(by_cmdlet),
        }
    }
}
