//! Servers that are busy, refuse, talk nonsense or too much, and answers that are lost.

use super::*;

#[test]
fn a_busy_server_is_asked_again_but_not_for_ever() {
    let mut client = opened();
    client.run(hello().input([Value::Null])).unwrap();
    answer(&mut client, "Command", body(Body::Command(None))).unwrap();
    let (_, first) = next(&mut client).unwrap();
    client.handle_response(fault(number::BUSY)).unwrap();
    let (_, again) = next(&mut client).unwrap();
    assert_eq!(first, again);
    let mut times = 1;
    let refused = loop {
        if let Err(error) = client.handle_response(fault(number::BUSY)) {
            break error;
        }
        times += 1;
        assert_eq!(next(&mut client).unwrap().1, first);
    };
    assert!((2..100).contains(&times));
    assert!(matches!(
        refused,
        Error::Refused {
            operation: Operation::Send,
            ..
        }
    ));
}

#[test]
fn a_busy_server_is_told_once_more_to_delete_the_shell() {
    let mut client = opened();
    client.close();
    for _ in 0..3 {
        answer(&mut client, "Delete", fault(number::BUSY)).unwrap();
        assert!(client.poll_event().is_none());
    }
    answer(&mut client, "Delete", body(Body::Done)).unwrap();
    assert!(matches!(client.poll_event(), Some(Event::Closed)));
}

#[test]
fn what_cannot_go_on_can_be_closed() {
    let garbage = body(Body::Received(Received {
        streams: vec![Stream {
            name: "stdout".to_owned(),
            command: None,
            // a fragment in the middle of no message
            data: [[1; 16].as_slice(), &[0; 5]].concat(),
            end: false,
        }],
        states: Vec::new(),
    }));
    for (with, expected) in [
        (
            received(Some("CMD"), &[], Some(Progress::Done)),
            "ended without saying how",
        ),
        (garbage, "fragment"),
        (body(Body::Done), "with something else"),
        (fault(number::ABORTED), "(WSMan 995)"),
    ] {
        let mut client = running();
        fails_saying(answer(&mut client, "Receive", with), expected);
        client.close();
        answer(&mut client, "Signal", body(Body::Done)).unwrap();
        answer(
            &mut client,
            "Receive",
            received(Some("CMD"), &[pipeline_state(3)], Some(Progress::Done)),
        )
        .unwrap();
        answer(&mut client, "Delete", body(Body::Done)).unwrap();
        assert!(matches!(client.poll_event(), Some(Event::Closed)));
    }
}

#[test]
fn output_is_bounded() {
    let usual = Options::default;
    let long = Value::String("x".repeat(600));
    let many = Value::list(vec![Value::Null; 60]);
    for (options, output, complaint) in [
        (
            Options {
                max_output: 1000,
                ..usual()
            },
            long,
            "the pipeline's output exceeds 1000 bytes",
        ),
        (
            Options {
                max_elements: 100,
                ..usual()
            },
            many,
            "the pipeline's output has more than 100 elements",
        ),
    ] {
        let mut client = client(options);
        client.open();
        answer(&mut client, "Create", created("SHELL")).unwrap();
        let is_open = received(None, &[pool_state(2)], None);
        answer(&mut client, "Receive", is_open).unwrap();
        client.run(hello()).unwrap();
        answer(&mut client, "Command", body(Body::Command(None))).unwrap();
        let output = [(MessageType::PipelineOutput, output)];
        answer(&mut client, "Receive", received(None, &output, None)).unwrap();
        let error = answer(&mut client, "Receive", received(None, &output, None)).unwrap_err();
        assert_eq!(error.to_string(), complaint);
    }
}

#[test]
fn a_shell_that_is_said_to_be_gone_is_deleted_all_the_same() {
    let mut client = opened();
    client.run(hello()).unwrap();
    let gone = answer(&mut client, "Command", fault(number::SHELL_NOT_FOUND)).unwrap_err();
    assert!(gone.is_shell_gone());
    assert!(client.run(hello()).is_err());
    client.close();
    answer(&mut client, "Delete", fault(number::SHELL_NOT_FOUND)).unwrap();
    assert!(matches!(client.poll_event(), Some(Event::Closed)));

    let mut client = running();
    let gone = answer(&mut client, "Receive", fault(number::SHELL_NOT_FOUND)).unwrap_err();
    assert!(!gone.is_shell_gone(), "the pipeline may have run");

    let mut client = opened();
    client.close();
    answer(&mut client, "Delete", fault(number::SHELL_NOT_FOUND)).unwrap();
    assert!(matches!(client.poll_event(), Some(Event::Closed)));
}

#[test]
fn a_pipeline_that_was_refused_does_not_keep_the_next_from_running() {
    let mut client = opened();
    client.run(hello()).unwrap();
    let refused = answer(&mut client, "Command", fault(number::TOO_MANY_OPERATIONS)).unwrap_err();
    assert!(matches!(
        refused,
        Error::Refused {
            operation: Operation::Command,
            ..
        }
    ));
    assert!(!client.is_running());
    client.run(hello()).unwrap();
    answer(&mut client, "Command", body(Body::Command(None))).unwrap();
}

/// Whatever is lost, closing ends with the shell deleted, and stopping with a pool that runs again.
#[test]
fn a_lost_request_can_be_recovered_from() {
    let settle = |client: &mut Client| {
        while let Some((verb, _)) = next(client) {
            let with = match verb {
                "Receive" => received(Some("CMD"), &[], Some(Progress::Done)),
                _ => body(Body::Done),
            };
            client.handle_response(with).unwrap();
        }
    };
    // and what comes before the next command: a command of which the server did not say that it has ended is ended first
    type Prepare = fn() -> Client;
    let lose: [(Prepare, &str); 3] = [
        (
            || {
                let mut client = opened();
                client.run(hello()).unwrap();
                client
            },
            "Signal",
        ),
        (running, "Command"),
        (
            || {
                let mut client = running();
                client.stop();
                client
            },
            "Command",
        ),
    ];
    for (prepare, before_the_next) in lose {
        let mut client = prepare();
        client.poll_request().unwrap();
        client.close();
        settle(&mut client);
        let events: Vec<_> = std::iter::from_fn(|| client.poll_event()).collect();
        assert!(matches!(events[..], [Event::Closed]), "{events:?}");

        let mut client = prepare();
        client.poll_request().unwrap();
        client.stop();
        settle(&mut client);
        assert!(!client.is_running());
        client.run(hello()).unwrap();
        assert_eq!(next(&mut client).unwrap().0, before_the_next);
    }
}

proptest::proptest! {
    /// Nothing a server says makes the client panic, or keeps it from coming to an end.
    #[test]
    fn whatever_is_answered_closing_ends(choices in proptest::collection::vec(0..12_usize, 1..40)) {
        let answers = [
            created("SHELL"),
            body(Body::Command(Some("CMD".to_owned()))),
            body(Body::Command(None)),
            body(Body::Done),
            received(None, &[capability("2.3"), pool_state(2)], None),
            received(Some("CMD"), &[(MessageType::PipelineOutput, Value::Null)], None),
            received(Some("CMD"), &[pipeline_state(3)], Some(Progress::Done)),
            received(None, &[], None),
            fault(number::TIMED_OUT),
            fault(number::BUSY),
            fault(number::SHELL_NOT_FOUND),
            fault(number::ABORTED),
        ];
        let mut client = client(Options::default());
        client.open();
        for choice in choices {
            if client.poll_request().is_none() {
                let _ = client.run(hello().input([Value::Null]));
                let _ = client.poll_request();
            }
            let _ = client.handle_response(answers[choice].clone());
        }
        client.close();
        let mut requests = 0;
        while client.poll_request().is_some() {
            requests += 1;
            proptest::prop_assert!(requests < 100);
            client.handle_response(body(Body::Done)).unwrap_or(());
        }
    }
}
