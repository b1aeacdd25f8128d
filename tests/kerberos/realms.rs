//! How a person's realm and its KDC are found, and people of another realm than the server's.

use mapisweep_outside::say;
use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, is_clean, realm},
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
