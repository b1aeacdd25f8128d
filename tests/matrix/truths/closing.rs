//! What is said of connections and sessions.

use std::sync::LazyLock;

use regex::Regex;

use super::{Untruths, said};
use crate::{run::Seen, support::Ran, verb::Verb};

/// How many of the user's connections are to be closed, and how many sessions there are then.
pub const PLANNED: usize = 31;
pub const AFTER: usize = 1;
/// As many sessions as a user may have.
const LIMIT: usize = 32;

pub(super) fn check(verb: Verb, ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    static CLOSED: LazyLock<Regex> = LazyLock::new(|| number(r"(\d+) closed"));
    static LEFT: LazyLock<Regex> = LazyLock::new(|| number(r"logons \d+ → (\d+)"));
    static HELD: LazyLock<Regex> = LazyLock::new(|| number(r"still holds (\d+) of"));
    let said = said(ran);
    let closed = find(&CLOSED, &said);
    untruths.unless(
        closed.is_none_or(|closed| closed == seen.resets),
        "counts closed connections that were not",
    );
    for regex in [&LEFT, &HELD] {
        let holds = find(regex, &said).is_none_or(|sessions| sessions == seen.sessions);
        untruths.unless(holds, "counts sessions that are not there");
    }
    untruths.unless(
        seen.resets == 0 || verb.closes(),
        "closes although it is not to",
    );
    untruths.unless(seen.closings <= 1, "closes twice");
    match seen.resets {
        0 => untruths.unless(
            !said.contains('✓'),
            "claims success, and nothing was closed",
        ),
        _ => {
            untruths.unless(
                !denies(&said),
                "says that nothing was closed, and something was",
            );
            let counts = closed.is_some() || said.contains("already gone");
            let tells = counts || may_be_closed(&said) || verb.is_json();
            untruths.unless(tells, "something was closed, and nothing says so");
        }
    }
    let gets_in = seen.sessions < LIMIT;
    untruths.unless(
        gets_in || !said.contains("can log on again"),
        "says can log on again, and he cannot",
    );
    let keeps_out = said.contains("still holds an unknown number");
    untruths.unless(
        !(gets_in && keeps_out),
        "says that he still holds sessions, and does not know",
    );
    let claims_all = said.contains('✓') || verb.closes() && ran.code() == Some(0);
    untruths.unless(
        !claims_all || is_done(seen),
        "claims that all is done, and it is not",
    );
}

/// Whether all was closed that was to be, and the helper is gone.
pub(super) fn is_done(seen: &Seen) -> bool {
    let is_helper_gone = seen.leftovers.files.is_empty() && seen.leftovers.processes == 0;
    seen.resets == PLANNED && seen.sessions == AFTER && is_helper_gone
}

/// Whether it says that nobody knows.
pub(super) fn may_be_closed(said: &str) -> bool {
    said.contains("may be closed") || said.contains("may have been closed")
}

fn denies(said: &str) -> bool {
    let denials = [
        "Nothing was closed",
        "Nothing is closed",
        "nothing was done",
        "nothing to close",
    ];
    denials.iter().any(|denial| said.contains(denial))
}

fn number(pattern: &str) -> Regex {
    Regex::new(pattern).expect("valid")
}

fn find(regex: &Regex, said: &str) -> Option<usize> {
    regex.captures(said)?[1].parse().ok()
}
