//! How a pool opens, and what is left of one that does not.

use super::*;

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
        fails_saying(answer(&mut client, "Receive", with), expected);
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
