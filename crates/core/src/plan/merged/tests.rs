//! Many people on many servers: who is shown first, what a piece is, and that nobody else is ever a target.

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::{
    exchange::{ClientAddress, Clock, Limits, Logon, Mailbox, People},
    helper_run::{TcpConnection, TcpState},
    plan::{Decision, Everywhere, Policy, Refusal, ServerSnapshot, plan, plan_among},
};

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn mailbox(name: &str) -> Mailbox {
    Mailbox {
        account_name: name.into(),
        legacy_exchange_dn: None,
        database: None,
    }
}

/// So many sessions of somebody at an address, last used so many minutes ago.
fn sessions(account: &str, from: &str, number: usize, idle: i64) -> Vec<Logon> {
    let used = Some(now() - SignedDuration::from_mins(idle));
    let session = |index| Logon {
        account: Some(format!(r"CORP\{account}")),
        client_address: ClientAddress::read([from]),
        session_id: Some(format!("{account}{from}{index}")),
        logon_time: used,
        last_access_time: used,
        ..Logon::default()
    };
    (0..number).map(session).collect()
}

fn connections(from: &str, number: u16) -> Vec<TcpConnection> {
    let connection = |port| TcpConnection {
        local: "10.0.0.11:6001".parse().unwrap(),
        remote: format!("{from}:{}", 50000 + port).parse().unwrap(),
        state: TcpState::Established,
        pid: 2316,
        image: "store.exe".into(),
    };
    (0..number).map(connection).collect()
}

fn snapshot(
    server: &str,
    logons: &[Vec<Logon>],
    connections: &[Vec<TcpConnection>],
) -> ServerSnapshot {
    ServerSnapshot {
        server: server.into(),
        display_name: server.into(),
        version: None,
        limits: Limits::DEFAULT,
        clock: Clock {
            now: now(),
            utc_offset: None,
        },
        logons: logons.concat(),
        gaps: Vec::new(),
        connections: connections.concat(),
        connections_left_out: 0,
    }
}

const OLD: i64 = 600;

#[test]
fn the_worst_comes_first() {
    let logons = |worst| {
        [
            sessions("anna", "10.1.4.1", 33, OLD),
            sessions("bert", "10.1.4.2", worst, OLD),
            sessions("bert", "10.1.4.3", 2, OLD),
            sessions("carl", "10.1.4.4", 33, OLD),
        ]
    };
    let users = ["carl", "dora", "bert", "anna"].map(mailbox);
    let snapshots = vec![
        snapshot("ex01", &logons(32), &[]),
        snapshot("ex02", &logons(40), &[]),
        snapshot("ex03", &[], &[]),
    ];
    let plan = plan(snapshots, &users, &Policy::default());
    let servers: Vec<_> = plan.worst_first().into_iter().collect();
    let names: Vec<_> = servers
        .iter()
        .map(|server| &*server.snapshot.server)
        .collect();
    assert_eq!(names, ["ex02", "ex01", "ex03"]);
    let people: Vec<_> = servers[0].people().into_iter().collect();
    let shown: Vec<_> = people
        .iter()
        .map(|person| {
            (
                &*person.holdings.account,
                person.over,
                person.addresses.len(),
            )
        })
        .collect();
    let expected = [
        (r"CORP\bert", 10, 2),
        (r"CORP\anna", 1, 1),
        (r"CORP\carl", 1, 1),
    ];
    assert_eq!(shown, expected, "who holds nothing is not shown");
}

#[test]
fn people_and_connections_are_counted_once() {
    let shared = [
        sessions("anna", "10.1.4.1", 33, OLD),
        sessions("bert", "10.1.4.1", 33, OLD),
        sessions("carl", "10.1.4.9", 33, 0),
    ];
    let lines = || [connections("10.1.4.1", 5), connections("10.1.4.9", 2)];
    let users = ["anna", "bert", "carl"].map(mailbox);
    let snapshots = vec![
        snapshot("ex01", &shared, &lines()),
        snapshot("ex02", &shared, &lines()),
    ];
    let plan = plan(snapshots, &users, &Policy::default());
    assert_eq!((plan.people_closed(), plan.connections_closed()), (2, 10));
}

#[test]
fn who_shares_an_address_on_another_server_is_heard() {
    let stale = || sessions("anna", "10.1.4.1", 33, OLD);
    let lines = || connections("10.1.4.1", 5);
    let there = |others: Vec<Logon>, own: &str| ServerSnapshot {
        connections: vec![TcpConnection {
            local: format!("{own}:6001").parse().unwrap(),
            ..connections("10.1.9.9", 1).remove(0)
        }],
        ..snapshot("ex02", &[others], &[])
    };
    let of_a_server = || {
        let mut logons = sessions("EX07$", "10.1.4.1", 1, OLD);
        logons.extend(stale());
        logons
    };
    let shared = |others| {
        Decision::Refuse(Refusal::SharedElsewhere {
            others,
            servers: vec!["ex02".into()],
        })
    };
    for (others, own, include_shared, decision) in [
        (vec![], "10.0.0.12", false, Decision::Close),
        (stale(), "10.0.0.12", false, Decision::Close),
        (
            sessions("bert", "10.1.4.2", 1, 0),
            "10.0.0.12",
            false,
            Decision::Close,
        ),
        (
            sessions("bert", "10.1.4.1", 2, 0),
            "10.0.0.12",
            false,
            shared(1),
        ),
        (
            sessions("bert", "10.1.4.1", 2, OLD),
            "10.0.0.12",
            true,
            Decision::Close,
        ),
        (
            of_a_server(),
            "10.0.0.12",
            true,
            Decision::Refuse(Refusal::ExchangeServer { name: None }),
        ),
        (
            vec![],
            "10.1.4.1",
            true,
            Decision::Refuse(Refusal::ExchangeServer {
                name: Some("ex02".into()),
            }),
        ),
    ] {
        let policy = Policy {
            close_shared: include_shared,
            ..Policy::default()
        };
        let shown = format!("{others:?} {own} {include_shared}");
        let snapshots = vec![snapshot("ex01", &[stale()], &[lines()]), there(others, own)];
        let users = [mailbox("anna")];
        let plan = plan(snapshots, &users, &policy);
        assert_eq!(plan.servers[0].addresses[0].decision, decision, "{shown}");
    }
}

#[test]
fn a_server_that_could_not_be_read_is_named_and_decides_nothing() {
    let users = [mailbox("anna")];
    let read = snapshot(
        "ex01",
        &[sessions("anna", "10.1.4.1", 33, OLD)],
        &[connections("10.1.4.1", 5)],
    );
    let partial = ServerSnapshot {
        gaps: vec![crate::exchange::Gap::Stopped],
        ..snapshot("ex03", &[], &[])
    };
    let mut everywhere = Everywhere::of([&read, &partial], &users);
    everywhere.without("ex02");
    everywhere.without("ex01");
    assert_eq!(everywhere.judged_without(), ["ex02", "ex03"]);
    let plan = plan_among(&everywhere, vec![read], &users, &Policy::default());
    assert_eq!(plan.connections_closed(), 5);
    everywhere.take(&snapshot("ex02", &[], &[]), &People::of(&users));
    assert_eq!(everywhere.judged_without(), ["ex03"]);
}

#[test]
fn pieces_are_whole_addresses_and_all_of_them() {
    let from = |number: u16| format!("10.1.{}.{}", number / 250, number % 250 + 1);
    for (sizes, most, pieces) in [
        (&[][..], 10, &[][..]),
        (&[4, 4, 2], 10, &[10][..]),
        (&[4, 4, 3], 10, &[8, 3]),
        (&[4, 25, 3], 10, &[4, 25, 3]),
        (&[10, 10], 10, &[10, 10]),
        (&[1; 25], 10, &[10, 10, 5]),
    ] {
        let clients = sizes.iter().zip(0_u16..);
        let clients: Vec<_> = clients
            .map(|(size, number)| (from(number), *size))
            .collect();
        let logons: Vec<_> = clients
            .iter()
            .map(|(from, _)| sessions("anna", from, 2, OLD))
            .collect();
        let lines: Vec<_> = clients
            .iter()
            .map(|(from, size)| connections(from, *size))
            .collect();
        let plan = plan(
            vec![snapshot("ex01", &logons, &lines)],
            &[mailbox("anna")],
            &Policy::default(),
        );
        let server = &plan.servers[0];
        let cut = server.in_pieces(most);
        let counts: Vec<_> = cut.iter().map(|piece| piece.targets().count()).collect();
        assert_eq!(counts, pieces, "{sizes:?}");
        let all: Vec<_> = cut.iter().flat_map(|piece| piece.targets()).collect();
        let planned: Vec<_> = server.targets().collect();
        assert_eq!(all, planned, "{sizes:?}");
    }
}

/// One of a few people at one of a few addresses of one of the servers, so that they meet.
fn holding() -> impl Strategy<Value = (usize, usize, usize, i64)> {
    (
        0..3_usize,
        0..6_usize,
        0..5_usize,
        prop_oneof![Just(0_i64), Just(OLD)],
    )
}

proptest! {
    /// Whatever people and servers do, nobody who was not asked about has a connection among the targets: no address is a
    /// target where one of them was seen, on whichever server, and none of a client at work.
    #[test]
    fn nobody_elses_connection_is_ever_a_target(
        held in proptest::collection::vec(holding(), 0..40),
        asked in proptest::collection::btree_set(0..6_usize, 1..4),
        visited in proptest::collection::btree_set(0..3_usize, 1..4),
    ) {
        const PEOPLE: [&str; 6] = ["anna", "bert", "carl", "dora", "emil", "EX09$"];
        let from = |address: usize| format!("10.1.4.{}", address + 1);
        let server = |number: usize| {
            let here = held.iter().filter(|(on, ..)| *on == number);
            let logons: Vec<_> = here
                .clone()
                .map(|(_, who, address, idle)| sessions(PEOPLE[*who], &from(*address), 1, *idle))
                .collect();
            let lines: Vec<_> = (0..5).map(|address| connections(&from(address), 2)).collect();
            snapshot(&format!("ex0{number}"), &logons, &lines)
        };
        let users: Vec<_> = asked.iter().map(|who| mailbox(PEOPLE[*who])).collect();
        let all: Vec<_> = (0..3).map(server).collect();
        let everywhere = Everywhere::of(&all, &users);
        let read = visited.iter().map(|number| server(*number)).collect();
        let plan = plan_among(&everywhere, read, &users, &Policy::default());
        let at_risk: BTreeSet<IpAddr> = held
            .iter()
            .filter(|(_, who, ..)| !asked.contains(who) || PEOPLE[*who].ends_with('$'))
            .map(|(_, _, address, _)| from(*address).parse().unwrap())
            .collect();
        for server in &plan.servers {
            for piece in server.in_pieces(3) {
                for target in piece.targets() {
                    prop_assert!(!at_risk.contains(&target.client()), "{target:?}");
                }
            }
            for address in server.closed_addresses() {
                let idle = now().duration_since(address.last_used.unwrap());
                prop_assert!(Duration::try_from(idle).unwrap() >= Policy::default().idle);
            }
        }
    }
}
