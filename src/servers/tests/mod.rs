//! mapisweep's own client, pointed at a lab.

mod computer;
mod exchange;
mod helper;
mod own;

use crate::connection::{Connection, Options};
use std::time::Duration;

use super::Patience;
use crate::shell::{RemoteShell, tests::connect_to};
use mapisweep_core::batch::{Answer, Batch, Number, Question, Reader, Row, Single};
use mapisweep_lab::Lab;
use mapisweep_winrm::{
    auth::{Credential, UserName},
    endpoint::{Endpoint, Scheme},
};
use tokio_util::sync::CancellationToken;

pub fn connection(lab: &Lab, server: &str) -> Connection {
    let endpoint = Endpoint::new(Scheme::Http, server).unwrap();
    connect_to(
        lab,
        server,
        endpoint,
        administrator(lab),
        Options::default(),
    )
}

/// The lab's administrator, who must be `ann` with the password that a lab gives by itself.
pub fn administrator(lab: &Lab) -> Credential {
    let user = UserName::parse(&lab.administrator().qualified()).unwrap();
    Credential::new(user, "ann's password")
}

/// Nothing in the lab takes long.
pub const PATIENCE: Patience = Patience {
    connecting: Duration::from_secs(15),
    step: Duration::from_secs(60),
};

/// A session of the lab's administrator.
pub async fn session(lab: &Lab, server: &str) -> RemoteShell {
    let options = crate::shell::Options::default();
    RemoteShell::open(connection(lab, server), options, &CancellationToken::new())
        .await
        .unwrap()
}

/// The answer to a question, by the script.
pub async fn ask(session: &mut RemoteShell, question: Question) -> Answer {
    let batch = Batch::of(question);
    let mut reader = Reader::new(&batch);
    let mut take = |output| reader.take(output).unwrap();
    let outcome = session
        .run_into(batch.pipeline(None), &mut take)
        .await
        .unwrap();
    reader.finish(&outcome).take(Number::FIRST)
}

/// The same to the question alone, as a command of its own.
async fn ask_alone(session: &mut RemoteShell, server: &str, question: Question) -> Answer {
    let batch = Batch::of(question);
    let mut single = Single::new(&batch);
    while let Some(question) = single.next_question() {
        let pipeline = question.pipeline(server);
        let mut take = |output| single.take(question, &output);
        let outcome = session.run_into(pipeline, &mut take).await.unwrap();
        single.ended(outcome);
    }
    single.finish().take(Number::FIRST)
}

/// The answer to a question, which is the same both ways.
pub async fn ask_both_ways(session: &mut RemoteShell, server: &str, question: Question) -> Answer {
    let columns = question.columns;
    let by_script = ask(session, question.clone()).await;
    let alone = ask_alone(session, server, question).await;
    let read = |row: &Row| -> Vec<_> {
        let column = |column: &&str| match row.date(column).and_then(|date| date.timestamp()) {
            Some(time) => vec![time.to_string()],
            None => row.texts(column),
        };
        columns.iter().map(column).collect()
    };
    let rows = |answer: &Answer| -> Vec<_> { answer.rows.iter().map(read).collect() };
    assert_eq!(rows(&by_script), rows(&alone));
    assert_eq!(by_script.warnings, alone.warnings);
    assert_eq!(by_script.errors, alone.errors);
    assert_eq!(by_script.failure, alone.failure);
    assert_eq!(by_script.end, alone.end);
    by_script
}
