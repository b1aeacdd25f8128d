//! Exchange's own endpoint where another server answers there, as from Exchange 2013 on: what is told of it, and what is not
//! believed. On the lab, by Kerberos.

use std::time::Duration;

use mapisweep_lab::{Faults, Lab, OwnEndpointFault, event::What};

use crate::kerberos::{House, Proof, TO_EX01, requires_delegation};

const TO_EX02: &str = "--server ex02.corp.example";
const NO_HOP: &str = "--no-delegation";
const OWN: &str = "--exchange-endpoint own";
const SNAP_IN: &str = "--exchange-endpoint snap-in";

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_in_a_servers_place_is_said_and_what_it_tells_is_told_as_its_own() {
    let servers = Lab::builder()
        .server("ex01", |server| {
            server.exchange_2013().passes_own_endpoint_on_to("ex02")
        })
        .server("ex02", |server| server.exchange_2010().dag("DAG1"))
        .server("ex03", |server| server.exchange_2010().dag("DAG1"));
    let Some(house) = House::of(servers).await else {
        return;
    };
    house
        .run(Proof::Password)
        .args(&format!("dag {TO_EX01} {OWN}"))
        .run()
        .await
        .says("ex02.corp.example answers in its place")
        .prints("DAG1 · as ex02.corp.example tells");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_logged_on_is_not_believed_of_another_server_and_nothing_is_planned_on_it() {
    let servers = Lab::builder()
        .server("ex01", |server| {
            server.exchange_2010().faults(requires_delegation())
        })
        .server("ex02", |server| {
            let server = server.exchange_2010().faults(requires_delegation());
            server.passes_own_endpoint_on_to("ex01")
        });
    let Some(house) = House::of(servers).await else {
        return;
    };
    let refused = "ex01.corp.example answers in its place, and who is logged on here is not believed of another server";
    for (line, flags, code, says) in [
        ("logons", OWN, 1, refused),
        ("logons", NO_HOP, 1, refused),
        ("close jsmith --yes", OWN, 1, refused),
        ("close jsmith --yes", NO_HOP, 1, refused),
        ("sweep --yes", OWN, 1, refused),
        // the plain endpoint is the server's own: nobody is logged on there
        ("logons", SNAP_IN, 3, ""),
    ] {
        let run = house.run(Proof::Password);
        let ran = run.args(&format!("{line} {TO_EX02} {flags}")).run().await;
        let ran = ran.exits(code).says(says);
        assert_eq!(ran.stdout().is_empty(), !says.is_empty(), "{ran}");
    }
    // what the log tells is the server's own
    let dn = "/o=Example/ou=First Administrative Group/cn=Recipients/cn=jsmith";
    let ex02 = house.staged.lab.server("ex02");
    ex02.log_9646(Duration::from_secs(60), [dn, "32", "session"]);
    let victims = format!("victims {TO_EX02} {OWN}");
    let ran = house.run(Proof::Password).args(&victims).run().await;
    ran.exits(5)
        .says(refused)
        .prints("what they hold is not known");
    // and the other one's are its own
    let both = format!("close jsmith --dry-run {TO_EX01} {TO_EX02} {OWN}");
    let ran = house.run(Proof::Password).args(&both).run().await;
    let ran = ran.says(refused).prints("ex01.corp.example");
    let without = ran.prints("was judged without ex02.corp.example");
    assert!(
        !without.stdout().contains("ex02.corp.example · "),
        "{without}"
    );
    for server in ["ex01", "ex02"] {
        let server = house.staged.lab.server(server);
        assert!(server.leftovers().is_empty() && server.resets().is_empty());
    }
    // what is the computer's own is never asked there
    let helper = |what: &What| matches!(what, What::Pipeline { what } if what.starts_with("/PowerShell") && !what.contains("Get-") && !what.contains("Set-Ad"));
    let asked = house.staged.lab.server("ex02").events();
    assert!(!asked.iter().any(helper), "{asked:?}");
}

/// It answered, and by itself, until the plan was approved: what was seen of the connections stays told.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_there_after_closing_takes_nothing_back_and_is_not_taken_for_what_was_seen()
{
    for (fault, why) in [
        (
            OwnEndpointFault::PassedOnTo("ex02"),
            "ex02.corp.example answers in its place",
        ),
        (
            OwnEndpointFault::UserLoad(99, Duration::from_secs(600)),
            "600000",
        ),
        (OwnEndpointFault::Closed, "403"),
    ] {
        let servers = Lab::builder()
            .server("ex01", |server| {
                server.exchange_2010().faults(requires_delegation())
            })
            .server("ex02", |server| server.exchange_2010());
        let Some(house) = House::of(servers).await else {
            return;
        };
        let ex01 = house.staged.lab.server("ex01");
        let (code, screen) = tokio::task::block_in_place(|| {
            let mut terminal = house
                .run(Proof::Password)
                .args(&format!("close jsmith {TO_EX01} {OWN}"))
                .on_terminal();
            terminal.shows("[y/N] ");
            ex01.set_faults(Faults {
                own_endpoint: fault,
                ..requires_delegation()
            });
            terminal.type_in("y\n");
            (terminal.exits(), terminal.screen())
        });
        assert_eq!(ex01.resets().len(), 31, "{screen}");
        for said in ["31 closed", "not seen whether the sessions ended", why] {
            assert!(screen.contains(said), "{said}\n{screen}");
        }
        assert!(!screen.contains("can log on again"), "{screen}");
        let told = code == Some(6) && screen.contains("may be left");
        let left = ex01.leftovers();
        assert!(left.is_empty() || told, "{left:?}\n{screen}");
        assert!(told || code == Some(1), "{code:?}\n{screen}");
    }
}
