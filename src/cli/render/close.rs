//! What was seen to become of a plan.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Page, Problem, View, line as event,
    plan::is_for_many,
    report,
    server::counted,
    verdict::{LetIn, verdicts},
};
use crate::{
    cli::{
        advice::{Advice, with_causes},
        names::Names,
        style::{CAREFUL, ERROR, GOOD},
        text::{count, list, plain},
    },
    servers::{ServerResult, act::After},
};
use mapisweep_core::{
    exchange::Gap,
    helper_run::{Outcome, Target},
    plan::{Plan, ServerPlan, UserHoldings},
};

/// What was seen on the servers where something was done.
pub struct Closed<'a> {
    /// What was to be done.
    pub plan: &'a Plan,
    /// What was seen.
    pub results: &'a [ServerResult],
    /// Servers that were asked about, and of which nothing is known.
    pub unread: &'a [String],
    /// Servers where nothing was begun, for what came of the first, or of their own.
    pub not_begun: &'a [String],
    /// Servers that did not come to their end: some connections may be closed there.
    pub cut_short: &'a [String],
    /// Servers where the helper was not seen to go, after what came of them was told.
    pub unremoved: &'a [String],
    /// Servers whose lines the person has seen already.
    pub shown: &'a [String],
    /// What the servers are called.
    pub names: &'a Names,
}

/// One connection and what became of it, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    pub(super) server: String,
    pub(super) process: String,
    pub(super) pid: u32,
    pub(super) local_address: String,
    pub(super) local_port: u16,
    pub(super) remote_address: String,
    pub(super) remote_port: u16,
    pub(super) outcome: &'static str,
    pub(super) code: Option<u32>,
    /// The helper's own clause on the outcome; `null` where the outcome says it all.
    pub(super) why: Option<String>,
}

/// What was seen on one server, in the data formats.
#[derive(Debug, Serialize)]
pub struct Server {
    pub(super) server: String,
    /// Everything planned was seen done.
    pub(super) verified: bool,
    pub(super) helper_removed: bool,
    /// Old logons from closed addresses that are still there; `null` where that could not be seen.
    pub(super) lingering: Option<usize>,
    /// Why logons may be missing from what was seen, for people; empty where the server told all.
    pub(super) gaps: Vec<String>,
    pub(super) seconds: f64,
    pub(super) users: Vec<User>,
    /// Nothing was begun there.
    pub(super) not_begun: bool,
    /// It did not come to its end: some connections may be closed.
    pub(super) may_be_closed: bool,
    /// Why some of what was approved was left alone, for people.
    pub(super) left_alone: Vec<String>,
    /// After how much silence it looks whether a client is still there; `null` where nothing was closed, or it did not tell.
    pub(super) keep_alive_seconds: Option<u64>,
}

/// What one user held and holds, in the data formats.
#[derive(Debug, Serialize)]
pub struct User {
    pub(super) account: String,
    /// Of either kind.
    pub(super) before: usize,
    pub(super) after: Option<usize>,
    pub(super) counted: &'static str,
    /// How many of them are of Exchange's own services; closing connections does not end those.
    pub(super) service_before: usize,
    pub(super) service_after: Option<usize>,
    /// The DN by which Exchange knows them.
    dn: Option<String>,
}

impl Closed<'_> {
    /// Who of those who were locked out is let in again.
    pub fn let_in(&self) -> LetIn {
        LetIn::of(self)
    }
}

impl View for Closed<'_> {
    const KIND: &'static str = "close";
    const EVENT: &'static str = "closed";
    type Record = Record;
    type Server = Server;

    fn table(&self, _page: Page) -> String {
        let is_new = |result: &&ServerResult| !self.shown.contains(&result.server);
        let new: Vec<_> = self.results.iter().filter(is_new).collect();
        let lines = new.iter().map(|result| line(result, self.names));
        let mut text: String = lines.collect();
        for server in self.not_begun {
            text.push_str(&format!(
                "{CAREFUL}–{CAREFUL:#} {}  not begun\n",
                self.names.shown(server)
            ));
        }
        for server in self.cut_short {
            let server = self.names.shown(server);
            text.push_str(&format!(
                "{ERROR}✗{ERROR:#} {server}  some connections may be closed, none was seen closed\n"
            ));
        }
        text.extend(total(self));
        for sentence in to_do(&new, self.names) {
            text.push_str(&sentence);
            text.push('\n');
        }
        for sentence in verdicts(self) {
            text.push_str(&sentence);
            text.push('\n');
        }
        text
    }

    fn records(&self) -> Vec<Record> {
        let results = self.results.iter();
        results
            .flat_map(|result| {
                result
                    .targets
                    .iter()
                    .map(|target| Record::new(&result.server, target))
            })
            .collect()
    }

    fn shortfalls(&self) -> Vec<Problem> {
        self.results.iter().filter_map(shortfall).collect()
    }

    fn report(&self, run: &mut report::Run) {
        run.carries_out(self.plan);
        let results: Vec<_> = self.results.iter().collect();
        let sentences = verdicts(self)
            .into_iter()
            .chain(to_do(&results, self.names));
        run.closed = Some(report::Closed {
            servers: self.servers(),
            connections: self.records(),
            sentences: sentences.collect(),
            let_in: self.let_in(),
        });
    }

    fn servers(&self) -> Vec<Server> {
        let plan = |server: &String| self.plan.for_server(server);
        let not_begun = self.not_begun.iter().filter_map(plan);
        let cut_short = self.cut_short.iter().filter_map(plan);
        let seen = self.results.iter().map(Server::new);
        let all = seen
            .chain(not_begun.map(|plan| Server::unseen(plan, true)))
            .chain(cut_short.map(|plan| Server::unseen(plan, false)));
        let all = all.map(|server| Server {
            helper_removed: server.helper_removed && !self.unremoved.contains(&server.server),
            ..server
        });
        all.collect()
    }

    /// Of servers that came to their end it was told as they did.
    fn lines(&self, time: Timestamp) -> String {
        let servers = self.servers();
        let unseen = servers
            .iter()
            .filter(|server| server.not_begun || server.may_be_closed);
        unseen.map(|server| server.line(time)).collect()
    }
}

/// What NDJSON tells of a server that has come to its end.
pub fn ended(result: &ServerResult, time: Timestamp) -> String {
    let targets = result.targets.iter();
    let targets = targets.map(|target| {
        let name = match target.outcome {
            Some(Outcome::Closed) => "closed",
            _ => "not_closed",
        };
        event(name, time, &Record::new(&result.server, target))
    });
    targets.collect::<String>() + &Server::new(result).line(time)
}

impl Record {
    fn new(server: &str, target: &Target) -> Self {
        let connection = &target.connection;
        Self {
            server: server.to_owned(),
            process: connection.image.clone(),
            pid: connection.pid,
            local_address: connection.local.ip().to_string(),
            local_port: connection.local.port(),
            remote_address: connection.remote.ip().to_string(),
            remote_port: connection.remote.port(),
            outcome: target.outcome.map_or("unknown", Outcome::word),
            code: target.code,
            why: target.why.told(),
        }
    }
}

impl Server {
    fn new(result: &ServerResult) -> Self {
        let after = result.after.as_ref().ok().filter(|after| after.is_whole());
        let gaps = result.after.as_ref().map_or(&[][..], |after| &after.gaps);
        let user = |(index, before): (usize, &UserHoldings)| {
            let after = after.and_then(|after| after.users.get(index));
            User {
                account: before.account.clone(),
                before: before.all(),
                after: after.map(UserHoldings::all),
                counted: counted(before.held),
                service_before: before.services.count,
                service_after: after.map(|user| user.services.count),
                dn: before.dn.clone(),
            }
        };
        Self {
            server: result.server.clone(),
            verified: result.is_verified(),
            helper_removed: result.helper_removed,
            lingering: after.map(|after| after.lingering),
            gaps: gaps.iter().map(Gap::to_string).collect(),
            seconds: result.took.as_secs_f64(),
            users: result.before.iter().enumerate().map(user).collect(),
            not_begun: false,
            may_be_closed: false,
            left_alone: result.left_alone.clone(),
            keep_alive_seconds: result.keep_alive.map(|found| found.time().as_secs()),
        }
    }

    fn line(&self, time: Timestamp) -> String {
        let name = match (self.not_begun, self.verified) {
            (true, _) => "not_begun",
            (false, true) => "verified",
            (false, false) => "not_verified",
        };
        event(name, time, self)
    }

    /// Nothing is known of it; it is where it was, if it was not begun.
    fn unseen(plan: &ServerPlan, not_begun: bool) -> Self {
        let user = |before: &UserHoldings| User {
            account: before.account.clone(),
            before: before.all(),
            after: None,
            counted: counted(before.held),
            service_before: before.services.count,
            service_after: None,
            dn: before.dn.clone(),
        };
        Self {
            server: plan.snapshot.server.clone(),
            verified: false,
            helper_removed: true,
            lingering: None,
            gaps: Vec::new(),
            seconds: 0.0,
            users: plan.users.iter().map(user).collect(),
            not_begun,
            may_be_closed: !not_begun,
            left_alone: Vec::new(),
            keep_alive_seconds: None,
        }
    }
}

/// What was seen on some of the servers, and nothing of the people yet.
pub fn so_far(results: &[ServerResult], names: &Names) -> String {
    let lines: String = results.iter().map(|result| line(result, names)).collect();
    let results: Vec<_> = results.iter().collect();
    let to_do = to_do(&results, names).into_iter();
    lines + &to_do.map(|sentence| sentence + "\n").collect::<String>()
}

/// `✓ ex01  34 closed · helper verified and removed · sessions 34 → 3 · 1.9 s`
fn line(result: &ServerResult, names: &Names) -> String {
    let (style, mark) = match result.is_verified() {
        true => (GOOD, '✓'),
        false => (ERROR, '✗'),
    };
    let helper = match result.helper_removed {
        true => "helper verified and removed".to_owned(),
        false => format!(
            "{CAREFUL}helper left in {}{CAREFUL:#}",
            plain(&result.helper_path)
        ),
    };
    let seconds = result.took.as_secs_f64();
    let server = names.shown(&result.server);
    let mut parts = Vec::new();
    if result.acted() {
        let outcomes = outcomes(&result.targets);
        let outcomes = match result.is_contradicted() {
            true => {
                format!("{outcomes}, seen gone twice, {CAREFUL}but no session ended{CAREFUL:#}")
            }
            false => outcomes,
        };
        parts.extend([outcomes, helper]);
    }
    parts.extend(sessions(result));
    parts.push(format!("{seconds:.1} s"));
    if result.asked_again > 0 {
        let times = count(result.asked_again, "read");
        parts.push(format!("{times} repeated"));
    }
    if !result.left_alone.is_empty() {
        let why = result.left_alone.iter().take(MOST_LEFT_ALONE);
        let mut why: Vec<_> = why.map(|why| plain(why)).collect();
        let more = result.left_alone.len() - why.len();
        why.extend((more > 0).then(|| format!("{more} more")));
        parts.push(format!(
            "{CAREFUL}left alone: {}{CAREFUL:#}",
            why.join("; ")
        ));
    }
    format!("{style}{mark}{style:#} {server}  {}\n", parts.join(" · "))
}

/// Reasons that a line has room for; all are in the JSON and in the audit log.
const MOST_LEFT_ALONE: usize = 3;

const NOT_SEEN: &str = "not seen whether the sessions ended";

/// Why a server is not verified, where that is no error of its own.
fn shortfall(result: &ServerResult) -> Option<Problem> {
    if result.is_verified() {
        return None;
    }
    let is_open = |target: &&Target| !target.outcome.is_some_and(Outcome::is_gone);
    let open: Vec<_> = result.targets.iter().filter(is_open).cloned().collect();
    let mut what = Vec::new();
    if !open.is_empty() {
        what.push(outcomes(&open));
    }
    if !result.left_alone.is_empty() {
        what.push(format!("left alone: {}", result.left_alone.join("; ")));
    }
    if !result.helper_removed {
        what.push(format!("the helper is left in {}", result.helper_path));
    }
    match &result.after {
        _ if result.is_contradicted() => what.push(format!(
            "{}, seen gone twice, but no session ended",
            outcomes(&result.targets)
        )),
        Ok(after) if after.is_whole() => {
            let old = after.lingering;
            what.extend((old > 0).then(|| format!("{} still there", count(old, "old logon"))));
        }
        Ok(after) => what.push(format!("{NOT_SEEN}: {}", list(&after.gaps))),
        Err(error) => what.push(format!("{NOT_SEEN}: {}", with_causes(error))),
    }
    if what.is_empty() {
        return None;
    }
    let ways_out = WAYS_OUT.iter().filter(|(is_so, _, _)| is_so(result));
    let ways_out = ways_out.map(|(_, what, way_out)| format!("{what}: {way_out}"));
    let to_do = match ways_out.collect::<Vec<_>>() {
        none if none.is_empty() => "Look with `mapisweep logons`, and run it again.".to_owned(),
        ways_out => ways_out.join(" "),
    };
    let advice = Advice::new(what.join("; "), to_do);
    Some(Problem::new(Some(&result.server), &advice))
}

/// `8 servers: 410 closed, 2 already gone · all verified`, where that is about many.
fn total(closed: &Closed) -> Option<String> {
    let results = closed.results;
    if !is_for_many(closed.plan)
        || results.len() + closed.not_begun.len() + closed.cut_short.len() < 2
    {
        return None;
    }
    let planned = closed.plan.connections_closed();
    let gone: usize = results
        .iter()
        .map(|result| result.count(Outcome::is_gone))
        .sum();
    let verified = results.iter().filter(|result| result.is_verified()).count();
    let busy = closed.plan.servers.iter();
    let busy = busy.filter(|server| server.targets().next().is_some());
    let are = match gone == planned {
        true => "are",
        false => "were seen",
    };
    Some(format!(
        "{gone} of {} {are} gone; verified on {verified} of {}\n",
        count(planned, "connection"),
        count(busy.count(), "server")
    ))
}

/// `30 closed, 3 still open (the system took the order, but it is there still)`
fn outcomes(targets: &[Target]) -> String {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for target in targets {
        // what is gone comes first
        let outcome = target.outcome.map(|outcome| (!outcome.is_gone(), outcome));
        let group = (outcome, target.why.told(), target.code);
        *counts.entry(group).or_default() += 1;
    }
    let parts = counts.into_iter().map(|((outcome, why, code), count)| {
        let what = match outcome.map(|(_, outcome)| outcome) {
            Some(Outcome::Closed) => "closed",
            Some(Outcome::AlreadyGone) => "already gone",
            Some(Outcome::StillOpen) => "still open",
            Some(Outcome::Denied) => "denied by Windows",
            Some(Outcome::Changed) => "left alone",
            Some(Outcome::Refused) => "refused by the helper",
            Some(Outcome::Failed) => "failed",
            None => "of unknown fate",
        };
        format!("{count} {what}{}", reasons(why.as_deref(), code))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// What can be done about connections that were not closed.
fn to_do(results: &[&ServerResult], names: &Names) -> Vec<String> {
    let sentences = WAYS_OUT.iter().filter_map(|(is_so, what, way_out)| {
        let servers = results
            .iter()
            .filter(|result| is_so(result))
            .map(|result| names.shown(&result.server));
        let servers = list(servers);
        (!servers.is_empty()).then(|| format!("{what} on {servers}: {way_out}"))
    });
    sentences.collect()
}

/// What is so on a server, and what to do about it.
type WayOut = (fn(&ServerResult) -> bool, &'static str, &'static str);

const WAYS_OUT: [WayOut; 5] = [
    (
        |result| result.count(|outcome| outcome == Outcome::Denied) > 0,
        "Denied",
        "it takes an administrator's whole rights (a local account's: LocalAccountTokenFilterPolicy=1), and a security product \
         may forbid it: allow the SHA-256 of the helper (`mapisweep helper sha256`).",
    ),
    (
        |result| result.count(|outcome| outcome == Outcome::StillOpen) > 0,
        "Still open",
        "run it again. What stays then can be closed on the server itself, as an administrator with Sysinternals' TCPView.",
    ),
    (
        ServerResult::is_contradicted,
        "No session ended",
        "the connections are not listed any more, so the store has not noticed yet: look with `mapisweep logons` in some \
         minutes.",
    ),
    (
        ServerResult::has_lost_others,
        "Not seen whether the sessions ended",
        "the logons that were to stay are gone as well. Another run that closes there at the same time does that, or the \
         people themselves, or a server that does not tell all. Look with `mapisweep logons` who holds how much there now; for \
         whom it is below the limit nothing is left to be done.",
    ),
    (
        ServerResult::has_false_claims,
        "Closed by the word of the helper alone",
        "it was deceived, or was not what ran: look for a security product that changes what it does, and compare its SHA-256 \
         (`mapisweep helper sha256`). Look with `mapisweep connections`, and close what is there on the server itself, as an \
         administrator with Sysinternals' TCPView.",
    ),
];

/// ` (the system did not take the order; Windows error 87)`
fn reasons(why: Option<&str>, code: Option<u32>) -> String {
    let why = why.map(plain);
    let code = code.map(|code| format!("Windows error {code}"));
    let reasons: Vec<_> = why.into_iter().chain(code).collect();
    match reasons.is_empty() {
        true => String::new(),
        false => format!(" ({})", reasons.join("; ")),
    }
}

/// `sessions 34 → 3`; nothing where there were none and are none, as where clients only connect.
fn sessions(result: &ServerResult) -> Option<String> {
    let none = |users: &[UserHoldings]| users.iter().all(|user| user.all() == 0);
    let none_now = |after: &After| after.is_whole() && none(&after.users);
    let is_known = result.after.as_ref().is_ok_and(none_now);
    (!(none(&result.before) && is_known)).then(|| of_sessions(result))
}

fn of_sessions(result: &ServerResult) -> String {
    let held = result.before.iter().map(|user| user.held);
    let before: usize = held.clone().map(|held| held.count).sum();
    // who holds nothing has nothing counted
    let mut holding = held.clone().filter(|held| held.count > 0);
    let unit = holding.next().or_else(|| held.clone().next());
    let unit = unit.map_or("sessions", counted);
    match &result.after {
        Ok(After { gaps, .. }) if !gaps.is_empty() => {
            let gaps = gaps.iter().map(|gap| plain(&gap.to_string()));
            format!(
                "{CAREFUL}not seen whether the {unit} ended: {}{CAREFUL:#}",
                list(gaps)
            )
        }
        Ok(after) => {
            let now: usize = after.users.iter().map(|user| user.held.count).sum();
            let lingering = match after.lingering {
                0 => String::new(),
                old => format!(
                    ", {CAREFUL}{} still there{CAREFUL:#}",
                    count(old, "old logon")
                ),
            };
            format!(
                "{unit} {before} → {now}{lingering}{}",
                services(result, after)
            )
        }
        Err(error) => format!(
            "{CAREFUL}not seen whether the {unit} ended: {}{CAREFUL:#}",
            plain(&with_causes(error))
        ),
    }
}

/// ` · of services 14 → 14`
fn services(result: &ServerResult, after: &After) -> String {
    let count =
        |users: &[UserHoldings]| -> usize { users.iter().map(|user| user.services.count).sum() };
    match (count(&result.before), count(&after.users)) {
        (0, 0) => String::new(),
        (before, now) => format!(" · of services {before} → {now}"),
    }
}
