use super::*;
use crate::{Code, Row};
use std::string::{String, ToString};

/// A machine that nobody may close anything on.
struct Machine {
    elevated: bool,
    rows: Result<Vec<Row>, Code>,
    processes: Result<Vec<(u32, &'static str)>, Code>,
}

impl Machine {
    fn with(rows: &[(&str, &str, &str, State, u32)]) -> Self {
        let row = |(family, local, remote, state, pid): &(&str, &str, &str, State, u32)| Row {
            connection: FourTuple::parse(family, local, remote).unwrap(),
            state: *state,
            pid: *pid,
        };
        let processes = [
            (2316, "store.exe"),
            (900, "größe\".exe"),
            (4, "System"),
            (1200, "Microsoft.Exchange.RpcClientAccess.Service.exe"),
        ];
        Machine {
            elevated: true,
            rows: Ok(rows.iter().map(row).collect()),
            processes: Ok(processes.into()),
        }
    }
}

impl Host for Machine {
    fn elevated(&mut self) -> bool {
        self.elevated
    }
    fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code> {
        self.rows.clone()?.iter().for_each(show);
        Ok(())
    }
    fn processes(&mut self, processes: &mut Processes) -> Result<(), Code> {
        for (pid, image) in self.processes.clone()? {
            processes.add(pid, image.encode_utf16());
        }
        Ok(())
    }
    fn close(&mut self, connection: &FourTuple) -> Result<(), Code> {
        panic!("{connection:?} was closed")
    }
    fn pause(&mut self, _: u32) {
        panic!("waited for nothing")
    }
}

/// Standard input that must not be read.
struct Untouchable;

impl Input for Untouchable {
    fn read(&mut self, _: &mut [u8]) -> Result<usize, Code> {
        panic!("standard input was read")
    }
}

/// Each ended by a zero byte.
fn zeroed(arguments: &[&str]) -> String {
    arguments
        .iter()
        .flat_map(|argument| [argument, "\0"])
        .collect()
}

fn listed(machine: &mut Machine, arguments: &[&str]) -> (Exit, String) {
    let mut output = Vec::new();
    let exit = run(
        zeroed(arguments).as_bytes(),
        &mut Untouchable,
        machine,
        &mut output,
    );
    (exit, String::from_utf8(output).unwrap())
}

fn closed(machine: &mut Machine, input: &str) -> (Exit, String) {
    let mut output = Vec::new();
    let exit = run(
        b"close\0--max\x003\0",
        &mut input.as_bytes(),
        machine,
        &mut output,
    );
    (exit, String::from_utf8(output).unwrap())
}

fn head(command: &str, elevated: bool) -> String {
    let version = env!("CARGO_PKG_VERSION");
    std::format!(
        r#"{{"helper":"mapisweep-helper","protocol":1,"version":"{version}","command":"{command}","elevated":{elevated}}}"#
    ) + "\n"
}

fn error(sentence: &str) -> String {
    std::format!("{{\"error\":\"{sentence}\"}}\n")
}

const ESTABLISHED: State = State::ESTABLISHED;

const ROWS: [(&str, &str, &str, State, u32); 7] = [
    ("tcp4", "0.0.0.0:6001", "0.0.0.0:0", State::LISTEN, 2316),
    (
        "tcp4",
        "10.0.0.5:6001",
        "10.1.4.23:51234",
        ESTABLISHED,
        2316,
    ),
    (
        "tcp6",
        "[fe80::1%4]:6001",
        "[2001:db8::2]:51234",
        State(8),
        1200,
    ),
    ("tcp4", "10.0.0.5:445", "10.1.4.23:51235", ESTABLISHED, 4),
    (
        "tcp4",
        "10.0.0.5:6001",
        "10.1.4.23:51230",
        State::TIME_WAIT,
        0,
    ),
    ("tcp4", "10.0.0.5:7000", "10.1.4.23:51236", ESTABLISHED, 900),
    ("tcp4", "10.0.0.5:7000", "10.1.4.23:51237", ESTABLISHED, 901),
];

#[test]
fn exchange_s_connections_are_listed() {
    let (exit, output) = listed(&mut Machine::with(&ROWS), &["list"]);
    assert_eq!(exit, Exit::Done);
    let expected = head("list", true)
        + r#"{"family":"tcp4","local":"10.0.0.5:6001","remote":"10.1.4.23:51234","state":"established","pid":2316,"image":"store.exe"}
{"family":"tcp6","local":"[fe80:0:0:0:0:0:0:1%4]:6001","remote":"[2001:db8:0:0:0:0:0:2]:51234","state":"close_wait","pid":1200,"image":"Microsoft.Exchange.RpcClientAccess.Service.exe"}
{"summary":{"listed":2}}
"#;
    assert_eq!(output, expected);
}

#[test]
fn all_connections_are_listed_when_asked_for() {
    let (exit, output) = listed(&mut Machine::with(&ROWS), &["list", "--all"]);
    assert_eq!(exit, Exit::Done);
    let expected = [
        r#""state":"established","pid":2316,"image":"store.exe"}"#,
        r#""state":"close_wait","pid":1200,"image":"Microsoft.Exchange.RpcClientAccess.Service.exe"}"#,
        r#""state":"established","pid":4,"image":"System"}"#,
        r#""state":"time_wait","pid":0,"image":""}"#,
        r#""state":"established","pid":900,"image":"gr??e?.exe"}"#,
        r#""state":"established","pid":901,"image":""}"#,
    ];
    let lines: Vec<&str> = output.lines().skip(1).collect();
    assert_eq!(lines.len(), expected.len() + 1);
    for (line, end) in lines.iter().zip(expected) {
        assert!(line.ends_with(end), "{line}");
    }
    assert_eq!(lines.last(), Some(&r#"{"summary":{"listed":6}}"#));
}

#[test]
fn another_program_s_connections_are_listed_when_asked_for() {
    let (_, output) = listed(&mut Machine::with(&ROWS), &["list", "SYSTEM"]);
    assert_eq!(output.lines().count(), 3);
    assert!(output.contains("\"image\":\"System\""));
}

#[test]
fn a_list_that_is_too_long_says_what_it_leaves_out() {
    let rows = (0..LISTED_LIMIT + 7).map(|n| Row {
        connection: FourTuple {
            family: crate::Family::Tcp4,
            local: crate::Endpoint::v4([10, 0, 0, 5], 6001),
            remote: crate::Endpoint::v4(n.to_be_bytes(), 1),
        },
        state: ESTABLISHED,
        pid: 2316,
    });
    let mut machine = Machine::with(&[]);
    machine.rows = Ok(rows.collect());
    let (exit, output) = listed(&mut machine, &["list"]);
    assert_eq!(exit, Exit::Done);
    assert!(output.ends_with("{\"summary\":{\"listed\":100000,\"left_out\":7}}\n"));
    assert_eq!(output.lines().count(), 100_002);
}

#[test]
fn listing_needs_no_elevation_and_says_so() {
    let mut machine = Machine {
        elevated: false,
        ..Machine::with(&[])
    };
    let expected = head("list", false) + "{\"summary\":{\"listed\":0}}\n";
    assert_eq!(listed(&mut machine, &["list"]), (Exit::Done, expected));
}

#[test]
fn closing_asks_for_elevation_before_it_reads_anything() {
    let mut machine = Machine {
        elevated: false,
        ..Machine::with(&ROWS)
    };
    let (exit, output) = listed(&mut machine, &["close", "--max", "3"]);
    assert_eq!(exit, Exit::NotElevated);
    assert_eq!(
        output,
        head("close", false) + &error("closing needs the full rights of an administrator")
    );
}

#[test]
fn wrong_arguments_end_it_before_it_looks_at_anything() {
    let mut machine = Machine::with(&ROWS);
    for arguments in [
        &[][..],
        &["help"],
        &["close"],
        &["close", "--max", "0"],
        &["list", "--verbose"],
    ] {
        let (exit, output) = listed(&mut machine, arguments);
        assert_eq!(exit, Exit::Usage);
        assert_eq!(output.lines().count(), 1);
        assert!(output.starts_with("{\"error\":\""), "{output}");
    }
}

#[test]
fn a_wrong_target_list_closes_nothing() {
    const GOOD: &str = "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe\n";
    let four: String = (1..5)
        .map(|n| GOOD.replace("51234", &n.to_string()))
        .collect();
    for (input, sentence) in [
        (
            GOOD.to_string(),
            "the target list is cut off: there is no `end`",
        ),
        (
            GOOD.to_string() + "end 2\n",
            "the target list is cut off: `end` gives another number",
        ),
        (
            GOOD.to_string() + "oops\nend 2\n",
            "this is not a target: line 2",
        ),
        (
            GOOD.to_string() + GOOD + "end 2\n",
            "a connection is named twice: line 2",
        ),
        (four + "end 4\n", "there are more targets than --max allows"),
        ("end 0\n".to_string(), "there are no targets"),
        (
            String::new(),
            "the target list is cut off: there is no `end`",
        ),
    ] {
        let (exit, output) = closed(&mut Machine::with(&ROWS), &input);
        assert_eq!(exit, Exit::Usage);
        assert_eq!(output, head("close", true) + &error(sentence));
    }
}

#[test]
fn too_much_input_closes_nothing() {
    struct Endless;
    impl Input for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Code> {
            buffer.fill(b'x');
            Ok(buffer.len().min(1000))
        }
    }
    let mut output = Vec::new();
    let exit = run(
        b"close\0--max\x003\0",
        &mut Endless,
        &mut Machine::with(&ROWS),
        &mut output,
    );
    assert_eq!(exit, Exit::Usage);
    let expected = head("close", true) + &error("the target list is too long");
    assert_eq!(String::from_utf8(output).unwrap(), expected);
}

#[test]
fn input_that_cannot_be_read_closes_nothing() {
    struct Broken;
    impl Input for Broken {
        fn read(&mut self, _: &mut [u8]) -> Result<usize, Code> {
            Err(Code(6))
        }
    }
    let mut output = Vec::new();
    let exit = run(
        b"close\0--max\x003\0",
        &mut Broken,
        &mut Machine::with(&ROWS),
        &mut output,
    );
    assert_eq!(exit, Exit::Usage);
    let expected = head("close", true) + &error("standard input cannot be read: error 6");
    assert_eq!(String::from_utf8(output).unwrap(), expected);
}

#[test]
fn a_machine_that_cannot_be_looked_at() {
    let no_rows = Machine {
        rows: Err(Code(8)),
        ..Machine::with(&[])
    };
    let no_processes = Machine {
        processes: Err(Code(8)),
        ..Machine::with(&ROWS)
    };
    for mut machine in [no_rows, no_processes] {
        let sentence = error("the connections cannot be read: error 8");
        let expected = (Exit::Unreadable, head("list", true) + &sentence);
        assert_eq!(listed(&mut machine, &["list"]), expected);
        let input = "tcp4 10.0.0.5:6001 10.1.4.23:51234 2316 store.exe\nend 1\n";
        let expected = (Exit::Unreadable, head("close", true) + &sentence);
        assert_eq!(closed(&mut machine, input), expected);
    }
}

/// Who cannot say what he does does nothing: neither input nor table is touched.
#[test]
fn without_a_reader_nothing_is_done() {
    struct Full;
    impl Output for Full {
        fn write(&mut self, _: &[u8]) -> Result<(), Code> {
            Err(Code(232))
        }
    }
    let mut machine = Machine::with(&ROWS);
    let exit = run(
        b"close\0--max\x003\0",
        &mut Untouchable,
        &mut machine,
        &mut Full,
    );
    assert_eq!(exit, Exit::Mute);
    let exit = run(b"nonsense\0", &mut Untouchable, &mut machine, &mut Full);
    assert_eq!(exit, Exit::Mute);
}
