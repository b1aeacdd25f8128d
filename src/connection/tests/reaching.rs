//! What cannot be reached, and reaching a server before the password's turn comes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use mapisweep_core::config::ProxyChoice;

use super::*;
use crate::connection::{Knocked, Proxy};

#[tokio::test]
async fn what_cannot_be_reached_is_told_apart() {
    let failure = async |host: &str, port| {
        let options = Options {
            connect_timeout: Duration::from_millis(300),
            ..Options::default()
        };
        let dial = HostPort {
            host: host.into(),
            port,
        };
        let peer = peer(Scheme::Http, "ex01", dial, PASSWORD, options);
        let mut connection = Connection::new(Arc::new(peer.unwrap()));
        let reached = connection.reach().await.unwrap_err();
        let error = connection.exchange("one").await.unwrap_err();
        assert!(!error.maybe_delivered());
        assert_eq!(error.to_string(), reached.to_string());
        error.to_string()
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert_eq!(
        failure("127.0.0.1", port).await,
        format!("no connection to 127.0.0.1:{port}: connection refused")
    );
    assert_eq!(
        failure("no-such.invalid", 1).await,
        "the name no-such.invalid cannot be resolved"
    );
}

#[tokio::test]
async fn a_name_that_others_gave_never_leads_here() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    let dialled = |host: &str| HostPort {
        host: host.into(),
        port,
    };
    for (name, dialled, leads_here) in [
        ("localhost", dialled("localhost"), true),
        // by --connect-to
        ("ex01", dialled("localhost"), false),
    ] {
        let peer = peer(Scheme::Http, name, dialled, PASSWORD, Options::default());
        let mut connection = Connection::new(Arc::new(peer.unwrap().named_by_others()));
        let reached = tokio::time::timeout(Duration::from_millis(300), connection.reach()).await;
        let refused = matches!(reached, Ok(Err(Error::LeadsHere { .. })));
        assert_eq!(
            (refused, listener.accept().is_err()),
            (leads_here, leads_here),
            "{name}"
        );
    }
}

/// Each is valid, and none is an answer.
#[tokio::test]
async fn a_server_that_says_for_ever_that_it_goes_on_is_not_waited_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            _ = stream.read(&mut [0; 4096]);
            while stream.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    });
    let limit = Duration::from_millis(300);
    let options = Options {
        connect_timeout: limit,
        response_timeout: limit,
        ..Options::default()
    };
    let dial = HostPort {
        host: "127.0.0.1".into(),
        port,
    };
    let peer = peer(Scheme::Http, "ex01", dial, PASSWORD, options).unwrap();
    let mut connection = Connection::new(Arc::new(peer));
    let exchange = tokio::time::timeout(40 * limit, connection.exchange("one"));
    let error = exchange.await.expect("it ends").unwrap_err();
    assert!(
        matches!(error, Error::Mute { after, .. } | Error::ConnectTimeout { after, .. } if after == limit),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_machine_that_answers_is_told_from_one_that_is_silent_and_from_what_was_not_tried() {
    let knocked_at = async |name: &str, host: &str, port, proxy: Option<&str>| {
        let proxy = proxy.map(|url: &str| {
            let choice = ProxyChoice::from(url.to_owned());
            let at = choice.proxy().unwrap().unwrap().clone();
            Proxy { at, password: None }
        });
        let options = Options {
            connect_timeout: Duration::from_millis(300),
            proxy,
            ..Options::default()
        };
        let dial = HostPort {
            host: host.into(),
            port,
        };
        let peer = peer(Scheme::Http, name, dial, PASSWORD, options);
        peer.unwrap().knock().await
    };
    let knocked = async |host: &str, port, proxy| knocked_at("ex01", host, port, proxy).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answered = Knocked::StandInAnswered(format!("127.0.0.1:{port}"));
    assert_eq!(knocked("127.0.0.1", port, None).await, answered);
    let itself = knocked_at("localhost", "localhost", port, None).await;
    assert!(matches!(itself, Knocked::Answered(_)), "{itself:?}");
    let by_proxy = knocked("127.0.0.1", port, Some("http://127.0.0.1:1")).await;
    assert_eq!(by_proxy, Knocked::NotTried);
    drop(listener);
    // only a machine that runs refuses
    assert_eq!(knocked("127.0.0.1", port, None).await, answered);
    assert_eq!(
        knocked("no-such.invalid", port, None).await,
        Knocked::NotTried
    );
    let (silent, _backlog) = full();
    assert_eq!(
        knocked("127.0.0.1", silent.local_addr().unwrap().port(), None).await,
        Knocked::Silent
    );
}

/// A listener whose backlog is full: the system answers no more.
fn full() -> (std::net::TcpListener, Vec<std::net::TcpStream>) {
    use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
    let listener = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    listen(&listener, 0).unwrap();
    let listener = std::net::TcpListener::from(listener);
    let address = listener.local_addr().unwrap();
    let mut backlog = Vec::new();
    while let Ok(stream) =
        std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200))
    {
        backlog.push(stream);
    }
    (listener, backlog)
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
        (Some(""), "the server broke off TLS without a word"),
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

/// Sockets, sign-ins and what arrived, for an exchange after reaching the server.
#[tokio::test]
async fn reaching_a_server_needs_no_password_and_costs_no_socket() {
    for (name, behaviour, sockets) in [
        ("as usual", good(), 1),
        (
            "NTLM only",
            Behaviour {
                offers: vec!["NTLM"],
                ..good()
            },
            2,
        ),
        (
            "closes between the legs",
            Behaviour {
                closes_between_legs: 1,
                ..good()
            },
            2,
        ),
    ] {
        let server = Server::start(behaviour).await;
        let mut connection = connect(&server);
        connection.reach().await.unwrap();
        connection.reach().await.unwrap();
        assert_eq!((server.sign_ins(), server.refused()), (0, 0), "{name}");
        assert!(server.delivered().is_empty(), "{name}");
        for message in ["one", "two"] {
            let reply = connection.exchange(message).await.unwrap();
            assert_eq!(reply.body, format!("<reply to='{message}'/>"), "{name}");
        }
        let counts = (server.sockets(), server.sign_ins());
        assert_eq!(counts, (sockets, 1), "{name}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_only_when_it_is_sent() {
    let server = Server::start(good()).await;
    let mut connection = connect_with(&server, "wrong", Options::default());
    connection.reach().await.unwrap();
    assert_eq!(server.refused(), 0);
    for _ in 0..2 {
        let error = connection.exchange("one").await.unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{error:?}");
    }
    assert_eq!((server.refused(), server.delivered().len()), (1, 0));
}

#[tokio::test]
async fn basic_reaches_a_server_without_a_word() {
    let (key, trust) = certificate("ex01");
    let behaviour = Behaviour {
        basic: true,
        ..good()
    };
    let server = Server::start_with(behaviour, Some(acceptor(&key))).await;
    let options = Options {
        trust,
        sign_in: SignIn::Basic,
        ..Options::default()
    };
    let mut connection = connect_tls(&server, "ex01", "wrong", options.clone());
    connection.reach().await.unwrap();
    assert_eq!(server.refused(), 0);

    let mut connection = connect_tls(&server, "ex01", PASSWORD, options);
    connection.reach().await.unwrap();
    connection.exchange("one").await.unwrap();
    assert_eq!(server.delivered(), ["one"]);
    assert_eq!(server.sockets(), 2);
}

#[tokio::test]
async fn a_server_without_ntlm_is_told_apart_when_it_is_reached() {
    let server = Server::start(Behaviour {
        offers: vec!["Kerberos"],
        ..good()
    })
    .await;
    let error = connect(&server).reach().await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused(refusal) if !refusal.password_sent),
        "{error:?}"
    );
}

/// What a port for TLS does when plain HTTP comes: Windows closes, others send an alert of TLS.
#[tokio::test]
async fn a_port_that_expects_tls_is_told_apart() {
    const ALERT: &[u8] = b"\x15\x03\x01\x00\x02\x02\x28";
    for (said, heard) in [(&b""[..], "nothing"), (ALERT, "no HTTP")] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                _ = stream.read(&mut [0; 4096]).await;
                _ = stream.write_all(said).await;
            }
        });
        let mut connection = connect_to(Scheme::Http, "ex01", port, PASSWORD, Options::default());
        let reached = connection.reach().await;
        let error = match reached {
            Err(error) => error,
            Ok(()) => connection.exchange("one").await.unwrap_err(),
        };
        let told = match error {
            Error::NotHttp { .. } => "no HTTP",
            Error::ClosedDuringSignIn { heard: false, .. } => "nothing",
            other => panic!("{other:?}"),
        };
        assert_eq!(told, heard);
    }
}
