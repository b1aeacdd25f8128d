//! Many servers at once: each goes at its own pace, and a bounded number at a time.
//!
//! A first visit ([`Fleet::visit`]) connects to all in parallel, tries the password at one that answers, and then does
//! its work on each. A server that cannot be reached holds up nobody, and its password is never sent. What is no longer
//! needed is let go at once; with more servers than are visited at a time, each is left after its visit and signed in
//! to anew where something is to be closed, so that a thousand servers do not take a thousand connections.

use std::{num::NonZeroUsize, time::Duration};

use futures_util::{StreamExt, future::join_all, stream};
use mapisweep_core::{
    exchange::ExchangeServer,
    plan::{Plan, ServerPlan, ServerSnapshot},
};

use tokio::sync::mpsc;

use crate::connection::{Probe, Way};

use super::{
    Interruption, PerServer, Reading, Server, ServerError, Step,
    act::{Act, Basis, ServerResult, act, stale_holders, watch},
    interval::Rounds,
    pace::first_pause,
    until,
    visit::{Dag, Needed, Round, Visited},
};

/// The servers of one run.
pub struct Fleet {
    servers: Vec<Server>,
    /// Those that are visited no more.
    set_aside: Vec<Server>,
    dag: Option<Dag>,
    needed: Needed,
    jobs: NonZeroUsize,
    cancel: Interruption,
}

impl Fleet {
    /// The servers in the order in which they are shown; `jobs` of them are worked on at a time. When `cancel` fires,
    /// every step under way ends with [`ServerError::Interrupted`] and [`Fleet::finish`] should follow.
    pub fn new(
        servers: Vec<Server>,
        dag: Option<Dag>,
        jobs: NonZeroUsize,
        cancel: Interruption,
    ) -> Self {
        Self {
            servers,
            set_aside: Vec::new(),
            dag,
            needed: Needed::default(),
            jobs,
            cancel,
        }
    }

    /// Whether the next visits are of use whichever Exchange a server runs, or only where something can be closed.
    pub fn takes_any_version(&mut self, any: bool) {
        self.needed.any_version = any;
    }

    /// Whether the next visits are of use where the plain endpoint cannot be used and Exchange's own can.
    pub fn does_without_plain(&mut self, without: bool) {
        self.needed.without_plain = without;
    }

    /// Whether the next visits begin with what servers show to whoever has not signed in.
    pub fn probes(&mut self, probes: bool) {
        self.needed.probed = probes;
    }

    /// Whether the next visits end before anybody signs in, for there is nothing to sign in with.
    pub fn only_from_outside(&mut self, only: bool) {
        self.needed.only_from_outside = only;
    }

    /// What a server has shown to whoever has not signed in, by the name the admin gave.
    pub fn probe(&self, server: &str) -> Option<&Probe> {
        let is_meant = |one: &&Server| one.name() == server;
        self.servers.iter().find(is_meant)?.probe()
    }

    /// Whether shells stay open after the next visits, however many servers there are: one each, for as long as they are
    /// read again and again.
    pub fn keeps_all_shells(&mut self, keeps: bool) {
        self.needed.shells_kept = keeps;
    }

    /// Only these are visited from now on; the others are let go.
    pub async fn keep(&mut self, is_kept: impl Fn(&str) -> bool) {
        let (kept, mut others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.servers)
            .into_iter()
            .partition(|server| is_kept(server.name()));
        self.servers = kept;
        leave(others.iter_mut(), self.jobs, &self.cancel).await;
        self.set_aside.append(&mut others);
    }

    /// How a server is signed in to, by the name the admin gave, as far as that was chosen.
    pub fn way(&self, server: &str) -> Option<Way> {
        let is_meant = |one: &&Server| one.name() == server;
        self.servers.iter().find(is_meant)?.way()
    }

    /// Signs in to every server and does this work there; has the users looked up by one of them meanwhile.
    pub async fn visit<T>(
        &mut self,
        users: &[String],
        work: impl AsyncFn(&mut Server) -> Result<T, ServerError>,
    ) -> Visited<T> {
        let round = Round {
            dag: self.dag.take(),
            users,
            needed: self.needed,
            jobs: self.jobs,
            cancel: &self.cancel,
        };
        round.visit(&mut self.servers, work).await
    }

    /// One more, to be visited by name.
    pub fn add(&mut self, server: Server) {
        self.servers.push(server);
    }

    /// The names of the servers.
    pub fn names(&self) -> Vec<String> {
        self.servers
            .iter()
            .map(|server| server.name().to_owned())
            .collect()
    }

    /// Does this work on those of these names and leaves the others alone.
    pub async fn visit_some<T>(
        &mut self,
        names: &[String],
        work: impl AsyncFn(&mut Server) -> Result<T, ServerError>,
    ) -> PerServer<T> {
        let is_meant = |server: &Server| names.iter().any(|name| name == server.name());
        let (mut meant, others) = self.servers.drain(..).partition::<Vec<_>, _>(is_meant);
        let round = Round {
            dag: None,
            users: &[],
            needed: self.needed,
            jobs: self.jobs,
            cancel: &self.cancel,
        };
        let visited = round.visit(&mut meant, work).await;
        self.servers = others;
        self.servers.append(&mut meant);
        visited.servers
    }

    /// The servers by the names the admin gave, each with what it calls itself, where that is known.
    pub fn own_names(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let servers = self.servers.iter().chain(&self.set_aside);
        servers.map(|server| (server.name(), server.own_name()))
    }

    /// The Exchange servers there are, as one of these was told by Active Directory; none where nobody was.
    pub fn exchange_servers(&self) -> &[ExchangeServer] {
        let mut servers = self.servers.iter().chain(&self.set_aside);
        let told = servers.find_map(|server| server.exchange_servers.as_deref());
        told.unwrap_or_default()
    }

    /// Reads each server again and again, at an interval of its own, until the admin interrupts or nobody hears any more.
    /// `was_read` is whether a visit just before could read it.
    pub async fn read_again_and_again(
        &mut self,
        interval: Duration,
        was_read: impl Fn(&str) -> bool,
        hears: mpsc::Sender<Reading>,
    ) {
        for server in &self.servers {
            server.remote.shows_password_alone();
        }
        let rounds = Rounds::new(interval, self.jobs, &self.cancel, hears);
        let number = self.servers.len();
        let servers = self.servers.iter_mut().enumerate();
        let readings = servers.map(|(place, server)| {
            let was_read = was_read(server.name());
            rounds.keep_reading(server, first_pause(interval, place, number), was_read)
        });
        join_all(readings).await;
    }

    /// Lets go of the servers that the plan is not about.
    pub async fn let_go(&mut self, plan: &Plan) {
        let servers = self.servers.iter_mut();
        let idle = servers.filter(|server| !plan.is_about(server.name()));
        leave(idle, self.jobs, &self.cancel).await;
    }

    /// Reads the servers again that the plan is about.
    pub async fn look_again(&mut self, plan: &Plan) -> PerServer<ServerSnapshot> {
        let keeps_shells = self.are_shells_kept();
        let cancel = &self.cancel;
        let servers = self.servers.iter_mut();
        let busy = servers.filter(|server| plan.is_about(server.name()));
        each(busy, self.jobs, async |server: &mut Server| {
            let seen = until(cancel, server.read_all()).await;
            match seen {
                // what an interrupt leaves is cleaned up for all servers together
                Err(ServerError::Interrupted) => {}
                Ok(_) if keeps_shells => server.tell(Step::Waiting),
                _ => server.finish(cancel).await,
            }
            (server.name().to_owned(), seen)
        })
        .await
    }

    /// Carries the plan out on every server where it closes something, and looks at those that hold the sessions of what is
    /// closed on others; the rest is let go. `ended` is told of each server as it ends, while others are still at work.
    pub async fn act(
        &mut self,
        plan: &Plan,
        basis: Basis<'_>,
        ended: impl Fn(&str, &Result<ServerResult, ServerError>),
    ) -> PerServer<ServerResult> {
        let keeps_shells = self.are_shells_kept();
        let cancel = &self.cancel;
        let servers = self.servers.iter_mut();
        let results = each(servers, self.jobs, async |server: &mut Server| {
            let Some(own) = plan_for(plan, server) else {
                if !plan.is_about(server.name()) {
                    server.finish(cancel).await;
                }
                return None;
            };
            if !stale_holders(server, own, basis).is_empty() {
                return None;
            }
            let what = Act {
                plan,
                own,
                basis,
                holders: &[],
            };
            let result = act(server, what, cancel).await;
            if !watch::is_needed(plan, own, &result) {
                ended(server.name(), &result);
                if !keeps_shells {
                    server.finish(cancel).await;
                }
            }
            Some(result)
        });
        let mut results = results.await;
        // in a box, for it holds as much as all that is done here
        Box::pin(self.act_on_renewed(plan, basis, &ended, &mut results)).await;
        let cancel = &self.cancel;
        // only now is all closed that was to be
        let servers = self.servers.iter_mut().zip(results);
        let results = each(servers, self.jobs, async |(server, result)| {
            let server: &mut Server = server;
            let name = server.name().to_owned();
            let own = plan.for_server(&name)?;
            let is_watched = match &result {
                Some(result) => watch::is_needed(plan, own, result),
                None => plan.is_about(&name),
            };
            if !is_watched {
                return Some((name, result?));
            }
            let what = Act {
                plan,
                own,
                basis,
                holders: &[],
            };
            let result = watch::watch(server, what, result, cancel).await;
            ended(&name, &result);
            if !keeps_shells {
                server.finish(cancel).await;
            }
            Some((name, result))
        });
        results.await.into_iter().flatten().collect()
    }

    /// Carries the plan out on the servers whose plans are old, and of which only others can tell more: one after the other,
    /// for those others are read just before.
    async fn act_on_renewed(
        &mut self,
        plan: &Plan,
        basis: Basis<'_>,
        ended: impl Fn(&str, &Result<ServerResult, ServerError>),
        results: &mut [Option<Result<ServerResult, ServerError>>],
    ) {
        let keeps_shells = self.are_shells_kept();
        for (place, result) in results.iter_mut().enumerate() {
            let Some(server) = self.servers.get(place).filter(|_| result.is_none()) else {
                continue;
            };
            let Some(own) = plan_for(plan, server) else {
                continue;
            };
            let names = stale_holders(server, own, basis);
            let holders = self.read_holders(plan, &names).await;
            let Some(server) = self.servers.get_mut(place) else {
                continue;
            };
            let what = Act {
                plan,
                own,
                basis,
                holders: &holders,
            };
            let acted = act(server, what, &self.cancel).await;
            if !watch::is_needed(plan, own, &acted) {
                ended(server.name(), &acted);
                if !keeps_shells {
                    server.finish(&self.cancel).await;
                }
            }
            *result = Some(acted);
        }
    }

    /// Reads who is logged on to these servers; one that cannot be read is missing.
    async fn read_holders(&mut self, plan: &Plan, names: &[String]) -> Vec<ServerSnapshot> {
        let cancel = &self.cancel;
        let servers = self.servers.iter_mut();
        let meant = servers.filter(|server| names.iter().any(|name| name == server.name()));
        let read = each(meant, self.jobs, async |server: &mut Server| {
            server.remark("the plan is old by now; looking again who is logged on");
            let seen = until(cancel, server.read_logons()).await.ok()?;
            // its connections are not what it is read for
            let before = plan.for_server(server.name())?;
            Some(ServerSnapshot {
                connections: before.snapshot.connections.clone(),
                ..seen
            })
        });
        read.await.into_iter().flatten().collect()
    }

    /// Leaves nothing behind on any server. Not interruptible, but it ends soon: this is what an interrupt leads to. What
    /// could not be cleaned up is returned.
    pub async fn finish(&mut self) -> Vec<(String, ServerError)> {
        let cancel = &self.cancel;
        let servers = self.servers.iter_mut().chain(&mut self.set_aside);
        let left = each(servers, self.jobs, async |server: &mut Server| {
            server.finish(cancel).await;
            let name = server.name().to_owned();
            let left = server.left_behind().into_iter();
            left.map(move |left| (name.clone(), left))
        });
        left.await.into_iter().flatten().collect()
    }

    /// Whether shells stay open between a visit and what follows it.
    fn are_shells_kept(&self) -> bool {
        self.needed.shells_kept || self.servers.len() <= self.jobs.get()
    }
}

/// The plan for a server where it closes something.
fn plan_for<'p>(plan: &'p Plan, server: &Server) -> Option<&'p ServerPlan> {
    let plan = plan.for_server(server.name())?;
    plan.targets().next().map(|_| plan)
}

/// Leaves nothing behind on these.
async fn leave(
    servers: impl Iterator<Item = &mut Server>,
    jobs: NonZeroUsize,
    cancel: &Interruption,
) {
    each(servers, jobs, async |server: &mut Server| {
        server.finish(cancel).await
    })
    .await;
}

/// Does one thing on every item, `jobs` at a time; the results keep the order of the items.
async fn each<T, R>(
    items: impl Iterator<Item = T>,
    jobs: NonZeroUsize,
    step: impl AsyncFn(T) -> R,
) -> Vec<R> {
    let step = &step;
    let results = stream::iter(items.enumerate())
        .map(|(place, item)| async move { (place, step(item).await) })
        // one that takes long takes one place, and holds up nobody else
        .buffer_unordered(jobs.get());
    let mut results: Vec<_> = results.collect().await;
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}
