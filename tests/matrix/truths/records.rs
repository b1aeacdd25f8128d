//! What stands in the audit log.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Trouble, Untruths, closing::is_done};
use crate::{run::Seen, support::Ran};

pub(super) fn check(trouble: &Trouble<'_>, ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    let traces = ran.traces();
    let log = traces
        .iter()
        .find(|(path, _)| path.ends_with("audit.jsonl"));
    let log = log.map_or("".into(), |(_, bytes)| String::from_utf8_lossy(bytes));
    let Ok(records) = parse(&log) else {
        return untruths.unless(false, "a line of the audit log does not parse");
    };
    let runs: BTreeSet<_> = records
        .iter()
        .map(|record| record["run"].as_str())
        .collect();
    untruths.unless(runs.len() <= 1, "one run records itself as several");
    let of = |event: &'static str| {
        records
            .iter()
            .filter(move |record| record["event"] == event)
    };
    let is_recorded = seen.closings == 0 || of("closing").count() == 1;
    untruths.unless(
        is_recorded,
        "the helper was told to close, and that is not recorded",
    );
    for record in of("closed") {
        for server in record["servers"].as_array().into_iter().flatten() {
            of_a_server(server, seen, untruths);
        }
    }
    let ended: Vec<_> = of("ended").collect();
    match ended[..] {
        [ended] => of_the_end(ended, ran, seen, untruths),
        // who asks twice wants no more of it
        [] => {
            let may_lack = records.is_empty() || matches!(trouble, Trouble::Stopped);
            untruths.unless(may_lack, "does not record its end");
        }
        _ => untruths.unless(false, "records several ends"),
    }
}

fn of_a_server(server: &Value, seen: &Seen, untruths: &mut Untruths) {
    let targets = server["targets"].as_array().into_iter().flatten();
    let is_gone = |target: &&Value| {
        let outcomes = ["closed", "already_gone"];
        outcomes.iter().any(|&outcome| target["outcome"] == outcome)
    };
    let gone = targets.filter(is_gone).count();
    let holds = gone == 0 || gone == seen.resets;
    untruths.unless(holds, "records connections gone that are not");
    let tells = gone > 0 || server["may_be_closed"] == true;
    untruths.unless(
        tells || seen.resets == 0,
        "something was closed, and no record says so",
    );
    let verified = server["verified"] == true;
    untruths.unless(
        !verified || is_done(seen),
        "records as verified what is not",
    );
    let removed = server["helper_removed"] == true;
    let holds = !removed || seen.leftovers.files.is_empty();
    untruths.unless(holds, "records the helper as removed, and it is there");
    let after = server["users"][0]["after"].as_u64();
    let holds = after.is_none_or(|after| after == seen.sessions as u64);
    untruths.unless(holds, "records other sessions than there are");
}

fn of_the_end(ended: &Value, ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    let exit = ended["exit"].as_i64();
    let holds = exit == ran.code().map(i64::from);
    untruths.unless(holds, "records another exit code");
    let nothing_closed = ended["nothing_closed"] == true;
    untruths.unless(
        !nothing_closed || seen.resets == 0,
        "records that nothing was closed, and something was",
    );
    let left = ended["left"].as_array().map_or(0, Vec::len);
    let holds = left > 0 || seen.leftovers.is_empty();
    untruths.unless(holds, "does not record what is left");
}

fn parse(log: &str) -> Result<Vec<Value>, serde_json::Error> {
    log.split_inclusive('\n')
        .map(|line| {
            let whole = line.strip_suffix('\n').unwrap_or("cut short");
            serde_json::from_str(whole)
        })
        .collect()
}
