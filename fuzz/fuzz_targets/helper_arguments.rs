//! Whatever the command line, without targets nothing is closed; and listing shows the programs that were named.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_core::helper_run::{Report, TcpState};
use mapisweep_fuzz::machine::{Machine, Scene, run};
use mapisweep_helper::arguments::split;
use mapisweep_helper::{Exit, FourTuple, Row, State};

const STORE: &str = "store.exe";
const OTHER: &str = "w3wp.exe";

fuzz_target!(|line: &str| {
    let units: Vec<_> = line.encode_utf16().collect();
    let arguments = split(&units);
    let mut machine = machine();
    let (exit, output) = run(&arguments, b"", &mut machine);
    assert!(machine.orders.is_empty());
    let report = Report::parse(&output, Some(exit.code().into()));
    if exit != Exit::Done {
        assert_eq!(exit, Exit::Usage);
        assert!(machine.shown.rows.is_empty());
        return assert!(report.is_err());
    }
    let is_named = |name: &str| {
        let same = |argument: &[u8]| argument.eq_ignore_ascii_case(name.as_bytes());
        arguments.split(|byte| *byte == 0).any(same)
    };
    assert!(is_named("list"));
    let all = is_named("--all");
    for target in report.expect("a whole report").targets {
        let image = target.connection.image.as_str();
        assert!(all || is_named(image) || (image == STORE && !is_named(OTHER)));
        assert_eq!(target.connection.state, TcpState::Established);
    }
});

/// One connection of each program, and a listening socket.
fn machine() -> Machine {
    let row = |remote: &str, state, pid| Row {
        connection: FourTuple::between("10.0.0.5:6001".parse().unwrap(), remote.parse().unwrap())
            .unwrap(),
        state,
        pid,
    };
    Machine {
        elevated: true,
        now: Scene {
            rows: vec![
                row("10.1.4.23:51234", State::ESTABLISHED, 1),
                row("10.1.4.23:51235", State::ESTABLISHED, 2),
                row("0.0.0.0:0", State::LISTEN, 1),
            ],
            processes: vec![(1, STORE.to_owned()), (2, OTHER.to_owned())],
        },
        ..Machine::default()
    }
}
