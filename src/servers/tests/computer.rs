//! Which computer answers: the one that answered first, or nothing is asked.

use std::sync::Arc;

use super::{PATIENCE, administrator};
use crate::{
    connection::{self, Peer},
    servers::{
        Basis, Interruption, Observer, Server, ServerError, Step,
        act::{Act, act},
    },
};
use mapisweep_core::{
    config::HostPort,
    helper_run::HelperExe,
    plan::{Everywhere, Policy, plan},
};
use mapisweep_lab::{Balancer, Breakage, Faults, Lab, event::What};
use mapisweep_winrm::endpoint::{Endpoint, Scheme};

struct Nobody;

impl Observer for Nobody {
    fn step(&self, _: &str, _: Step) {}
    fn remark(&self, _: &str, _: &str) {}
}

async fn lab() -> Lab {
    Lab::builder()
        .server("ex01", |s| s.exchange_2007())
        .server("ex02", |s| s.exchange_2007())
        .user("ann", |u| u.administrator())
        .user("jsmith", |u| u)
        .start()
        .await
        .unwrap()
}

/// The first connection leads to ex01, all others to ex02.
async fn balanced(lab: &Lab) -> (Server, Balancer) {
    let servers = ["ex01", "ex02"].map(|name| lab.server(name).winrm());
    let balancer = Balancer::before(&servers).await.unwrap();
    let address = balancer.address();
    let dial = HostPort {
        host: address.ip().to_string(),
        port: address.port(),
    };
    let endpoint = Endpoint::new(Scheme::Http, "mail").unwrap();
    let options = connection::Options::default();
    let peer = Peer::new(endpoint, Some(dial), administrator(lab), options).unwrap();
    let exe = HelperExe::embedded();
    let server = Server::new(
        "mail".into(),
        Arc::new(peer),
        Arc::new(Nobody),
        exe,
        PATIENCE,
    );
    (server, balancer)
}

/// The shell has idled out meanwhile.
async fn lose_shell(server: &mut Server) {
    let shell = server.remote.take().await.unwrap();
    shell.close().await.unwrap();
}

fn is_another(error: &ServerError) -> bool {
    matches!(error, ServerError::AnotherComputer { expected, answered }
        if (expected.as_str(), answered.as_str()) == ("EX01", "EX02"))
}

/// What was run on ex02.
fn run_on_the_other(lab: &Lab) -> Vec<String> {
    let events = lab.server("ex02").events().into_iter();
    let pipelines = events.filter_map(|event| match event {
        What::Pipeline { what } => Some(what),
        _ => None,
    });
    pipelines.collect()
}

#[tokio::test]
async fn a_batch_is_for_the_computer_that_answered_first() {
    let lab = lab().await;
    let (mut server, _balancer) = balanced(&lab).await;
    server.read_logons().await.unwrap();
    server.read_logons().await.unwrap();
    lose_shell(&mut server).await;

    let before = run_on_the_other(&lab).len();
    let error = server.read_logons().await.unwrap_err();
    assert!(is_another(&error), "{error:?}");
    let ran = run_on_the_other(&lab).split_off(before);
    let cmdlets = ["Get-", "Invoke-"];
    let is_cmdlet = |what: &String| cmdlets.iter().any(|verb| what.starts_with(verb));
    assert!(!ran.iter().any(is_cmdlet), "{ran:?}");
    server.finish(&Interruption::default()).await;
}

#[tokio::test]
async fn so_is_a_closing_and_nothing_is_claimed() {
    let lab = lab().await;
    let hour = std::time::Duration::from_secs(3600);
    let outlook = lab.outlook("jsmith").from("10.1.4.23").connections(2);
    let outlook = outlook.since(30 * hour).idle(20 * hour).connect();
    let mut outlook = outlook.await.unwrap();
    let (mut server, _balancer) = balanced(&lab).await;
    server.wanted = vec!["jsmith".into()];
    let snapshot = server.read_all().await.unwrap();
    let users: Vec<_> = server.found.take().unwrap().remove(0).1;
    let plan = plan(vec![snapshot], &users, &Policy::default());
    assert_eq!(plan.servers[0].targets().count(), 2);
    lose_shell(&mut server).await;

    let cancel = Interruption::default();
    let basis = Basis {
        users: &users,
        policy: &Policy::default(),
        plan_age: std::time::Duration::from_secs(60),
        everywhere: &Everywhere::default(),
        checks_mounted: false,
    };
    let todo = Act {
        plan: &plan,
        own: &plan.servers[0],
        basis,
        holders: &[],
    };
    let error = act(&mut server, todo, &cancel).await;
    let error = error.unwrap_err();
    assert!(is_another(&error), "{error:?}");
    assert!(outlook.is_alive().await);
    assert!(!run_on_the_other(&lab).contains(&"Invoke-MapisweepHelper".to_owned()));
    // nothing was put there, so there is nothing to look for
    server.finish(&Interruption::default()).await;
    assert!(server.left_behind().is_empty());
}

#[tokio::test]
async fn that_nothing_is_there_is_not_believed_of_another_computer() {
    let lab = lab().await;
    let (mut server, _balancer) = balanced(&lab).await;
    server.read_all().await.unwrap();
    server.helper_pushed = true;

    server.finish(&Interruption::default()).await;
    let left = server.left_behind().remove(0);
    let ServerError::MayBeLeft { cause, .. } = &left else {
        panic!("{left:?}");
    };
    assert!(is_another(cause), "{left:?}");
}

/// What a load balancer does in the middle: the answer that would have named the computer is lost, and from then on it is
/// another one that answers.
#[tokio::test]
async fn what_is_on_a_computer_that_was_never_named_is_told() {
    let lab = lab().await;
    let (mut server, _balancer) = balanced(&lab).await;
    server.remote.sign_in().await.unwrap();
    lab.server("ex01").set_faults(Faults {
        at_exchange: Some((1, Breakage::CloseAfter)),
        ..Faults::default()
    });
    server.read_all().await.unwrap();
    assert_eq!(server.computer.as_deref(), Some("EX02"));

    server.finish(&Interruption::default()).await;
    let left = server.left_behind().into_iter();
    let left: Vec<_> = left.map(|left| left.to_string()).collect();
    assert_eq!(left, ["the helper and a remote shell may be left there"]);
    assert_eq!(lab.server("ex01").leftovers().shells.len(), 1);
}

#[tokio::test]
async fn a_shell_that_another_computer_does_not_have_may_be_left() {
    let lab = lab().await;
    let (mut server, _balancer) = balanced(&lab).await;
    server.read_logons().await.unwrap();
    lab.server("ex01").set_faults(Faults {
        at_exchange: Some((1, Breakage::CloseBefore)),
        ..Faults::default()
    });
    let error = server.read_logons().await.unwrap_err();
    assert!(is_another(&error), "{error:?}");

    server.finish(&Interruption::default()).await;
    let left = server.left_behind().into_iter();
    let left: Vec<_> = left.map(|left| left.to_string()).collect();
    assert_eq!(left, ["a remote shell may be left there"]);
    assert_eq!(lab.server("ex01").leftovers().shells.len(), 1);
    assert_eq!(lab.server("ex02").leftovers().shells.len(), 0);
}

#[tokio::test]
async fn where_no_script_runs_each_shell_is_asked_for_its_name() {
    let lab = lab().await;
    let (mut server, _balancer) = balanced(&lab).await;
    server.runs_no_scripts = Some(ServerError::NotExchange);
    let name_asked = || {
        let events = lab.server("ex01").events().into_iter();
        let is_it = |event: &What| matches!(event, What::Pipeline { what } if what == "Get-Item");
        events.filter(is_it).count()
    };
    server.read_logons().await.unwrap();
    server.read_logons().await.unwrap();
    assert_eq!(name_asked(), 1);
    lose_shell(&mut server).await;

    let error = server.read_logons().await.unwrap_err();
    assert!(is_another(&error), "{error:?}");
    assert!(
        !run_on_the_other(&lab)
            .iter()
            .any(|what| what.contains("Get-LogonStatistics")),
        "{:?}",
        run_on_the_other(&lab)
    );
    server.finish(&Interruption::default()).await;
}
