//! Where a server did not tell all of its logons: asking its databases one by one, to know which of them is missing, and
//! whether anybody can be logged on to that one.

use mapisweep_core::{
    batch::{Batch, Number},
    exchange::{Clock, Database, Gap, Logon},
};

use super::{
    Server, ServerError,
    look::{Logons, logons},
};

const DATABASES: &str = "Get-MailboxDatabase";

impl Server {
    /// The same logons; or, where some may be missing because a database could not be asked, what its databases tell one
    /// by one. Which one it was is not read from what the server said: that is in its own language.
    pub(super) async fn completed(&mut self, told: Logons, clock: &Clock) -> Logons {
        let told = self.where_mailboxes_are(told);
        let Ok((logons, gaps)) = &told else {
            return told;
        };
        let may_be_a_databases = |gap: &Gap| matches!(gap, Gap::Warned(_) | Gap::Failed(_));
        if gaps.is_empty() || !gaps.iter().all(may_be_a_databases) {
            return told;
        }
        match self.told_by_databases(logons, clock).await {
            Ok(Some(completed)) => Ok(completed),
            // what was meant is none of these: a public folder's, perhaps
            Ok(None) => told,
            // then what the server said is all there is
            Err(error) => {
                tracing::debug!(server = self.name(), %error, "the databases cannot be asked");
                told
            }
        }
    }

    /// Nothing where each of them could be asked, and none is dismounted.
    async fn told_by_databases(
        &mut self,
        told: &[Logon],
        clock: &Clock,
    ) -> Result<Option<(Vec<Logon>, Vec<Gap>)>, ServerError> {
        let batch = Batch::of(Database::on_this_server());
        let answers = self.ask(&batch).await?;
        let rows = &self.checked(DATABASES, &answers, Number::FIRST)?.rows;
        let databases: Result<Vec<_>, _> = rows.iter().map(Database::from_row).collect();
        let about = self.about.as_ref().map(|about| about.name.clone());
        let here = about.unwrap_or_default();
        let databases = databases?;
        let is_of_another = |logon: &&Logon| {
            let name = logon.database.as_deref();
            !databases
                .iter()
                .any(|database| Some(database.name.as_str()) == name)
        };
        let mut all: Vec<_> = told.iter().filter(is_of_another).cloned().collect();
        let (down, up): (Vec<_>, Vec<_>) = databases
            .into_iter()
            .filter(|database| !database.runs_elsewhere(&here))
            .partition(|database| database.mounted == Some(false));
        if up.is_empty() {
            return Err(ServerError::NoAnswer { cmdlet: DATABASES });
        }
        for database in &down {
            let name = &database.name;
            self.remark(&format!("{name} is dismounted: nobody is logged on to it"));
        }
        let mut batch = Batch::default();
        let asked: Vec<_> = up
            .iter()
            .map(|database| (database, batch.ask(Logon::in_database(&database.identity))))
            .collect();
        let mut answers = self.ask(&batch).await?;
        let mut gaps = std::mem::take(&mut answers.beside);
        for (database, number) in asked {
            let missing = |why: String| Gap::Database {
                name: database.name.clone(),
                why,
            };
            match logons(&mut answers, number, clock) {
                Ok((logons, said)) => {
                    all.extend(logons);
                    gaps.extend(said.into_iter().map(|gap| missing(gap.to_string())));
                }
                Err(error) => gaps.push(missing(error.to_string())),
            }
        }
        let is_explained = !(down.is_empty() && gaps.is_empty());
        Ok(is_explained.then_some((all, gaps)))
    }
}
