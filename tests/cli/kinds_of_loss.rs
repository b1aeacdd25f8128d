//! What is lost, late or old in more than one place at once.

use std::time::Duration;

use mapisweep_lab::{Breakage, Faults, HelperFault, Lab, Server, ServerSpec, SnapIns, event::What};

use crate::support::{Mapisweep, locked_out, stage};

const SECOND: Duration = Duration::from_secs(1);

/// Says yes once things have been made to go wrong; what the run then says is left is what is left.
async fn what_is_left_is_named(case: &str, go_wrong: impl FnOnce(Server<'_>)) {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let (code, screen) = tokio::task::block_in_place(|| {
        let mut terminal = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --timeout 3s")
            .on_terminal();
        terminal.shows("[y/N] ");
        go_wrong(server);
        terminal.type_in("y\n");
        (terminal.exits(), terminal.screen())
    });
    let leftovers = server.leftovers();
    let said = screen.contains("may be left there") || screen.contains("could not be removed");
    assert_eq!(
        !leftovers.is_empty(),
        said,
        "{case}: {leftovers:?}\n{screen}"
    );
    assert_eq!(code == Some(6), said, "{case}: {code:?}\n{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_that_is_lost_in_the_look_after_a_lost_closing_is_named() {
    for way in [Breakage::CloseAfter, Breakage::ForAnother] {
        for at in 1..=8 {
            what_is_left_is_named(&format!("{way:?} at {at}"), |server| {
                server.set_faults(Faults {
                    // the closing says nothing that can be believed, and an answer after it is lost
                    helper: HelperFault::ReportsNothing,
                    at_exchange: Some((at, way)),
                    ..Faults::default()
                });
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_one_that_is_lost_when_the_first_has_idled_out_at_the_question() {
    for at in 1..=8 {
        what_is_left_is_named(&format!("at {at}"), |server| {
            server.end_shells();
            server.set_faults(Faults {
                at_exchange: Some((at, Breakage::CloseAfter)),
                ..Faults::default()
            });
        })
        .await;
    }
}

/// By whichever snap-in the first shell had Exchange's cmdlets, a later one has them by the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_shell_has_the_cmdlets_by_the_snap_in_that_could_be_loaded() {
    for (version, snap_ins) in [
        (
            ServerSpec::exchange_2007 as fn(ServerSpec) -> ServerSpec,
            SnapIns::Own,
        ),
        (ServerSpec::exchange_2010, SnapIns::Own),
        // the tools of 2007 alone on a server of 2010
        (ServerSpec::exchange_2010, SnapIns::Of2007),
    ] {
        let staged = stage(Lab::builder().server("ex01", |server| {
            version(server).faults(Faults {
                snap_ins,
                ..Faults::default()
            })
        }));
        let staged = staged.await;
        let server = staged.lab.server("ex01");
        let (code, screen) = tokio::task::block_in_place(|| {
            let mut terminal = Mapisweep::on(&staged.lab)
                .args("close jsmith --server ex01")
                .on_terminal();
            terminal.shows("[y/N] ");
            server.end_shells();
            terminal.type_in("y\n");
            (terminal.exits(), terminal.screen())
        });
        assert_eq!(code, Some(0), "{snap_ins:?}\n{screen}");
        assert!(server.leftovers().is_empty(), "{snap_ins:?}\n{screen}");
        assert_eq!(server.resets().len(), 31, "{snap_ins:?}\n{screen}");
    }
}

/// A server that takes long holds up the closing on another, where a client may have come back meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_old_when_its_turn_comes_is_made_anew_also_where_nobody_is_asked() {
    let staged = stage(
        Lab::builder()
            .server("ex01", |server| server.exchange_2010().database("DB1"))
            .server("ex02", |server| server.exchange_2010().database("DB2")),
    )
    .await;
    let client = staged.lab.server("ex01").outlook("user3").from("10.1.77.7");
    let client = client
        .since(24 * 3600 * SECOND)
        .idle(3600 * SECOND)
        .connect();
    let mut client = client.await.unwrap();
    staged.lab.server("ex02").set_faults(Faults {
        from_exchange: Some((3, Breakage::Hang)),
        ..Faults::default()
    });
    let running = Mapisweep::on(&staged.lab)
        .args("close user3 --server ex01 --server ex02 --yes --timeout 1s --step-timeout 6s --plan-age 1s")
        .start()
        .await;
    tokio::time::sleep(3 * SECOND).await;
    assert!(client.is_alive().await, "it works again");
    let ran = running.ends().await;
    assert!(client.is_alive().await, "{ran}");
    ran.says(
        "ex01: things have changed since the plan was made: 10.1.77.7 is not to be closed any more",
    );
}

/// However long a server takes to judge it.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_that_is_judged_late_is_tried_once() {
    let names = ["ex01", "ex02", "ex03"];
    let servers = names.iter().fold(Lab::builder(), |builder, name| {
        builder.server(name, |server| server.exchange_2010())
    });
    let staged = stage(servers).await;
    for name in names {
        staged.lab.server(name).set_faults(Faults {
            delay: Duration::from_millis(1500),
            ..Faults::default()
        });
    }
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server ex01 --server ex02 --server ex03 --timeout 1s")
        .password("wrong")
        .run()
        .await
        .exits(1)
        .says("not tried: this sign-in was refused at ex0");
    let refused = |name: &&str| {
        let events = staged.lab.server(name).events().into_iter();
        let refusals = events.filter(|what| matches!(what, What::SignInRefused { .. }));
        refusals.count()
    };
    assert_eq!(names.iter().map(refused).sum::<usize>(), 1, "{ran}");
}

/// The closing is claimed, no session ends, and what would list the connections once more is not let run.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_helper_alone_says_is_not_called_closed_where_nobody_else_can_tell() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let fault = |helper| {
        server.set_faults(Faults {
            helper,
            ..Faults::default()
        });
    };
    let looks = || {
        let events = server.events().into_iter();
        let is_look = |what: &What| matches!(what, What::Pipeline { what } if what.contains("Get-LogonStatistics"));
        events.filter(is_look).count()
    };
    fault(HelperFault::OnlyClaims);
    let run = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --format json")
        .run();
    let meanwhile = async {
        // the plan's, the one beside the closing, and one that waits for sessions to end
        while looks() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        fault(HelperFault::BlockedByPolicy);
    };
    let (ran, ()) = tokio::join!(run, meanwhile);
    let json = ran.exits(1).json();
    let records = json["records"].as_array().unwrap();
    assert_eq!(records.len(), 31);
    for record in records {
        assert_eq!(record["outcome"], "unknown", "{record}");
        assert_eq!(record["why"], "closed, says the helper alone", "{record}");
    }
    let to_do = json["errors"][0]["to_do"].as_str().unwrap();
    assert!(
        to_do.starts_with("Closed by the word of the helper alone: it was deceived"),
        "{json}"
    );
    assert!(server.leftovers().is_empty());
}
