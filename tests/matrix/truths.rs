//! What must hold after a run, whatever broke.

use std::sync::LazyLock;

use mapisweep_lab::{Leftovers, Scenario};
use regex::Regex;
use serde_json::Value;

use crate::{
    cell::{Breaking, Seen},
    support::Ran,
    verb::Verb,
};

/// How many of the user's connections are planned to be closed, and how many sessions are there before and after.
const PLANNED: usize = 31;
const BEFORE: usize = 32;
const AFTER: usize = 1;

/// Whatever is untrue, one kind a sentence.
pub fn untruths(
    verb: Verb,
    cell: Option<&Breaking>,
    seen: &Seen,
    unbroken: Option<&Seen>,
) -> Vec<String> {
    let Some(ran) = &seen.ran else {
        return vec!["does not end within its bound".into()];
    };
    let mut untruths = Untruths(Vec::new());
    if let Some(cell) = cell {
        untruths.unless(seen.exchanges >= cell.exchange, "the case did not run");
    }
    ends(cell.is_none(), ran, seen, &mut untruths);
    leaves(ran, seen, &mut untruths);
    closes(verb, ran, seen, &mut untruths);
    advises(cell, ran, &mut untruths);
    records(ran, seen, &mut untruths);
    if verb.is_json() {
        document(verb, ran, seen, unbroken, &mut untruths);
    } else if verb == Verb::Logons {
        let shown = whole(ran);
        let is_true = shown.is_empty()
            || unbroken.is_none_or(|unbroken| unbroken.ran.as_ref().map(whole) == Some(shown));
        untruths.unless(is_true, "shows something, and not all of it");
    }
    untruths.0
}

struct Untruths(Vec<String>);

impl Untruths {
    fn unless(&mut self, holds: bool, what: impl Into<String>) {
        if !holds {
            self.0.push(what.into());
        }
    }
}

fn whole(ran: &Ran) -> String {
    static VARIES: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\d+[dhms]( \d+[hms])? *").expect("valid"));
    VARIES.replace_all(ran.stdout(), "AGE ").into_owned()
}

fn said(ran: &Ran) -> String {
    format!("{}\n{}", ran.stdout(), ran.stderr())
}

fn ends(was_asked: bool, ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    untruths.unless(!said(ran).contains("panicked"), "panics");
    let secret = Scenario::PASSWORD.as_bytes();
    for (place, bytes) in ran.traces() {
        let tells = bytes.windows(secret.len()).any(|window| window == secret);
        untruths.unless(!tells, format!("a password in {place}"));
    }
    match ran.code() {
        Some(0) => {}
        Some(code @ (1 | 5)) => {
            let says = said(ran).contains("ex01");
            untruths.unless(says, format!("exits {code} and does not say which server"));
        }
        Some(130) if was_asked => {}
        // before it listens to signals it may just end
        None if was_asked && seen.exchanges == 0 => {}
        code => untruths.unless(false, format!("exits {code:?}")),
    }
}

fn leaves(ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    let Leftovers {
        files,
        processes,
        shells,
    } = &seen.leftovers;
    let said = said(ran);
    let told = ran.stderr();
    if !seen.leftovers.is_empty() {
        let code = ran.code().unwrap_or(-1);
        let what = what_is_left(&seen.leftovers);
        untruths.unless(
            !matches!(code, 0 | 130),
            format!("{what} left, and exits {code}"),
        );
    }
    if !shells.is_empty() {
        untruths.unless(
            told.contains("remote shell"),
            "a shell is left, and not named",
        );
    }
    if !files.is_empty() || *processes > 0 {
        let names = told.contains("helper") && told.contains("left")
            || told.contains("could not be removed");
        untruths.unless(names, "a helper is left, and not named");
    } else {
        let claims =
            said.contains("helper could not be removed") || said.contains("helper left in");
        untruths.unless(!claims, "says that the helper is left, and it is not");
    }
}

fn what_is_left(leftovers: &Leftovers) -> &'static str {
    match (
        leftovers.shells.is_empty(),
        leftovers.files.is_empty() && leftovers.processes == 0,
    ) {
        (true, _) => "a helper is",
        (_, true) => "a shell is",
        _ => "a helper and a shell are",
    }
}

fn closes(verb: Verb, ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    static CLOSED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\d+) closed").expect("valid"));
    static LEFT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"logons \d+ → (\d+)").expect("valid"));
    static HELD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"still holds (\d+) of").expect("valid"));
    let said = said(ran);
    let number = |regex: &Regex| {
        regex
            .captures(&said)
            .and_then(|found| found[1].parse::<usize>().ok())
    };
    let said_closed = number(&CLOSED);
    if !verb.closes() {
        untruths.unless(seen.resets == 0, "closes although it is not to");
    }
    untruths.unless(seen.closings <= 1, "closes twice");
    if let Some(closed) = said_closed {
        untruths.unless(
            closed == seen.resets,
            format!("says {closed} closed where {} were", count(seen.resets)),
        );
    }
    if seen.resets > 0 {
        let denies = [
            "Nothing was closed",
            "Nothing is closed",
            "nothing was done",
            "nothing to close",
        ];
        let denies = denies.iter().any(|denial| said.contains(denial));
        untruths.unless(!denies, "says that nothing was closed, and something was");
        let tells = said_closed.is_some()
            || said.contains("may be closed")
            || said.contains("may have been closed");
        untruths.unless(
            tells || verb == Verb::CloseJson,
            "something was closed, and nothing says so",
        );
    } else {
        let claims = said.contains("can log on again") || said.contains('✓');
        untruths.unless(!claims, "claims success where nothing was closed");
    }
    if said.contains("can log on again") {
        untruths.unless(
            seen.sessions < BEFORE,
            "says can log on again, and he cannot",
        );
    }
    if said.contains('✓') || ran.code() == Some(0) && verb.closes() {
        let Leftovers {
            files, processes, ..
        } = &seen.leftovers;
        let removed = files.is_empty() && *processes == 0;
        let done = seen.resets == PLANNED && seen.sessions == AFTER && removed;
        untruths.unless(done, "claims that all is done, and it is not");
    }
    for regex in [&*LEFT, &*HELD] {
        if let Some(left) = number(regex) {
            untruths.unless(
                left == seen.sessions,
                format!("says {left} sessions where {} are", count(seen.sessions)),
            );
        }
    }
}

fn count(number: usize) -> &'static str {
    match number {
        0 => "none",
        AFTER => "one",
        PLANNED => "all planned",
        BEFORE => "all",
        _ => "some",
    }
}

/// What the admin is told to do would be for nothing: the server was there, the password right, and nothing listens
/// between.
fn advises(cell: Option<&Breaking>, ran: &Ran, untruths: &mut Untruths) {
    let late = cell.is_some_and(|cell| cell.exchange > 1);
    for (told, only_late) in [
        ("password is wrong", true),
        ("please report it", false),
        ("winrm quickconfig", true),
    ] {
        let applies = late || !only_late;
        untruths.unless(
            !(applies && ran.stderr().contains(told)),
            format!("says {told:?}"),
        );
    }
}

fn records(ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    let traces = ran.traces();
    let log = traces
        .iter()
        .find(|(path, _)| path.ends_with("audit.jsonl"));
    let text = log.map_or(String::new(), |(_, bytes)| {
        String::from_utf8_lossy(bytes).into_owned()
    });
    let lines: Vec<Option<Value>> = text
        .lines()
        .map(|line| serde_json::from_str(line).ok())
        .collect();
    untruths.unless(
        lines.iter().all(Option::is_some),
        "a line of the audit log does not parse",
    );
    untruths.unless(
        text.is_empty() || text.ends_with('\n'),
        "the audit log does not end with a line",
    );
    untruths.unless(
        seen.closings == 0 || !lines.is_empty(),
        "a closing is not recorded",
    );
    let closed = text.matches(r#""outcome":"closed""#).count();
    untruths.unless(
        closed == 0 || closed == seen.resets,
        format!(
            "records {} closed where {} were",
            count(closed),
            count(seen.resets)
        ),
    );
}

fn document(verb: Verb, ran: &Ran, seen: &Seen, unbroken: Option<&Seen>, untruths: &mut Untruths) {
    let Ok(document) = serde_json::from_str::<Value>(ran.stdout()) else {
        let may_be_none = matches!(ran.code(), Some(130) | None);
        untruths.unless(
            may_be_none && ran.stdout().is_empty(),
            "whoever asked for a document gets none",
        );
        return;
    };
    let list = |name: &str| document[name].as_array().map_or(0, Vec::len);
    let fails = list("failures") > 0;
    untruths.unless(
        !fails || ran.code() != Some(0),
        "a document with failures, and exits 0",
    );
    if verb.closes() && document["kind"] == "close" {
        let records = document["records"].as_array().cloned().unwrap_or_default();
        let closed = records
            .iter()
            .filter(|record| record["outcome"] == "closed")
            .count();
        untruths.unless(
            closed == 0 || closed == seen.resets,
            format!(
                "the document has {} closed where {} were",
                count(closed),
                count(seen.resets)
            ),
        );
        for server in document["servers"].as_array().into_iter().flatten() {
            let done = seen.resets == PLANNED && seen.sessions == AFTER;
            untruths.unless(
                server["verified"] != true || done,
                "the document says verified, and it is not",
            );
            let after = server["users"][0]["after"].as_u64();
            untruths.unless(
                after.is_none_or(|after| after == seen.sessions as u64),
                "the document has other sessions than there are",
            );
            untruths.unless(
                server["helper_removed"] != true || seen.leftovers.files.is_empty(),
                "the document says that the helper was removed",
            );
        }
        let tells = closed == seen.resets
            || said(ran).contains("may be closed")
            || said(ran).contains("may have been closed");
        untruths.unless(
            seen.resets == 0 || tells,
            "something was closed, and nothing says so",
        );
        untruths.unless(
            list("records") > 0 || fails || seen.resets == 0,
            "something was closed, and the document does not say so",
        );
    } else if verb.closes() {
        let tells =
            said(ran).contains("may be closed") || said(ran).contains("may have been closed");
        untruths.unless(
            seen.resets == 0 || tells,
            "something was closed, and nothing says so",
        );
    } else {
        let whole = unbroken.and_then(|unbroken| unbroken.ran.as_ref());
        let whole = whole.and_then(|ran| serde_json::from_str::<Value>(ran.stdout()).ok());
        let whole = whole.map(|whole| whole["records"].as_array().map_or(0, Vec::len));
        untruths.unless(
            whole.is_none_or(|whole| list("records") == whole) || list("records") == 0 && fails,
            "shows something, and not all of it",
        );
    }
}
