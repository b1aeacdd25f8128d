//! A person approves of a plan, which ages meanwhile: what is old is looked at again before anything is done.

use std::time::Duration;

use mapisweep_core::{
    exchange::People,
    plan::{Plan, SecondLook, ServerSnapshot, plan_among},
};

use super::{
    confirm::{Keyboard, confirm},
    error::CommandError,
    exit::Exit,
    looks::Moment,
    on_servers::OnServers,
    recording::Recording,
    render::{again::told, plan::question},
    text::list,
};
use crate::{audit::Looked, servers::Basis};

/// Who is asked, and how long what is approved holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Where the person answers.
    pub keyboard: Keyboard,
    /// A plan that is older than this is looked at again.
    pub plan_age: Duration,
}

/// What a person's answer leads to.
pub enum Answer {
    /// This plan is carried out.
    Act(Plan),
    /// Another is shown and asked about, which was read at this moment.
    AskAbout(Plan, Moment),
    /// Nothing is done.
    Stop(Exit),
}

impl Person {
    /// Asks about a plan that is on the screen. Where it has become old, the servers are read again: less than what was
    /// approved may be done, anything else is asked about anew.
    pub async fn asked(
        self,
        run: &mut OnServers<'_>,
        approved: Plan,
        read: Moment,
        basis: Basis<'_>,
        records: &Recording,
    ) -> Result<Answer, CommandError> {
        if !self.says_yes(run, &approved).await {
            return Ok(stop(
                run,
                match run.cancel.is_cancelled() {
                    true => Exit::Interrupted,
                    false => Exit::Declined,
                },
            ));
        }
        let age = read.age();
        if age <= self.plan_age {
            return Ok(Answer::Act(approved));
        }
        let read = Moment::now();
        let second = look_again(run, &approved, basis, records).await?;
        let acts = second.plan.closes_anything();
        if run.cancel.is_cancelled() {
            return Ok(stop(run, Exit::Interrupted));
        }
        if let Some(told) = told(&approved, &second, age) {
            run.context.printer.beside_question(&told);
        }
        if !acts && second.plan.servers.len() < approved.servers.len() {
            return Ok(stop(run, Exit::Failed));
        }
        Ok(match acts && second.changes.is_empty() {
            true => Answer::Act(second.plan),
            false => Answer::AskAbout(second.plan, read),
        })
    }

    /// Meanwhile the servers where nothing is closed are let go.
    async fn says_yes(self, run: &mut OnServers<'_>, plan: &Plan) -> bool {
        let question = question(plan);
        let answer = confirm(
            &run.context.printer,
            &run.progress,
            &question,
            self.keyboard,
            &run.cancel,
        );
        let (yes, ()) = tokio::join!(answer, run.fleet.let_go(plan));
        yes
    }
}

/// Reads the servers again where something is to be closed. Nothing is closed where that fails.
async fn look_again(
    run: &mut OnServers<'_>,
    approved: &Plan,
    basis: Basis<'_>,
    records: &Recording,
) -> Result<SecondLook, CommandError> {
    let seen = run.fleet.look_again(approved).await;
    let connections = |seen: &ServerSnapshot| seen.connections.len();
    let looked = seen
        .iter()
        .map(|(server, seen)| Looked::on(server, seen.as_ref().map(connections)));
    records.looked(looked.collect())?;
    run.clear_progress();
    let unread = seen.iter().filter(|(_, seen)| seen.is_err());
    let names = run.names();
    let unread: Vec<_> = unread.map(|(server, _)| names.shown(server)).collect();
    let snapshots = run.successes(seen).into_iter();
    let snapshots: Vec<_> = snapshots.map(|(_, snapshot)| snapshot).collect();
    if !unread.is_empty() {
        let printer = &run.context.printer;
        printer.beside_question(&format!(
            "What was approved is old, and {} could not be looked at again, so nothing is closed there.",
            list(unread)
        ));
    }
    let mut everywhere = basis.everywhere.clone();
    let people = People::of(basis.users);
    for snapshot in &snapshots {
        everywhere.take(snapshot, &people);
    }
    let now = plan_among(&everywhere, snapshots, basis.users, basis.policy);
    Ok(approved.compared_with(&now, basis.policy))
}

fn stop(run: &OnServers<'_>, exit: Exit) -> Answer {
    run.context.printer.note("Nothing was closed.");
    Answer::Stop(exit)
}
