//! What is said once, at the end of a run that closed something: which clients are back again and what brings them back,
//! and what the administrator tells the user.

use std::{collections::BTreeSet, net::IpAddr};

use mapisweep_core::helper_run::Outcome;

use super::{
    advice::checks::{SHORTER_KEEP_ALIVE, WHY_THEY_COME_BACK},
    recording::Recording,
    text::{count, list},
};
use crate::{audit::Returned, servers::ServerResult};

/// Which of the clients that were seen to be closed are back.
pub fn returned(results: &[ServerResult], records: &Recording) -> Vec<Returned> {
    let closed = closed_clients(results);
    match closed.is_empty() {
        true => Vec::new(),
        false => records.returned(&closed),
    }
}

/// The lines; none where nothing was seen to be closed. So many of those who were locked out are let in again.
pub fn afterwards(results: &[ServerResult], returned: &[Returned], let_in: usize) -> Vec<String> {
    if closed_clients(results).is_empty() {
        return Vec::new();
    }
    let tell = (let_in > 0).then(|| to_tell(let_in));
    cause(returned).into_iter().chain(tell).collect()
}

/// The clients that have lost connections.
fn closed_clients(results: &[ServerResult]) -> BTreeSet<IpAddr> {
    let targets = results.iter().flat_map(|result| &result.targets);
    let closed = targets.filter(|target| target.outcome == Some(Outcome::Closed));
    closed
        .map(|target| target.connection.remote.ip().to_canonical())
        .collect()
}

/// So many clients are named.
const NAMED: usize = 4;

/// What brings them back. The time that is set on these servers is not known here.
fn cause(returned: &[Returned]) -> Option<String> {
    let first = returned.iter().map(|client| client.first).min()?;
    let named = returned.iter().take(NAMED);
    let mut named: Vec<_> = named
        .map(|client| format!("{} in {}", client.address, count(client.runs, "run")))
        .collect();
    let more = returned.len().saturating_sub(NAMED);
    named.extend((more > 0).then(|| format!("{more} more")));
    Some(format!(
        "Closed before, too, since {}: {}. {WHY_THEY_COME_BACK}\n  {SHORTER_KEEP_ALIVE}",
        first.strftime("%Y-%m-%d"),
        list(named)
    ))
}

/// Whose Outlook gave up does not try again by itself.
pub fn to_tell(users: usize) -> String {
    let whom = if users == 1 { "user" } else { "users" };
    format!(
        "Tell the {whom}: quit Outlook (if it hangs, end OUTLOOK.EXE in the Task Manager), then start it again."
    )
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn who_is_back_is_named_with_what_brings_them_back() {
        let back = |last: u8, runs| Returned {
            address: IpAddr::from([10, 1, 4, last]),
            runs,
            first: Timestamp::from_second(1_700_000_000 - i64::from(last)).unwrap(),
        };
        assert_eq!(cause(&[]), None);
        let one = cause(&[back(23, 1)]).unwrap();
        assert!(
            one.starts_with("Closed before, too, since 2023-11-14: 10.1.4.23 in 1 run. A client"),
            "{one}"
        );
        let many: Vec<_> = (1..=6)
            .map(|last| back(last, 9 - usize::from(last)))
            .collect();
        let many = cause(&many).unwrap();
        let named = "10.1.4.1 in 8 runs, 10.1.4.2 in 7 runs, 10.1.4.3 in 6 runs, 10.1.4.4 in 5 runs and 2 more.";
        assert!(many.contains(named), "{many}");
    }
}
