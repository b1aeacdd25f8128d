//! Batches as mapisweep asks them, answered as it reads them.

use std::time::Duration;

use mapisweep_core::batch::{Answers, Batch, End, Number, Question, Reader};
use mapisweep_winrm::psrp::{
    clixml::Value,
    fragment::Defragmenter,
    message::{Message, MessageType},
    pipeline::{ArgumentValue, PipelineResult},
};
use uuid::Uuid;

use super::*;
use crate::{Lab, world::World};

const NAME: &[&str] = &["Name"];

/// A server with Exchange 2010 and ann on it.
async fn runspace() -> Runspace {
    let lab = Lab::builder()
        .server("ex01", |server| server.exchange_2010())
        .user("ann", |user| user.administrator())
        .start()
        .await
        .unwrap();
    let world: Arc<World> = lab.world().clone();
    let server = world.organization.servers[0].clone();
    Runspace::new(world, server, crate::site::Site::Plain, true)
}

fn voice() -> Voice {
    Voice {
        pool: Uuid::nil(),
        pipeline: Uuid::nil(),
        outbox: Arc::default(),
        objects: Arc::default(),
        fragment_size: 1 << 20,
        selection: None,
        listener: None,
    }
}

fn command(batch: &Batch) -> Command {
    command_on(batch, None)
}

fn command_on(batch: &Batch, computer: Option<&str>) -> Command {
    let pipeline = batch.pipeline(computer);
    let [script] = &pipeline.commands()[..] else {
        panic!("it is one script");
    };
    let parameters = script.arguments.iter().map(|argument| {
        let ArgumentValue::Value(value) = &argument.value else {
            panic!("nothing secret is asked");
        };
        (argument.name.clone().unwrap(), value.clone())
    });
    let mut command = Command::cmdlet(&script.text, parameters.collect());
    command.is_script = true;
    command
}

/// The objects that have been put out.
async fn output(voice: &Voice) -> Vec<Value> {
    voice.outbox.finish();
    let fragments = voice.outbox.take(usize::MAX).await.unwrap().fragments;
    let messages = Defragmenter::default().push(&fragments.concat()).unwrap();
    let messages = messages.iter().map(|bytes| Message::decode(bytes).unwrap());
    let messages: Vec<_> = messages.collect();
    let is_output = |message: &Message| message.kind == MessageType::PipelineOutput;
    assert!(messages.iter().all(is_output), "nothing else is said");
    messages.into_iter().map(|message| message.data).collect()
}

async fn ask(runspace: &Runspace, batch: &Batch) -> Answers {
    let voice = voice();
    let command = command(batch);
    assert!(is_script(&command));
    run(runspace, &command, &voice).await.unwrap();
    read(batch, &voice).await
}

async fn read(batch: &Batch, voice: &Voice) -> Answers {
    let mut reader = Reader::new(batch);
    for object in output(voice).await {
        reader.take(object).unwrap();
    }
    reader.finish(&PipelineResult::default())
}

#[test]
fn the_list_is_that_of_the_script() {
    let (_, list) = SCRIPT.split_once("$allowed = ").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let listed: Vec<_> = list.split('\'').skip(1).step_by(2).collect();
    assert_eq!(listed, ALLOWED);
}

#[tokio::test]
async fn each_question_is_answered_for_itself() {
    let runspace = runspace().await;
    let snap_in = runspace.server.version.snap_in();
    let mut batch = Batch::default();
    let no_snap_in = batch.ask(Question::of("Get-Mailbox", NAME));
    let add = Question::of("Add-PSSnapin", &[]).parameter("Name", snap_in);
    let add = batch.ask_if(add, &[], &[no_snap_in]);
    let server = Question::of("Get-ExchangeServer", &["Name", "ServerRole", "Absent"]);
    let server = batch.ask_if(server.here("Identity"), &[add], &[]);
    let missing = Question::of("Get-Mailbox", NAME).parameter("Identity", "nobody");
    let missing = batch.ask(missing);
    let skipped = batch.ask_if(Question::of("Get-Date", NAME), &[missing], &[]);
    let clock = batch.ask(Question::of("Get-Date", &[Question::ITSELF]));
    let other = batch.ask(Question::of("Write-Output", NAME));
    let answers = ask(&runspace, &batch).await;

    let get = |number| answers.get(number).unwrap();
    let failure = |number| get(number).failure.as_ref().unwrap();
    let reason = failure(no_snap_in).category_reason.as_deref();
    assert_eq!(reason, Some("CommandNotFoundException"));
    assert!(get(add).has_succeeded());
    let row = get(server).rows[0].fields();
    assert_eq!(row, "|=EX01|=Mailbox, ClientAccess|");
    assert_eq!(get(missing).errors[0].target.as_deref(), Some("nobody"));
    assert_eq!(get(missing).end, End::Run);
    assert_eq!(get(skipped).end, End::Skipped);
    assert!(get(clock).rows[0].date(Question::ITSELF).is_some());
    let message = "Write-Output is not on the list of cmdlets";
    assert_eq!(failure(other).message, message);
}

#[tokio::test]
async fn another_computer_than_is_meant_only_says_its_name() {
    let runspace = runspace().await;
    let batch =
        Batch::of(Question::of("Get-Item", &["Value"]).parameter("Path", "Env:COMPUTERNAME"));
    for (meant, other, rows) in [
        (None, None, 1),
        (Some("ex01"), None, 1),
        (Some("EX02"), Some("EX01"), 0),
    ] {
        let voice = voice();
        let command = command_on(&batch, meant);
        run(&runspace, &command, &voice).await.unwrap();
        let mut reader = Reader::new(&batch);
        reader.only_of(meant);
        for object in output(&voice).await {
            reader.take(object).unwrap();
        }
        assert_eq!(reader.computer(), Some("EX01"));
        assert_eq!(reader.other_computer(), other);
        let answers = reader.finish(&PipelineResult::default());
        assert_eq!(
            answers.get(Number::FIRST).unwrap().rows.len(),
            rows,
            "{meant:?}"
        );
    }
}

#[tokio::test]
async fn lines_leave_as_they_fill_and_the_rest_when_it_is_stopped() {
    let voice = voice();
    let batch = Batch::of(Question::of("Get-Mailbox", NAME));
    let said = Arc::new(Said::to(&voice, "EX01"));
    let stopped = async {
        let _rest = Rest(said.clone());
        let voice = voice.heard_by(said.clone());
        said.begin(&["Name".to_owned()]);
        for _ in 0..400 {
            voice.output("a row");
        }
        std::future::pending::<()>().await;
    };
    let waited = tokio::time::timeout(Duration::from_millis(1), stopped);
    waited.await.unwrap_err();
    let objects = output(&voice).await;
    let lines = |object: &mapisweep_winrm::psrp::clixml::Value| object.as_list().unwrap().len();
    assert_eq!(objects.iter().map(lines).collect::<Vec<_>>(), [250, 151]);
    let mut reader = Reader::new(&batch);
    for object in objects {
        reader.take(object).unwrap();
    }
    let mut answers = reader.finish(&PipelineResult::default());
    let answer = answers.take(Batch::default().ask(Question::of("Get-Mailbox", NAME)));
    assert_eq!((answer.rows.len(), answer.end), (400, End::Stopped));
}
