//! Proxies that answer as ours seldom do; real ones are in `tests/cli/proxies.rs`.

use mapisweep_core::config::ProxyChoice;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;
use crate::connection::{Proxy, ProxyFailure};

/// For a proxy that never answers.
const SILENCE: &[u8] = b"silence";

/// What comes of a proxy that gives these answers, each when it has read something, and then closes.
async fn failure(user: &str, scheme: &str, answers: &[&[u8]]) -> String {
    let answers: Vec<Vec<u8>> = answers.iter().map(|answer| answer.to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for answer in answers {
            let read = stream.read(&mut [0; 4096]).await.unwrap();
            assert_ne!(read, 0, "the client waits for the answer");
            match answer.as_slice() {
                SILENCE => std::future::pending().await,
                answer => stream.write_all(answer).await.unwrap(),
            }
        }
    });
    let choice = ProxyChoice::from(format!("{scheme}://{user}127.0.0.1:{port}"));
    let at = choice.proxy().unwrap().unwrap().clone();
    let options = Options {
        proxy: Some(Proxy {
            password: at.user.is_some().then(|| "hunter2".into()),
            at,
        }),
        connect_timeout: Duration::from_millis(500),
        ..Options::default()
    };
    let dial = HostPort {
        host: "ex01".into(),
        port: 5985,
    };
    let peer = peer(Scheme::Http, "ex01", dial, PASSWORD, options).unwrap();
    let error = Connection::new(Arc::new(peer))
        .exchange("one")
        .await
        .unwrap_err();
    assert!(!error.maybe_delivered());
    let Error::Proxy(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.target, "ex01:5985");
    match error.failure {
        ProxyFailure::SignIn { user, offered } => format!("sign-in of {user:?} by {offered:?}"),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn what_a_proxy_means() {
    const WANTED: &[u8] = b"HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n";
    for (user, answer, expected) in [
        ("", WANTED, r#"sign-in of None by ["Negotiate", "Basic"]"#),
        (
            "ann@",
            WANTED,
            r#"sign-in of Some("ann") by ["Negotiate", "Basic"]"#,
        ),
        (
            "ann@",
            b"HTTP/1.0 401 x\r\n\r\n",
            r#"sign-in of Some("ann") by []"#,
        ),
        (
            "",
            b"HTTP/1.1 401 x\r\n\r\n",
            "it does not answer as such a proxy does (HTTP 401)",
        ),
        ("", b"HTTP/1.1 403 x\r\n\r\n", "its rules forbid it"),
        (
            "",
            b"HTTP/1.1 404 x\r\n\r\n",
            "it does not answer as such a proxy does (HTTP 404)",
        ),
        (
            "",
            b"HTTP/1.1 302 x\r\nLocation: http://x/\r\n\r\n",
            "it does not answer as such a proxy does (HTTP 302)",
        ),
        (
            "",
            b"HTTP/1.1 502 x\r\n\r\n",
            "it could not connect (HTTP 502)",
        ),
        (
            "",
            b"HTTP/1.1 503 x\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n\r\n",
            "it cannot resolve the name",
        ),
        (
            "",
            b"HTTP/1.1 502 x\r\nProxy-Status: p; error=dns_error\r\n\r\n",
            "it cannot resolve the name",
        ),
        (
            "",
            b"\x05\x00",
            "it does not answer as such a proxy does (invalid HTTP version parsed)",
        ),
        ("", b"", "it closed the connection"),
        ("", SILENCE, "nothing came of it within 500ms"),
        ("", b"HTTP/1.1 200", "it closed the connection"),
    ] {
        let found = failure(user, "http", &[answer]).await;
        assert_eq!(
            found,
            expected,
            "{user} {}",
            String::from_utf8_lossy(answer)
        );
    }
}

#[tokio::test]
async fn what_a_socks_proxy_means() {
    const NO_SIGN_IN: &[u8] = b"\x05\x00";
    const BY_PASSWORD: &[u8] = b"\x05\x02";
    for (user, answers, expected) in [
        ("", &[b"\x05\xff".as_slice()][..], "sign-in of None by []"),
        ("", &[BY_PASSWORD], "sign-in of None by []"),
        (
            "ann@",
            &[BY_PASSWORD, b"\x01\x01"],
            r#"sign-in of Some("ann") by []"#,
        ),
        (
            "ann@",
            &[BY_PASSWORD, b"\x01\x00", b"\x05\x02\0\x01\0\0\0\0\0\0"],
            "its rules forbid it",
        ),
        (
            "",
            &[NO_SIGN_IN, b"\x05\x02\0\x01\0\0\0\0\0\0"],
            "its rules forbid it",
        ),
        (
            "",
            &[NO_SIGN_IN, b"\x05\x04\0\x01\0\0\0\0\0\0"],
            "it could not connect (SOCKS: host unreachable)",
        ),
        (
            "",
            &[NO_SIGN_IN, b"\x05\x05\0\x01\0\0\0\0\0\0"],
            "it could not connect (SOCKS: connection refused)",
        ),
        (
            "",
            &[b"HTTP/1.1 400"],
            "it does not answer as such a proxy does (invalid response version)",
        ),
        ("", &[b""], "it closed the connection"),
        ("", &[NO_SIGN_IN, b"\x05\x00\0"], "it closed the connection"),
    ] {
        let found = failure(user, "socks5", answers).await;
        assert_eq!(found, expected, "{user} {answers:?}");
    }
}
