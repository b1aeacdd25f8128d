//! Two people at once, many times: nobody is taken for somebody else.

use std::thread;

use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, is_clean, realm},
    runs::Run as _,
};

/// Each person's.
const RUNS: usize = 16;

#[test]
fn two_people_at_once_do_not_meet() {
    let Some(house) = House::of(realm().person("bob", PASSWORD)) else {
        return;
    };
    let caches = house.kdc.collection("caches");
    for person in ["ann", "bob"] {
        house.kdc.kinit(person, &caches);
        house.kdc.kinit(person, &house.kdc.cache(person));
    }
    let server = house.server(json!({}));
    thread::scope(|scope| {
        for number in 0..RUNS * 2 {
            let person = ["ann", "bob"][number % 2];
            let library = Library::BOTH[number / 2 % 2];
            // Heimdal 7.8 crashes where it looks through a folder of tickets, so with it none is looked through
            let cache = match library {
                Library::Mit => caches.clone(),
                Library::Heimdal => house.kdc.cache(person),
            };
            let run = house.run(&server).library(library).cache(&cache);
            let run = run.user(&format!("{person}@CORP.EXAMPLE"));
            let run = match number / 4 % 2 {
                0 => run.password(PASSWORD),
                _ => run,
            };
            scope.spawn(move || {
                let ran = run.mapisweep("logons");
                assert_eq!(
                    ran.exit, 0,
                    "{number}: {person}, {library:?}: {}",
                    ran.stderr
                );
            });
        }
    });
    let report = server.report();
    is_clean(&report, "crowd");
    let people: Vec<_> = report
        .people
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    let runs = RUNS as u64;
    assert_eq!(
        people,
        [("ann@CORP.EXAMPLE", runs), ("bob@CORP.EXAMPLE", runs)]
    );
    assert_eq!(report.count("second_hops"), 2 * runs, "{report:?}");
}
