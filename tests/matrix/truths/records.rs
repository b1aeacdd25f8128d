//! What stands in the audit log.

use serde_json::Value;

use super::Untruths;
use crate::{run::Seen, support::Ran};

pub(super) fn check(ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    let traces = ran.traces();
    let log = traces
        .iter()
        .find(|(path, _)| path.ends_with("audit.jsonl"));
    let log = log.map_or("".into(), |(_, bytes)| String::from_utf8_lossy(bytes));
    let records: Vec<_> = log.lines().map(serde_json::from_str::<Value>).collect();
    let is_whole = log.is_empty() || log.ends_with('\n');
    untruths.unless(
        is_whole && records.iter().all(Result::is_ok),
        "a line of the audit log does not parse",
    );
    untruths.unless(
        seen.closings == 0 || !records.is_empty(),
        "the helper was told to close, and nothing is recorded",
    );
    let closed = log.matches(r#""outcome":"closed""#).count();
    untruths.unless(
        closed == 0 || closed == seen.resets,
        "records connections closed that were not",
    );
}
