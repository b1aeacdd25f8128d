//! What a server tells of the organisation: which servers, DAGs and databases there are, and what is mounted where.

use mapisweep_core::{
    batch::{Answers, Batch, Number, Row, RowError},
    exchange::{
        ClientAccessArray, Dag, Database, Directory, ExchangeServer, Gap, Generation, Standing,
        Version,
    },
};

use super::{
    Server, ServerError, Step,
    ask::{SCRIPT_NAME, check},
    recognise::Recognition,
};

const SERVERS: &str = "Get-ExchangeServer";
const DAGS: &str = "Get-DatabaseAvailabilityGroup";
const DATABASES: &str = "Get-MailboxDatabase";
const ARRAYS: &str = "Get-ClientAccessArray";

impl Server {
    /// Reads what Active Directory says, which no other server is asked for.
    pub async fn read_directory(&mut self) -> Result<Directory, ServerError> {
        self.tell(Step::ReadingDirectory);
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
        let asked_of = by.version.map(Version::generation);
        let mut heard = Heard::new(&answers);
        let servers = heard.rows(SERVERS, servers, ExchangeServer::from_row)?;
        let databases = heard.rows(DATABASES, databases, Database::from_row)?;
        // from Exchange 2013 on another server may answer, and it is its release that counts
        let served_by = self.own.served_by();
        let is_it = |server: &&ExchangeServer| served_by.is_some_and(|name| server.is_called(name));
        let by = servers.iter().find(is_it).cloned().unwrap_or(by);
        let generation = by.version.map(Version::generation).or(asked_of);
        let dags = match generation {
            Some(Generation::Exchange2007) => Vec::new(),
            _ => heard.rows(DAGS, dags, Dag::from_row)?,
        };
        let arrays = match heard.rows(ARRAYS, arrays, ClientAccessArray::from_row) {
            Ok(arrays) => arrays,
            Err(error) => {
                // no other release has any
                let is_missing = generation == Some(Generation::Exchange2010);
                heard
                    .gaps
                    .extend(is_missing.then(|| failed(ARRAYS, &error)));
                Vec::new()
            }
        };
        Ok(Directory {
            gaps: heard.gaps,
            by,
            servers,
            dags,
            databases,
            arrays,
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
        let dags = dags.iter().map(|dag| Dag::standing(&dag.name));
        let dags: Vec<_> = dags.map(|question| batch.ask(question)).collect();
        let databases: Vec<_> = databases
            .iter()
            .map(|database| {
                let question = Database::standing(&database.identity);
                (database.name.as_str(), batch.ask(question))
            })
            .collect();
        let answers = match self.ask(&batch).await {
            Ok(answers) => answers,
            Err(error @ ServerError::Interrupted) => return Err(error),
            Err(error) if error.leaves_something() => return Err(error),
            Err(error) => {
                return Ok(Standing {
                    gaps: vec![failed(DATABASES, &error)],
                    ..Standing::default()
                });
            }
        };
        let mut heard = Heard::new(&answers);
        let dags = dags.into_iter().flat_map(|number| {
            let told = heard.rows(DAGS, number, Dag::from_row);
            told.unwrap_or_else(|error| {
                heard.gaps.push(failed(DAGS, &error));
                Vec::new()
            })
        });
        Ok(Standing {
            dags: dags.collect(),
            databases: databases
                .into_iter()
                .flat_map(|(name, number)| heard.database(name, number))
                .collect(),
            gaps: heard.gaps,
        })
    }
}

/// What is heard, and what is missing of it.
struct Heard<'a> {
    answers: &'a Answers,
    /// Of which cmdlet, and what.
    gaps: Vec<(&'static str, Gap)>,
}

impl<'a> Heard<'a> {
    fn new(answers: &'a Answers) -> Self {
        let beside = answers.beside.iter().cloned();
        Self {
            answers,
            gaps: beside.map(|gap| (SCRIPT_NAME, gap)).collect(),
        }
    }

    /// The rows of an answer; why some may be missing is a gap.
    fn rows<T>(
        &mut self,
        cmdlet: &'static str,
        number: Number,
        read: fn(&Row) -> Result<T, RowError>,
    ) -> Result<Vec<T>, ServerError> {
        let answer = self.answers.get(number);
        let answer = answer.ok_or(ServerError::NoAnswer { cmdlet })?;
        check(cmdlet, answer)?;
        let gaps = Gap::of(answer).into_iter();
        self.gaps.extend(gaps.map(|gap| (cmdlet, gap)));
        let rows: Result<_, _> = answer.rows.iter().map(read).collect();
        Ok(rows?)
    }

    /// How one database stands; whatever else is said is a gap of its name.
    fn database(&mut self, name: &str, number: Number) -> Vec<Database> {
        let before = self.gaps.len();
        let told = self.rows(DATABASES, number, Database::from_row);
        let said = self.gaps.split_off(before).into_iter();
        let mut why: Vec<_> = said.map(|(_, gap)| gap.to_string()).collect();
        why.extend(told.as_ref().err().map(ServerError::to_string));
        let name = || name.to_owned();
        let gaps = why
            .into_iter()
            .map(|why| Gap::Database { name: name(), why });
        self.gaps.extend(gaps.map(|gap| (DATABASES, gap)));
        told.unwrap_or_default()
    }
}

fn failed(cmdlet: &'static str, error: &ServerError) -> (&'static str, Gap) {
    (cmdlet, Gap::Failed(error.to_string()))
}
