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
        let names = databases.iter().map(String::as_str);
        let told = match self.standing_of(names).await {
            Ok(told) => told,
            Err(error) => {
                tracing::debug!(server = self.name(), %error, "where databases are mounted is not known");
                return BTreeMap::new();
            }
        };
        let mounted = told.into_iter().filter_map(|(name, told)| {
            let [database] = &told.ok()?[..] else {
                return None;
            };
            let only = match &database.copies_on[..] {
                [only] => Some(only),
                _ => None,
            };
            let on = database.mounted_on.as_ref().or(only)?;
            Some((name.to_owned(), on.clone()))
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
        let told = self.standing_of(databases.into_iter()).await;
        let told = told.map_err(ServerError::before_sending)?;
        let mut why = told
            .into_iter()
            .filter_map(|(name, told)| match told.as_deref() {
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
            });
        Ok(why.next())
    }

    /// What there is of each of these names.
    async fn standing_of<'n>(
        &mut self,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Vec<(&'n str, Result<Vec<Database>, ServerError>)>, ServerError> {
        let mut batch = Batch::default();
        let asked: Vec<_> = names
            .map(|name| (name, batch.ask(Database::standing(name))))
            .collect();
        let answers = self.ask(&batch).await?;
        let told = asked.into_iter().map(|(name, number)| {
            let told = self.checked(DATABASES, &answers, number);
            let told = told.and_then(|answer| {
                let rows = answer.rows.iter().map(Database::from_row);
                Ok(rows.collect::<Result<Vec<_>, _>>()?)
            });
            (name, told)
        });
        Ok(told.collect())
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
