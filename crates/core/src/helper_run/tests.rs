//! The helper's own logic, asked by [`HelperRequest`] and read by [`Report`]: both sides of the contract, without a server.

use std::net::Ipv4Addr;

use mapisweep_helper::{Code, FourTuple, Host, Processes, Row, State, contract::LISTED_LIMIT};

use super::*;

const STORE: u32 = 2316;

/// A machine with these connections of store.exe. It closes those of the first client only.
struct Machine(Vec<FourTuple>);

const FIRST_CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

impl Machine {
    fn with(connections: u32) -> Self {
        let server = "10.0.0.11:6001".parse().unwrap();
        let client = |number| (Ipv4Addr::from(u32::from(FIRST_CLIENT) + number), 50_000).into();
        let connections = (0..connections).map(client);
        let connections = connections.filter_map(|client| FourTuple::between(server, client));
        Self(connections.collect())
    }

    fn run(&mut self, request: &HelperRequest) -> Result<Report, ReportError> {
        let arguments: String = request
            .arguments()
            .iter()
            .map(|a| a.clone() + "\0")
            .collect();
        let (input, mut output) = (request.input(), Vec::new());
        let exit = mapisweep_helper::run(
            arguments.as_bytes(),
            &mut input.as_bytes(),
            self,
            &mut output,
        );
        let output = String::from_utf8(output).unwrap();
        Report::parse(&output, Some(exit.code().into()))
    }
}

impl Host for Machine {
    fn elevated(&mut self) -> bool {
        true
    }
    fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code> {
        for connection in &self.0 {
            show(&Row {
                connection: *connection,
                state: State::ESTABLISHED,
                pid: STORE,
            });
        }
        Ok(())
    }
    fn processes(&mut self, processes: &mut Processes) -> Result<(), Code> {
        processes.add(STORE, "store.exe".encode_utf16());
        Ok(())
    }
    fn close(&mut self, connection: &FourTuple) -> Result<(), Code> {
        let (_, client) = connection.ends();
        if client.ip() != FIRST_CLIENT {
            return Err(Code(87));
        }
        self.0.retain(|other| other != connection);
        Ok(())
    }
    fn pause(&mut self, _milliseconds: u32) {}
}

#[test]
fn what_is_listed_is_read() {
    let listed = Machine::with(2).run(&HelperRequest::List { all: false });
    let listed = listed.unwrap().into_listed();
    let [connection, _] = &listed.connections[..] else {
        panic!("{listed:?}");
    };
    let expected = TcpConnection {
        local: "10.0.0.11:6001".parse().unwrap(),
        remote: "10.0.0.1:50000".parse().unwrap(),
        state: TcpState::Established,
        pid: STORE,
        image: "store.exe".into(),
    };
    assert_eq!((connection, listed.left_out), (&expected, 0));
}

#[test]
fn a_list_that_was_cut_says_how_much_is_missing() {
    let listed = Machine::with(LISTED_LIMIT + 7).run(&HelperRequest::List { all: true });
    let listed = listed.unwrap().into_listed();
    assert_eq!(listed.connections.len(), LISTED_LIMIT as usize);
    assert_eq!(listed.left_out, 7);
}

#[test]
fn what_became_of_each_target_is_read_with_its_reason() {
    let mut machine = Machine::with(2);
    let list = machine.run(&HelperRequest::List { all: false }).unwrap();
    let mut targets = list.into_listed().connections;
    targets.push(TcpConnection {
        image: "lsass.exe".into(),
        remote: "10.0.0.3:50000".parse().unwrap(),
        ..targets[0].clone()
    });
    let report = machine.run(&HelperRequest::Close(targets)).unwrap();
    let seen = report.targets.iter();
    let seen: Vec<_> = seen
        .map(|target| (target.outcome, target.code, target.why.to_string()))
        .collect();
    let expected = [
        (Some(Outcome::Closed), None, String::new()),
        (
            Some(Outcome::Failed),
            Some(87),
            "the system did not take the order".to_owned(),
        ),
        (
            Some(Outcome::Refused),
            None,
            "its program is not allowed".to_owned(),
        ),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn ends_of_different_families_are_refused_by_the_helper() {
    let mut machine = Machine::with(1);
    let list = machine.run(&HelperRequest::List { all: false }).unwrap();
    let mut targets = list.into_listed().connections;
    targets[0].local = "[2001:db8::1]:6001".parse().unwrap();
    let refused = machine.run(&HelperRequest::Close(targets)).unwrap_err();
    assert!(matches!(refused, ReportError::Refused(_)), "{refused:?}");
    assert_eq!(machine.0.len(), 1);
}
