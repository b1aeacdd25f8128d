//! Bit by bit, in the lab: three connections at most at a time.

use std::{sync::Arc, time::Duration};

use mapisweep_core::{
    config::HostPort,
    exchange::Mailbox,
    helper_run::{HelperExe, Outcome},
    plan::{Plan, Policy, plan},
};
use mapisweep_lab::{Faults, HelperFault, Lab, event::What};
use mapisweep_winrm::endpoint::{Endpoint, Scheme};

use super::*;
use crate::{
    connection::{self, Peer},
    servers::{
        Observer, Step,
        tests::{PATIENCE, administrator},
    },
};

struct Nobody;

impl Observer for Nobody {
    fn step(&self, _: &str, _: Step) {}
    fn remark(&self, _: &str, _: &str) {}
}

/// jsmith with dead clients at four addresses, of two connections each, and somebody at work; the server, and the plan.
async fn staged(lab: &Lab) -> (Server, Plan, Vec<Mailbox>) {
    const HOUR: Duration = Duration::from_secs(3600);
    for number in 1..=4 {
        let client = lab.outlook("jsmith").from(&format!("10.1.4.{number}"));
        let client = client.connections(2).since(30 * HOUR).idle(20 * HOUR);
        client.connect().await.unwrap().lose_network();
    }
    let address = lab.server("ex01").winrm();
    let dial = HostPort {
        host: address.ip().to_string(),
        port: address.port(),
    };
    let endpoint = Endpoint::new(Scheme::Http, "ex01").unwrap();
    let options = connection::Options::default();
    let peer = Peer::new(endpoint, Some(dial), administrator(lab), options).unwrap();
    let exe = HelperExe::embedded();
    let mut server = Server::new(
        "ex01".into(),
        Arc::new(peer),
        Arc::new(Nobody),
        exe,
        PATIENCE,
    );
    server.wanted = vec!["jsmith".into()];
    let snapshot = server.read_all().await.unwrap();
    let users = server.found.take().unwrap().remove(0).1;
    let plan = plan(vec![snapshot], &users, &Policy::default());
    assert_eq!(plan.servers[0].targets().count(), 8);
    (server, plan, users)
}

async fn lab() -> Lab {
    Lab::builder()
        .server("ex01", |s| s.exchange_2010())
        .user("ann", |u| u.administrator())
        .user("jsmith", |u| u)
        .user("bob", |u| u)
        .start()
        .await
        .unwrap()
}

fn helper_runs(lab: &Lab) -> usize {
    let events = lab.server("ex01").events().into_iter();
    let is_run = |what: &What| matches!(what, What::Pipeline { what } if what.contains("Invoke-MapisweepHelper"));
    events.filter(is_run).count()
}

/// Everybody's sessions in the end: nobody has to be there who does not end with the pieces.
#[tokio::test]
async fn all_of_it_is_closed_an_address_at_a_time_and_verified_once() {
    let lab = lab().await;
    for with_bystander in [true, false] {
        let bob = lab.outlook("bob").from("10.1.5.5");
        let bob = match with_bystander {
            true => Some(bob.connect().await.unwrap()),
            false => None,
        };
        let (mut server, plan, users) = staged(&lab).await;
        let before = helper_runs(&lab);
        let cancel = Interruption::default();
        let plan = &plan.servers[0];
        let result = in_pieces_of(3, &mut server, plan, &users, &cancel, Instant::now()).await;
        let result = result.unwrap();
        assert!(result.is_verified(), "{result:?}");
        assert_eq!(result.count(|outcome| outcome == Outcome::Closed), 8);
        assert_eq!(result.before[0].held.count, 4);
        assert_eq!(result.after.unwrap().users[0].held.count, 0);
        assert_eq!(helper_runs(&lab) - before, 4);
        if let Some(mut bob) = bob {
            assert!(bob.is_alive().await);
        }
        server.finish(&cancel).await;
        assert!(server.left_behind().is_empty());
    }
}

/// From the second piece on.
#[tokio::test]
async fn where_a_piece_goes_wrong_the_rest_is_not_begun() {
    for (fault, first, untouched) in [
        // nothing is done there
        (HelperFault::BlockedByPolicy, (2, 0), 6),
        // one connection stays
        (HelperFault::OneSurvives, (3, 1), 4),
        (HelperFault::Denied, (2, 0), 4),
    ] {
        let lab = Arc::new(lab().await);
        let (mut server, plan, users) = staged(&lab).await;
        let before = helper_runs(&lab);
        let breaking = {
            let lab = Arc::clone(&lab);
            tokio::spawn(async move {
                while lab.server("ex01").resets().len() < 2 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                lab.server("ex01").set_faults(Faults {
                    helper: fault,
                    ..Faults::default()
                });
            })
        };
        let cancel = Interruption::default();
        let server_plan = &plan.servers[0];
        let began = Instant::now();
        let result = in_pieces_of(3, &mut server, server_plan, &users, &cancel, began).await;
        breaking.await.unwrap();
        let result = result.unwrap();
        let (closed, still_open) = first;
        let shown = format!("{fault:?} {result:#?}");
        assert_eq!(result.targets.len(), 8, "{shown}");
        assert_eq!(
            result.count(|outcome| outcome == Outcome::Closed),
            closed,
            "{shown}"
        );
        assert_eq!(
            result.count(|outcome| outcome == Outcome::StillOpen),
            still_open,
            "{shown}"
        );
        let unknown = result
            .targets
            .iter()
            .filter(|target| target.outcome.is_none());
        assert_eq!(unknown.count(), untouched, "{shown}");
        assert!(result.is_cut_short() && !result.is_verified(), "{shown}");
        // what is closed while its session stays, for another connection of it does, is listed once more
        let most = 2 + usize::from(still_open > 0);
        assert!(helper_runs(&lab) - before <= most, "{shown}");
        assert_eq!(lab.server("ex01").resets().len(), closed, "{shown}");
        server.finish(&cancel).await;
    }
}
