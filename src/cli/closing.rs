//! Plan, ask, record, act: what every verb does that closes connections.

use std::{sync::Arc, time::Duration};

use mapisweep_core::plan::{self as core, Plan, Policy, ServerSnapshot};

use super::{
    approval::{Answer, Person},
    args::{Format, HowToClose, Servers},
    client_logs,
    confirm::Keyboard,
    error::CommandError,
    exchange_servers,
    exit::Exit,
    looks::Looks,
    on_servers::{OnServers, Seen},
    recording::Recording,
    render::{
        View,
        close::Closed,
        plan::{nothing_to_close, overrides},
    },
};
use crate::servers::{Basis, Server, ServerError, ServerResult};

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The plan is shown, and nothing is done.
    Shown,
    /// It is carried out once this person says yes.
    Approved(Person),
    /// It is carried out, as long as it is not older than this.
    Done(Duration),
}

/// Long enough to read a plan, too short for much to change meanwhile.
const PLAN_AGE: Duration = Duration::from_secs(2 * 60);

impl Until {
    /// As the command line says.
    ///
    /// # Errors
    /// Somebody is to be asked, and there is nobody.
    pub fn of(how: &HowToClose, servers: &Servers) -> Result<Self, CommandError> {
        let plan_age = how.plan_age.map_or(PLAN_AGE, |age| age.0);
        match (how.dry_run, how.yes) {
            (true, _) => Ok(Self::Shown),
            (false, true) => Ok(Self::Done(plan_age)),
            (false, false) => {
                let keyboard = Keyboard::find(servers.take_standard_input()).ok_or_else(|| {
                    CommandError::usage(
                        "there is no terminal to ask on, so nothing was done",
                        "Add --yes to act without being asked, or --dry-run to see the plan.",
                    )
                })?;
                Ok(Self::Approved(Person { keyboard, plan_age }))
            }
        }
    }
}

/// Closes the connections of these users that the policy lets go.
pub async fn close(
    run: &mut OnServers<'_>,
    users: &[String],
    policy: &Policy,
    until: Until,
    records: &Recording,
) -> Result<Exit, CommandError> {
    records.begin(run)?;
    let looks = Looks::default();
    let seen = run.visit(users, async |server: &mut Server| {
        let connections = |seen: &ServerSnapshot| seen.connections.len();
        let look = async |server: &mut Server| server.read_all().await;
        looks.at(server, look, connections).await
    });
    let seen = seen.await;
    let mut read = looks.began();
    records.looked(looks.into_servers())?;
    let Seen { users, servers } = match seen {
        Ok(seen) => seen,
        Err(exit) => return Ok(exit),
    };
    let snapshots = servers.into_iter().map(|(_, snapshot)| snapshot).collect();
    let mut policy = Policy {
        exchange: exchange_servers::find(run, &policy.dead_servers).await?,
        ..policy.clone()
    };
    let mut plan = core::plan(snapshots, &users, &policy);
    if client_logs::ask(run, &plan, &users, &mut policy.exchange).await {
        let seen = plan.servers.into_iter();
        let seen = seen.map(|server| server.snapshot).collect();
        plan = core::plan(seen, &users, &policy);
    }
    let policy = &policy;
    let basis = Basis {
        users: &users,
        policy,
        plan_age: match until {
            Until::Shown => PLAN_AGE,
            Until::Approved(person) => person.plan_age,
            Until::Done(plan_age) => plan_age,
        },
    };
    loop {
        let whole = Exit::of_whole(plan.servers.iter().all(|server| server.snapshot.is_whole()));
        let acts = plan.closes_anything() && until != Until::Shown;
        show_plan(run, &plan, acts.then_some(until));
        if let Some((exit, advice)) = nothing_to_close(&plan) {
            run.context.printer.note(&advice.to_string());
            return Ok(exit.and(whole));
        }
        let person = match until {
            Until::Shown => return Ok(whole),
            Until::Approved(person) => person,
            Until::Done(_) => break,
        };
        match person.asked(run, plan, read, basis, records).await? {
            Answer::Act(approved) => {
                plan = approved;
                break;
            }
            Answer::AskAbout(other, then) => (plan, read) = (other, then),
            Answer::Stop(exit) => return Ok(exit),
        }
    }
    act(run, &plan, basis, records).await
}

/// The plan is the result only where nothing follows. Otherwise it goes where the person is, and nobody is asked about a
/// plan that they do not see.
fn show_plan(run: &mut OnServers<'_>, plan: &Plan, acts: Option<Until>) {
    let printer = Arc::clone(&run.context.printer);
    let is_asked = matches!(acts, Some(Until::Approved(_)));
    match run.context.format {
        Format::Table if !is_asked || printer.shows_results() => run.show(plan),
        _ if acts.is_none() => run.show(plan),
        _ => {
            run.clear_progress();
            match is_asked {
                true => printer.beside_question(&plan.table()),
                false => printer.coloured_note(&plan.table()),
            }
        }
    }
    if let Some(hint) = overrides(plan) {
        printer.coloured_note(&format!("\n{hint}"));
    }
    if acts.is_some() {
        printer.note("");
    }
}

/// Carries the plan out, recorded before and after.
async fn act(
    run: &mut OnServers<'_>,
    plan: &Plan,
    basis: Basis<'_>,
    records: &Recording,
) -> Result<Exit, CommandError> {
    records.closing(plan, basis.policy)?;
    let ended = |server: &str, result: &_| records.closed(server, result);
    let seen = run.fleet.act(plan, basis, ended).await;
    let seen = run.successes(seen);
    for (server, result) in &seen {
        if let Some(error @ ServerError::Helper(_)) = &result.failed {
            run.report(server, error);
        }
    }
    let results: Vec<ServerResult> = seen.into_iter().map(|(_, result)| result).collect();
    let unread = run.failed_servers();
    run.show(&Closed {
        plan,
        results: &results,
        unread: &unread,
    });
    let is_done = !results.is_empty() && results.iter().all(ServerResult::is_verified);
    match is_done {
        true => Ok(Exit::Done),
        false if run.cancel.is_cancelled() => Ok(Exit::Interrupted),
        // each has its own error
        false if results.is_empty() => Ok(Exit::Done),
        false
            if results
                .iter()
                .all(|result| result.is_verified() || result.is_incomplete()) =>
        {
            Ok(Exit::Incomplete)
        }
        false => Ok(Exit::Failed),
    }
}
