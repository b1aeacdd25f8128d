//! Ways of signing in and of carrying messages, with mapisweep's own client at the other end.

use std::io::Write;

use super::connect_to;
use crate::connection::{Connection, Error, Options, SignIn, Trust};
use crate::shell::{self, RemoteShell};
use mapisweep_lab::{Faults, Lab, Quotas};
use mapisweep_winrm::{
    endpoint::{Endpoint, Scheme},
    psrp::{clixml::Value, pipeline::Pipeline},
};
use tokio_util::sync::CancellationToken;

async fn lab() -> Lab {
    Lab::builder()
        .server("ex01", |s| s.exchange_2007())
        .user("ann", |u| u.administrator())
        .start()
        .await
        .unwrap()
}

fn connection(lab: &Lab, scheme: Scheme, sign_in: SignIn, path: &str) -> Connection {
    let mut ca = tempfile::NamedTempFile::new().unwrap();
    ca.write_all(lab.ca_pem().as_bytes()).unwrap();
    let options = Options {
        sign_in,
        trust: Trust::only_file(ca.path()).unwrap(),
        ..Options::default()
    };
    let endpoint = Endpoint::new(scheme, "ex01.corp.example").unwrap();
    let endpoint = endpoint.with_path(path).unwrap();
    let credential = crate::servers::tests::administrator(lab);
    connect_to(lab, "ex01", endpoint, credential, options)
}

async fn echo(connection: Connection) -> Result<(), shell::Error> {
    let mut session = RemoteShell::open(
        connection,
        shell::Options::default(),
        &CancellationToken::new(),
    )
    .await?;
    let sent = Value::Bytes((0..200_000u32).map(|byte| byte as u8).collect());
    let echo = Pipeline::command("Write-Output").parameter("InputObject", sent.clone());
    assert_eq!(session.run(echo).await?.output, [sent]);
    session.close().await
}

#[tokio::test]
async fn every_way_in_carries_a_session() {
    let lab = lab().await;
    let none = Faults::default;
    for (faults, scheme, method) in [
        (none(), Scheme::Http, SignIn::Ntlm),
        (none(), Scheme::Https, SignIn::Ntlm),
        (
            Faults {
                only_scheme: Some(mapisweep_lab::Scheme::Ntlm),
                ..none()
            },
            Scheme::Http,
            SignIn::Ntlm,
        ),
        (
            Faults {
                boundary_with_space: true,
                ..none()
            },
            Scheme::Http,
            SignIn::Ntlm,
        ),
        (
            Faults {
                close_after_each_response: true,
                ..none()
            },
            Scheme::Http,
            SignIn::Ntlm,
        ),
        (
            Faults {
                strict_channel_binding: true,
                ..none()
            },
            Scheme::Https,
            SignIn::Ntlm,
        ),
        (
            Faults {
                basic_over_https: true,
                ..none()
            },
            Scheme::Https,
            SignIn::Basic,
        ),
    ] {
        let case = format!("{scheme} {method:?} {faults:?}");
        lab.server("ex01").set_faults(faults);
        let connection = connection(&lab, scheme, method, "/wsman");
        echo(connection)
            .await
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        assert!(lab.server("ex01").leftovers().is_empty(), "{case}");
    }
}

#[tokio::test]
async fn a_challenge_whose_connection_closes_leads_nowhere() {
    let lab = lab().await;
    lab.server("ex01").set_faults(Faults {
        close_between_ntlm_legs: true,
        ..Faults::default()
    });
    let mut connection = connection(&lab, Scheme::Http, SignIn::Ntlm, "/wsman");

    let error = connection.exchange("<a/>").await.unwrap_err();

    assert!(
        matches!(error, Error::ClosedDuringSignIn { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn another_path_and_a_message_too_large_are_refused_by_http_itself() {
    let lab = lab().await;
    for (path, message, expected) in [
        ("/elsewhere", "<a/>".to_owned(), 404),
        ("/wsman", "x".repeat(Quotas::WINRM_2.envelope_size + 1), 413),
    ] {
        let mut connection = connection(&lab, Scheme::Http, SignIn::Ntlm, path);
        let error = connection.exchange(&message).await.unwrap_err();
        assert!(
            matches!(error, Error::NotWinRm { status, .. } if status == expected),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn what_is_not_soap_is_answered_with_a_fault() {
    let lab = lab().await;
    let mut connection = connection(&lab, Scheme::Http, SignIn::Ntlm, "/wsman");

    let reply = connection.exchange("<a/>").await.unwrap();

    assert_eq!(reply.status, 500);
    assert!(
        reply.body.contains("w:SchemaValidationError"),
        "{}",
        reply.body
    );
}
