//! What is said about a server in every result: its name, its Exchange, its limit, who holds how much.

use std::{collections::BTreeSet, time::Duration};

use anstyle::Style;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::{
    style::{CAREFUL, HEAD},
    text::{age, count, plain},
};
use mapisweep_core::{
    exchange::{
        ClientAddress, Gap, SessionLimit,
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
    /// Sessions a user may hold; `null` where the limit is switched off.
    pub limit: Option<u64>,
    /// The server's own clock when it was read.
    pub taken_at: Timestamp,
    /// Why logons may be missing, for people; empty where the server told all.
    pub gaps: Vec<String>,
    /// The users asked about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
}

/// What one user holds, in the data formats.
#[derive(Debug, Serialize)]
pub struct User {
    /// `CORP\jsmith`.
    pub account: String,
    /// Sessions (or logons) held.
    pub sessions: usize,
    /// What was counted: `sessions` or `logons`.
    pub counted: &'static str,
    /// Whether that leaves no room for another.
    pub at_limit: bool,
}

impl Server {
    /// The facts of a snapshot and what these users hold.
    pub fn new(snapshot: &ServerSnapshot, users: &[UserHoldings]) -> Self {
        let user = |user: &UserHoldings| User {
            account: user.account.clone(),
            sessions: user.held.count,
            counted: counted(user.held),
            at_limit: snapshot.limit.is_reached_by(user.held.count),
        };
        Self {
            server: snapshot.server.clone(),
            name: snapshot.display_name.clone(),
            version: snapshot.version.map(|version| version.to_string()),
            limit: match snapshot.limit {
                SessionLimit::AtMost(limit) => Some(limit),
                SessionLimit::Disabled => None,
            },
            taken_at: snapshot.taken_at(),
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
    let gaps = snapshot.gaps.iter();
    let gaps = gaps.map(|gap| {
        let gap = plain(&gap.to_string());
        format!("{CAREFUL}logons may be missing: {gap}{CAREFUL:#}\n")
    });
    parts.join(" · ") + "\n" + &gaps.collect::<String>()
}

/// `CORP\jsmith holds 34 of 32 sessions`
pub fn holding(user: &UserHoldings, limit: SessionLimit) -> String {
    let account = plain(&user.account);
    let style = match limit.is_reached_by(user.held.count) {
        true => CAREFUL,
        false => Style::new(),
    };
    let held = of_limit(user.held, limit);
    format!("{account} holds {style}{held}{style:#}\n")
}

/// `34 of 32 sessions`; where only logons can be counted, `34 logons (limit: 32 sessions)`.
pub fn of_limit(held: SessionCount, limit: SessionLimit) -> String {
    let number = held.count;
    match (held.counted, limit) {
        _ if number == 0 => "no sessions".to_owned(),
        (Counted::Sessions, SessionLimit::AtMost(limit)) => format!("{number} of {limit} sessions"),
        (Counted::Logons, SessionLimit::AtMost(limit)) => {
            format!("{} (limit: {limit} sessions)", count(number, "logon"))
        }
        (_, SessionLimit::Disabled) => {
            format!("{} (no limit is set)", count(number, unit(held)))
        }
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
