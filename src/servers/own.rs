//! Exchange's own endpoint of a server, as the second way to its cmdlets: when it is taken, and what becomes of it.
//!
//! By itself the snap-in on the plain endpoint is asked first: all of it is one pipeline there, in one shell, on the very
//! computer that is meant, and no policy of Exchange's counts it. Where it cannot reach Active Directory (the second
//! hop), or cannot be had, the same is asked here. Neither is tried where that leads nowhere: with NTLM, which this
//! endpoint refuses, and before Exchange 2010, which has none.

use std::{sync::Arc, time::Duration};

use futures_util::future::select_ok;
use mapisweep_core::{
    batch::{Answer, Answers, Batch, Divided, Part, Question, Reader, Row},
    config::ExchangeEndpoint,
    exchange::{ExchangeServer, Failure, Generation, SnapIn, Version, forest, own},
};
use mapisweep_winrm::psrp::{clixml::Value, pipeline::PipelineResult};
use tokio::time::timeout;

use super::{
    NoOwnEndpoint, Patience, Places, Server, ServerError,
    ask::{check, failed_as},
    name::is_name_of,
    remote::Remote,
};
use crate::connection::{Peer, Way};

/// The ways to it, in the order in which they are tried; or why there is none.
pub type OwnWays = Result<Vec<Arc<Peer>>, NoOwnEndpoint>;

/// Exchange's own endpoint of one server.
pub(super) struct Own {
    wanted: ExchangeEndpoint,
    ways: OwnWays,
    /// Shared by the servers of a run.
    places: Arc<Places>,
    /// The way that is taken, once somebody answered there.
    remote: Option<Remote>,
    is_taken: bool,
    /// Which of its shells seeks recipients in the whole forest, or was asked to.
    prepared_in_shell: usize,
    /// Why it did not help, where it was tried.
    failed: Option<ServerError>,
    /// How long was waited for what a throttling policy asks.
    waited: Duration,
}

/// So long is waited there in all: many short waits make a long one.
const WAITS: Duration = Duration::from_secs(30);

/// Why Exchange's cmdlets are asked there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    SecondHop,
    NoSnapIn,
}

impl Own {
    /// None, and the snap-in alone.
    pub fn none() -> Self {
        let places = Arc::new(Places::new(1));
        Self::new(
            ExchangeEndpoint::SnapIn,
            Err(NoOwnEndpoint::NotWanted),
            places,
        )
    }

    pub fn new(wanted: ExchangeEndpoint, ways: OwnWays, places: Arc<Places>) -> Self {
        Self {
            wanted,
            ways,
            places,
            remote: None,
            is_taken: wanted == ExchangeEndpoint::Own,
            prepared_in_shell: 0,
            failed: None,
            waited: Duration::ZERO,
        }
    }

    /// Whether Exchange's cmdlets are asked there.
    pub fn is_taken(&self) -> bool {
        self.is_taken
    }

    /// Why it did not help; told once.
    pub fn take_failed(&mut self) -> Option<ServerError> {
        self.failed.take()
    }

    /// Later shells are opened on the same server as the other's; the open one stays.
    pub fn rename(&mut self, other: &Self) {
        if self.remote.is_none() {
            self.ways.clone_from(&other.ways);
        }
    }

    /// What it is called by: a full name.
    fn host(&self) -> Option<&str> {
        let ways = self.ways.as_ref().ok()?;
        ways.first().map(|peer| peer.endpoint().host())
    }

    /// The server that Exchange's cmdlets really ran on, where it is another one: from Exchange 2013 on it may be.
    pub fn served_by(&self) -> Option<&str> {
        self.remote.as_ref()?.served_by().filter(|_| self.is_taken)
    }

    /// Whether there is something to be closed, or may be.
    pub fn may_have_a_shell(&self) -> bool {
        self.remote.as_ref().is_some_and(Remote::may_have_a_shell)
    }

    /// Whether a shell is lost; told once.
    pub fn take_lost(&mut self) -> bool {
        self.remote.as_mut().is_some_and(Remote::take_lost)
    }

    /// How many shells were opened there so far.
    pub fn shells(&self) -> usize {
        self.remote.as_ref().map_or(0, Remote::shells)
    }

    /// How many HTTP requests it took so far.
    pub fn requests(&self) -> usize {
        self.remote.as_ref().map_or(0, Remote::requests)
    }

    /// Ends its shells.
    pub async fn close(&mut self) -> Result<(), ServerError> {
        let Some(remote) = &mut self.remote else {
            return Ok(());
        };
        let gone = match remote.take_gone() {
            Some(shell) => shell.close().await,
            None => Ok(()),
        };
        if let Some(shell) = remote.take().await {
            shell.close().await?;
        }
        Ok(gone?)
    }

    /// Signs in and opens a shell where there is none: by the first of the ways where somebody answers.
    async fn open(&mut self, patience: Patience) -> Result<&mut Remote, ServerError> {
        let remote = match self.remote.take() {
            Some(remote) => remote,
            None => self.first_to_answer(patience).await?,
        };
        let remote = self.remote.insert(remote);
        remote.sign_in().await?;
        Ok(remote)
    }

    /// Connects, and does what of the sign-in needs no password.
    async fn reach(&mut self, patience: Patience) -> Result<(), ServerError> {
        if self.remote.is_none() {
            self.remote = Some(self.first_to_answer(patience).await?);
        }
        Ok(())
    }

    /// The same by whichever of the ways somebody answers at first, for no longer than one connection is waited for: where
    /// packets are dropped each way may be as silent.
    async fn reach_in_time(&mut self, patience: Patience) -> Result<(), ServerError> {
        let ways = self.ways.as_ref();
        let ways = ways.map_err(|why| ServerError::NoOwnEndpoint(*why))?;
        let tries: Vec<_> = ways
            .iter()
            .map(|way| {
                let mut remote = Remote::of_exchange(Arc::clone(way), patience);
                Box::pin(async move { remote.reach().await.map(|()| remote) })
            })
            .collect();
        if tries.is_empty() {
            return Err(ServerError::NoOwnEndpoint(NoOwnEndpoint::NotWanted));
        }
        let limit = patience.connecting;
        match timeout(limit, select_ok(tries)).await {
            Ok(reached) => self.remote = Some(reached?.0),
            Err(_) => return Err(ServerError::TooSlow { limit }),
        }
        Ok(())
    }

    async fn first_to_answer(&self, patience: Patience) -> Result<Remote, ServerError> {
        let ways = self.ways.as_ref();
        let ways = ways.map_err(|why| ServerError::NoOwnEndpoint(*why))?;
        let mut first = None;
        for way in ways {
            let mut remote = Remote::of_exchange(Arc::clone(way), patience);
            match remote.reach().await {
                Ok(()) => return Ok(remote),
                Err(error) if error.is_nobody_there() => {
                    first.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        // there is at least one
        Err(first.unwrap_or(ServerError::NoOwnEndpoint(NoOwnEndpoint::NotWanted)))
    }

    /// Whether it can be turned to where the snap-in was of no use.
    fn may_be_turned_to(&self) -> bool {
        self.wanted == ExchangeEndpoint::Auto
            && !self.is_taken
            && self.failed.is_none()
            && self.ways.is_ok()
    }
}

impl Server {
    /// Has Exchange's cmdlets asked at its own endpoint, where and as far as that is wanted.
    pub fn with_own_endpoint(
        mut self,
        wanted: ExchangeEndpoint,
        ways: OwnWays,
        places: Arc<Places>,
    ) -> Self {
        self.own = Own::new(wanted, ways, places);
        self
    }

    /// Asks the batch once more, with Exchange's own endpoint for Exchange's cmdlets, where the snap-in was of no use;
    /// the same answers where that is not so, or it does not help either.
    pub(super) async fn or_at_own_endpoint(
        &mut self,
        batch: &Batch,
        answers: Answers,
    ) -> Result<Answers, ServerError> {
        let Some(why) = self.why_turn(batch, &answers) else {
            return Ok(answers);
        };
        self.detail(match why {
            Why::SecondHop => {
                "the snap-in cannot reach Active Directory from the plain endpoint (second hop); asking Exchange's own endpoint"
            }
            Why::NoSnapIn => {
                "the snap-in cannot be had on the plain endpoint; asking Exchange's own endpoint"
            }
        });
        self.own.is_taken = true;
        let mut reader = Reader::new(batch);
        match self.ask_divided(batch, &mut reader).await {
            Err(error @ (ServerError::OwnEndpoint { .. } | ServerError::NoOwnEndpoint(_))) => {
                self.own.is_taken = false;
                self.own.failed = Some(error);
                Ok(answers)
            }
            other => other,
        }
    }

    /// Why the snap-in was of no use, where Exchange's own endpoint may be of more.
    fn why_turn(&self, batch: &Batch, answers: &Answers) -> Option<Why> {
        // it refuses NTLM, and where that was taken for want of a ticket there is none for it either
        let is_by_ntlm = matches!(self.way(), Some(Way::Ntlm { .. }));
        if self.about.is_some() || is_by_ntlm || !self.own.may_be_turned_to() {
            return None;
        }
        let asked = ExchangeServer::itself();
        let about = batch.number_of(|question| *question == asked)?;
        let error = check(asked.cmdlet, answers.get(about)?).err()?;
        let why = match failed_as(&error)? {
            Failure::DirectoryOutOfReach => Why::SecondHop,
            Failure::UnknownCommand => Why::NoSnapIn,
            _ => return None,
        };
        let generation = self.generation_by_snap_in(batch, answers)?;
        (generation >= Generation::Exchange2010).then_some(why)
    }

    /// Which Exchange it is, as far as can be told without Active Directory: the newest snap-in that is registered there, or
    /// what another server said.
    fn generation_by_snap_in(&self, batch: &Batch, answers: &Answers) -> Option<Generation> {
        let registered = SnapIn::registered();
        let number = batch.number_of(|question| *question == registered);
        let rows = number.and_then(|number| answers.get(number));
        let newest = rows.and_then(|answer| SnapIn::newest_of(&answer.rows));
        let described = self.described.as_ref().and_then(|known| known.version);
        let described = described.map(Version::generation);
        // that of an older Exchange may be the only one there
        newest.map(|snap_in| snap_in.generation).max(described)
    }

    /// Whether the plain endpoint was reached, or Exchange's own where it can be done without.
    pub(super) async fn or_without_plain(
        &mut self,
        plain: Result<(), ServerError>,
    ) -> Result<(), ServerError> {
        let error = match plain {
            Err(error) if self.may_do_without_plain(&error) => error,
            other => return other,
        };
        let reached = match error.is_without_an_answer() {
            false => self.own.reach(self.patience).await,
            true => {
                let limit = self.patience.connecting;
                self.detail(&format!(
                    "{error}; whether Exchange's own endpoint answers is waited for, {limit:?} at most"
                ));
                self.own.reach_in_time(self.patience).await
            }
        };
        match reached {
            Ok(()) => {
                self.remark(&format!(
                    "{error}; asking Exchange's own endpoint alone, which tells neither the clock nor the limits"
                ));
                self.own.is_taken = true;
                self.plain_failed = Some(error);
                Ok(())
            }
            Err(own) => {
                self.detail(&format!("Exchange's own endpoint does not help: {own}"));
                Err(error)
            }
        }
    }

    fn may_do_without_plain(&self, error: &ServerError) -> bool {
        let is_by_ntlm = matches!(self.way(), Some(Way::Ntlm { .. }));
        let is_wanted = self.needed.without_plain && self.own.wanted != ExchangeEndpoint::SnapIn;
        let is_closed = error.is_closed_endpoint() || error.is_without_an_answer();
        is_wanted && self.own.ways.is_ok() && !is_by_ntlm && is_closed
    }

    /// Signs in to Exchange's own endpoint alone.
    pub(super) async fn sign_in_there(&mut self) -> Result<(), ServerError> {
        let signed_in = self.own.open(self.patience).await.map(drop);
        signed_in.map_err(|error| self.at_own_endpoint(error))
    }

    /// Asks a batch in parts: what is Exchange's at its own endpoint, one by one; everything else on the plain one.
    pub(super) async fn ask_divided(
        &mut self,
        batch: &Batch,
        reader: &mut Reader<'_>,
    ) -> Result<Answers, ServerError> {
        let mut divided = Divided::new(batch);
        let mut reader = Some(reader);
        while let Some(part) = divided.next_part() {
            match part {
                Part::There(number, question) => {
                    let answer = self.ask_there(question).await?;
                    divided.told_there(number, answer);
                }
                Part::Here(part) if self.plain_failed.is_some() => divided.not_here(&part),
                // the numbers are the same, so that what came of it is in the reader, also where this or what follows ends early
                Part::Here(part) => {
                    let answers = match reader.take() {
                        Some(reader) => {
                            let answers = self.ask_here(&part, reader).await?;
                            reader.keep(&answers);
                            answers
                        }
                        None => self.ask_here(&part, &mut Reader::new(&part)).await?,
                    };
                    divided.told_here(&part, answers);
                }
            }
        }
        Ok(divided.finish())
    }

    /// Asks one question at Exchange's own endpoint.
    async fn ask_there(&mut self, question: &Question) -> Result<Answer, ServerError> {
        self.in_use = true;
        let name = self.name_there();
        let mut asked = self.try_in_turn(question, &name).await;
        let wait = asked.as_ref().err().and_then(ServerError::short_wait);
        if let Some(wait) = wait.filter(|wait| self.own.waited + *wait <= WAITS) {
            self.own.waited += wait;
            self.remark(&format!(
                "Exchange takes no more from this user for {wait:.0?}; waiting, and asking once more"
            ));
            tokio::time::sleep(wait).await;
            asked = self.try_in_turn(question, &name).await;
        }
        asked.map_err(|error| self.at_own_endpoint(error))
    }

    /// When it is this server's turn: after a refusal fewer are asked at once.
    async fn try_in_turn(
        &mut self,
        question: &Question,
        name: &str,
    ) -> Result<Answer, ServerError> {
        let places = Arc::clone(&self.own.places);
        let place = places.take().await;
        let asked = self.try_there(question, name).await;
        let refused = asked.as_ref().err().and_then(ServerError::throttled);
        if let Some(fewer) = refused.and_then(|_| place.refused()) {
            let servers = if fewer == 1 {
                "server is"
            } else {
                "servers are"
            };
            self.detail(&format!(
                "Exchange's throttling refused; from now on {fewer} {servers} asked at once at Exchange's own endpoints"
            ));
        }
        asked
    }

    async fn try_there(&mut self, question: &Question, name: &str) -> Result<Answer, ServerError> {
        self.prepare_own_shell().await?;
        self.is_told_by_itself(question)?;
        let mut rows = Vec::new();
        let mut take = |output: Value| rows.push(Row::of_object(question, &output));
        let pipeline = question.pipeline(name);
        let remote = self.own.open(self.patience).await?;
        let outcome: PipelineResult = remote.run_into(pipeline, &mut take).await?;
        self.is_told_by_itself(question)?;
        Ok(Answer::alone(rows, outcome))
    }

    /// Who is logged on to a server is believed of nobody but that server: another release tells it wrongly, or not at all.
    fn is_told_by_itself(&self, question: &Question) -> Result<(), ServerError> {
        let is_its_own = |server: &&str| {
            let computer = self.computer.as_deref();
            computer.is_some_and(|computer| is_name_of(server, computer))
        };
        let another = self.own.served_by().filter(|server| !is_its_own(server));
        match another {
            Some(server) if own::is_of_one_server(question.cmdlet) => {
                Err(ServerError::ServedByAnother {
                    server: server.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Has each new shell seek recipients in the whole forest: by itself it does so in the server's domain.
    async fn prepare_own_shell(&mut self) -> Result<(), ServerError> {
        let patience = self.patience;
        let remote = self.own.open(patience).await?;
        let shell = remote.shells();
        let (is_first, endpoint) = (shell == 1, remote.endpoint());
        if self.own.prepared_in_shell == shell {
            return Ok(());
        }
        if is_first {
            self.detail(&format!("Exchange's cmdlets are asked at {endpoint}"));
        }
        let remote = self.own.open(patience).await?;
        let question = forest::whole_forest();
        let outcome = remote.run_into(question.pipeline(""), &mut drop).await?;
        let answer = Answer::alone(Vec::new(), outcome);
        if let Err(error) = check(question.cmdlet, &answer) {
            self.seeks_in_own_domain(&error);
        }
        self.own.prepared_in_shell = shell;
        if let Some(server) = self.own.served_by().filter(|_| is_first) {
            self.remark(&format!(
                "{server} answers in its place, for Exchange's cmdlets"
            ));
        }
        Ok(())
    }

    /// What the server is called by in questions: as the computer calls itself, or else by its full name, which the
    /// endpoint is named by.
    fn name_there(&self) -> String {
        let host = || self.own.host().unwrap_or(self.name()).to_owned();
        self.computer.clone().unwrap_or_else(host)
    }

    /// Says where it was, unless that is of no consequence.
    fn at_own_endpoint(&self, error: ServerError) -> ServerError {
        let is_elsewhere = match &error {
            ServerError::Shell(error) => !error.is_worth_asking_again(),
            ServerError::Connection(_) | ServerError::ServedByAnother { .. } => true,
            _ => false,
        };
        match is_elsewhere {
            true => ServerError::OwnEndpoint {
                host: self.name_there(),
                cause: Box::new(error),
            },
            false => error,
        }
    }
}

/// Whether something of Exchange's is among the questions.
pub(super) fn is_exchange_asked(batch: &Batch) -> bool {
    let is_of_exchange = |question: &Question| own::is_of_exchange(question.cmdlet);
    batch.number_of(is_of_exchange).is_some()
}
