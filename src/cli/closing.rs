//! Plan, ask, record, act: what every verb does that closes connections.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use mapisweep_core::{
    exchange::Mailbox,
    plan::{Everywhere, Plan, Policy, ServerSnapshot, plan_among},
};

use super::{
    advice::Advice,
    afterwards::{afterwards, closed_beside, returned, tell_of_beside},
    approval::{Answer, Person},
    args::{Format, HowToClose, Servers},
    bounds::Bounds,
    canary::{busy, go_on, in_turn, named_before},
    carrying::{Carried, carry_out},
    client_logs, client_names,
    confirm::Keyboard,
    dead_servers,
    error::CommandError,
    exchange_servers,
    exit::Exit,
    looks::{Looks, Moment},
    mailboxes,
    on_servers::{OnServers, Seen},
    recording::Recording,
    render::{
        View,
        close::Closed,
        merged::Planned,
        plan::{nothing_to_close, overrides},
    },
};
use crate::audit::Meant;
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
                let keyboard = Keyboard::find(servers.take_standard_input()).map_err(|nobody| {
                    CommandError::usage(
                        format!("{}, so nothing was done", nobody.what()),
                        "Add --yes to act without being asked, or --dry-run to see the plan.",
                    )
                })?;
                Ok(Self::Approved(Person { keyboard, plan_age }))
            }
        }
    }
}

/// On which terms connections are closed.
pub struct Terms {
    /// By which rules.
    pub policy: Policy,
    /// How far to go.
    pub until: Until,
    /// No further than this.
    pub bounds: Bounds,
    /// So many servers go first.
    pub canary: Option<NonZeroUsize>,
}

/// What was read before a plan is made.
pub struct Read {
    /// For whom.
    pub users: Vec<Mailbox>,
    /// The servers that are in question.
    pub snapshots: Vec<ServerSnapshot>,
    /// Who else was seen where, on all servers.
    pub everywhere: Everywhere,
    /// When the first of them was read.
    pub at: Moment,
    /// Whether the other servers told all.
    pub whole: Exit,
    /// Where databases are mounted is asked again before anything is closed.
    pub checks_mounted: bool,
}

/// Closes the connections of these users that the rules let go.
pub async fn close(
    run: &mut OnServers<'_>,
    users: &[String],
    terms: &Terms,
    records: &Recording,
) -> Result<Exit, CommandError> {
    records.begin(run)?;
    let looks = Looks::default();
    let seen = look_at_all(run, users, &looks).await;
    let at = looks.began();
    records.looked(looks.into_servers())?;
    let Seen { users, servers } = match seen {
        Ok(seen) => seen,
        Err(exit) => return Ok(exit),
    };
    let snapshots: Vec<_> = servers.into_iter().map(|(_, snapshot)| snapshot).collect();
    let read = Read {
        everywhere: Everywhere::of(&snapshots, &users),
        users,
        snapshots,
        at,
        whole: Exit::Done,
        checks_mounted: run.of_dag,
    };
    proceed(run, read, terms, records).await
}

/// Reads the servers whole.
pub async fn look_at_all(
    run: &mut OnServers<'_>,
    users: &[String],
    looks: &Looks,
) -> Result<Seen<ServerSnapshot>, Exit> {
    let seen = run.visit(users, async |server: &mut Server| {
        let connections = |seen: &ServerSnapshot| seen.connections.len();
        let look = async |server: &mut Server| server.read_all().await;
        looks.at(server, look, connections).await
    });
    let seen = seen.await;
    if seen.is_err() {
        not_begun(run);
    }
    seen
}

/// Says that nothing was closed, where servers failed before that was begun.
pub fn not_begun(run: &OnServers<'_>) {
    if !run.failed_servers().is_empty() {
        run.context.printer.note("Nothing was closed.");
    }
}

/// Makes the plan of what was read, shows it and, as far as that is wished and approved, carries it out.
pub async fn proceed(
    run: &mut OnServers<'_>,
    read: Read,
    terms: &Terms,
    records: &Recording,
) -> Result<Exit, CommandError> {
    let Read {
        users,
        snapshots,
        mut everywhere,
        at: mut read,
        whole: others,
        checks_mounted,
    } = read;
    let until = terms.until;
    let failed = run.failed_servers();
    for server in &failed {
        everywhere.without(server);
    }
    let mut policy = Policy {
        exchange: exchange_servers::find(run, &terms.policy.dead_servers).await?,
        ..terms.policy.clone()
    };
    let mut plan = plan_among(&everywhere, snapshots, &users, &policy);
    if client_logs::ask(run, &plan, &users, &mut policy.exchange).await {
        plan = plan_among(&everywhere, plan.into_snapshots(), &users, &policy);
    }
    if client_names::ask(run, &plan, &everywhere, &users, &mut policy).await {
        plan = plan_among(&everywhere, plan.into_snapshots(), &users, &policy);
    }
    // last, for what was told before may lead to more of what they left
    if dead_servers::ask(run, &plan, &mut policy.exchange).await? {
        plan = plan_among(&everywhere, plan.into_snapshots(), &users, &policy);
    }
    let mut elsewhere = mailboxes::elsewhere(run, &plan, &users).await;
    let policy = &policy;
    let basis = Basis {
        users: &users,
        policy,
        plan_age: match until {
            Until::Shown => PLAN_AGE,
            Until::Approved(person) => person.plan_age,
            Until::Done(plan_age) => plan_age,
        },
        everywhere: &everywhere,
        checks_mounted,
    };
    records.meant(Meant::of(&users, &plan, &everywhere, &failed));
    loop {
        let whole = plan.servers.iter().all(|server| server.snapshot.is_whole());
        let whole = others.and(Exit::of_whole(whole));
        let too_much = terms.bounds.exceeded_by(&plan);
        let acts = plan.closes_anything() && until != Until::Shown && too_much.is_none();
        show_plan(run, &plan, &everywhere, acts.then_some(until));
        if let Some((exit, advice)) = nothing_to_close(&plan) {
            // else it asks whether there is another server
            let advice = match elsewhere.is_empty() || plan.addresses().next().is_some() {
                true => advice,
                false => Advice::new(advice.what, std::mem::take(&mut elsewhere).join(" ")),
            };
            tell_elsewhere(run, &mut elsewhere);
            run.context.output.noted(&advice);
            return Ok(exit.and(whole));
        }
        tell_elsewhere(run, &mut elsewhere);
        if let Some(advice) = too_much {
            run.context.output.failed(&advice);
            return Ok(Exit::Refused.and(whole));
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
    let done = act(run, &plan, basis, terms, records).await?;
    Ok(done.and(others))
}

/// Says once on which servers there are mailboxes besides.
fn tell_elsewhere(run: &OnServers<'_>, elsewhere: &mut Vec<String>) {
    for sentence in elsewhere.drain(..) {
        run.context.printer.note(&sentence);
    }
}

/// The plan is the result only where nothing follows. Otherwise it goes where the person is, and nobody is asked about a
/// plan that they do not see.
fn show_plan(run: &mut OnServers<'_>, plan: &Plan, everywhere: &Everywhere, acts: Option<Until>) {
    let printer = Arc::clone(&run.context.printer);
    let is_asked = matches!(acts, Some(Until::Approved(_)));
    let view = Planned::new(plan, everywhere).called(run.names());
    match run.context.format {
        Format::Table if !is_asked || printer.shows_results() => run.show(&view),
        _ if acts.is_none() => run.show(&view),
        _ => {
            run.clear_progress();
            let table = view.table(printer.page_beside_results());
            match is_asked {
                true => printer.beside_question(&table),
                false => printer.coloured_note(&table),
            }
            run.context.output.keep(&view);
        }
    }
    if let Some(hint) = overrides(plan) {
        printer.coloured_note(&format!("\n{hint}"));
    }
    if acts.is_some() {
        printer.note("");
    }
}

/// Whether what came of the first servers is shown where the results are, as a person is asked whether to go on.
fn shows_before_asking(run: &OnServers<'_>, until: Until) -> bool {
    let is_asked = matches!(until, Until::Approved(_));
    let is_table = run.context.format == Format::Table;
    is_asked && is_table && run.context.printer.shows_results() && !run.cancel.is_cancelled()
}

/// Carries the plan out, recorded before and after; some servers first, where that is wished.
async fn act(
    run: &mut OnServers<'_>,
    plan: &Plan,
    basis: Basis<'_>,
    terms: &Terms,
    records: &Recording,
) -> Result<Exit, CommandError> {
    if let Err(why) = run.context.output.can_tell() {
        let what = match run.context.format {
            Format::Table => "the plan cannot be shown",
            _ => "what is done could not be told",
        };
        return Err(CommandError::failed(
            format!("{what}: standard output cannot be written: {why}"),
            "Nothing was closed.",
        ));
    }
    let unread = run.failed_servers();
    let (first, rest) = in_turn(plan, terms.canary);
    if let Some(place) = named_before(run, &unread, &first, &rest) {
        run.context.printer.note(&place);
    }
    let mut done = carry_out(run, &first, basis, records).await?;
    let (mut stopped, mut unrecorded) = (Exit::Done, None);
    let mut shown = Vec::new();
    if rest.closes_anything() {
        let went_on = go_on(run, &first, &rest, &done.results, terms.until).await;
        if shows_before_asking(run, terms.until) {
            shown = done.servers();
        }
        match went_on {
            Ok(()) => match carry_out(run, &rest, basis, records).await {
                Ok(more) => {
                    // what came later of a server is not what was shown
                    shown.retain(|server| !more.servers().contains(server));
                    done = done.and(more);
                }
                Err(error) => {
                    unrecorded = Some(error);
                    done.not_begun.extend(busy(&rest));
                }
            },
            Err(exit) => {
                stopped = exit;
                done.not_begun.extend(busy(&rest));
            }
        }
    }
    let Carried {
        results,
        not_begun,
        cut_short,
    } = done;
    for result in &results {
        match &result.failed {
            Some(error @ (ServerError::Helper(_) | ServerError::SeenAfterwards(_))) => {
                run.report(&result.server, error);
            }
            Some(error) if result.is_cut_short() => run.report(&result.server, error),
            _ => {}
        }
    }
    let names = run.names();
    let mut closed = Closed {
        plan,
        results: &results,
        unread: &unread,
        not_begun: &not_begun,
        cut_short: &cut_short,
        unremoved: &cut_short,
        shown: &shown,
        names: &names,
    };
    let unremoved;
    if !cut_short.is_empty() || results.iter().any(ServerResult::is_cut_short) {
        // who gives up meanwhile is told what is known; the rest is seen as the servers are left
        run.context.output.keep_for_the_end(&closed);
        run.leave().await;
        unremoved = run.where_helper_may_be();
        closed.unremoved = &unremoved;
    }
    let let_in = closed.let_in();
    run.show(&closed);
    if cut_short.is_empty() && !results.iter().any(ServerResult::acted) {
        run.context.printer.note("Nothing was closed.");
    }
    if !not_begun.is_empty() || !cut_short.is_empty() {
        run.context
            .printer
            .note("`mapisweep sweep --resume` goes on where this run did not come to its end.");
    }
    let is_done = !results.is_empty() && results.iter().all(ServerResult::is_verified);
    let returned = returned(&results, records);
    let lines = afterwards(&results, &returned, &let_in, &names);
    run.context
        .output
        .report(|report| report.returned = returned);
    tell_of_beside(&closed_beside(&results, records), run.context, &names);
    for line in lines {
        run.context.printer.note(&line);
    }
    let done = match is_done {
        true => Exit::Done,
        false if run.cancel.is_cancelled() => Exit::Interrupted,
        // each has its own error
        false if results.is_empty() => Exit::Done,
        false
            if results
                .iter()
                .all(|result| result.is_verified() || result.is_incomplete()) =>
        {
            Exit::Incomplete
        }
        false => Exit::Failed,
    };
    match unrecorded {
        Some(error) => Err(error.and(done)),
        None => Ok(done.and(stopped)),
    }
}
