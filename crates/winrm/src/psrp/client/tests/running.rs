//! What is sent to run a pipeline, and what comes of its answers.

use super::*;

#[test]
fn the_ids_are_the_servers() {
    let mut client = running();
    let (_, receive) = next(&mut client).unwrap();
    assert_eq!(selector(&receive), "SHELL");
    let desired = &receive.body.unwrap().children[0];
    assert_eq!(desired.attr("CommandId"), Some("CMD"));
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
fn output_is_handed_over_as_it_comes_and_stays_so_if_what_follows_is_lost() {
    let said = |numbers: &[i32]| {
        let output = |number: &i32| (MessageType::PipelineOutput, Value::I32(*number));
        numbers.iter().map(output).collect::<Vec<_>>()
    };
    let broken = (MessageType::PipelineState, Value::Null);
    for (last, is_lost) in [(pipeline_state(4), false), (broken, true)] {
        let mut client = running();
        let some = received(Some("CMD"), &said(&[1, 2]), Some(Progress::Running));
        answer(&mut client, "Receive", some).unwrap();
        assert_eq!(output(&mut client), [Value::I32(1), Value::I32(2)]);
        assert!(client.poll_event().is_none(), "it runs on");

        let rest = [said(&[3]), vec![last]].concat();
        let torn = answer(&mut client, "Receive", received(Some("CMD"), &rest, None));
        assert_eq!(torn.is_err(), is_lost);
        assert_eq!(output(&mut client), [Value::I32(3)]);
        assert_eq!(client.poll_event().is_none(), is_lost);
    }
}

/// Runs a pipeline that ends as the command `id`; the commands that are given up before it, each answered with `with`, or
/// its answer lost.
fn run_to_its_end(client: &mut Client, id: &str, with: Option<&Answer>) -> Vec<String> {
    client.run(hello()).unwrap();
    let mut given_up = Vec::new();
    loop {
        let (verb, request) = next(client).unwrap();
        match verb {
            "Signal" => {
                let command = request.body.as_ref().unwrap().attr("CommandId");
                given_up.extend(command.map(str::to_owned));
                match with {
                    Some(with) => client.handle_response(with.clone()).unwrap(),
                    None => client.request_lost(),
                }
            }
            "Command" => break,
            other => panic!("{other} before the command"),
        }
    }
    let command = body(Body::Command(Some(id.to_owned())));
    client.handle_response(command).unwrap();
    let ends = received(Some(id), &[pipeline_state(4)], None);
    answer(client, "Receive", ends).unwrap();
    finished(client);
    assert!(client.poll_request().is_none(), "nothing more for {id}");
    given_up
}

#[test]
fn ended_pipelines_are_given_up_once_there_are_four_of_them() {
    for with in [
        Some(body(Body::Done)),
        // that it is not known any more is no reason to stop, nor to ask again
        Some(fault(number::INVALID_PARAMETER)),
        None,
    ] {
        let mut client = opened();
        for (id, expected) in [
            ("A", &[][..]),
            ("B", &[]),
            ("C", &[]),
            ("D", &[]),
            ("E", &["A", "B", "C", "D"]),
            ("F", &[]),
            ("G", &[]),
            ("H", &[]),
            ("I", &["E", "F", "G", "H"]),
            ("J", &[]),
        ] {
            let given_up = run_to_its_end(&mut client, id, with.as_ref());
            assert_eq!(given_up, expected, "before {id}, answered with {with:?}");
        }
        client.close();
        assert_eq!(
            next(&mut client).unwrap().0,
            "Delete",
            "which ends the rest"
        );
    }
}

#[test]
fn a_run_that_is_given_up_itself_leaves_the_rest_to_the_next() {
    let mut client = opened();
    for id in ["A", "B", "C", "D"] {
        run_to_its_end(&mut client, id, None);
    }
    client.run(hello()).unwrap();
    answer(&mut client, "Signal", body(Body::Done)).unwrap();
    client.stop();
    assert_eq!(finished(&mut client).state, State::Stopped);
    assert!(client.poll_request().is_none());
    assert_eq!(run_to_its_end(&mut client, "E", None), ["B", "C", "D"]);
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
