//! What a connection does when the server, or something between, behaves badly.

mod server;

use std::{
    io::{Read as _, Write as _},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::connection::{
    Authentication, ConnectTo, Connection, Endpoint, Error, HttpScheme, Options, Reply, Scheme,
    Trust,
};
use mapisweep_winrm::auth::{
    Credential, UserName, channel_binding::ChannelBinding, multipart, ntlm::SealError,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use server::{After, Behaviour, Mishap, Server, Wire};
use tokio_rustls::TlsAcceptor;

const PASSWORD: &str = "Pa$$w0rd-hunter2";

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

#[tokio::test]
async fn replies_are_read_however_servers_write_them() {
    for wire in [
        Wire::AsWindows,
        Wire::BoundaryWithSpace,
        Wire::SplitParts,
        Wire::Chunked,
        Wire::Gzip,
    ] {
        let server = Server::start(Behaviour { wire, ..good() }).await;
        let mut connection = connect(&server);
        for message in ["one", "two"] {
            assert_eq!(
                connection.exchange(message).await.unwrap().body,
                format!("<reply to='{message}'/>")
            );
        }
        assert_eq!(server.sockets(), 1);
    }
}

#[tokio::test]
async fn a_fault_is_a_reply() {
    let server = Server::start(Behaviour {
        mishap: Some((0, Mishap::Fault)),
        ..good()
    })
    .await;
    let reply = connect(&server).exchange("one").await.unwrap();
    assert_eq!(
        reply,
        Reply {
            status: 500,
            body: "<reply to='one'/>".into()
        }
    );
}

#[tokio::test]
async fn a_reply_that_is_not_what_the_server_sealed_is_refused() {
    for (mishap, expected) in [
        (Mishap::FlippedByte, "Seal(Seal(Forged))"),
        (
            Mishap::WrongSignKey,
            "Seal(Seal(OutOfOrder { expected: 1, found: 0 }))",
        ),
        (
            Mishap::Replay,
            "Seal(Seal(OutOfOrder { expected: 1, found: 0 }))",
        ),
        (
            Mishap::Skip,
            "Seal(Seal(OutOfOrder { expected: 1, found: 2 }))",
        ),
        (Mishap::WrongLength, "Seal(NoBoundary)"),
        (Mishap::Unsealed, "Unsealed { status: 200 }"),
        (
            Mishap::Html(404),
            "NotWinRm { status: 404, content_type: Some(\"text/html\"), location: None }",
        ),
        (
            Mishap::Html(200),
            "NotWinRm { status: 200, content_type: Some(\"text/html\"), location: None }",
        ),
    ] {
        let server = Server::start(Behaviour {
            mishap: Some((1, mishap)),
            ..good()
        })
        .await;
        let mut connection = connect(&server);
        connection.exchange("one").await.unwrap();
        let error = connection.exchange("two").await.unwrap_err();
        assert_eq!(format!("{error:?}"), expected);
        assert_eq!(server.delivered(), ["one", "two"], "nothing is repeated");
    }
    // with the sequence number right, a wrong key is told from a replay
    let server = Server::start(Behaviour {
        mishap: Some((0, Mishap::WrongSignKey)),
        ..good()
    })
    .await;
    let error = connect(&server).exchange("one").await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Seal(multipart::Error::Seal(SealError::Forged))
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_refused() {
    for (wire, max_response) in [(Wire::AsWindows, 100), (Wire::GzipBomb, 1 << 20)] {
        let server = Server::start(Behaviour { wire, ..good() }).await;
        let options = Options {
            max_response,
            ..Options::default()
        };
        let error = connect_with(&server, PASSWORD, options)
            .exchange("one")
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { limit } if limit == max_response),
            "{error:?}"
        );
    }
}

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
    assert!(!refusal.offers(HttpScheme::Negotiate));
    assert_eq!(
        refusal.to_string(),
        "the server offers only Kerberos, Basic to sign in with"
    );
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_apart() {
    let endpoint = |host: &str, port| {
        let elsewhere = ConnectTo {
            host: host.into(),
            port,
        };
        Endpoint::new(Scheme::Http, "ex01")
            .unwrap()
            .with_connect_to(elsewhere)
            .unwrap()
    };
    let failure = async |endpoint| {
        let options = Options {
            connect_timeout: Duration::from_millis(300),
            ..Options::default()
        };
        let error = Connection::new(endpoint, ann(PASSWORD), options)
            .unwrap()
            .exchange("one")
            .await
            .unwrap_err();
        assert!(!error.maybe_delivered());
        error.to_string()
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert_eq!(
        failure(endpoint("127.0.0.1", port)).await,
        format!("no connection to 127.0.0.1:{port}: connection refused")
    );
    assert_eq!(
        failure(endpoint("no-such.invalid", 1)).await,
        "the name no-such.invalid cannot be resolved"
    );
}

#[tokio::test]
async fn a_port_without_tls_is_told_apart() {
    let (_, trust) = certificate("ex01");
    let options = Options {
        trust,
        connect_timeout: Duration::from_millis(300),
        ..Options::default()
    };
    for (answer, expected) in [
        (
            Some("HTTP/1.1 400 Bad Request\r\n\r\n"),
            "TLS with ex01 failed",
        ),
        (
            Some(""),
            "no connection to ADDRESS: closed while connecting",
        ),
        (None, "no connection to ADDRESS within 300ms"),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _hello = stream.read(&mut [0; 4096]).unwrap();
            match answer {
                Some(answer) => stream.write_all(answer.as_bytes()).unwrap(),
                None => std::thread::sleep(Duration::from_secs(2)),
            }
        });
        let error = connect_to(
            Scheme::Https,
            "ex01",
            address.port(),
            PASSWORD,
            options.clone(),
        )
        .exchange("one")
        .await
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            expected.replace("ADDRESS", &address.to_string())
        );
    }
}

#[tokio::test]
async fn inside_tls_the_sign_in_is_bound_to_the_certificate() {
    let (key, trust) = certificate("ex01");
    let binding = ChannelBinding::to_certificate(key.cert.der());
    let server = Server::start_with(
        Behaviour {
            binding: Some(binding),
            ..good()
        },
        Some(acceptor(&key)),
    )
    .await;
    let options = Options {
        trust: trust.clone(),
        ..Options::default()
    };
    let mut connection = connect_tls(&server, "ex01", PASSWORD, options.clone());
    for message in ["one", "two"] {
        assert_eq!(
            connection.exchange(message).await.unwrap().body,
            format!("<reply to='{message}'/>")
        );
    }
    assert_eq!((server.sockets(), server.sign_ins()), (1, 1));

    let Err(Error::Refused(refusal)) = connect_tls(&server, "ex01", "wrong", options)
        .exchange("x")
        .await
    else {
        panic!()
    };
    assert!(refusal.channel_bound && !refusal.sealed);

    // what sits between has another certificate: the binding does not fit the server's
    let (other, trust) = certificate("ex01");
    let server = Server::start_with(
        Behaviour {
            binding: Some(binding),
            ..good()
        },
        Some(acceptor(&other)),
    )
    .await;
    let options = Options {
        trust,
        ..Options::default()
    };
    let error = connect_tls(&server, "ex01", PASSWORD, options)
        .exchange("one")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error:?}");
}

#[tokio::test]
async fn an_untrusted_certificate_is_described_and_nothing_is_sent() {
    let (key, own) = certificate("ex01");
    let (_, other) = certificate("ex02");
    for (name, trust) in [("ex01", other), ("ex02", own), ("ex01", Trust::Platform)] {
        let server = Server::start_with(good(), Some(acceptor(&key))).await;
        let options = Options {
            trust,
            ..Options::default()
        };
        let elsewhere = ConnectTo {
            host: "127.0.0.1".into(),
            port: server.port,
        };
        let endpoint = Endpoint::new(Scheme::Https, name)
            .unwrap()
            .with_connect_to(elsewhere)
            .unwrap();
        let error = match Connection::new(endpoint, ann(PASSWORD), options) {
            // a machine without any certificates of its own
            Err(Error::Trust(_)) => continue,
            connection => connection.unwrap().exchange("one").await.unwrap_err(),
        };
        let Error::Untrusted {
            host,
            certificate: Some(facts),
            ..
        } = error
        else {
            panic!("{error:?}")
        };
        assert_eq!(
            (host.as_str(), facts.subject.as_str()),
            (name, "CN=rcgen self signed cert")
        );
        assert_eq!(facts.sha256.len(), 64);
        assert_eq!(server.sign_ins(), 0);
    }
}

#[tokio::test]
async fn basic_is_refused_without_tls() {
    let options = Options {
        authentication: Authentication::Basic,
        ..Options::default()
    };
    let endpoint = Endpoint::new(Scheme::Http, "ex01").unwrap();
    let error = Connection::new(endpoint, ann(PASSWORD), options).unwrap_err();
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
        authentication: Authentication::Basic,
        ..Options::default()
    };
    let mut connection = connect_tls(&server, "ex01", PASSWORD, options.clone());
    for message in ["one", "two"] {
        assert_eq!(
            connection.exchange(message).await.unwrap().body,
            format!("<reply to='{message}'/>")
        );
    }
    assert_eq!(server.sockets(), 1);

    let mut connection = connect_tls(&server, "ex01", "wrong", options);
    for _ in 0..2 {
        let Err(Error::Refused(refusal)) = connection.exchange("x").await else {
            panic!()
        };
        assert!(refusal.password_sent && !refusal.challenged && !refusal.channel_bound);
    }
    assert_eq!((server.refused(), server.delivered().len()), (1, 2));
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

fn good() -> Behaviour {
    Behaviour::good(ann(PASSWORD))
}

fn ann(password: &str) -> Credential {
    Credential::new(UserName::parse("CORP\\ann").unwrap(), password)
}

fn connect(server: &Server) -> Connection {
    connect_with(server, PASSWORD, Options::default())
}

fn connect_with(server: &Server, password: &str, options: Options) -> Connection {
    connect_to(Scheme::Http, "ex01", server.port, password, options)
}

fn connect_tls(server: &Server, name: &str, password: &str, options: Options) -> Connection {
    connect_to(Scheme::Https, name, server.port, password, options)
}

fn connect_to(
    scheme: Scheme,
    name: &str,
    port: u16,
    password: &str,
    options: Options,
) -> Connection {
    let elsewhere = ConnectTo {
        host: "127.0.0.1".into(),
        port,
    };
    let endpoint = Endpoint::new(scheme, name)
        .unwrap()
        .with_connect_to(elsewhere)
        .unwrap();
    Connection::new(endpoint, ann(password), options).unwrap()
}

/// A self-signed certificate and the trust in it.
fn certificate(name: &str) -> (CertifiedKey<rcgen::KeyPair>, Trust) {
    let key = generate_simple_self_signed([name.to_owned()]).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(key.cert.der().clone()).unwrap();
    (key, Trust::Only(Arc::new(roots)))
}

fn acceptor(key: &CertifiedKey<rcgen::KeyPair>) -> TlsAcceptor {
    let chain = vec![CertificateDer::from(key.cert.der().to_vec())];
    let private = PrivatePkcs8KeyDer::from(key.signing_key.serialize_der()).into();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
