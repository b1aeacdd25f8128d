//! The first visit to every server of a fleet.

use std::{cell::Cell, num::NonZeroUsize};

use futures_util::{StreamExt, stream::FuturesUnordered};
use mapisweep_core::exchange::ExchangeServer;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    Interruption, PerServer, Server, ServerError, Step, is_same_name,
    lookup::{Lookup, Users},
    once::each_once,
    trial::{Trial, Turn},
};

/// A DAG whose members are meant as well; the fleet's first server is asked who they are, and where it cannot say, the next one
/// that can.
pub struct Dag {
    /// Its name.
    pub name: String,
    /// The first server is the DAG's own name, which leads to one of its members, and no server of its own.
    pub by_own_name: bool,
    /// What makes its members.
    pub member: Box<MakeMember>,
}

/// Makes a server of the full name of a member.
pub type MakeMember = dyn Fn(&str) -> Result<Server, ServerError>;

/// What came of a visit.
pub struct Visited<T> {
    /// The users asked for; `None` where no server could say.
    pub users: Option<Users>,
    /// The servers visited.
    pub servers: PerServer<T>,
}

/// What is needed of the servers of a visit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needed {
    /// They are of use whichever Exchange they run: what is asked there needs no logons.
    pub any_version: bool,
    /// They are of use without their plain endpoints.
    pub without_plain: bool,
    /// They are probed before anybody signs in.
    pub probed: bool,
    /// There is nothing to sign in with: they are looked at from outside alone.
    pub only_from_outside: bool,
    /// Their shells stay open, however many servers there are.
    pub shells_kept: bool,
}

/// One visit to the servers of a fleet.
pub(super) struct Round<'a> {
    pub dag: Option<Dag>,
    /// Whom to look up.
    pub users: &'a [String],
    pub needed: Needed,
    /// How many servers are worked on at a time.
    pub jobs: NonZeroUsize,
    pub cancel: &'a Interruption,
}

impl Round<'_> {
    /// Visits every server, those that turn out to be members of the DAG included, and puts them among the others.
    pub async fn visit<T>(
        self,
        servers: &mut Vec<Server>,
        work: impl AsyncFn(&mut Server) -> Result<T, ServerError>,
    ) -> Visited<T> {
        let (members, mut named) = mpsc::unbounded_channel();
        let shared = Shared::new(self, servers.len(), members);
        let mut first = shared.naming.try_acquire().ok();
        let mut names: Vec<String> = servers.iter().map(|one| one.name().into()).collect();
        let mut results = Vec::new();
        let mut under_way = FuturesUnordered::new();
        for mut server in servers.drain(..) {
            shared.prepare(&mut server);
            let asks = shared.asks(first.take());
            under_way.push(shared.visit(server, asks, &work));
        }
        drop(first);
        loop {
            tokio::select! {
                biased;
                Some(members) = named.recv() => {
                    for (name, made) in shared.join(&mut names, members) {
                        match made {
                            Ok(mut server) => {
                                shared.prepare(&mut server);
                                under_way.push(shared.visit(server, Asks::Never, &work));
                            }
                            Err(error) => results.push((name, Err(error))),
                        }
                    }
                }
                ended = under_way.next() => {
                    let Some((server, ended)) = ended else { break };
                    results.extend(ended.map(|result| (server.name().to_owned(), result)));
                    servers.push(server);
                }
            }
        }
        let place = |name: &str| names.iter().position(|known| known == name);
        results.sort_by_key(|(name, _)| place(name));
        servers.sort_by_key(|server| place(server.name()));
        drop(under_way);
        if !shared.cancel.is_cancelled() {
            each_once(servers, &mut results, &shared.cancel).await;
        }
        Visited {
            users: shared.lookup.into_users(),
            servers: results,
        }
    }
}

/// What the servers of one visit share.
struct Shared {
    dag: Option<Dag>,
    needed: Needed,
    members: mpsc::UnboundedSender<Members>,
    /// One at a time is asked for the members.
    naming: Semaphore,
    are_named: Cell<bool>,
    trial: Trial,
    lookup: Lookup,
    /// Servers that are being connected to, or wait for a place among those worked on. More than those, so that some
    /// that do not answer do not keep the others waiting.
    connecting: Semaphore,
    working: Semaphore,
    /// How many servers there are, as far as is known.
    expected: Cell<usize>,
    jobs: usize,
    cancel: Interruption,
    /// Fires when there is nothing to be done on any server after all.
    enough: CancellationToken,
}

/// The members of the DAG.
struct Members {
    servers: Vec<ExchangeServer>,
    /// The one that was asked.
    asked: ExchangeServer,
}

/// Whether a server is asked for the members of the DAG.
enum Asks<'a> {
    /// It is, before anything else.
    First(SemaphorePermit<'a>),
    /// It is where those before it could not say.
    InItsPlace,
    /// It is not.
    Never,
}

/// How a visit ended; `None` where the server was let go because nothing was to be done there.
type Ended<T> = Option<Result<T, ServerError>>;

impl Shared {
    const CONNECTING_PER_JOB: usize = 4;

    fn new(round: Round<'_>, servers: usize, members: mpsc::UnboundedSender<Members>) -> Self {
        let jobs = round
            .jobs
            .get()
            .min(Semaphore::MAX_PERMITS / Self::CONNECTING_PER_JOB);
        Self {
            dag: round.dag,
            needed: round.needed,
            members,
            naming: Semaphore::new(1),
            are_named: Cell::new(false),
            trial: Trial::new(),
            lookup: Lookup::of(round.users),
            connecting: Semaphore::new(jobs * Self::CONNECTING_PER_JOB),
            working: Semaphore::new(jobs),
            expected: Cell::new(servers),
            jobs,
            cancel: round.cancel.clone(),
            enough: CancellationToken::new(),
        }
    }

    /// Whether one of those that the admin named is asked for the members; the first of them has the turn.
    fn asks<'a>(&self, turn: Option<SemaphorePermit<'a>>) -> Asks<'a> {
        match (&self.dag, turn) {
            (None, _) => Asks::Never,
            (Some(_), Some(turn)) => Asks::First(turn),
            (Some(_), None) => Asks::InItsPlace,
        }
    }

    /// Tells a server what of it is needed.
    fn prepare(&self, server: &mut Server) {
        server.needed = self.needed;
    }

    /// The members that are not among the servers yet, made into servers.
    fn join(
        &self,
        names: &mut Vec<String>,
        members: Members,
    ) -> Vec<(String, Result<Server, ServerError>)> {
        let Some(dag) = &self.dag else {
            return Vec::new();
        };
        if dag.by_own_name {
            names.clear();
        }
        let mut made = Vec::new();
        for member in members.servers {
            let name = member.display_name().to_owned();
            let was_asked = member.is(&members.asked);
            let is_named = was_asked && !dag.by_own_name;
            if is_named || names.iter().any(|known| is_same_name(known, &name)) {
                continue;
            }
            names.push(name.clone());
            if !was_asked {
                let server = (dag.member)(&name);
                made.push((name, server.map(|server| server.described_as(member))));
            }
        }
        self.expected.set(names.len());
        made
    }

    /// One server's visit, from connecting to leaving it or waiting for the plan.
    async fn visit<'a, T>(
        &'a self,
        mut server: Server,
        asks: Asks<'a>,
        work: &impl AsyncFn(&mut Server) -> Result<T, ServerError>,
    ) -> (Server, Ended<T>) {
        // a place is given up only when nothing is done there any more
        let mut place = None;
        let ended = tokio::select! {
            biased;
            () = self.cancel.cancelled() => Some(Err(ServerError::Interrupted)),
            () = self.enough.cancelled() => None,
            ended = self.work(&mut server, &mut place, asks, work) => ended.transpose(),
        };
        match ended {
            // what an interrupt leaves is cleaned up for all servers together
            Some(Err(ServerError::Interrupted)) => {}
            Some(Ok(_)) if self.needed.shells_kept || self.expected.get() <= self.jobs => {
                server.tell(Step::Waiting)
            }
            _ => server.finish(&self.cancel).await,
        }
        let ended = ended.map(|ended| ended.map_err(|error| server.seen_left(error)));
        (server, ended)
    }

    /// `None` where there is nothing to be done.
    async fn work<'a, T>(
        &'a self,
        server: &mut Server,
        place: &mut Option<SemaphorePermit<'a>>,
        asks: Asks<'a>,
        work: &impl AsyncFn(&mut Server) -> Result<T, ServerError>,
    ) -> Result<Option<T>, ServerError> {
        let may_stand_in = matches!(asks, Asks::InItsPlace);
        if !self.arrive(server, place, asks).await? {
            return Ok(None);
        }
        let taken = self.lookup.begin(server);
        let done = work(server).await;
        if let Some(taken) = taken {
            taken.found(server.found.take());
        }
        if self.lookup.is_nobody_meant() {
            self.enough.cancel();
            return Ok(None);
        }
        let done = done?;
        self.lookup.settle(server).await?;
        if may_stand_in {
            self.stand_in(server, place).await?;
        }
        Ok(Some(done))
    }

    /// Connects, takes a place among the servers worked on, signs in and, where it is asked for them, has the members of
    /// the DAG named; false where it is not meant itself.
    async fn arrive<'a>(
        &'a self,
        server: &mut Server,
        place: &mut Option<SemaphorePermit<'a>>,
        asks: Asks<'a>,
    ) -> Result<bool, ServerError> {
        let connecting = self.connecting.acquire().await;
        // of use also where nobody signs in any more
        let mut seen = server.look_from_outside().await;
        if self.needed.only_from_outside {
            seen = seen.and(Err(ServerError::NoCredential));
        }
        tokio::select! {
            biased;
            by = self.trial.refused() => return Err(ServerError::NotTried { server: by }),
            reached = server.reach(seen) => reached?,
        }
        // nobody closes the semaphore
        *place = self.working.acquire().await.ok();
        drop(connecting);
        self.sign_in(server).await?;
        match asks {
            Asks::First(_turn) => self.name_members(server).await,
            Asks::InItsPlace | Asks::Never => Ok(true),
        }
    }

    /// Has this server say who belongs to the DAG, where those before it could not: a part of what was meant is not acted on.
    async fn stand_in<'a>(
        &'a self,
        server: &mut Server,
        place: &mut Option<SemaphorePermit<'a>>,
    ) -> Result<(), ServerError> {
        if self.are_named.get() {
            return Ok(());
        }
        // whoever is asked now may be waiting for it
        *place = None;
        let _turn = self.naming.acquire().await;
        if self.are_named.get() {
            return Ok(());
        }
        *place = self.working.acquire().await.ok();
        self.name_members(server).await.map(drop)
    }

    /// Signs in when it is this server's turn to be given the password, where there is one: a ticket is shown to all.
    async fn sign_in(&self, server: &mut Server) -> Result<(), ServerError> {
        if !server.remote.has_password() {
            return server.sign_in().await;
        }
        if self.trial.is_under_way() {
            server.tell(Step::AwaitingPassword);
        }
        let turn = self.trial.turn().await;
        let turn = turn.map_err(|by| ServerError::NotTried { server: by })?;
        let Turn::First(first) = turn else {
            return server.sign_in().await;
        };
        let name = server.name().to_owned();
        // as long as it is not judged, nobody else sends it: a wrong one counts at every server
        let signed_in = server.sign_in().await;
        match &signed_in {
            Ok(()) => self.trial.accepted(),
            Err(error) if error.is_after_sign_in() => self.trial.accepted(),
            Err(error) if error.is_refused_password() => self.trial.refused_by(&name),
            // it was not judged: the next one tries
            Err(_) => {}
        }
        drop(first);
        signed_in
    }

    /// Has a server say who belongs to the DAG, where one is meant; false where it does not itself.
    async fn name_members(&self, server: &mut Server) -> Result<bool, ServerError> {
        let Some(dag) = &self.dag else {
            return Ok(true);
        };
        let told = server.dag_members(&dag.name).await;
        if let Err(ServerError::NoSuchDag { .. }) = told {
            // nobody else will know it
            self.enough.cancel();
        }
        let (servers, about) = told?;
        self.are_named.set(true);
        let mut own = servers.iter().filter(|_| dag.by_own_name);
        let own = own.find(|member| member.is(&about));
        if let Some(own) = own {
            server.rename(&(dag.member)(own.display_name())?);
        }
        let is_meant = own.is_some() || !dag.by_own_name;
        let asked = about;
        // the receiver waits for as long as this visit lasts
        _ = self.members.send(Members { servers, asked });
        Ok(is_meant)
    }
}
