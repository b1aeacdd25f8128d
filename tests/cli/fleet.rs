//! Several servers: one plan, one question, each server's own fate.

use mapisweep_lab::{Breakage, Faults, Lab, Scenario, event::What};

use crate::support::{Mapisweep, stage};

async fn dag() -> mapisweep_lab::Staged {
    let member = |server: mapisweep_lab::ServerSpec| server.exchange_2010().dag("DAG1");
    let servers = Lab::builder()
        .server("ex01", member)
        .server("ex02", member)
        .server("ex03", member);
    stage(servers).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_members_of_a_dag_are_found_and_each_is_visited_once() {
    let staged = dag().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server ex02 --dag DAG1 --format json")
        .run()
        .await
        .exits(0);
    let json = ran.json();
    let servers = json["servers"].as_array().unwrap();
    let names: Vec<_> = servers
        .iter()
        .map(|server| server["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "ex02.corp.example",
            "ex01.corp.example",
            "ex03.corp.example"
        ],
        "{ran}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dag_is_asked_by_its_own_name_where_no_server_is_given() {
    let staged = dag().await;
    let (_, address) = staged.lab.connect_to().remove(0);
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --dag DAG1 --yes")
        .arg(format!("--connect-to=DAG1={address}"))
        .run()
        .await
        .exits(0)
        .prints(r"CORP\jsmith can log on again.");
    let resets: usize = ["ex01", "ex02", "ex03"]
        .map(|name| staged.lab.server(name).resets().len())
        .iter()
        .sum();
    assert_eq!(resets, 31, "{ran}");
    for name in ["ex01", "ex02", "ex03"] {
        assert!(staged.lab.server(name).leftovers().is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_dead_server_does_not_stop_the_others() {
    let staged = dag().await;
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex09 --server ex01 --server ex02 --yes")
        .arg("--connect-to=ex09=127.0.0.1:1")
        .run()
        .await
        .exits(1)
        .says("error: ex09: nothing answers")
        .prints("✓ ex01")
        .prints(r"CORP\jsmith is below the limit on ex01 and ex02, but ex09 could not be read.");
}

/// The first one named is asked for the members; where it is dead, or dies while it is asked, the next one is.
#[tokio::test(flavor = "multi_thread")]
async fn a_dag_is_found_though_the_first_server_named_is_dead() {
    for named in [
        "--server ex09 --server ex01",
        "--server ex01 --server ex09",
        "--server ex09 --server ex08 --server ex03 --server ex02",
        "--server ex09 --server ex02 --jobs 1",
    ] {
        for verb in ["logons", "sweep --dry-run", "close jsmith --dry-run"] {
            let staged = dag().await;
            let ran = Mapisweep::on(&staged.lab)
                .args(&format!("{verb} --dag DAG1 {named} --format json"))
                .arg("--connect-to=ex09=127.0.0.1:1")
                .arg("--connect-to=ex08=127.0.0.1:1")
                .run()
                .await
                .exits(1)
                .says("error: ex09: nothing answers");
            let read = ran.json()["servers"].clone();
            let read: Vec<_> = read.as_array().unwrap().iter().collect();
            assert_eq!(read.len(), 3, "{verb} {named}: {ran}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dag_is_found_though_who_was_asked_died_meanwhile() {
    let staged = dag().await;
    // signed in by the second exchange; the third asks for the members
    staged.lab.server("ex01").set_faults(Faults {
        from_exchange: Some((3, Breakage::ResetBefore)),
        ..Faults::default()
    });
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --dag DAG1 --server ex01 --server ex02 --format json")
        .run()
        .await
        .exits(6)
        .says("error: ex01: the connection was lost");
    let read = ran.json()["servers"].clone();
    let names = read.as_array().unwrap().iter();
    let names: Vec<_> = names.map(|server| server["name"].clone()).collect();
    assert_eq!(names, ["ex02.corp.example", "ex03.corp.example"], "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_server_that_is_a_member_as_well_is_one_error() {
    let staged = dag().await;
    let rules = staged.lab.connect_to().into_iter();
    let rules = rules.map(|(name, address)| match name.starts_with("ex02") {
        true => format!("--connect-to {name}=127.0.0.1:1"),
        false => format!("--connect-to {name}={address}"),
    });
    let ran = Mapisweep::alone()
        .env("MAPISWEEP_USER", &staged.lab.administrator().qualified())
        .env("MAPISWEEP_PASSWORD", Scenario::PASSWORD)
        .args(&format!(
            "logons --dag DAG1 --server ex01 --server ex02 --format json {}",
            rules.collect::<Vec<_>>().join(" ")
        ))
        .run()
        .await
        .exits(1);
    let errors = ran.json()["errors"].clone();
    let servers: Vec<_> = errors.as_array().unwrap().iter().collect();
    assert_eq!(servers.len(), 1, "{ran}");
    assert_eq!(servers[0]["where"], "ex02", "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_tried_once_not_once_a_server() {
    let staged = dag().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --server ex01 --server ex02 --server ex03")
        .password("wrong")
        .run()
        .await
        .exits(1)
        .says(": the sign-in of")
        .says("not tried: this sign-in was refused at ex0");
    let servers = ["ex01", "ex02", "ex03"];
    let refused = |name: &str| {
        let events = staged.lab.server(name).events().into_iter();
        events
            .filter(|what| matches!(what, What::SignInRefused { .. }))
            .count()
    };
    let mut counts = servers.map(refused);
    let tried = servers[counts.iter().position(|count| *count == 1).unwrap()];
    let others: Vec<_> = servers
        .into_iter()
        .filter(|server| *server != tried)
        .collect();
    let not_tried = format!(
        "{}: not tried: this sign-in was refused at {tried}",
        others.join(" and ")
    );
    let (refused, last) = (
        ran.to_string().find(": the sign-in of"),
        ran.to_string().find(&not_tried),
    );
    assert!(
        refused.is_some() && refused < last,
        "the reason comes first: {ran}"
    );
    counts.sort_unstable();
    assert_eq!(counts, [0, 0, 1], "which one answers first is chance");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_dag() {
    let staged = dag().await;
    for (line, code) in [
        ("dag NOWHERE --server ex01", 3),
        ("logons --server ex01 --dag NOWHERE", 3),
        ("victims --server ex01 --dag NOWHERE", 3),
        ("close jsmith --server ex01 --dag NOWHERE --dry-run", 3),
        ("sweep --server ex01 --dag NOWHERE --dry-run", 3),
        // the other one may have been read, and that is not all that was wanted
        ("logons --server ex01 --server ex02 --dag NOWHERE", 1),
    ] {
        let run = Mapisweep::on(&staged.lab).args(line).run();
        let ran = run.await.exits(code);
        ran.says("no DAG is called \"NOWHERE\". ");
    }
    assert!(staged.lab.server("ex01").leftovers().is_empty());
}

/// A server that is not what it seems could name any host as a member, and have a password's proof sent there.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_nobody_meant_is_not_signed_in_to() {
    let staged = dag().await;
    let only_ex01 = format!("ex01.corp.example={}", staged.lab.server("ex01").winrm());
    for (typed, besides, said) in [
        (
            "ex01",
            "",
            "ex02.corp.example: the DAG names it as a member, and it is in a domain, and none was named. Nothing was \
             sent there.",
        ),
        (
            "ex01",
            "--allow-member-domain other.example",
            "ex02.corp.example: the DAG names it as a member, and it is not in other.example. Nothing was sent there.",
        ),
        // there is no such name here, so it was looked up
        (
            "ex01",
            "--allow-member-domain corp.example",
            "ex02.corp.example: the name ex02.corp.example cannot be resolved",
        ),
        (
            "ex01.corp.example",
            "",
            "ex02.corp.example: the name ex02.corp.example cannot be resolved",
        ),
    ] {
        let line = format!("logons --dag DAG1 --server {typed} {besides} --connect-to {only_ex01}");
        Mapisweep::alone()
            .env("MAPISWEEP_USER", &staged.lab.administrator().qualified())
            .env("MAPISWEEP_PASSWORD", Scenario::PASSWORD)
            .args(&line)
            .run()
            .await
            .exits(1)
            .prints("ex01.corp.example")
            .says(said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dag_whose_name_leads_nowhere_is_asked_of_a_member() {
    Mapisweep::alone()
        .args("logons --dag dag9.invalid --user ann --auth ntlm")
        .password("secret")
        .run()
        .await
        .exits(1)
        .says("error: dag9.invalid: the name dag9.invalid cannot be resolved")
        .says("name one of its members beside it, as --server MEMBER --dag dag9.invalid.");
}
