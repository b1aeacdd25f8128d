//! A target list is taken whole or not at all: cut off anywhere it is refused, and every line of one that is taken says
//! to the standard library what it says to the helper.
#![no_main]

use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use mapisweep_core::helper_run::Report;
use mapisweep_fuzz::machine::{Machine, run};
use mapisweep_helper::Exit;

fuzz_target!(|input: (u16, &str)| {
    let (cut, list) = input;
    let (exit, output) = read(list);
    if exit == Exit::Usage {
        return assert!(Report::parse(&output, Some(2)).is_err());
    }
    let report = Report::parse(&output, Some(exit.code().into())).expect("a whole report");
    let text = list.strip_prefix('\u{feff}').unwrap_or(list).trim_end();
    let mut lines: Vec<_> = text.lines().collect();
    let end = format!("end {}", report.targets.len());
    assert_eq!(lines.pop(), Some(end.as_str()));
    assert!((1..=3).contains(&lines.len()));
    assert_eq!(lines.len(), report.targets.len());
    for (line, target) in lines.iter().zip(report.targets) {
        let fields: Vec<_> = line.splitn(5, ' ').collect();
        let [family, local, remote, pid, image] = fields[..] else {
            panic!("{line:?} was taken");
        };
        let ends = [local, remote].map(|end| end.parse::<SocketAddr>().expect("an address"));
        assert_eq!(ends, [target.connection.local, target.connection.remote]);
        assert!(ends.iter().all(|end| end.is_ipv4() == (family == "tcp4")));
        assert!(
            ends.iter()
                .all(|end| end.port() != 0 && !end.ip().is_unspecified())
        );
        assert_eq!(pid.parse(), Ok(target.connection.pid));
        assert_eq!(image, target.connection.image);
    }

    let cut = usize::from(cut) % list.len();
    if list.is_char_boundary(cut) && !list[cut..].trim_matches(['\r', '\n']).is_empty() {
        assert_eq!(read(&list[..cut]).0, Exit::Usage);
    }
});

/// On a machine without connections.
fn read(list: &str) -> (Exit, String) {
    let mut machine = Machine {
        elevated: true,
        ..Machine::default()
    };
    let result = run(b"close\0--max\x003\0", list.as_bytes(), &mut machine);
    assert!(machine.orders.is_empty());
    result
}
