//! A database that cannot be asked: what it is called and whether it matters is found out by asking one by one.

use mapisweep_lab::{Lab, Staged};

use crate::support::{Mapisweep, stage};

/// `jsmith` is locked out of DB1; nobody's mailbox is in DB2.
async fn two_databases() -> Staged {
    let server = Lab::builder().server("ex01", |server| {
        server.exchange_2010().database("DB1").database("DB2")
    });
    stage(server).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_logged_on_to_one_that_is_dismounted() {
    let staged = two_databases().await;
    let server = staged.lab.server("ex01");
    server.dismount("DB2");
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .run()
        .await
        .exits(0)
        .says("ex01: DB2 is dismounted: nobody is logged on to it")
        .prints("✓ ex01")
        .prints(r"CORP\jsmith can log on again.");
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server ex01 --format json")
        .run()
        .await
        .exits(0);
    assert_eq!(ran.json()["servers"][0]["gaps"], serde_json::json!([]));
    assert!(server.leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_mounted_is_missing_by_name() {
    let staged = two_databases().await;
    let server = staged.lab.server("ex01");
    server.lose_sight_of("DB2");
    for (line, exit) in [("logons", 5), ("close jsmith --yes", 5)] {
        Mapisweep::on(&staged.lab)
            .args(&format!("{line} --server ex01"))
            .run()
            .await
            .exits(exit)
            .prints("DB2 could not be read");
    }
    assert!(server.resets().is_empty(), "who shares is not known");
}

/// A passive copy is another server's to be asked for.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_runs_elsewhere_is_not_asked_here() {
    let member = |database| {
        move |server: mapisweep_lab::ServerSpec| {
            server.exchange_2010().dag("DAG1").database(database)
        }
    };
    let servers = Lab::builder()
        .server("ex01", member("DB1"))
        .server("ex02", member("DB2"));
    let staged = stage(servers).await;
    for (server, database) in [("ex01", "DB1"), ("ex02", "DB2")] {
        staged.lab.server(server).lose_sight_of(database);
    }
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server ex02")
        .run()
        .await
        .exits(5)
        .prints("DB2 could not be read");
    assert!(!ran.shown().contains("DB1"), "{ran}");
}

/// Public folders have databases, too, which are not asked for.
#[tokio::test(flavor = "multi_thread")]
async fn where_each_mailbox_database_answers_it_is_not_known_which_one_does_not() {
    let staged = two_databases().await;
    let server = staged.lab.server("ex01");
    server.lose_sight_of("Public Folders");
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .run()
        .await;
    ran.exits(5)
        .prints("the server warns: Die Datenbank 'Public Folders'");
    assert!(server.resets().is_empty(), "who shares is not known");
}
