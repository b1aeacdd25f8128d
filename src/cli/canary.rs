//! Some servers first: what goes wrong there goes wrong nowhere else.

use std::num::NonZeroUsize;

use mapisweep_core::plan::{Plan, ServerPlan};

use super::{
    advice::Advice,
    closing::Until,
    confirm::confirm,
    exit::Exit,
    on_servers::OnServers,
    render::{close::so_far, plan::amount},
    text::list,
};
use crate::servers::ServerResult;

/// The plan in two parts: so many of the servers where something is to be done, as they were named, and the rest. Without a
/// number the first part is all of it.
pub fn in_turn(plan: &Plan, canary: Option<NonZeroUsize>) -> (Plan, Plan) {
    let Some(first) = canary else {
        return (plan.clone(), plan.only(|_| false));
    };
    let busy = busy(plan);
    let (first, rest) = busy.split_at(first.get().min(busy.len()));
    let of = |names: &[String]| plan.only(|server| names.contains(&server.snapshot.server));
    (of(first), of(rest))
}

/// The servers where something is to be closed.
pub fn busy(plan: &Plan) -> Vec<String> {
    let is_busy = |server: &&ServerPlan| server.targets().next().is_some();
    let servers = plan.servers.iter().filter(is_busy);
    servers
        .map(|server| server.snapshot.server.clone())
        .collect()
}

/// Whether to go on with the rest, seen what came of the first servers: a person decides, or it has to be all verified.
pub async fn go_on(
    run: &mut OnServers<'_>,
    first: &Plan,
    rest: &Plan,
    results: &[ServerResult],
    until: Until,
) -> Result<(), Exit> {
    let printer = &run.context.printer;
    let called = run.names();
    let names = |plan: &Plan| list(busy(plan).iter().map(|name| called.shown(name)));
    let stop = |why: &str, exit| {
        let rest = names(rest);
        let advice = Advice::new(format!("{why}, so nothing was begun on {rest}"), "");
        let output = &run.context.output;
        match exit {
            // that was wished
            Exit::Declined => printer.note(&format!("Nothing was begun on {rest}.")),
            Exit::Interrupted => {
                printer.note(&format!("Nothing was begun on {rest}."));
                output.problem(None, &advice);
            }
            _ => output.failed(&advice),
        }
        Err(exit)
    };
    if run.cancel.is_cancelled() {
        return stop("it was interrupted", Exit::Interrupted);
    }
    let Until::Approved(person) = until else {
        let acted = results.iter().filter(|result| result.acted());
        let has_each = acted.count() == busy(first).len();
        return match has_each && results.iter().all(ServerResult::is_verified) {
            true => Ok(()),
            false => {
                let why = format!("not all was verified on {}", names(first));
                stop(&why, Exit::Failed)
            }
        };
    };
    run.clear_progress();
    printer.beside_question(&so_far(results, &called));
    let question = format!("Go on with {}?", amount(rest));
    match confirm(
        printer,
        &run.progress,
        &question,
        person.keyboard,
        &run.cancel,
    )
    .await
    {
        true => Ok(()),
        false if run.cancel.is_cancelled() => stop("it was interrupted", Exit::Interrupted),
        false => stop("it was stopped there", Exit::Declined),
    }
}

/// With some servers first, who was to be among them and could not be read is said.
pub fn named_before(
    run: &OnServers<'_>,
    unread: &[String],
    first: &Plan,
    rest: &Plan,
) -> Option<String> {
    let is_one_missing = rest.closes_anything() && !unread.is_empty();
    is_one_missing.then(|| {
        let called = run.names();
        let names = |names: &[String]| list(names.iter().map(|name| called.shown(name)));
        run.clear_progress();
        format!(
            "{} could not be read, so the first to go: {}.",
            names(unread),
            names(&busy(first))
        )
    })
}
