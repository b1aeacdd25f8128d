//! A report counts only when it is whole: without any one of its lines nothing is claimed. The result object of the
//! script's function gives a report only when that came to its end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_core::{
    batch::Row,
    helper_run::{HelperRequest, HelperRun, Report},
};
use mapisweep_winrm::psrp::clixml;

fuzz_target!(|input: (u8, &str)| {
    let (exit_code, text) = input;
    report(text, Some(i64::from(exit_code % 8)));
    if let Ok(object) = clixml::parse(text) {
        result(&Row::of_object(&HelperRequest::clean_up(), &object));
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

fn result(row: &Row) {
    if let Ok(HelperRun { report: Ok(_), .. }) = HelperRun::from_row(row) {
        assert_eq!(row.text("Step").as_deref(), Some("done"));
    }
}
