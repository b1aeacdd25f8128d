//! One socket a sign-in, and what becomes of a request when it is lost.

use super::*;

#[tokio::test]
async fn one_socket_and_one_sign_in_serve_many_exchanges() {
    let server = Server::start(good()).await;
    let mut connection = connect(&server);
    for number in 0..20 {
        let reply = connection.exchange(&format!("m{number}")).await.unwrap();
        assert_eq!(
            reply,
            Reply {
                status: 200,
                body: format!("<reply to='m{number}'/>")
            }
        );
    }
    assert_eq!((server.sockets(), server.sign_ins()), (1, 1));
    assert_eq!(server.delivered().len(), 20);
    assert!(
        server
            .cookies()
            .iter()
            .skip(1)
            .all(|cookie| cookie.as_deref() == Some("MS-WSMAN=affinity"))
    );
    assert!(
        server.hosts().iter().all(|host| host == "ex01:5985"),
        "the name stays whatever the address"
    );
}

/// Sockets, sign-ins and what arrived, for three exchanges that all succeed.
#[tokio::test]
async fn a_lost_connection_is_replaced_without_repeating_anything() {
    let change = |change: fn(&mut Behaviour)| {
        let mut behaviour = good();
        change(&mut behaviour);
        behaviour
    };
    for (name, behaviour, sockets, sign_ins) in [
        ("keeps", good(), 1, 1),
        (
            "closes, announced",
            change(|b| b.after_reply = After::CloseAnnounced),
            3,
            3,
        ),
        (
            "closes, silently",
            change(|b| b.after_reply = After::CloseSilently),
            3,
            3,
        ),
        (
            "forgets the sign-in, announced",
            change(|b| b.after_reply = After::ForgetSignIn),
            3,
            3,
        ),
        (
            "forgets the sign-in, silently",
            change(|b| b.after_reply = After::ForgetSilently),
            3,
            3,
        ),
        (
            "closes between the legs once",
            change(|b| b.closes_between_legs = 1),
            2,
            1,
        ),
        (
            "closes between the legs twice",
            change(|b| b.closes_between_legs = 2),
            3,
            1,
        ),
        ("NTLM only", change(|b| b.offers = vec!["NTLM"]), 2, 1),
        (
            "Negotiate leads nowhere",
            change(|b| b.offers = vec!["NTLM", "Negotiate"]),
            2,
            1,
        ),
        (
            "offers more",
            change(|b| b.offers = vec!["Negotiate", "Basic realm=\"WSMAN\""]),
            1,
            1,
        ),
    ] {
        let server = Server::start(behaviour).await;
        let mut connection = connect(&server);
        for message in ["one", "two", "three"] {
            let reply = connection
                .exchange(message)
                .await
                .unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(reply.body, format!("<reply to='{message}'/>"), "{name}");
        }
        assert_eq!(server.delivered(), ["one", "two", "three"], "{name}");
        assert_eq!(
            (server.sockets(), server.sign_ins()),
            (sockets, sign_ins),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_server_that_closes_silently_is_soon_known_for_it() {
    let server = Server::start(Behaviour {
        after_reply: After::CloseSilently,
        ..good()
    })
    .await;
    let mut connection = connect(&server);
    let started = Instant::now();
    for _ in 0..20 {
        connection.exchange("one").await.unwrap();
    }
    assert_eq!(server.delivered().len(), 20);
    // finding out takes a quarter of a second
    assert!(started.elapsed() < 20 * Duration::from_millis(250));
}

#[tokio::test]
async fn a_server_that_never_lets_a_sign_in_finish_is_given_up() {
    let server = Server::start(Behaviour {
        closes_between_legs: usize::MAX,
        ..good()
    })
    .await;
    let error = connect(&server).exchange("one").await.unwrap_err();
    assert!(
        matches!(error, Error::ClosedDuringSignIn { attempts: 3, .. }),
        "{error:?}"
    );
    assert!(!error.maybe_delivered());
    assert_eq!((server.sockets(), server.refused()), (3, 0));
}

/// The request arrived and the answer did not: that is for the caller to judge.
#[tokio::test]
async fn a_request_that_may_have_been_processed_is_never_repeated() {
    for at in [0, 1] {
        let server = Server::start(Behaviour {
            mishap: Some((at, Mishap::NoReply)),
            ..good()
        })
        .await;
        let mut connection = connect(&server);
        if at == 1 {
            connection.exchange("first").await.unwrap();
        }
        let error = connection.exchange("delicate").await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::Lost {
                    maybe_delivered: true,
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(
            server
                .delivered()
                .iter()
                .filter(|message| *message == "delicate")
                .count(),
            1
        );

        connection.exchange("after").await.unwrap();
        assert_eq!(
            server.sockets(),
            2,
            "the next exchange has a socket of its own"
        );
    }
}

#[tokio::test]
async fn silence_ends_after_the_response_timeout() {
    let server = Server::start(Behaviour {
        mishap: Some((0, Mishap::Silence)),
        ..good()
    })
    .await;
    let options = Options {
        response_timeout: Duration::from_millis(300),
        ..Options::default()
    };
    let error = connect_with(&server, PASSWORD, options)
        .exchange("one")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Silent { .. }), "{error:?}");
    assert!(error.maybe_delivered());
}

#[tokio::test]
async fn a_dropped_exchange_costs_the_socket_and_nothing_else() {
    let server = Server::start(Behaviour {
        mishap: Some((1, Mishap::Silence)),
        ..good()
    })
    .await;
    let mut connection = connect(&server);
    connection.exchange("one").await.unwrap();
    tokio::time::timeout(Duration::from_millis(300), connection.exchange("two"))
        .await
        .unwrap_err();
    assert_eq!(
        connection.exchange("three").await.unwrap().body,
        "<reply to='three'/>"
    );
    assert_eq!(server.delivered(), ["one", "two", "three"]);
    assert_eq!(server.sockets(), 2);
}

#[tokio::test]
async fn a_socket_idle_for_too_long_is_not_tried() {
    let server = Server::start(good()).await;
    let options = Options {
        idle_limit: Duration::ZERO,
        ..Options::default()
    };
    let mut connection = connect_with(&server, PASSWORD, options);
    connection.exchange("one").await.unwrap();
    connection.exchange("two").await.unwrap();
    assert_eq!((server.sockets(), server.sign_ins()), (2, 2));
}
