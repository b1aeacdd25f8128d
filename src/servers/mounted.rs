//! Whether the databases that a plan is about are still mounted where it was made: a fail-over ends the sessions, and whoever
//! connects from then on is somebody at work.

use std::collections::{BTreeMap, BTreeSet};

use mapisweep_core::{
    batch::Batch,
    exchange::{Database, Generation, Logon, Version},
    plan::ServerPlan,
};

use super::{Server, ServerError, Step};

const DATABASES: &str = "Get-MailboxDatabase";

impl Server {
    /// The servers on which these databases are mounted, as far as this server knows; of Exchange 2007's, which have one
    /// server each, that one.
    pub async fn where_mounted(&mut self, databases: &[String]) -> BTreeMap<String, String> {
        let mut batch = Batch::default();
        let asked: Vec<_> = databases
            .iter()
            .map(|name| (name, batch.ask(Database::standing(name))))
            .collect();
        let answers = match self.ask(&batch).await {
            Ok(answers) => answers,
            Err(error) => {
                tracing::debug!(server = self.name(), %error, "where databases are mounted is not known");
                return BTreeMap::new();
            }
        };
        let mounted = asked.into_iter().filter_map(|(name, number)| {
            let answer = self.checked(DATABASES, &answers, number).ok()?;
            let [row] = &answer.rows[..] else {
                return None;
            };
            let database = Database::from_row(row).ok()?;
            let only = match &database.copies_on[..] {
                [only] => Some(only.clone()),
                _ => None,
            };
            Some((name.clone(), database.mounted_on.or(only)?))
        });
        mounted.collect()
    }

    /// Why the databases of the sessions that would end may not be here any more; nothing where they are, or where none can
    /// move: before Exchange 2010 a database has one server. What cannot be told is a reason, too.
    pub(super) async fn has_moved(
        &mut self,
        plan: &ServerPlan,
    ) -> Result<Option<String>, ServerError> {
        let Some(about) = self.about.clone() else {
            return Ok(None);
        };
        let generation = about.version.map(Version::generation);
        let has_copies = generation.is_none_or(|one| one >= Generation::Exchange2010);
        let databases = databases(plan);
        if !has_copies || databases.is_empty() {
            return Ok(None);
        }
        self.tell(Step::AskingWhatIsMounted);
        let mut batch = Batch::default();
        let asked: Vec<_> = databases
            .iter()
            .map(|name| (*name, batch.ask(Database::standing(name))))
            .collect();
        // nothing of the closing has been sent
        let nothing_sent = |error| match error {
            ServerError::Interrupted => ServerError::Interrupted,
            error => ServerError::NothingSent(Box::new(error)),
        };
        let answers = self.ask(&batch).await.map_err(nothing_sent)?;
        let mut why = asked.into_iter().filter_map(|(name, number)| {
            let told = self.checked(DATABASES, &answers, number);
            let told = told.and_then(|answer| {
                let rows = answer.rows.iter().map(Database::from_row);
                Ok(rows.collect::<Result<Vec<_>, _>>()?)
            });
            match told.as_deref() {
                Ok([database]) if database.runs_elsewhere(&about.name) => {
                    let on = database.mounted_on.as_deref().unwrap_or_default();
                    Some(format!("{name} is mounted on {on} now"))
                }
                Ok([database]) if database.mounted == Some(true) => None,
                Ok([database]) if database.mounted == Some(false) => {
                    Some(format!("{name} is dismounted now"))
                }
                Ok(_) => Some(format!("it is not known where {name} is mounted now")),
                Err(error) => Some(format!(
                    "it is not known where {name} is mounted now: {error}"
                )),
            }
        });
        Ok(why.next())
    }
}

/// The databases of the sessions from addresses that are to be closed.
fn databases(plan: &ServerPlan) -> BTreeSet<&str> {
    let is_closed = |logon: &&Logon| {
        let mut closed = plan.closed_addresses();
        closed.any(|plan| plan.address == logon.client_address)
    };
    let logons = plan.snapshot.logons.iter().filter(is_closed);
    logons
        .filter_map(|logon| logon.database.as_deref())
        .collect()
}
