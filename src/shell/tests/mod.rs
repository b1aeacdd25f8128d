//! Whole sessions against the simulated servers: real HTTP, real NTLM, real time.

mod transport;

use std::time::Duration;

use std::sync::Arc;

use crate::connection::{self, Connection, Peer};
use crate::shell::{Error, Options, RemoteShell};
use mapisweep_core::config::HostPort;
use mapisweep_lab::{Breakage, Faults, Lab, Quotas, event::What};
use mapisweep_winrm::{
    auth::{Credential, UserName},
    endpoint::{Endpoint, Scheme},
    psrp::{
        client,
        clixml::Value,
        pipeline::{Pipeline, PipelineResult, State},
    },
    wsman::{Fault, number},
};
use tokio_util::sync::CancellationToken;

async fn lab() -> Lab {
    Lab::builder()
        .server("old", |s| s.exchange_2007())
        .server("new", |s| s.exchange_2013().quotas(Quotas::WINRM_3))
        .server("small", |s| {
            s.exchange_2010().quotas(Quotas {
                shells_per_user: 1,
                ..Quotas::WINRM_2
            })
        })
        .user("ann", |u| u.administrator())
        .user("bob", |u| u)
        .start()
        .await
        .unwrap()
}

fn connect(lab: &Lab, server: &str, user: &str) -> Connection {
    let user_name = UserName::parse(&format!("{}\\{user}", mapisweep_lab::DOMAIN)).unwrap();
    let credential = Credential::new(user_name, format!("{user}'s password"));
    let endpoint = Endpoint::new(Scheme::Http, server).unwrap();
    connect_to(
        lab,
        server,
        endpoint,
        credential,
        connection::Options::default(),
    )
}

/// A connection to a server of the lab, whatever name it is called by.
pub(crate) fn connect_to(
    lab: &Lab,
    server: &str,
    endpoint: Endpoint,
    credential: Credential,
    options: connection::Options,
) -> Connection {
    let address = lab.server(server).winrm();
    let dial = HostPort {
        host: address.ip().to_string(),
        port: address.port(),
    };
    let peer = Peer::new(endpoint, Some(dial), credential, options);
    Connection::new(Arc::new(peer.unwrap()))
}

async fn open(lab: &Lab, server: &str) -> Result<RemoteShell, Error> {
    RemoteShell::open(
        connect(lab, server, "ann"),
        options(),
        &CancellationToken::new(),
    )
    .await
}

fn fault(error: &Error) -> &Fault {
    match error {
        Error::Remoting(client::Error::Refused { fault, .. }) => fault,
        other => panic!("not refused: {other:?}"),
    }
}

fn options() -> Options {
    Options {
        operation_timeout: Duration::from_secs(1),
        stop_timeout: Duration::from_secs(1),
        ..Options::default()
    }
}

fn sleep(seconds: i32) -> Pipeline {
    Pipeline::command("Start-Sleep").parameter("Seconds", Value::I32(seconds))
}

fn actions(lab: &Lab, server: &str) -> Vec<String> {
    let events = lab.server(server).events().into_iter();
    events
        .filter_map(|what| match what {
            What::Request { action } => Some(action),
            _ => None,
        })
        .collect()
}

fn count(actions: &[String], which: &str) -> usize {
    actions.iter().filter(|action| *action == which).count()
}

fn texts(outcome: &PipelineResult) -> Vec<String> {
    outcome.output.iter().map(Value::display).collect()
}

#[tokio::test]
async fn a_session_opens_runs_and_leaves_nothing_behind() {
    let lab = lab().await;
    for (server, protocol) in [("old", "2.1"), ("new", "2.3")] {
        let mut session = open(&lab, server).await.unwrap();
        assert_eq!(session.client.server().protocol, protocol);
        assert_eq!(lab.server(server).leftovers().shells.len(), 1);

        let hello = Pipeline::command("Write-Output").argument("hello");
        let outcome = session.run(hello.clone()).await.unwrap();
        assert_eq!(
            (outcome.state, texts(&outcome)),
            (State::Completed, vec!["hello".to_owned()])
        );
        session.run(hello).await.unwrap();
        session.close().await.unwrap();

        assert!(lab.server(server).leftovers().is_empty());
        let actions = actions(&lab, server);
        assert_eq!(actions.first().map(String::as_str), Some("Create"));
        // ended pipelines are given up only when there are many: so few need no round trips for it
        assert_eq!(count(&actions, "Signal"), 0);
        assert_eq!(actions.last().map(String::as_str), Some("Delete"));
    }
}

/// A server takes fifteen commands at a time of one user, of all his shells, ended ones among them.
#[tokio::test]
async fn ended_pipelines_never_use_up_what_the_server_grants() {
    let lab = lab().await;
    let mut session = open(&lab, "old").await.unwrap();
    for number in 0..20 {
        let echo = Pipeline::command("Write-Output").argument(Value::I32(number));
        let outcome = session.run(echo).await.unwrap();
        assert_eq!(outcome.output, [Value::I32(number)]);
    }
    session.close().await.unwrap();
    let actions = actions(&lab, "old");
    assert_eq!(count(&actions, "Command"), 20);
    assert_eq!(
        count(&actions, "Signal"),
        16,
        "the shell took the last four along"
    );
    assert!(lab.server("old").leftovers().is_empty());
}

#[tokio::test]
async fn input_output_and_every_other_stream_arrive() {
    let lab = lab().await;
    let mut session = open(&lab, "old").await.unwrap();

    let echo = Pipeline::command("Write-Output").input([Value::I32(7), Value::Null, "x".into()]);
    assert_eq!(
        session.run(echo).await.unwrap().output,
        [Value::I32(7), Value::Null, "x".into()]
    );

    let warn = Pipeline::command("Write-Warning").parameter("Message", "careful");
    assert_eq!(session.run(warn).await.unwrap().warnings, ["careful"]);

    let error = Pipeline::command("Write-Error").parameter("Message", "broken");
    let outcome = session.run(error.clone()).await.unwrap();
    assert_eq!(
        (outcome.state, outcome.errors[0].message.as_str()),
        (State::Completed, "broken")
    );

    let fatal = session
        .run(error.parameter("ErrorAction", "Stop"))
        .await
        .unwrap();
    assert_eq!(fatal.state, State::Failed);
    let failure = fatal.failure.unwrap();
    assert_eq!(
        failure.exception_type.as_deref(),
        Some("Microsoft.PowerShell.Commands.WriteErrorException")
    );
    session.close().await.unwrap();
}

#[tokio::test]
async fn messages_above_the_envelope_limit_go_in_pieces_both_ways() {
    let lab = lab().await;
    for server in ["old", "new"] {
        let mut session = open(&lab, server).await.unwrap();
        let bytes = Value::Bytes(vec![0xA5; 350_000]);
        let there_and_back =
            Pipeline::command("Write-Output").parameter("InputObject", bytes.clone());
        assert_eq!(session.run(there_and_back).await.unwrap().output, [bytes]);

        let many = Pipeline::command("Get-LabObject")
            .parameter("Count", Value::I32(1000))
            .parameter("Size", Value::I32(500));
        let outcome = session.run(many).await.unwrap();
        assert_eq!(outcome.output.len(), 1000);
        assert_eq!(
            outcome.output[999].get("Number").and_then(Value::as_i64),
            Some(999)
        );
        session.close().await.unwrap();
    }
}

#[tokio::test]
async fn output_can_be_had_as_it_comes() {
    fn sendable<F: Future + Send>(future: F) -> F {
        future
    }
    let lab = lab().await;
    let mut session = open(&lab, "old").await.unwrap();
    let many = Pipeline::command("Get-LabObject")
        .parameter("Count", Value::I32(1000))
        .parameter("Size", Value::I32(500));
    let mut numbers = Vec::new();
    let mut count = |object: Value| numbers.extend(object.get("Number").and_then(Value::as_i64));
    let result = sendable(session.run_into(many, &mut count)).await.unwrap();
    assert_eq!((result.state, result.output), (State::Completed, vec![]));
    assert_eq!(numbers, Vec::from_iter(0..1000));

    let mut nothing = |value| panic!("no output: {value:?}");
    let asleep = session.run_into(sleep(60), &mut nothing);
    _ = tokio::time::timeout(Duration::from_millis(300), asleep).await;
    let mut next = Vec::new();
    let echo = Pipeline::command("Write-Output").argument("next");
    session
        .run_into(echo, &mut |value| next.push(value))
        .await
        .unwrap();
    assert_eq!(next, ["next".into()]);
    session.close().await.unwrap();
}

#[tokio::test]
async fn a_secret_travels_encrypted_with_a_key_exchanged_just_for_it() {
    let lab = lab().await;
    let mut session = open(&lab, "old").await.unwrap();
    let show = || Pipeline::command("Show-LabSecret").secret("SecureString", "Pa$$ wörd".into());
    assert_eq!(texts(&session.run(show()).await.unwrap()), ["Pa$$ wörd"]);
    assert_eq!(texts(&session.run(show()).await.unwrap()), ["Pa$$ wörd"]);
    session.close().await.unwrap();
    let sends = count(&actions(&lab, "old"), "Send");
    assert_eq!(sends, 1, "one exchange of keys serves the whole session");
    assert!(!format!("{:?}", show()).contains("Pa$$"));
}

#[tokio::test]
async fn silence_is_waited_out() {
    let lab = lab().await;
    let mut session = open(&lab, "old").await.unwrap();
    let outcome = session.run(sleep(3)).await.unwrap();
    assert_eq!(outcome.state, State::Completed);
    session.close().await.unwrap();
}

#[tokio::test]
async fn a_run_that_was_dropped_is_stopped_by_whatever_comes_next() {
    let lab = lab().await;
    let mut session = open(&lab, "old").await.unwrap();
    for _ in 0..2 {
        let dropped =
            tokio::time::timeout(Duration::from_millis(300), session.run(sleep(60))).await;
        assert!(dropped.is_err());
        let outcome = session
            .run(Pipeline::command("Write-Output").argument("next"))
            .await;
        assert_eq!(texts(&outcome.unwrap()), ["next"]);
    }
    _ = tokio::time::timeout(Duration::from_millis(300), session.run(sleep(60))).await;
    session.stop().await.unwrap();
    _ = tokio::time::timeout(Duration::from_millis(300), session.run(sleep(60))).await;
    session.close().await.unwrap();
    assert!(lab.server("old").leftovers().is_empty());
}

/// Wherever the connection breaks, an error says so and closing still works.
#[tokio::test]
async fn a_broken_exchange_leaves_no_shell() {
    for breakage in [
        Breakage::CloseBefore,
        Breakage::CloseAfter,
        Breakage::Status500,
        Breakage::Garbage,
        Breakage::ForAnother,
    ] {
        // Create, Receive…, Command, Receive
        for exchange in 1..=6 {
            let lab = lab().await;
            lab.server("new").set_faults(Faults {
                at_exchange: Some((exchange, breakage)),
                ..Faults::default()
            });
            if let Ok(mut session) = open(&lab, "new").await {
                let outcome = session.run(sleep(0)).await;
                let closed = session.close().await;
                assert!(
                    closed.is_ok(),
                    "{breakage:?} at {exchange}: {closed:?} after {outcome:?}"
                );
            }
            let leftovers = lab.server("new").leftovers();
            assert!(
                leftovers.is_empty(),
                "{breakage:?} at {exchange}: {leftovers:?}"
            );
        }
    }
}

#[tokio::test]
async fn refusals_keep_what_the_server_said() {
    let lab = lab().await;
    let not_admin = RemoteShell::open(
        connect(&lab, "old", "bob"),
        options(),
        &CancellationToken::new(),
    )
    .await
    .unwrap_err();
    assert!(fault(&not_admin).is(number::ACCESS_DENIED), "{not_admin}");

    let first = open(&lab, "small").await.unwrap();
    let too_many = open(&lab, "small").await.unwrap_err();
    assert!(fault(&too_many).is(number::TOO_MANY_SHELLS), "{too_many}");
    first.close().await.unwrap();

    let wrong = RemoteShell::open(
        connect(&lab, "old", "nobody"),
        options(),
        &CancellationToken::new(),
    )
    .await
    .unwrap_err();
    assert!(
        matches!(
            wrong,
            crate::shell::Error::Connection(crate::connection::Error::Refused(_))
        ),
        "{wrong}"
    );
    assert!(lab.server("old").leftovers().is_empty());
}
