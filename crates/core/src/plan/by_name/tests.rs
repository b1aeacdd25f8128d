//! Clients without an address, as tables: what DNS says of their names, and what becomes of it.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    exchange::{ClientMode, Clock, Limits, Version},
    helper_run::{TcpConnection, TcpState},
    plan::{Refusal, plan, policy::Protected},
};

const LAPTOP: &str = "10.1.4.23";
const FULL: &str = "jsmith-lt.corp.example";
const LAPTOP_6: &str = "2001:db8::1:4:23";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// What DNS says: names with their addresses, and addresses with their names.
fn dns(forward: &[(&str, &[&str])], reverse: &[(&str, Option<&str>)]) -> ClientNames {
    let mut names = ClientNames::default();
    for (name, addresses) in forward {
        let client = name.split('.').next().unwrap();
        let addresses = addresses.iter().map(|text| ip(text)).collect();
        names.learn(client, name, Some(addresses));
    }
    for (address, name) in reverse {
        names.learn_name(ip(address), *name);
    }
    names
}

#[test]
fn only_one_address_a_family_with_one_name_is_gone_by() {
    let laptop = ip(LAPTOP);
    let laptop_6 = ip(LAPTOP_6);
    let both = vec![laptop, ip("10.1.9.9")];
    let other = ByDns::CalledOtherwise {
        address: laptop,
        name: "adoe-pc.corp.example".into(),
    };
    for (forward, reverse, says) in [
        (
            &[(FULL, &[LAPTOP][..])][..],
            &[(LAPTOP, Some(FULL))][..],
            ByDns::Is(vec![laptop]),
        ),
        (
            &[(FULL, &[LAPTOP])],
            &[(LAPTOP, Some("JSMITH-LT.Corp.Example."))],
            ByDns::Is(vec![laptop]),
        ),
        (
            &[(FULL, &["::ffff:10.1.4.23"])],
            &[(LAPTOP, Some("jsmith-lt"))],
            ByDns::Is(vec![laptop]),
        ),
        // the stale record of a lease that somebody else has now
        (
            &[(FULL, &[LAPTOP])],
            &[(LAPTOP, Some("adoe-pc.corp.example"))],
            other.clone(),
        ),
        // one of each family, where each leads back
        (
            &[(FULL, &[LAPTOP, LAPTOP_6])],
            &[(LAPTOP, Some(FULL)), (LAPTOP_6, Some(FULL))],
            ByDns::Is(vec![laptop, laptop_6]),
        ),
        (
            &[(FULL, &[LAPTOP, LAPTOP_6])],
            &[(LAPTOP, Some(FULL)), (LAPTOP_6, None)],
            ByDns::NotCalled(laptop_6),
        ),
        (
            &[(FULL, &[LAPTOP, LAPTOP_6])],
            &[
                (LAPTOP, Some("adoe-pc.corp.example")),
                (LAPTOP_6, Some(FULL)),
            ],
            other,
        ),
        (
            &[(FULL, &[LAPTOP, LAPTOP_6])],
            &[(LAPTOP, Some(FULL))],
            ByDns::NotTold,
        ),
        (
            &[(FULL, &[LAPTOP, LAPTOP_6, "2001:db8::2"])],
            &[
                (LAPTOP, Some(FULL)),
                (LAPTOP_6, Some(FULL)),
                ("2001:db8::2", Some(FULL)),
            ],
            ByDns::Several(vec![laptop, ip("2001:db8::2"), laptop_6]),
        ),
        // nobody asked for it has that address
        (
            &[(FULL, &[LAPTOP])],
            &[(LAPTOP, Some(FULL)), (LAPTOP_6, Some(FULL))],
            ByDns::Several(vec![laptop, laptop_6]),
        ),
        // another computer of that name
        (
            &[(FULL, &[LAPTOP])],
            &[(LAPTOP, Some("jsmith-lt.vpn.example"))],
            ByDns::CalledOtherwise {
                address: laptop,
                name: "jsmith-lt.vpn.example".into(),
            },
        ),
        (
            &[(FULL, &[LAPTOP])],
            &[(LAPTOP, None)],
            ByDns::NotCalled(laptop),
        ),
        (&[(FULL, &[LAPTOP])], &[], ByDns::NotTold),
        (
            &[(FULL, &[LAPTOP, "10.1.9.9"])],
            &[(LAPTOP, Some(FULL))],
            ByDns::Several(both.clone()),
        ),
        (
            &[
                (FULL, &[LAPTOP]),
                ("jsmith-lt.branch.example", &["10.1.9.9"]),
            ],
            &[(LAPTOP, Some(FULL))],
            ByDns::Several(both.clone()),
        ),
        // an address among the connections has the name as well
        (
            &[(FULL, &[LAPTOP])],
            &[(LAPTOP, Some(FULL)), ("10.1.9.9", Some(FULL))],
            ByDns::Several(both),
        ),
        (
            &[(FULL, &[])],
            &[(LAPTOP, Some(FULL))],
            ByDns::OnlyCalled(vec![laptop]),
        ),
        (&[(FULL, &[])], &[(LAPTOP, None)], ByDns::Unknown),
        (&[], &[(LAPTOP, Some(FULL))], ByDns::NotTold),
    ] {
        let names = dns(forward, reverse);
        assert_eq!(names.says("JSMITH-LT"), says, "{forward:?} {reverse:?}");
    }
    let mut partial = dns(&[(FULL, &[LAPTOP])], &[(LAPTOP, Some(FULL))]);
    partial.learn("JSMITH-LT", "jsmith-lt.branch.example", None);
    assert_eq!(partial.says("JSMITH-LT"), ByDns::NotTold);
}

#[test]
fn what_is_no_computers_name_is_not_looked_up() {
    for (client, name) in [
        ("JSMITH-LT", Some("jsmith-lt")),
        (" jsmith_lt ", Some("jsmith_lt")),
        ("PC7.corp.example.", Some("pc7.corp.example")),
        ("10.1.4.23", None),
        ("::1", None),
        // a resolver reads these as addresses
        ("167838743", None),
        ("0x0a010417", None),
        ("localhost", None),
        ("pc.localdomain", None),
        ("JSMITH LT", None),
        ("a\nb", None),
        ("", None),
        (".", None),
        ("a..b", None),
        ("jürgen-pc", None),
    ] {
        assert_eq!(host_name(client).as_deref(), name, "{client:?}");
    }
    assert_eq!(host_name(&"a".repeat(64)), None);
}

fn now() -> Timestamp {
    "2026-03-02T09:05:00Z".parse().unwrap()
}

fn logon(account: &str, address: &str, client: &str) -> Logon {
    let ago = |hours| Some(now() - SignedDuration::from_hours(hours));
    Logon {
        account: Some(format!("CORP\\{account}")),
        client_address: ClientAddress::read([address]),
        client_name: Some(client.into()),
        client_mode: ClientMode::Cached,
        logon_time: ago(30),
        last_access_time: ago(20),
        ..Logon::default()
    }
}

fn connections(local: &str, image: &str, from: &[&str]) -> Vec<TcpConnection> {
    let remotes = from.iter().enumerate();
    let connection = |(number, from): (usize, &&str)| TcpConnection {
        local: format!("{local}:6001").parse().unwrap(),
        remote: format!("{from}:{}", 50_000 + number).parse().unwrap(),
        state: TcpState::Established,
        pid: 3140,
        image: image.into(),
    };
    remotes.map(connection).collect()
}

fn server(name: &str, version: &str, logons: Vec<Logon>) -> ServerSnapshot {
    ServerSnapshot {
        server: name.into(),
        display_name: format!("{name}.corp.example"),
        version: Version::parse(version),
        limits: Limits::DEFAULT,
        clock: Clock {
            now: now(),
            utc_offset: None,
        },
        logons,
        gaps: Vec::new(),
        connections: Vec::new(),
        connections_left_out: 0,
    }
}

/// `jsmith` has dead sessions from `JSMITH-LT`, of which Exchange gives no address; each case changes one thing.
struct Case {
    server: ServerSnapshot,
    elsewhere: ServerSnapshot,
    policy: Policy,
}

impl Case {
    fn blank() -> Self {
        let mut own = server(
            "ex01",
            "Version 8.3",
            vec![logon("jsmith", "", "JSMITH-LT")],
        );
        own.connections = connections("10.0.0.11", "store.exe", &[LAPTOP, LAPTOP, "10.1.4.50"]);
        Self {
            server: own,
            elsewhere: server("ex02", "Version 8.3", Vec::new()),
            policy: Policy {
                names: dns(&[(FULL, &[LAPTOP])], &[(LAPTOP, Some(FULL))]),
                match_names: true,
                ..Policy::default()
            },
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
        plan(vec![self.server, self.elsewhere], &[jsmith], &self.policy)
    }
}

/// The first server's address and decision, what DNS says of it, and how many connections are closed anywhere.
fn first(plan: &Plan) -> (String, Decision, Vec<ByName>, usize) {
    let one = &plan.servers[0].addresses[0];
    let address = one.address.ip().map_or("-".to_owned(), |ip| ip.to_string());
    let closed = plan.connections_closed();
    (address, one.decision.clone(), one.by_name.clone(), closed)
}

fn hint(decision: Option<Decision>) -> Vec<ByName> {
    vec![ByName {
        client: "JSMITH-LT".into(),
        told: ByDns::Is(vec![ip(LAPTOP)]),
        address: Some(ip(LAPTOP)),
        connections: 2,
        decision,
    }]
}

#[test]
fn a_name_is_a_hint_and_with_the_flag_an_address() {
    let plan = Case::blank().with(|case| case.policy.match_names = false);
    let expected = (
        "-".to_owned(),
        Decision::NoAddress,
        hint(Some(Decision::Close)),
        0,
    );
    assert_eq!(first(&plan.plan()), expected);
    let expected = (
        LAPTOP.to_owned(),
        Decision::Close,
        hint(Some(Decision::Close)),
        2,
    );
    assert_eq!(first(&Case::blank().plan()), expected);
}

#[test]
fn what_is_ambiguous_closes_nothing_even_with_the_flag() {
    let twice = [LAPTOP, "10.1.4.50"];
    for names in [
        dns(&[(FULL, &twice)], &[(LAPTOP, Some(FULL))]),
        dns(
            &[(FULL, &[LAPTOP])],
            &[(LAPTOP, Some("adoe-pc.corp.example"))],
        ),
        dns(&[(FULL, &[LAPTOP])], &[(LAPTOP, None)]),
        dns(&[(FULL, &[LAPTOP])], &[]),
        dns(&[(FULL, &[])], &[(LAPTOP, Some(FULL))]),
        dns(&[(FULL, &[])], &[]),
        ClientNames::default(),
    ] {
        let plan = Case::blank().with(|case| case.policy.names = names.clone());
        let (address, decision, hints, closed) = first(&plan.plan());
        assert_eq!(
            (&*address, decision),
            ("-", Decision::NoAddress),
            "{names:?}"
        );
        assert_eq!(closed, 0, "{names:?}");
        assert!(hints.iter().all(|hint| hint.address.is_none()), "{hints:?}");
    }
}

#[test]
fn an_address_by_name_passes_every_rule_that_a_given_one_passes() {
    type Change = fn(&mut Case);
    let shared = |others| Decision::Refuse(Refusal::Shared { others });
    let not_told = |others| Decision::Refuse(Refusal::NamesNotTold { others });
    let cases: [(&str, Change, Decision); 13] = [
        (
            "protected",
            |case| {
                case.policy.protected.push(Protected {
                    network: "10.1.4.0/24".parse().unwrap(),
                    reason: "VPN".into(),
                });
            },
            Decision::Refuse(Refusal::Protected {
                reason: "VPN".into(),
            }),
        ),
        (
            "a gateway",
            |case| case.policy.max_connections = 1,
            Decision::Refuse(Refusal::TooMany { max: 1 }),
        ),
        (
            "an Exchange server",
            |case| case.policy.exchange.learn(ip(LAPTOP), "cas01"),
            Decision::Refuse(Refusal::ExchangeServer {
                name: Some("cas01".into()),
            }),
        ),
        (
            "in use",
            |case| case.server.logons[0].last_access_time = Some(now()),
            Decision::KeepInUse(std::time::Duration::ZERO),
        ),
        (
            "in use by a row that names the address",
            |case| {
                let mut live = logon("jsmith", LAPTOP, "JSMITH-LT");
                live.last_access_time = Some(now());
                case.server.logons.push(live);
            },
            Decision::KeepInUse(std::time::Duration::ZERO),
        ),
        (
            "shared by a row that names the address",
            |case| case.server.logons.push(logon("adoe", LAPTOP, "ADOE-PC")),
            shared(1),
        ),
        (
            "shared by the same name",
            |case| case.server.logons.push(logon("adoe", "", "jsmith-lt")),
            shared(1),
        ),
        (
            "shared by another name with the same address, whatever else that has",
            |case| {
                case.server.logons.push(logon("adoe", "", "ADOE-PC"));
                let names = &mut case.policy.names;
                let addresses = vec![ip(LAPTOP), ip("10.1.9.9")];
                names.learn("ADOE-PC", "adoe-pc.corp.example", Some(addresses));
            },
            shared(1),
        ),
        (
            "shared by the same name on another server",
            |case| case.elsewhere.logons.push(logon("adoe", "", "JSMITH-LT")),
            Decision::Refuse(Refusal::SharedElsewhere {
                others: 1,
                servers: vec!["ex02".into()],
            }),
        ),
        (
            "others' names were not told",
            |case| {
                case.server.logons.push(logon("adoe", "", "ADOE-PC"));
                case.elsewhere.logons.push(logon("brown", "", "BROWN-PC"));
            },
            not_told(2),
        ),
        (
            "others' names lead elsewhere",
            |case| {
                case.server.logons.push(logon("adoe", "", "ADOE-PC"));
                let addresses = vec![ip("10.1.9.9")];
                let names = &mut case.policy.names;
                names.learn("ADOE-PC", "adoe-pc.corp.example", Some(addresses));
            },
            Decision::Close,
        ),
        (
            "others have an address of their own, or no client",
            |case| {
                let mut service = logon("adoe", "", "EX01");
                service.application_id = Some("Client=OWA".into());
                let elsewhere = logon("adoe", "10.1.9.9", "JSMITH-LT");
                case.server.logons.extend([service, elsewhere]);
            },
            Decision::Close,
        ),
        (
            "shared, and that is wished",
            |case| {
                case.policy.close_shared = true;
                case.server.logons.push(logon("adoe", "", "jsmith-lt"));
            },
            Decision::Close,
        ),
    ];
    for (name, change, decision) in cases {
        let plan = Case::blank().with(change).plan();
        let of_it = plan.servers[0].addresses.iter();
        let mut of_it = of_it.filter(|plan| plan.address.ip() == Some(ip(LAPTOP)));
        // an Exchange server's address is not gone by
        let decided = of_it.next().map(|plan| &plan.decision);
        assert_eq!(decided, Some(&decision), "{name}");
        // and without the flag the hint says so
        let hinted = Case::blank().with(change);
        let hinted = hinted.with(|case| case.policy.match_names = false).plan();
        let hints = hinted.servers[0].by_name();
        assert_eq!(hints[0].decision, Some(decision), "{name}");
        assert_eq!(hinted.connections_closed(), 0, "{name}");
    }
}

#[test]
fn of_two_addresses_it_is_the_one_that_connections_come_from_and_both_pass_the_rules() {
    type Change = fn(&mut Case);
    let from = |case: &mut Case, from: &[&str]| {
        case.server.connections = Vec::new();
        for (number, address) in from.iter().enumerate() {
            let remote = std::net::SocketAddr::new(ip(address), 50_000 + number as u16);
            let mut one = connections("10.0.0.11", "store.exe", &["10.1.4.50"]).remove(0);
            if remote.is_ipv6() {
                one.local = "[2001:db8::11]:6001".parse().unwrap();
            }
            one.remote = remote;
            case.server.connections.push(one);
        }
    };
    let dual = || {
        dns(
            &[(FULL, &[LAPTOP, LAPTOP_6])],
            &[(LAPTOP, Some(FULL)), (LAPTOP_6, Some(FULL))],
        )
    };
    let refused = |refusal| Decision::Refuse(refusal);
    let nothing: Change = |_| {};
    /// What is so, where connections come from, the address that is gone by, and what becomes of it.
    type Dual<'c> = (&'c str, &'c [&'c str], Change, Option<&'c str>, Decision);
    let cases: [Dual<'_>; 9] = [
        (
            "by IPv6",
            &[LAPTOP_6, LAPTOP_6],
            nothing,
            Some(LAPTOP_6),
            Decision::Close,
        ),
        ("by IPv4", &[LAPTOP], nothing, Some(LAPTOP), Decision::Close),
        (
            "by both",
            &[LAPTOP, LAPTOP_6],
            nothing,
            None,
            Decision::NoAddress,
        ),
        (
            "by none",
            &["10.1.4.50"],
            nothing,
            None,
            Decision::NoAddress,
        ),
        (
            "the other is protected",
            &[LAPTOP_6],
            |case| {
                case.policy.protected.push(Protected {
                    network: "10.1.4.0/24".parse().unwrap(),
                    reason: "VPN".into(),
                });
            },
            Some(LAPTOP_6),
            refused(Refusal::Protected {
                reason: "VPN".into(),
            }),
        ),
        (
            "the other is an Exchange server's",
            &[LAPTOP_6],
            |case| case.policy.exchange.learn(ip(LAPTOP), "cas01"),
            Some(LAPTOP_6),
            refused(Refusal::ExchangeServer {
                name: Some("cas01".into()),
            }),
        ),
        (
            "somebody else is at the other by a row",
            &[LAPTOP_6],
            |case| case.server.logons.push(logon("adoe", LAPTOP, "ADOE-PC")),
            Some(LAPTOP_6),
            refused(Refusal::Shared { others: 1 }),
        ),
        (
            "somebody else is at the other on another server",
            &[LAPTOP_6],
            |case| case.elsewhere.logons.push(logon("adoe", LAPTOP, "ADOE-PC")),
            Some(LAPTOP_6),
            refused(Refusal::SharedElsewhere {
                others: 1,
                servers: vec!["ex02".into()],
            }),
        ),
        (
            "it is at work by a row that names the other",
            &[LAPTOP_6],
            |case| {
                let mut live = logon("jsmith", LAPTOP, "JSMITH-LT");
                live.last_access_time = Some(now());
                case.server.logons.push(live);
            },
            Some(LAPTOP_6),
            Decision::KeepInUse(std::time::Duration::ZERO),
        ),
    ];
    for (name, seen, change, gone_by, decision) in cases {
        let case = || {
            let dual = Case::blank().with(|case| case.policy.names = dual());
            dual.with(|case| from(case, seen)).with(change)
        };
        let plan = case().plan();
        let hints = plan.servers[0].by_name();
        assert_eq!(hints[0].address, gone_by.map(ip), "{name}");
        let mut of_it = plan.servers[0].addresses.iter();
        let of_it = of_it.find(|plan| plan.address.ip() == gone_by.map(ip));
        assert_eq!(of_it.map(|plan| &plan.decision), Some(&decision), "{name}");
        let closed = if decision == Decision::Close {
            seen.len()
        } else {
            0
        };
        assert_eq!(plan.connections_closed(), closed, "{name}");
        let hinted = case().with(|case| case.policy.match_names = false).plan();
        assert_eq!(
            hinted.servers[0].by_name()[0].address,
            gone_by.map(ip),
            "{name}"
        );
        assert_eq!(hinted.connections_closed(), 0, "{name}");
    }
}

#[test]
fn what_exchange_gives_is_not_overruled_but_where_it_is_a_servers() {
    for (given, matched) in [
        ("", true),
        ("0.0.0.0", true),
        ("127.0.0.1", true),
        ("10.0.0.12", true),
        ("10.1.9.9", false),
        ("fe80::1", false),
    ] {
        let case = Case::blank().with(|case| {
            case.server.logons[0].client_address = ClientAddress::read([given]);
            case.policy.exchange.learn(ip("10.0.0.12"), "cas01");
        });
        let (address, ..) = first(&case.plan());
        assert_eq!(address == LAPTOP, matched, "{given}");
    }
    // it lives: a dead one's rows are judged together
    let dead = Case::blank().with(|case| {
        case.server.logons[0].client_address = ClientAddress::read(["10.0.0.12"]);
        case.policy.exchange.learn(ip("10.0.0.12"), "cas01");
        case.policy.exchange.bury("cas01");
    });
    assert_eq!(first(&dead.plan()).0, "10.0.0.12");
    // and no connection: nothing to be gained
    let none = Case::blank().with(|case| case.server.connections.clear());
    let (address, decision, hints, _) = first(&none.plan());
    assert_eq!((&*address, decision), ("-", Decision::NoAddress));
    assert_eq!((hints[0].connections, &hints[0].decision), (0, &None));
    // of Exchange's own services
    let service = Case::blank().with(|case| {
        case.server.logons[0].application_id = Some("Client=OWA".into());
    });
    assert_eq!(first(&service.plan()).1, Decision::ServicesOnly);
}

#[test]
fn on_2010_the_connections_are_closed_on_another_server_and_the_rows_known_again() {
    const IMAGE: &str = "Microsoft.Exchange.RpcClientAccess.Service.exe";
    let case = Case::blank().with(|case| {
        case.server.version = Version::parse("Version 14.3");
        case.server.connections.clear();
        case.elsewhere.version = Version::parse("Version 14.3");
        case.elsewhere.connections = connections("10.0.0.12", IMAGE, &[LAPTOP, LAPTOP]);
    });
    let plan = case.plan();
    assert_eq!(plan.connections_closed(), 2);
    let closed: Vec<_> = plan.servers[1].closed_addresses().collect();
    assert_eq!(closed[0].by_name, hint(Some(Decision::Close)));
    assert_eq!(closed[0].held_on[0].server, "ex01");

    let mut later = [
        logon("jsmith", "", "JSMITH-LT"),
        logon("adoe", "", "JSMITH-LT"),
        logon("jsmith", "", "OTHER"),
    ];
    plan.servers[0].match_again(&mut later);
    let addresses = later.map(|logon| logon.client_address.ip());
    assert_eq!(addresses, [Some(ip(LAPTOP)), None, None]);
}

#[test]
fn dns_is_asked_only_where_a_client_has_no_address() {
    let jsmith = [Mailbox {
        account_name: "jsmith".into(),
        legacy_exchange_dn: None,
        database: None,
    }];
    let wanted = |case: Case| {
        let snapshots = vec![case.server, case.elsewhere];
        let everywhere = Everywhere::of(&snapshots, &jsmith);
        let plan = plan(snapshots, &jsmith, &case.policy);
        Wanted::of(&plan, &everywhere, &jsmith, &case.policy)
    };
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let found = wanted(Case::blank().with(|case| {
        case.policy.names = ClientNames::default();
        case.server.logons.push(logon("adoe", "", "ADOE-PC"));
        case.elsewhere
            .logons
            .push(logon("brown", "10.1.4.50", "BROWN-PC"));
        case.elsewhere.logons.push(logon("grey", "", "JSMITH-LT"));
    }));
    assert_eq!(
        found,
        Wanted {
            theirs: set(&["jsmith-lt"]),
            others: set(&["adoe-pc"]),
            unnamed: [ip(LAPTOP)].into(),
        }
    );
    let given = Case::blank().with(|case| {
        case.server.logons[0].client_address = ClientAddress::read([LAPTOP]);
        case.server.logons.push(logon("adoe", "", "ADOE-PC"));
    });
    assert!(wanted(given).is_nothing());
}
