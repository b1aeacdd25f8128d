use super::*;

const HEAD: &str = r#"{"helper":"mapisweep-helper","protocol":1,"version":"0.1.0","command":"close","elevated":true}"#;

fn target_with(outcome: &str) -> String {
    format!(
        r#"{{"family":"tcp4","local":"10.0.0.11:6001","remote":"10.1.4.23:50001","state":"established","pid":2316,"image":"store.exe","outcome":"{outcome}","code":317}}"#
    )
}

fn summary(targets: usize) -> String {
    format!(r#"{{"summary":{{"targets":{targets},"closed":1}}}}"#)
}

#[test]
fn every_outcome_is_understood() {
    for (word, outcome) in [
        ("closed", Outcome::Closed),
        ("already_gone", Outcome::AlreadyGone),
        ("still_open", Outcome::StillOpen),
        ("denied", Outcome::Denied),
        ("changed", Outcome::Changed),
        ("refused", Outcome::Refused),
        ("failed", Outcome::Failed),
    ] {
        let output = [HEAD, &target_with(word), &summary(1)].join("\r\n");
        let report = Report::parse(&output, Some(1)).unwrap();
        let target = &report.targets[0];
        assert_eq!(target.outcome, Some(outcome), "{word}");
        let code = (outcome == Outcome::Failed).then_some(317);
        assert_eq!(target.code, code, "{word}");
        assert_eq!(target.why, Why::PLAIN);
    }
}

#[test]
fn a_report_is_about_what_was_planned() {
    let client = |port: u16| -> TcpConnection {
        TcpConnection {
            local: "10.0.0.11:6001".parse().unwrap(),
            remote: ([10, 1, 4, 23], port).into(),
            state: TcpState::Established,
            pid: 2316,
            image: "store.exe".into(),
        }
    };
    let target = |connection, outcome| Target {
        connection,
        outcome,
        code: None,
        why: Why::PLAIN,
    };
    let closed = |port| target(client(port), Some(Outcome::Closed));
    let of_another = TcpConnection {
        pid: 4,
        ..client(2)
    };
    const OTHER: &str = "the helper reports on other connections than those that were to be closed";
    const FEWER: [&str; 2] = [
        "the helper reports on none of the 2 connections that were to be closed",
        "the helper reports on 1 of the 2 connections that were to be closed",
    ];
    for (what, targets, told) in [
        ("in another order", vec![closed(2), closed(1)], None),
        ("nothing", vec![], Some(FEWER[0])),
        ("one missing", vec![closed(1)], Some(FEWER[1])),
        ("the first missing", vec![closed(2)], Some(FEWER[1])),
        ("one twice", vec![closed(1), closed(1)], Some(OTHER)),
        (
            "one more",
            vec![closed(1), closed(2), closed(3)],
            Some(OTHER),
        ),
        ("another", vec![closed(1), closed(3)], Some(OTHER)),
        (
            "no outcome",
            vec![closed(1), target(client(2), None)],
            Some(OTHER),
        ),
        (
            "another process",
            vec![closed(1), target(of_another, Some(Outcome::Closed))],
            Some(OTHER),
        ),
    ] {
        let report = Report {
            targets,
            left_out: 0,
        };
        let report = report.on(&[client(1), client(2)]);
        let error = report.err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), told, "{what}");
    }
}

#[test]
fn what_a_list_leaves_out_is_counted() {
    for (summary, left_out) in [
        (r#"{"summary":{"listed":0,"left_out":7}}"#, 7),
        (r#"{"summary":{"listed":0}}"#, 0),
    ] {
        let report = Report::parse(&[HEAD, summary].join("\n"), Some(0)).unwrap();
        assert_eq!(report.left_out, left_out);
        assert_eq!(report.into_listed().left_out, left_out);
    }
}

#[test]
fn a_report_that_is_not_whole_says_nothing() {
    let closed = target_with("closed");
    let truncated = |lines| ReportError::Truncated { lines };
    let ended = |code, lines| ReportError::Ended { code, lines };
    let misplaced = |line| ReportError::Misplaced { line };
    let other = HEAD.replace(r#""protocol":1"#, r#""protocol":2"#);
    let user = HEAD.replace(r#""elevated":true"#, r#""elevated":false"#);
    let refused = r#"{"error":"the list ends early"}"#;
    for (lines, exit_code, error) in [
        (vec![], 0, ended(0, 0)),
        (vec![HEAD], 0, ended(0, 1)),
        (vec![HEAD, &closed], 0, ended(0, 2)),
        (vec![HEAD, &closed, &closed[..9]], 0, ended(0, 2)),
        (vec![HEAD, &closed], 5, truncated(2)),
        (vec![], 1, ended(1, 0)),
        (vec![HEAD, &closed, &closed[..9]], 1, ended(1, 2)),
        (vec![HEAD], -1_073_741_819, ended(-1_073_741_819, 1)),
        (vec![HEAD, &summary(0), "{"], 0, truncated(2)),
        (vec![HEAD, &closed, &summary(2)], 0, truncated(3)),
        (vec![&closed, &summary(1)], 0, misplaced(1)),
        (vec![HEAD, HEAD, &summary(0)], 0, misplaced(2)),
        (vec![HEAD, &summary(1), &closed], 0, misplaced(3)),
        (vec![HEAD, &summary(0), &summary(0)], 0, misplaced(3)),
        (
            vec![HEAD, refused],
            2,
            ReportError::Refused("the list ends early".into()),
        ),
        (vec![&other, &summary(0)], 0, ReportError::OtherProtocol(2)),
        (vec![&user, &summary(0)], 0, ReportError::NotElevated),
        (vec![HEAD, &summary(0)], 3, ReportError::NotElevated),
        (vec![HEAD, &summary(0)], 4, ReportError::TableUnreadable),
    ] {
        let output = lines.join("\n");
        assert_eq!(
            Report::parse(&output, Some(exit_code)),
            Err(error),
            "{output}"
        );
    }
    for line in [
        "nonsense",
        "{}",
        &target_with("vaporised"),
        &closed.replace("10.1.4.23", "x"),
    ] {
        let output = [HEAD, line, &summary(1)].join("\n");
        let parsed = Report::parse(&output, Some(0));
        assert!(
            matches!(parsed, Err(ReportError::BadLine { line: 2, .. })),
            "{line}"
        );
    }
}

#[test]
fn an_exit_code_is_shown_as_windows_shows_it_and_a_crash_called_one() {
    for (code, shown) in [
        (1, "was ended from outside (exit code 1, 2 lines said)"),
        (
            -1_073_741_819,
            "crashed (access violation, exit code 0xC0000005, 2 lines said)",
        ),
        (
            -1_073_740_791,
            "crashed (stack buffer overrun, exit code 0xC0000409, 2 lines said)",
        ),
        // by Ctrl-C, and by whoever ends it with -1
        (
            -1_073_741_510,
            "was ended from outside (exit code 0xC000013A, 2 lines said)",
        ),
        (
            -1,
            "was ended from outside (exit code 0xFFFFFFFF, 2 lines said)",
        ),
    ] {
        let error = ReportError::Ended { code, lines: 2 };
        assert_eq!(error.to_string(), format!("the helper {shown}"));
        assert_eq!(error.is_crash(), shown.starts_with("crashed"), "{error}");
    }
}
