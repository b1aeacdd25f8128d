//! `mapisweep dag`: members, databases and client access, of one DAG or all; and who is asked for that.

use std::time::Duration;

use mapisweep_lab::{Builder, Faults, Lab, Scenario, ServerSpec, event::What};

use crate::support::Mapisweep;

/// With an administrator.
async fn lab(servers: Builder) -> Lab {
    let ann = servers.user("ann", |user| {
        user.administrator().password(Scenario::PASSWORD)
    });
    ann.start().await.expect("the lab starts")
}

/// A DAG of three, two of which stand behind an array with a client access server; an edge server; a server of its own.
fn organization() -> Builder {
    let array = |server: ServerSpec| server.client_access_array("outlook.corp.example");
    let member = move |server: ServerSpec| array(server.exchange_2010().dag("DAG1"));
    Lab::builder()
        .server("ex01", |server| member(server).database("DB1"))
        .server("ex02", |server| member(server).database("DB2"))
        .server("ex03", |server| {
            let server = server.exchange_2010().dag("DAG1").database("DB3");
            server.roles("Mailbox").out_of_operation()
        })
        .server("cas01", move |server| {
            array(server.exchange_2010()).roles("ClientAccess, HubTransport")
        })
        .server("edge01", |server| server.exchange_2010().roles("Edge"))
        .server("ex04", |server| server.exchange_2010().database("DB4"))
}

/// Two members of a DAG.
fn two_members(version: fn(ServerSpec) -> ServerSpec) -> Builder {
    let member = |server: ServerSpec| version(server).dag("DAG1");
    Lab::builder()
        .server("ex01", |server| member(server).database("DB1"))
        .server("ex02", |server| member(server).database("DB2"))
}

/// On these servers of a lab alone: no other name leads anywhere.
fn on(lab: &Lab, servers: &[&str]) -> Mapisweep {
    let mut run = Mapisweep::alone()
        .env("MAPISWEEP_USER", &lab.administrator().qualified())
        .env("MAPISWEEP_PASSWORD", Scenario::PASSWORD);
    for server in servers {
        let to = lab.server(server).winrm();
        run = run.arg(format!("--connect-to={server}.corp.example={to}"));
    }
    run
}

#[track_caller]
fn nobody_signed_in_to(lab: &Lab, servers: &[&str]) {
    for name in servers {
        assert_eq!(lab.server(name).events(), [], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_is_told_by_one_member() {
    let lab = lab(organization()).await;
    lab.server("ex02").mount("DB1");
    lab.server("ex03").dismount("DB3");
    let ran = Mapisweep::on(&lab).args("dag --server ex01").run().await;
    insta::assert_snapshot!(ran.exits(0).says_nothing().shown());
    nobody_signed_in_to(&lab, &["ex02", "ex03", "cas01", "edge01", "ex04"]);
    assert!(lab.server("ex01").leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_quick_is_asked_first() {
    let lab = lab(organization()).await;
    let ran = Mapisweep::on(&lab).args("dag DAG1 --server ex01");
    ran.run().await.exits(0);
    let events = lab.server("ex01").events().into_iter();
    let asked: Vec<_> = events
        .filter_map(|what| match what {
            What::Pipeline { what } if what.starts_with("Get-") => Some(what),
            _ => None,
        })
        .collect();
    let quick = [
        "Get-PSSnapin",
        "Get-ExchangeServer",
        "Get-ExchangeServer",
        "Get-DatabaseAvailabilityGroup",
        "Get-MailboxDatabase",
        "Get-ClientAccessArray",
    ];
    let standing = [
        "Get-DatabaseAvailabilityGroup",
        "Get-MailboxDatabase",
        "Get-MailboxDatabase",
        "Get-MailboxDatabase",
    ];
    assert_eq!(asked, [&quick[..], &standing].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_dag_with_its_ways_in_and_nothing_else() {
    let lab = lab(organization()).await;
    let ran = Mapisweep::on(&lab)
        .args("dag dag1 --server ex04")
        .run()
        .await
        .exits(0)
        .says_nothing()
        .prints("DAG1 · as ex01.corp.example tells")
        .prints("cas01.corp.example");
    for other in ["edge01", "ex04", "DB4"] {
        assert!(!ran.stdout().contains(other), "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_format_has_the_same_records() {
    let lab = lab(organization()).await;
    let run = async |format: &str| {
        let line = format!("dag --server ex01 --format {format}");
        Mapisweep::on(&lab).args(&line).run().await.exits(0)
    };
    let [json, ndjson, csv] = [run("json").await, run("ndjson").await, run("csv").await];
    let document = json.json();
    assert_eq!(
        (&document["schema"], &document["kind"]),
        (&2.into(), &"dag".into())
    );
    assert_eq!(document["servers"][0]["name"], "ex01.corp.example");
    let records = document["records"].as_array().unwrap();
    let events = ndjson.events("dag").into_iter().map(|mut event| {
        let fields = event.as_object_mut().unwrap();
        fields.retain(|name, _| name != "event" && name != "time");
        event
    });
    assert_eq!(&events.collect::<Vec<_>>(), records);
    assert_eq!(csv.stdout().lines().count(), records.len() + 1, "{csv}");
    insta::assert_snapshot!(csv.stdout());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dag_is_asked_by_its_own_name_where_no_server_is_given() {
    let lab = lab(organization()).await;
    let to = lab.server("ex02").winrm();
    for name in ["DAG1", "--dag DAG1"] {
        Mapisweep::on(&lab)
            .args(&format!("dag {name}"))
            .arg(format!("--connect-to=DAG1={to}"))
            .run()
            .await
            .exits(0)
            .says_nothing()
            .prints("DAG1 · as ex02.corp.example tells");
    }
    nobody_signed_in_to(&lab, &["ex01", "ex03"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dag_that_is_not_there() {
    let lab = lab(organization()).await;
    Mapisweep::on(&lab)
        .args("dag DAG9 --server ex01")
        .run()
        .await
        .exits(3)
        .prints_nothing()
        .says("no DAG is called \"DAG9\". There is DAG1.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_does_not_resolve_is_a_failed_server_and_another_is_asked() {
    let lab = lab(organization()).await;
    let ran = on(&lab, &["ex04", "ex02"])
        .args("dag DAG1 --server ex04.corp.example --format json")
        .run()
        .await
        .exits(1)
        .says("ex01.corp.example: the name ex01.corp.example cannot be resolved");
    let json = ran.json();
    assert_eq!(json["errors"][0]["where"], "ex01.corp.example", "{ran}");
    assert_eq!(json["records"][0]["told_by"], "ex02.corp.example", "{ran}");
    assert_eq!(json["records"][0]["told_by_other_version"], false, "{ran}");
}

/// It is not one of the DAG's, but of its members' release.
#[tokio::test(flavor = "multi_thread")]
async fn where_no_member_can_be_asked_a_server_of_their_release_is() {
    let lab = lab(organization()).await;
    lab.server("ex02").mount("DB1");
    on(&lab, &["ex04"])
        .args("dag DAG1 --server ex04.corp.example")
        .run()
        .await
        .exits(1)
        .prints("DAG1 · as ex04.corp.example tells")
        .prints("DB1       EX01, EX02, EX03  outlook.corp.example  EX02")
        .says("ex01.corp.example: the name ex01.corp.example cannot be resolved")
        .says("ex02.corp.example: the name ex02.corp.example cannot be resolved")
        .says("ex03.corp.example: the name ex03.corp.example cannot be resolved");
}

/// A newer server is not believed about an older DAG: the lab's forgets a member.
#[tokio::test(flavor = "multi_thread")]
async fn a_dag_is_asked_through_a_member_of_its_own_version() {
    let newer = |server: ServerSpec| server.exchange_2013().dag("DAG2").database("DB15");
    let servers = two_members(ServerSpec::exchange_2010).server("mb15", newer);
    let lab = lab(servers).await;
    let ran = Mapisweep::on(&lab)
        .args("dag --server mb15 --format json")
        .run()
        .await
        .exits(0)
        .says_nothing();
    let json = ran.json();
    let dags = json["records"].as_array().unwrap().iter();
    let dags: Vec<_> = dags
        .filter(|record| record["kind"] == "dag")
        .map(|dag| {
            [&dag["name"], &dag["servers"], &dag["told_by"]].map(serde_json::Value::to_string)
        })
        .collect();
    assert_eq!(
        dags,
        [
            [r#""DAG1""#, r#"["EX01","EX02"]"#, r#""ex01.corp.example""#],
            [r#""DAG2""#, r#"["MB15"]"#, r#""mb15.corp.example""#]
        ],
        "{ran}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_version_told_is_marked() {
    let newer = |server: ServerSpec| server.exchange_2013().database("DB15");
    let lab = lab(two_members(ServerSpec::exchange_2010).server("mb15", newer)).await;
    let run = async |format: &str| {
        let line = format!("dag --server mb15.corp.example --format {format}");
        on(&lab, &["mb15"]).args(&line).run().await.exits(1)
    };
    run("table")
        .await
        .prints("DAG1 · as mb15.corp.example tells")
        .prints(
            "mb15.corp.example runs Exchange 2013, which may tell of another version's DAG wrongly",
        )
        .says("ex01.corp.example: the name ex01.corp.example cannot be resolved");
    let ran = run("json").await;
    let dag = &ran.json()["records"][0];
    assert_eq!(dag["told_by_other_version"], true, "{ran}");
}

/// Nobody else tells of its version, so its silence is a failure, in either order.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_nobody_could_stand_in_for_is_missed_in_whichever_order_they_are_named() {
    let older = |server: ServerSpec| server.exchange_2007().database("DB07");
    let lab = lab(two_members(ServerSpec::exchange_2010).server("old", older)).await;
    for named in [["old", "ex01"], ["ex01", "old"]] {
        let [first, second] = named.map(|name| format!("--server {name}.corp.example"));
        on(&lab, &["ex01", "ex02"])
            .args(&format!("dag {first} {second}"))
            .arg("--connect-to=old.corp.example=127.0.0.1:1")
            .run()
            .await
            .exits(1)
            .says("error: old.corp.example: nothing answers")
            .prints("DAG1 · as ex01.corp.example tells");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_of_which_nobody_was_asked_is_named_and_asked_where_the_admin_names_one() {
    let older = |server: ServerSpec| server.exchange_2007().database("DB07");
    let lab = lab(two_members(ServerSpec::exchange_2010).server("old", older)).await;
    let ran = Mapisweep::on(&lab)
        .args("dag --server old")
        .run()
        .await
        .exits(5)
        .prints(
            "nobody of the version of ex01.corp.example (Exchange 2010 SP3) was asked, so the databases of 2 servers are \
             not known",
        )
        .prints("DB07      OLD        -                OLD");
    assert!(!ran.stdout().contains("DAG1"), "{ran}");
    let ran = Mapisweep::on(&lab).args("dag --server old --format json");
    let ran = ran.run().await.exits(5);
    let gaps = ran.json()["servers"][0]["gaps"].to_string();
    assert!(gaps.contains("nobody of the version of ex01"), "{ran}");
    Mapisweep::on(&lab)
        .args("dag --server old --server ex02")
        .run()
        .await
        .exits(0)
        .says_nothing()
        .prints("DAG1 · as ex02.corp.example tells")
        .prints("DB07");
    Mapisweep::on(&lab)
        .args("dag DAG1 --server old")
        .run()
        .await
        .exits(5)
        .says(
            "ex01.corp.example may be in one that only its own version sees: name it with --server",
        );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_mailbox_role_is_listed_and_never_signed_in_to() {
    let removed = |server: ServerSpec| server.exchange_2010().dag("DAG1").roles("None");
    let other = |server: ServerSpec| server.exchange_2010().database("DB4");
    let servers = Lab::builder().server("ex00", removed).server("ex04", other);
    let member = |server: ServerSpec| server.exchange_2010().dag("DAG1").database("DB1");
    let lab = lab(servers.server("ex01", member)).await;
    Mapisweep::on(&lab)
        .args("dag --server ex04")
        .run()
        .await
        .exits(0)
        .prints("DAG1 · as ex01.corp.example tells")
        .prints("ex00.corp.example  Exchange 2010 SP3  None");
    nobody_signed_in_to(&lab, &["ex00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_asked_is_not_known_and_the_rest_is() {
    let lab = lab(two_members(ServerSpec::exchange_2010)).await;
    lab.server("ex02").lose_sight_of("DB2");
    Mapisweep::on(&lab)
        .args("dag --server ex01")
        .run()
        .await
        .exits(5)
        .prints("ex01.corp.example  EX01\n")
        .prints("ex02.corp.example  not known, last on EX02");
}

/// A server that is not what it seems could name any host as a member.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_nobody_meant_is_not_signed_in_to() {
    let lab = lab(organization()).await;
    let to = lab.server("ex04").winrm();
    on(&lab, &[])
        .args("dag --server ex04.other.example")
        .arg(format!("--connect-to=ex04.other.example={to}"))
        .run()
        .await
        .exits(1)
        .says("ex01.corp.example: the DAG names it as a member, and it is not in other.example. Nothing was sent there.");
    nobody_signed_in_to(&lab, &["ex01", "ex02", "ex03"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_tried_once() {
    let lab = lab(organization()).await;
    Mapisweep::on(&lab)
        .args("dag --server ex01 --server ex02 --server ex03")
        .password("wrong")
        .run()
        .await
        .exits(1)
        .says("ex02 and ex03: not tried: this sign-in was refused at ex01");
    nobody_signed_in_to(&lab, &["ex02", "ex03"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_answers_is_enough_in_whichever_order_they_are_named() {
    let lab = lab(organization()).await;
    let on = |line: &str| {
        let run = Mapisweep::on(&lab).args(line);
        run.arg("--connect-to=ex09=127.0.0.1:1")
            .arg("--connect-to=ex10=127.0.0.1:1")
    };
    let tables = [
        (
            "dag --server ex09 --server ex02",
            "ex09: nothing answers",
            "; ex02 was asked instead",
            &["ex09"][..],
        ),
        (
            "dag --server ex02 --server ex09",
            "ex09 was not asked: ex02 answered.",
            "",
            &[],
        ),
        (
            "dag --server ex02 --server ex09 --server ex10",
            "ex09 and ex10 were not asked: ex02 answered.",
            "",
            &[],
        ),
    ];
    for (line, said, and, failed) in tables {
        let ran = on(line).run().await.exits(0).says(said).says(and);
        let ran = ran.prints("DAG1 · as ex02.corp.example tells");
        assert!(!ran.stderr().contains("error:"), "{ran}");
        let json = on(&format!("{line} --format json")).run().await.exits(0);
        let errors = json.json()["errors"].as_array().unwrap().clone();
        let places: Vec<_> = errors.iter().map(|error| &error["where"]).collect();
        assert_eq!(places, failed, "{json}");
    }
    // where none answers, each failed
    on("dag --server ex09 --server ex10")
        .run()
        .await
        .exits(1)
        .says("ex09: nothing answers")
        .says("ex10: nothing answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_dead_leaves_the_next_one_named_to_tell_the_members() {
    let staged = Scenario::locked_out_user()
        .stage(two_members(ServerSpec::exchange_2010))
        .await
        .expect("the lab starts");
    for verb in ["sweep --dry-run", "logons jsmith", "victims"] {
        let before = staged.lab.server("ex02").events().len();
        Mapisweep::on(&staged.lab)
            .args(&format!("{verb} --dag DAG1 --server ex09 --server ex01"))
            .arg("--connect-to=ex09=127.0.0.1:1")
            .run()
            .await
            .exits(1)
            .says("ex09: nothing answers");
        let after = staged.lab.server("ex02").events().len();
        assert!(after > before, "{verb}: the other member is looked at");
    }
}

/// More questions than an envelope holds.
#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_databases_are_asked_one_by_one() {
    let many = |server: ServerSpec| {
        let server = server.exchange_2010().dag("DAG1");
        (0..400).fold(server, |server, number| {
            server.database(&format!("Database {number:03}"))
        })
    };
    let lab = lab(Lab::builder().server("ex01", many)).await;
    let ran = Mapisweep::on(&lab)
        .args("dag DAG1 --server ex01 --format ndjson")
        .run()
        .await
        .exits(0);
    let mounted = ran.stdout().matches(r#""mounted":true"#).count();
    assert_eq!(mounted, 400, "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_leaves_nothing_at_whoever_was_asked() {
    let lab = lab(organization()).await;
    for server in ["ex04", "ex01"] {
        lab.server(server).set_faults(Faults {
            delay: Duration::from_millis(300),
            ..Faults::default()
        });
    }
    let running = Mapisweep::on(&lab)
        .args("dag DAG1 --server ex04")
        .start()
        .await;
    // the member's turn, while the first one's shell is still open
    while lab.server("ex01").leftovers().shells.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.interrupt();
    let ran = running.ends().await.exits(130).prints_nothing();
    for server in ["ex04", "ex01"] {
        let leftovers = lab.server(server).leftovers();
        assert!(leftovers.is_empty(), "{server}: {leftovers:?}\n{ran}");
    }
}
