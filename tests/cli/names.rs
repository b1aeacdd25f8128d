//! One server under several names, and several servers under one.

use mapisweep_lab::{Balancer, Faults, HelperFault, Lab, Staged, event::What};

use crate::support::{Mapisweep, locked_out, stage};

/// What leads there under another name.
fn alias(staged: &Staged, name: &str, server: &str) -> String {
    format!("--connect-to={name}={}", staged.lab.server(server).winrm())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_under_several_names_is_closed_once() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    let address = server.winrm();
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --yes --server ex01 --server EX01. --server mail.corp.example")
        .arg("--server=ex01.corp.example")
        .arg(format!("--server={address}"))
        .arg(alias(&staged, "mail.corp.example", "ex01"))
        .run()
        .await
        .exits(0)
        .says("mail.corp.example: leads to the same server as ex01, which is named already")
        .says("ex01.corp.example: leads to the same server as ex01, which is named already")
        .says(&format!(
            "{address}: leads to the same server as ex01, which is named already"
        ))
        .prints("ex01  31 closed")
        .prints(r"CORP\jsmith can log on again.");
    assert_eq!(ran.stdout().matches("closed").count(), 1, "{ran}");
    assert!(!ran.shown().contains("already gone"), "{ran}");
    assert!(!ran.stderr().contains("EX01.: is"), "the same name\n{ran}");
    assert_eq!(server.resets().len(), 31);
    assert!(server.leftovers().is_empty(), "{:?}", server.leftovers());
    for record in ran.audit() {
        // it was looked at by each name
        if ["closing", "closed"]
            .map(Into::into)
            .contains(&record["event"])
        {
            assert_eq!(record["servers"].as_array().unwrap().len(), 1, "{record}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn and_shown_once() {
    let staged = locked_out().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server mail --server ex01 --format json")
        .arg(alias(&staged, "mail", "ex01"))
        .run()
        .await
        .exits(0);
    let json = ran.json();
    assert_eq!(json["servers"].as_array().unwrap().len(), 1, "{ran}");
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(0), "{ran}");
}

/// Whoever else answers is named, also where nothing but connections is asked for; and nothing is said of the one that was not
/// seen.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_to_the_name_of_another_is_named() {
    let servers = Lab::builder()
        .server("ex01", |server| server.exchange_2010())
        .server("ex02", |server| server.exchange_2010());
    let staged = stage(servers).await;
    let run = |line: &str| {
        let line = format!("{line} --server ex09.corp.example");
        let run = Mapisweep::on(&staged.lab).args(&line);
        run.arg(alias(&staged, "ex09.corp.example", "ex02"))
    };
    const SAID: &str = "ex09.corp.example: EX02 answers to this name: an alias, or a load balancer";
    for line in ["connections", "logons", "doctor", "doctor --no-helper"] {
        let ran = run(line).run().await.says(SAID);
        assert_eq!(
            ran.stderr().matches("answers to this name").count(),
            1,
            "{ran}"
        );
    }
    run("close ann --dry-run").run().await.exits(3).says(
        "ann holds no session on ex02.corp.example, which answers to ex09.corp.example, so there is nothing to close",
    );
}

/// A short name and a full one are two servers until a server says otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn servers_of_one_first_name_in_two_domains_are_two() {
    let servers = Lab::builder()
        .server("ex01", |server| server.exchange_2010())
        .server("ex02", |server| server.exchange_2010());
    let staged = stage(servers).await;
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server ex01 --server ex01.branch.example --format json")
        .arg(alias(&staged, "ex01.branch.example", "ex02"))
        .run()
        .await
        .exits(0);
    assert_eq!(ran.json()["servers"].as_array().unwrap().len(), 2, "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_the_dag_that_is_named_as_well_is_shown_once() {
    let member = |server: mapisweep_lab::ServerSpec| server.exchange_2010().dag("DAG1");
    let servers = Lab::builder().server("ex01", member).server("ex02", member);
    let staged = stage(servers).await;
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server ex02 --server mail --dag DAG1 --format json")
        .arg(alias(&staged, "mail", "ex01"))
        .run()
        .await
        .exits(0)
        .says("ex01.corp.example: leads to the same server as mail, which is named already");
    assert_eq!(ran.json()["servers"].as_array().unwrap().len(), 2, "{ran}");
    assert!(!ran.stderr().contains("ex02.corp.example: is"), "{ran}");
}

async fn two_servers() -> (Staged, Balancer) {
    let servers = Lab::builder()
        .server("ex01", |server| server.exchange_2007())
        .server("ex02", |server| server.exchange_2007());
    let staged = stage(servers).await;
    let behind = ["ex01", "ex02"].map(|name| staged.lab.server(name).winrm());
    let balancer = Balancer::before(&behind).await.unwrap();
    (staged, balancer)
}

fn helpers_run(staged: &Staged, server: &str) -> usize {
    let is_helper = |what: &What| matches!(what, What::Helper { .. });
    let events = staged.lab.server(server).events();
    events.iter().filter(|what| is_helper(what)).count()
}

/// With more servers than are worked on at a time, a fresh shell is opened for closing.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_on_one_computer_is_not_closed_on_another() {
    let (staged, balancer) = two_servers().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server mail --server mail2 --jobs 1 --yes")
        .arg(format!("--connect-to=mail={}", balancer.address()))
        .arg(alias(&staged, "mail2", "ex02"))
        .run()
        .await
        .exits(1)
        .says("mail: EX02 answered where EX01 did before, and was asked nothing.")
        .says("name the server itself with --server");
    assert!(!ran.shown().contains("can log on again"), "{ran}");
    let resets = ["ex01", "ex02"].map(|name| staged.lab.server(name).resets().len());
    assert_eq!(resets, [0, 0], "{ran}");
    assert_eq!(helpers_run(&staged, "ex01"), 1, "{ran}");
    for name in ["ex01", "ex02"] {
        assert!(staged.lab.server(name).leftovers().is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_on_one_computer_is_not_looked_for_on_another() {
    let (staged, balancer) = two_servers().await;
    let server = staged.lab.server("ex01");
    server.set_faults(Faults {
        helper: HelperFault::Hangs,
        ..Faults::default()
    });
    let running = Mapisweep::on(&staged.lab)
        .args("close jsmith --server mail --yes")
        .arg(format!("--connect-to=mail={}", balancer.address()))
        .start()
        .await;
    while server.leftovers().processes == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // what the script says before it runs the helper is on its way
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    running.interrupt();
    running
        .ends()
        .await
        .exits(6)
        .says("mail: the helper may be left there: EX02 answered where EX01 did before");
}
