//! Carrying a plan out on one server, and seeing what became of it.

pub mod watch;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{
    Server, ServerError, Step,
    look::{Logons, logons},
    until,
};
use mapisweep_core::{
    batch::{Batch, Reader},
    exchange::{ClientAddress, Gap, Logon, Mailbox},
    helper_run::{HelperRequest, Listed, Outcome, RunError, Target, TcpConnection},
    plan::{Plan, Policy, ServerPlan, UserHoldings, plan},
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
    /// What the users held before.
    pub before: Vec<UserHoldings>,
    /// What they hold now, or why that could not be seen.
    pub after: Result<After, ServerError>,
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
}

/// How long the second look waits for the store to run down the ended sessions, before it reads the logons once more.
const BETWEEN_LOOKS: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// Closes what the plan says on this server and looks again, in one batch. An interrupt while the helper works leaves
/// nothing that could be claimed; an interrupt after that does not take back what the helper saw.
pub async fn act(
    server: &mut Server,
    Act { plan, own, basis }: Act<'_>,
    cancel: &CancellationToken,
) -> Result<ServerResult, ServerError> {
    if cancel.is_cancelled() {
        return Err(ServerError::Interrupted);
    }
    let began = Instant::now();
    let users = basis.users;
    let renewed;
    let plan = match server.read_at {
        Some(at) if at.elapsed() <= basis.plan_age => own,
        _ => {
            renewed = until(cancel, renew(server, plan, own, basis)).await?;
            &renewed
        }
    };
    server.tell(Step::Closing);
    let targets: Vec<_> = plan.targets().cloned().collect();
    let mut batch = Batch::default();
    let closing = batch.ask(HelperRequest::Close(targets.clone()).question(&server.exe));
    let looking = batch.ask_if(Logon::on_this_server(), &[closing], &[]);
    let mut reader = Reader::new(&batch);
    let asking = server.with_helper(async |server| server.ask_into(&batch, &mut reader).await);
    let (run, first) = match until(cancel, asking).await {
        Ok(mut answers) => {
            let run = server.helper_run(&answers, closing);
            (run, logons(&mut answers, looking, &plan.snapshot.clock))
        }
        Err(error) => {
            let seen = reader.whole(closing).cloned();
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
            (run, Err(error))
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
    Ok(ServerResult {
        server: plan.snapshot.server.clone(),
        targets: report.targets,
        failed: None,
        helper_path,
        helper_removed,
        before: plan.users.clone(),
        after,
        asked_again: server.asked_again,
        took: began.elapsed(),
    })
}

/// Reads the server once more, where others have taken long meanwhile, and makes its plan anew: nothing is done where that
/// is not what was planned, or less.
async fn renew(
    server: &mut Server,
    whole: &Plan,
    approved: &ServerPlan,
    basis: Basis<'_>,
) -> Result<ServerPlan, ServerError> {
    server.remark("the plan is old by now; looking again before anything is closed");
    let nothing_sent = |error| match error {
        ServerError::Interrupted => ServerError::Interrupted,
        error => ServerError::NothingSent(Box::new(error)),
    };
    // what only other servers can tell of is not known any more
    if let Some(held) = approved.held_elsewhere_only() {
        let what = format!(
            "the sessions on {} of what was to be closed were read too long ago",
            held.join(" and ")
        );
        return Err(ServerError::ChangedMeanwhile { what });
    }
    let snapshot = server.read_all().await.map_err(nothing_sent)?;
    let now = plan(whole.with(snapshot), basis.users, basis.policy);
    let approved = Plan {
        servers: vec![approved.clone()],
    };
    let second = approved.compared_with(&now, basis.policy);
    let changes = second.changes.iter().map(|(_, change)| change.to_string());
    let mut changes: Vec<_> = changes.collect();
    if changes.is_empty() && !second.plan.closes_anything() {
        changes.push("nothing is left to be closed".to_owned());
    }
    let renewed = second.plan.servers.into_iter().next();
    renewed
        .filter(|_| changes.is_empty())
        .ok_or(ServerError::ChangedMeanwhile {
            what: changes.join("; "),
        })
}

/// What can be seen of a closing that did not say what it did: cleans up, so that nothing is closed any more, signs in
/// again, and looks which connections there are.
async fn look_after(
    server: &mut Server,
    plan: &ServerPlan,
    users: &[Mailbox],
    cancel: &CancellationToken,
    failed: ServerError,
    began: Instant,
) -> Result<ServerResult, ServerError> {
    server.remark(&format!("{failed}; looking what became of the connections"));
    server.finish(cancel).await;
    // a helper that is there may be at work
    let seen = match server.helper_pushed {
        true => Err(ServerError::CleaningUpTooSlow),
        false => until(cancel, server.look_after(&plan.snapshot.clock)).await,
    };
    let cause = Box::new(failed);
    let closed = closed_addresses(plan);
    let Ok((listed, logons)) = seen else {
        return Err(ServerError::MayBeClosed { cause });
    };
    let targets = plan
        .targets()
        .map(|target| seen_afterwards(target, &listed));
    Ok(ServerResult {
        server: plan.snapshot.server.clone(),
        targets: targets.collect(),
        failed: Some(*cause),
        helper_path: String::new(),
        helper_removed: true,
        before: plan.users.clone(),
        after: until(cancel, look_again(server, plan, &closed, users, logons)).await,
        asked_again: server.asked_again,
        took: began.elapsed(),
    })
}

/// A connection that is not listed is gone, unless the list is not whole; by whose hand is not known.
fn seen_afterwards(target: &TcpConnection, listed: &Listed) -> Target {
    let is_it = |seen: &&TcpConnection| (seen.local, seen.remote) == (target.local, target.remote);
    let outcome = match listed.connections.iter().find(is_it) {
        Some(_) => Some(Outcome::StillOpen),
        None if listed.left_out == 0 => Some(Outcome::AlreadyGone),
        None => None,
    };
    Target {
        connection: target.clone(),
        outcome,
        code: None,
        why: "as seen afterwards".to_owned(),
    }
}

/// What the first look after closing means; where old logons linger, what later ones do.
async fn look_again(
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
    let mut pauses = BETWEEN_LOOKS.into_iter();
    loop {
        let (logons, mut gaps) = seen;
        gaps.extend(others_are_gone(&logons, plan, closed).then_some(Gap::OthersGone));
        let after = After {
            users: holdings(&logons, users, &plan.users),
            lingering: lingering(&logons, plan, closed, users),
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

fn holdings(logons: &[Logon], users: &[Mailbox], before: &[UserHoldings]) -> Vec<UserHoldings> {
    let pairs = users.iter().zip(before);
    pairs
        .map(|(user, before)| UserHoldings::of(user, before.account.clone(), logons))
        .collect()
}

/// The addresses whose connections a plan closes.
fn closed_addresses(plan: &ServerPlan) -> BTreeSet<&ClientAddress> {
    plan.closed_addresses().map(|plan| &plan.address).collect()
}

/// Logons that should have ended. One that began after the plan was made is a client that came back, and those of
/// Exchange's services do not end with a client's connections.
fn lingering(
    logons: &[Logon],
    plan: &ServerPlan,
    closed: &BTreeSet<&ClientAddress>,
    users: &[Mailbox],
) -> usize {
    let is_old = |logon: &Logon| {
        logon
            .logon_time
            .is_none_or(|began| began <= plan.snapshot.taken_at())
    };
    let remains = |logon: &&Logon| {
        let should_end = closed.contains(&logon.client_address) && !logon.is_of_a_service();
        should_end && is_old(logon) && users.iter().any(|user| user.made(logon))
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

    fn is_done(&self) -> bool {
        // what the helper does not tell as agreed makes its list worth less, too
        let is_believed = !matches!(self.failed, Some(ServerError::Helper(_)));
        is_believed
            && self.helper_removed
            && self.connections_left() == 0
            && self.after.as_ref().is_ok_and(|after| after.lingering == 0)
    }

    /// How many of the planned connections were not seen gone.
    pub fn connections_left(&self) -> usize {
        self.targets.len() - self.count(Outcome::is_gone)
    }
}
