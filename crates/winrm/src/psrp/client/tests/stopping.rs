//! Pipelines that are stopped, and those of which nothing comes.

use super::*;

#[test]
fn a_stopped_pipeline_says_so_or_is_given_up() {
    let done = |messages: &[_]| received(Some("CMD"), messages, None);
    // what may still run has to be ended before the next one can begin
    for (answers, output, before_the_next) in [
        (
            vec![
                done(&[(MessageType::PipelineOutput, Value::I32(1))]),
                done(&[pipeline_state(3)]),
            ],
            1,
            "Command",
        ),
        (vec![done(&[])], 0, "Signal"),
        (vec![fault(number::TIMED_OUT)], 0, "Signal"),
        (vec![fault(number::ABORTED)], 0, "Signal"),
        (
            vec![received(Some("CMD"), &[], Some(Progress::Done))],
            0,
            "Command",
        ),
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
        client.run(hello()).unwrap();
        assert_eq!(next(&mut client).unwrap().0, before_the_next);
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
