//! A report for a person and a ticket, as snapshots, and whatever anybody is called.

use jiff::tz::Offset;
use quick_xml::{Reader, events::Event};

use super::{
    super::{
        View,
        close::Closed as Seen,
        merged::Planned as Shown,
        tests::{after, many, result, the_plan},
    },
    *,
};
use crate::{cli::names::Names, servers::ServerResult};
use mapisweep_core::{
    helper_run::Outcome,
    plan::{Everywhere, Policy, plan_among},
};

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// How a run ended at 9:05 in Berlin.
pub fn ending(exit: Exit, problems: &[Problem]) -> Ending<'_> {
    Ending {
        command: "close",
        exit,
        problems,
        at: at("2026-03-02T09:05:12+01:00"),
        zone: TimeZone::fixed(Offset::constant(1)),
    }
}

fn begun() -> Run {
    Run {
        began: Some(at("2026-03-02T09:04:00+01:00")),
        typed: [
            "mapisweep",
            "close",
            "jsmith",
            "--user",
            r"'CORP\ann'",
            "--yes",
        ]
        .map(str::to_owned)
        .into(),
        user: Some(r"CORP\ann".into()),
        id: Some("00000000-0000-4000-8000-000000000000".into()),
        ..Run::default()
    }
}

/// A run in which this came of the plan on ex01, and ex04 was dead.
fn without_ex04(result: ServerResult) -> Run {
    let closed = Seen {
        plan: &the_plan(),
        results: &[result],
        unread: &["ex04".to_owned()],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    let mut run = begun();
    run.acts = true;
    closed.report(&mut run);
    run
}

/// A run in which every outcome was seen once.
fn of_every_outcome() -> Run {
    let plan = the_plan();
    let seen = |index| match index {
        0 => (
            Outcome::StillOpen,
            None,
            "the system took the order, but it is there still",
        ),
        1 => (Outcome::Denied, Some(5), ""),
        2 => (Outcome::AlreadyGone, None, ""),
        3 => (Outcome::Failed, Some(87), ""),
        _ => (Outcome::Closed, None, ""),
    };
    let mut run = without_ex04(result(&plan, seen, after(9, 1)));
    run.returned = vec![Returned {
        address: [10, 1, 4, 23].into(),
        runs: 2,
        first: at("2026-02-20T08:00:00Z"),
    }];
    run
}

fn dead_server() -> Problem {
    Problem {
        server: Some("ex04".into()),
        what: "no connection to 10.0.0.14:5985 within 15s".into(),
        to_do: "Is it up, and is the port open?".into(),
    }
}

/// Of many people, where nothing was done.
fn of_many() -> Run {
    let (snapshots, people) = many();
    let mut everywhere = Everywhere::of(&snapshots, &people);
    everywhere.without("ex04");
    let read = snapshots.into_iter().take(2).collect();
    let plan = plan_among(&everywhere, read, &people, &Policy::default());
    let mut run = begun();
    Shown::new(&plan, &everywhere).report(&mut run);
    run
}

fn body(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    body.replace("><", ">\n<")
}

#[test]
fn a_run_as_markdown() {
    let problems = [dead_server()];
    let ending = ending(Exit::Failed, &problems);
    insta::assert_snapshot!(of_every_outcome().written(Style::Markdown, &ending));
}

#[test]
fn a_run_as_a_page() {
    let problems = [dead_server()];
    let ending = ending(Exit::Failed, &problems);
    insta::assert_snapshot!(body(&of_every_outcome().written(Style::Html, &ending)));
}

#[test]
fn a_no_for_many_people_as_markdown() {
    let ending = ending(Exit::Declined, &[]);
    insta::assert_snapshot!(of_many().written(Style::Markdown, &ending));
}

#[test]
fn what_came_of_it_is_said_first_and_claims_nothing_that_was_not_seen() {
    let headline = |run: &Run, exit| {
        let page = run.written(Style::Markdown, &ending(exit, &[]));
        page.lines().next().unwrap_or_default().to_owned()
    };
    let mut many = of_many();
    assert_eq!(
        headline(&many, Exit::Declined),
        "# Nothing was closed: the answer was no"
    );
    assert_eq!(
        headline(&many, Exit::Interrupted),
        "# Nothing was closed: the run was stopped"
    );
    assert_eq!(
        headline(&many, Exit::Refused),
        "# Nothing was closed: it was refused for safety"
    );
    many.is_dry = true;
    assert_eq!(
        headline(&many, Exit::Done),
        "# A plan only: 86 connections from 8 addresses would be closed"
    );
    (many.is_dry, many.acts) = (false, true);
    assert_eq!(
        headline(&many, Exit::LeftBehind),
        "# Given up: what became of 86 connections was not seen"
    );
    assert_eq!(
        headline(&of_every_outcome(), Exit::Failed),
        "# 0 of 1 person is known to be able to log on; 31 of 34 connections were seen gone"
    );
}

#[test]
fn a_server_that_had_no_turn_is_not_called_unseen() {
    let plan = the_plan();
    let of = |not_begun: &[String], cut_short: &[String]| {
        let closed = Seen {
            plan: &plan,
            results: &[],
            unread: &[],
            not_begun,
            cut_short,
            unremoved: &[],
            shown: &[],
            names: &Names::AS_GIVEN,
        };
        let mut run = begun();
        run.acts = true;
        closed.report(&mut run);
        run.written(Style::Markdown, &ending(Exit::Declined, &[]))
    };
    let here = ["ex01".to_owned()];
    let begun = of(&here, &[]);
    assert!(begun.contains("| not begun |"), "{begun}");
    assert!(
        begun.contains("- ex01: nothing was begun there."),
        "{begun}"
    );
    assert!(!begun.contains("not seen |"), "{begun}");
    let cut = of(&[], &here);
    assert!(cut.contains("| not seen |"), "{cut}");
    assert!(
        cut.contains("- ex01: some connections may be closed"),
        "{cut}"
    );
    assert!(!cut.contains("not begun"), "{cut}");
}

/// All that was planned on ex01 was seen closed, with room for jsmith; ex04 is dead.
fn let_in_but_for_ex04() -> Run {
    let closed = |_| (Outcome::Closed, None, "");
    without_ex04(result(&the_plan(), closed, after(9, 0)))
}

#[test]
fn what_to_tell_the_users_is_there_beside_a_dead_server_with_what_is_not_known() {
    let problems = [dead_server()];
    let of = |run: &Run| run.written(Style::Markdown, &ending(Exit::Failed, &problems));
    let told = of(&let_in_but_for_ex04());
    for words in [
        "# 1 person is below the limit again, as far as was seen; 34 of 34 connections are gone, without ex04\n",
        "| 1 person, 1 at a server's limit; all are below it again, as far as was seen |",
        "- Tell the user: quit Outlook",
        " a limit may be reached on ex04 as well, of which not all is known.\n",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
    let still_out = of(&of_every_outcome());
    assert!(!still_out.contains("Tell the user"), "{still_out}");
}

#[test]
fn servers_where_something_was_to_be_closed_come_first() {
    let (everybody, people) = many();
    let (mut empty, mut partial) = (everybody[2].clone(), everybody[2].clone());
    empty.display_name = "empty".into();
    partial.server = "ex05".into();
    partial.display_name = "partial".into();
    partial.gaps = vec![mapisweep_core::exchange::Gap::Stopped];
    let all = vec![empty, partial, everybody[0].clone(), everybody[1].clone()];
    let plan = mapisweep_core::plan::plan(all, &people, &Policy::default());
    let closed = Seen {
        plan: &plan,
        results: &[],
        unread: &[],
        not_begun: &["ex03".to_owned(), "ex02".to_owned()],
        cut_short: &["ex01".to_owned()],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    let mut run = begun();
    run.acts = true;
    closed.report(&mut run);
    let ticket = run.written(Style::Markdown, &ending(Exit::Interrupted, &[]));
    let (_, servers) = ticket.split_once("## Server by server").unwrap();
    let names = ["**ex01.corp", "**ex02.corp", "**partial", "**empty"];
    let places = names.map(|name| servers.find(name).unwrap());
    assert!(places.is_sorted(), "{places:?} {servers}");
    let (_, left) = ticket.split_once("## What is left").unwrap();
    let (left, _) = left.split_once("\n## ").unwrap();
    let (first, second) = (
        left.find("- ex01: "),
        left.find("- ex02: nothing was begun"),
    );
    assert!(first.is_some() && first < second, "{left}");
    assert!(!ticket.contains("- ex03: "), "{ticket}");
    assert!(
        servers.contains("**empty**: Exchange 2010 SP3 · nothing to close\n"),
        "{servers}"
    );
}

#[test]
fn whom_no_event_names_is_told_with_the_logs_that_were_read() {
    let mut run = begun();
    run.victims = Some(KeptOut {
        since: Some(Duration::from_secs(86_400)),
        servers: vec!["ex01".into(), "ex02".into()],
        gaps: vec!["ex02: its event log goes back 3h only.".into()],
        ..KeptOut::default()
    });
    let problems = [dead_server()];
    let told = |exit, problems| run.written(Style::Markdown, &ending(exit, problems));
    let ticket = told(Exit::NothingMatched, &[]);
    for words in [
        "# There was nothing to close: nobody was kept out within 1d\n",
        "| **Event logs** | ex01 and ex02, 1d back |",
        "- The event logs that were read name nobody.\n- ex02: its event log goes back 3h only.\n",
    ] {
        assert!(ticket.contains(words), "{words}\n{ticket}");
    }
    assert!(!ticket.contains("0 in the plan"), "{ticket}");
    harms_nobody(&run, &problems);
    let ticket = told(Exit::Failed, &problems);
    let logs = "| **Event logs** | ex01 and ex02, 1d back, without ex04 |";
    assert!(ticket.contains(logs), "{ticket}");
}

/// What a page is made of.
const ELEMENTS: &str = "html head meta title style body p h1 h2 section dl dt dd ul li table thead tbody tr th td span strong code \
    details summary footer svg rect";
const ATTRIBUTES: &str = "lang charset http-equiv content name class data-title scope open viewBox height width preserveAspectRatio \
    aria-hidden focusable x y";

/// That a report has nothing in it but what we put there, as an XML reader sees the page.
pub fn harms_nobody(run: &Run, problems: &[Problem]) {
    let ending = ending(Exit::Failed, problems);
    let is_bad = |c: char| c != '\n' && mapisweep_core::text::is_unseen(c);
    let page = run.written(Style::Html, &ending);
    assert!(!page.contains(is_bad), "{page:?}");
    let mut reader = Reader::from_str(&page);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                assert!(
                    ELEMENTS.split_whitespace().any(|known| known == name),
                    "{name}"
                );
                for attribute in element.attributes() {
                    let key = attribute.unwrap().key;
                    let key = key.as_ref().to_owned();
                    assert!(
                        ATTRIBUTES.split_whitespace().any(|known| known == key),
                        "{key}"
                    );
                }
            }
            Event::PI(_) | Event::Comment(_) | Event::CData(_) => panic!("{page}"),
            Event::Eof => break,
            _ => {}
        }
    }
    let ticket = run.written(Style::Markdown, &ending);
    assert!(
        !ticket.contains(|c| is_bad(c) || matches!(c, '<' | '>' | '@')),
        "{ticket:?}"
    );
    let parts: Vec<_> = ticket.split("\n## ").skip(1).collect();
    let has_text = |part: &&str| part.lines().skip(1).any(|line| !line.is_empty());
    assert!(parts.iter().all(has_text), "{ticket:?}");
    let mut cells = None;
    for line in ticket.lines() {
        cells = line.starts_with("| ").then(|| {
            let bars = line.matches('|').count();
            assert_eq!(cells.unwrap_or(bars), bars, "{line}");
            bars
        });
    }
}

#[test]
fn thousands_of_rows_are_bounded_and_the_number_is_said() {
    let mut run = of_many();
    let planned = run.plan.as_mut().unwrap();
    for number in 0..5000_u32 {
        planned.addresses.push(plan::Record {
            server: "ex01".into(),
            address: Some(std::net::Ipv4Addr::from(number).into()),
            decision: "refuse",
            reason: "protected".into(),
            ..Default::default()
        });
    }
    let ending = ending(Exit::Refused, &[]);
    let page = run.written(Style::Html, &ending);
    assert!(page.len() < 500_000, "{}", page.len());
    assert!(page.contains(" more; the data formats"));
    let ticket = run.written(Style::Markdown, &ending);
    assert!(ticket.len() < 20_000, "{}", ticket.len());
    // what is long is folded away, after its first rows
    let (_, not_closed) = page.split_once("Not to be closed, and why").unwrap();
    let (seen, folded) = not_closed
        .split_once("<details><summary>4990 more</summary>")
        .unwrap();
    assert_eq!(seen.matches("<tr><td ").count(), 12, "{seen}");
    let (folded, _) = folded.split_once("</details>").unwrap();
    assert_eq!(folded.matches("<tr><td ").count(), 300);
    assert!(folded.contains("4690 more; the data formats"), "{folded}");
    assert!(ticket.contains(" more; the data formats"), "{ticket}");
}
