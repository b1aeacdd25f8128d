//! Who is over the limit, as a table: rows in, people and those left out.

use jiff::Timestamp;

use super::*;
use crate::exchange::{ClientMode, Clock, SessionLimit};

/// So many rows, each a session of its own.
fn rows(account: &str, dn: &str, number: usize) -> Vec<Logon> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let row = |index| Logon {
        account: text(account),
        user_dn: text(dn),
        session_id: Some(format!("{account}{dn}{index}")),
        ..Logon::default()
    };
    (0..number).map(row).collect()
}

fn snapshot(server: &str, limit: SessionLimit, logons: &[Vec<Logon>]) -> ServerSnapshot {
    ServerSnapshot {
        server: server.into(),
        display_name: server.into(),
        version: None,
        limits: Limits {
            mapi: limit,
            ..Limits::DEFAULT
        },
        clock: Clock {
            now: Timestamp::UNIX_EPOCH,
            utc_offset: None,
        },
        logons: logons.concat(),
        gaps: Vec::new(),
        connections: Vec::new(),
        connections_left_out: 0,
    }
}

fn names(over: &Over) -> Vec<&str> {
    let people = over.people.iter();
    people.map(|person| person.account_name.as_str()).collect()
}

const JOHN: &str = "/o=Corp/cn=Recipients/cn=jsmith";
const JANE: &str = "/o=Other/cn=Recipients/cn=jsmith";

#[test]
fn the_limit_of_any_server_counts_or_a_number() {
    use SessionLimit::*;
    let few = || rows(r"CORP\bob", "/o=Corp/cn=bob", 3);
    for (limit, held, threshold, found) in [
        (AtMost(32), 31, Threshold::Limit, false),
        (AtMost(32), 32, Threshold::Limit, true),
        (AtMost(40), 39, Threshold::Limit, false),
        (Assumed(32), 32, Threshold::Limit, true),
        (Disabled, 500, Threshold::Limit, false),
        (Disabled, 20, Threshold::AtLeast(20), true),
        (AtMost(32), 19, Threshold::AtLeast(20), false),
        (AtMost(32), 33, Threshold::AtLeast(40), false),
    ] {
        let snapshots = [
            snapshot("ex01", AtMost(32), &[few()]),
            snapshot("ex02", limit, &[rows(r"CORP\jsmith", JOHN, held), few()]),
        ];
        let over = over(&snapshots, threshold);
        let expected = if found { &["jsmith"][..] } else { &[] };
        assert_eq!(names(&over), expected, "{limit:?} {held} {threshold:?}");
        assert!(over.left_out.is_empty(), "{over:?}");
    }
}

#[test]
fn what_two_servers_hold_is_not_added() {
    let half = || rows(r"CORP\jsmith", JOHN, 20);
    let snapshots =
        ["ex01", "ex02"].map(|server| snapshot(server, SessionLimit::AtMost(32), &[half()]));
    assert_eq!(over(&snapshots, Threshold::Limit), Over::default());
}

#[test]
fn only_a_persons_mapi_sessions_count() {
    let of = |change: fn(&mut Logon)| {
        let mut logons = rows(r"CORP\jsmith", JOHN, 40);
        logons.iter_mut().for_each(change);
        logons
    };
    let none: fn(&mut Logon) = |_| {};
    for (logons, people, left_out) in [
        (of(none), &["jsmith"][..], None),
        (
            of(|logon| logon.application_id = Some("Client=OWA".into())),
            &[],
            None,
        ),
        (
            of(|logon| logon.client_mode = ClientMode::ExchangeServer),
            &[],
            None,
        ),
        (rows(r"CORP\EX02$", "", 40), &[], None),
        (rows("", "", 40), &[], None),
        (
            rows(r"NT AUTHORITY\SYSTEM", "", 40),
            &[],
            Some(WhyLeftOut::System),
        ),
        (
            rows(r"NT-AUTORITÄT\SYSTEM", "", 40),
            &[],
            Some(WhyLeftOut::System),
        ),
        (
            rows(
                r"CORP\EX01",
                "/o=Corp/cn=Configuration/cn=Servers/cn=EX01/cn=Microsoft System Attendant",
                40,
            ),
            &[],
            Some(WhyLeftOut::System),
        ),
        (
            rows(
                r"CORP\SystemMailbox{1f05a927}",
                "/o=Corp/cn=Recipients/cn=s",
                40,
            ),
            &[],
            Some(WhyLeftOut::System),
        ),
        // without an account the DN is shown, and is no account's name
        (rows("", JOHN, 40), &[JOHN], None),
        (rows(r"CORP\jsmith", "", 40), &["jsmith"], None),
    ] {
        let account = logons[0].account.clone();
        let snapshots = [snapshot("ex01", SessionLimit::AtMost(32), &[logons])];
        let over = over(&snapshots, Threshold::Limit);
        assert_eq!(names(&over), people, "{account:?}");
        let why = over.left_out.iter().map(|left_out| left_out.why).next();
        assert_eq!(why, left_out, "{account:?}");
    }
}

#[test]
fn who_cannot_be_told_from_another_is_left_out() {
    let john = |number| rows(r"CORP\jsmith", JOHN, number);
    let jane = |number| rows(r"OTHER\jsmith", JANE, number);
    for (logons, people, left_out) in [
        // two people of one name, told apart by their DNs
        (vec![john(40), jane(40)], 2, 0),
        (vec![john(40), jane(1)], 1, 0),
        // Jane's rows would be ascribed to John
        (vec![john(40), rows(r"OTHER\jsmith", "", 1)], 0, 1),
        (vec![rows(r"CORP\jsmith", "", 40), jane(1)], 0, 1),
        (
            vec![rows(r"CORP\jsmith", "", 40), rows(r"OTHER\jsmith", "", 40)],
            0,
            2,
        ),
        // some of John's own rows have no DN
        (vec![john(20), rows(r"corp\JSmith", "", 20)], 1, 0),
        // whose of the two
        (
            vec![
                john(40),
                rows(r"CORP\jsmith", JANE, 1),
                rows(r"CORP\jsmith", "", 1),
            ],
            0,
            1,
        ),
    ] {
        let shown = format!("{logons:?}");
        let snapshots = [snapshot("ex01", SessionLimit::AtMost(32), &logons)];
        let over = over(&snapshots, Threshold::Limit);
        let found = (over.people.len(), over.left_out.len());
        assert_eq!(found, (people, left_out), "{shown}");
        let is_unclear = |one: &LeftOut| one.why == WhyLeftOut::NotToldApart;
        assert!(over.left_out.iter().all(is_unclear), "{shown}");
    }
}

/// What is found is what `made` ascribes: otherwise the plan would be for others.
#[test]
fn who_is_found_made_their_own_logons_and_no_others() {
    let bob = rows(r"CORP\bob", "/o=Corp/cn=Recipients/cn=bob", 3);
    let mixed = [rows(r"CORP\jsmith", JOHN, 30), rows(r"CORP\jsmith", "", 10)];
    let logons = [mixed.concat(), bob];
    let snapshots = [snapshot("ex01", SessionLimit::AtMost(32), &logons)];
    let over = over(&snapshots, Threshold::Limit);
    let [john] = &over.people[..] else {
        panic!("{over:?}");
    };
    let made = snapshots[0].logons.iter().filter(|logon| john.made(logon));
    assert_eq!(made.count(), 40);
}
