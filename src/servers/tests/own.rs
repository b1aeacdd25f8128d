//! Exchange's own endpoint of the lab: as strict as is known of a real one. By Basic inside TLS, which needs no KDC.

use std::sync::Arc;

use super::administrator;
use crate::{
    connection::{Connection, Options, Peer, SignIn, Trust},
    shell::{self, RemoteShell},
};
use mapisweep_core::{
    batch::{Batch, Question},
    config::HostPort,
    exchange::{Clock, ExchangeServer, Failure, Mailbox, SnapIn, forest},
};
use mapisweep_lab::{Faults, Lab};
use mapisweep_winrm::{
    endpoint::{Endpoint, Scheme},
    psrp::pipeline::{Pipeline, PipelineResult},
    wsman::names,
};
use tokio_util::sync::CancellationToken;

async fn lab() -> Lab {
    let faults = Faults {
        basic_over_https: true,
        requires_delegation: true,
        ..Faults::default()
    };
    Lab::builder()
        .server("ex01", |server| server.exchange_2010().faults(faults))
        .user("ann", |ann| ann.administrator())
        .user("jsmith", |jsmith| jsmith)
        .start()
        .await
        .unwrap()
}

fn connection(lab: &Lab) -> Connection {
    let address = lab.server("ex01").own_endpoint().unwrap();
    let dial = HostPort {
        host: address.ip().to_string(),
        port: address.port(),
    };
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, lab.ca_pem()).unwrap();
    let options = Options {
        sign_in: SignIn::Basic,
        trust: Trust::only_file(&authority).unwrap(),
        ..Options::default()
    };
    let endpoint = Endpoint::of_exchange(Scheme::Https, "ex01.corp.example").unwrap();
    let peer = Peer::new(endpoint, Some(dial), administrator(lab), options).unwrap();
    Connection::new(Arc::new(peer))
}

async fn open(lab: &Lab, resource: &str) -> Result<RemoteShell, shell::Error> {
    let options = shell::Options {
        resource_uri: resource.to_owned(),
        ..shell::Options::default()
    };
    RemoteShell::open(connection(lab), options, &CancellationToken::new()).await
}

/// How many objects came, or what kind of failure it was.
fn came(outcome: &PipelineResult) -> Result<usize, Failure> {
    let failure = outcome.failure.as_ref().or(outcome.errors.first());
    match failure {
        Some(error) => Err(Failure::of(error)),
        None => Ok(outcome.output.len()),
    }
}

#[tokio::test]
async fn it_takes_commands_of_its_list_one_a_pipeline_and_nothing_else() {
    let lab = lab().await;
    let mut shell = open(&lab, names::RESOURCE_EXCHANGE).await.unwrap();
    let alone = |question: Question| question.pipeline("ex01.corp.example");
    let unknown = Err(Failure::UnknownCommand);
    for (what, pipeline, expected) in [
        (
            "a server by its full name",
            alone(ExchangeServer::itself()),
            Ok(1),
        ),
        ("a mailbox", alone(Mailbox::identified_by("jsmith")), Ok(1)),
        ("the whole forest", alone(forest::whole_forest()), Ok(0)),
        ("the clock", alone(Clock::question()), unknown),
        ("a snap-in", alone(SnapIn::registered()), unknown),
        (
            "the script",
            Batch::of(Clock::question()).pipeline(None),
            Err(Failure::NoScripts),
        ),
        (
            "a script that is one command's name",
            Pipeline::script("Get-ExchangeServer"),
            Err(Failure::NoScripts),
        ),
    ] {
        let outcome = shell.run(pipeline).await.unwrap();
        assert_eq!(came(&outcome), expected, "{what}");
    }
    shell.close().await.unwrap();
    assert!(lab.server("ex01").leftovers().is_empty());
}

#[tokio::test]
async fn it_has_one_configuration_and_eighteen_shells_a_user() {
    let lab = lab().await;
    let other = open(&lab, names::RESOURCE_POWERSHELL).await;
    assert!(matches!(other, Err(shell::Error::Remoting(_))));
    let mut shells = Vec::new();
    for _ in 0..18 {
        shells.push(open(&lab, names::RESOURCE_EXCHANGE).await.unwrap());
    }
    let error = open(&lab, names::RESOURCE_EXCHANGE).await.unwrap_err();
    let error = crate::servers::ServerError::Shell(error);
    let throttled = Some(mapisweep_core::exchange::Throttled::Shells(Some(18)));
    assert_eq!(error.throttled(), throttled);
    for shell in shells {
        shell.close().await.unwrap();
    }
}
