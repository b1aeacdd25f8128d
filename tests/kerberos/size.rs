//! Tickets of people in many groups.

use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, is_clean, realm},
    runs::Run as _,
};

const SIZE: usize = 70_000;

#[test]
fn a_ticket_of_70_kb_goes_whole() {
    let Some(house) = House::of(realm().ticket_size(SIZE)) else {
        return;
    };
    let cache = house.kdc.cache("ann");
    house.kdc.kinit("ann", &cache);
    for library in Library::BOTH {
        for scheme in ["Negotiate", "Kerberos"] {
            let what = format!("{library:?}, {scheme}");
            let server = house.server(json!({"schemes": [scheme], "requires_delegation": false}));
            let run = house.run(&server).library(library).cache(&cache);
            let ran = run.mapisweep("logons");
            assert_eq!(ran.exit, 0, "{what}: {}", ran.stderr);
            let report = server.report();
            is_clean(&report, &what);
            assert!(
                report.count("largest_token") > SIZE as u64,
                "{what}: {report:?}"
            );
            assert_eq!(report.count("sign_ins"), 1, "{what}: {report:?}");
        }
    }
}

/// A server that was not told to take such: `MaxFieldLength`, `MaxRequestBytes`. They go up to 64 KB, so the ticket is
/// one that they help.
#[test]
fn a_server_that_takes_none_so_large_is_told_of() {
    let Some(house) = House::of(realm().ticket_size(14_000)) else {
        return;
    };
    for status in [400, 431] {
        let server = house.server(json!({"max_token": 12_000, "too_large": status}));
        let ran = house.run(&server).password(PASSWORD).mapisweep("logons");
        assert_eq!(ran.exit, 1, "{status}: {}", ran.stderr);
        for words in ["MaxFieldLength", "MaxRequestBytes", "groups"] {
            assert!(ran.stderr.contains(words), "{status}: {}", ran.stderr);
        }
        let report = server.report();
        is_clean(&report, "too large");
        assert_eq!(report.count("sign_ins"), 0, "{report:?}");
    }
}
