//! What a server is asked: who is logged on, and what is needed to judge that.

use std::time::Instant;

use mapisweep_core::{
    batch::{Answers, Batch, Number},
    exchange::{
        Clock, Dag, ExchangeServer, Failure, Gap, Limits, Logon, Mailbox, Role, SessionLimit,
    },
    helper_run::{HelperRequest, Listed},
    plan::ServerSnapshot,
};

use super::{
    Server, ServerError, Step,
    ask::check,
    forest::Forest,
    lookup::{Users, is_nobody_meant},
    recognise::Recognition,
};

const LOGONS: &str = "Get-LogonStatistics";
const MAILBOX: &str = "Get-Mailbox";
pub(super) const REGISTRY: &str = "Get-ItemProperty";
const SERVERS: &str = "Get-ExchangeServer";

/// Where the questions of one look stand in their batch.
struct Look {
    which_exchange: Option<Recognition>,
    forest: Option<Forest>,
    users: Vec<Number>,
    servers: Option<Number>,
    limit: Number,
    clock: Number,
    logons: Number,
    connections: Option<Number>,
}

impl Server {
    /// Reads the logons and what is needed to judge them; connections are not listed.
    pub async fn read_logons(&mut self) -> Result<ServerSnapshot, ServerError> {
        self.tell(Step::ReadingLogons);
        let (batch, look) = self.look(None);
        let answers = self.ask(&batch).await?;
        let (seen, _) = self.seen(answers, look)?;
        self.complete(seen).await
    }

    /// Reads the logons and what is needed to judge them, and lists the Exchange processes' connections.
    pub async fn read_all(&mut self) -> Result<ServerSnapshot, ServerError> {
        self.tell(Step::ReadingAll);
        self.read_at = Some(Instant::now());
        let (batch, look) = self.look(Some(&HelperRequest::List { all: false }));
        let answers = self
            .with_helper(async |server| server.ask(&batch).await)
            .await?;
        let (mut seen, is_listed) = self.seen(answers, look)?;
        if !is_listed {
            let listed = self.list_connections(false).await?;
            seen.connections = listed.connections;
            seen.connections_left_out = listed.left_out;
        }
        self.complete(seen).await
    }

    async fn complete(&mut self, seen: ServerSnapshot) -> Result<ServerSnapshot, ServerError> {
        let told = Ok((seen.logons, seen.gaps));
        let (logons, gaps) = self.completed(told, &seen.clock).await?;
        Ok(ServerSnapshot {
            logons,
            gaps,
            ..seen
        })
    }

    /// Lists the connections of the Exchange processes, or of all processes.
    pub async fn list_connections(&mut self, all: bool) -> Result<Listed, ServerError> {
        self.tell(Step::ListingConnections);
        let request = HelperRequest::List { all };
        let mut batch = Batch::default();
        let number = batch.ask(request.question(&self.exe));
        let answers = self
            .with_helper(async |server| server.ask(&batch).await)
            .await?;
        if let Some(computer) = self.computer.clone() {
            self.compare_names(&computer);
        }
        let run = self.helper_run(&answers, number)?;
        self.listed(run)
    }

    /// All of a look is one batch; nothing is asked in vain where nobody who was asked for exists.
    fn look(&self, helper: Option<&HelperRequest>) -> (Batch, Look) {
        let mut batch = Batch::default();
        let which_exchange = self.ask_which_exchange(&mut batch);
        let known = which_exchange.as_ref().map(Recognition::about);
        let known = known.as_slice();
        let (forest, users) = self.ask_for_wanted(&mut batch, known);
        // by the one server that looks the users up, and where something may be closed
        let asks_for_servers = self.tells_servers || (helper.is_some() && !users.is_empty());
        let servers = asks_for_servers.then(|| batch.ask_if(ExchangeServer::all(), known, &[]));
        let needed = if users.is_empty() { known } else { &users };
        let limit = batch.ask_if(Limits::from_registry(), needed, &[]);
        let clock = batch.ask_if(Clock::question(), needed, &[]);
        let logons = batch.ask_if(Logon::on_this_server(), needed, &[]);
        let connections = helper.map(|request| {
            let question = request.question(&self.exe);
            batch.ask_if(question, &[logons], &[])
        });
        let look = Look {
            which_exchange,
            forest,
            users,
            servers,
            limit,
            clock,
            logons,
            connections,
        };
        (batch, look)
    }

    /// What was seen, and whether the connections are in it that were to be: they are asked for only where the logons can be
    /// read.
    fn seen(
        &mut self,
        mut answers: Answers,
        look: Look,
    ) -> Result<(ServerSnapshot, bool), ServerError> {
        let run = look
            .connections
            .map(|number| self.helper_run(&answers, number));
        let about = self.recognised(&answers, look.which_exchange.as_ref())?;
        self.tell_where_sought(&answers, look.forest.as_ref());
        self.found = self.found_among(&answers, &look.users)?;
        if let Some(servers) = look.servers {
            self.learn_of_servers(&answers, servers);
        }
        if self.found.as_ref().is_some_and(is_nobody_meant) {
            return Err(ServerError::NobodyMeant);
        }
        let (limits, clock) = match self.plain_failed {
            // Exchange's own endpoint tells neither
            Some(_) => (Limits::UNKNOWN, Clock::NOT_TOLD),
            None => (
                self.limits(&answers, look.limit),
                Clock::from_row(&self.only("Get-Date", &answers, look.clock)?)?,
            ),
        };
        let told = logons(&mut answers, look.logons, &clock);
        let holds_none = told.is_err();
        let (logons, gaps) = self.where_mailboxes_are(told)?;
        let listed = match run {
            Some(run) if !holds_none => self.listed(run?)?,
            _ => Listed::default(),
        };
        let is_listed = look.connections.is_none() || !holds_none;
        let seen = ServerSnapshot {
            server: self.name().to_owned(),
            display_name: about.display_name().to_owned(),
            version: about.version,
            limits,
            clock,
            logons,
            gaps,
            connections: listed.connections,
            connections_left_out: listed.left_out,
        };
        Ok((seen, is_listed))
    }

    /// A client access server without databases holds no sessions, and its cmdlet has an error for an answer.
    pub(super) fn where_mailboxes_are(&self, told: Logons) -> Logons {
        let roles = self.about.as_ref();
        let has_none = roles.is_some_and(|about| about.has_role(Role::Mailbox) == Some(false));
        match told {
            Err(ServerError::Cmdlet { .. }) if has_none => Ok((Vec::new(), Vec::new())),
            told => told,
        }
    }

    /// That they cannot be read is no reason to stop, and is said.
    pub(super) fn limits(&self, answers: &Answers, number: Number) -> Limits {
        let (limits, why) = match self.checked(REGISTRY, answers, number) {
            // a key without any value is nothing to PowerShell
            Ok(answer) => {
                let limits = answer.rows.first().map(Limits::from_row);
                let why = "what the registry has is no number".to_owned();
                (limits.unwrap_or(Limits::DEFAULT), why)
            }
            Err(error) => (Limits::ASSUMED, error.to_string()),
        };
        let of = [
            (limits.mapi, "sessions"),
            (limits.services, "sessions of Exchange's services"),
        ];
        let assumed = of.into_iter().filter_map(|(limit, whose)| match limit {
            SessionLimit::Assumed(limit) => Some(format!("{limit} {whose}")),
            _ => None,
        });
        let assumed: Vec<_> = assumed.collect();
        if !assumed.is_empty() {
            self.remark(&format!(
                "the limit cannot be read, so it is taken to be {}: {why}",
                assumed.join(" and ")
            ));
        }
        limits
    }

    /// Lists the connections and reads the logons, once a closing did not say what it did.
    pub(super) async fn look_after(
        &mut self,
        clock: &Clock,
    ) -> Result<(Listed, Logons), ServerError> {
        self.tell(Step::LookingAfter);
        let request = HelperRequest::List { all: false };
        let mut batch = Batch::default();
        let listing = batch.ask(request.question(&self.exe));
        let looking = batch.ask(Logon::on_this_server());
        let asked = self
            .with_helper(async |server| server.ask(&batch).await)
            .await;
        let mut answers = match asked {
            // the connections are listed on the plain one
            Err(error) if error.is_of_own_endpoint() => {
                return Ok((self.list_once_more().await?, Err(error)));
            }
            asked => asked?,
        };
        let run = self.helper_run(&answers, listing)?;
        let listed = self.listed(run)?;
        Ok((listed, logons(&mut answers, looking, clock)))
    }

    /// Lists the connections alone.
    pub(super) async fn list_once_more(&mut self) -> Result<Listed, ServerError> {
        self.tell(Step::LookingAfter);
        let request = HelperRequest::List { all: false };
        let batch = Batch::of(request.question(&self.exe));
        let asked = self
            .with_helper(async |server| server.ask(&batch).await)
            .await?;
        let run = self.helper_run(&asked, Number::FIRST)?;
        self.listed(run)
    }

    /// Reads only the logons again, to see what became of them, and why some may be missing; the clock tells how their times
    /// are read.
    pub(super) async fn read_logons_again(&mut self, clock: &Clock) -> Logons {
        self.tell(Step::Verifying);
        let batch = Batch::of(Logon::on_this_server());
        let mut answers = self.ask(&batch).await?;
        let told = logons(&mut answers, Number::FIRST, clock);
        self.completed(told, clock).await
    }

    /// Finds the mailboxes of each user's name.
    pub(super) async fn find_mailboxes(
        &mut self,
        identities: &[String],
    ) -> Result<Users, ServerError> {
        self.tell(Step::FindingUsers);
        self.wanted = identities.to_vec();
        let mut batch = Batch::default();
        let which_exchange = self.ask_which_exchange(&mut batch);
        let known = which_exchange.as_ref().map(Recognition::about);
        let (forest, users) = self.ask_for_wanted(&mut batch, known.as_slice());
        let servers = batch.ask_if(ExchangeServer::all(), known.as_slice(), &[]);
        let answers = self.ask(&batch).await?;
        self.recognised(&answers, which_exchange.as_ref())?;
        self.learn_of_servers(&answers, servers);
        self.tell_where_sought(&answers, forest.as_ref());
        let found = self.found_among(&answers, &users)?;
        Ok(found.unwrap_or_default())
    }

    /// Which Exchange servers there are. That it cannot be told is no reason to stop, and is said.
    fn learn_of_servers(&mut self, answers: &Answers, number: Number) {
        let told = self.checked(SERVERS, answers, number).and_then(|answer| {
            let rows = answer.rows.iter().map(ExchangeServer::from_row);
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        });
        match told {
            Ok(servers) => self.exchange_servers = Some(servers),
            Err(error) => self.remark(&format!(
                "which Exchange servers there are is not known but from what is read of them: {error}"
            )),
        }
    }

    /// A question for each user that is wanted, in the whole forest.
    fn ask_for_wanted(&self, batch: &mut Batch, needs: &[Number]) -> (Option<Forest>, Vec<Number>) {
        if self.wanted.is_empty() {
            return (None, Vec::new());
        }
        let forest = self.ask_for_whole_forest(batch, needs);
        let users = self.wanted.iter();
        let users = users.map(|user| batch.ask_if(Mailbox::identified_by(user), needs, &[]));
        (forest, users.collect())
    }

    /// The users that were wanted, taken up; `None` where none were.
    fn found_among(
        &mut self,
        answers: &Answers,
        users: &[Number],
    ) -> Result<Option<Users>, ServerError> {
        let wanted = std::mem::take(&mut self.wanted);
        if wanted.is_empty() {
            return Ok(None);
        }
        let mut found = Vec::new();
        for (identity, number) in wanted.into_iter().zip(users) {
            let mailboxes = match self.checked(MAILBOX, answers, *number) {
                Ok(answer) => answer.rows.iter().map(Mailbox::from_row).collect(),
                Err(ServerError::Cmdlet {
                    failure: Failure::NotFound,
                    ..
                }) => Ok(Vec::new()),
                Err(error) => return Err(error),
            };
            found.push((identity, mailboxes?));
        }
        Ok(Some(found))
    }

    /// The members of a DAG, sorted by name, and the server that was asked.
    pub(super) async fn dag_members(
        &mut self,
        dag: &str,
    ) -> Result<(Vec<ExchangeServer>, ExchangeServer), ServerError> {
        self.tell(Step::AskingForMembers);
        let mut batch = Batch::default();
        let which_exchange = self.ask_which_exchange(&mut batch);
        let known = which_exchange.as_ref().map(Recognition::about);
        let group = batch.ask_if(Dag::named(dag), known.as_slice(), &[]);
        let all = batch.ask_if(ExchangeServer::all(), &[group], &[]);
        let answers = self.ask(&batch).await?;
        let about = self.recognised(&answers, which_exchange.as_ref())?;
        let group = self.only("Get-DatabaseAvailabilityGroup", &answers, group);
        let group = group.map_err(|error| match error {
            ServerError::Cmdlet {
                failure: Failure::NotFound,
                ..
            } => ServerError::NoSuchDag {
                dag: dag.to_owned(),
            },
            error => error,
        })?;
        let all = self.checked("Get-ExchangeServer", &answers, all)?;
        let all: Result<Vec<_>, _> = all.rows.iter().map(ExchangeServer::from_row).collect();
        let all = all?;
        let member = |name: String| {
            let is_it = |server: &&ExchangeServer| server.name.eq_ignore_ascii_case(&name);
            let described = all.iter().find(is_it).cloned();
            described.unwrap_or_else(|| ExchangeServer::only_named(name))
        };
        let names = Dag::from_row(&group)?.servers;
        Ok((names.into_iter().map(member).collect(), about))
    }
}

/// Logons, and why some may be missing.
pub(super) type Logons = Result<(Vec<Logon>, Vec<Gap>), ServerError>;

/// The logons, and why some may be missing: with some to show, whatever else was said means no more than that.
pub(super) fn logons(
    answers: &mut Answers,
    number: Number,
    clock: &Clock,
) -> Result<(Vec<Logon>, Vec<Gap>), ServerError> {
    let answer = answers.take(number);
    if answer.rows.is_empty() {
        check(LOGONS, &answer)?;
    }
    let mut gaps = Gap::of(&answer);
    gaps.append(&mut answers.beside);
    let rows = answer.rows.len();
    let logons = answer.rows.into_iter();
    let logons: Vec<_> = logons
        .filter_map(|row| Logon::from_row(&row, clock))
        .collect();
    let foreign = rows - logons.len();
    gaps.extend((foreign > 0).then_some(Gap::Foreign(foreign)));
    Ok((logons, gaps))
}
