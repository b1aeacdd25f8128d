//! What a person sees and a program reads, as snapshots: every decision and every outcome once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    close::Closed,
    connections::Connections,
    logons::Logons,
    merged::Planned,
    plan::{nothing_to_close, overrides, question},
    whoami::{Held, Proof, Way, Whoami},
    *,
};
use crate::cli::names::Names;
use crate::servers::{ServerError, ServerResult, act::After};
use crate::{cli::settings::NamedBy, credentials::Source, kerberos::RealmFrom};
use mapisweep_core::{
    config::Network,
    plan::{
        Decision, Everywhere, Plan, Policy, Protected, Refusal, ServerSnapshot, UserHoldings, plan,
        plan_among,
    },
};
use mapisweep_core::{
    exchange::{
        ClientAddress, ClientMode, Clock, Gap, KeepAlive, Limits, Logon, Mailbox, SessionLimit,
        Version, logon::Counted,
    },
    helper_run::{Listed, Outcome, Target, TcpConnection, TcpState, Why},
};

fn now() -> Timestamp {
    "2026-03-02T09:05:00+01:00".parse().unwrap()
}

fn hours_ago(hours: i64) -> Option<Timestamp> {
    Some(now() - SignedDuration::from_hours(hours))
}

/// Rows of `Get-LogonStatistics` for one client.
fn logons(user: &str, address: &str, rows: usize, since: i64, used: i64) -> Vec<Logon> {
    let logon = |index: usize| Logon {
        account: Some(format!(r"CORP\{user}")),
        client_address: ClientAddress::read([address]),
        client_name: Some(format!("{}-LT", user.to_uppercase())),
        client_mode: ClientMode::Cached,
        logon_time: hours_ago(since),
        last_access_time: hours_ago(used),
        session_id: Some(format!("{address}/{index:x}")),
        ..Logon::default()
    };
    (0..rows).map(logon).collect()
}

fn connections(address: &str, number: u16) -> Vec<TcpConnection> {
    let connection = |index| TcpConnection {
        local: "10.0.0.11:6001".parse().unwrap(),
        remote: format!("{address}:{}", 50000 + index).parse().unwrap(),
        state: TcpState::Established,
        pid: 2316,
        image: "Microsoft.Exchange.RpcClientAccess.Service.exe".into(),
    };
    (0..number).map(connection).collect()
}

/// A server where jsmith is locked out by two dead clients, with one address for every decision.
pub(super) fn snapshot() -> ServerSnapshot {
    let jsmith = |address, rows, since, used| logons("jsmith", address, rows, since, used);
    let mut never_used = jsmith("10.1.4.80", 1, 5, 5);
    for logon in &mut never_used {
        (logon.last_access_time, logon.logon_time) = (None, None);
    }
    let shared = ["bob", "carol"].map(|user| logons(user, "10.1.8.5", 1, 6, 1));
    ServerSnapshot {
        server: "ex01".into(),
        display_name: "ex01.corp.example".into(),
        version: Version::parse("Version 14.3 (Build 123.4)"),
        limits: Limits::DEFAULT,
        clock: Clock {
            now: now(),
            utc_offset: None,
        },
        logons: [
            jsmith("10.1.4.23", 19, 76, 70),
            jsmith("10.1.9.80", 13, 25, 19),
            jsmith("10.1.4.77", 2, 1, 0),
            never_used,
            jsmith("10.1.8.5", 1, 6, 6),
            jsmith("10.1.8.9", 1, 6, 6),
            jsmith("10.1.7.7", 1, 6, 6),
            jsmith("127.0.0.1", 1, 6, 6),
            jsmith("10.0.0.11", 1, 6, 6),
            jsmith("192.168.7.2", 1, 6, 6),
            jsmith("", 1, 6, 6),
            jsmith("fe80::1", 1, 6, 6),
        ]
        .into_iter()
        .chain(shared)
        .flatten()
        .collect(),
        connections: [
            ("10.1.4.23", 21),
            ("10.1.9.80", 13),
            ("10.1.4.77", 3),
            ("10.1.4.80", 1),
            ("10.1.8.5", 90),
            ("10.1.8.9", 4),
            ("10.1.7.7", 101),
        ]
        .into_iter()
        .flat_map(|(address, number)| connections(address, number))
        .collect(),
        connections_left_out: 0,
        gaps: Vec::new(),
    }
}

pub(super) fn jsmith() -> Mailbox {
    Mailbox {
        account_name: "jsmith".into(),
        legacy_exchange_dn: None,
        database: None,
    }
}

pub(super) fn the_plan() -> Plan {
    let Network(network) = "10.1.8.9".parse().unwrap();
    let policy = Policy {
        protected: vec![Protected {
            network,
            reason: "load balancer".into(),
        }],
        ..Policy::default()
    };
    plan(vec![snapshot()], &[jsmith()], &policy)
}

/// An outcome, the Windows error of a failure, and what the helper says about it.
pub(super) type Seen = (Outcome, Option<u32>, &'static str);

const CLOSED: Seen = (Outcome::Closed, None, "");

/// The result on ex01 when each target had the outcome that `seen` gives for its index.
pub(super) fn result(
    plan: &Plan,
    seen: impl Fn(usize) -> Seen,
    after: Result<After, ServerError>,
) -> ServerResult {
    let server = &plan.servers[0];
    let target = |(index, connection): (usize, &TcpConnection)| {
        let (outcome, code, why) = seen(index);
        Target {
            connection: connection.clone(),
            outcome: Some(outcome),
            code,
            why: Why::Said(why.to_owned()),
        }
    };
    ServerResult {
        server: "ex01".into(),
        targets: server.targets().enumerate().map(target).collect(),
        failed: None,
        helper_path: r"C:\Program Files\mapisweep\mapisweep-helper.exe".into(),
        helper_removed: true,
        left_alone: Vec::new(),
        before: server.users.clone(),
        after,
        keep_alive: Some(KeepAlive::Default),
        asked_again: 0,
        took: Duration::from_millis(1940),
    }
}

pub(super) fn after(count: usize, lingering: usize) -> Result<After, ServerError> {
    let counted = Counted::Sessions;
    let held = mapisweep_core::exchange::logon::SessionCount { count, counted };
    let account = r"CORP\jsmith".into();
    let users = vec![UserHoldings {
        account,
        dn: None,
        held,
        services: Default::default(),
    }];
    Ok(After {
        users,
        lingering,
        to_end: 32,
        gaps: Vec::new(),
    })
}

/// As it is on a terminal without colours.
fn bare(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn table(view: &impl View) -> String {
    bare(&render(view, &[], Format::Table))
}

#[test]
fn plan_for_people() {
    insta::assert_snapshot!(table(&the_plan()));
}

#[test]
fn plan_in_colour() {
    let text = render(&the_plan(), &[], Format::Table);
    let coloured = text.lines().filter(|line| line.contains('\u{1b}'));
    let shown: Vec<_> = coloured.map(|line| line.replace('\u{1b}', "ESC")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn plan_where_only_logons_can_be_counted() {
    let mut snapshot = snapshot();
    snapshot.version = Version::parse("Version 8.3 (Build 83.6)");
    snapshot.logons.truncate(19);
    for logon in &mut snapshot.logons {
        logon.session_id = None;
    }
    let plan = plan(vec![snapshot], &[jsmith()], &Policy::default());
    insta::assert_snapshot!(table(&plan));
}

#[test]
fn plan_for_a_user_who_is_not_there() {
    let mut snapshot = snapshot();
    snapshot.logons.clear();
    snapshot.limits = Limits {
        mapi: SessionLimit::Disabled,
        services: SessionLimit::Disabled,
    };
    let plan = plan(vec![snapshot], &[jsmith()], &Policy::default());
    insta::assert_snapshot!(table(&plan));
}

#[test]
fn plan_as_json() {
    insta::assert_snapshot!(render(&the_plan(), &[], Format::Json));
}

#[test]
fn plan_as_csv() {
    insta::assert_snapshot!(render(&the_plan(), &[], Format::Csv));
}

#[test]
fn logons_for_people() {
    let snapshots = [snapshot()];
    insta::assert_snapshot!(table(&Logons::new(&snapshots, |_| true)));
}

#[test]
fn logons_of_nobody() {
    let snapshots = [snapshot()];
    insta::assert_snapshot!(table(&Logons::new(&snapshots, |_| false)));
}

#[test]
fn logons_as_ndjson() {
    let snapshots = [snapshot()];
    insta::assert_snapshot!(render(
        &Logons::new(&snapshots, |_| true),
        &[],
        Format::Ndjson
    ));
}

/// A list that leaves nothing out.
pub(super) fn whole(connections: Vec<TcpConnection>) -> Listed {
    Listed {
        connections,
        left_out: 0,
    }
}

#[test]
fn connections_for_people() {
    let mut listed = connections("10.1.4.23", 2);
    listed[1].state = TcpState::CloseWait;
    let servers = [
        ("ex01".to_owned(), whole(listed)),
        ("ex02".to_owned(), Listed::default()),
    ];
    insta::assert_snapshot!(table(&Connections::new(&servers)));
}

#[test]
fn connections_as_json_with_a_server_that_failed() {
    let servers = [("ex01".to_owned(), whole(connections("10.1.4.23", 1)))];
    let advice = Advice::new(
        "no answer on port 5985",
        "Check the name and that WinRM is on.",
    );
    let failures = [Problem::new(Some("ex02"), &advice)];
    insta::assert_snapshot!(render(&Connections::new(&servers), &failures, Format::Json));
}

#[test]
fn a_list_that_is_not_whole_says_so() {
    let listed = Listed {
        connections: connections("10.1.4.23", 1),
        left_out: 7,
    };
    let servers = [("ex01".to_owned(), listed)];
    let view = Connections::new(&servers);
    let people = table(&view);
    let last = "\n7 connections are not listed: there are too many on this server\n";
    assert!(people.ends_with(last), "{people}");
    let json = render(&view, &[], Format::Json);
    assert!(json.contains(r#""left_out": 7"#), "{json}");
}

#[test]
fn a_plan_on_a_list_that_is_not_whole_says_so() {
    let mut snapshot = snapshot();
    snapshot.connections_left_out = 1;
    let plan = plan(vec![snapshot], &[jsmith()], &Policy::default());
    let people = table(&plan);
    let line = "\n1 connection is not listed: there are too many on this server, so that an address may have more\n";
    assert!(people.contains(line), "{people}");
    let json = render(&plan, &[], Format::Json);
    assert!(json.contains(r#""connections_left_out": 1"#), "{json}");
}

#[test]
fn logons_that_may_be_missing_are_said_to_be() {
    let mut snapshot = snapshot();
    snapshot.gaps = vec![Gap::Warned("Datenbank 2 ist\u{1b}[1m nicht da".into())];
    let plan = plan(vec![snapshot], &[jsmith()], &Policy::default());
    let people = table(&plan);
    let line = "\nlogons may be missing: the server warns: Datenbank 2 ist";
    assert!(people.contains(line), "{people}");
    assert!(!people.contains('\u{1b}'), "{people:?}");
    assert!(people.contains("refuse: others may share it"), "{people}");
    assert!(!people.contains("  close"), "{people}");
    let json = render(&plan, &[], Format::Json);
    assert!(json.contains("the server warns: Datenbank 2 ist"), "{json}");
}

#[test]
fn closed_while_logons_may_be_missing() {
    let plan = the_plan();
    let mut seen = after(1, 0).unwrap();
    seen.gaps = vec![Gap::Failed("MDB2 cannot be asked".into()), Gap::OthersGone];
    let results = [result(&plan, |_| CLOSED, Ok(seen))];
    let view = Closed {
        plan: &plan,
        results: &results,
        unread: &[],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    insta::assert_snapshot!(table(&view));
}

/// jsmith has no room for another Outlook, and as many phones as he may, some at an address of theirs.
fn with_services() -> ServerSnapshot {
    let mut snapshot = snapshot();
    let of = |address, rows, application: &str| {
        let mut logons = logons("jsmith", address, rows, 6, 6);
        for (index, logon) in logons.iter_mut().enumerate() {
            logon.application_id = Some(application.to_owned());
            logon.session_id = Some(format!("{application}/{address}/{index}"));
        }
        logons
    };
    snapshot.logons = [
        of("10.1.4.23", 20, "Client=MSExchangeRPC"),
        of("10.1.4.23", 12, "Client=ActiveSync;UserAgent=phone"),
        of("10.1.4.24", 4, "Client=WebServices"),
    ]
    .concat();
    snapshot
}

#[test]
fn plan_with_sessions_of_services() {
    let plan = plan(vec![with_services()], &[jsmith()], &Policy::default());
    insta::assert_snapshot!(table(&plan) + &render(&plan, &[], Format::Json));
}

#[test]
fn logons_with_sessions_of_services() {
    let snapshots = [with_services()];
    let logons = Logons::new(&snapshots, |_| true);
    insta::assert_snapshot!(table(&logons) + &render(&logons, &[], Format::Csv));
}

#[test]
fn closed_with_sessions_of_services() {
    let mut plan = plan(vec![with_services()], &[jsmith()], &Policy::default());
    plan.servers[0].addresses[0].connections.truncate(1);
    let mut seen = after(0, 0).unwrap();
    seen.users[0].services = plan.servers[0].users[0].services;
    let results = [result(&plan, |_| CLOSED, Ok(seen))];
    let view = Closed {
        plan: &plan,
        results: &results,
        unread: &[],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    insta::assert_snapshot!(table(&view) + &render(&view, &[], Format::Json));
}

/// ex01 as it is, and ex02 with so many sessions of jsmith's and nothing to be closed.
fn on_two_servers(held_on_ex02: usize, gaps: Vec<Gap>) -> Plan {
    let mut other = snapshot();
    other.server = "ex02".into();
    other.connections.clear();
    other.logons = logons("jsmith", "10.1.4.99", held_on_ex02, 6, 6);
    other.gaps = gaps;
    plan(vec![snapshot(), other], &[jsmith()], &Policy::default())
}

#[test]
fn who_can_log_on_again_is_said_of_what_was_seen_only() {
    let stopped = || vec![Gap::Stopped];
    let lost = || Err(ServerError::Interrupted);
    let incomplete = || {
        let mut after = after(9, 0).unwrap();
        after.gaps = stopped();
        Ok(after)
    };
    let below = || after(9, 0);
    for (ex02, gaps, unread, after, sentence) in [
        (3, vec![], &[][..], below(), "can log on again."),
        (0, vec![], &[], below(), "can log on again."),
        (
            32,
            vec![],
            &[],
            below(),
            "still holds 32 of 32 sessions on ex02.",
        ),
        (3, vec![], &[], after(24, 0), "can log on again."),
        // an Outlook that starts opens several
        (
            3,
            vec![],
            &[],
            after(25, 0),
            "is below the limit, but still holds 25 of 32 sessions on ex01: Outlook opens several as it starts, and may be \
             kept out again.",
        ),
        (
            31,
            vec![],
            &["ex03"],
            after(31, 0),
            "is below the limit, but still holds 31 of 32 sessions on ex01: Outlook opens several as it starts, and may be \
             kept out again; ex03 could not be read.",
        ),
        (
            3,
            vec![],
            &["ex03"],
            below(),
            "is below the limit on ex01 and ex02, but ex03 could not be read.",
        ),
        (
            3,
            stopped(),
            &["ex03", "ex04"],
            below(),
            "is below the limit on ex01, but ex03 and ex04 could not be read and ex02 did not tell all.",
        ),
        (
            33,
            vec![],
            &["ex03"],
            after(32, 0),
            "still holds 32 of 32 sessions on ex01 and 33 of 32 sessions on ex02, and ex03 could not be read.",
        ),
        (
            3,
            vec![],
            &[],
            lost(),
            "is below the limit on ex02, but ex01 could not be seen afterwards.",
        ),
        (
            3,
            vec![],
            &[],
            incomplete(),
            "is below the limit on ex02, but ex01 could not be seen afterwards.",
        ),
    ] {
        let plan = on_two_servers(ex02, gaps);
        let results = [result(&plan, |_| CLOSED, after)];
        let unread: Vec<_> = unread.iter().map(|&name| name.to_owned()).collect();
        let closed = Closed {
            plan: &plan,
            results: &results,
            unread: &unread,
            not_begun: &[],
            cut_short: &[],
            unremoved: &[],
            shown: &[],
            names: &Names::AS_GIVEN,
        };
        let let_in = closed.let_in();
        let is_known = sentence == "can log on again.";
        // it was ex01 that kept him out
        let is_seen = sentence.starts_with("is below the limit on ex01");
        let numbers = (let_in.known, let_in.as_far_as_seen);
        assert_eq!(numbers, (is_known.into(), is_seen.into()), "{sentence}");
        assert_eq!(let_in.not_known.is_empty(), !is_seen, "{sentence}");
        let people = table(&closed);
        let (_, last) = people.trim_end().rsplit_once('\n').unwrap();
        assert_eq!(last, format!(r"CORP\jsmith {sentence}"));
    }
}

#[test]
fn a_server_that_failed_while_closing_is_named_instead_of_a_claim() {
    let plan = on_two_servers(3, vec![]);
    for (unread, sentence) in [
        (
            &["ex01".to_owned()][..],
            "is below the limit on ex02, but ex01 could not be read.",
        ),
        (
            &[],
            "is below the limit on ex02, but ex01 could not be read.",
        ),
    ] {
        let people = table(&Closed {
            plan: &plan,
            results: &[],
            unread,
            not_begun: &[],
            cut_short: &[],
            unremoved: &[],
            shown: &[],
            names: &Names::AS_GIVEN,
        });
        assert_eq!(people.trim_end(), format!(r"CORP\jsmith {sentence}"));
    }
}

#[test]
fn a_limit_that_is_assumed_is_said_to_be() {
    let mut snapshot = snapshot();
    snapshot.limits = Limits::ASSUMED;
    let line = "\nthe limit could not be read: 32 and 16 are assumed\n";
    let people = table(&Logons::new(&[snapshot.clone()], |_| true));
    assert!(people.contains(line), "{people}");
    let json = render(
        &Logons::new(&[snapshot.clone()], |_| true),
        &[],
        Format::Json,
    );
    assert!(json.contains(r#""limit_assumed": true"#), "{json}");
    snapshot.limits.services = Limits::DEFAULT.services;
    let plan = plan(vec![snapshot], &[jsmith()], &Policy::default());
    let people = table(&plan);
    let line =
        "\nthe limit could not be read: 32 is assumed\nCORP\\jsmith holds 43 of 32 sessions\n";
    assert!(people.contains(line), "{people}");
    let json = render(&plan, &[], Format::Json);
    assert!(json.contains(r#""service_limit_assumed": false"#), "{json}");
    let results = [result(&plan, |_| CLOSED, after(9, 0))];
    let results = &results;
    let people = table(&Closed {
        plan: &plan,
        results,
        unread: &[],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    });
    let sentence = "\nCORP\\jsmith can log on again if the limit is 32, which could not be read.\n";
    assert!(people.contains(sentence), "{people}");
}

#[test]
fn what_is_asked_and_hinted() {
    let plan = the_plan();
    assert_eq!(
        question(&plan),
        "Close 34 connections from 2 addresses on 1 server?"
    );
    assert_eq!(
        bare(&overrides(&plan).unwrap()),
        "--all closes clients that are in use as well; --include-shared closes addresses that other users share; \
         --max N closes addresses with up to N connections."
    );
    assert_eq!(nothing_to_close(&plan), None);
}

#[test]
fn what_may_be_shared_is_hinted_with_its_reason() {
    let others = || Refusal::OthersNotUnderstood { others: 2 };
    for (refusals, hint) in [
        (vec![Refusal::Shared { others: 2 }], "share."),
        (
            vec![Refusal::Shared { others: 2 }, others()],
            "share, or may share, for theirs are not understood.",
        ),
        (
            vec![Refusal::MayBeShared],
            "share, or may share, for logons may be missing.",
        ),
        (
            vec![Refusal::MayBeShared, others()],
            "share, or may share, for theirs are not understood and logons may be missing.",
        ),
    ] {
        let mut plan = the_plan();
        let addresses = &mut plan.servers[0].addresses;
        addresses.truncate(refusals.len());
        for (address, refusal) in addresses.iter_mut().zip(refusals) {
            address.decision = Decision::Refuse(refusal);
        }
        assert_eq!(overrides(&plan), None);
        let (_, advice) = nothing_to_close(&plan).unwrap();
        assert_eq!(
            advice.to_do,
            format!("--include-shared closes addresses that other users {hint}")
        );
    }
}

#[test]
fn why_nothing_is_closed() {
    use mapisweep_core::plan::Decision::*;
    let verdict = |decisions: &[Decision]| {
        let mut plan = the_plan();
        let addresses = &mut plan.servers[0].addresses;
        addresses.truncate(decisions.len());
        for (address, decision) in addresses.iter_mut().zip(decisions) {
            address.decision = decision.clone();
        }
        let (exit, advice) = nothing_to_close(&plan).unwrap();
        format!("{exit:?}: {advice}\n")
    };
    let in_use = || KeepInUse(Duration::from_secs(60));
    let through = || Through {
        server: "cas01.corp.example".into(),
        from: None,
    };
    insta::assert_snapshot!(
        [
            verdict(&[]),
            verdict(&[in_use(), KeepUnknownUse]),
            verdict(&[in_use(), Refuse(Refusal::Loopback)]),
            verdict(&[NoAddress, NoAddress]),
            verdict(&[NoAddress, ServicesOnly]),
            verdict(&[NoAddress, NoConnection]),
            verdict(&[NoAddress, AddressNotUnderstood]),
            verdict(&[NoConnection, in_use()]),
            verdict(&[ServicesOnly, ServicesOnly]),
            verdict(&[NoConnection, ServicesOnly]),
            verdict(&[ServicesOnly, in_use()]),
            verdict(&[ServicesOnly, AddressNotUnderstood]),
            verdict(&[through(), NoConnection]),
            verdict(&[through(), AddressNotUnderstood]),
            verdict(&[through(), in_use()]),
        ]
        .concat()
    );
}

#[test]
fn closed_and_verified() {
    let plan = the_plan();
    let results = [result(&plan, |_| CLOSED, after(9, 0))];
    let view = Closed {
        plan: &plan,
        results: &results,
        unread: &[],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    insta::assert_snapshot!(table(&view));
}

#[test]
fn closed_with_every_outcome() {
    use Outcome::*;
    let plan = the_plan();
    let outcomes = [
        (Closed, None, ""),
        (AlreadyGone, None, ""),
        (
            StillOpen,
            None,
            "the system took the order, but it is there still",
        ),
        (Denied, None, ""),
        (Changed, None, "another process owns it now"),
        (Changed, None, "its process is another program now"),
        (Refused, None, "its program is not allowed"),
        (Failed, Some(87), "the system did not take the order"),
        (Failed, None, "this Windows cannot end it"),
    ];
    let mut result = result(
        &plan,
        |index| outcomes[index % outcomes.len()],
        after(33, 24),
    );
    result.helper_removed = false;
    let view = super::close::Closed {
        plan: &plan,
        results: &[result],
        unread: &[],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    insta::assert_snapshot!(table(&view));
}

#[test]
fn closed_but_not_seen_to_be() {
    let plan = the_plan();
    let results = [result(&plan, |_| CLOSED, Err(ServerError::Interrupted))];
    let view = Closed {
        plan: &plan,
        results: &results,
        unread: &[],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    insta::assert_snapshot!(table(&view));
}

#[test]
fn closed_as_json() {
    let mut plan = the_plan();
    plan.servers[0].addresses.truncate(1);
    plan.servers[0].addresses[0].connections.truncate(2);
    let results = [result(&plan, |_| CLOSED, after(9, 0))];
    let view = Closed {
        plan: &plan,
        results: &results,
        unread: &[],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    insta::assert_snapshot!(render(&view, &[], Format::Json));
}

#[test]
fn what_was_not_closed_as_csv() {
    let mut plan = the_plan();
    plan.servers[0].addresses.truncate(1);
    plan.servers[0].addresses[0].connections.truncate(2);
    let seen = |index| match index {
        0 => CLOSED,
        _ => (
            Outcome::Failed,
            Some(87),
            "the system did not take the order",
        ),
    };
    let results = [result(&plan, seen, after(9, 0))];
    let view = Closed {
        plan: &plan,
        results: &results,
        unread: &[],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    insta::assert_snapshot!(render(&view, &[], Format::Csv));
}

#[test]
fn a_helper_cannot_talk_to_the_terminal() {
    let plan = the_plan();
    let seen = |_| (Outcome::Refused, None, "\u{1b}[2J");
    let results = [result(&plan, seen, after(9, 0))];
    let view = Closed {
        plan: &plan,
        results: &results,
        unread: &[],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    };
    let text = render(&view, &[], Format::Table);
    assert!(!text.contains("\u{1b}[2J"), "{text:?}");
}

#[test]
fn a_client_cannot_talk_to_the_terminal() {
    let mut snapshot = snapshot();
    snapshot.logons.truncate(1);
    snapshot.logons[0].client_name = Some("\u{1b}]0;owned\u{7}\u{1b}[2J".into());
    snapshot.logons[0].account = Some("CORP\\js\u{1b}[31mmith".into());
    snapshot.display_name = "ex01\u{1b}[8m".into();
    let snapshots = [snapshot];
    let logons = render(&Logons::new(&snapshots, |_| true), &[], Format::Table);
    let plan = plan(snapshots.to_vec(), &[jsmith()], &Policy::default());
    for text in [logons, render(&plan, &[], Format::Table)] {
        for hostile in ["\u{1b}]0;", "\u{1b}[2J", "\u{1b}[31mmith", "\u{1b}[8m"] {
            assert!(!text.contains(hostile), "{text:?}");
        }
    }
}

#[test]
fn who_would_sign_in_and_which_way() {
    let whoami = |named_by, proof| Whoami {
        user: r"CORP\ann".into(),
        named_by,
        proof,
    };
    let password = |from, way| Proof::Password { from, way };
    let stored = |profile: Option<&str>| Source::Keyring {
        profile: profile.map(str::to_owned),
    };
    let ticket = |left: Option<u64>| {
        Proof::Ticket(Held {
            principal: "ann@CORP.EXAMPLE".into(),
            left: left.map(Duration::from_secs),
            expires: left.map(|left| now() + Duration::from_secs(left)),
        })
    };
    let kerberos = |realm: Option<&str>, else_ntlm| Way::Kerberos {
        realm: realm.map(|realm| (realm.parse().unwrap(), RealmFrom::Server)),
        else_ntlm,
    };
    let all = [
        whoami(NamedBy::Ticket, ticket(Some(33120))),
        whoami(NamedBy::CommandLine, ticket(None)),
        whoami(
            NamedBy::Login,
            password(Some(stored(None)), kerberos(Some("corp.example"), true)),
        ),
        whoami(
            NamedBy::Profile,
            password(Some(stored(Some("branch"))), kerberos(None, true)),
        ),
        whoami(
            NamedBy::CommandLine,
            password(Some(Source::Environment), kerberos(None, false)),
        ),
        whoami(NamedBy::CommandLine, password(None, Way::Ntlm)),
        whoami(NamedBy::CommandLine, password(None, Way::Basic)),
    ];
    let tables: String = all.iter().map(table).collect();
    let lines = all.iter().map(|one| render(one, &[], Format::Ndjson));
    insta::assert_snapshot!(tables + &lines.collect::<String>());
}

/// Three people on ex01 and ex02, and one at work who shares an address with one of them.
pub(super) fn many() -> (Vec<ServerSnapshot>, Vec<Mailbox>) {
    let at = |server: &str, clients: &[(&str, &str, usize, i64)]| {
        let rows = clients.iter().map(|(user, address, rows, used)| {
            let mut rows = logons(user, address, *rows, used + 6, *used);
            rows.iter_mut()
                .for_each(|row| row.session_id = row.session_id.take().map(|id| id + user));
            rows
        });
        let lines = clients
            .iter()
            .map(|(_, address, rows, _)| connections(address, *rows as u16));
        ServerSnapshot {
            server: server.into(),
            display_name: format!("{server}.corp.example"),
            logons: rows.flatten().collect(),
            connections: lines.flatten().collect(),
            ..snapshot()
        }
    };
    let snapshots = vec![
        at(
            "ex01",
            &[
                ("jsmith", "10.1.4.23", 20, 70),
                ("jsmith", "10.1.9.80", 12, 19),
            ],
        ),
        at(
            "ex02",
            &[
                ("mjones", "10.1.4.31", 33, 44),
                ("mjones", "10.1.4.32", 1, 0),
                ("mjones", "10.1.9.81", 6, 30),
                ("mjones", "10.1.9.82", 5, 28),
                ("mjones", "10.1.9.83", 4, 27),
                ("mjones", "10.1.9.84", 3, 26),
                ("jsmith", "10.1.9.80", 2, 19),
                ("jsmith", "10.1.4.31", 1, 45),
                ("tkhan", "10.1.8.5", 32, 12),
            ],
        ),
        at("ex03", &[("carol", "10.1.8.5", 1, 0)]),
    ];
    let people = ["jsmith", "mjones", "tkhan"].map(|name| Mailbox {
        account_name: name.into(),
        ..jsmith()
    });
    (snapshots, people.into())
}

/// The README shows it.
#[test]
fn a_plan_for_many() {
    let (snapshots, people) = many();
    let mut everywhere = Everywhere::of(&snapshots, &people);
    everywhere.without("ex04");
    let read = snapshots.into_iter().take(2).collect();
    let plan = plan_among(&everywhere, read, &people, &Policy::default());
    let shown = table(&Planned::new(&plan, &everywhere));
    let hint = bare(&overrides(&plan).unwrap());
    insta::assert_snapshot!(format!("{shown}\n{hint}\n\n{} [y/N]", question(&plan)));
}

#[test]
fn a_plan_for_many_as_json_says_what_it_was_judged_without() {
    let (snapshots, people) = many();
    let mut everywhere = Everywhere::of(&snapshots, &people);
    everywhere.without("ex04");
    let plan = plan_among(&everywhere, snapshots, &people, &Policy::default());
    let json = render(&Planned::new(&plan, &everywhere), &[], Format::Json);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let servers = json["servers"].as_array().unwrap();
    for server in servers {
        assert_eq!(server["judged_without"], serde_json::json!(["ex04"]));
    }
    let records = json["records"].as_array().unwrap();
    let refused = records
        .iter()
        .find(|record| record["address"] == "10.1.8.5");
    assert_eq!(
        refused.unwrap()["reason"],
        "shared with 1 other user on ex03"
    );
}

/// So many sentences that are the same are one.
#[test]
fn what_came_of_many_is_said_once() {
    for (number, said) in [
        (1, r"CORP\user0 can log on again."),
        (
            3,
            r"CORP\user0, CORP\user1 and CORP\user2: each can log on again.",
        ),
        (
            10,
            r"CORP\user6, CORP\user7 and 2 more: each can log on again.",
        ),
    ] {
        let rows = |number: usize| {
            let address = format!("10.1.4.{}", number + 1);
            logons(&format!("user{number}"), &address, 33, 76, 70)
        };
        let snapshot = ServerSnapshot {
            logons: (0..number).flat_map(rows).collect(),
            ..snapshot()
        };
        let user = |number| Mailbox {
            account_name: format!("user{number}"),
            ..jsmith()
        };
        let people: Vec<_> = (0..number).map(user).collect();
        let plan = plan(vec![snapshot], &people, &Policy::default());
        let users = plan.servers[0].users.iter().map(|user| UserHoldings {
            held: Default::default(),
            ..user.clone()
        });
        let seen = After {
            users: users.collect(),
            lingering: 0,
            to_end: 1,
            gaps: Vec::new(),
        };
        let results = [result(&plan, |_| (Outcome::Closed, None, ""), Ok(seen))];
        let shown = table(&Closed {
            plan: &plan,
            results: &results,
            unread: &[],
            not_begun: &[],
            cut_short: &[],
            unremoved: &[],
            shown: &[],
            names: &Names::AS_GIVEN,
        });
        assert!(shown.contains(said), "{shown}");
    }
}
