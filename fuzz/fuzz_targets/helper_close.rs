//! Whatever the table shows and however it changes, the helper closes only what is on the client's list and, as far as
//! it was shown, still what was planned; and claims only what it was shown afterwards.
#![no_main]

use std::net::SocketAddr;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use mapisweep_core::helper_run::{HelperRequest, Outcome, Report, TcpConnection, TcpState};
use mapisweep_fuzz::machine::{Event, Machine, Scene, run};
use mapisweep_helper::{Exit, FourTuple, Row, State};

/// Numbers stand for one of [`ENDS`], of [`IMAGES`], of a few processes, for a state.
#[derive(Arbitrary, Debug)]
struct Case {
    elevated: bool,
    max: u8,
    /// Local, remote, state, process.
    rows: Vec<(u8, u8, u8, u8)>,
    processes: [u8; PROCESSES],
    /// Local, remote, process, program.
    targets: Vec<(u8, u8, u8, u8)>,
    events: Vec<Event>,
}

const PROCESSES: usize = 4;

/// What may be closed, and what never may.
const ENDS: [&str; 16] = [
    "10.0.0.5:6001",
    "10.1.4.23:51234",
    "10.1.4.23:51235",
    "10.1.4.24:51234",
    "10.0.0.5:445",
    "127.0.0.1:6001",
    "0.0.0.0:6001",
    "10.1.4.23:0",
    "[2001:db8::5]:6001",
    "[2001:db8::23]:51234",
    "[fe80::23%4]:51234",
    "[fe80::23%5]:51234",
    "[::ffff:127.0.0.1]:51234",
    "[::ffff:10.0.0.5]:6001",
    "[::1]:6001",
    "[::]:6001",
];

/// Exchange's, and others.
const IMAGES: [&str; 5] = [
    "store.exe",
    "STORE.EXE",
    "Microsoft.Exchange.RpcClientAccess.Service.exe",
    "lsass.exe",
    "störe.exe",
];
const EXCHANGE: usize = 3;

fn end(number: u8) -> SocketAddr {
    let text = ENDS[usize::from(number) % ENDS.len()];
    text.parse().expect("an address and a port")
}

fn image(number: u8) -> String {
    IMAGES[usize::from(number) % IMAGES.len()].to_owned()
}

fn pid(number: u8) -> u32 {
    u32::from(number) % PROCESSES as u32
}

fuzz_target!(|case: Case| {
    let mut machine = Machine {
        elevated: case.elevated,
        now: scene(&case),
        events: case.events,
        ..Machine::default()
    };
    let targets: Vec<_> = case.targets.into_iter().filter_map(target).collect();
    let request = HelperRequest::Close(targets.clone());
    let arguments = format!("close\0--max\0{}\0", case.max);
    let input = request.input();
    let (exit, output) = run(arguments.as_bytes(), input.as_bytes(), &mut machine);

    check_orders(&machine, &targets);
    if matches!(exit, Exit::Done | Exit::Incomplete) {
        assert!(machine.elevated && targets.len() <= usize::from(case.max));
        let report = Report::parse(&output, Some(exit.code().into())).expect("a whole report");
        check_claims(&machine, &targets, &report, exit);
    } else {
        assert!(machine.orders.is_empty());
        assert!(Report::parse(&output, Some(exit.code().into())).is_err());
    }
});

/// A table has a connection once.
fn scene(case: &Case) -> Scene {
    let mut scene = Scene::default();
    for (local, remote, state, owner) in &case.rows {
        let row = FourTuple::between(end(*local), end(*remote)).map(|connection| Row {
            connection,
            state: State(u32::from(state % 14)),
            pid: pid(*owner),
        });
        let is_new = |row: &Row| {
            scene
                .rows
                .iter()
                .all(|old| old.connection != row.connection)
        };
        scene.rows.extend(row.filter(is_new));
    }
    let images = case.processes.iter().copied().map(image);
    scene.processes = (0..).zip(images).collect();
    scene
}

fn target((local, remote, owner, program): (u8, u8, u8, u8)) -> Option<TcpConnection> {
    let (local, remote) = (end(local), end(remote));
    (local.is_ipv4() == remote.is_ipv4()).then(|| TcpConnection {
        local,
        remote,
        state: TcpState::Established,
        pid: pid(owner),
        image: image(program),
    })
}

fn check_orders(machine: &Machine, targets: &[TcpConnection]) {
    for (index, order) in machine.orders.iter().enumerate() {
        let is_it = |other: &FourTuple| *other == order.connection;
        assert!(
            !machine.orders[..index]
                .iter()
                .any(|other| is_it(&other.connection))
        );
        let (local, remote) = order.connection.ends();
        let mut planned = targets
            .iter()
            .filter(|target| (target.local, target.remote) == (local, remote));
        let (Some(planned), None) = (planned.next(), planned.next()) else {
            panic!("it is not on the list, or twice");
        };

        let row = order.shown.live(&order.connection).expect("it was shown");
        let image = order.shown.image(row.pid).expect("its process was shown");
        assert!(row.state != State::LISTEN && row.pid != 0);
        assert_eq!(row.pid, planned.pid);
        assert!(image.eq_ignore_ascii_case(&planned.image));
        assert!(IMAGES[..EXCHANGE].contains(&image));
        for end in [local, remote] {
            let address = end.ip().to_canonical();
            assert!(end.port() != 0 && !address.is_unspecified() && !address.is_loopback());
        }
        assert_ne!(local.ip(), remote.ip());
    }
}

fn check_claims(machine: &Machine, targets: &[TcpConnection], report: &Report, exit: Exit) {
    assert_eq!(report.targets.len(), targets.len());
    let mut all_gone = true;
    for (reported, target) in report.targets.iter().zip(targets) {
        let TcpConnection { local, remote, .. } = reported.connection;
        assert_eq!((local, remote), (target.local, target.remote));
        let connection = FourTuple::between(local, remote).expect("of one family");
        let mut orders = machine.orders.iter();
        let taken = orders
            .find(|order| order.connection == connection)
            .map(|order| order.taken);
        let there = machine.shown.live(&connection).is_some();
        let outcome = reported.outcome.expect("an outcome");
        match outcome {
            Outcome::Closed => assert!(taken == Some(true) && !there),
            Outcome::StillOpen => assert!(taken == Some(true) && there),
            Outcome::AlreadyGone => assert!(taken != Some(true) && !there),
            Outcome::Changed | Outcome::Refused => assert_eq!(taken, None),
            Outcome::Denied => assert_eq!(taken, Some(false)),
            Outcome::Failed => {}
        }
        all_gone &= matches!(outcome, Outcome::Closed | Outcome::AlreadyGone);
    }
    assert_eq!(all_gone, exit == Exit::Done);
}
