//! Who is back, as a table: what some runs saw of a client, and what is made of it.

use std::collections::BTreeSet;

use super::*;

/// A line of a run in which the connection of 10.1.4.23 came to this end.
fn line_of(run: &Run, time: &str, outcome: Outcome) -> String {
    let mut result = a_result(&a_plan());
    for target in &mut result.targets {
        target.outcome = Some(outcome);
    }
    let record = run.after(at(time), "ex01", &Ok(result));
    serde_json::to_string(&record).unwrap() + "\n"
}

#[test]
fn a_client_is_back_where_earlier_runs_saw_its_connections_closed() {
    let (one, other, this) = (a_run(), a_run(), a_run());
    let closed = |run, time| line_of(run, time, Outcome::Closed);
    const FIRST: &str = "2026-02-20T09:00:00Z";
    const SECOND: &str = "2026-02-27T09:00:00Z";
    const LONG_AGO: &str = "2025-02-20T09:00:00Z";
    let here = BTreeSet::from([IpAddr::from([10, 1, 4, 23])]);
    let elsewhere = BTreeSet::from([IpAddr::from([10, 1, 4, 24])]);
    for (what, lines, clients, expected) in [
        ("no log", vec![], &here, None),
        ("once", vec![closed(&one, FIRST)], &here, Some((1, FIRST))),
        (
            "on two servers, or in two lines, of one run",
            vec![closed(&one, FIRST), closed(&one, SECOND)],
            &here,
            Some((1, FIRST)),
        ),
        (
            "twice, in whichever order, beside what is no record",
            vec![
                closed(&one, SECOND),
                "{\"schema\": 2\n".to_owned(),
                closed(&other, FIRST),
            ],
            &here,
            Some((2, FIRST)),
        ),
        ("this very run", vec![closed(&this, FIRST)], &here, None),
        ("long ago", vec![closed(&one, LONG_AGO)], &here, None),
        (
            "another client",
            vec![closed(&one, FIRST)],
            &elsewhere,
            None,
        ),
        (
            "gone, and not known by whose hand",
            vec![line_of(&one, FIRST, Outcome::AlreadyGone)],
            &here,
            None,
        ),
        (
            "not closed",
            vec![line_of(&one, FIRST, Outcome::StillOpen)],
            &here,
            None,
        ),
    ] {
        let log = lines.concat();
        let since = at("2026-02-01T00:00:00Z");
        let back = Returned::among_in(log.as_bytes(), clients, this.id(), since).unwrap();
        let told: Vec<_> = back.iter().map(|back| (back.runs, back.first)).collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(runs, first)| (runs, at(first)))
            .collect();
        assert_eq!(told, expected, "{what}");
    }
}

#[test]
fn what_other_runs_closed_meanwhile_is_known_by_the_server() {
    const BEFORE: &str = "2026-02-20T09:00:00Z";
    const SINCE: &str = "2026-02-20T09:00:01Z";
    let (this, other) = (a_run(), a_run());
    for (what, line, is_beside) in [
        ("another run", line_of(&other, SINCE, Outcome::Closed), true),
        ("this one", line_of(&this, SINCE, Outcome::Closed), false),
        ("before", line_of(&other, BEFORE, Outcome::Closed), false),
        (
            "closed nothing",
            line_of(&other, SINCE, Outcome::StillOpen),
            false,
        ),
    ] {
        let beside = Beside::this_in(line.as_bytes(), this.id(), at(SINCE)).unwrap();
        assert_eq!(beside.servers.contains("ex01"), is_beside, "{what}");
    }
}
