//! What stands in a JSON document.

use serde_json::Value;

use super::{
    Trouble, Untruths,
    closing::{is_done, may_be_closed},
    said,
};
use crate::{run::Seen, support::Ran, verb::Verb};

pub(super) fn check(
    verb: Verb,
    trouble: &Trouble<'_>,
    ran: &Ran,
    seen: &Seen,
    untruths: &mut Untruths,
) {
    let Some(document) = parse(ran) else {
        // killed before it had begun
        let may_be_none = matches!(trouble, Trouble::Stopped) && ran.code().is_none();
        untruths.unless(may_be_none, "whoever asked for a document gets none");
        return of_nothing(ran, seen, untruths);
    };
    let fails = length(&document, "errors") > 0;
    untruths.unless(
        !fails || ran.code() != Some(0),
        "a document with errors, and exits 0",
    );
    match (verb.closes(), trouble) {
        (true, _) => of_closing(&document, ran, seen, untruths),
        (false, Trouble::Broken(_, unbroken)) => {
            let all = unbroken.ran.as_ref().and_then(parse);
            let all = all.map_or(0, |all| length(&all, "records"));
            let shown = length(&document, "records");
            let is_all = shown == all || shown == 0 && fails;
            untruths.unless(is_all, "shows something, and not all of it");
        }
        (false, Trouble::Stopped) => {}
    }
}

fn of_nothing(ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    let tells = seen.resets == 0 || may_be_closed(&said(ran));
    untruths.unless(tells, "something was closed, and nothing says so");
}

fn of_closing(document: &Value, ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    let outcomes = document["records"].as_array().into_iter().flatten();
    let is_gone = |record: &&Value| {
        ["closed", "already_gone"]
            .iter()
            .any(|&word| record["outcome"] == word)
    };
    let gone = outcomes.filter(is_gone).count();
    untruths.unless(
        gone == 0 || gone == seen.resets,
        "the document has connections gone that are not",
    );
    if gone == 0 {
        of_nothing(ran, seen, untruths);
    }
    for server in document["servers"].as_array().into_iter().flatten() {
        let verified = server["verified"] == true;
        untruths.unless(
            !verified || is_done(seen),
            "the document says verified, and it is not",
        );
        let removed = server["helper_removed"] == true;
        let is_there = !seen.leftovers.files.is_empty();
        untruths.unless(
            !(removed && is_there),
            "the document says that the helper was removed",
        );
        let after = server["users"][0]["after"].as_u64();
        let holds = after.is_none_or(|after| after == seen.sessions as u64);
        untruths.unless(holds, "the document has other sessions than there are");
    }
}

fn parse(ran: &Ran) -> Option<Value> {
    serde_json::from_str(ran.stdout()).ok()
}

fn length(document: &Value, list: &str) -> usize {
    document[list].as_array().map_or(0, Vec::len)
}
