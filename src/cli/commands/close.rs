//! `mapisweep close`: plan, confirm, close, verify.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::{
    audit::{AuditLog, Record, Run},
    cli::{
        Context,
        args::{self, Format},
        confirm::confirm,
        crew::{Crew, on_servers},
        error::CommandError,
        exit::Exit,
        render::{
            View,
            close::Closed,
            plan::{nothing_to_close, overrides, question},
        },
    },
    config,
    credentials::prompt,
    servers::ServerResult,
};
use mapisweep_core::{
    exchange::Mailbox,
    plan::{Plan, Policy, plan},
};

/// Closes the stale connections of some users.
pub fn run(context: &Context, args: &args::Close) -> Result<Exit, CommandError> {
    if !args.yes && !args.dry_run && !prompt::is_possible() {
        return Err(CommandError::usage(
            "there is no terminal to ask on, so nothing was done",
            "Add --yes to act without being asked, or --dry-run to see the plan.",
        ));
    }
    let policy = context.settings.policy(args);
    let helper = args.helper.file.as_deref();
    on_servers(context, &args.servers, helper, async |crew| {
        close(crew, args, &policy).await
    })
}

async fn close(
    crew: &mut Crew<'_>,
    args: &args::Close,
    policy: &Policy,
) -> Result<Exit, CommandError> {
    let users = crew.mailboxes(&args.users).await;
    if users.is_empty() {
        return Ok(Exit::NothingMatched);
    }
    let snapshots = crew.read(true).await;
    if snapshots.is_empty() {
        return Ok(Exit::Done);
    }
    let plan = plan(snapshots, &users, policy);
    let acts = plan.closes_anything() && !args.dry_run;
    show_plan(crew, &plan, acts);
    if let Some((exit, advice)) = nothing_to_close(&plan) {
        crew.context.printer.note(&advice.to_string());
        return Ok(exit);
    }
    if args.dry_run {
        return Ok(Exit::Done);
    }
    if !args.yes && !confirm(&crew.context.printer, &question(&plan), &crew.cancel).await {
        crew.context.printer.note("Nothing was closed.");
        return Ok(Exit::Interrupted);
    }
    act(crew, &plan, &users).await
}

/// The plan is the result only where nothing follows. Otherwise it goes where the person is.
fn show_plan(crew: &mut Crew<'_>, plan: &Plan, acts: bool) {
    if crew.context.format == Format::Table || !acts {
        crew.show(plan);
    } else {
        crew.clear_progress();
        crew.context.printer.note(&plan.table());
    }
    if let Some(hint) = overrides(plan) {
        crew.context.printer.note(&format!("\n{hint}"));
    }
    if acts {
        crew.context.printer.note("");
    }
}

/// Carries the plan out between two records of the audit log. Without the first, nothing is done.
async fn act(crew: &mut Crew<'_>, plan: &Plan, users: &[Mailbox]) -> Result<Exit, CommandError> {
    let run = Run::new(crew.user.clone());
    let mut audit = Audit::open()?;
    audit.append(
        run.before(Timestamp::now(), plan, &crew.exe),
        "Nothing was closed.",
    )?;
    let fates = crew.fleet.act(plan, users).await;
    let recorded = audit.append(
        run.after(Timestamp::now(), &fates),
        "The plan was carried out all the same; what was seen is shown above.",
    );
    let results: Vec<ServerResult> = crew
        .successes(fates)
        .into_iter()
        .map(|(_, seen)| seen)
        .collect();
    crew.show(&Closed {
        plan,
        results: &results,
    });
    recorded?;
    match results.iter().all(ServerResult::is_verified) {
        true => Ok(Exit::Done),
        false if crew.cancel.is_cancelled() => Ok(Exit::Interrupted),
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
            .map_err(|error| unwritable(&path, &error, "Nothing was closed."))?;
        Ok(Self { path, log })
    }

    fn append(&mut self, record: Record, so: &str) -> Result<(), CommandError> {
        let appended = self.log.append(&record);
        appended.map_err(|error| unwritable(&self.path, &error, so))
    }
}

fn unwritable(path: &std::path::Path, error: &std::io::Error, so: &str) -> CommandError {
    CommandError::failed(
        format!(
            "the audit log {} cannot be written: {error}",
            path.display()
        ),
        format!("{so} Make room there, or set XDG_STATE_HOME to another directory."),
    )
}
