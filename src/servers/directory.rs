//! What a server tells of the organisation: which servers, DAGs and databases there are, and what is mounted where.

use mapisweep_core::{
    batch::{Answers, Batch, Number, Row, RowError},
    exchange::{
        ClientAccessArray, Dag, Database, Directory, ExchangeServer, Failure, Gap, Generation,
        Standing, Version,
    },
};

use super::{Server, ServerError, Step, recognise::Recognition};

const SERVERS: &str = "Get-ExchangeServer";
const DAGS: &str = "Get-DatabaseAvailabilityGroup";
const DATABASES: &str = "Get-MailboxDatabase";
const ARRAYS: &str = "Get-ClientAccessArray";

/// Why something may be missing: of which cmdlet, and what.
type Gaps = Vec<(&'static str, Gap)>;

impl Server {
    /// Reads what Active Directory says, which no other server is asked for. Any release does.
    pub async fn read_directory(&mut self) -> Result<Directory, ServerError> {
        self.tell(Step::ReadingDirectory);
        self.takes_newer = true;
        let mut batch = Batch::default();
        let which_exchange = self.ask_which_exchange(&mut batch);
        let known = which_exchange.as_ref().map(Recognition::about);
        let known = known.as_slice();
        let servers = batch.ask_if(ExchangeServer::all(), known, &[]);
        let dags = batch.ask_if(Dag::all(), known, &[]);
        let databases = batch.ask_if(Database::all(), known, &[]);
        let arrays = batch.ask_if(ClientAccessArray::all(), known, &[]);
        let answers = self.ask(&batch).await?;
        let by = self.recognised(&answers, which_exchange.as_ref())?;
        let has_dags = by.version.map(Version::generation) != Some(Generation::Exchange2007);
        let mut gaps: Gaps = answers
            .beside
            .iter()
            .map(|gap| (SERVERS, gap.clone()))
            .collect();
        Ok(Directory {
            servers: rows(
                &answers,
                servers,
                SERVERS,
                ExchangeServer::from_row,
                &mut gaps,
            )?,
            dags: match has_dags {
                true => rows(&answers, dags, DAGS, Dag::from_row, &mut gaps)?,
                false => Vec::new(),
            },
            databases: rows(
                &answers,
                databases,
                DATABASES,
                Database::from_row,
                &mut gaps,
            )?,
            arrays: match rows(
                &answers,
                arrays,
                ARRAYS,
                ClientAccessArray::from_row,
                &mut gaps,
            ) {
                // 2010 alone has it
                Err(ServerError::Cmdlet {
                    failure: Failure::UnknownCommand,
                    ..
                }) => Vec::new(),
                arrays => arrays?,
            },
            gaps,
            by,
        })
    }

    /// Has the servers asked how they stand: the DAGs' members, and where these databases are mounted. A database that cannot
    /// be told of is a gap, and so is all of it where that takes too long: what is known without stays known.
    pub async fn read_standing(
        &mut self,
        dags: &[&Dag],
        databases: &[&Database],
    ) -> Result<Standing, ServerError> {
        if dags.is_empty() && databases.is_empty() {
            return Ok(Standing::default());
        }
        self.tell(Step::AskingWhatIsMounted);
        let mut batch = Batch::default();
        let asked_dags: Vec<_> = dags
            .iter()
            .map(|dag| batch.ask(Dag::standing(&dag.name)))
            .collect();
        let asked: Vec<_> = databases
            .iter()
            .map(|database| (*database, batch.ask(Database::standing(&database.identity))))
            .collect();
        let answers = match self.ask(&batch).await {
            Ok(answers) => answers,
            Err(error @ ServerError::Interrupted) => return Err(error),
            Err(error) if error.leaves_something() => return Err(error),
            Err(error) => {
                let gaps = vec![(DATABASES, Gap::Failed(error.to_string()))];
                let standing = Standing::default();
                return Ok(Standing { gaps, ..standing });
            }
        };
        let mut gaps: Gaps = answers
            .beside
            .iter()
            .map(|gap| (DATABASES, gap.clone()))
            .collect();
        let mut told_dags = Vec::new();
        for number in asked_dags {
            match rows(&answers, number, DAGS, Dag::from_row, &mut gaps) {
                Ok(told) => told_dags.extend(told),
                Err(error) => gaps.push((DAGS, Gap::Failed(error.to_string()))),
            }
        }
        let mut told = Vec::new();
        for (database, number) in asked {
            let mut said = Vec::new();
            let one = rows(&answers, number, DATABASES, Database::from_row, &mut said);
            let why = match &one {
                Ok(_) => said.into_iter().map(|(_, gap)| gap.to_string()).collect(),
                Err(error) => vec![error.to_string()],
            };
            let name = &database.name;
            gaps.extend(why.into_iter().map(|why| (DATABASES, missing(name, why))));
            told.extend(one.into_iter().flatten());
        }
        Ok(Standing {
            dags: told_dags,
            databases: told,
            gaps,
        })
    }
}

fn missing(database: &str, why: String) -> Gap {
    Gap::Database {
        name: database.to_owned(),
        why,
    }
}

/// The rows of an answer, and why some may be missing.
fn rows<T>(
    answers: &Answers,
    number: Number,
    cmdlet: &'static str,
    read: fn(&Row) -> Result<T, RowError>,
    gaps: &mut Gaps,
) -> Result<Vec<T>, ServerError> {
    let answer = answers.get(number);
    let answer = answer.ok_or(ServerError::NoAnswer { cmdlet })?;
    super::ask::check(cmdlet, answer)?;
    gaps.extend(Gap::of(answer).into_iter().map(|gap| (cmdlet, gap)));
    let rows: Result<_, _> = answer.rows.iter().map(read).collect();
    Ok(rows?)
}
