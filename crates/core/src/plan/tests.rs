//! The plan as a table of behaviour: one address, one thing changed at a time.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::{
    exchange::{ClientAddress, ClientMode, Clock, Gap, Limits, logon::Counted},
    helper_run::TcpState,
};

const NOW: &str = "2026-03-02T09:05:00+01:00";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minutes_ago(minutes: i64) -> Option<Timestamp> {
    Some(at(NOW) - jiff::SignedDuration::from_mins(minutes))
}

fn mailbox(name: &str) -> Mailbox {
    Mailbox {
        account_name: name.into(),
        legacy_exchange_dn: None,
        database: None,
    }
}

fn logon(account: &str, address: &str, idle_minutes: i64) -> Logon {
    Logon {
        account: Some(format!("CORP\\{account}")),
        client_address: ClientAddress::read([address]),
        client_name: Some("JSMITH-LT".into()),
        client_mode: ClientMode::Cached,
        logon_time: minutes_ago(idle_minutes + 60),
        last_access_time: minutes_ago(idle_minutes),
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

/// jsmith holds two dead sessions from 10.1.4.23; each test changes one thing.
struct Case {
    logons: Vec<Logon>,
    connections: Vec<TcpConnection>,
    gaps: Vec<Gap>,
    policy: Policy,
}

impl Case {
    fn dead_client() -> Self {
        Self {
            logons: vec![logon("jsmith", "10.1.4.23", 600); 2],
            connections: vec![connection("10.1.4.23:50001"), connection("10.1.4.23:50002")],
            gaps: Vec::new(),
            policy: Policy::default(),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn plan(self) -> ServerPlan {
        let snapshot = ServerSnapshot {
            server: "ex01".into(),
            display_name: "ex01.corp.example".into(),
            version: None,
            limits: Limits::DEFAULT,
            clock: Clock {
                now: at(NOW),
                utc_offset: None,
            },
            logons: self.logons,
            connections: self.connections,
            connections_left_out: 0,
            gaps: self.gaps,
        };
        plan(vec![snapshot], &[mailbox("jsmith")], &self.policy)
            .servers
            .remove(0)
    }

    fn decision(self) -> Decision {
        let plan = self.plan();
        assert_eq!(plan.addresses.len(), 1, "{plan:#?}");
        plan.addresses[0].decision.clone()
    }
}

#[test]
fn a_dead_client_is_closed_with_all_its_connections_and_only_those() {
    let case = Case::dead_client().with(|case| {
        case.connections.push(connection("10.1.4.24:50001"));
        case.connections.push(TcpConnection {
            state: TcpState::Other,
            ..connection("10.1.4.23:50003")
        });
        case.connections
            .push(connection("[::ffff:10.1.4.23]:50004"));
    });
    let plan = case.plan();
    assert_eq!(plan.addresses[0].decision, Decision::Close);
    let ports: Vec<_> = plan.targets().map(|target| target.remote.port()).collect();
    assert_eq!(ports, [50001, 50002, 50004]);
}

#[test]
fn an_ipv6_client_is_closed_where_the_server_names_it() {
    let case = Case::dead_client().with(|case| {
        case.logons = vec![logon("jsmith", "2001:db8::7", 600)];
        case.connections
            .push(connection("[2001:db8::7%4294967295]:50003"));
        case.connections.push(connection("[2001:db8::8]:50004"));
    });
    let plan = case.plan();
    assert_eq!(plan.addresses[0].decision, Decision::Close);
    let ports: Vec<_> = plan.targets().map(|target| target.remote.port()).collect();
    assert_eq!(ports, [50003]);
}

#[test]
fn each_rule_decides() {
    use Decision::*;
    use Refusal::*;
    type Change = fn(&mut Case);
    let cases: [(&str, Change, Decision); 28] = [
        (
            "idle long enough",
            |case| case.logons = vec![logon("jsmith", "10.1.4.23", 15)],
            Close,
        ),
        (
            "used a moment ago",
            |case| case.logons.push(logon("jsmith", "10.1.4.23", 14)),
            KeepInUse(Duration::from_secs(14 * 60)),
        ),
        (
            "used in the future, because clocks differ",
            |case| case.logons.push(logon("jsmith", "10.1.4.23", -3)),
            KeepInUse(Duration::ZERO),
        ),
        (
            "use unknown",
            |case| {
                for logon in &mut case.logons {
                    (logon.logon_time, logon.last_access_time) = (None, None);
                }
            },
            KeepUnknownUse,
        ),
        (
            "use unknown of one logon, which began long ago",
            |case| case.logons[1].last_access_time = None,
            KeepUnknownUse,
        ),
        (
            "use unknown of one logon, in use by another",
            |case| {
                case.logons[1].last_access_time = None;
                case.logons[0] = logon("jsmith", "10.1.4.23", 2);
            },
            KeepInUse(Duration::from_secs(120)),
        ),
        (
            "in use, --all",
            |case| {
                case.logons.push(logon("jsmith", "10.1.4.23", 1));
                case.policy.close_in_use = true;
            },
            Close,
        ),
        (
            "another user there",
            |case| case.logons.push(logon("bob", "10.1.4.23", 600)),
            Refuse(Shared { others: 1 }),
        ),
        (
            "the same other user twice counts once",
            |case| {
                case.logons.extend(vec![
                    logon("bob", "10.1.4.23", 600),
                    logon("BOB", "10.1.4.23", 600),
                ])
            },
            Refuse(Shared { others: 1 }),
        ),
        (
            "another user there, --include-shared",
            |case| {
                case.logons.push(logon("bob", "10.1.4.23", 600));
                case.policy.close_shared = true;
            },
            Close,
        ),
        (
            "logons may be missing",
            |case| case.gaps.push(Gap::Stopped),
            Refuse(MayBeShared),
        ),
        (
            "logons may be missing, --include-shared",
            |case| {
                case.gaps.push(Gap::Stopped);
                case.policy.close_shared = true;
            },
            Close,
        ),
        (
            "another user at an address that is not understood",
            |case| case.logons.push(logon("bob", "fe80::1", 600)),
            Refuse(OthersNotUnderstood { others: 1 }),
        ),
        (
            "two others at addresses that are not understood, one of them twice",
            |case| {
                case.logons.extend([
                    logon("bob", "fe80::1", 600),
                    logon("bob", "somewhere", 600),
                    logon("carol", "10.1.4.23, 10.1.4.24", 1),
                ])
            },
            Refuse(OthersNotUnderstood { others: 2 }),
        ),
        (
            "another user at an address that is not understood, --include-shared",
            |case| {
                case.logons.push(logon("bob", "fe80::1", 600));
                case.policy.close_shared = true;
            },
            Close,
        ),
        (
            "another user there, and one at an address that is not understood",
            |case| {
                case.logons
                    .extend([logon("bob", "10.1.4.23", 1), logon("carol", "fe80::1", 1)])
            },
            Refuse(Shared { others: 1 }),
        ),
        (
            "another user there, with a port",
            |case| case.logons.push(logon("bob", "10.1.4.23:50000", 600)),
            Refuse(Shared { others: 1 }),
        ),
        (
            "an Exchange server there, padded",
            |case| case.logons.push(logon("EX02$", "010.001.004.023", 600)),
            Refuse(ExchangeServer { name: None }),
        ),
        (
            "system mailboxes without an address, as everywhere",
            |case| {
                case.logons.extend([
                    logon("SystemMailbox{1}", "", 0),
                    logon("EX01$", "", 0),
                    logon("HealthMailbox", "0.0.0.0", 0),
                ])
            },
            Close,
        ),
        (
            "another user elsewhere",
            |case| case.logons.push(logon("bob", "10.1.4.24", 600)),
            Close,
        ),
        (
            "a shared address in use is refused, not merely kept",
            |case| {
                case.logons.extend([
                    logon("bob", "10.1.4.23", 1),
                    logon("jsmith", "10.1.4.23", 1),
                ])
            },
            Refuse(Shared { others: 1 }),
        ),
        (
            "the server's own address",
            |case| case.connections[0].local = "10.1.4.23:6001".parse().unwrap(),
            Refuse(OwnAddress),
        ),
        (
            "another Exchange server",
            |case| case.logons[0].client_mode = ClientMode::ExchangeServer,
            Refuse(ExchangeServer { name: None }),
        ),
        (
            "a machine account, --include-shared",
            |case| {
                case.logons.push(logon("EX02$", "10.1.4.23", 600));
                case.policy.close_shared = true;
            },
            Refuse(ExchangeServer { name: None }),
        ),
        (
            "protected",
            |case| {
                case.policy.protected.push(policy::Protected {
                    network: "10.1.4.0/24".parse().unwrap(),
                    reason: "load balancer".into(),
                });
            },
            Refuse(Protected {
                reason: "load balancer".into(),
            }),
        ),
        (
            "more connections than --max",
            |case| case.policy.max_connections = 1,
            Refuse(TooMany { max: 1 }),
        ),
        (
            "exactly --max",
            |case| case.policy.max_connections = 2,
            Close,
        ),
        (
            "no connection",
            |case| case.connections.clear(),
            NoConnection,
        ),
    ];
    for (name, change, decision) in cases {
        assert_eq!(
            Case::dead_client().with(change).decision(),
            decision,
            "{name}"
        );
    }
}

#[test]
fn loopback_and_unknown_addresses_are_never_closed() {
    for (address, decision) in [
        ("127.0.0.1", Decision::Refuse(Refusal::Loopback)),
        ("", Decision::NoAddress),
        ("0.0.0.0", Decision::NoAddress),
        ("::1", Decision::Refuse(Refusal::Loopback)),
        ("[::1]:50001", Decision::Refuse(Refusal::Loopback)),
        ("fe80::1", Decision::AddressNotUnderstood),
        ("10.1.4.23, 10.1.4.24", Decision::AddressNotUnderstood),
    ] {
        let case = Case::dead_client().with(|case| {
            case.logons = vec![logon("jsmith", address, 600)];
            case.connections.push(connection("127.0.0.1:50001"));
            case.policy.close_in_use = true;
            case.policy.close_shared = true;
        });
        assert_eq!(case.decision(), decision, "{address:?}");
    }
}

#[test]
fn an_address_of_ones_own_that_is_not_understood_keeps_nothing_else() {
    let case = Case::dead_client().with(|case| case.logons.push(logon("jsmith", "fe80::1", 600)));
    let plan = case.plan();
    let decisions: Vec<_> = plan.addresses.iter().map(|plan| &plan.decision).collect();
    assert_eq!(
        decisions,
        [&Decision::Close, &Decision::AddressNotUnderstood]
    );
}

#[test]
fn a_user_without_sessions_has_an_empty_plan() {
    let plan = Case::dead_client().with(|case| case.logons.clear()).plan();
    assert_eq!(plan.addresses, []);
    let nothing = SessionCount {
        count: 0,
        counted: Counted::Logons,
    };
    assert_eq!(plan.users[0].held, nothing);
    assert_eq!(plan.users[0].account, "jsmith");
}

#[test]
fn accounts_that_lose_a_session_are_named_once() {
    let case = Case::dead_client().with(|case| {
        case.logons.push(logon("JSmith", "10.1.4.24", 600));
        case.logons.push(logon("jsmith", "10.1.4.25", 1));
        case.connections.push(connection("10.1.4.24:50001"));
        case.connections.push(connection("10.1.4.25:50001"));
    });
    let plan = case.plan();
    assert_eq!(plan.closed_addresses().count(), 2);
    assert_eq!(plan.closed_accounts().len(), 1);
}

#[test]
fn who_shares_what_is_closed_loses_a_session_too() {
    let case = Case::dead_client().with(|case| {
        case.logons.push(logon("bob", "10.1.4.23", 600));
        case.logons.push(logon("carol", "10.1.4.99", 600));
        case.policy.close_shared = true;
    });
    let plan = case.plan();
    assert_eq!(plan.addresses[0].others, [r"CORP\bob"]);
    assert_eq!(plan.closed_accounts(), [r"CORP\bob", r"CORP\jsmith"]);
}

#[test]
fn users_at_the_limit_are_locked_out() {
    for (held, locked_out) in [(31, false), (32, true), (34, true)] {
        let case = Case::dead_client()
            .with(|case| case.logons = vec![logon("jsmith", "10.1.4.23", 600); held]);
        let ServerPlan {
            users, snapshot, ..
        } = case.plan();
        let is_locked_out =
            |user: &UserHoldings| snapshot.limits.mapi.is_reached_by(user.held.count);
        let locked = users.iter().filter(|user| is_locked_out(user)).count();
        assert_eq!(locked == 1, locked_out, "{held}");
    }
}

/// A logon of the person's that this program opened.
fn opened_by(application: &str, address: &str) -> Logon {
    Logon {
        application_id: Some(application.to_owned()),
        ..logon("jsmith", address, 600)
    }
}

#[test]
fn each_kind_of_session_counts_against_its_own_limit() {
    let case = Case::dead_client().with(|case| {
        let outlook = || opened_by("Client=MSExchangeRPC", "10.1.4.23");
        let phone = || opened_by("Client=ActiveSync;UserAgent=x", "10.1.4.23");
        case.logons = std::iter::repeat_with(outlook).take(20).collect();
        case.logons.extend(std::iter::repeat_with(phone).take(14));
    });
    let plan = case.plan();
    let user = &plan.users[0];
    assert_eq!(
        (user.held.count, user.services.count, user.all()),
        (20, 14, 34)
    );
    assert!(!plan.snapshot.limits.mapi.is_reached_by(user.held.count));
    let address = &plan.addresses[0];
    assert_eq!((address.sessions.count, address.services), (34, 14));
    assert_eq!(address.decision, Decision::Close);
}

#[test]
fn what_services_opened_is_not_closed() {
    for (address, include) in [("10.1.4.23", true), ("10.1.4.23", false), ("", true)] {
        let case = Case::dead_client().with(|case| {
            case.logons = vec![opened_by("Client=WebServices", address); 16];
            case.policy.close_in_use = include;
            case.policy.close_shared = include;
        });
        assert_eq!(case.decision(), Decision::ServicesOnly, "{address}");
    }
}

#[test]
fn most_sessions_come_first_and_no_address_last() {
    let case = Case::dead_client().with(|case| {
        case.logons.insert(0, logon("jsmith", "", 600));
        case.logons.insert(0, logon("jsmith", "", 600));
        case.logons.insert(0, logon("jsmith", "", 600));
        case.logons.insert(0, logon("jsmith", "10.1.4.99", 600));
    });
    let order: Vec<_> = case
        .plan()
        .addresses
        .iter()
        .map(|plan| plan.address.clone())
        .collect();
    assert_eq!(
        order,
        ["10.1.4.23", "10.1.4.99", ""].map(|text| ClientAddress::read([text]))
    );
}
