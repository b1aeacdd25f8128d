//! What is said once, at the end of a run that did something: which clients are back again, what keeps their dead connections
//! for so long, and what the administrator tells the user.

use std::{collections::BTreeSet, net::IpAddr};

use mapisweep_core::{exchange::KeepAlive, helper_run::Outcome};

use super::{
    Context,
    advice::Advice,
    names::Names,
    recording::Recording,
    render::verdict::LetIn,
    text::{count, list_first},
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

/// The servers where all others are gone as well, and another run of this computer closed something meanwhile.
pub fn closed_beside<'r>(results: &'r [ServerResult], records: &Recording) -> Vec<&'r str> {
    let mut lost = results
        .iter()
        .filter(|result| result.has_lost_others())
        .peekable();
    if lost.peek().is_none() {
        return Vec::new();
    }
    let beside = records.beside();
    let servers = lost.map(|result| result.server.as_str());
    servers
        .filter(|server| beside.servers.contains(*server))
        .collect()
}

/// Says so, and remembers it for programs and for the report: it is why the result is not whole.
pub fn tell_of_beside(servers: &[&str], context: &Context, names: &Names) {
    if servers.is_empty() {
        return;
    }
    let named = list_first(servers.iter().map(|server| names.shown(server)), NAMED);
    context.printer.note(&format!(
        "Another run on this computer closed connections on {named} meanwhile."
    ));
    let advice = Advice::new(
        "another run on this computer closed connections there meanwhile",
        "",
    );
    for server in servers {
        context.output.problem(Some(server), &advice);
    }
}

/// The lines. Of clients and causes there are none where nothing was seen to be closed; whoever is let in again, of those who
/// were locked out, is to be told so, by whatever hand the connections went.
pub fn afterwards(
    results: &[ServerResult],
    returned: &[Returned],
    let_in: &LetIn,
    names: &Names,
) -> Vec<String> {
    let mut counts = results.iter().map(|result| result.count(is_closed));
    let cause = counts
        .any(|closed| closed > 0)
        .then(|| cause(results, names));
    let lines = [back_again(returned), cause.flatten(), to_tell(let_in)];
    lines.into_iter().flatten().collect()
}

/// The clients that have lost connections.
fn closed_clients(results: &[ServerResult]) -> BTreeSet<IpAddr> {
    let targets = results.iter().flat_map(|result| &result.targets);
    let closed = targets.filter(|target| target.outcome.is_some_and(is_closed));
    closed
        .map(|target| target.connection.remote.ip().to_canonical())
        .collect()
}

fn is_closed(outcome: Outcome) -> bool {
    outcome == Outcome::Closed
}

/// So many clients are named, or servers.
const NAMED: usize = 4;

/// Who lost connections to earlier runs, too.
fn back_again(returned: &[Returned]) -> Option<String> {
    let first = returned.iter().map(|client| client.first).min()?;
    let clients = returned
        .iter()
        .map(|client| format!("{} in {}", client.address, count(client.runs, "run")));
    Some(format!(
        "Closed before, too, since {}: {}. Their network is what to look at: each time it fails, connections stay behind.",
        first.strftime("%Y-%m-%d"),
        list_first(clients, NAMED)
    ))
}

/// What keeps dead connections for so long on servers where some were closed. Of those that did not tell nothing is said.
fn cause(results: &[ServerResult], names: &Names) -> Option<String> {
    let told = results.iter().filter_map(|result| {
        let time = result.keep_alive?;
        Some((names.shown(&result.server), time))
    });
    let told: Vec<_> = told.collect();
    let told = told.iter().map(|(server, time)| (server.as_str(), *time));
    let Advice { what, to_do } = long_keep_alives(told)?;
    Some(format!("{what}. {to_do}"))
}

/// The servers where dead connections stay for long, those with the same time together.
pub fn long_keep_alives<'s>(
    told: impl IntoIterator<Item = (&'s str, KeepAlive)>,
) -> Option<Advice> {
    let mut long: Vec<(KeepAlive, Vec<&str>)> = Vec::new();
    for (server, time) in told.into_iter().filter(|(_, time)| time.is_long()) {
        match long.iter_mut().find(|(other, _)| *other == time) {
            Some((_, servers)) => servers.push(server),
            None => long.push((time, vec![server])),
        }
    }
    if long.is_empty() {
        return None;
    }
    let long = long.into_iter();
    let long: Vec<_> = long
        .map(|(time, servers)| (list_first(servers, NAMED), time))
        .collect();
    Some(Advice::long_keep_alives(&long))
}

/// Whose Outlook gave up does not try again by itself; and where a server did not tell all, that may be in vain.
pub fn to_tell(let_in: &LetIn) -> Option<String> {
    let whom = match (let_in.all(), let_in.out) {
        (0, _) => return None,
        (1, 1) => "the user",
        (all, out) if all == out => "the users",
        // the sentences before say who is which
        (known, _) => match let_in.as_far_as_seen {
            0 if known == 1 => "the one who can log on again",
            0 => "those who can log on again",
            _ if known == 1 => "the one who is below the limit",
            _ => "those who are below the limit",
        },
    };
    let in_vain = match let_in.not_known.is_empty() {
        true => String::new(),
        false => format!(
            " Where that does not help, a limit may be reached on {} as well, of which not all is known.",
            list_first(&let_in.not_known, NAMED)
        ),
    };
    Some(format!(
        "Tell {whom}: quit Outlook (if it hangs, end OUTLOOK.EXE in the Task Manager), then start it again.{in_vain}"
    ))
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
        assert_eq!(back_again(&[]), None);
        let one = back_again(&[back(23, 1)]).unwrap();
        assert!(
            one.starts_with("Closed before, too, since 2023-11-14: 10.1.4.23 in 1 run. Their"),
            "{one}"
        );
        let many: Vec<_> = (1..=6)
            .map(|last| back(last, 9 - usize::from(last)))
            .collect();
        let many = back_again(&many).unwrap();
        let named = "10.1.4.1 in 8 runs, 10.1.4.2 in 7 runs, 10.1.4.3 in 6 runs, 10.1.4.4 in 5 runs and 2 more.";
        assert!(many.contains(named), "{many}");
    }
}
