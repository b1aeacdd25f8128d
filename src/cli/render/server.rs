//! What is said about a server in every result: its name, its Exchange, its limit, who holds how much.

use std::{collections::BTreeSet, time::Duration};

use anstyle::Style;
use jiff::Timestamp;
use serde::Serialize;

use super::Problem;
use crate::cli::{
    style::{CAREFUL, HEAD},
    text::{age, count, list, plain},
};
use mapisweep_core::{
    exchange::{
        ClientAddress, Gap, Limits, SessionLimit,
        logon::{Counted, SessionCount},
    },
    plan::{ServerSnapshot, UserHoldings},
};

/// A server in the data formats.
#[derive(Debug, Serialize)]
pub struct Server {
    /// The name the admin gave.
    pub server: String,
    /// The full DNS name where known.
    pub name: String,
    /// `Exchange 2007 SP3`.
    pub version: Option<String>,
    /// Sessions of MAPI clients a user may hold; `null` where the limit is switched off.
    pub limit: Option<u64>,
    /// The server's own clock when it was read; `null` where it could not be asked for it.
    pub taken_at: Option<Timestamp>,
    /// Why logons may be missing, for people; empty where the server told all.
    pub gaps: Vec<String>,
    /// The limit could not be read, and is Exchange's own default.
    pub limit_assumed: bool,
    /// Sessions of Exchange's own services a user may hold; `null` where the limit is switched off.
    pub service_limit: Option<u64>,
    /// The same of this one.
    pub service_limit_assumed: bool,
    /// Nobody could be asked for the limits, and none is assumed: then both are `null` and mean that.
    pub limit_unknown: bool,
    /// The users asked about.
    pub users: Vec<User>,
}

/// What one user holds, in the data formats.
#[derive(Debug, Serialize)]
pub struct User {
    /// `CORP\jsmith`.
    pub account: String,
    /// Sessions (or logons) held, of either kind.
    pub sessions: usize,
    /// What was counted: `sessions` or `logons`.
    pub counted: &'static str,
    /// Whether those of MAPI clients leave no room for another.
    pub at_limit: bool,
    /// How many of the sessions Exchange's own services opened.
    pub service_sessions: usize,
    /// Whether they leave no room for another.
    pub at_service_limit: bool,
    /// The DN by which Exchange knows them.
    pub dn: Option<String>,
}

impl Server {
    /// The facts of a snapshot and what these users hold.
    pub fn new(snapshot: &ServerSnapshot, users: &[UserHoldings]) -> Self {
        let limits = snapshot.limits;
        let user = |user: &UserHoldings| User {
            account: user.account.clone(),
            sessions: user.all(),
            counted: counted(user.held),
            at_limit: limits.mapi.is_reached_by(user.held.count),
            service_sessions: user.services.count,
            at_service_limit: limits.services.is_reached_by(user.services.count),
            dn: user.dn.clone(),
        };
        Self {
            server: snapshot.server.clone(),
            name: snapshot.display_name.clone(),
            version: snapshot.version.map(|version| version.to_string()),
            limit: limits.mapi.number(),
            limit_assumed: limits.mapi.is_assumed(),
            service_limit: limits.services.number(),
            service_limit_assumed: limits.services.is_assumed(),
            limit_unknown: limits.mapi == SessionLimit::Unknown,
            taken_at: snapshot.clock.is_told().then(|| snapshot.taken_at()),
            gaps: snapshot.gaps.iter().map(Gap::to_string).collect(),
            users: users.iter().map(user).collect(),
        }
    }
}

/// `ex01.corp.example · Exchange 2007 SP3 · store.exe (2316)`, and why its logons may not be all.
pub fn heading(snapshot: &ServerSnapshot) -> String {
    let mut parts = vec![format!("{HEAD}{}{HEAD:#}", plain(&snapshot.display_name))];
    parts.extend(snapshot.version.map(|version| version.to_string()));
    let connections = snapshot.connections.iter();
    let processes: BTreeSet<_> = connections
        .map(|connection| format!("{} ({})", plain(&connection.image), connection.pid))
        .collect();
    parts.extend(processes);
    let missing = missing(snapshot);
    let missing = missing.map(|what| format!("{CAREFUL}{}{CAREFUL:#}\n", plain(&what)));
    parts.join(" · ") + "\n" + &missing.collect::<String>() + &assumed(snapshot.limits)
}

/// Its plain endpoint alone tells these.
pub const NO_CLOCK: &str =
    "its clock and its limits are not known, for its plain endpoint could not be asked";

/// Why what a server told is not whole.
fn missing(snapshot: &ServerSnapshot) -> impl Iterator<Item = String> {
    let unknown = (!snapshot.clock.is_told()).then(|| NO_CLOCK.to_owned());
    let gaps = snapshot.gaps.iter();
    let gaps = gaps.map(|gap| format!("logons may be missing: {gap}"));
    unknown.into_iter().chain(gaps)
}

/// The same of several servers, as what keeps a result from being whole.
pub fn shortfalls<'s>(snapshots: impl IntoIterator<Item = &'s ServerSnapshot>) -> Vec<Problem> {
    let of_each = |snapshot: &'s ServerSnapshot| {
        missing(snapshot).map(|what| Problem::gap(&snapshot.server, what))
    };
    snapshots.into_iter().flat_map(of_each).collect()
}

/// Which limits could not be read.
fn assumed(limits: Limits) -> String {
    let numbers = [limits.mapi, limits.services].into_iter();
    let numbers = numbers.filter(|limit| limit.is_assumed());
    let numbers: Vec<_> = numbers.filter_map(SessionLimit::number).collect();
    match numbers[..] {
        [] => String::new(),
        _ => format!(
            "{CAREFUL}the limit could not be read: {} assumed{CAREFUL:#}\n",
            match numbers[..] {
                [only] => format!("{only} is"),
                _ => format!("{} are", list(&numbers)),
            }
        ),
    }
}

/// Why closing does not help with what Exchange's services opened.
pub const NOT_ENDED: &str = "closing connections does not end those";

/// `CORP\jsmith holds 34 of 32 sessions`, and what Exchange's services hold for him.
pub fn holding(user: &UserHoldings, limits: Limits) -> String {
    let account = plain(&user.account);
    let held = styled(user.held, limits.mapi);
    let mut text = format!("{account} holds {held}\n");
    if user.services.count > 0 {
        let held = styled(user.services, limits.services);
        text.push_str(&format!(
            "{account} holds {held} of {SERVICES}; {NOT_ENDED}\n"
        ));
    }
    text
}

/// The services, in words.
pub const SERVICES: &str = "Exchange's own services (OWA, ActiveSync, web services, POP, IMAP)";

fn styled(held: SessionCount, limit: SessionLimit) -> String {
    let style = match limit.is_reached_by(held.count) {
        true => CAREFUL,
        false => Style::new(),
    };
    let held = of_limit(held, limit);
    format!("{style}{held}{style:#}")
}

/// `34 of 32 sessions`; where only logons can be counted, `34 logons (limit: 32 sessions)`.
pub fn of_limit(held: SessionCount, limit: SessionLimit) -> String {
    let number = held.count;
    match (held.counted, limit.number()) {
        _ if number == 0 => "no sessions".to_owned(),
        (Counted::Sessions, Some(limit)) => format!("{number} of {limit} sessions"),
        (Counted::Logons, Some(limit)) => {
            format!("{} (limit: {limit} sessions)", count(number, "logon"))
        }
        (_, None) => {
            format!("{} (no limit is set)", count(number, unit(held)))
        }
    }
}

/// The same under a title that says what of, where there is little room: `34 of 32`, `34 logons (limit: 32)`.
pub fn of_limit_briefly(held: &str) -> String {
    match held.split_once(" sessions") {
        Some((number, rest)) if number.contains(' ') => format!("{number}{rest}"),
        _ => held.to_owned(),
    }
}

/// `session` or `logon`.
pub fn unit(held: SessionCount) -> &'static str {
    match held.counted {
        Counted::Sessions => "session",
        Counted::Logons => "logon",
    }
}

/// `sessions` or `logons`.
pub fn counted(held: SessionCount) -> &'static str {
    match held.counted {
        Counted::Sessions => "sessions",
        Counted::Logons => "logons",
    }
}

/// The title of the column that counts.
pub fn counted_title(mut held: impl Iterator<Item = SessionCount>) -> &'static str {
    match held.any(|held| held.counted == Counted::Sessions) {
        true => "SESSIONS",
        false => "LOGONS",
    }
}

/// How long before the snapshot; a dash where the server does not say.
pub fn ago(now: Timestamp, then: Option<Timestamp>) -> String {
    let Some(then) = then else {
        return "-".to_owned();
    };
    // a time ahead of the clock is now
    age(Duration::try_from(now.duration_since(then)).unwrap_or(Duration::ZERO))
}

/// The address, or a dash where the server gives none.
pub fn shown(address: &ClientAddress) -> String {
    const MOST: usize = 50;
    match address {
        ClientAddress::Of(address) => address.to_string(),
        ClientAddress::NotUnderstood(text) => {
            let text: String = plain(text).chars().take(MOST).collect();
            format!("{text} (not understood)")
        }
        ClientAddress::NotGiven => "-".to_owned(),
    }
}
