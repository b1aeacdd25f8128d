//! What those who were locked out may expect now. It is claimed only where every server that was asked about was seen.

use mapisweep_core::{
    exchange::SessionLimit,
    plan::{Plan, ServerPlan, UserHoldings},
};

use super::{
    close::Closed,
    server::{NOT_ENDED, SERVICES, of_limit},
};
use crate::{
    cli::text::{count, list, list_first, plain},
    servers::ServerResult,
};

/// A sentence for each user who was locked out somewhere, and for each whose sessions of Exchange's services are at their
/// limit. What is the same for many is said once.
pub fn verdicts(closed: &Closed) -> Vec<String> {
    let mut same: Vec<(String, Vec<String>)> = Vec::new();
    for (account, sentence) in each(closed) {
        match same.iter_mut().find(|(said, _)| *said == sentence) {
            Some((_, accounts)) => accounts.push(account),
            None => same.push((sentence, vec![account])),
        }
    }
    let told = same
        .into_iter()
        .map(|(sentence, accounts)| match &accounts[..] {
            [account] => format!("{account} {sentence}"),
            _ => format!("{}: each {sentence}", list_first(accounts, NAMED)),
        });
    told.collect()
}

/// So many people are named, for somebody has to tell them.
const NAMED: usize = 8;

/// Those who were locked out, and are let in again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LetIn {
    /// So many were locked out somewhere.
    pub out: usize,
    /// So many of them can log on: all that was asked about was seen.
    pub known: usize,
    /// So many more are below each limit that kept them out, while of some servers not all is known.
    pub as_far_as_seen: usize,
    /// Those servers.
    pub not_known: Vec<String>,
}

impl LetIn {
    /// As seen on these servers.
    pub fn of(closed: &Closed) -> Self {
        let mut let_in = Self::default();
        for (_, verdict) in of_each(closed) {
            let_in.out += usize::from(verdict.was_locked_out > 0);
            if verdict.lets_in() {
                let_in.known += 1;
            } else if verdict.lets_in_as_far_as_seen() {
                let_in.as_far_as_seen += 1;
                for server in verdict.not_known().into_iter().flatten() {
                    if !let_in.not_known.contains(server) {
                        let_in.not_known.push(server.clone());
                    }
                }
            }
        }
        let_in
    }

    /// Both.
    pub fn all(&self) -> usize {
        self.known + self.as_far_as_seen
    }
}

/// Each user with each sentence.
fn each(closed: &Closed) -> Vec<(String, String)> {
    let verdicts = of_each(closed).into_iter();
    let sentences = |(account, verdict): (String, Verdict)| {
        let sentences = verdict.sentences().into_iter();
        sentences.map(move |sentence| (account.clone(), sentence))
    };
    verdicts.flat_map(sentences).collect()
}

/// Each user with what is known of them.
fn of_each(closed: &Closed) -> Vec<(String, Verdict)> {
    let Closed {
        plan,
        results,
        unread,
        not_begun,
        cut_short,
        unremoved: _,
        shown: _,
        names,
    } = closed;
    let users = plan.servers.first().map_or(0, |server| server.users.len());
    // what failed there afterwards does not take back what was seen
    let was_seen = |server: &&String| {
        let mut results = results.iter().filter(|result| result.server == **server);
        results.any(|result| result.after.is_ok())
    };
    let unread: Vec<_> = unread.iter().filter(|server| !was_seen(server)).collect();
    let verdicts = (0..users).map(|index| {
        let mut verdict = Verdict::default();
        // one of many has nothing to do with a server that was read and had no session of his
        let has_nothing_on = |server: &ServerPlan| {
            let held = server.users.get(index).map(UserHoldings::all);
            users > 1 && held == Some(0) && server.snapshot.is_whole()
        };
        for server in &plan.servers {
            let name = &server.snapshot.server;
            let (is_begun, is_cut_short) = (!not_begun.contains(name), cut_short.contains(name));
            if !has_nothing_on(server) {
                let begun = (is_begun, is_cut_short);
                verdict.add(server, names.shown(name), results, index, begun);
            }
        }
        let unread = unread.iter().filter(|server| {
            let read = plan.for_server(server);
            !read.is_some_and(has_nothing_on)
        });
        for server in unread.map(|&server| names.shown(server)) {
            verdict.partial.retain(|partial| *partial != server);
            if !verdict.unread.contains(&server) {
                verdict.unread.push(server);
            }
        }
        (plain(account(plan, index)), verdict)
    });
    verdicts.collect()
}

/// As a server writes it where one does; without a logon there is only the account's name.
fn account(plan: &Plan, index: usize) -> &str {
    let users = plan
        .servers
        .iter()
        .filter_map(|server| server.users.get(index));
    let mut accounts = users.map(|user| user.account.as_str());
    let first = accounts.clone().next().unwrap_or_default();
    accounts
        .find(|account| account.contains('\\'))
        .unwrap_or(first)
}

const OPENS_SEVERAL: &str = "Outlook opens several as it starts, and may be kept out again";

/// What is known of one user, in parts of sentences.
#[derive(Default)]
struct Verdict {
    /// Of so many servers.
    was_locked_out: usize,
    /// So many of those were seen to have room again.
    let_in_again: usize,
    /// What still keeps the user out, or may.
    holds: Vec<String>,
    /// Servers where there is room.
    below: Vec<String>,
    /// What is held where that is below the limit, and so near that an Outlook that starts may reach it.
    near: Vec<String>,
    /// Servers that were not seen, or not since something was done.
    unread: Vec<String>,
    /// Servers where something was done, and that did not tell what came of it.
    unseen: Vec<String>,
    /// Servers where nothing was begun.
    not_begun: Vec<String>,
    /// Servers that did not tell all.
    partial: Vec<String>,
    /// The limit where it is no more than assumed.
    assumed: Option<u64>,
    /// What Exchange's services hold where that is too much.
    services: Vec<String>,
}

impl Verdict {
    fn add(
        &mut self,
        server: &ServerPlan,
        name: String,
        results: &[ServerResult],
        index: usize,
        (is_begun, is_cut_short): (bool, bool),
    ) {
        let Some(before) = server.users.get(index) else {
            return;
        };
        let limits = server.snapshot.limits;
        let mut results = results.iter();
        let result = results.find(|result| result.server == server.snapshot.server);
        let was_locked_out = limits.mapi.is_reached_by(before.held.count);
        self.was_locked_out += usize::from(was_locked_out);
        let Some(now) = now(server, result, index) else {
            match result {
                None if !is_begun => self.not_begun.push(name),
                None if is_cut_short => self.unseen.push(name),
                Some(_) if was_locked_out => self.unseen.push(name),
                None if !server.snapshot.is_whole() => self.partial.push(name),
                _ => self.unread.push(name),
            }
            return;
        };
        if limits.services.is_reached_by(now.services.count) {
            let held = of_limit(now.services, limits.services);
            self.services.push(format!("{held} on {name}"));
        }
        let left = result.map_or(0, ServerResult::connections_left);
        if limits.mapi.is_reached_by(now.held.count) {
            let held = of_limit(now.held, limits.mapi);
            self.holds.push(format!("{held} on {name}"));
        } else if was_locked_out && left > 0 {
            self.holds
                .push(format!("{} on {name}", count(left, "connection")));
        } else {
            self.let_in_again += usize::from(was_locked_out);
            if was_locked_out && limits.mapi.is_nearly_reached_by(now.held.count) {
                let held = of_limit(now.held, limits.mapi);
                self.near.push(format!("{held} on {name}"));
            }
            self.below.push(name);
            let assumed = Some(limits.mapi).filter(|limit| limit.is_assumed());
            self.assumed = self.assumed.or(assumed.and_then(SessionLimit::number));
        }
    }

    fn lets_in(&self) -> bool {
        self.lets_in_as_far_as_seen() && self.not_known().into_iter().all(Vec::is_empty)
    }

    /// Whatever kept the user out was seen to be over, and nothing was seen that does now, or will at once.
    fn lets_in_as_far_as_seen(&self) -> bool {
        let is_let_in = self.was_locked_out > 0 && self.let_in_again == self.was_locked_out;
        is_let_in && self.holds.is_empty() && self.near.is_empty()
    }

    /// The servers that may keep the user out without anybody having seen it.
    fn not_known(&self) -> [&Vec<String>; 4] {
        [&self.unread, &self.unseen, &self.not_begun, &self.partial]
    }

    fn sentences(self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.was_locked_out > 0 {
            sentences.push(self.of_logging_on());
        }
        if !self.services.is_empty() {
            let held = list(&self.services);
            sentences.push(format!("holds {held} of {SERVICES}; {NOT_ENDED}."));
        }
        sentences
    }

    fn of_logging_on(&self) -> String {
        let not_seen = [
            (&self.unread, "could not be read"),
            (&self.unseen, "could not be seen afterwards"),
            (&self.partial, "did not tell all"),
        ];
        let not_begun = (!self.not_begun.is_empty())
            .then(|| format!("nothing was begun on {}", list(&self.not_begun)));
        let not_seen = not_seen
            .into_iter()
            .filter(|(servers, _)| !servers.is_empty());
        let not_seen: Vec<_> = not_seen
            .map(|(servers, what)| format!("{} {what}", list(servers)))
            .chain(not_begun)
            .collect();
        let (holds, below, near) = (list(&self.holds), list(&self.below), list(&self.near));
        if self.holds.is_empty() && !near.is_empty() {
            let not_seen = match not_seen.is_empty() {
                true => String::new(),
                false => format!("; {}", list(not_seen)),
            };
            return format!(
                "is below the limit, but still holds {near}: {OPENS_SEVERAL}{not_seen}."
            );
        }
        match (self.holds.is_empty(), not_seen.is_empty(), self.assumed) {
            (true, true, None) => "can log on again.".to_owned(),
            (true, true, Some(limit)) => {
                format!("can log on again if the limit is {limit}, which could not be read.")
            }
            (true, false, _) if self.below.is_empty() => {
                format!("may still be locked out: {}.", list(not_seen))
            }
            (true, false, _) => {
                format!("is below the limit on {below}, but {}.", list(not_seen))
            }
            (false, true, _) => format!("still holds {holds}."),
            (false, false, _) => format!("still holds {holds}, and {}.", list(not_seen)),
        }
    }
}

/// What the user holds on a server as far as it was seen last, and `None` where not all of it was.
fn now<'a>(
    server: &'a ServerPlan,
    result: Option<&'a ServerResult>,
    index: usize,
) -> Option<&'a UserHoldings> {
    let after = || {
        let after = result?.after.as_ref().ok()?;
        after.is_whole().then_some(&after.users)
    };
    let is_whole = server.snapshot.is_whole();
    let users = match result {
        Some(_) => after()?,
        // nothing was to be done there, so what was seen is as it was
        None if server.targets().next().is_none() && is_whole => &server.users,
        None => return None,
    };
    users.get(index)
}
