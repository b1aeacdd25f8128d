//! What changes between a plan and a second look, as a table: one thing at a time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Change::*, *};
use crate::{
    exchange::{Clock, Gap, Limits, Logon, Mailbox},
    helper_run::{TcpConnection, TcpState},
    plan::{Refusal, ServerSnapshot, plan},
};

fn then() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn later() -> Timestamp {
    then() + SignedDuration::from_mins(5)
}

fn ago(minutes: i64) -> Option<Timestamp> {
    Some(then() - SignedDuration::from_mins(minutes))
}

fn logon(account: &str, address: &str) -> Logon {
    Logon {
        account: Some(format!("CORP\\{account}")),
        client_address: ClientAddress::read([address]),
        logon_time: ago(600),
        last_access_time: ago(500),
        database: Some("DB1".into()),
        ..Logon::default()
    }
}

fn connection(client: &str) -> TcpConnection {
    TcpConnection {
        local: "10.0.0.11:6001".parse().unwrap(),
        remote: client.parse().unwrap(),
        state: TcpState::Established,
        pid: 2316,
        image: "store.exe".into(),
    }
}

const LAPTOP: &str = "10.1.4.23";
const VPN: &str = "10.1.9.80";

/// `jsmith` has dead sessions from two addresses, with two connections each; each case changes one thing.
struct Seen {
    server: &'static str,
    at: Timestamp,
    logons: Vec<Logon>,
    connections: Vec<TcpConnection>,
    gaps: Vec<Gap>,
    policy: Policy,
}

impl Seen {
    fn of(server: &'static str) -> Self {
        Self {
            server,
            at: then(),
            logons: [LAPTOP, LAPTOP, VPN]
                .map(|from| logon("jsmith", from))
                .into(),
            connections: ["10.1.4.23:50001", "10.1.4.23:50002", "10.1.9.80:50003"]
                .map(connection)
                .into(),
            gaps: Vec::new(),
            policy: Policy::default(),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn snapshot(self) -> ServerSnapshot {
        ServerSnapshot {
            server: self.server.into(),
            display_name: self.server.into(),
            version: None,
            limits: Limits::DEFAULT,
            clock: Clock {
                now: self.at,
                utc_offset: None,
            },
            logons: self.logons,
            connections: self.connections,
            connections_left_out: 0,
            gaps: self.gaps,
        }
    }
}

fn planned(seen: Vec<Seen>, policy: &Policy) -> Plan {
    let jsmith = Mailbox {
        account_name: "jsmith".into(),
        legacy_exchange_dn: None,
        database: None,
    };
    let snapshots = seen.into_iter().map(Seen::snapshot).collect();
    plan(snapshots, &[jsmith], policy)
}

fn at(address: &str) -> ClientAddress {
    ClientAddress::read([address])
}

fn not_closed(now: Decision) -> Vec<Change> {
    let address = at(LAPTOP);
    vec![NotClosed { address, now }]
}

fn remove(seen: &mut Seen, address: &str) {
    seen.logons
        .retain(|logon| logon.client_address != at(address));
}

#[test]
fn each_change_is_told_and_less_is_none() {
    type Do = fn(&mut Seen);
    let nothing: Do = |_| ();
    let shared: Do = |seen| seen.policy.close_shared = true;
    let all: Do = |seen| seen.policy.close_in_use = true;
    let impatient: Do = |seen| seen.policy.idle = Duration::from_secs(60);
    let accounts = |name: &str| vec![format!(r"CORP\{name}")];
    let cases: Vec<(&str, Do, Do, Vec<Change>)> = vec![
        ("nothing", nothing, |_| (), vec![]),
        (
            "a connection is gone",
            nothing,
            |seen| drop(seen.connections.remove(0)),
            vec![],
        ),
        (
            "all connections of an address are gone",
            nothing,
            |seen| drop(seen.connections.drain(..2)),
            vec![],
        ),
        (
            "all sessions of an address are gone",
            nothing,
            |seen| remove(seen, LAPTOP),
            vec![],
        ),
        (
            "a connection changed its state",
            nothing,
            |seen| seen.connections[0].state = TcpState::CloseWait,
            vec![],
        ),
        (
            "the client works",
            nothing,
            |seen| seen.logons[0].last_access_time = ago(-3),
            not_closed(Decision::KeepInUse(Duration::from_secs(120))),
        ),
        (
            "the client works, and the idle limit is short",
            impatient,
            |seen| seen.logons[0].last_access_time = ago(-3),
            vec![Used {
                address: at(LAPTOP),
            }],
        ),
        (
            "the client works, --all",
            all,
            |seen| seen.logons[0].last_access_time = ago(-3),
            vec![],
        ),
        (
            "it is not known any more when the client was used",
            nothing,
            |seen| seen.logons[0].last_access_time = None,
            not_closed(Decision::KeepUnknownUse),
        ),
        (
            "a new connection",
            nothing,
            |seen| seen.connections.push(connection("10.1.4.23:50009")),
            vec![Connected {
                address: at(LAPTOP),
                connections: 1,
            }],
        ),
        (
            "the same ports, another process",
            nothing,
            |seen| seen.connections[0].pid = 4711,
            vec![Connected {
                address: at(LAPTOP),
                connections: 1,
            }],
        ),
        (
            "a new connection, --all",
            all,
            |seen| seen.connections.push(connection("10.1.4.23:50009")),
            vec![Connected {
                address: at(LAPTOP),
                connections: 1,
            }],
        ),
        (
            "another user came",
            nothing,
            |seen| seen.logons.push(logon("bob", LAPTOP)),
            not_closed(Decision::Refuse(Refusal::Shared { others: 1 })),
        ),
        (
            "another user came, --include-shared",
            shared,
            |seen| seen.logons.push(logon("bob", LAPTOP)),
            vec![Joined {
                address: at(LAPTOP),
                accounts: accounts("bob"),
            }],
        ),
        (
            "another user came elsewhere",
            nothing,
            |seen| seen.logons.push(logon("bob", "10.1.7.7")),
            vec![],
        ),
        (
            "an account in another case",
            nothing,
            |seen| seen.logons[0].account = Some(r"corp\JSMITH".into()),
            vec![],
        ),
        (
            "the server tells no longer all",
            nothing,
            |seen| {
                remove(seen, VPN);
                seen.gaps.push(Gap::Stopped);
            },
            not_closed(Decision::Refuse(Refusal::MayBeShared)),
        ),
        (
            "a third address with dead sessions",
            nothing,
            |seen| {
                seen.logons.push(logon("jsmith", "10.1.7.7"));
                seen.connections.push(connection("10.1.7.7:50009"));
            },
            vec![Added {
                address: at("10.1.7.7"),
            }],
        ),
        (
            "a third address at work",
            nothing,
            |seen| {
                seen.logons.push(Logon {
                    last_access_time: ago(-4),
                    ..logon("jsmith", "10.1.7.7")
                });
                seen.connections.push(connection("10.1.7.7:50009"));
            },
            vec![],
        ),
        (
            "the mailbox is in another database",
            nothing,
            |seen| seen.logons[0].database = Some("DB2".into()),
            vec![Moved {
                address: at(LAPTOP),
                databases: vec!["DB2".into()],
            }],
        ),
        (
            "the database went to another server",
            nothing,
            |seen| seen.logons.clear(),
            vec![Left {
                account: r"CORP\jsmith".into(),
            }],
        ),
    ];
    for (what, before, change, changes) in cases {
        let approved = Seen::of("ex01").with(before);
        let policy = approved.policy.clone();
        let now = Seen::of("ex01").with(|seen| seen.at = later()).with(change);
        let approved = planned(vec![approved], &policy);
        assert_eq!(approved.servers[0].targets().count(), 3, "{what}");
        let now = planned(vec![now], &policy);
        let second = approved.compared_with(&now, &policy);
        let changes: Vec<_> = changes
            .into_iter()
            .map(|one| ("ex01".into(), one))
            .collect();
        assert_eq!(second.changes, changes, "{what}");
        assert_eq!(second.plan, now, "{what}");
    }
}

#[test]
fn an_address_that_was_kept_and_would_be_closed_now_was_not_approved() {
    let policy = Policy::default();
    let at_work = Seen::of("ex01").with(|seen| seen.logons[2].last_access_time = ago(12));
    let approved = planned(vec![at_work], &policy);
    assert_eq!(approved.servers[0].targets().count(), 2);
    let now = Seen::of("ex01").with(|seen| {
        seen.logons[2].last_access_time = ago(12);
        seen.at = later();
    });
    let second = approved.compared_with(&planned(vec![now], &policy), &policy);
    let address = at(VPN);
    assert_eq!(second.changes, [("ex01".into(), Added { address })]);
}

#[test]
fn a_server_is_taken_as_it_is_now_left_out_or_left_alone() {
    let policy = Policy::default();
    let idle = |seen: &mut Seen| seen.connections.clear();
    let approved = planned(
        vec![
            Seen::of("ex01"),
            Seen::of("ex02"),
            Seen::of("ex03").with(idle),
        ],
        &policy,
    );
    let now = Seen::of("ex01").with(|seen| seen.at = later());
    let second = approved.compared_with(&planned(vec![now], &policy), &policy);
    assert_eq!(second.changes, []);
    let servers = second.plan.servers.iter();
    let seen: Vec<_> = servers
        .map(|plan| (&*plan.snapshot.server, plan.snapshot.taken_at()))
        .collect();
    assert_eq!(seen, [("ex01", later()), ("ex03", then())]);
}

#[test]
fn what_was_approved_is_done_without_the_addresses_that_changed() {
    type Do = fn(&mut Seen);
    let nothing: Do = |_| ();
    let shared: Do = |seen| seen.policy.close_shared = true;
    let cases: [(&str, Do, Do, &[&str]); 7] = [
        ("nothing", nothing, nothing, &[LAPTOP, VPN]),
        (
            "the client works",
            nothing,
            |seen| seen.logons[0].last_access_time = ago(-3),
            &[VPN],
        ),
        (
            "a new connection",
            nothing,
            |seen| seen.connections.push(connection("10.1.4.23:50009")),
            &[VPN],
        ),
        (
            "another user came, --include-shared",
            shared,
            |seen| seen.logons.push(logon("bob", LAPTOP)),
            &[VPN],
        ),
        (
            "the mailbox is in another database",
            nothing,
            |seen| seen.logons[2].database = Some("DB2".into()),
            &[LAPTOP],
        ),
        (
            "a third address with dead sessions",
            nothing,
            |seen| {
                seen.logons.push(logon("jsmith", "10.1.7.7"));
                seen.connections.push(connection("10.1.7.7:50009"));
            },
            &[LAPTOP, VPN],
        ),
        (
            "the database went to another server",
            nothing,
            |seen| seen.logons.clear(),
            &[],
        ),
    ];
    for (what, before, change, closed) in cases {
        let approved = Seen::of("ex01").with(before);
        let policy = approved.policy.clone();
        let approved = planned(vec![approved], &policy);
        let now = Seen::of("ex01").with(|seen| seen.at = later()).with(change);
        let second = approved.compared_with(&planned(vec![now], &policy), &policy);
        let told = second.changes.clone();
        let part = second.approved_part();
        let mut addresses: Vec<_> = part.plan.servers[0]
            .closed_addresses()
            .map(|plan| plan.address.to_string())
            .collect();
        addresses.sort();
        assert_eq!(addresses, closed, "{what}");
        assert_eq!(part.changes, told, "{what}: all of it is told");
    }
}
