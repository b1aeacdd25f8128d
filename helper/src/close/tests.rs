use super::*;
use crate::{FourTuple, Outcome, Row};
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

/// What the system does when it is told to close a connection.
#[derive(Clone, Copy)]
enum Answer {
    /// Ends it.
    Obeys,
    /// Says yes and does nothing, as Wine does.
    Pretends,
    /// Says yes and ends it at the n-th look from now.
    Dawdles(usize),
    /// Says this, and does nothing.
    Refuses(u32),
    /// Says this, because the connection ended by itself meanwhile.
    TooLate(u32),
}

struct Machine {
    rows: Vec<Row>,
    processes: Vec<(u32, &'static str)>,
    answer: Answer,
    /// What the n-th look answers in place of the table.
    blind: Vec<(usize, u32)>,
    /// Ends after so many looks.
    going: Vec<(usize, FourTuple)>,
    looks: usize,
    /// Every look at rows, and every order, as they came.
    orders: Vec<(usize, FourTuple)>,
    paused: u32,
}

impl Machine {
    fn with(rows: &[(&str, State, u32)]) -> Self {
        let row = |(remote, state, pid): &(&str, State, u32)| Row {
            connection: to(remote),
            state: *state,
            pid: *pid,
        };
        Machine {
            rows: rows.iter().map(row).collect(),
            processes: vec![(2316, "Store.exe"), (7, "other.exe"), (900, "store.exe")],
            answer: Answer::Obeys,
            blind: vec![],
            going: vec![],
            looks: 0,
            orders: vec![],
            paused: 0,
        }
    }

    fn answering(self, answer: Answer) -> Self {
        Machine { answer, ..self }
    }
}

impl Host for Machine {
    fn elevated(&mut self) -> bool {
        true
    }
    fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code> {
        self.looks += 1;
        for (look, connection) in &self.going {
            if *look <= self.looks {
                self.rows.retain(|row| row.connection != *connection);
            }
        }
        match self.blind.iter().find(|(look, _)| *look == self.looks) {
            Some((_, code)) => Err(Code(*code)),
            None => {
                self.rows.iter().for_each(show);
                Ok(())
            }
        }
    }
    fn processes(&mut self, processes: &mut Processes) -> Result<(), Code> {
        for (pid, image) in &self.processes {
            processes.add(*pid, image.encode_utf16());
        }
        Ok(())
    }
    fn close(&mut self, connection: &FourTuple) -> Result<(), Code> {
        self.orders.push((self.looks, *connection));
        match self.answer {
            Answer::Obeys => self.rows.retain(|row| row.connection != *connection),
            Answer::Pretends => {}
            Answer::Dawdles(looks) => self.going.push((self.looks + looks, *connection)),
            Answer::Refuses(code) => return Err(Code(code)),
            Answer::TooLate(code) => {
                self.rows.retain(|row| row.connection != *connection);
                return Err(Code(code));
            }
        }
        Ok(())
    }
    fn pause(&mut self, milliseconds: u32) {
        self.paused += milliseconds;
    }
}

/// From the server to a client: `10.1.4.23:1`, or `[2001:db8::2]:1`.
fn to(remote: &str) -> FourTuple {
    match remote.starts_with('[') {
        true => FourTuple::parse("tcp6", "[2001:db8::1]:6001", remote).unwrap(),
        false => FourTuple::parse("tcp4", "10.0.0.5:6001", remote).unwrap(),
    }
}

/// A connection as it is planned: its process, and that process's program.
type Plan = (FourTuple, u32, &'static str);

fn target(remote: &str, pid: u32, image: &'static str) -> Plan {
    (to(remote), pid, image)
}

/// What came of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    detail: Detail,
    /// Before anything was done.
    state: State,
    code: u32,
}

impl Seen {
    fn of(target: &Target<'_>) -> Self {
        Seen {
            detail: target.detail,
            state: target.state_before,
            code: target.code,
        }
    }
}

fn result(machine: &mut Machine, planned: &[Plan]) -> Result<Vec<Seen>, Code> {
    let mut targets = Targets::default();
    for (connection, pid, image) in planned {
        targets.add(*connection, *pid, image.as_bytes()).unwrap();
    }
    close(&mut targets, Images::EXCHANGE, machine)?;
    Ok(targets.list.iter().map(Seen::of).collect())
}

fn results(machine: &mut Machine, planned: &[Plan]) -> Vec<Seen> {
    result(machine, planned).unwrap()
}

/// One connection of store.exe, and one order to close it.
fn one(machine: &mut Machine) -> Seen {
    results(machine, &[target("10.1.4.23:1", 2316, "store.exe")])[0]
}

const UP: State = State::ESTABLISHED;
const ONE: [(&str, State, u32); 1] = [("10.1.4.23:1", UP, 2316)];

#[test]
fn planned_connections_are_closed_and_no_others() {
    let mut machine = Machine::with(&[
        ("10.1.4.23:1", UP, 2316),
        ("10.1.4.23:2", UP, 2316),
        ("[2001:db8::2]:1", UP, 2316),
        ("[2001:db8::2]:2", UP, 2316),
        ("10.1.4.23:3", UP, 7),
        ("10.1.4.24:1", UP, 2316),
    ]);
    let targets = [
        target("10.1.4.23:2", 2316, "store.exe"),
        target("[2001:db8::2]:1", 2316, "STORE.EXE"),
    ];
    for seen in results(&mut machine, &targets) {
        assert_eq!(
            seen,
            Seen {
                detail: Detail::Closed,
                state: UP,
                code: 0
            }
        );
    }
    let ordered: Vec<FourTuple> = machine
        .orders
        .iter()
        .map(|(_, connection)| *connection)
        .collect();
    assert_eq!(ordered, [to("10.1.4.23:2"), to("[2001:db8::2]:1")]);
    let left: Vec<FourTuple> = machine.rows.iter().map(|row| row.connection).collect();
    assert_eq!(
        left,
        [
            "10.1.4.23:1",
            "[2001:db8::2]:2",
            "10.1.4.23:3",
            "10.1.4.24:1"
        ]
        .map(to)
    );
    assert_eq!(machine.paused, 0);
}

#[test]
fn what_is_not_as_planned_is_not_touched() {
    for (row, planned, detail, outcome) in [
        // ended meanwhile
        (
            ("10.1.4.23:2", UP, 2316),
            (2316, "store.exe"),
            Detail::AlreadyGone,
            Outcome::AlreadyGone,
        ),
        (
            ("10.1.4.23:1", State::TIME_WAIT, 0),
            (2316, "store.exe"),
            Detail::AlreadyGone,
            Outcome::AlreadyGone,
        ),
        (
            ("10.1.4.23:1", State::TIME_WAIT, 2316),
            (2316, "store.exe"),
            Detail::AlreadyGone,
            Outcome::AlreadyGone,
        ),
        (
            ("10.1.4.23:1", State(12), 2316),
            (2316, "store.exe"),
            Detail::AlreadyGone,
            Outcome::AlreadyGone,
        ),
        // the port was given to another process
        (
            ("10.1.4.23:1", UP, 7),
            (2316, "store.exe"),
            Detail::OtherProcess,
            Outcome::Changed,
        ),
        (
            ("10.1.4.23:1", UP, 900),
            (2316, "store.exe"),
            Detail::OtherProcess,
            Outcome::Changed,
        ),
        (
            ("10.1.4.23:1", UP, 0),
            (2316, "store.exe"),
            Detail::OtherProcess,
            Outcome::Changed,
        ),
        // the process number was given to another program
        (
            ("10.1.4.23:1", UP, 7),
            (7, "store.exe"),
            Detail::OtherProgram,
            Outcome::Changed,
        ),
        (
            ("10.1.4.23:1", UP, 8),
            (8, "store.exe"),
            Detail::OtherProgram,
            Outcome::Changed,
        ),
        // the rules, also where all is as planned
        (
            ("10.1.4.23:1", UP, 7),
            (7, "other.exe"),
            Detail::ForeignProgram,
            Outcome::Refused,
        ),
        (
            ("10.1.4.23:1", UP, 0),
            (0, "store.exe"),
            Detail::Unowned,
            Outcome::Refused,
        ),
        (
            ("10.1.4.23:1", State::LISTEN, 2316),
            (2316, "store.exe"),
            Detail::Listening,
            Outcome::Refused,
        ),
        // the rules come first
        (
            ("10.1.4.23:2", UP, 2316),
            (7, "other.exe"),
            Detail::ForeignProgram,
            Outcome::Refused,
        ),
        (
            ("10.1.4.23:2", UP, 2316),
            (0, "store.exe"),
            Detail::Unowned,
            Outcome::Refused,
        ),
    ] {
        let mut machine = Machine::with(&[row]);
        let (pid, image) = planned;
        let seen = results(&mut machine, &[target("10.1.4.23:1", pid, image)])[0];
        assert_eq!(seen.detail, detail, "{row:?} {planned:?}");
        assert_eq!(detail.outcome(), outcome);
        assert_eq!(machine.orders, [], "{row:?} {planned:?}");
        assert_eq!(machine.paused, 0);
    }
}

#[test]
fn what_stays_inside_is_never_touched() {
    for (family, local, remote) in [
        ("tcp4", "127.0.0.1:6001", "127.0.0.1:51234"),
        ("tcp4", "10.0.0.5:6001", "127.0.0.1:51234"),
        ("tcp4", "127.8.8.8:6001", "10.1.4.23:51234"),
        ("tcp4", "10.0.0.5:6001", "10.0.0.5:51234"),
        ("tcp6", "[::1]:6001", "[::1]:51234"),
        ("tcp6", "[::ffff:127.0.0.1]:6001", "[2001:db8::2]:51234"),
        ("tcp6", "[2001:db8::1]:6001", "[2001:db8::1]:51234"),
        ("tcp6", "[fe80::1%4]:6001", "[fe80::1%4]:51234"),
    ] {
        let connection = FourTuple::parse(family, local, remote).unwrap();
        let mut machine = Machine::with(&[]);
        machine.rows.push(Row {
            connection,
            state: UP,
            pid: 2316,
        });
        let targets = [(connection, 2316, "store.exe")];
        assert_eq!(
            results(&mut machine, &targets)[0].detail,
            Detail::Internal,
            "{local} {remote}"
        );
        assert_eq!(machine.orders, []);
    }
}

#[test]
fn what_is_not_exact_is_never_touched() {
    let connection = FourTuple::parse("tcp4", "0.0.0.0:6001", "0.0.0.0:0").unwrap();
    let mut machine = Machine::with(&[]);
    machine.rows.push(Row {
        connection,
        state: UP,
        pid: 2316,
    });
    let targets = [(connection, 2316, "store.exe")];
    assert_eq!(results(&mut machine, &targets)[0].detail, Detail::NotExact);
    assert_eq!(machine.orders, []);
}

#[test]
fn any_state_of_an_open_connection_can_be_closed() {
    for state in (3..=10).map(State) {
        let seen = one(&mut Machine::with(&[("10.1.4.23:1", state, 2316)]));
        assert_eq!(
            seen,
            Seen {
                detail: Detail::Closed,
                state,
                code: 0
            }
        );
    }
}

#[test]
fn the_answer_is_not_believed() {
    for (answer, detail, outcome, code) in [
        (Answer::Obeys, Detail::Closed, Outcome::Closed, 0),
        (Answer::Pretends, Detail::StillOpen, Outcome::StillOpen, 0),
        (Answer::Dawdles(3), Detail::Closed, Outcome::Closed, 0),
        (Answer::Refuses(5), Detail::AccessDenied, Outcome::Denied, 5),
        (
            Answer::Refuses(317),
            Detail::NotElevated,
            Outcome::Denied,
            317,
        ),
        (
            Answer::Refuses(50),
            Detail::NotSupported,
            Outcome::Failed,
            50,
        ),
        (Answer::Refuses(87), Detail::NotTaken, Outcome::Failed, 87),
        (
            Answer::TooLate(317),
            Detail::AlreadyGone,
            Outcome::AlreadyGone,
            317,
        ),
        (
            Answer::TooLate(87),
            Detail::AlreadyGone,
            Outcome::AlreadyGone,
            87,
        ),
    ] {
        let seen = one(&mut Machine::with(&ONE).answering(answer));
        assert_eq!(
            seen,
            Seen {
                detail,
                state: UP,
                code
            }
        );
        assert_eq!(detail.outcome(), outcome);
    }
}

#[test]
fn it_waits_for_two_seconds_and_no_longer() {
    let mut machine = Machine::with(&ONE).answering(Answer::Pretends);
    one(&mut machine);
    assert_eq!(machine.paused, 2000);
    assert_eq!(machine.looks, 1 + PAUSES.len());
}

#[test]
fn a_port_that_is_used_again_at_once_is_not_called_closed() {
    let mut machine = Machine::with(&ONE).answering(Answer::Pretends);
    // the next owner is another process; that the old connection ended cannot be known
    machine.rows.push(Row {
        connection: to("10.1.4.23:1"),
        state: UP,
        pid: 7,
    });
    assert_eq!(one(&mut machine).detail, Detail::StillOpen);
}

#[test]
fn a_table_that_cannot_be_read_first_stops_everything() {
    let mut machine = Machine {
        blind: vec![(1, 8)],
        ..Machine::with(&ONE)
    };
    let targets = [target("10.1.4.23:1", 2316, "store.exe")];
    assert_eq!(result(&mut machine, &targets), Err(Code(8)));
    assert_eq!(machine.orders, []);
}

#[test]
fn a_table_that_cannot_be_read_afterwards_leaves_it_open_what_happened() {
    let blind = (2..20).map(|look| (look, 8)).collect();
    let seen = one(&mut Machine {
        blind,
        ..Machine::with(&ONE)
    });
    assert_eq!(
        seen,
        Seen {
            detail: Detail::NotSeenAgain,
            state: UP,
            code: 8
        }
    );
    assert_eq!(seen.detail.outcome(), Outcome::Failed);
    // once it can be read, it is known
    let blind = (2..6).map(|look| (look, 8)).collect();
    assert_eq!(
        one(&mut Machine {
            blind,
            ..Machine::with(&ONE)
        })
        .detail,
        Detail::Closed
    );
}

fn many(count: usize) -> (Machine, Vec<Plan>) {
    let remotes: Vec<String> = (0..count)
        .map(|n| format!("10.1.{}.{}:1", n / 250, n % 250 + 1))
        .collect();
    let rows: Vec<_> = remotes
        .iter()
        .map(|remote| (remote.as_str(), UP, 2316))
        .collect();
    let targets = remotes
        .iter()
        .map(|remote| target(remote, 2316, "store.exe"))
        .collect();
    (Machine::with(&rows), targets)
}

#[test]
fn each_batch_is_looked_at_just_before() {
    let (mut machine, targets) = many(200);
    // ends by itself before its batch has its turn
    machine.going.push((3, targets[150].0));
    let results = results(&mut machine, &targets);
    for (position, seen) in results.iter().enumerate() {
        let expected = if position == 150 {
            Detail::AlreadyGone
        } else {
            Detail::Closed
        };
        assert_eq!(seen.detail, expected, "{position}");
    }
    for (position, (look, _)) in machine.orders.iter().enumerate().take(150) {
        assert_eq!(*look, position / BATCH + 1, "{position}");
    }
}

#[test]
fn many_targets_are_not_many_looks() {
    for count in [1000, 1025, 4000] {
        let (mut machine, targets) = many(count);
        let results = results(&mut machine, &targets);
        assert!(results.iter().all(|seen| seen.detail == Detail::Closed));
        assert!(machine.looks <= MOST_LOOKS + 1, "{} looks", machine.looks);
    }
}

#[test]
fn a_batch_that_cannot_be_looked_at_is_not_touched() {
    let (mut machine, targets) = many(200);
    machine.blind = vec![(2, 8)];
    let results = results(&mut machine, &targets);
    for (position, seen) in results.iter().enumerate() {
        let expected = match position / BATCH {
            1 => Seen {
                detail: Detail::NotLookedAt,
                state: State::UNKNOWN,
                code: 8,
            },
            _ => Seen {
                detail: Detail::Closed,
                state: UP,
                code: 0,
            },
        };
        assert_eq!(*seen, expected, "{position}");
    }
    assert_eq!(machine.orders.len(), 200 - BATCH);
}
