//! The system's libraries, MIT's and Heimdal's, against a real KDC and MIT's acceptor.
//!
//! Each case runs with each library, in a process of its own: this program, called again. So it has an environment of
//! its own, and one thread.
#![cfg(unix)]

mod case;
mod failing;
mod place;
mod sealing;
mod signing_in;
mod stage;
mod surroundings;
mod tickets;
mod winrm;

use std::{env, process::ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::{
    case::Case,
    place::{CASE, House, LIBRARIES},
};

fn cases() -> Vec<Case> {
    [
        signing_in::cases(),
        tickets::cases(),
        sealing::cases(),
        failing::cases(),
        surroundings::cases(),
    ]
    .concat()
}

fn main() -> ExitCode {
    if let Some(name) = env::var_os(CASE) {
        let case = cases().into_iter().find(|case| name == case.name);
        stage::play(&case.expect("a case of that name"));
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let Some(house) = House::open() else {
        return ExitCode::SUCCESS;
    };
    let mut trials = vec![trial("no_library", {
        let house = house.clone();
        move || surroundings::no_library(&house)
    })];
    for (family, library) in LIBRARIES {
        for case in cases() {
            let house = house.clone();
            trials.push(trial(&format!("{family}::{}", case.name), move || {
                house.run(&case, family, library)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &str, run: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::test(name, run)
}
