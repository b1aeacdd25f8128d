//! Carrying a plan out on one server, and seeing what became of it.

pub mod watch;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use super::{
    Interruption, Server, ServerError, Step,
    ask::only,
    look::{Logons, REGISTRY, logons},
    look_after::{list_once_more, look_after},
    pieces::in_pieces,
    until,
};
use mapisweep_core::{
    batch::{Answer, Batch, Reader},
    exchange::{ClientAddress, Gap, KeepAlive, Logon, Mailbox, People},
    helper_run::{HelperRequest, Outcome, RunError, Target},
    plan::{Everywhere, Plan, Policy, ServerPlan, ServerSnapshot, UserHoldings, plan_among},
};

/// What a plan was made of.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// For whom.
    pub users: &'a [Mailbox],
    /// By which rules.
    pub policy: &'a Policy,
    /// How long what was read holds.
    pub plan_age: Duration,
    /// Who else was seen where, on all servers.
    pub everywhere: &'a Everywhere,
    /// Where databases are mounted is asked again before anything is closed.
    pub checks_mounted: bool,
}

impl Basis<'_> {
    /// What is to be done for many is done without those of them who came back; for one, all of it hangs on that.
    fn is_for_many(&self) -> bool {
        self.users.len() > 1
    }
}

/// What was seen on one server while a plan was carried out. It claims nothing that was not seen.
#[derive(Debug)]
pub struct ServerResult {
    /// The server, by the name the admin gave.
    pub server: String,
    /// What the helper saw become of each connection.
    pub targets: Vec<Target>,
    /// Why the helper did not say so itself: what became of the connections was seen afterwards.
    pub failed: Option<ServerError>,
    /// Where the helper was, for the record.
    pub helper_path: String,
    /// The helper's file was seen gone.
    pub helper_removed: bool,
    /// Why some of what was approved was left alone, for things had changed.
    pub left_alone: Vec<String>,
    /// What the users held before.
    pub before: Vec<UserHoldings>,
    /// What they hold now, or why that could not be seen.
    pub after: Result<After, ServerError>,
    /// After how much silence the server looks for the other side; nothing where nothing was closed, or it did not tell.
    pub keep_alive: Option<KeepAlive>,
    /// How often the server was asked once more, because an answer was lost on the way.
    pub asked_again: usize,
    /// How long it took on this server.
    pub took: Duration,
}

/// What a second look at the logons showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// What the users hold now.
    pub users: Vec<UserHoldings>,
    /// Old logons from closed addresses that are still there.
    pub lingering: usize,
    /// How many there were.
    pub to_end: usize,
    /// Why logons may be missing from what was seen: then nothing is known of those that are not there.
    pub gaps: Vec<Gap>,
}

impl After {
    /// Whether the server told all of it.
    pub fn is_whole(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// What is to be done on one server.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// All that is done.
    pub plan: &'a Plan,
    /// What of it is done there.
    pub own: &'a ServerPlan,
    /// What it was made of.
    pub basis: Basis<'a>,
    /// Servers that hold sessions of what is closed there, as they were read just now; none unless that is needed.
    pub holders: &'a [ServerSnapshot],
}

/// How long the second look waits for the store to run down the ended sessions, before it reads the logons once more.
const BETWEEN_LOOKS: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// Closes what the plan says on this server and looks again. What is old, or may have moved to another server, is read and
/// planned anew before.
pub async fn act(
    server: &mut Server,
    what: Act<'_>,
    cancel: &Interruption,
) -> Result<ServerResult, ServerError> {
    if cancel.is_cancelled() {
        return Err(ServerError::Interrupted);
    }
    let Act { own, basis, .. } = what;
    let began = Instant::now();
    let heard = until(cancel, server.hears_from_the_dead(own, basis.policy)).await?;
    let (alive, policy) = heard.unzip();
    let policy = policy.as_ref().unwrap_or(basis.policy);
    let basis = Basis { policy, ..basis };
    let what = Act { basis, ..what };
    let why = match is_old(server, basis) {
        _ if alive.is_some() => alive.clone(),
        true => Some("the plan is old by now".to_owned()),
        false if basis.checks_mounted => until(cancel, server.has_moved(own)).await?,
        false => None,
    };
    let Some(why) = why else {
        return in_pieces(server, own, basis.users, cancel, began).await;
    };
    let renewed = until(cancel, renew(server, what, &why)).await;
    let (renewed, left_alone) = match alive {
        Some(alive) => said_with(renewed, alive)?,
        None => renewed?,
    };
    let acted = in_pieces(server, &renewed, basis.users, cancel, began).await;
    acted.map(|result| ServerResult {
        left_alone,
        ..result
    })
}

/// What became of a new look, and that it was for this.
fn said_with(
    renewed: Result<(ServerPlan, Vec<String>), ServerError>,
    why: String,
) -> Result<(ServerPlan, Vec<String>), ServerError> {
    match renewed {
        Ok((plan, mut left_alone)) => {
            left_alone.insert(0, why);
            Ok((plan, left_alone))
        }
        Err(ServerError::ChangedMeanwhile { what }) => Err(ServerError::ChangedMeanwhile {
            what: format!("{why}; {what}"),
        }),
        Err(error) => Err(error),
    }
}

/// Whether what was read of a server is too old to go by.
fn is_old(server: &Server, basis: Basis<'_>) -> bool {
    let read_at = server.read_at;
    read_at.is_none_or(|at| at.elapsed() > basis.plan_age)
}

/// The other servers that have to be read anew before anything is closed on this one: its plan is old, and only they hold
/// sessions of what is to be closed.
pub(super) fn stale_holders(server: &Server, own: &ServerPlan, basis: Basis<'_>) -> Vec<String> {
    match is_old(server, basis) && own.held_elsewhere_only().is_some() {
        true => own.held_elsewhere(),
        false => Vec::new(),
    }
}

/// Closes this and looks again, in one batch. An interrupt while the helper works leaves nothing that could be claimed; an
/// interrupt after that does not take back what the helper saw.
pub(super) async fn close(
    server: &mut Server,
    plan: &ServerPlan,
    users: &[Mailbox],
    cancel: &Interruption,
    began: Instant,
) -> Result<ServerResult, ServerError> {
    server.tell(Step::Closing);
    let targets: Vec<_> = plan.targets().cloned().collect();
    let mut batch = Batch::default();
    let closing = batch.ask(HelperRequest::Close(targets.clone()).question(&server.exe));
    // beside the closing, for what the logons take may be asked elsewhere
    let keep_alive = batch.ask_if(KeepAlive::from_registry(), &[closing], &[]);
    let looking = batch.ask_if(Logon::on_this_server(), &[closing], &[]);
    let mut reader = Reader::new(&batch);
    let asking = server.with_helper(async |server| server.ask_into(&batch, &mut reader).await);
    let (run, keep_alive, first) = match until(cancel, asking).await {
        Ok(mut answers) => {
            let run = server.helper_run(&answers, closing);
            let keep_alive = answers.get(keep_alive).and_then(keep_alive_told);
            let first = logons(&mut answers, looking, &plan.snapshot.clock);
            (run, keep_alive, first)
        }
        Err(error) => {
            let seen = reader.whole(closing).cloned();
            let keep_alive = reader.whole(keep_alive).and_then(keep_alive_told);
            let run = match (seen, &error) {
                (Some(seen), _) => server.helper_run_in(&seen),
                (None, ServerError::Interrupted) if !server.remote.has_begun() => {
                    return Err(error);
                }
                (None, _) if !server.remote.has_begun() => {
                    return Err(ServerError::NothingSent(Box::new(error)));
                }
                (None, ServerError::Interrupted) => Err(ServerError::InterruptedWhileClosing),
                (None, refused) if refused.is_refused_pipeline() => return Err(error),
                (None, _) => return look_after(server, plan, users, cancel, error, began).await,
            };
            (run, keep_alive, Err(error))
        }
    };
    let heard = run.and_then(|run| {
        let report = run.report?.on(&targets).map_err(RunError::from)?;
        Ok((run.path, run.removed, report))
    });
    let (helper_path, helper_removed, report) = match heard {
        Ok(heard) => heard,
        Err(error @ ServerError::InterruptedWhileClosing) => return Err(error),
        Err(error) if error.is_before_closing() => return Err(error),
        Err(error) => return look_after(server, plan, users, cancel, error, began).await,
    };
    let closed = closed_addresses(plan);
    let after = until(cancel, look_again(server, plan, &closed, users, first)).await;
    let result = ServerResult {
        server: plan.snapshot.server.clone(),
        targets: report.targets,
        failed: None,
        helper_path,
        helper_removed,
        left_alone: Vec::new(),
        before: plan.users.clone(),
        after,
        keep_alive,
        asked_again: server.asked_again,
        took: began.elapsed(),
    };
    match result.has_ended_nothing() {
        true => Ok(list_once_more(server, result, cancel, began).await),
        false => Ok(result),
    }
}

/// What is only to be mentioned is no reason for a word where it is not told.
fn keep_alive_told(answer: &Answer) -> Option<KeepAlive> {
    let row = only(REGISTRY, answer).ok()?;
    KeepAlive::from_row(&row)
}

/// Reads the server once more and makes its plan anew: nothing is done where that is not what was planned, or less. For many
/// people that is judged by address: those where things changed are left alone, and named.
async fn renew(
    server: &mut Server,
    what: Act<'_>,
    why: &str,
) -> Result<(ServerPlan, Vec<String>), ServerError> {
    let Act {
        plan: whole,
        own: approved,
        basis,
        holders,
    } = what;
    server.remark(&format!("{why}; looking again before anything is closed"));
    // what only other servers can tell of is not known any more, where they were not read anew
    let is_read = |name: &&str| holders.iter().any(|holder| holder.server == **name);
    if let Some(held) = approved.held_elsewhere_only()
        && !held.iter().all(is_read)
    {
        let unread: Vec<_> = held.into_iter().filter(|name| !is_read(name)).collect();
        let what = format!(
            "the sessions on {} of what was to be closed were read too long ago",
            unread.join(" and ")
        );
        return Err(ServerError::ChangedMeanwhile { what });
    }
    let snapshot = server
        .read_all()
        .await
        .map_err(ServerError::before_sending)?;
    let mut everywhere = basis.everywhere.clone();
    let mut all = whole.with(snapshot);
    let people = People::of(basis.users);
    for holder in holders {
        everywhere.take(holder, &people);
        all.retain(|read| read.server != holder.server);
        all.push(holder.clone());
    }
    let now = plan_among(&everywhere, all, basis.users, basis.policy);
    let approved = Plan {
        servers: vec![approved.clone()],
    };
    let second = approved.compared_with(&now, basis.policy);
    let changes = second.changes.iter().map(|(_, change)| change.to_string());
    let mut changes: Vec<_> = changes.collect();
    let second = match basis.is_for_many() {
        true => second.approved_part(),
        false => second,
    };
    let is_closing = second.plan.closes_anything();
    if changes.is_empty() && !is_closing {
        changes.push("nothing is left to be closed".to_owned());
    }
    let goes_on = changes.is_empty() || (is_closing && basis.is_for_many());
    let renewed = second.plan.servers.into_iter().next();
    match renewed.filter(|_| goes_on) {
        Some(renewed) => Ok((renewed, changes)),
        None => Err(ServerError::ChangedMeanwhile {
            what: changes.join("; "),
        }),
    }
}

/// What the first look after closing means; where old logons linger, what later ones do.
pub(super) async fn look_again(
    server: &mut Server,
    plan: &ServerPlan,
    closed: &BTreeSet<&ClientAddress>,
    users: &[Mailbox],
    first: Logons,
) -> Result<After, ServerError> {
    let mut seen = match first {
        Err(ServerError::Shell(error)) if error.is_worth_asking_again() => {
            server.asked_again += 1;
            server.read_logons_again(&plan.snapshot.clock).await?
        }
        first => server.completed(first, &plan.snapshot.clock).await?,
    };
    let people = People::of(users);
    let to_end = lingering(&plan.snapshot.logons, plan, closed, &people);
    let mut pauses = BETWEEN_LOOKS.into_iter();
    loop {
        let (mut logons, mut gaps) = seen;
        plan.match_again(&mut logons);
        gaps.extend(others_are_gone(&logons, plan, closed).then_some(Gap::OthersGone));
        let after = After {
            users: holdings(&logons, &people, &plan.users),
            lingering: lingering(&logons, plan, closed, &people),
            to_end,
            gaps,
        };
        let pause = pauses.next().filter(|_| after.lingering > 0);
        let Some(pause) = pause else {
            return Ok(after);
        };
        tokio::time::sleep(pause).await;
        seen = server.read_logons_again(&plan.snapshot.clock).await?;
    }
}

/// They go by the names that they had before.
fn holdings(logons: &[Logon], people: &People<'_>, before: &[UserHoldings]) -> Vec<UserHoldings> {
    let mut holdings = UserHoldings::of_each(people, logons);
    for (now, before) in holdings.iter_mut().zip(before) {
        now.account.clone_from(&before.account);
    }
    holdings
}

/// The addresses whose connections a plan closes.
pub(super) fn closed_addresses(plan: &ServerPlan) -> BTreeSet<&ClientAddress> {
    plan.closed_addresses().map(|plan| &plan.address).collect()
}

/// Logons that should have ended. One that began after the plan was made is a client that came back, and those of
/// Exchange's services do not end with a client's connections.
fn lingering(
    logons: &[Logon],
    plan: &ServerPlan,
    closed: &BTreeSet<&ClientAddress>,
    people: &People<'_>,
) -> usize {
    let is_old = |logon: &Logon| {
        logon
            .logon_time
            .is_none_or(|began| began <= plan.snapshot.taken_at())
    };
    let remains = |logon: &&Logon| {
        let should_end = closed.contains(&logon.client_address) && !logon.is_of_a_service();
        should_end && is_old(logon) && people.made(logon)
    };
    logons.iter().filter(remains).count()
}

/// Whether all logons that were to stay are gone, which is no work of ours: the server did not tell all.
fn others_are_gone(logons: &[Logon], plan: &ServerPlan, closed: &BTreeSet<&ClientAddress>) -> bool {
    let is_other = |logon: &&Logon| !closed.contains(&logon.client_address);
    let same = |one: &Logon, other: &Logon| {
        (&one.account, &one.client_address) == (&other.account, &other.client_address)
    };
    let mut others = plan.snapshot.logons.iter().filter(is_other).peekable();
    others.peek().is_some() && others.all(|other| !logons.iter().any(|logon| same(logon, other)))
}

impl ServerResult {
    /// Whether anything was to be closed on it, and it was not only looked at.
    pub fn acted(&self) -> bool {
        !self.targets.is_empty()
    }

    /// How many connections had this outcome.
    pub fn count(&self, outcome: impl Fn(Outcome) -> bool) -> usize {
        let outcomes = self.targets.iter().filter_map(|target| target.outcome);
        outcomes.filter(|&seen| outcome(seen)).count()
    }

    /// Whether everything planned was seen done: connections gone, sessions gone, helper gone.
    pub fn is_verified(&self) -> bool {
        self.is_done() && self.after.as_ref().is_ok_and(After::is_whole)
    }

    /// Whether everything was seen done but for the sessions, of which the server did not tell all.
    pub fn is_incomplete(&self) -> bool {
        self.is_done() && self.after.as_ref().is_ok_and(|after| !after.is_whole())
    }

    /// Whether all connections were seen gone, and not one of the logons that hang on them: nothing can be called done.
    pub fn is_contradicted(&self) -> bool {
        self.has_ended_nothing() && self.connections_left() == 0
    }

    /// Whether all that keeps the second look from being whole is that the logons of others are gone as well.
    pub fn has_lost_others(&self) -> bool {
        let after = self.after.as_ref().ok();
        after.is_some_and(|after| after.gaps == [Gap::OthersGone])
    }

    /// Whether something was seen closed, and not one of the logons that hang on it was seen to end.
    fn has_ended_nothing(&self) -> bool {
        let none_ended = |after: &After| after.is_whole() && after.lingering >= after.to_end;
        let after = self.after.as_ref().ok();
        let after = after.filter(|after| after.to_end > 0);
        self.count(|outcome| outcome == Outcome::Closed) > 0 && after.is_some_and(none_ended)
    }

    /// Whether nothing is in the way of going on with more on this server. Sessions may take a while to end.
    pub(super) fn is_well(&self) -> bool {
        let is_seen = self.failed.is_none() && self.after.is_ok();
        is_seen && self.helper_removed && self.connections_left() == 0
    }

    fn is_done(&self) -> bool {
        // what the helper does not tell as agreed makes its list worth less, too
        let is_believed = !matches!(
            self.failed,
            Some(ServerError::Helper(_) | ServerError::SeenAfterwards(_))
        );
        is_believed
            && self.left_alone.is_empty()
            && self.helper_removed
            && self.connections_left() == 0
            && self.after.as_ref().is_ok_and(|after| after.lingering == 0)
    }

    /// How many of the planned connections were not seen gone.
    pub fn connections_left(&self) -> usize {
        self.targets.len() - self.count(Outcome::is_gone)
    }
}
