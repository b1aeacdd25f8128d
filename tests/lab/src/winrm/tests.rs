//! What counts as an operation of a user's.

use std::sync::Arc;

use mapisweep_winrm::{
    psrp::{
        client::{Client, Event, Options},
        pipeline::Pipeline,
    },
    wsman::{self, Response, number::TOO_MANY_OPERATIONS},
};
use rand::rngs::OsRng;
use uuid::Uuid;

use super::*;
use crate::{Lab, Quotas};

async fn winrm(operations_per_user: usize) -> WinRm {
    let quotas = Quotas {
        operations_per_user,
        ..Quotas::WINRM_2
    };
    let lab = Lab::builder()
        .server("ex01", |server| server.exchange_2007().quotas(quotas))
        .user("ann", |user| user.administrator())
        .start()
        .await
        .unwrap();
    let server = lab.world().organization.servers[0].clone();
    WinRm::new(Arc::clone(lab.world()), server, crate::site::Site::Plain)
}

/// What has come once the client has nothing more to ask, or the number of a fault.
async fn drive(winrm: &WinRm, client: &mut Client) -> Result<Vec<Event>, Option<u32>> {
    let caller = Caller {
        account: "ann",
        is_delegated: false,
    };
    while let Some(request) = client.poll_request() {
        let soap = request.to_xml(client.addressing(), Uuid::new_v4());
        let (_, answer) = winrm.answer(caller, &soap).await;
        let answer = match Response::parse(&answer) {
            Ok(response) => Ok(response),
            Err(wsman::Error::Fault(fault)) => return Err(fault.number),
            Err(error) => panic!("{error}"),
        };
        client.handle_response(answer).unwrap();
    }
    Ok(std::iter::from_fn(|| client.poll_event()).collect())
}

async fn opened(winrm: &WinRm) -> Client {
    let mut client = Client::new("http://ex01:5985/wsman", Options::default(), OsRng);
    client.open();
    let events = drive(winrm, &mut client).await.unwrap();
    assert!(matches!(events[..], [Event::Opened]));
    client
}

/// How many of so many pipelines came to their end, one after the other, until the server took no more.
async fn pipelines(winrm: &WinRm, client: &mut Client, most: usize) -> usize {
    for number in 0..most {
        client.run(Pipeline::command("Get-Date")).unwrap();
        match drive(winrm, client).await {
            Ok(events) => assert!(matches!(
                events[..],
                [Event::Output(..), Event::Finished(..)]
            )),
            Err(fault) => {
                assert_eq!(fault, Some(TOO_MANY_OPERATIONS));
                return number;
            }
        }
    }
    most
}

#[tokio::test]
async fn an_ended_command_counts_until_it_is_given_up() {
    // mapisweep's client gives them up four at a time, and then another one begins and is waited for
    for (quota, expected) in [(3, 2), (4, 3), (5, 20)] {
        let winrm = winrm(quota).await;
        let mut client = opened(&winrm).await;
        assert_eq!(
            pipelines(&winrm, &mut client, 20).await,
            expected,
            "{quota}"
        );
    }
}

#[tokio::test]
async fn those_of_a_deleted_shell_do_not_count() {
    let winrm = winrm(4).await;
    for _ in 0..3 {
        let mut client = opened(&winrm).await;
        assert_eq!(pipelines(&winrm, &mut client, 3).await, 3);
        client.close();
        drive(&winrm, &mut client).await.unwrap();
    }
    assert!(winrm.open_shells().is_empty());
}
