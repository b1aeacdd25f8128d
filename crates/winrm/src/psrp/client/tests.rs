use super::*;
use crate::psrp::clixml::Object;
use crate::psrp::pipeline::State;
use crate::wsman::{Body, CommandState, Fault, Progress, Received, Response, Stream, number};
use crate::xml::Element;

type Answer = Result<Response, Box<Fault>>;

fn body(body: Body) -> Answer {
    Ok(Response {
        action: None,
        relates_to: None,
        body,
    })
}

fn fault(number: u32) -> Answer {
    Err(Box::new(Fault {
        number: Some(number),
        ..Fault::default()
    }))
}

fn created(id: &str) -> Answer {
    let shell = Shell {
        resource_uri: names::RESOURCE_POWERSHELL.to_owned(),
        id: id.to_owned(),
    };
    body(Body::Created(shell))
}

fn object(properties: &[(&str, Value)]) -> Value {
    let extended = properties
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    Object {
        extended: extended.collect(),
        ..Object::default()
    }
    .into()
}

/// An answer to Receive that brings these messages.
fn received(
    command: Option<&str>,
    messages: &[(MessageType, Value)],
    progress: Option<Progress>,
) -> Answer {
    let mut fragmenter = crate::psrp::fragment::Fragmenter::default();
    for (kind, data) in messages {
        let message = Message {
            destination: Destination::Client,
            kind: *kind,
            pool: Uuid::nil(),
            pipeline: Uuid::nil(),
            data: data.clone(),
        };
        fragmenter.push(message.encode());
    }
    let stream = |data| Stream {
        name: "stdout".to_owned(),
        command: command.map(str::to_owned),
        data,
        end: false,
    };
    let state = |progress| CommandState {
        command: command.map(str::to_owned),
        progress,
        exit_code: None,
    };
    let streams = (!messages.is_empty()).then(|| stream(fragmenter.take(usize::MAX)));
    body(Body::Received(Received {
        streams: streams.into_iter().collect(),
        states: progress.map(state).into_iter().collect(),
    }))
}

fn capability(version: &str) -> (MessageType, Value) {
    (
        MessageType::SessionCapability,
        SessionCapability::speaking(version).to_value(),
    )
}

fn pool_state(state: i32) -> (MessageType, Value) {
    (
        MessageType::RunspacePoolState,
        object(&[("RunspaceState", Value::I32(state))]),
    )
}

fn pipeline_state(state: i32) -> (MessageType, Value) {
    (
        MessageType::PipelineState,
        object(&[("PipelineState", Value::I32(state))]),
    )
}

/// The verb of the next request.
fn next(client: &mut Client) -> Option<(&'static str, Request)> {
    let request = client.poll_request()?;
    Some((
        request.action.rsplit('/').next().unwrap_or_default(),
        request,
    ))
}

/// Expects a request with this verb and answers it.
#[track_caller]
fn answer(client: &mut Client, verb: &str, with: Answer) -> Result<(), Error> {
    let (action, _) = next(client).expect("a request");
    assert_eq!(action, verb);
    client.handle_response(with)
}

fn client(options: Options) -> Client {
    Client::new("http://ex01:5985/wsman", options, rand::rngs::OsRng)
}

fn opened() -> Client {
    opened_with("2.1")
}

/// An open client of a server that speaks this version.
fn opened_with(version: &str) -> Client {
    let mut client = client(Options::default());
    client.open();
    answer(&mut client, "Create", created("SHELL")).unwrap();
    answer(
        &mut client,
        "Receive",
        received(None, &[capability(version), pool_state(2)], None),
    )
    .unwrap();
    assert!(matches!(client.poll_event(), Some(Event::Opened)));
    assert!(client.poll_request().is_none(), "an open pool is quiet");
    client
}

fn hello() -> Pipeline {
    Pipeline::command("Write-Output").argument("hello")
}

/// An open client whose pipeline runs as the command "CMD".
fn running() -> Client {
    let mut client = opened();
    client.run(hello()).unwrap();
    answer(
        &mut client,
        "Command",
        body(Body::Command(Some("CMD".to_owned()))),
    )
    .unwrap();
    client
}

#[track_caller]
fn finished(client: &mut Client) -> PipelineResult {
    match client.poll_event() {
        Some(Event::Finished(_, outcome)) => *outcome,
        other => panic!("not finished: {other:?}"),
    }
}

fn selector(request: &Request) -> &str {
    &request.selectors[0].1
}

#[test]
fn the_ids_are_the_servers() {
    let mut client = running();
    let (_, receive) = next(&mut client).unwrap();
    assert_eq!(selector(&receive), "SHELL");
    let desired = &receive.body.unwrap().children[0];
    assert_eq!(desired.attr("CommandId"), Some("CMD"));
}

#[test]
fn envelopes_grow_only_with_a_server_that_takes_them() {
    for (version, given, expected) in [
        ("2.1", None, 153_600),
        ("2.2", None, 512_000),
        ("2.3", None, 512_000),
        ("2.3", Some(32_768), 32_768),
        ("2.1", Some(1), 8192),
    ] {
        let options = Options {
            max_envelope: given,
            ..Options::default()
        };
        let mut client = client(options);
        client.open();
        answer(&mut client, "Create", created("SHELL")).unwrap();
        answer(
            &mut client,
            "Receive",
            received(None, &[capability(version)], None),
        )
        .unwrap();
        assert_eq!(
            client.addressing().max_envelope,
            expected,
            "{version} {given:?}"
        );
        assert_eq!(client.server().protocol, version);
    }
}

#[test]
fn a_pool_that_does_not_open_says_why_and_its_shell_is_deleted() {
    let broken = object(&[
        ("RunspaceState", Value::I32(5)),
        (
            "ExceptionAsErrorRecord",
            object(&[("Exception", object(&[("Message", "no memory".into())]))]),
        ),
    ]);
    for (receives, with, expected) in [
        (1, received(None, &[capability("3.0")], None), "version 3.0"),
        (
            1,
            received(None, &[(MessageType::RunspacePoolState, broken)], None),
            "broke: no memory",
        ),
        (1, fault(number::ABORTED), "(WSMan 995)"),
        (6, fault(number::TIMED_OUT), "does not answer"),
        (6, received(None, &[], None), "does not answer"),
    ] {
        let mut client = client(Options::default());
        client.open();
        answer(&mut client, "Create", created("SHELL")).unwrap();
        for _ in 1..receives {
            answer(&mut client, "Receive", with.clone()).unwrap();
        }
        let error = answer(&mut client, "Receive", with)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(expected),
            "{error:?} should say {expected:?}"
        );
        assert!(client.run(hello()).is_err());
        client.close();
        answer(&mut client, "Delete", body(Body::Done)).unwrap();
        assert!(matches!(client.poll_event(), Some(Event::Closed)));
    }
}

#[test]
fn a_refused_shell_leaves_nothing_to_delete_and_a_lost_one_may() {
    let create = |lose: fn(&mut Client)| {
        let mut client = client(Options::default());
        client.open();
        let (_, create) = next(&mut client).unwrap();
        lose(&mut client);
        client.close();
        let proposed = create.body.unwrap().attr("ShellId").unwrap().to_owned();
        (proposed, client.poll_request())
    };
    let (_, refused) =
        create(|client| drop(client.handle_response(fault(number::TOO_MANY_SHELLS))));
    assert!(refused.is_none());
    let (_, unsent) = create(Client::request_unsent);
    assert!(unsent.is_none());
    let (proposed, lost) = create(Client::request_lost);
    assert_eq!(selector(&lost.unwrap()), proposed);
}

/// Each request, with how many bytes of fragments it carries.
#[test]
fn a_large_pipeline_is_cut_to_what_every_server_takes_and_its_input_kept_apart() {
    cut_a_large_pipeline(opened_with("2.1"));
    cut_a_large_pipeline(opened_with("2.3"));
}

fn cut_a_large_pipeline(mut client: Client) {
    let bytes = Value::Bytes(vec![0; 200_000]);
    let pipeline = Pipeline::command("Write-Output")
        .parameter("InputObject", bytes)
        .input([Value::I32(1), Value::I32(2)]);
    client.run(pipeline).unwrap();
    let mut requests = Vec::new();
    loop {
        let request = client.poll_request().unwrap();
        let envelope = request.to_xml(client.addressing(), Uuid::nil());
        assert!(envelope.len() <= 153_600);
        let verb = request.action.rsplit('/').next().unwrap();
        requests.push((verb, envelope.len() > 153_000));
        match verb {
            "Command" => client.handle_response(body(Body::Command(None))).unwrap(),
            "Send" => client.handle_response(body(Body::Done)).unwrap(),
            _ => break,
        }
    }
    assert_eq!(
        requests,
        [
            ("Command", true),
            ("Send", true),
            ("Send", false),
            ("Send", false),
            ("Receive", false)
        ]
    );
}

#[test]
fn every_stream_lands_in_its_place() {
    let mut client = running();
    let text = |text: &str| object(&[("InformationalRecord_Message", text.into())]);
    let progress = object(&[
        ("Activity", "Working".into()),
        ("PercentComplete", Value::I32(40)),
        ("SecondsRemaining", Value::I32(-1)),
        ("Type", Value::I32(0)),
    ]);
    let error = object(&[
        ("Exception", object(&[("Message", "not found".into())])),
        ("FullyQualifiedErrorId", "NotFound".into()),
        ("ErrorCategory_Category", Value::I32(13)),
    ]);
    let messages = [
        (MessageType::PipelineOutput, Value::I32(1)),
        (MessageType::ErrorRecord, error),
        (MessageType::WarningRecord, text("careful")),
        (MessageType::VerboseRecord, text("detail")),
        (MessageType::DebugRecord, text("more")),
        (MessageType::ProgressRecord, progress),
        (MessageType::InformationRecord, "info".into()),
        (MessageType::UserEvent, Value::Null),
        (MessageType::Unknown(7), Value::Null),
        pipeline_state(1),
        pipeline_state(4),
    ];
    answer(
        &mut client,
        "Receive",
        received(Some("cmd"), &messages, Some(Progress::Done)),
    )
    .unwrap();
    let outcome = finished(&mut client);
    assert_eq!(outcome.state, State::Completed);
    assert_eq!(outcome.output, [Value::I32(1)]);
    assert_eq!(
        (
            outcome.errors[0].message.as_str(),
            outcome.errors[0].category.name()
        ),
        ("not found", "ObjectNotFound")
    );
    assert_eq!(
        (&*outcome.warnings, &*outcome.verbose, &*outcome.debug),
        (
            &["careful".to_owned()][..],
            &["detail".to_owned()][..],
            &["more".to_owned()][..]
        )
    );
    assert_eq!(
        (
            outcome.progress[0].percent,
            outcome.progress[0].seconds_remaining
        ),
        (Some(40), None)
    );
    assert_eq!(outcome.information, ["info".into()]);
    assert!(outcome.failure.is_none());
    assert!(client.poll_request().is_none());
}

#[test]
fn an_ended_pipeline_is_given_up_when_the_next_one_begins() {
    let mut client = running();
    answer(
        &mut client,
        "Receive",
        received(Some("CMD"), &[pipeline_state(4)], None),
    )
    .unwrap();
    assert!(client.poll_request().is_none());
    client.run(hello()).unwrap();
    let (verb, signal) = next(&mut client).unwrap();
    assert_eq!(verb, "Signal");
    assert_eq!(signal.body.unwrap().attr("CommandId"), Some("CMD"));
    // that it is not known any more is no reason to stop
    client
        .handle_response(fault(number::INVALID_PARAMETER))
        .unwrap();
    assert_eq!(next(&mut client).unwrap().0, "Command");
}

#[test]
fn questions_to_the_user_are_declined_and_statements_not_answered() {
    let mut client = running();
    let call = |id| {
        (
            MessageType::PipelineHostCall,
            object(&[("ci", Value::I64(id)), ("mi", Value::I32(11))]),
        )
    };
    answer(
        &mut client,
        "Receive",
        received(Some("CMD"), &[call(-100), call(3)], Some(Progress::Pending)),
    )
    .unwrap();
    let (verb, send) = next(&mut client).unwrap();
    assert_eq!(verb, "Send");
    let stream: &Element = &send.body.as_ref().unwrap().children[0];
    assert_eq!(
        (stream.attr("Name"), stream.attr("CommandId")),
        (Some("pr"), Some("CMD"))
    );
    client.handle_response(body(Body::Done)).unwrap();
    assert_eq!(next(&mut client).unwrap().0, "Receive");
}

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
fn a_stopped_pipeline_says_so_or_is_given_up() {
    let done = |messages: &[_]| received(Some("CMD"), messages, None);
    for (answers, output) in [
        (
            vec![
                done(&[(MessageType::PipelineOutput, Value::I32(1))]),
                done(&[pipeline_state(3)]),
            ],
            1,
        ),
        (vec![done(&[])], 0),
        (vec![fault(number::TIMED_OUT)], 0),
        (vec![fault(number::ABORTED)], 0),
        (vec![received(Some("CMD"), &[], Some(Progress::Done))], 0),
    ] {
        let mut client = running();
        answer(&mut client, "Receive", fault(number::TIMED_OUT)).unwrap();
        client.stop();
        answer(&mut client, "Signal", body(Body::Done)).unwrap();
        for with in answers {
            answer(&mut client, "Receive", with).unwrap();
        }
        let outcome = finished(&mut client);
        assert_eq!(
            (outcome.state, outcome.output.len()),
            (State::Stopped, output)
        );
        assert!(client.poll_request().is_none());
    }
}

#[test]
fn a_pipeline_of_which_nothing_comes_is_given_up_in_the_end() {
    let said = received(
        Some("CMD"),
        &[(MessageType::PipelineOutput, Value::Null)],
        Some(Progress::Running),
    );
    for in_vain in [
        fault(number::TIMED_OUT),
        received(None, &[], None),
        received(Some("CMD"), &[], Some(Progress::Running)),
    ] {
        let mut client = running();
        for _ in 0..2 {
            for _ in 0..59 {
                answer(&mut client, "Receive", in_vain.clone()).unwrap();
            }
            // a word, and the patience is as before
            answer(&mut client, "Receive", said.clone()).unwrap();
        }
        for _ in 0..59 {
            answer(&mut client, "Receive", in_vain.clone()).unwrap();
        }
        let error = answer(&mut client, "Receive", in_vain).unwrap_err();
        assert!(matches!(error, Error::NothingSaid), "{error}");
        client.close();
        assert_eq!(next(&mut client).unwrap().0, "Signal");
    }
}

#[test]
fn a_pipeline_that_talks_on_while_stopping_is_given_up() {
    let mut client = running();
    client.stop();
    answer(&mut client, "Signal", body(Body::Done)).unwrap();
    let more = received(
        Some("CMD"),
        &[(MessageType::PipelineOutput, Value::Null)],
        None,
    );
    let receives = std::iter::from_fn(|| {
        client
            .poll_request()
            .map(|_| client.handle_response(more.clone()).unwrap())
    });
    assert!(receives.count() < 100);
    assert_eq!(finished(&mut client).state, State::Stopped);
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
        let error = answer(&mut client, "Receive", with)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(expected),
            "{error:?} should say {expected:?}"
        );
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
fn a_shell_that_is_gone_is_recognised_and_not_deleted() {
    let mut client = opened();
    client.run(hello()).unwrap();
    let gone = answer(&mut client, "Command", fault(number::SHELL_NOT_FOUND)).unwrap_err();
    assert!(gone.is_shell_gone());
    client.close();
    assert!(client.poll_request().is_none());

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
    let lose: [fn() -> Client; 3] = [
        || {
            let mut client = opened();
            client.run(hello()).unwrap();
            client
        },
        running,
        || {
            let mut client = running();
            client.stop();
            client
        },
    ];
    for prepare in lose {
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
        assert_eq!(
            next(&mut client).unwrap().0,
            "Signal",
            "the torn pipeline is given up first"
        );
    }
}

#[test]
fn a_secret_waits_for_the_session_key() {
    let mut client = opened();
    client
        .run(Pipeline::command("Get-It").secret("Password", "Pa$$w0rd".into()))
        .unwrap();
    let (verb, send) = next(&mut client).unwrap();
    assert_eq!(verb, "Send");
    assert_eq!(send.body.unwrap().children[0].attr("CommandId"), None);
    client.handle_response(body(Body::Done)).unwrap();
    let public = client.key_pair.as_ref().unwrap().public_key();
    let (_, encrypted) = SessionKey::for_public_key(&public, &mut rand::rngs::OsRng).unwrap();
    let key = (
        MessageType::EncryptedSessionKey,
        object(&[("EncryptedSessionKey", encrypted.into())]),
    );
    answer(&mut client, "Receive", received(None, &[], None)).unwrap();
    answer(&mut client, "Receive", received(None, &[key], None)).unwrap();
    let (verb, command) = next(&mut client).unwrap();
    assert_eq!(verb, "Command");
    assert!(!format!("{client:?}{command:?}").contains("Pa$$w0rd"));
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
