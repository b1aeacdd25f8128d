//! How a person's realm and its KDC are found, and people of another realm than the server's.

use std::fs;

use mapisweep_outside::say;
use serde_json::json;

use crate::{
    house::{HOST, House, Library, PASSWORD, is_clean, realm},
    runs::Run as _,
};

/// What the system's configuration knows.
#[derive(Debug, Clone, Copy)]
enum Knows {
    All,
    NoKdc,
    Nothing,
}

/// How the admin is called, what the computer knows, what is added, whom the server sees.
const CASES: [(&str, Knows, &str, &str); 11] = [
    ("ann@CORP.EXAMPLE", Knows::All, "", "ann@CORP.EXAMPLE"),
    ("ann@corp.example", Knows::All, "", "ann@CORP.EXAMPLE"),
    (r"CORP\ann", Knows::All, "", "ann@CORP.EXAMPLE"),
    (
        "ann",
        Knows::All,
        "--realm corp.example",
        "ann@CORP.EXAMPLE",
    ),
    (
        r"CORP\ann",
        Knows::NoKdc,
        "--kdc KDC --realm corp.example",
        "ann@CORP.EXAMPLE",
    ),
    (
        "ann@corp.example",
        Knows::Nothing,
        "--kdc KDC",
        "ann@CORP.EXAMPLE",
    ),
    (
        r"CORP\ann",
        Knows::Nothing,
        "--realm CORP.EXAMPLE --kdc KDC",
        "ann@CORP.EXAMPLE",
    ),
    (
        "ann",
        Knows::Nothing,
        "--kdc KDC --realm CORP.EXAMPLE",
        "ann@CORP.EXAMPLE",
    ),
    // the server is of a realm that lets in those of another
    ("bob@partner.example", Knows::All, "", "bob@PARTNER.EXAMPLE"),
    (
        r"PARTNER\bob",
        Knows::All,
        "--realm PARTNER.EXAMPLE",
        "bob@PARTNER.EXAMPLE",
    ),
    (
        "bob",
        Knows::All,
        "--realm partner.example",
        "bob@PARTNER.EXAMPLE",
    ),
];

#[test]
fn a_person_is_found_in_the_right_realm() {
    let realm = realm().trusts("PARTNER.EXAMPLE").realm("PARTNER.EXAMPLE");
    let Some(house) = House::of(realm.person("bob", PASSWORD)) else {
        return;
    };
    let kdc = &house.kdc;
    for library in Library::BOTH {
        for (user, knows, flags, person) in CASES {
            let what = format!("{library:?}, {user}, {knows:?}, {flags}");
            let server = house.server(json!({}));
            let configuration = match knows {
                Knows::All => kdc.krb5_conf(),
                Knows::NoKdc => kdc.krb5_conf_without_kdc(),
                Knows::Nothing => kdc.krb5_conf_without_realm(),
            };
            let run = house
                .run(&server)
                .library(library)
                .user(user)
                .password(PASSWORD);
            let run = run.configuration(&configuration);
            let line = format!("logons {}", flags.replace("KDC", &kdc.address()));
            let ran = run.mapisweep(line.trim());
            assert_eq!(ran.exit, 0, "{what}: {}", ran.stderr);
            let report = server.report();
            is_clean(&report, &what);
            assert_eq!(report.people.keys().collect::<Vec<_>>(), [person], "{what}");
            assert_eq!(report.count("second_hops"), 1, "{what}: {report:?}");
        }
    }
    say("Kerberos: people found in their realms");
}

/// What the server of another domain is called.
const ELSEWHERE: &str = "ex09.partner.example";

/// `CORP\ann` is the same person at servers of two domains, although the other one has an `ann`, too, and is the
/// system's own: no KDC is shown her password as that of the other.
#[test]
fn a_person_is_one_at_servers_of_several_domains() {
    let realm = realm().trusts("PARTNER.EXAMPLE").realm("PARTNER.EXAMPLE");
    let realm = realm.trusts("CORP.EXAMPLE").person("ann", "another's");
    let Some(house) = House::of(realm.service(&format!("HTTP/{ELSEWHERE}"))) else {
        return;
    };
    let kdc = &house.kdc;
    let text = fs::read_to_string(kdc.krb5_conf()).unwrap();
    let elsewhere = kdc.folder().join("elsewhere.conf");
    let text = text.replace("default_realm = CORP", "default_realm = PARTNER");
    fs::write(&elsewhere, text).unwrap();
    for library in Library::BOTH {
        let server = house.server(json!({}));
        let other = house.server(json!({ "name": ELSEWHERE }));
        let run = house.run(&server).library(library).user(r"CORP\ann");
        let run = run.configuration(&elsewhere).password(PASSWORD);
        let to_other = format!(
            "--server {ELSEWHERE} --connect-to {ELSEWHERE}=127.0.0.1:{}",
            other.port()
        );
        let ran = run.flags(&to_other).mapisweep("logons");
        assert_eq!(ran.exit, 0, "{library:?}: {}", ran.stderr);
        for report in [server.report(), other.report()] {
            let people: Vec<_> = report.people.keys().collect();
            assert_eq!(people, ["ann@CORP.EXAMPLE"], "{library:?}");
        }
    }
    assert_eq!(kdc.log().refused_passwords("ann"), 0);
    say("Kerberos: one person at servers of two domains");
}

/// A ticket of the same account name, and of somebody else.
#[test]
fn nobody_elses_ticket_is_taken_for_a_named_person() {
    let realm = realm().trusts("PARTNER.EXAMPLE").realm("PARTNER.EXAMPLE");
    let Some(house) = House::of(realm) else {
        return;
    };
    let cache = house.kdc.cache("ann");
    house.kdc.kinit("ann", &cache);
    for (user, flags) in [
        (r"CORP\ann", "--realm PARTNER.EXAMPLE"),
        (r"PARTNER\ann", "--server ex09.partner.example"),
        ("ann@partner.example", "--realm PARTNER.EXAMPLE"),
        // the account of one server is nobody of the domain at the others
        (r"EX02\ann", "--server ex02.corp.example"),
        (r"EX01\ann", "--server ex02.corp.example"),
        (r".\ann", "--server ex02.corp.example"),
        ("ann", "--server ex02.corp.example"),
    ] {
        for library in Library::BOTH {
            let server = house.server(json!({}));
            let run = house.run(&server).library(library).user(user);
            let ran = run.cache(&cache).flags(flags).mapisweep("logons");
            let what = format!("{library:?}, {user} {flags}: {}", ran.stderr);
            assert_eq!(ran.exit, 2, "{what}");
            assert_eq!(server.report().count("sign_ins"), 0, "{what}");
        }
    }
    say(&format!("Kerberos: nobody else's ticket at {HOST}"));
}

/// A short name stays one, whatever domain the network has told this computer to search: here it could have a ticket
/// for another server, and the admin's own with it.
#[test]
fn the_network_does_not_complete_a_servers_name() {
    let realm = realm().service("HTTP/ex02");
    let Some(house) = House::of(realm.service("HTTP/ex02.elsewhere.example")) else {
        return;
    };
    for library in Library::BOTH {
        let server = house.server(json!({}));
        let run = house.run(&server).library(library).password(PASSWORD);
        // as DHCP would have it in /etc/resolv.conf
        let run = run.env("LOCALDOMAIN", "elsewhere.example");
        let ran = run.flags("--spn HTTP/ex02").mapisweep("logons");
        assert_eq!(ran.exit, 0, "{library:?}: {}", ran.stderr);
    }
    let log = house.kdc.log();
    assert_eq!(log.service_tickets("HTTP/ex02.elsewhere.example"), 0);
    assert_eq!(log.service_tickets("HTTP/ex02"), 2);
}
