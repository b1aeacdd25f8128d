//! Every way to a ticket and every way to use it: the whole job, and what the KDC and the server saw of it.

use mapisweep_outside::say;
use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, SERVICE, is_clean, realm},
    runs::{all_are_closed, everybody_is_shown},
};

/// So many people with one logon each.
const CROWD: usize = 40;
/// So many stale connections of one user.
const HEAP: usize = 100;

/// As RFC 4757 has it and WinRM does not.
const PADDED: &str = "RC4 with padding";

#[test]
fn by_password_or_ticket_in_either_scheme_with_either_library() {
    for encryption in ["AES", "RC4", PADDED] {
        for proof in ["password", "ticket"] {
            for scheme in ["Negotiate", "Kerberos"] {
                for library in Library::BOTH {
                    if !the_whole_job(encryption, proof, scheme, library) {
                        return;
                    }
                }
            }
        }
    }
}

/// Whether it could be done here.
fn the_whole_job(encryption: &str, proof: &str, scheme: &str, library: Library) -> bool {
    let what = format!("{proof}, {encryption}, {scheme}, {library:?}");
    let realm = match encryption {
        "AES" => realm(),
        _ => realm().rc4_only(),
    };
    let Some(house) = House::of(realm) else {
        return false;
    };
    let server = house.server(json!({
        "schemes": [scheme],
        "crowd": CROWD,
        "heap": HEAP,
        "kerberos": {"padded_rc4": encryption == PADDED},
    }));
    let run = house.run(&server).library(library);
    let (run, asked) = if proof == "password" {
        (run.password(PASSWORD), 2)
    } else {
        let cache = house.kdc.cache("ann");
        house.kdc.kinit("ann", &cache);
        (run.cache(&cache), 1)
    };
    everybody_is_shown(&run, CROWD);
    all_are_closed(&run, HEAP);

    let report = server.report();
    is_clean(&report, &what);
    assert_eq!(report.people["ann@CORP.EXAMPLE"], 2, "{what}: {report:?}");
    assert_eq!(report.count("second_hops"), 2, "{what}: {report:?}");
    // kinit's, or one a run
    let log = house.kdc.log();
    assert_eq!(
        log.ticket_granting_tickets("ann"),
        asked,
        "{what}: {}",
        log.text()
    );
    assert!(log.service_tickets(SERVICE) <= 2, "{what}: {}", log.text());
    assert_eq!(log.refused_passwords("ann"), 0, "{what}: {}", log.text());
    say(&format!("Kerberos: {what}"));
    true
}
