//! A run's lock: held by one, free when that one is gone.

use std::{fs, path::Path};

use uuid::Uuid;

use super::*;

fn files(state_dir: &Path) -> usize {
    fs::read_dir(state_dir.join("at-work")).map_or(0, Iterator::count)
}

#[test]
fn a_run_at_work_is_taken_by_nobody_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let [run, other] = [Uuid::new_v4(), Uuid::new_v4()];
    let held = AtWork::begin(folder.path(), run);
    let process = Process::own(&held);
    assert!(process.holds_lock && process.is_here());
    let taken = |run| AtWork::take(folder.path(), run, Some(&process));
    assert_eq!(taken(run).unwrap_err(), Busy::AtWork);
    // another run's start clears nothing away that is held
    let beside = AtWork::begin(folder.path(), other);
    assert_eq!(files(folder.path()), 2);
    drop(held);
    let going_on = taken(run).unwrap();
    // two do not go on with one run
    assert_eq!(taken(run).unwrap_err(), Busy::AtWork);
    drop((going_on, beside));
    assert_eq!(files(folder.path()), 0);
}

#[test]
fn what_a_killed_run_left_is_cleared_away_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("at-work");
    fs::create_dir(&place).unwrap();
    fs::write(place.join(Uuid::new_v4().to_string()), "").unwrap();
    fs::write(place.join("notes"), "").unwrap();
    drop(AtWork::begin(folder.path(), Uuid::new_v4()));
    assert_eq!(files(folder.path()), 1);
    assert!(place.join("notes").exists());
}

#[test]
fn without_locks_the_process_is_looked_for() {
    let own = Process::own(&AtWork::begin(Path::new("/dev/null/state"), Uuid::new_v4()));
    assert!(!own.holds_lock);
    let gone = Process {
        pid: i32::MAX,
        ..own.clone()
    };
    let elsewhere = Process {
        host: "another-laptop".into(),
        ..gone.clone()
    };
    for (process, busy) in [
        (&own, Some(Busy::IsThere)),
        (&gone, None),
        (&elsewhere, Some(Busy::NotSeen)),
    ] {
        // what has locks now need not have had them then
        let folder = tempfile::tempdir().unwrap();
        for state_dir in [folder.path(), Path::new("/dev/null/state")] {
            let taken = AtWork::take(state_dir, Uuid::new_v4(), Some(process));
            assert_eq!(taken.err(), busy, "{process:?}");
        }
    }
}
