//! Where connections are found, as tables: a mailbox server `ex01`, and a client access server `ex02`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    exchange::{ClientMode, Clock, Connected, Gap, Limits, Logon, Mailbox},
    helper_run::{TcpConnection, TcpState},
    plan::{Change, DeadServer, Policy, Refusal, plan, policy::Protected},
};

fn now() -> Timestamp {
    "2026-03-02T09:05:00Z".parse().unwrap()
}

fn logon(account: &str, address: &str, idle_minutes: i64) -> Logon {
    let ago = |minutes| Some(now() - SignedDuration::from_mins(minutes));
    Logon {
        account: Some(format!("CORP\\{account}")),
        client_address: ClientAddress::read([address]),
        client_name: Some("JSMITH-LT".into()),
        client_mode: ClientMode::Cached,
        logon_time: ago(idle_minutes + 60),
        last_access_time: ago(idle_minutes),
        session_id: Some(format!("{account}{address}{idle_minutes}")),
        ..Logon::default()
    }
}

fn connection(server: &str, client: &str) -> TcpConnection {
    TcpConnection {
        local: format!("{server}:6001").parse().unwrap(),
        remote: client.parse().unwrap(),
        state: TcpState::Established,
        pid: 3140,
        image: "Microsoft.Exchange.RpcClientAccess.Service.exe".into(),
    }
}

const LAPTOP: &str = "10.1.4.23";
const EX01: &str = "10.0.0.11";
const EX02: &str = "10.0.0.12";

fn server(name: &str, logons: Vec<Logon>, connections: Vec<TcpConnection>) -> ServerSnapshot {
    ServerSnapshot {
        server: name.into(),
        display_name: format!("{name}.corp.example"),
        version: crate::exchange::Version::parse("Version 14.3"),
        limits: Limits::DEFAULT,
        clock: Clock {
            now: now(),
            utc_offset: None,
        },
        logons,
        gaps: Vec::new(),
        connections,
        connections_left_out: 0,
    }
}

/// `jsmith` has a dead session on `ex01`, and its connection ends on `ex02`; each case changes one thing.
struct Case {
    mailbox: ServerSnapshot,
    access: ServerSnapshot,
    /// A mailbox server that holds nothing of `jsmith`'s.
    third: ServerSnapshot,
    policy: Policy,
}

impl Case {
    fn dead_client() -> Self {
        let connections = vec![
            connection(EX02, "10.1.4.23:50001"),
            connection(EX02, "10.1.4.99:50002"),
        ];
        Self {
            mailbox: server("ex01", vec![logon("jsmith", LAPTOP, 600)], Vec::new()),
            access: server("ex02", Vec::new(), connections),
            third: server("ex03", Vec::new(), Vec::new()),
            policy: Policy::default(),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn plan(self) -> Plan {
        let jsmith = Mailbox {
            account_name: "jsmith".into(),
            legacy_exchange_dn: None,
            database: None,
        };
        let snapshots = vec![self.mailbox, self.access, self.third];
        plan(snapshots, &[jsmith], &self.policy)
    }
}

/// The decisions on one server, by address.
fn decisions(plan: &Plan, server: &str) -> Vec<(String, Decision)> {
    let addresses = plan.for_server(server).unwrap().addresses.iter();
    addresses
        .map(|plan| (plan.address.to_string(), plan.decision.clone()))
        .collect()
}

fn elsewhere() -> Decision {
    Decision::Elsewhere {
        servers: vec!["ex02".into()],
    }
}

#[test]
fn a_connection_is_closed_where_it_is_and_awaited_where_its_session_is() {
    let plan = Case::dead_client().plan();
    assert_eq!(decisions(&plan, "ex01"), [(LAPTOP.to_owned(), elsewhere())]);
    let access = plan.for_server("ex02").unwrap();
    let [address] = &access.addresses[..] else {
        panic!("{access:#?}");
    };
    assert_eq!(address.decision, Decision::Close);
    assert_eq!(address.accounts, [r"CORP\jsmith"]);
    assert_eq!((address.sessions.count, address.held_on.len()), (0, 1));
    assert_eq!(address.held_on[0].server, "ex01");
    assert_eq!(address.held_on[0].sessions.count, 1);
    let ports: Vec<_> = access
        .targets()
        .map(|target| target.remote.port())
        .collect();
    assert_eq!(ports, [50001]);
    let awaited: Vec<_> = plan.awaited_on("ex01").into_iter().collect();
    assert_eq!(awaited, [&ClientAddress::read([LAPTOP])]);
    assert!(plan.awaited_on("ex02").is_empty());
    assert!(plan.is_about("ex01") && plan.is_about("ex02"));
}

#[test]
fn what_is_found_on_another_server_is_judged_by_all_that_were_read() {
    use Decision::*;
    let shared_on = |server: &str| {
        let servers = vec![server.to_owned()];
        Refuse(Refusal::SharedElsewhere { others: 1, servers })
    };
    type Change = fn(&mut Case);
    let cases: [(&str, Change, Decision, Option<Decision>); 19] = [
        ("nothing changed", |_| (), elsewhere(), Some(Close)),
        (
            "in use by another session of the address, on the mailbox server",
            |case| case.mailbox.logons.push(logon("jsmith", LAPTOP, 2)),
            KeepInUse(Duration::from_secs(120)),
            Some(KeepInUse(Duration::from_secs(120))),
        ),
        (
            "in use by a session that the closing server holds",
            |case| case.access.logons.push(logon("jsmith", LAPTOP, 2)),
            elsewhere(),
            Some(KeepInUse(Duration::from_secs(120))),
        ),
        (
            "in use, by the clock of the server that holds the session",
            |case| case.access.clock.now = now() + SignedDuration::from_hours(20),
            elsewhere(),
            Some(Close),
        ),
        (
            "another has a session from there on the mailbox server",
            |case| case.mailbox.logons.push(logon("bob", LAPTOP, 600)),
            Refuse(Refusal::Shared { others: 1 }),
            Some(shared_on("ex01")),
        ),
        (
            "another has one on the closing server",
            |case| case.access.logons.push(logon("bob", LAPTOP, 600)),
            shared_on("ex02"),
            Some(Refuse(Refusal::Shared { others: 1 })),
        ),
        (
            "another has one on a server that holds nothing of the user's",
            |case| case.third.logons.push(logon("bob", LAPTOP, 600)),
            shared_on("ex03"),
            Some(shared_on("ex03")),
        ),
        (
            "that server has one, and the connection is where the session is",
            |case| {
                case.third.logons.push(logon("bob", LAPTOP, 600));
                let here = connection(EX01, "10.1.4.23:50003");
                case.mailbox.connections.push(here);
                case.access.connections.clear();
            },
            shared_on("ex03"),
            None,
        ),
        (
            "that server does not tell all",
            |case| case.third.gaps.push(Gap::Stopped),
            elsewhere(),
            Some(Close),
        ),
        (
            "the closing server does not tell all of its logons",
            |case| case.access.gaps.push(Gap::Stopped),
            elsewhere(),
            Some(Refuse(Refusal::MayBeShared)),
        ),
        (
            "another comes to the mailbox server from where is not understood",
            |case| case.mailbox.logons.push(logon("bob", "fe80::1", 600)),
            Refuse(Refusal::OthersNotUnderstood { others: 1 }),
            Some(Refuse(Refusal::OthersNotUnderstood { others: 1 })),
        ),
        (
            "protected",
            |case| {
                case.policy.protected.push(Protected {
                    network: "10.1.4.0/24".parse().unwrap(),
                    reason: "NAT".into(),
                });
            },
            Refuse(Refusal::Protected {
                reason: "NAT".into(),
            }),
            Some(Refuse(Refusal::Protected {
                reason: "NAT".into(),
            })),
        ),
        (
            "more connections than --max",
            |case| case.policy.max_connections = 0,
            elsewhere(),
            Some(Refuse(Refusal::TooMany { max: 0 })),
        ),
        (
            "a connection there and here",
            |case| {
                let here = connection(EX01, "10.1.4.23:50003");
                case.mailbox.connections.push(here);
            },
            Close,
            Some(Close),
        ),
        (
            "no connection anywhere",
            |case| case.access.connections.clear(),
            NoConnection,
            None,
        ),
        (
            "a connection that is ending already",
            |case| case.access.connections[0].state = TcpState::Other,
            NoConnection,
            None,
        ),
        (
            "sessions of Exchange's own services are carried by no client's connection",
            |case| case.mailbox.logons[0].application_id = Some("Client=OWA".into()),
            ServicesOnly,
            None,
        ),
        (
            "Exchange 2007, where clients connect to the server that holds their sessions",
            |case| {
                case.mailbox.version = crate::exchange::Version::parse("Version 8.3");
            },
            NoConnection,
            None,
        ),
        (
            "a loopback address is each server's own",
            |case| {
                case.mailbox.logons = vec![logon("jsmith", "127.0.0.1", 600)];
                let own = connection("127.0.0.1", "127.0.0.1:50003");
                case.access.connections.push(own);
            },
            Refuse(Refusal::Loopback),
            None,
        ),
    ];
    for (name, change, mailbox, access) in cases {
        let plan = Case::dead_client().with(change).plan();
        let on = |server| {
            let mut decisions = decisions(&plan, server);
            assert!(decisions.len() <= 1, "{name}: {decisions:?}");
            decisions.pop().map(|(_, decision)| decision)
        };
        assert_eq!(on("ex01"), Some(mailbox), "{name}");
        assert_eq!(on("ex02"), access, "{name}");
    }
}

#[test]
fn the_address_of_an_exchange_server_is_no_clients() {
    let through = |server: &str| Decision::Through {
        server: server.into(),
        from: None,
    };
    let refused = |name: Option<&str>| {
        let name = name.map(str::to_owned);
        Decision::Refuse(Refusal::ExchangeServer { name })
    };
    type Change = fn(&mut Case);
    let cases: [(&str, Change, Decision); 7] = [
        (
            "that of a server that was read, by what it says of itself",
            |case| case.mailbox.logons = vec![logon("jsmith", EX02, 600)],
            through("ex02.corp.example"),
        ),
        (
            "its own",
            |case| {
                case.mailbox.logons = vec![logon("jsmith", EX01, 600)];
                let one = connection(EX01, "10.1.4.99:50003");
                case.mailbox.connections.push(one);
            },
            through("ex01.corp.example"),
        ),
        (
            "that of a server of which Active Directory and DNS tell",
            |case| {
                case.mailbox.logons = vec![logon("jsmith", "10.0.0.13", 600)];
                let known = "10.0.0.13".parse().unwrap();
                case.policy.exchange.learn(known, "cas03.corp.example");
            },
            through("cas03.corp.example"),
        ),
        (
            "in use, with --all and --include-shared",
            |case| {
                case.mailbox.logons = vec![logon("jsmith", EX02, 1), logon("bob", EX02, 1)];
                case.policy.close_in_use = true;
                case.policy.close_shared = true;
            },
            through("ex02.corp.example"),
        ),
        (
            "Exchange 2007, where a server's address is no way in",
            |case| {
                case.mailbox.logons = vec![logon("jsmith", EX02, 600)];
                case.mailbox.version = crate::exchange::Version::parse("Version 8.3");
            },
            refused(Some("ex02.corp.example")),
        ),
        (
            "one that is told from clients by connecting to the store itself",
            |case| {
                case.mailbox.connections.push(TcpConnection {
                    image: "STORE.exe".into(),
                    ..connection(EX01, "10.1.4.23:50003")
                });
                case.access.connections.clear();
            },
            refused(None),
        ),
        (
            "one that nothing tells of but the logons from there",
            |case| {
                case.mailbox.logons.push(logon("EX07$", LAPTOP, 600));
                case.access.connections.clear();
            },
            refused(None),
        ),
    ];
    for (name, change, decision) in cases {
        // connections from there are between servers, and stay
        let case = Case::dead_client().with(|case| {
            let between = connection(EX01, "10.0.0.12:50009");
            case.mailbox.connections.push(between);
            change(case);
        });
        let plan = case.plan();
        let mailbox = &plan.for_server("ex01").unwrap().addresses;
        assert_eq!(mailbox.len(), 1, "{name}: {mailbox:#?}");
        assert_eq!(mailbox[0].decision, decision, "{name}");
        assert!(!plan.closes_anything(), "{name}");
    }
}

#[test]
fn a_second_look_takes_the_servers_that_hold_the_sessions_into_account() {
    let address = || ClientAddress::read([LAPTOP]);
    let left = || Change::Left {
        account: r"CORP\jsmith".into(),
    };
    type Later = fn(&mut Case);
    let cases: [(&str, Later, Vec<Change>, bool); 4] = [
        ("the same", |_| (), vec![], true),
        (
            "the client works again",
            |case| case.mailbox.logons.push(logon("jsmith", LAPTOP, 1)),
            vec![Change::NotClosed {
                address: address(),
                now: Decision::KeepInUse(Duration::from_secs(60)),
            }],
            false,
        ),
        (
            "it has connected again",
            |case| {
                let new = connection(EX02, "10.1.4.23:50007");
                case.access.connections.push(new);
            },
            vec![Change::Connected {
                address: address(),
                connections: 1,
            }],
            true,
        ),
        (
            "its sessions are there no more",
            |case| case.mailbox.logons.clear(),
            vec![left()],
            false,
        ),
    ];
    for (name, later, changes, closes) in cases {
        let approved = Case::dead_client().plan();
        let now = Case::dead_client().with(later).plan();
        let second = approved.compared_with(&now, &Policy::default());
        let found: Vec<_> = second
            .changes
            .into_iter()
            .map(|(_, change)| change)
            .collect();
        assert_eq!(found, changes, "{name}");
        assert_eq!(second.plan.closes_anything(), closes, "{name}");
    }
}

#[test]
fn what_a_dead_server_left_is_closed_with_all_whom_it_concerns_but_not_while_anybody_works_through_it()
 {
    use Decision::*;
    const DEAD: &str = "10.0.0.13";
    type Change = fn(&mut Case);
    fn forget(case: &mut Case, server: &str) {
        let exchange = &mut case.policy.exchange;
        exchange.takes_back(server, DEAD.parse().unwrap());
    }
    let may_be_alive = || {
        Refuse(Refusal::MayBeAlive {
            name: "cas03.corp.example".into(),
        })
    };
    let cases: [(&str, Change, Decision); 12] = [
        ("the user alone", |_| (), Close),
        (
            "with others",
            |case| {
                let bob = logon("bob", DEAD, 600);
                case.mailbox.logons.extend([bob, logon("EX03$", DEAD, 600)]);
            },
            Close,
        ),
        (
            "with more connections than a client has",
            |case| case.policy.max_connections = 0,
            Close,
        ),
        (
            "another works through it",
            |case| case.mailbox.logons.push(logon("bob", DEAD, 3)),
            KeepInUse(Duration::from_secs(180)),
        ),
        (
            "whom it concerns is not known",
            |case| case.mailbox.gaps.push(Gap::Stopped),
            Refuse(Refusal::MayBeShared),
        ),
        (
            "it left no connection here",
            |case| case.mailbox.connections.clear(),
            NoConnection,
        ),
        (
            "it is protected",
            |case| {
                case.policy.protected.push(Protected {
                    network: "10.0.0.0/24".parse().unwrap(),
                    reason: "servers".into(),
                });
            },
            Refuse(Refusal::Protected {
                reason: "servers".into(),
            }),
        ),
        (
            "this server has not tried it",
            |case| forget(case, "ex01"),
            may_be_alive(),
        ),
        (
            "only another server has",
            |case| {
                forget(case, "ex01");
                let exchange = &mut case.policy.exchange;
                exchange.hears_nothing("ex02", DEAD.parse().unwrap());
            },
            may_be_alive(),
        ),
        (
            "it tried another of its addresses",
            |case| {
                forget(case, "ex01");
                let exchange = &mut case.policy.exchange;
                exchange.learn("10.0.0.14".parse().unwrap(), "cas03.corp.example");
                assert!(exchange.bury("cas03.corp.example"));
                exchange.hears_nothing("ex01", "10.0.0.14".parse().unwrap());
            },
            may_be_alive(),
        ),
        (
            "it has not, and no flag makes up for that",
            |case| {
                forget(case, "ex01");
                case.policy.close_shared = true;
                case.policy.close_in_use = true;
            },
            may_be_alive(),
        ),
        (
            "it was not seen to be dead",
            |case| {
                case.policy.exchange = ExchangeServers::default();
                let address = DEAD.parse().unwrap();
                case.policy.exchange.learn(address, "cas03.corp.example");
            },
            Through {
                server: "cas03.corp.example".into(),
                from: None,
            },
        ),
    ];
    for (name, change, decision) in cases {
        let case = Case::dead_client().with(|case| {
            case.mailbox.logons = vec![logon("jsmith", DEAD, 600)];
            case.mailbox.connections = vec![TcpConnection {
                image: "store.exe".into(),
                ..connection(EX01, "10.0.0.13:61234")
            }];
            // the dead server's connections to others are not these sessions'
            let to_another = connection(EX02, "10.0.0.13:61235");
            case.access.connections.push(to_another);
            let exchange = &mut case.policy.exchange;
            exchange.learn(DEAD.parse().unwrap(), "cas03.corp.example");
            assert!(exchange.bury("CAS03.corp.example"));
            assert!(!exchange.bury("cas04.corp.example"));
            exchange.hears_nothing("ex01", DEAD.parse().unwrap());
            change(case);
        });
        let plan = case.plan();
        let mailbox = &plan.for_server("ex01").unwrap().addresses;
        assert_eq!(mailbox.len(), 1, "{name}: {mailbox:#?}");
        assert_eq!(mailbox[0].decision, decision, "{name}");
        assert_eq!(plan.for_server("ex02").unwrap().addresses, [], "{name}");
        if name == "with others" {
            assert_eq!(mailbox[0].others, [r"CORP\bob", r"CORP\EX03$"]);
            assert_eq!(
                mailbox[0].dead_server,
                Some(DeadServer {
                    name: "cas03.corp.example".into(),
                    tried_from: vec!["ex01".into()],
                })
            );
        }
    }
}

#[test]
fn from_where_a_client_came_is_what_the_servers_log_says_of_the_user() {
    const DN: &str = "/o=Example/cn=Recipients/cn=jsmith";
    let line = |dn: &str, address: &str, minutes: i64| Connected {
        dn: dn.into(),
        address: address.parse().unwrap(),
        at: now() - SignedDuration::from_mins(minutes),
    };
    let addresses = |texts: &[&str]| -> Option<Vec<IpAddr>> {
        Some(texts.iter().map(|text| text.parse().unwrap()).collect())
    };
    for (log, from) in [
        (None, None),
        (Some(vec![]), addresses(&[])),
        (
            Some(vec![
                line(DN, "10.1.4.23", 90),
                line(&DN.to_uppercase(), "10.1.9.80", 20),
                line(DN, "10.1.4.23", 60),
            ]),
            addresses(&["10.1.9.80", "10.1.4.23"]),
        ),
        // not his, one whose DN only begins alike, a server's, and one's own
        (
            Some(vec![
                line("/o=Example/cn=Recipients/cn=bob", "10.1.4.24", 1),
                line(&format!("{DN}2"), "10.1.4.25", 1),
                line(DN, EX01, 1),
                line(DN, "::1", 1),
            ]),
            addresses(&[]),
        ),
    ] {
        let mut exchange = ExchangeServers::default();
        exchange.learn(EX01.parse().unwrap(), "ex01.corp.example");
        if let Some(log) = log.clone() {
            exchange.tell("EX02.corp.example", log);
        }
        let mailbox = server("ex01", vec![logon("jsmith", EX02, 600)], Vec::new());
        let access = server(
            "ex02",
            Vec::new(),
            vec![connection(EX02, "10.1.4.99:50002")],
        );
        let jsmith = Mailbox {
            account_name: "jsmith".into(),
            legacy_exchange_dn: Some(DN.into()),
            database: None,
        };
        let policy = Policy {
            exchange,
            ..Policy::default()
        };
        let plan = plan(vec![mailbox, access], &[jsmith], &policy);
        let through = Decision::Through {
            server: "ex02.corp.example".into(),
            from: from.clone(),
        };
        assert_eq!(plan.servers[0].addresses[0].decision, through, "{log:?}");
        assert_eq!(plan.passed().is_empty(), from.is_some(), "{log:?}");
        assert!(!plan.closes_anything());
    }
}
