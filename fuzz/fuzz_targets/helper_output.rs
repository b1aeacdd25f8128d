//! A report counts only when it is whole: without any one of its lines nothing is claimed. The script's result object
//! gives a report only when the script came to its end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_core::helper_run::{HelperRun, Report};
use mapisweep_winrm::psrp::clixml::{self, Value};

fuzz_target!(|input: (u8, &str)| {
    let (exit_code, text) = input;
    report(text, Some(i64::from(exit_code % 8)));
    if let Ok(object) = clixml::parse(text) {
        result(&object);
    }
});

fn report(output: &str, exit_code: Option<i64>) {
    let Ok(report) = Report::parse(output, exit_code) else {
        return;
    };
    let lines: Vec<_> = output
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    assert_eq!(lines.len(), report.targets.len() + 2);
    for left_out in 0..lines.len() {
        let mut rest = lines.clone();
        rest.remove(left_out);
        assert!(Report::parse(&rest.join("\n"), exit_code).is_err());
    }
}

fn result(object: &Value) {
    if let Ok(HelperRun { report: Ok(_), .. }) = HelperRun::from_value(object) {
        let step = object.get("Step").map(Value::display);
        assert_eq!(step.as_deref(), Some("done"));
    }
}
