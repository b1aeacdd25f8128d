//! A ticket in the admin's name goes along where a cmdlet needs Active Directory, may go and can; and it is said.

use mapisweep_outside::Account;
use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, is_clean, realm},
    runs::Run as _,
};

const GOES: &str = "A ticket in your name goes to ex01.corp.example";
const SECOND_HOP: &str = "second hop";

/// What proves who somebody is.
#[derive(Debug, Clone, Copy)]
enum Proof {
    /// The password of a person.
    Password(&'static str),
    /// A ticket of `ann`'s that was got with this option of `kinit`'s.
    Ticket(&'static str),
}

/// What is run, and what comes of it.
struct Case {
    proof: Proof,
    line: &'static str,
    exit: i32,
    /// Tickets that went along and were good for Active Directory.
    hops: u64,
    says: &'static [&'static str],
    says_nothing_of: &'static [&'static str],
}

const CASES: [Case; 6] = [
    Case {
        proof: Proof::Password("ann"),
        line: "logons",
        exit: 0,
        hops: 1,
        says: &[GOES],
        says_nothing_of: &[],
    },
    Case {
        proof: Proof::Ticket("-f"),
        line: "logons",
        exit: 0,
        hops: 1,
        says: &[GOES],
        says_nothing_of: &[],
    },
    Case {
        proof: Proof::Ticket("-f"),
        line: "logons --no-delegation",
        exit: 1,
        hops: 0,
        says: &[SECOND_HOP],
        says_nothing_of: &[GOES],
    },
    Case {
        proof: Proof::Ticket("-F"),
        line: "logons",
        exit: 1,
        hops: 0,
        says: &[SECOND_HOP, "kinit -f"],
        says_nothing_of: &[],
    },
    Case {
        proof: Proof::Password("sam"),
        line: "logons",
        exit: 1,
        hops: 0,
        says: &[SECOND_HOP, "sensitive and cannot be delegated"],
        says_nothing_of: &[],
    },
    // TCP's table is not in Active Directory
    Case {
        proof: Proof::Password("ann"),
        line: "connections",
        exit: 0,
        hops: 0,
        says: &[],
        says_nothing_of: &[GOES],
    },
];

#[test]
fn a_ticket_goes_along_where_it_is_needed() {
    let realm = realm().account("sam", PASSWORD, Account::NotDelegable);
    let Some(house) = House::of(realm) else {
        return;
    };
    for library in Library::BOTH {
        for case in &CASES {
            let what = format!("{library:?}, {:?}, {}", case.proof, case.line);
            let server = house.server(json!({}));
            let run = house.run(&server).library(library);
            let run = match case.proof {
                Proof::Password(person) => run
                    .user(&format!("{person}@CORP.EXAMPLE"))
                    .password(PASSWORD),
                Proof::Ticket(option) => {
                    let cache = house.kdc.cache(option);
                    house.kdc.kinit_with(&[option], "ann", &cache);
                    run.cache(&cache)
                }
            };
            let ran = run.mapisweep(case.line);
            let report = server.report();
            is_clean(&report, &what);
            let (passed_on, hops) = (report.count("delegations"), report.count("second_hops"));
            assert_eq!(
                (ran.exit, passed_on, hops),
                (case.exit, case.hops, case.hops),
                "{what}: {}",
                ran.stderr
            );
            for words in case.says {
                assert!(ran.stderr.contains(words), "{what}: {}", ran.stderr);
            }
            for words in case.says_nothing_of {
                assert!(!ran.stderr.contains(words), "{what}: {}", ran.stderr);
            }
        }
    }
}
