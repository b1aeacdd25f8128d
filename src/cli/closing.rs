//! Plan, ask, audit, act: what every verb does that closes connections.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;
use mapisweep_core::{
    exchange::Mailbox,
    plan::{Plan, Policy, plan},
};

use super::{
    args::Format,
    confirm::{Keyboard, confirm},
    error::CommandError,
    exit::Exit,
    on_servers::{OnServers, Seen},
    render::{
        View,
        close::Closed,
        plan::{nothing_to_close, overrides, question},
    },
};
use crate::{
    audit::{AuditLog, Record, Run},
    config,
    servers::{Server, ServerError, ServerResult},
};

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The plan is shown, and nothing is done.
    Shown,
    /// It is carried out once somebody says yes there.
    Approved(Keyboard),
    /// It is carried out.
    Done,
}

/// Closes the connections of these users that the policy lets go.
pub async fn close(
    run: &mut OnServers<'_>,
    users: &[String],
    policy: &Policy,
    until: Until,
) -> Result<Exit, CommandError> {
    let seen = run.visit(users, async |server: &mut Server| server.read_all().await);
    let Seen { users, servers } = match seen.await {
        Ok(seen) => seen,
        Err(exit) => return Ok(exit),
    };
    let snapshots = servers.into_iter().map(|(_, snapshot)| snapshot).collect();
    let plan = plan(snapshots, &users, policy);
    let whole = Exit::of_whole(plan.servers.iter().all(|server| server.snapshot.is_whole()));
    let acts = plan.closes_anything() && until != Until::Shown;
    show_plan(run, &plan, acts.then_some(until));
    if let Some((exit, advice)) = nothing_to_close(&plan) {
        run.context.printer.note(&advice.to_string());
        return Ok(exit.and(whole));
    }
    match until {
        Until::Shown => return Ok(whole),
        Until::Approved(keyboard) if !ask(run, &plan, keyboard).await => {
            run.context.printer.note("Nothing was closed.");
            return Ok(Exit::Interrupted);
        }
        Until::Approved(_) | Until::Done => {}
    }
    act(run, &plan, &users).await
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

/// Meanwhile the servers where nothing is closed are let go.
async fn ask(run: &mut OnServers<'_>, plan: &Plan, keyboard: Keyboard) -> bool {
    let question = question(plan);
    let answer = confirm(&run.context.printer, &question, keyboard, &run.cancel);
    let (yes, ()) = tokio::join!(answer, run.fleet.let_go(plan));
    yes
}

/// Carries the plan out between two records of the audit log. Without the first, nothing is done.
async fn act(
    run: &mut OnServers<'_>,
    plan: &Plan,
    users: &[Mailbox],
) -> Result<Exit, CommandError> {
    let record = Run::new(run.user.clone());
    let mut audit = Audit::open()?;
    audit.append(
        record.before(Timestamp::now(), plan, &run.exe),
        "Nothing was closed.",
    )?;
    let seen = run.fleet.act(plan, users).await;
    let recorded = audit.append(
        record.after(Timestamp::now(), &seen),
        "The plan was carried out all the same; what was seen is shown above.",
    );
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
    recorded?;
    match results.iter().all(ServerResult::is_verified) {
        true => Ok(Exit::Done),
        false if run.cancel.is_cancelled() => Ok(Exit::Interrupted),
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

/// The audit log and what to say where it cannot be written.
struct Audit {
    path: PathBuf,
    log: AuditLog,
}

impl Audit {
    fn open() -> Result<Self, CommandError> {
        let no_home = || {
            CommandError::failed(
                "there is no home directory for the audit log",
                "Nothing was closed. Set XDG_STATE_HOME.",
            )
        };
        let state_dir = config::state_dir().ok_or_else(no_home)?;
        let path = AuditLog::path_in(&state_dir);
        let log = AuditLog::open(&path)
            .map_err(|error| unwritable(&path, error, "Nothing was closed."))?;
        Ok(Self { path, log })
    }

    fn append(&mut self, record: Record, so: &str) -> Result<(), CommandError> {
        let appended = self.log.append(&record);
        appended.map_err(|error| unwritable(&self.path, error, so))
    }
}

fn unwritable(path: &std::path::Path, error: std::io::Error, so: &str) -> CommandError {
    CommandError::failed(
        format!(
            "the audit log {} cannot be written: {error}",
            path.display()
        ),
        format!("{so} Make room there, or set XDG_STATE_HOME to another directory."),
    )
    .because(error)
}
