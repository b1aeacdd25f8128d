//! Certificates, and sign-ins that are bound to them.

use super::*;

#[tokio::test]
async fn inside_tls_the_sign_in_is_bound_to_the_certificate() {
    let (key, trust) = certificate("ex01");
    let binding = ChannelBinding::to_certificate(key.cert.der());
    let server = Server::start_with(
        Behaviour {
            binding: Some(binding.clone()),
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
    answers_two(&mut connection).await;
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
        let error = match peer(Scheme::Https, name, here(server.port), PASSWORD, options) {
            // a machine without any certificates of its own
            Err(Error::Trust(_)) => continue,
            peer => Connection::new(Arc::new(peer.unwrap()))
                .exchange("one")
                .await
                .unwrap_err(),
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
