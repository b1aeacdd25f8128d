//! The password: to whom it is sent, how often, and where it never shows.

use super::*;

#[tokio::test]
async fn a_refused_password_is_sent_once() {
    let server = Server::start(Behaviour {
        offers: vec!["Negotiate", "Kerberos"],
        ..good()
    })
    .await;
    let mut connection = connect_with(&server, "wrong", Options::default());
    for _ in 0..3 {
        let Err(Error::Refused(refusal)) = connection.exchange("one").await else {
            panic!()
        };
        assert_eq!(refusal.offered, ["Negotiate", "Kerberos"]);
        assert!(
            refusal.challenged && refusal.password_sent && refusal.sealed && !refusal.channel_bound
        );
        assert_eq!(
            refusal.to_string(),
            "the server refused the sign-in of CORP\\ann"
        );
    }
    assert_eq!((server.refused(), server.delivered().len()), (1, 0));
}

#[tokio::test]
async fn a_server_without_ntlm_is_not_told_the_password() {
    let server = Server::start(Behaviour {
        offers: vec!["Kerberos", "Basic realm=\"x\""],
        ..good()
    })
    .await;
    // it challenges under its first scheme, which is not one that was asked for
    let Err(Error::Refused(refusal)) = connect(&server).exchange("one").await else {
        panic!()
    };
    assert!(!refusal.challenged && !refusal.password_sent);
    assert!(!refusal.offers(NEGOTIATE));
    assert_eq!(
        refusal.to_string(),
        "the server offers only Kerberos, Basic to sign in with"
    );
}

#[tokio::test]
async fn the_password_is_in_no_error_and_no_debug_output() {
    let server = Server::start(Behaviour {
        mishap: Some((0, Mishap::Html(500))),
        ..good()
    })
    .await;
    let mut connection = connect(&server);
    let error = connection.exchange("one").await.unwrap_err();
    connection.exchange("two").await.unwrap();
    let shown = format!("{connection:?} {error:?} {error} {:?}", ann(PASSWORD));
    assert!(shown.contains("ann"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn basic_is_refused_without_tls() {
    let options = Options {
        sign_in: SignIn::Basic,
        ..Options::default()
    };
    let error = peer(Scheme::Http, "ex01", here(1), PASSWORD, options).unwrap_err();
    assert!(matches!(error, Error::BasicOverHttp));
}

#[tokio::test]
async fn inside_tls_basic_signs_in_each_request_and_a_refused_password_is_sent_once() {
    let (key, trust) = certificate("ex01");
    let server = Server::start_with(
        Behaviour {
            basic: true,
            ..good()
        },
        Some(acceptor(&key)),
    )
    .await;
    let options = Options {
        trust,
        sign_in: SignIn::Basic,
        ..Options::default()
    };
    let mut connection = connect_tls(&server, "ex01", PASSWORD, options.clone());
    answers_two(&mut connection).await;
    assert_eq!(server.sockets(), 1);

    let mut connection = connect_tls(&server, "ex01", "wrong", options);
    for _ in 0..2 {
        let Err(Error::Refused(refusal)) = connection.exchange("x").await else {
            panic!()
        };
        assert!(refusal.password_sent && !refusal.challenged && !refusal.channel_bound);
        // Negotiate is offered, and Basic is not: it was not looked at
        assert!(!refusal.judges_password());
    }
    assert_eq!((server.refused(), server.delivered().len()), (1, 2));
}
