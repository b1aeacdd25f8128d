//! Replies, however they are written; and those that are not the server's.

use super::*;

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
        answers_two(&mut connection).await;
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
            "NoLonger(NotWinRm { status: 404, content_type: Some(\"text/html\"), location: None })",
        ),
        (
            Mishap::Html(200),
            "NoLonger(NotWinRm { status: 200, content_type: Some(\"text/html\"), location: None })",
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
