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
        assert_eq!(facts.pin, Pin::of(key.cert.der()));
        assert_eq!(server.sign_ins(), 0);
    }
}

fn pinned(pins: &[Pin]) -> Options {
    Options {
        trust: Trust::Pinned(pins.into()),
        ..Options::default()
    }
}

/// A certificate for another name that has expired, by nobody known.
fn bad_in_every_way() -> CertifiedKey<rcgen::KeyPair> {
    let mut params = rcgen::CertificateParams::new(["other".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    let signing_key = rcgen::KeyPair::generate().unwrap();
    let cert = params.self_signed(&signing_key).unwrap();
    CertifiedKey { cert, signing_key }
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_whatever_it_says_and_bound_to() {
    let key = bad_in_every_way();
    let behaviour = Behaviour {
        binding: Some(ChannelBinding::to_certificate(key.cert.der())),
        ..good()
    };
    let server = Server::start_with(behaviour, Some(acceptor(&key))).await;
    let pins = [Pin::of(b"another server's"), Pin::of(key.cert.der())];
    answers_two(&mut connect_tls(&server, "ex01", PASSWORD, pinned(&pins))).await;
    assert_eq!((server.sockets(), server.sign_ins()), (1, 1));
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_refused_and_nothing_is_sent() {
    let (key, _) = certificate("ex01");
    let server = Server::start_with(good(), Some(acceptor(&key))).await;
    let pins = [Pin::of(b"the old one")];
    let mut connection = connect_tls(&server, "ex01", PASSWORD, pinned(&pins));
    let error = connection.exchange("one").await.unwrap_err();
    let Error::WrongPin {
        expected, found, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(expected, pins);
    assert_eq!(found.pin, Pin::of(key.cert.der()));
    assert_eq!(server.sign_ins(), 0);
}

/// Certificates are public: whoever shows one must have its key, too.
#[tokio::test]
async fn the_pinned_certificate_without_its_key_is_worth_nothing() {
    let (key, _) = certificate("ex01");
    let (other, _) = certificate("ex01");
    let stolen = acceptor_with(&key.cert, &other.signing_key);
    let server = Server::start_with(good(), Some(stolen)).await;
    let pins = [Pin::of(key.cert.der())];
    let mut connection = connect_tls(&server, "ex01", PASSWORD, pinned(&pins));
    let error = connection.exchange("one").await.unwrap_err();
    assert!(matches!(error, Error::Untrusted { .. }), "{error:?}");
    assert_eq!(server.sign_ins(), 0);
}
